"""Juries in the background: what others take a class's image for, once nothing else is to be drawn."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from image_machines.atlas import jury, make
from image_machines.atlas.opinions import Heard, of_card
from image_machines.atlas.queue import Queue
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.atlas.worker import Worker

log = logging.getLogger(__name__)

LOOKS_EVERY = 0.2  # seconds between two looks whether the queue is idle


class Closed(RuntimeError):
    """The service ends."""


class Juries:
    """Asks the networks opened from ``sources`` about one image after the other, in the worker's process.

    The queue goes first: between two iterations of a control, and before jurors are asked, it waits until
    nothing is drawn and nothing waits to be.
    """

    def __init__(self, store: Store, queue: Queue, worker: Worker, sources: Sequence[str]) -> None:
        self.store, self.queue, self.worker, self.sources = store, queue, worker, sources
        self._pool = ThreadPoolExecutor(1, "jury")
        self._begun: set[str] = set()
        self._ended: set[str] = set()
        self._closing = Event()

    def close(self) -> None:
        self._closing.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def ask(self, recipe: Recipe) -> tuple[bool, Heard | None]:
        """Whether all is said that will be said of an image, and what was; asked for the first time, it
        begins."""
        heard = of_card(self.store.card(recipe.id) or {})
        if heard is not None or recipe.class_name is None or not jury.jurors_of(recipe, self.sources):
            return True, heard
        if recipe.id not in self._begun:
            self._begun.add(recipe.id)
            self._pool.submit(self._hear, recipe)
        return recipe.id in self._ended, None

    def _hear(self, recipe: Recipe) -> None:
        try:
            self._give_way()
            frames = self.worker(recipe)
            control = frames.ask("control", recipe)
            path = self._drawn(control)
            files = [self.store.file(each) for each in (self.store.path(recipe), path)]
            self._give_way()
            said = frames.ask("opinions", recipe, *files, jury.jurors_of(recipe, self.sources))
            frames.close()
            jury.note(self.store, recipe, path, said)
        except Closed:
            pass
        except Exception as error:  # the image is there, what others say of it is not
            log.warning("nobody was asked about %s: %s", recipe.title, error)
        finally:
            self._ended.add(recipe.id)

    def _drawn(self, control: Recipe) -> str:
        """The path of a control, which is drawn unless it was before."""
        if entry := self.store.find(control.id):
            return str(entry["image"])
        frames, seconds = self.worker(control), 0.0
        began = time.perf_counter()
        for frame in frames:
            seconds += time.perf_counter() - began
            if frame.done < 1:
                self._give_way()
            began = time.perf_counter()
        kept = make.keep(self.store, make.finished(control, frame, seconds))
        frames.close()
        return str(kept["image"])

    def _give_way(self) -> None:
        """Wait until the queue has nothing to do."""
        while not self.queue.is_idle():
            if self._closing.wait(LOOKS_EVERY):
                break
        if self._closing.is_set():
            raise Closed
