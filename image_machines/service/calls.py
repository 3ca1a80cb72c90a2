"""Requests that the cells of the notebook answer, each in one message to the kernel.

REQUEST, the annotated cell and its ResponseInfo cell run as one piece, and a request does not wait for those
before it: the kernel answers them in their order anyway. On a busy machine, where every hop between processes
takes a while, both together are what keeps requests from piling up.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from logging import Logger
from typing import Any

from kernel_gateway.notebook_http import handlers as notebook_handlers  # type: ignore[import-untyped]
from kernel_gateway.notebook_http.errors import CodeExecutionError  # type: ignore[import-untyped]
from tornado import web
from tornado.concurrent import Future

from image_machines.service.guard import LARGEST_PICTURE, Guard, Refused

HEARD_WITHIN = 1.0  # seconds after which the kernel is asked again whether it is heard
PICTURED = ("/explanations", "/attributes", "/looks")  # resources whose body is a picture
PARTED = "\x1e"  # between an answer and what its ResponseInfo cell says of it; stands in no JSON text


EXECUTE = {  # how code is run: nothing of it is kept or echoed
    "silent": True,
    "store_history": False,
    "user_expressions": {},
    "allow_stdin": False,
    "stop_on_error": True,
}


@dataclass(eq=False)
class Call:
    """A piece of code under way in the kernel, and what it has printed so far."""

    printed: list[str] = field(default_factory=list)
    done: Future[str] = field(default_factory=Future)


class Calls:
    """Pieces of code that run in the kernel of ``client``, as many at once as are asked for."""

    def __init__(self, client: Any, log: Logger) -> None:
        self._client, self._log = client, log
        self._under_way: dict[str, Call] = {}

    async def run(self, code: str, attached: bytes = b"") -> str:
        """What the code prints; raises CodeExecutionError where it raises anything.

        ``attached`` goes beside the code, as bytes, and is forgotten with the next message: code stays in
        the kernel's memory. `requests.attached` finds it there.
        """
        call = Call()
        message = self._client.session.msg("execute_request", {**EXECUTE, "code": code})
        message["buffers"] = [attached] if attached else []
        self._client.shell_channel.send(message)
        id = message["header"]["msg_id"]
        self._under_way[id] = call
        try:
            return await call.done
        finally:
            del self._under_way[id]

    async def join(self) -> None:
        """Wait until the kernel is heard; what it says before its channel is joined is lost."""
        heard = False
        while not heard:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.run("pass"), HEARD_WITHIN)
                heard = True

    def receive(self, message: dict[str, Any]) -> None:
        """Give a message of the kernel to the call that it belongs to; what it says of errors to the log."""
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "stream" and content["name"] == "stderr":
            self._log.warning("%s", content["text"].rstrip())
            return
        call = self._under_way.get(message["parent_header"].get("msg_id", ""))
        if call is None or call.done.done():
            return
        if kind == "stream":
            call.printed.append(content["text"])
        elif kind == "error":
            call.done.set_exception(CodeExecutionError(f"{content['ename']}: {content['evalue']}"))
        elif kind == "status" and content["execution_state"] == "idle":
            call.done.set_result("".join(call.printed))


class CellHandler(Guard, notebook_handlers.NotebookAPIHandler):
    """An annotated cell and its ResponseInfo cell as one resource."""

    def prepare(self) -> None:
        self.methods = tuple(self.sources)
        Guard.prepare(self)
        self.refuse_foreign()

    def options(self, *_: str, **__: str) -> None:
        Guard.options(self)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        Guard.write_error(self, status_code, **kwargs)

    async def _handle_request(self) -> None:
        """Run the cells and answer with what they print."""
        self.response_future: Future[None] = Future()
        self.response_future.set_result(None)
        if self.request.method not in self.sources:
            raise web.HTTPError(405)
        code = self._code(self.request.method)
        personality = self.settings["kg_personality"]
        await personality.heard.wait()
        body, _, info = (await personality.calls.run(code, self.attached())).rpartition(PARTED)
        about = json.loads(info or "{}")
        for name, value in about.get("headers", {}).items():
            self.set_header(name, value)
        self.set_status(about.get("status", 200))
        await self.finish(body)

    def text(self) -> str:
        """The part of the body that is text."""
        return self.request.body.decode("utf-8")

    def attached(self) -> bytes:
        """The part of the body that is none."""
        return b""

    def _code(self, method: str) -> str:
        """REQUEST, the cell, and the cell that says status and headers."""
        request = notebook_handlers.format_request(self._request(), self.kernel_language)
        parted = f"print({PARTED!r}, end='')"
        return "\n".join([request, self.sources[method], parted, self.response_sources.get(method, "")])

    def _request(self) -> str:
        """The request as the cells read it; the body stays text, for the service to judge."""
        try:
            body = self.text()
            arguments = notebook_handlers.parse_args(self.request.query_arguments)
        except UnicodeDecodeError as error:
            raise Refused(400, "the request is not UTF-8") from error
        headers = notebook_handlers.headers_to_dict(self.request.headers)
        return json.dumps({"body": body, "args": arguments, "path": self.path_kwargs, "headers": headers})


class PictureHandler(CellHandler):
    """A resource whose body is a picture: bytes that go to the kernel beside the code."""

    largest = LARGEST_PICTURE

    def text(self) -> str:
        return ""

    def attached(self) -> bytes:
        return bytes(self.request.body)
