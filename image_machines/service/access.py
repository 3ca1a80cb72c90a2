"""Who may ask: the origin of a request and the host it names.

A page of another site may not start work here, nor may a name that an attacker points at this machine. The
rules are plain functions of a request's headers; the gateway and the cells of the notebook both apply them.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ELSEWHERE = ("cross-site", "same-site")  # what browsers call a request that another site's page makes

Headers = Mapping[str, str | list[str]]


def is_foreign(headers: Headers, allow_origin: str = "") -> bool:
    """Whether the request comes from a page of another origin that is not allowed.

    ``allow_origin`` is one origin, "null" for pages opened from disk, or "*". Requests that no page makes
    carry neither header and are not foreign. The names of the loopback are one origin.
    """
    if allow_origin == "*":
        return False
    origin = _header(headers, "Origin")
    if origin:
        return origin != allow_origin and not _is_same(origin, _header(headers, "Host"))
    return _header(headers, "Sec-Fetch-Site") in ELSEWHERE


def is_known_host(headers: Headers, *names: str) -> bool:
    """Whether the request names the loopback, or one of ``names``, as its host."""
    name, _ = _host_and_port(f"//{_header(headers, 'Host')}")
    return name in (*LOOPBACK, *(known.casefold() for known in names if known))


def cors_headers(headers: Headers, allow_origin: str = "") -> dict[str, str]:
    """What lets a page of an allowed other origin read the answer."""
    origin = _header(headers, "Origin")
    if not origin or is_foreign(headers, allow_origin):
        return {"Access-Control-Allow-Origin": allow_origin} if allow_origin else {}
    return {"Access-Control-Allow-Origin": allow_origin or origin, "Vary": "Origin"}


def _is_same(origin: str, host: str) -> bool:
    """Whether an origin is the server itself, by whatever name of the loopback."""
    theirs, ours = _host_and_port(origin), _host_and_port(f"//{host}")
    both_loopback = theirs[0] in LOOPBACK and ours[0] in LOOPBACK
    return theirs[1] == ours[1] and (both_loopback or (theirs == ours and bool(theirs[0])))


def _host_and_port(address: str) -> tuple[str, int | None]:
    """Host and port of an address; "" for one that is none."""
    try:
        parts = urlsplit(address)
        return parts.hostname or "", parts.port
    except ValueError:
        return "", None


def _header(headers: Headers, name: str) -> str:
    """A header's value whatever its case; "" when it is missing, all values joined when it came twice."""
    for known, value in headers.items():
        if known.casefold() == name.casefold():
            return value if isinstance(value, str) else ", ".join(value)
    return ""
