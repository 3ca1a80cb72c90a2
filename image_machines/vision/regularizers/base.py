"""What all regularisers share: a schedule, and how much work they are."""

from __future__ import annotations

from typing import Annotated, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from image_machines.checks import checked

Images: TypeAlias = NDArray[np.float32]
Random: TypeAlias = np.random.Generator
Every = Annotated[int, Field(ge=1, le=10_000)]
Share = Annotated[float, Field(ge=0, le=1)]


@checked
class Regularizer:
    """Acts in one of ``every`` iterations of an octave, from share ``begin`` to ``end`` of the run."""

    every: Every = 1
    begin: Share = 0.0
    end: Share = 1.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.begin > self.end:
            raise ValueError(f"begin and end are shares of the run in order, not {self.begin} and {self.end}")
        return self

    @property
    def effort(self) -> float:
        """Its work on a pixel as measured, where a step of a middle layer (InceptionV3's mixed5) is 1."""
        return 0.0

    def due(
        self, iteration: NDArray[np.int_], iterations: int, progress: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Whether it acts in these iterations (from 0) of an octave, at these shares of the run."""
        return (iteration % self.every == 0) & (self.begin <= progress) & (progress <= self.end)
