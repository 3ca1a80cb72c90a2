"""The queue of images to render: what waits, what is under way, what has ended.

``submit`` takes recipes and gives back `Job` objects at once; one thread per device renders them (see
`rendering`), a higher octave first, first come first served among equals. Nothing here prints: in the kernel
gateway standard output is the answer to whoever asks next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

import numpy as np

from image_machines.atlas.costs import Costs
from image_machines.atlas.job import (
    CANCELLED,
    DONE,
    ENDED,
    FAILED,
    PAUSED,
    QUEUED,
    RENDERING,
    Ended,
    Job,
    QueueFull,
)
from image_machines.atlas.make import Frame
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.rendering import Rendering
from image_machines.atlas.store import Store

LIMIT = 1000  # jobs that may wait
REMEMBERED = 5000  # jobs that have ended
INTERRUPTED = "the service ended before this image was finished: ask for it again"
PLACEHOLDER = np.full((96, 96, 3), 40, np.uint8)


class Queue:
    """A queue with one thread per worker; its methods return at once, whatever thread calls them.

    ``workers`` turn a recipe into an iterator of frames, one for each device by its name. An iterator that
    has ``abandon`` is told when nobody wants its image any more.
    """

    def __init__(
        self,
        workers: Mapping[str, Callable[[Recipe], Iterator[Frame]]],
        store: Store,
        costs: Costs,
        limit: int = LIMIT,
    ) -> None:
        self.store = store
        self.limit = limit
        self._costs = costs
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}
        self._waiting: dict[str, Job] = {}
        self._number = 0
        self.closing = False
        self._threads = [
            threading.Thread(
                target=Rendering(self, device, worker, store, costs).run, name=f"queue {device}", daemon=True
            )
            for device, worker in workers.items()
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, recipes: Iterable[Recipe]) -> tuple[list[Job], int]:
        """The jobs for these images, and how many of them are new; all are taken, or QueueFull is raised."""
        wanted = list(recipes)
        with self._changed:
            jobs = {recipe.id: self._known(recipe) for recipe in wanted}
            new = {recipe.id: recipe for recipe in wanted if jobs[recipe.id] is None}
            if new and len(self._waiting) + len(new) > self.limit:
                full = (
                    f"the queue holds {len(self._waiting)} of {self.limit} images, {len(new)} more do not fit"
                )
                raise QueueFull(f"{full}; ask again when some are done")
            jobs |= {job.id: job for job in self._begin(new.values())}
            self._changed.notify_all()
        return [job for recipe in wanted if (job := jobs[recipe.id]) is not None], len(new)

    def recall(self, known: Callable[[Recipe], bool]) -> None:
        """Take up, as failed, what an earlier process left unfinished, so that it can be asked for again."""
        for recipe in self.store.remembered():
            if known(recipe) and self.store.find(recipe.id) is None:
                with self._changed:
                    job = self._add(Job(recipe, self.store.path(recipe), self._next_number(), 0.0))
                    job.state, job.error = FAILED, INTERRUPTED
            else:
                self.store.forget(recipe.id)

    def get(self, id: str) -> Job | None:
        """The job of that id, of this server's life."""
        with self._changed:
            return self._jobs.get(id)

    def find(self, recipe: Recipe) -> Job | None:
        """The job that makes or made this image, None when it would be new."""
        with self._changed:
            return self._known(recipe)

    def jobs(self) -> list[Job]:
        """Every job of this server's life, newest first."""
        with self._changed:
            return list(reversed(self._jobs.values()))

    def cancel(self, id: str) -> Job:
        """End a job after the iteration under way; KeyError when it is unknown, Ended when it has ended."""
        with self._changed:
            job = self._jobs[id]
            if job.shown_state in ENDED or job.finishing:
                raise Ended(f"job {id} is {job.shown_state if not job.finishing else DONE} already")
            job.cancelling = True
            abandon = getattr(job.frames, "abandon", None)
            if abandon is not None:
                abandon()
            if self._waiting.pop(id, None) is not None:
                self.end(job, CANCELLED)
            return job

    def cancel_all(self, ids: Iterable[str] | None = None) -> list[Job]:
        """End every job that waits or runs, or those of them that are named; returns what was ended."""
        with self._changed:
            wanted = self._jobs if ids is None else {id for id in ids if id in self._jobs}
            open_ = [id for id in wanted if self._jobs[id].shown_state not in ENDED]
            return [self.cancel(id) for id in open_ if not self._jobs[id].finishing]

    def waiting(self) -> int:
        """How many jobs wait."""
        with self._changed:
            return len(self._waiting)

    def is_idle(self) -> bool:
        """Whether nothing is drawn and nothing waits to be."""
        with self._changed:
            return not self._waiting and all(job.state != RENDERING for job in self._jobs.values())

    def positions(self) -> dict[str, int]:
        """The place in the queue of every job that waits, 1 is next."""
        with self._changed:
            waiting = sorted(self._waiting.values(), key=lambda job: job.rank)
        return {job.id: place for place, job in enumerate(waiting, 1)}

    def close(self, *ends: Callable[[], None], timeout: float = 10.0) -> None:
        """Stop after the iterations under way; what is unfinished is remembered, for the next start.

        ``ends`` are called first, to end what works for the queue.
        """
        with self._changed:
            self.closing = True
            self._changed.notify_all()
        for end in ends:
            end()
        for thread in self._threads:
            thread.join(timeout)
        for job in list(self._waiting.values()):
            self.end(job, CANCELLED)
        self.store.write_index()
        self.store.disown()

    def _known(self, recipe: Recipe) -> Job | None:
        """The job that stands for the recipe: under way, or finished and still on disk."""
        job = self._jobs.get(recipe.id)
        if job is not None and job.shown_state not in ENDED:
            return job
        entry = self.store.find(recipe.id)
        if entry is None:
            return None
        if job is not None and job.state == DONE:
            return job
        job = self._add(Job(recipe, entry["image"], self._next_number(), 0.0, state=DONE, progress=1.0))
        job.activation, job.seconds = entry["activation"], float(entry["seconds"] or 0)
        return job

    def _begin(self, recipes: Iterable[Recipe]) -> list[Job]:
        """New jobs with their placeholders, all of them or none."""
        jobs = [
            Job(
                recipe,
                self.store.path(recipe),
                self._next_number(),
                self._costs.seconds(recipe),
                self._costs.keeping(recipe),
            )
            for recipe in recipes
        ]
        try:
            for job in jobs:
                self.store.preview(job.path, PLACEHOLDER)
            self.store.remember(job.recipe for job in jobs)
        except OSError:
            for job in jobs:
                self.store.drop_preview(job.path)
            raise
        for job in jobs:
            self._waiting[job.id] = self._add(job)
        return jobs

    def _add(self, job: Job) -> Job:
        job.created = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._jobs.pop(job.id, None)  # a job asked for again counts from now
        self._jobs[job.id] = job
        if len(self._jobs) > REMEMBERED + self.limit:
            ended = [each.id for each in self._jobs.values() if each.state in ENDED]
            for id in ended[: len(ended) - REMEMBERED]:
                del self._jobs[id]
        return job

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _most_urgent(self, device: str) -> Job | None:
        """The job that goes next on this device; one that began on another stays there."""
        waiting = (job for job in self._waiting.values() if job.device in (None, device))
        return min(waiting, key=lambda job: job.rank, default=None)

    def end(self, job: Job, state: str, error: str | None = None) -> None:
        """A job's last state; what was shown of an image that is not done goes."""
        with self._changed:
            job.state, job.error = state, error
            frames, job.frames = job.frames, None
            if state != DONE and self._jobs.get(job.id) is job:
                self.store.drop_preview(job.path)
            if not self.closing:
                self.store.forget(job.id)
        close = getattr(frames, "close", None)
        if close is not None:
            close()

    def put_back(self, job: Job) -> None:
        """Let a job whose frames were lost wait again, as if new."""
        with self._changed:
            job.frames, job.state, job.progress = None, QUEUED, 0.0
            job.seconds = job.first_frame = job.seen = job.next_preview = 0.0
            self._waiting[job.id] = job

    def take(self, device: str) -> Job | None:
        """The most urgent job, once there is one; None when there was none for a second."""
        with self._changed:
            if self._most_urgent(device) is None and not self.closing:
                self._changed.wait(1.0)
            job = None if self.closing else self._most_urgent(device)
            if job is not None:
                del self._waiting[job.id]
                job.state, job.device = RENDERING, device
            return job

    def gives_way(self, job: Job) -> bool:
        """Whether a more urgent job waits; this one then waits too, and goes on later."""
        with self._changed:
            urgent = self._most_urgent(job.device or "")
            if urgent is None or urgent.rank > job.rank:
                return False
            job.state = PAUSED
            self._waiting[job.id] = job
            return True

    def finishing(self, job: Job) -> bool:
        """From here on a job cannot be cancelled; False where it was already."""
        with self._changed:
            job.finishing = not job.cancelling
            return job.finishing
