"""The files that the gateway serves: the images, the pages beside their folder, nothing else of the disk."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from tornado import httputil, web

from image_machines.service.guard import COOKIE, PAGE, POLICY, Guard, Refused, pass_for

PAGE_TYPES = (".html", ".css", ".js", ".ico", ".svg")  # what lies beside the folder of images and is served

MAPS = "map"  # what the folders of maps begin with
MAP_TYPES = (".html", ".js", ".jpg")  # what of a map is served


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


class MapHandler(FileHandler):
    """A map beside the folder of images: its page and its pictures, not what it was measured by."""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        inside = Path(os.path.relpath(absolute_path, root)).parts  # without the dots that were asked for
        if not inside[0].startswith(MAPS) or Path(absolute_path).suffix not in MAP_TYPES:
            raise web.HTTPError(404)
        return super().validate_absolute_path(root, absolute_path)


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
