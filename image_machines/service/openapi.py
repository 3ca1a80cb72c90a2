"""The description of the API, made from what checks it: its resources, arguments, bodies and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from image_machines.service.answers import Error
from image_machines.service.requests import Argument, Request

VERSION = "1.3.0"
REFERENCE = "#/components/schemas/{model}"
INFO = {
    "title": "Images of Image Machines: the service",
    "version": VERSION,
    "license": {"name": "MIT", "identifier": "MIT"},
    "description": (
        "Images of what the neurons of a network look for, rendered on request and kept; and why it "
        "says of a picture what it says. Page, images and "
        "API share one origin: the page is /public/interface.html, an image whose path is `images/...` is "
        "/public/images/..., so every path in an answer is relative to the page. Every answer comes at once; "
        "work goes on in the background. Every error is JSON with one sentence. Where the service asks for a "
        "token, send it as the header `Authorization: token <token>` or as the query argument `token`; "
        "opening /public/interface.html?token=<token> once sets a cookie that later requests of the browser "
        "carry."
    ),
}
COMPLAINTS = {
    400: "A value is bad: the sentence says which and what it may be.",
    401: "The token is missing or wrong.",
    403: "The request comes from another origin or names another host than the service allows.",
    404: "No such model, layer, neuron, work, job, question, image or page.",
    409: "The job has ended and can't be cancelled any more.",
    413: "The body is larger than 64 KiB (of a picture: 20 MB), or asks for more than 1,000 images.",
    429: "The queue is full: ask again when a job, or a question, has finished.",
    507: "The disk is full; nothing was begun.",
}
ALWAYS = (400, 401, 403)
PICTURE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@dataclass(frozen=True)
class Operation:
    """A resource of the API: who asks how, and what the answer is. Without ``answer`` it is plain text."""

    method: str
    path: str
    summary: str
    answer: type[BaseModel] | None
    says: Mapping[int, str]
    arguments: Sequence[Argument] = ()
    body: bool = False
    picture: bool = False
    refuses: Sequence[int] = ()
    description: str = ""

    def to_json(self, id: str) -> dict[str, Any]:
        """As OpenAPI has it."""
        text: dict[str, Any] = {"text/plain": {"schema": {"type": "string"}}}
        content = text if self.answer is None else _json(self.answer.__name__)
        answers = {
            str(status): {"description": says, "content": content} for status, says in self.says.items()
        }
        refused = {
            str(status): {"description": COMPLAINTS[status], "content": _json(Error.__name__)}
            for status in sorted({*ALWAYS, *self.refuses})
        }
        said: dict[str, Any] = {"operationId": id, "summary": self.summary}
        if self.description:
            said["description"] = self.description
        if self.arguments:
            said["parameters"] = [self._parameter(each) for each in self.arguments]
        if self.body:
            said["requestBody"] = {"required": True, "content": _json(Request.__name__)}
        if self.picture:
            said["requestBody"] = {"required": False, "content": PICTURE}
        return said | {"responses": answers | refused}

    def _parameter(self, argument: Argument) -> dict[str, Any]:
        in_path = f"{{{argument.name}}}" in self.path
        schema = argument.schema()
        if in_path and schema["type"] == "string":
            schema["pattern"] = r"^[^/\u0000-\u001f]+$"
        place = {"in": "path" if in_path else "query", "required": in_path}
        return {"name": argument.name, **place, "description": argument.description, "schema": schema}


def describe(operations: Mapping[str, Operation]) -> dict[str, Any]:
    """The whole description, OpenAPI 3.1."""
    answers = dict.fromkeys([Error, *(each.answer for each in operations.values() if each.answer)])
    shown = [(Request, "validation"), *((each, "serialization") for each in answers)]
    _, schemas = models_json_schema(shown, ref_template=REFERENCE)  # type: ignore[arg-type]
    paths: dict[str, dict[str, Any]] = {}
    for id, each in operations.items():
        paths.setdefault(each.path, {})[each.method.lower()] = each.to_json(id)
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": "http://127.0.0.1:6006"}],
        "paths": paths,
        "components": {"schemas": schemas["$defs"]},
    }


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REFERENCE.format(model=name)}}}
