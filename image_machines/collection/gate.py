"""The gate to one host: so many requests a second, and none while the host asks for a pause."""

from __future__ import annotations

import threading
import time

SHORT_QUEUE = 5  # connections that Python's http.server lets wait


class Gate:
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
