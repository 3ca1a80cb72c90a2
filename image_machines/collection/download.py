"""Fetching pictures over HTTP: many at once, politely, and so that what is on disk is whole.

An item is a URL and the path where its picture shall lie. A file at that path is complete, because it is
moved there only once it decodes; so a run that was cut off goes on where it stopped. What cannot be had is a
`Failure`, not an exception. From a host other than this machine nothing is fetched without permission.

gevent's thread pool does the waiting. Nothing is monkey patched: that would hang a Jupyter kernel.
"""

from __future__ import annotations

import csv
import io
import ipaddress
import logging
import re
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from gevent.threadpool import ThreadPool
from tqdm import tqdm
from urllib3.exceptions import HTTPError, ReadTimeoutError

from image_machines import files, images

log = logging.getLogger(__name__)

VERSION = "0.1.0"
REMOTE_RATE = 8.0  # requests a second to a host that is not this machine, unless the user says otherwise
LONGEST_HOLD = 600.0  # seconds; a server that asks for more is left alone until the user comes back
LARGEST_BODY = 2**28  # bytes
REDIRECTS = 5
SHORT_QUEUE = 5  # connections that Python's http.server lets wait

T = TypeVar("T")
R = TypeVar("R")


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


class _Refused(Exception):
    """Trying again would not help."""


class _Again(Exception):
    """Trying again may help; ``hold`` is how long the server asks all requests to wait (seconds)."""

    def __init__(self, reason: str, hold: float | None = None, answered: bool = True) -> None:
        super().__init__(reason)
        self.hold = hold
        self.answered = answered


# --------------------------------------------------------------------------------------------- permission


def is_local(url: str) -> bool:
    """Whether a URL points to this very machine, by its literal address or as ``localhost``."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require_permission(url: str, permission: bool) -> None:
    """Raise PermissionNeeded unless the host is this machine or the user has permission."""
    if permission or is_local(url):
        return
    host = urlsplit(url).hostname or url
    gallery = "The Web Gallery of Art states no policy on automated download. "
    raise PermissionNeeded(
        f"Nothing was downloaded from {host}. {gallery if _site(url)[0] == 'wga.hu' else ''}"
        "Permission to download is yours to obtain from its owner; once you have it, set permission = True. "
        "A server on this machine or a local folder needs none."
    )


def _site(url: str) -> tuple[str, bool]:
    """What a redirect must not leave: the host without www; all names of this machine are one site."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return ("this machine", True) if is_local(url) else (host, False)


# ----------------------------------------------------------------------------------------------- download


def fetch(items: Iterable[Item], manners: Manners | None = None, label: str = "download") -> list[Failure]:
    """Bring every item's picture to its path and return what failed, in the order of the items.

    Items whose file is there are complete and passed over. Raises PermissionNeeded before the first request,
    and ServerAway, with one sentence, when all servers have stopped answering or ask to be left alone for
    long; what has arrived until then stays.
    """
    manners = manners or Manners()
    unique = list({item.path: item for item in items}.values())
    missing = [item for item in unique if not item.path.is_file()]
    for item in {_site(item.url): item for item in missing}.values():
        require_permission(item.url, manners.permission)
    for folder in {item.path.parent for item in missing}:
        _sweep(folder)
    with _Client(manners) as client:
        done = len(unique) - len(missing)
        threads = (
            manners.concurrent + manners.concurrent // 4
        )  # some decode while the others wait for answers
        results = in_threads(client.save, missing, threads, label, done, client.stop)
        if away := client.away():
            raise ServerAway(away)
    return [failure for failure in results if failure is not None]


def read(url: str, manners: Manners | None = None) -> bytes:
    """The bytes behind one URL, with the same permission and retries as `fetch` (this machine: one retry).

    Raises ServerAway with the URL and the reason when they cannot be had.
    """
    manners = manners or Manners()
    require_permission(url, manners.permission)
    if is_local(url):
        manners = replace(manners, attempts=min(2, manners.attempts))
    with _Client(manners) as client:
        try:
            return client.patiently(url, lambda body, kind: body)
        except _Refused as error:
            raise ServerAway(f"{url} cannot be had: {error}") from None


def in_threads(
    function: Callable[[T], R],
    values: Sequence[T],
    concurrent: int,
    label: str,
    done: int = 0,
    stop: threading.Event | None = None,
) -> list[R]:
    """Call a function for each value, ``concurrent`` at once, under a progress bar; results in order.

    The first exception ends it: ``stop`` is set so that calls under way may end early, and it is raised here.
    """
    results: list[R] = []

    def work(value: T) -> tuple[R | None, Exception | None]:
        try:
            return function(value), None
        except Exception as error:  # raised below; gevent would also print it
            return None, error

    pool = ThreadPool(concurrent)
    total = done + len(values)
    try:
        with tqdm(total=total, initial=done, desc=label, unit=" pictures", delay=1) as bar:
            for result, error in pool.imap(work, values, maxsize=4 * concurrent):
                if error is not None:
                    raise error
                results.append(result)
                bar.update()
    finally:
        if stop is not None:
            stop.set()
        pool.kill()
    return results


def _sweep(folder: Path) -> None:
    """Remove the half-written files of a run that was killed."""
    if folder.is_dir():
        for path in folder.glob(".*"):
            if re.fullmatch(r"\..+-[0-9a-f]{8}\.\w+", path.name):
                path.unlink(missing_ok=True)


class _Gate:
    """Lets requests to one host through: so many a second, and none while the host asks for a pause.

    A server that closes the connection after every answer, like Python's own, is asked by five at once: it
    lets no more wait, and a connection that it drops costs a second before the system tries again.
    """

    def __init__(self, rate: float | None, concurrent: int) -> None:
        self.interval = 1 / rate if rate else 0.0
        self.more = max(0, concurrent - SHORT_QUEUE)  # that may join once the server keeps connections open
        self.places = threading.Semaphore(min(concurrent, SHORT_QUEUE))
        self.next = 0.0
        self.silent = 0  # attempts in a row that got no answer
        self.away = ""  # why no more requests go there
        self.lock = threading.Lock()

    def enter(self, stop: threading.Event) -> None:
        while True:
            with self.lock:
                now = time.monotonic()
                if self.next <= now:
                    self.next = max(self.next, now - self.interval) + self.interval
                    return
                wait = self.next - now
            if stop.wait(wait):
                return

    def widen(self) -> None:
        """Let all go at once."""
        with self.lock:
            more, self.more = self.more, 0
        if more:
            self.places.release(more)

    def hold(self, seconds: float) -> None:
        with self.lock:
            self.next = max(self.next, time.monotonic() + seconds)

    def note(self, answered: bool) -> int:
        """Count attempts in a row without an answer."""
        with self.lock:
            self.silent = 0 if answered else self.silent + 1
            return self.silent


@dataclass
class _Client:
    """Requests from many threads: a session each, one gate per site."""

    manners: Manners
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    local: threading.local = field(default_factory=threading.local)
    sessions: list[requests.Session] = field(default_factory=list)
    gates: dict[str, _Gate] = field(default_factory=dict)

    def __enter__(self) -> _Client:
        return self

    def __exit__(self, *error: object) -> None:
        for session in self.sessions:
            session.close()

    def save(self, item: Item) -> Failure | None:
        """Fetch one picture to its path; what went wrong, or None."""
        try:
            self.patiently(item.url, lambda body, kind: _publish(item.path, body, kind))
        except _Refused as error:
            return Failure(item.url, item.path, str(error))
        return None

    def patiently(self, url: str, use: Callable[[bytes, str], R]) -> R:
        """Get a URL and use its body, and try again after a growing pause as long as that may help."""
        for attempt in range(1, self.manners.attempts + 1):
            try:
                body, kind = self.get(url)
                return use(body, kind)
            except _Again as error:
                self.consider(url, error)
                if away := self.gate(url).away:
                    raise _Refused(away) from None
                if attempt == self.manners.attempts:
                    raise _Refused(f"{error} ({attempt} tries)") from None
                pause = self.pause(url, attempt)
                if error.hold is not None:
                    self.gate(url).hold(error.hold or pause)
                elif self.stop.wait(pause):
                    raise _Refused("the download was stopped") from None
        raise AssertionError("unreachable")

    def pause(self, url: str, attempt: int) -> float:
        """Seconds before the next try: doubled each time, and spread so that tries do not come together."""
        spread = 0.5 + zlib.crc32(f"{url} {attempt}".encode()) / 2**32
        return min(self.manners.first_pause * 2 ** (attempt - 1) * spread, self.manners.longest_pause)

    def consider(self, url: str, error: _Again) -> None:
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

    def gate(self, url: str) -> _Gate:
        host = urlsplit(url).netloc.removeprefix("www.")
        with self.lock:
            if host not in self.gates:
                rate = self.manners.requests_per_second or (None if is_local(url) else REMOTE_RATE)
                self.gates[host] = _Gate(rate, self.manners.concurrent)
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
                        raise _Refused(gate.away or "the download was stopped")
                    target, body, kind = self.visit(url, gate)
                    if target is None:
                        return body, kind
            except (requests.RequestException, HTTPError, OSError) as error:
                raise _Again(_plainly(error), answered=False) from error
            url = target
        raise _Refused(f"more than {REDIRECTS} redirects")

    def visit(self, url: str, gate: _Gate) -> tuple[str | None, bytes, str]:
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
            if _site(target) != _site(url) or urlsplit(target).scheme not in ("http", "https"):
                raise _Refused(
                    f"redirected to another host, {urlsplit(target).netloc or target}, not followed"
                )
            return target
        reason = f"{status} {answer.reason or ''}".strip()
        hold = _retry_after(answer.headers.get("Retry-After"))
        if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            raise _Again(reason, hold or 0.0)
        if status >= 500 or status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY):
            raise _Again(reason, hold)
        raise _Refused(reason)


def user_agent(contact: str = "") -> str:
    """Who is asking: project, version and, where given, the user's address."""
    return f"image-machines/{VERSION} (pictures for research in art history{contact and f'; {contact}'})"


def _body(answer: requests.Response, timeout: float) -> bytes:
    """The whole body; raises where it is cut short, endless, or in no hurry (ten times ``timeout``)."""
    parts, size, deadline = [], 0, time.monotonic() + 10 * timeout
    while part := answer.raw.read1(2**20, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > LARGEST_BODY:
            raise _Refused(f"larger than {LARGEST_BODY:,} bytes")
        if time.monotonic() > deadline:
            raise _Again(f"still not whole after {10 * timeout:.0f} seconds")
    return b"".join(parts)


def _publish(path: Path, body: bytes, kind: str) -> None:
    """Write a picture beside its path and move it in once it decodes."""
    with files.replacing(path) as temporary:
        temporary.write_bytes(body)
        try:
            images.read(temporary)
        except images.UnreadablePicture as error:
            if kind.startswith("text/") or body.lstrip()[:1] == b"<":
                raise _Refused(f"not a picture but a page ({kind}) that begins {body[:40]!r}") from None
            reason = str(error.__cause__).replace(f" {str(temporary)!r}", "")
            raise _Again(f"not a whole picture: {reason}") from None


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


# ----------------------------------------------------------------------------------------------- failures


def write_failures(path: str | Path, failures: Iterable[Failure]) -> None:
    """Write what failed as CSV: url, file, reason."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("url", "file", "reason"))
    writer.writerows((failure.url, failure.path.name, failure.reason) for failure in failures)
    files.write_text(path, text.getvalue())
