"""Manners: how to behave towards the servers that pictures come from, and who may be asked at all.

From a host other than this machine nothing is fetched without permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from image_machines import machine

VERSION = "0.1.0"


class PermissionNeeded(ValueError):
    """Pictures lie on a host whose owner has not been asked."""


class ServerAway(ConnectionError):
    """A server that answers nothing, or that asks to be left alone for long."""


@dataclass(frozen=True)
class Manners:
    """How to behave towards a server."""

    concurrent: int = 8  # requests under way at once
    requests_per_second: float | None = None  # None: 8 to other hosts, as fast as it goes to this machine
    permission: bool = False  # the user has the owner's permission to download
    contact: str = ""  # an address in the User-Agent, so that the server's keeper can write to the user
    timeout: float = 30.0  # seconds that a server may be silent
    attempts: int = 5  # tries per picture, the first one included
    first_pause: float = 0.5  # seconds before the second try; doubled before each further one
    longest_pause: float = 60.0  # seconds

    def __post_init__(self) -> None:
        for name in ("concurrent", "timeout", "attempts"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
        if self.requests_per_second is not None and self.requests_per_second <= 0:
            raise ValueError(f"requests_per_second must be above 0, not {self.requests_per_second}")


@dataclass(frozen=True)
class Item:
    """A picture to be had: where it is and where it shall lie."""

    url: str
    path: Path


@dataclass(frozen=True)
class Failure:
    """A picture that could not be had, and why."""

    url: str
    path: Path
    reason: str


def is_local(url: str) -> bool:
    """Whether a URL points to this very machine, by its literal address or as ``localhost``."""
    return machine.is_loopback(urlsplit(url).hostname or "")


def require_permission(url: str, permission: bool) -> None:
    """Raise PermissionNeeded unless the host is this machine or the user has permission."""
    if permission or is_local(url):
        return
    host = urlsplit(url).hostname or url
    gallery = "The Web Gallery of Art states no policy on automated download. "
    raise PermissionNeeded(
        f"Nothing was downloaded from {host}. {gallery if site(url)[0] == 'wga.hu' else ''}"
        "Permission to download is yours to obtain from its owner; once you have it, set permission = True. "
        "A server on this machine or a local folder needs none."
    )


def site(url: str) -> tuple[str, bool]:
    """What a redirect must not leave: the host without www; all names of this machine are one site."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return ("this machine", True) if is_local(url) else (host, False)


def user_agent(contact: str = "") -> str:
    """Who is asking: project, version and, where given, the user's address."""
    return f"image-machines/{VERSION} (pictures for research in art history{contact and f'; {contact}'})"
