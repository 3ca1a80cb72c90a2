"""Making images in a process of its own: it gives way to whoever asks, can be given up, and may crash.

The process opens the networks once and holds the iterators of the images that it began; a `Worker` asks it
for one frame after the other, so that whoever takes the frames may stop at any. It makes them into pictures
as well: who asks has its hands free for others. A step that nobody wants any more is given a few seconds to
end; then the process ends, and another one begins. This module loads no Keras, so that a process can begin to
load it before the program that asks does.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from image_machines.atlas.recipe import Recipe
from image_machines.images import FloatImage, Picture

PATIENCE = 5.0  # seconds that a step may still take when nobody wants it any more
LOOKS_EVERY = 0.1  # seconds between two looks whether anybody still wants it


class Failed(RuntimeError):
    """An image failed in the process that makes images; its own words, with the kind of error."""


class ProcessDied(Failed):
    """The process ended while it made this image."""


class Lost(RuntimeError):
    """The process that had begun this image is no more: it begins anew."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame in the other process; its image is fetched when it is asked for, before the next frame is."""

    done: float
    warnings: tuple[str, ...]
    frames: Frames = field(repr=False)

    @property
    def image(self) -> FloatImage:
        return self.frames.ask("image")

    @property
    def activation(self) -> float:
        return float(self.frames.ask("activation"))

    def picture(self) -> Picture:
        return self.frames.ask("picture")


class Frames(Iterator[Frame]):
    """The frames of an image, made one by one in the other process."""

    def __init__(self, worker: Worker, recipe: Recipe) -> None:
        self.worker, self.recipe = worker, recipe
        self.number, self.generation = next(worker.numbers), 0
        self.unwanted: float | None = None

    def __next__(self) -> Frame:
        answer = self.ask("next")
        if answer is None:
            raise StopIteration
        done, warnings = answer
        return Frame(done, warnings, self)

    def ask(self, what: str, *more: Any) -> Any:
        """An answer of the process about this image."""
        if not self.generation:
            self.generation = self.worker.ready()
            self.worker.ask(self, "begin", self.recipe)
        return self.worker.ask(self, what, *more)

    def abandon(self) -> None:
        """Nobody wants the image any more: the step under way has a few seconds."""
        self.unwanted = self.unwanted or time.monotonic()

    def close(self) -> None:
        """Let the other process forget the image, when it is next asked for anything."""
        self.worker.dropped.append(self.number)


class Worker:
    """A process that makes images of the networks opened from ``sources``. Used by one thread at a time.

    It begins at once to load what it needs; where ``device`` is None, it opens the networks once `settle`
    names one.
    """

    def __init__(
        self,
        sources: Sequence[str],
        device: str | None = "",
        pixels: str | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        self.sources, self.device, self.said = list(sources), device, (pixels, classes)
        self.numbers = itertools.count()
        self.dropped: deque[int] = deque()  # images that nobody asks for any more
        self.generation = 0
        self._lock = threading.RLock()
        self._process: Any = None
        self._connection: Connection
        self.ready()

    def __call__(self, recipe: Recipe) -> Frames:
        """The frames of the image of a recipe."""
        return Frames(self, recipe)

    def ready(self) -> int:
        """Start the process unless it runs; returns which one in a row it is."""
        with self._lock:
            if self._process is None or not self._process.is_alive():
                context = multiprocessing.get_context("spawn")
                self._connection, theirs = context.Pipe()
                given = theirs, self.sources, *self.said
                self._process = context.Process(target=_work, args=given, name="images", daemon=True)
                self._process.start()
                theirs.close()
                self.generation += 1
                if self.device is not None:
                    self._connection.send(self.device)
            return self.generation

    def settle(self, device: str) -> None:
        """Say on which device the process works, where that was not known when it began."""
        self.device = device
        with suppress(OSError):  # one that died already begins anew when it is needed
            self._connection.send(device)

    def ask(self, frames: Frames, what: str, *more: Any) -> Any:
        """The process's answer; raises `Failed`, `ProcessDied` or `Lost`."""
        with self._lock:
            if frames.generation != self.generation:
                raise Lost(f"the process that had begun {frames.recipe.title} is no more")
            dropped = [self.dropped.popleft() for _ in range(len(self.dropped))]
            try:
                self._connection.send((what, frames.number, dropped, *more))
                while not self._connection.poll(LOOKS_EVERY):
                    if frames.unwanted and time.monotonic() - frames.unwanted > PATIENCE:
                        self._end()
                        raise ProcessDied("the step was given up")
                error, answer = self._connection.recv()
            except (EOFError, OSError) as gone:
                raise ProcessDied(f"the process that makes images ended{self._end()}") from gone
        if error:
            raise Failed(error)
        return answer

    def close(self) -> None:
        """End the process, whatever it does; whoever waits for it is told so."""
        if self._process is not None:
            self._process.kill()

    def _end(self) -> str:
        """End the process, and what its end looked like."""
        self._process.kill()
        self._process.join()
        self._connection.close()
        self.generation += 1
        code = self._process.exitcode
        self._process = None
        return f", by signal {-code}" if code is not None and code < 0 else f" with status {code}"


def _work(*given: Any) -> None:
    """The life of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    os.dup2(sys.stderr.fileno(), 1)  # in the gateway standard output is an answer
    from image_machines.atlas import drawing  # here, since it loads Keras

    drawing.work(*given)
