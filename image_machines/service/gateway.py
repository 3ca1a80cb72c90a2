"""The kernel gateway's notebook-http mode, with what a service on somebody's own machine needs besides.

``KernelGatewayApp.api = "image_machines.service.gateway"`` serves the annotated cells as ever, and: the page
and the images at ``/public/``, and nothing else of the disk; one origin, one known host, the token also for
files; JSON for every error; preflight requests; an end when the kernel dies. REQUEST, handler and
ResponseInfo are sent to the kernel in one go, which halves the time of an answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from kernel_gateway.notebook_http import NotebookHTTPPersonality  # type: ignore[import-untyped]
from kernel_gateway.notebook_http import handlers as notebook_handlers
from tornado import httputil, web
from tornado.concurrent import Future
from tornado.iostream import StreamClosedError
from traitlets import Unicode

from image_machines.service import access

LARGEST_BODY = 64 * 1024  # bytes of a request
LOOKS_EVERY = 1.0  # seconds between two looks whether the kernel lives
CLOSING = 5.0  # seconds that the service may take to put its folder in order
COOKIE = "image-machines-token"
TOKEN_PREFIX = "token "
PAGE_TYPES = (".html", ".css", ".js", ".ico", ".svg")  # what lies beside the folder of images and is served
PAGE = "interface.html"
POLICY = (  # what a served page may do
    "default-src 'self' 'unsafe-inline' data: blob:; "
    "connect-src 'self' http://127.0.0.1:* http://localhost:*; "
    "frame-ancestors 'none'; object-src 'none'; base-uri 'none'; form-action 'self'"
)


ASKS_FOR_TOKEN = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>A token is needed</title>
<body style="font: 1rem/1.5 sans-serif; max-width: 32rem; margin: 4rem auto; padding: 0 1rem">
<h1>A token is needed</h1>
<p>This page is not for everybody: whoever started it was told a token, in the line that begins with
&ldquo;The page&rdquo;. The one that came with this request is missing or wrong.</p>
<form action="/public/{PAGE}" method="get"><label>Token <input name="token" autofocus></label>
<button>Open the page</button></form></body></html>
"""


def pass_for(token: str) -> str:
    """What a browser's cookie holds instead of the token."""
    return hashlib.sha256(f"cookie {token}".encode()).hexdigest()


class Refused(web.HTTPError):
    """A request that is refused: the status, and a sentence that says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(status, reason=None)
        self.sentence = sentence


class Guard(web.RequestHandler):
    """What every answer of the service has in common: who may ask, and errors as one sentence of JSON."""

    methods: tuple[str, ...] = ("GET", "HEAD")

    def prepare(self) -> None:
        """Refuse what has no token, or without one names another host, and what is too large."""
        if self.settings["kg_auth_token"]:
            if self.request.method != "OPTIONS" and not self._has_token():
                raise Refused(401, "the token is missing or wrong")
        elif not access.is_known_host(self.headers, self.settings["kg_personality"].parent.ip):
            raise Refused(403, "this service answers to the name it was started with only")
        if len(self.request.body) > LARGEST_BODY:
            raise Refused(413, f"the body is longer than {LARGEST_BODY} bytes")

    @property
    def headers(self) -> dict[str, str]:
        """The request's; of one that came twice, all values."""
        return dict(self.request.headers)

    def refuse_foreign(self) -> None:
        """Refuse a request that a page of another origin makes, unless that is allowed."""
        if access.is_foreign(self.headers, self.settings["kg_allow_origin"]):
            raise Refused(403, "requests from another origin are refused; start with allow_origin")

    def set_default_headers(self) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.clear_header("Server")
        for name, value in self._cors().items():
            self.set_header(name, value)

    def options(self, *_: str, **__: str) -> None:
        """Answer a browser that asks whether it may ask."""
        self.refuse_foreign()
        self.set_header("Access-Control-Allow-Methods", "GET, POST, DELETE")
        self.set_header("Access-Control-Allow-Headers", "Content-Type, Authorization")
        self.set_status(204)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """One sentence, as JSON; of an unforeseen error only its kind."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        sentence = getattr(error, "sentence", None) or httputil.responses.get(status_code, "unknown error")
        if error is not None and not isinstance(error, web.HTTPError):
            sentence = f"the service failed with {type(error).__name__}; its log says more"
        if status_code == 405:
            sentence = f"{self.request.method} is not for this resource; choices: {', '.join(self.methods)}"
            self.set_header("Allow", ", ".join(self.methods))
        if status_code == 401 and "text/html" in self.request.headers.get("Accept", ""):
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.set_header("Content-Security-Policy", POLICY)
            self.finish(ASKS_FOR_TOKEN)
            return
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"error": sentence}))

    def log_exception(self, *error: Any) -> None:
        """Tell the log of everything but a client that went away."""
        if not isinstance(error[1], StreamClosedError):
            super().log_exception(*error)

    def _cors(self) -> dict[str, str]:
        return access.cors_headers(self.headers, self.settings.get("kg_allow_origin", ""))

    def _has_token(self) -> bool:
        """Whether the right token came as a header, a query argument or a cookie."""
        wanted = self.settings["kg_auth_token"]
        header = self.request.headers.get("Authorization", "")
        given = {
            self.get_query_argument("token", ""): wanted,
            header.removeprefix(TOKEN_PREFIX) if header.startswith(TOKEN_PREFIX) else "": wanted,
            self.get_cookie(COOKIE, "") or "": pass_for(wanted),
        }
        return any(hmac.compare_digest(each.encode(), right.encode()) for each, right in given.items())


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
        assignment = notebook_handlers.format_request(self._request(), self.kernel_language)
        method = self.request.method
        sources = [f"{assignment}\n{self.sources[method]}", self.response_sources.get(method, "")]
        client, kernel = await self.kernel_pool.acquire()
        try:
            body, info = await self._run(client, kernel, sources)
        finally:
            self.kernel_pool.release(kernel)
        about = json.loads(info or "{}")
        for name, value in about.get("headers", {}).items():
            self.set_header(name, value)
        self.set_status(about.get("status", 200))
        await self.finish(body)

    def _request(self) -> str:
        """The request as the cells read it; the body stays text, for the service to judge."""
        try:
            body = self.request.body.decode("utf-8")
            arguments = notebook_handlers.parse_args(self.request.query_arguments)
        except UnicodeDecodeError as error:
            raise Refused(400, "the request is not UTF-8") from error
        headers = notebook_handlers.headers_to_dict(self.request.headers)
        return json.dumps({"body": body, "args": arguments, "path": self.path_kwargs, "headers": headers})

    async def _run(self, client: Any, kernel: str, sources: list[str]) -> list[str]:
        """What each source prints. All are sent at once; the kernel runs them in order."""
        waiting: dict[str, Any] = {}
        self.kernel_pool.on_recv(kernel, lambda message: self._hand_on(waiting, message))
        futures: list[Future[str]] = []
        for source in sources:
            future: Future[str] = Future()
            accumulator: dict[str, Any] = {"stream": [], "error": None, "result": None}
            id = client.execute(source, silent=True, store_history=False)
            waiting[id] = partial(self.on_recv, accumulator, future, id)
            futures.append(future)
        return list(await asyncio.gather(*futures))

    def _hand_on(self, waiting: dict[str, Any], message: dict[str, Any]) -> None:
        """Give a message of the kernel to whoever waits for it; what it says of errors goes to the log."""
        content = message["content"]
        if message["header"]["msg_type"] == "stream" and content.get("name") == "stderr":
            self.settings["kg_personality"].log.warning("%s", content["text"].rstrip())
        receive = waiting.get(message["parent_header"].get("msg_id", ""))
        if receive is not None:
            receive(message)


class FileHandler(Guard, web.StaticFileHandler):
    """A file of a folder: no hidden one, no link out of it, fresh at every look.

    The file is read once, whole: one that is replaced while it is sent neither tears nor keeps an old ETag
    (Tornado's own stays that of the first content).
    """

    content: bytes
    stat: os.stat_result

    def prepare(self) -> None:
        Guard.prepare(self)
        token = self.get_query_argument("token", "")
        if self.settings["kg_auth_token"] and token:
            self.set_cookie(COOKIE, pass_for(token), httponly=True, samesite="Strict", path="/")

    def parse_url_path(self, url_path: str) -> str:
        if "\0" in url_path:
            raise web.HTTPError(404)
        return super().parse_url_path(url_path)

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        if any(part.startswith(".") for part in Path(self.path).parts):
            raise web.HTTPError(404)
        valid = super().validate_absolute_path(root, absolute_path)
        if valid is not None:
            with Path(valid).open("rb") as file:
                self.content, self.stat = file.read(), os.fstat(file.fileno())
        return valid

    def get_content_size(self) -> int:
        return len(self.content)

    def get_modified_time(self) -> datetime:
        return datetime.fromtimestamp(int(self.stat.st_mtime), UTC)

    def get_content(self, abspath: str, start: int | None = None, end: int | None = None) -> bytes:  # type: ignore[override]
        return self.content[start:end]

    def compute_etag(self) -> str:
        return f'"{self.stat.st_mtime_ns:x}-{len(self.content):x}"'

    def get_content_type(self) -> str:
        kind = super().get_content_type()
        return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind.endswith("json") else kind

    def set_extra_headers(self, path: str) -> None:
        allowed = "cross-origin" if self.settings["kg_allow_origin"] else "same-origin"
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Cross-Origin-Resource-Policy", allowed)
        self.set_header("Content-Security-Policy", POLICY)


class PageHandler(FileHandler):
    """A page beside the folder of images; ``interface.html`` is the project's own where there is no other."""

    def initialize(self, path: str, fallback: str) -> None:  # type: ignore[override]
        super().initialize(path)
        self.fallback = fallback

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        file = Path(absolute_path)
        if file.suffix not in PAGE_TYPES:
            raise web.HTTPError(404)
        if file.name == PAGE and not file.is_file():
            root, absolute_path = str(Path(self.fallback).parent), self.fallback
        return super().validate_absolute_path(root, absolute_path)


class Missing(Guard):
    """Whatever else is asked for."""

    def prepare(self) -> None:
        super().prepare()
        raise Refused(404, f"nothing is at {self.request.path}; the page is at /public/{PAGE}")


class Start(Guard):
    """The bare address leads to the page."""

    def get(self) -> None:
        self.redirect(httputil.url_concat(f"/public/{PAGE}", self._token()), permanent=False)

    def _token(self) -> dict[str, str]:
        token = self.get_query_argument("token", "")
        return {"token": token} if token else {}


class ServicePersonality(NotebookHTTPPersonality):
    """The cells of the notebook, the images and the page."""

    watch: asyncio.Task[None] | None = None  # begins once the notebook has run
    images = Unicode(config=True, help="The folder of images, served at /public/images/")
    page = Unicode(config=True, help="The page served at /public/interface.html")

    def create_request_handlers(self) -> list[Any]:
        """The routes: the cells', then those of the files."""
        routes = super().create_request_handlers()
        cells = [
            (route[0], CellHandler, route[2])
            for route in routes
            if route[1] is notebook_handlers.NotebookAPIHandler
        ]
        folder = Path(self.images).resolve()
        return [
            *cells,
            ("/", Start),
            (r"/public/images/(.*)", FileHandler, {"path": str(folder)}),
            (r"/public/([^/]+)", PageHandler, {"path": str(folder.parent), "fallback": self.page}),
            (r".*", Missing),
        ]

    async def init_configurables(self) -> None:
        """Start the kernel with the notebook; end the server when that fails, or when the kernel dies."""
        try:
            await super().init_configurables()
        except Exception as error:
            self.log.critical("the service cannot start: %s", _reason(error))
            self.parent.failed = True
            self.parent.io_loop.stop()
            return
        for kernel in self.parent.kernel_manager.list_kernel_ids():
            self.kernel_pool.on_recv(kernel, lambda message: None)
        self.watch = asyncio.create_task(self._watch())
        self.parent.ready()

    async def _watch(self) -> None:
        """End the server when a kernel has died: with it went models and queue."""
        manager = self.parent.kernel_manager
        kernels = [manager.get_kernel(kernel) for kernel in manager.list_kernel_ids()]
        while all([await kernel.is_alive() for kernel in kernels]):
            await asyncio.sleep(LOOKS_EVERY)
        self.log.critical("the kernel died, and with it models and queue; the server ends")
        self.parent.failed = True
        self.parent.io_loop.stop()

    async def shutdown(self) -> None:
        """Let the service put its folder in order, then stop the kernel."""
        if self.watch is not None:
            self.watch.cancel()
        pool = self.kernel_pool
        if pool.managed_pool_initialized.done() and pool.kernel_pool:
            client = pool.kernel_clients[pool.kernel_pool[0]]
            with suppress(Exception):
                await asyncio.wait_for(client.execute("service.close()", silent=True, reply=True), CLOSING)
        await super().shutdown()


def _reason(error: BaseException) -> str:
    """The kernel's own words, where a cell of the notebook failed."""
    content = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
    return f"{content['ename']}: {content['evalue']}" if "ename" in content else str(error)


def create_personality(*arguments: Any, **options: Any) -> ServicePersonality:
    """What the kernel gateway calls."""
    return ServicePersonality(*arguments, **options)
