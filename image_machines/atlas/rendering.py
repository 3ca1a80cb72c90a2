"""What one device does for the queue: it renders the most urgent job, frame by frame, and keeps its image.

Between two iterations it looks whether the job was cancelled or a more urgent one waits; a job that gives way
keeps its generator, and goes on where it was.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from image_machines.atlas import make
from image_machines.atlas.costs import Costs
from image_machines.atlas.job import CANCELLED, DONE, FAILED, Job
from image_machines.atlas.make import Frame
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import DiskFull, Store
from image_machines.atlas.worker import Failed, Lost

log = logging.getLogger(__name__)

PREVIEW_EVERY = 0.3  # seconds between two previews
PREVIEW_SHARE = 0.03  # of the time may go into previews


class Book(Protocol):
    """Who knows what waits: the queue, as whoever renders sees it."""

    closing: bool

    def take(self, device: str) -> Job | None:
        """The most urgent job, once there is one; None when there was none for a second."""

    def gives_way(self, job: Job) -> bool:
        """Whether a more urgent job waits; this one then waits too."""

    def put_back(self, job: Job) -> None:
        """Let a job whose frames were lost wait again, as if new."""

    def finishing(self, job: Job) -> bool:
        """From here on a job cannot be cancelled; False where it was already."""

    def end(self, job: Job, state: str, error: str | None = None) -> None:
        """A job's last state."""


class Rendering:
    """Renders for a queue on one device, whose ``worker`` turns recipes into frames."""

    def __init__(
        self, book: Book, device: str, worker: Callable[[Recipe], Iterator[Frame]], store: Store, costs: Costs
    ) -> None:
        self._book, self._device, self._worker = book, device, worker
        self._store, self._costs = store, costs

    def run(self) -> None:
        """Render until the queue closes."""
        while not self._book.closing:
            job = self._book.take(self._device)
            if job is None:
                self._store.write_index(force=False)
                continue
            try:
                self._advance(job)
            except Lost:
                self._book.put_back(job)
            except Exception as error:
                if job.cancelling or self._book.closing:
                    self._book.end(job, CANCELLED)
                    continue
                log.exception("%s failed", job.recipe.title)
                self._book.end(job, FAILED, _sentence(error))

    def _advance(self, job: Job) -> None:
        """Render until the job is done, cancelled, or gives way to a more urgent one."""
        if job.frames is None:
            job.frames = self._worker(job.recipe)
        frame = None
        clock = time.perf_counter()
        for frame in job.frames:
            now = time.perf_counter()
            job.seconds, clock = job.seconds + now - clock, now
            self._observe(job, frame)
            if self._book.closing or job.cancelling:
                return self._book.end(job, CANCELLED)
            if frame.done < 1 and self._book.gives_way(job):
                return None
        if frame is None:
            raise RuntimeError("there is no iteration to show")
        job.seconds += time.perf_counter() - clock
        return self._finish(job, frame)

    def _observe(self, job: Job, frame: Frame) -> None:
        """Take note of an iteration, and save a preview when it is time."""
        job.step(min(float(frame.done), 1.0))
        if frame.done >= 1 or job.seconds < job.next_preview:
            return
        started = time.perf_counter()
        job.activation = make.number(frame.activation)
        self._store.preview(job.path, make.picture(frame))
        job.version += 1
        cost = time.perf_counter() - started
        job.next_preview = job.seconds + max(PREVIEW_EVERY, cost / PREVIEW_SHARE)

    def _finish(self, job: Job, frame: Frame) -> None:
        if not self._book.finishing(job):
            return self._book.end(job, CANCELLED)
        began = time.perf_counter()
        made = make.finished(job.recipe, frame, job.seconds)
        job.activation, job.warnings = made.activation, made.warnings
        make.keep(self._store, made)
        job.version += 1
        self._book.end(job, DONE)
        kept = time.perf_counter() - began
        self._costs.learn(job.recipe, job.first_frame, job.seconds - job.first_frame, kept)
        return None


def _sentence(error: Exception) -> str:
    """Why a job failed: an error that is not ours names its kind."""
    reason = str(error).strip() or "no reason given"
    return reason if isinstance(error, DiskFull | Failed) else f"{type(error).__name__}: {reason}"
