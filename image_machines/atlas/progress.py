"""How far a store is filled, and how long that will still take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType

from tqdm.auto import tqdm

from image_machines.atlas.estimate import Estimate
from image_machines.atlas.filling import Outcome
from image_machines.atlas.tasks import Task

SURE = 0.02  # share of the work from which the pace counts, and not the estimate


class Progress:
    """A bar of images with the time left, by an estimate, if there is one, until there is a pace to go by."""

    def __init__(self, todo: Sequence[Task], estimate: Estimate | None = None) -> None:
        self._cost: Callable[[Task], float] = estimate.of if estimate else len
        self._expected = estimate.seconds(todo) if estimate else None
        self._whole = sum(map(self._cost, todo))
        self._done = 0.0
        self._began = time.monotonic()
        form = "{n_fmt} of {total_fmt} images  {bar}  {desc}"
        self._bar = tqdm(total=sum(map(len, todo)), bar_format=form)
        self._bar.set_description_str(self._words())

    def __call__(self, outcome: Outcome) -> None:
        """Take in what became of a task."""
        drawn = [each for each in outcome.drawn if each.picture is not None]
        self._done += self._cost(outcome.task) * len(drawn) / len(outcome.task)
        self._bar.set_description_str(self._words(), refresh=False)
        self._bar.update(len(drawn))

    def _words(self) -> str:
        left = self.left()
        return "" if left is None else f"about {in_words(left)} left"

    def left(self) -> float | None:
        """Seconds until all is made; None while nothing is known of that."""
        elapsed, share = time.monotonic() - self._began, min(self._done / self._whole, 1.0)
        if share < SURE:
            return None if self._expected is None else max(self._expected - elapsed, 0.0)
        return elapsed * (1 - share) / share

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()


def in_words(seconds: float) -> str:
    """A time in the two largest units, such as "2 h 5 min"."""
    minutes, hours = round(seconds / 60), int(seconds // 3600)
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    if minutes < 60:
        return f"{minutes} min"
    if hours < 48:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{hours // 24} days {hours % 24} h"
