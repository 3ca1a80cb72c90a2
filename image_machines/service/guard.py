"""What every answer of the gateway has in common: who may ask, and errors as one sentence of JSON."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from tornado import httputil, web
from tornado.iostream import StreamClosedError

from image_machines.service import access

LARGEST_BODY = 64 * 1024  # bytes of a request
LARGEST_PICTURE = 20 * 2**20  # bytes of one that is a picture
COOKIE = "image-machines-token"
TOKEN_PREFIX = "token "
PAGE = "interface.html"
POLICY = (  # what a served page may do
    "default-src 'self' 'unsafe-inline' data: blob:; "
    "connect-src 'self' http://127.0.0.1:* http://localhost:*; "
    "frame-ancestors 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
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
    largest = LARGEST_BODY

    def prepare(self) -> None:
        """Refuse what has no token, or without one names another host, and what is too large."""
        if self.settings["kg_auth_token"]:
            if self.request.method != "OPTIONS" and not self._has_token():
                raise Refused(401, "the token is missing or wrong")
        elif not access.is_known_host(self.headers, self.settings["kg_personality"].parent.ip):
            raise Refused(403, "this service answers to the name it was started with only")
        if len(self.request.body) > self.largest:
            raise Refused(413, f"the body is longer than {self.largest} bytes")

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
