"""Jobs: images on their way, what state they are in, and how long they still take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from image_machines.atlas.costs import Pace
from image_machines.atlas.make import Frame
from image_machines.atlas.recipe import Recipe

QUEUED, RENDERING, PAUSED, DONE, FAILED, CANCELLED = STATES = (
    "queued",
    "rendering",
    "paused",
    "done",
    "failed",
    "cancelled",
)
ENDED = (DONE, FAILED, CANCELLED)


class QueueFull(RuntimeError):
    """More jobs than may wait."""


class Ended(RuntimeError):
    """A job that cannot be cancelled, since it has ended."""


@dataclass(eq=False)
class Job:
    """An image on its way. Changed by its worker only; others read it, and may ask for its end."""

    recipe: Recipe
    path: str
    number: int
    estimate: float
    keeping: float = 0.0  # seconds that it will take to be kept, once it is drawn
    state: str = QUEUED
    progress: float = 0.0
    activation: float | None = None
    seconds: float = 0.0
    version: int = 1
    error: str | None = None
    warnings: tuple[str, ...] = ()
    created: str = ""
    frames: Iterator[Frame] | None = field(default=None, repr=False)
    device: str | None = None
    cancelling: bool = False
    finishing: bool = False
    first_frame: float = 0.0  # seconds until the first frame
    seen: float = 0.0  # when the last step was seen, on the clock of `seconds`
    next_preview: float = 0.0  # on the same clock
    pace: Pace = field(default_factory=lambda: Pace(0.0), repr=False)

    @property
    def id(self) -> str:
        return self.recipe.id

    @property
    def rank(self) -> tuple[int, int]:
        """The lower, the sooner: higher octaves first, first come first served among equals."""
        return -self.recipe.octave, self.number

    @property
    def shown_state(self) -> str:
        """The state as others see it: cancelled from the moment that was asked."""
        return CANCELLED if self.cancelling else self.state

    def seconds_left(self) -> float | None:
        """Of its own work; None when it has ended."""
        if self.shown_state in ENDED:
            return None
        if not self.progress:
            return max(self.estimate - self.seconds, 0.0)
        return self.pace.left(self.progress) + self.keeping

    def step(self, done: float) -> None:
        """Take note of how far the work is, on the clock of `seconds`."""
        if self.progress:
            self.pace.observe(done - self.progress, self.seconds - self.seen)
        else:
            self.first_frame, self.pace = self.seconds, Pace(self.estimate)
        self.progress, self.seen = done, self.seconds
