"""Octaves: the sizes that an image grows through, and what is due in each of their iterations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from image_machines.vision.regularizers import Regularizer
from image_machines.vision.settings import Settings


@dataclass(frozen=True, eq=False)
class Octave:
    """One size of a run; arrays have a row per iteration.

    ``acting`` (iterations, regularisers) says who is due. ``work`` is in pixel-iterations, a regulariser's by
    its effort.
    """

    number: int  # from 1, the smallest
    size: int  # longer side in pixels
    step: float
    regularizers: tuple[Regularizer, ...]
    acting: NDArray[np.bool_]
    work: NDArray[np.float64]

    @property
    def iterations(self) -> int:
        return len(self.work)

    def due(self, iteration: int) -> tuple[Regularizer, ...]:
        """The regularisers that act in an iteration, counted from 0, in their order."""
        return tuple(
            each for each, acts in zip(self.regularizers, self.acting[iteration], strict=True) if acts
        )


def octaves(settings: Settings) -> list[Octave]:
    """The octaves of a run, smallest first; those without iterations are only passed over."""
    sizes, schedule = settings.sizes(), settings.schedule()
    pixels = [count * size**2 for size, count in zip(sizes, schedule, strict=True)]
    return [
        _octave(settings, index, sum(pixels[:index]), sum(pixels), schedule[index])
        for index in range(len(sizes))
    ]


def _octave(settings: Settings, index: int, before: int, total: int, count: int) -> Octave:
    """An octave of ``count`` iterations, after ``before`` of the run's ``total`` pixel-iterations."""
    size, each = settings.sizes()[index], settings.regularizers
    iteration = np.arange(count)
    progress = (before + (iteration + 1) * size**2) / total
    due = [regularizer.due(iteration, count, progress) for regularizer in each]
    acting = np.stack(due, axis=1) if due else np.zeros((count, 0), bool)
    efforts = np.array([regularizer.effort for regularizer in each])
    return Octave(index + 1, size, settings.steps()[index], each, acting, size**2 * (1 + acting @ efforts))


def shares(run: list[Octave]) -> list[NDArray[np.float64]]:
    """For each octave, the share of the run's work that is done after each iteration; the last is 1."""
    done = np.cumsum(np.concatenate([octave.work for octave in run]))
    ends = np.cumsum([octave.iterations for octave in run])
    return np.split(done / done[-1], ends[:-1])
