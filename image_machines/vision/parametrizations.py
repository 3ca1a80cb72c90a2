"""Parametrisations: how an image is stored while it is optimised.

A parametrisation turns parameters, any tensor with a row per image, into images ``(N, H, W, 3)`` in [-1, 1],
differentiably, and images back into parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """The pixels themselves."""

    shape: ClassVar[list[int | None]] = [None, None, None, 3]  # of the parameters
    constant_shapes: ClassVar[tuple[Any, ...]] = ()  # of the constants
    noise: float = 0.01  # standard deviation of the first image (Offert 2018)

    def start(self, shape: tuple[int, int, int, int], random: np.random.Generator) -> FloatArray:
        """A first batch of images."""
        return random.normal(0, self.noise, shape).astype(np.float32)

    def constants(self, size: tuple[int, int]) -> tuple[FloatArray, ...]:
        """What `images` needs at this size beside the parameters."""
        return ()

    def images(self, parameters: Any, constants: tuple[Any, ...]) -> Any:
        """Parameters to images."""
        return parameters

    def parameters(self, images: FloatArray) -> FloatArray:
        """Images to parameters."""
        return images


PARAMETRIZATIONS: dict[str, type[Any]] = {"pixels": Pixels}
