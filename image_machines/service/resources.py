"""What makes a method a resource: it takes a request as text, and answers whatever happens."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from image_machines.atlas.job import Ended, QueueFull
from image_machines.atlas.store import DiskFull
from image_machines.network.layers import UnknownLayer
from image_machines.service import answers
from image_machines.service.requests import Asked, Refused

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """The body to print, and what the ``ResponseInfo`` cell says of it."""

    status: int
    body: str
    headers: Mapping[str, str]

    @property
    def info(self) -> str:
        """Status and headers as the gateway wants them."""
        return json.dumps({"status": self.status, "headers": dict(self.headers)})


Method = Callable[[Any, Asked], Any]


def resource(method: Method) -> Callable[[Any, str], Answer]:
    """Make a method that returns content, or (status, content), into one that answers whatever happens."""

    @functools.wraps(method)
    def answer(self: Any, request: str) -> Answer:
        try:
            content = method(self, Asked.parse(request))
            status, content = content if isinstance(content, tuple) else (200, content)
        except Exception as error:
            status, content = _complaint(method.__name__, error)
        kind = "text/plain; charset=utf-8" if isinstance(content, str) else "application/json"
        body = content if isinstance(content, str) else content.model_dump_json(by_alias=True)
        fixed = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Answer(status, body, {"Content-Type": kind, **fixed})

    return answer


def _complaint(name: str, error: Exception) -> tuple[int, answers.Error]:
    known = ((UnknownLayer, 404), (ValueError, 400), (QueueFull, 429), (Ended, 409), (DiskFull, 507))
    status = error.status if isinstance(error, Refused) else 500
    if not isinstance(error, ValidationError):  # of an answer: then the service is at fault
        status = next((status for kind, status in known if isinstance(error, kind)), status)
    if status == 500:
        log.error("%s failed", name, exc_info=error)
        sentence = f"the service failed with {type(error).__name__}; its log says more"
        return status, answers.Error(error=sentence)
    return status, answers.Error(error=str(error).encode(errors="replace").decode())
