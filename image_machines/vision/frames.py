"""Frames: what a run shows of itself after every iteration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from image_machines.images import FloatImage
from image_machines.network import gradient
from image_machines.network.tensors import Tensor
from image_machines.vision.settings import Settings


@dataclass(frozen=True, eq=False)
class Frame:
    """An image as it stands after an iteration; nothing is fetched from the device until it is asked for.

    ``octave`` counts from 1, the smallest; ``size`` is the longer side in pixels; ``iteration`` counts from 1
    within the octave. ``done`` is the share of the work. ``warned`` are sentences for the reader, by image.
    """

    octave: int
    octaves: int
    size: int
    iteration: int
    iterations: int
    done: float
    warned: tuple[tuple[str, ...], ...]
    _images: Callable[[], Tensor] = field(repr=False)
    _activations: Callable[[], Tensor] = field(repr=False)

    @cached_property
    def images(self) -> NDArray[np.float32]:
        """All images of the batch, (N, H, W, 3)."""
        return gradient.to_array(self._images())

    @property
    def image(self) -> FloatImage:
        """The (first) image, (H, W, 3) in [-1, 1]; values may lie outside until `picture` clips them."""
        return self.images[0]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader should know of the images, of all of them."""
        return tuple(sentence for each in self.warned for sentence in each)

    @cached_property
    def activations(self) -> NDArray[np.float32]:
        """The objectives (N,) before this iteration's step; in the last frame, those of its very image."""
        return gradient.to_array(self._activations())

    @property
    def activation(self) -> float:
        """The (first) objective."""
        return float(self.activations[0])


@dataclass(frozen=True, eq=False)
class Result:
    """A finished image, what it reached, in how many seconds, and what the reader should know about it."""

    image: FloatImage
    activation: float
    seconds: float
    warnings: tuple[str, ...]
    settings: Settings
    seed: int
