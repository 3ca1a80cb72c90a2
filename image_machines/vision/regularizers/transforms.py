"""Transforms: the image moved at random before the network sees it, so that no exact place is drawn for."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from keras import ops
from pydantic import Field, model_validator

from image_machines.checks import checked
from image_machines.network.tensors import Tensor
from image_machines.vision.regularizers.base import Images, Random, Regularizer

Factor = Annotated[float, Field(ge=0.1, le=10)]


@checked
class Transform(Regularizer):
    """Moves the image at random before the network sees it; with ``hold``, once for each octave."""

    hold: bool = False

    def draw(self, random: Random, size: tuple[int, int]) -> Images:
        """The random numbers (2,) of one iteration, for an image of this size."""
        raise NotImplementedError

    def apply(self, images: Tensor, draw: Tensor) -> Tensor:
        """The images as the network sees them."""
        raise NotImplementedError


@checked
class Jitter(Transform):
    """Shift by up to ``pixels``; what leaves one edge enters at the other (Mordvintsev et al. 2015)."""

    pixels: Annotated[int, Field(ge=0, le=1024)] = 32

    @property
    def effort(self) -> float:
        return 0.02

    def draw(self, random: Random, size: tuple[int, int]) -> Images:
        return random.integers(-self.pixels, self.pixels + 1, 2).astype(np.float32)

    def apply(self, images: Tensor, draw: Tensor) -> Tensor:
        shift = ops.cast(draw, "int32")
        for axis in (1, 2):
            length = ops.shape(images)[axis]
            images = ops.take(images, (ops.arange(length) - shift[axis - 1]) % length, axis=axis)
        return images


@checked
class Scale(Transform):
    """Enlarge or shrink about the centre by a factor between ``low`` and ``high`` (Olah et al. 2017)."""

    low: Factor = 0.9
    high: Factor = 1.1

    @property
    def effort(self) -> float:
        return 0.1

    @model_validator(mode="after")
    def _low_is_lower(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low is at most high, not {self.low} and {self.high}")
        return self

    def draw(self, random: Random, size: tuple[int, int]) -> Images:
        return np.array([1 / random.uniform(self.low, self.high), 0], np.float32)

    def apply(self, images: Tensor, draw: Tensor) -> Tensor:
        return _transformed(images, draw[0], draw[1])


@checked
class Rotate(Transform):
    """Turn about the centre by up to ``degrees`` either way (Olah et al. 2017)."""

    degrees: Annotated[float, Field(ge=0, le=180)] = 10.0

    @property
    def effort(self) -> float:
        return 0.1

    def draw(self, random: Random, size: tuple[int, int]) -> Images:
        angle = np.deg2rad(random.uniform(-self.degrees, self.degrees))
        return np.array([np.cos(angle), np.sin(angle)], np.float32)

    def apply(self, images: Tensor, draw: Tensor) -> Tensor:
        return _transformed(images, draw[0], draw[1])


def _transformed(images: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Images turned and enlarged about their centre, by linear interpolation; the border is mirrored."""
    height, width = ops.shape(images)[1:3]
    down = ops.cast(ops.arange(height), "float32") - ops.cast(height - 1, "float32") / 2
    across = ops.cast(ops.arange(width), "float32") - ops.cast(width - 1, "float32") / 2
    rows, down_share = _neighbours(sine * across[None, :] + cosine * down[:, None], height)
    columns, across_share = _neighbours(cosine * across[None, :] - sine * down[:, None], width)
    flat = ops.reshape(images, (-1, height * width, 3))

    def corner(row: int, column: int) -> Tensor:
        return ops.take(flat, (rows + row) * width + columns + column, axis=1)

    above = corner(0, 0) * (1 - across_share) + corner(0, 1) * across_share
    below = corner(1, 0) * (1 - across_share) + corner(1, 1) * across_share
    return above * (1 - down_share) + below * down_share


def _neighbours(offsets: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
    """Of places counted from the middle of an axis: the pixel before, and the share (H, W, 1) of the next."""
    last = ops.cast(length - 1, "float32")
    places = last - ops.abs(last - ops.abs(offsets + last / 2))
    before = ops.clip(ops.floor(places), 0.0, last - 1)
    return ops.cast(before, "int32"), (places - before)[:, :, None]
