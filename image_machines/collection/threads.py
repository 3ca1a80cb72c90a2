"""Many at once, in threads, under a progress bar.

gevent's thread pool does the waiting. Nothing is monkey patched: that would hang a Jupyter kernel.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from gevent.threadpool import ThreadPool
from tqdm import tqdm

T = TypeVar("T")
R = TypeVar("R")


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
