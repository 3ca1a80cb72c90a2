"""Filling a store with the images of many tasks, whoever makes them; only this process writes.

What is finished is not made again, so that whatever ended may be begun anew at any time. A task that fails as
a whole is tried again, the second time image by image, so that one bad image does not take others with it; an
image that fails three times is set aside with its reason. Loads no Keras.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from image_machines.atlas.aside import Aside
from image_machines.atlas.store import Store
from image_machines.atlas.tasks import Drawn, Task, Trial

log = logging.getLogger(__name__)

LOCK = ".filling.lock"  # in the folder of images: held by the one process that fills it
PATIENCE = 1.0  # seconds to wait for the next task that is finished


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a task: what was drawn, or why nothing was; neither when it was only given back."""

    task: Task
    drawn: Sequence[Drawn] = ()
    error: str = ""


class Maker(Protocol):
    """Who makes tasks."""

    def trial(self, task: Task, seconds: float) -> list[Trial]:
        """What a task costs on each worker, tried out for so many seconds."""

    def room(self) -> bool:
        """Whether another task can be begun now."""

    def begin(self, task: Task) -> None:
        """Begin a task, or put it behind others that are under way."""

    def finished(self, patience: float) -> Sequence[Outcome]:
        """What became of tasks that were begun; waits for the first, but not longer than so many seconds."""


@dataclass
class Filled:
    """What came of it: images that were made now, and those that were set aside by now."""

    made: int = 0
    aside: int = 0


def remaining(store: Store, todo: Sequence[Task], again: bool = False) -> list[Task]:
    """The tasks without what is finished, and without what was set aside; ``again`` tries that once more."""
    aside = Aside(store.folder)
    if again:
        aside.forget()
    gone = store.finished() | aside.entries.keys()
    left = (task.without(gone) for task in todo)
    return [task for task in left if len(task)]


def fill(
    store: Store, todo: Sequence[Task], maker: Maker, watch: Callable[[Outcome], None] | None = None
) -> Filled:
    """Make the tasks and keep their images; ``watch`` is called after each.

    Raises ValueError where another process fills the same store, DiskFull where there is no room.
    """
    waiting, under_way = deque(todo), 0
    filled, aside = Filled(), Aside(store.folder)
    with alone(store.folder):
        try:
            while waiting or under_way:
                while waiting and maker.room():
                    maker.begin(waiting.popleft())
                    under_way += 1
                for outcome in maker.finished(PATIENCE):
                    under_way -= 1
                    waiting.extendleft(reversed(_taken(store, outcome, aside, filled)))
                    if watch is not None:
                        watch(outcome)
        finally:
            store.write_index()
    return filled


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one that fills a folder; raises ValueError where another process does."""
    with closing(sqlite3.connect(folder / LOCK, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("begin exclusive")  # held until this process ends, however that comes about
        except sqlite3.OperationalError:
            raise ValueError(f"another process fills {folder} already; wait until it has ended") from None
        yield


def _taken(store: Store, outcome: Outcome, aside: Aside, filled: Filled) -> list[Task]:
    """Keep what was drawn; what is to be tried again, as tasks."""
    if outcome.error:
        drawn = [Drawn(recipe, error=outcome.error) for recipe in outcome.task.recipes]
    elif not outcome.drawn:
        return [outcome.task]
    else:
        drawn = list(outcome.drawn)
    finished = [(each.recipe, each.picture, each.results) for each in drawn if each.picture is not None]
    store.put_all(finished)
    filled.made += len(finished)
    failed = [each for each in drawn if each.picture is None]
    gone = [each.recipe.id for each in failed if aside.failed(each.recipe, each.error)]
    for each in failed:
        if each.recipe.id in gone:
            log.warning("%s is set aside: %s", each.recipe.title, each.error)
    filled.aside += len(gone)
    rest = [each.recipe for each in failed if each.recipe.id not in gone]
    if outcome.error and rest and max(aside.tries[recipe.id] for recipe in rest) == 1:
        return [Task(tuple(rest))]
    return [Task((recipe,)) for recipe in rest]
