"""Signs of life: a unit that is off on its whole image has no gradient, and nothing could be drawn for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from image_machines.network import gradient
from image_machines.network.tensors import Tensor
from image_machines.vision.ascent import FAINTEST, Step
from image_machines.vision.objectives import Objective

EVERY = 10  # iterations between looks whether a unit is alive
FIRST_STEPS = 3  # iterations after each such look that are looked at as well: a long step may kill a unit


class Life:
    """Who of a batch is dead; lets gradients of such a unit leak for a while, at most once in an octave."""

    def __init__(self, batch: Sequence[Objective], warmup: int) -> None:
        self.batch, self.warmup = batch, warmup
        self.dead = np.zeros(len(batch), bool)
        self._helped = np.zeros(len(batch), bool)
        self._left = np.zeros(len(batch), int)  # iterations of leaking that are left

    @property
    def leaking(self) -> NDArray[np.bool_]:
        """Whose gradients leak in the next step (N,)."""
        return self._left > 0

    def look(self, iteration: int, iterations: int, step: Step) -> None:
        """Take note of a step of an octave, and help where a unit is dead."""
        if iteration == 0:
            self._helped[:] = False
        steady = ~self.leaking
        self._left[~steady] -= 1
        if steady.any() and (iteration % EVERY < FIRST_STEPS or iteration == iterations - 1):
            dead = _is_zero(step.strengths) & (gradient.to_array(step.values) <= 0)
            self.dead = np.where(steady, dead, self.dead)
            helped = steady & dead & ~self._helped
            self._left[helped] = min(self.warmup, (iterations - iteration - 1) // 2)
            self._helped |= helped

    def warnings(self) -> list[tuple[str, ...]]:
        """For each unit of the batch what to know of it: a sentence where it stayed dead."""
        reason = "is dead on this image: it has no gradient, so the picture does not show it"
        return [
            (f"{objective} {reason}",) if dead else ()
            for objective, dead in zip(self.batch, self.dead, strict=True)
        ]


def _is_zero(strengths: Tensor) -> NDArray[np.bool_]:
    return gradient.to_array(strengths) <= FAINTEST
