"""What takes a second or more to work out: begun when it is asked for the first time, and kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

MOST = 64  # that are kept


class Prepared:
    """Values by their keys, made one after the other in a thread of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "prepared")
        self._made: dict[Hashable, Future[Any]] = {}

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The value of a key, None while it is being made; raises what ``make`` raises."""
        if key not in self._made:
            while len(self._made) >= MOST:
                self._made.pop(next(iter(self._made)))
            self._made[key] = self._pool.submit(make)
        future = self._made[key]
        return future.result() if future.done() else None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
