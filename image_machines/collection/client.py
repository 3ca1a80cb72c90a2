"""Requests from many threads: patient with what may pass by itself, polite to the server.

Retries are our own and not urllib3's, since a try also fails when the picture does not decode, and since a
server that asks for a pause is left alone by all threads.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from image_machines.collection.gate import Gate
from image_machines.collection.manners import Manners, is_local, site, user_agent

REMOTE_RATE = 8.0  # requests a second to a host that is not this machine, unless the user says otherwise
LONGEST_HOLD = 600.0  # seconds; a server that asks for more is left alone until the user comes back
LARGEST_BODY = 2**28  # bytes
REDIRECTS = 5

R = TypeVar("R")


class Refused(Exception):
    """Trying again would not help."""


class Again(Exception):
    """Trying again may help; ``hold`` is how long the server asks all requests to wait (seconds)."""

    def __init__(self, reason: str, hold: float | None = None, answered: bool = True) -> None:
        super().__init__(reason)
        self.hold = hold
        self.answered = answered


@dataclass
class Client:
    """Requests from many threads: a session each, one gate per site."""

    manners: Manners
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    local: threading.local = field(default_factory=threading.local)
    sessions: list[requests.Session] = field(default_factory=list)
    gates: dict[str, Gate] = field(default_factory=dict)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        for session in self.sessions:
            session.close()

    def patiently(self, url: str, use: Callable[[bytes, str], R]) -> R:
        """Get a URL and use its body, and try again after a growing pause as long as that may help."""
        for attempt in range(1, self.manners.attempts + 1):
            try:
                body, kind = self.get(url)
                return use(body, kind)
            except Again as error:
                self.consider(url, error)
                if away := self.gate(url).away:
                    raise Refused(away) from None
                if attempt == self.manners.attempts:
                    raise Refused(f"{error} ({attempt} tries)") from None
                pause = self.pause(url, attempt)
                if error.hold is not None:
                    self.gate(url).hold(error.hold or pause)
                elif self.stop.wait(pause):
                    raise Refused("the download was stopped") from None
        raise AssertionError("unreachable")

    def pause(self, url: str, attempt: int) -> float:
        """Seconds before the next try: doubled each time, and spread so that tries do not come together."""
        spread = 0.5 + zlib.crc32(f"{url} {attempt}".encode()) / 2**32
        return min(self.manners.first_pause * 2 ** (attempt - 1) * spread, self.manners.longest_pause)

    def consider(self, url: str, error: Again) -> None:
        """Close the gate to a server when going on would be useless or rude."""
        host, gate = urlsplit(url).netloc, self.gate(url)
        if error.hold is not None and error.hold > LONGEST_HOLD:
            gate.away = (
                f"{host} asks to be left alone for {error.hold / 60:.0f} minutes; run this again after that, "
                "and it goes on from here"
            )
        elif gate.note(error.answered) >= self.manners.attempts * self.manners.concurrent:
            gate.away = (
                f"nothing answers at {host} ({error}); when the server is there, run this again, "
                "and it goes on from here"
            )

    def away(self) -> str:
        """Why no server can be asked any more; "" as long as one can."""
        reasons = [gate.away for gate in self.gates.values()]
        return reasons[0] if reasons and all(reasons) else ""

    def gate(self, url: str) -> Gate:
        host = urlsplit(url).netloc.removeprefix("www.")
        with self.lock:
            if host not in self.gates:
                rate = self.manners.requests_per_second or (None if is_local(url) else REMOTE_RATE)
                self.gates[host] = Gate(rate, self.manners.concurrent)
            return self.gates[host]

    def session(self, url: str) -> requests.Session:
        """This thread's session; for this machine without proxies and passwords from the environment."""
        name = "near" if is_local(url) else "far"
        session: requests.Session | None = getattr(self.local, name, None)
        if session is None:
            session = requests.Session()
            session.headers["User-Agent"] = user_agent(self.manners.contact)
            session.trust_env = name == "far"
            setattr(self.local, name, session)
            with self.lock:
                self.sessions.append(session)
        return session

    def get(self, url: str) -> tuple[bytes, str]:
        """Body and content type behind a URL, redirects within its site followed."""
        for _ in range(REDIRECTS + 1):
            gate = self.gate(url)
            try:
                with gate.places:
                    gate.enter(self.stop)
                    if gate.away or self.stop.is_set():
                        raise Refused(gate.away or "the download was stopped")
                    target, body, kind = self.visit(url, gate)
                    if target is None:
                        return body, kind
            except (requests.RequestException, HTTPError, OSError) as error:
                raise Again(_plainly(error), answered=False) from error
            url = target
        raise Refused(f"more than {REDIRECTS} redirects")

    def visit(self, url: str, gate: Gate) -> tuple[str | None, bytes, str]:
        """One request: where it redirects to, or None with body and content type."""
        session = self.session(url)
        with session.get(url, timeout=self.manners.timeout, allow_redirects=False, stream=True) as answer:
            if answer.raw.version > 10 and answer.headers.get("Connection", "").lower() != "close":
                gate.widen()
            target = self.judge(url, answer)
            body = _body(answer, self.manners.timeout) if target is None else b""
            gate.note(answered=True)
            return target, body, answer.headers.get("Content-Type", "")

    def judge(self, url: str, answer: requests.Response) -> str | None:
        """None for a good answer, else where it redirects to; raises for all others."""
        status = answer.status_code
        if status == HTTPStatus.OK:
            return None
        self.gate(url).note(answered=True)
        if answer.is_redirect:
            target = urljoin(url, answer.headers["Location"])
            if site(target) != site(url) or urlsplit(target).scheme not in ("http", "https"):
                raise Refused(
                    f"redirected to another host, {urlsplit(target).netloc or target}, not followed"
                )
            return target
        reason = f"{status} {answer.reason or ''}".strip()
        hold = _retry_after(answer.headers.get("Retry-After"))
        if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            raise Again(reason, hold or 0.0)
        if status >= 500 or status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY):
            raise Again(reason, hold)
        raise Refused(reason)


def _body(answer: requests.Response, timeout: float) -> bytes:
    """The whole body; raises where it is cut short, endless, or in no hurry (ten times ``timeout``)."""
    parts, size, deadline = [], 0, time.monotonic() + 10 * timeout
    while part := answer.raw.read1(2**20, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > LARGEST_BODY:
            raise Refused(f"larger than {LARGEST_BODY:,} bytes")
        if time.monotonic() > deadline:
            raise Again(f"still not whole after {10 * timeout:.0f} seconds")
    return b"".join(parts)


def _retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, given as a number or as a date; None without one."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


def _plainly(error: Exception) -> str:
    """A network error in a few words."""
    text = str(error)
    if isinstance(error, requests.Timeout | ReadTimeoutError):
        return "timed out"
    for sign, words in (
        ("refused", "connection refused"),
        ("reset", "connection reset"),
        ("IncompleteRead", "the answer was cut short"),
        ("closed connection without response", "connection closed without an answer"),
        ("NameResolution", "no such host"),
    ):
        if sign in text:
            return words
    return text.splitlines()[0][:200] if text else type(error).__name__
