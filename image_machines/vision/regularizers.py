"""Regularisers: what keeps an image legible, each with a schedule of its own.

A regulariser acts at one of four places: on the *view* that the network gets of the image (jitter, scale,
rotate), on the *score* that is maximised (total variation, L2), on the *gradient* (smoothing, Laplacian
pyramid), or as a *filter* on the image after the step (median, blur, bilateral, clipping, decay). Views, scores
and gradients are ``keras.ops`` on ``(N, H, W, 3)``; filters are NumPy on the same shape, images in [-1, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from image_machines.vision.median import median_filter


@dataclass(frozen=True, kw_only=True)
class Regularizer:
    """``every``: acts in one of so many iterations of an octave; ``begin``, ``end``: share of the run it acts in."""

    acts_on: ClassVar[str] = ""
    every: int = 1
    begin: float = 0.0
    end: float = 1.0

    def due(self, iteration: int, iterations: int, progress: float) -> bool:
        """Whether it acts in this iteration (from 0) of an octave, at this share of the run.

        Filters leave an octave's last iteration alone, so that it ends on what the network drew.
        """
        if self.acts_on == "filter" and iteration == iterations - 1:
            return False
        return iteration % self.every == 0 and self.begin <= progress < self.end


@dataclass(frozen=True, kw_only=True)
class Filter(Regularizer):
    """A regulariser that filters the image after the step."""

    acts_on: ClassVar[str] = "filter"

    def apply(self, images: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
        """The filtered images (N, H, W, 3)."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Median(Filter):
    """Median of each ``size`` x ``size`` window, per colour (Offert 2018: 5, every 4 iterations)."""

    size: int = 5
    every: int = 4

    def apply(self, images: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
        return median_filter(images, self.size)


REGULARIZERS: dict[str, type[Regularizer]] = {"median": Median}
