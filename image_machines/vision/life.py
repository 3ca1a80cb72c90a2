"""Signs of life: a unit that is off on its whole image has no gradient, and nothing could be drawn for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from image_machines.network import gradient
from image_machines.network.rectifiers import Policy
from image_machines.network.tensors import Tensor
from image_machines.vision.ascent import FAINTEST, Step
from image_machines.vision.objectives import Objective

EVERY = 10  # iterations between looks whether a unit is alive
FIRST_STEPS = 3  # iterations after each such look that are looked at as well: a long step may kill a unit


class Life:
    """Who of a batch is dead; lets gradients leak for a while when a unit is, at most once in an octave."""

    def __init__(self, batch: Sequence[Objective], warmup: int) -> None:
        self.batch, self.warmup = batch, warmup
        self.dead = np.zeros(len(batch), bool)
        self._helped = False
        self._leaking = 0  # iterations that are left of it

    @property
    def relus(self) -> Policy:
        """How ReLUs pass the gradient on in the next step."""
        return "leaky" if self._leaking else "plain"

    def look(self, iteration: int, iterations: int, step: Step) -> None:
        """Take note of a step of an octave, and help where a unit is dead."""
        if iteration == 0:
            self._helped = False
        if self._leaking:
            self._leaking -= 1
        elif iteration % EVERY < FIRST_STEPS or iteration == iterations - 1:
            self.dead = _is_zero(step.strengths) & (gradient.to_array(step.values) <= 0)
            if self.dead.any() and not self._helped:
                self._leaking = min(self.warmup, (iterations - iteration - 1) // 2)
                self._helped = True

    def warnings(self) -> Iterator[str]:
        """A sentence for every unit that stayed dead."""
        for objective, dead in zip(self.batch, self.dead, strict=True):
            if dead:
                reason = "it has no gradient, so the picture does not show it"
                yield f"{objective} is dead on this image: {reason}"


def _is_zero(strengths: Tensor) -> np.ndarray:
    return gradient.to_array(strengths) <= FAINTEST
