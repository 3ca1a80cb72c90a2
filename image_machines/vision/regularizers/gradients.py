"""Shapers: how the gradient is shaped before the step."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from keras import ops
from pydantic import Field

from image_machines.checks import checked
from image_machines.network.tensors import Tensor
from image_machines.vision.parametrizations.statistics import colors
from image_machines.vision.parametrizations.waves import hartley
from image_machines.vision.regularizers.base import Images, Regularizer


@checked
class Shaper(Regularizer):
    """A regulariser that shapes the gradient."""

    def apply(self, gradient: Tensor) -> Tensor:
        """The shaped gradient (N, H, W, 3)."""
        raise NotImplementedError


@checked
class Smooth(Shaper):
    """Blur the gradient by a Gaussian of ``sigma`` pixels: broad strokes first."""

    sigma: Annotated[float, Field(ge=0.1, le=32)] = 1.5

    @property
    def effort(self) -> float:
        return 0.25 * max(self.reach / 4, 1)  # as measured at the usual sigma, and as many times the places

    @property
    def reach(self) -> int:
        """Places on either side that a pixel is mixed with."""
        return max(round(3 * self.sigma), 1)

    def apply(self, gradient: Tensor) -> Tensor:
        reach = self.reach
        values = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * self.sigma**2))
        return _blurred(gradient, (values / values.sum()).astype(np.float32))


@checked
class Laplacian(Shaper):
    """Bring every band of the gradient's Laplacian pyramid to the same strength (Mordvintsev 2016)."""

    levels: Annotated[int, Field(ge=1, le=7)] = 4

    @property
    def effort(self) -> float:
        widest = 4 * 2 ** (self.levels - 1) + 1  # places of the kernel with the widest holes
        return max(0.06 * self.levels, 0.007 * widest)

    def apply(self, gradient: Tensor) -> Tensor:
        total, current = 0.0, gradient
        binomial = np.array([1, 4, 6, 4, 1], np.float32) / 16
        for level in range(self.levels):
            spread = np.zeros(4 * 2**level + 1, np.float32)  # the kernel with holes: no pixel is left out
            spread[:: 2**level] = binomial
            coarser = _blurred(current, spread)
            total = total + _standardised(current - coarser)
            current = coarser
        return total + _standardised(current)


@checked
class Natural(Shaper):
    """Give the gradient the frequencies and colours of photographs: preconditioning (Olah et al. 2017).

    Waves are weighed by 1 / frequency ** ``decay``, colours by the root of their covariance: what a
    parametrisation by decorrelated waves does to a step (there twice over: decay 2 and the covariance),
    without leaving the pixels. ``statistics`` is a file of `statistics.save`, "" for ImageNet's colours.
    """

    decay: Annotated[float, Field(ge=0, le=4)] = 1.0
    statistics: str = ""

    @property
    def effort(self) -> float:
        return 0.1

    def apply(self, gradient: Tensor) -> Tensor:
        planes = ops.transpose(ops.matmul(gradient, _root(colors(self.statistics)[0])), (0, 3, 1, 2))
        height, width = ops.shape(planes)[2:4]
        squares = ops.square(_cycles(height))[:, None] + ops.square(_cycles(width))[None, :]
        longest = ops.cast(ops.maximum(height, width), "float32")
        weights = ops.maximum(squares, 1 / ops.square(longest)) ** (-self.decay / 2)
        return ops.transpose(hartley(hartley(planes) * weights), (0, 2, 3, 1))


def _cycles(length: Tensor) -> Tensor:
    """Cycles per pixel of each wave of the transform of an axis."""
    counts = ops.cast(ops.arange(length), "float32")
    length = ops.cast(length, "float32")
    return ops.minimum(counts, length - counts) / length


def _root(matrix: Images) -> Images:
    """The symmetric root of a matrix times its transpose, here of the colours' covariance."""
    left, values, _ = np.linalg.svd(matrix)
    return ((left * values) @ left.T).astype(np.float32)


def _standardised(band: Tensor) -> Tensor:
    return band * ops.rsqrt(ops.mean(ops.square(band), axis=(1, 2, 3), keepdims=True) + 1e-20)


def _blurred(images: Tensor, kernel: Images) -> Tensor:
    """Images (N, H, W, 3) blurred by a kernel down and across; beyond the border there is nothing."""
    down = np.repeat(kernel[:, None, None, None], 3, axis=2)
    images = ops.depthwise_conv(images, down, padding="same", data_format="channels_last")
    return ops.depthwise_conv(images, down.swapaxes(0, 1), padding="same", data_format="channels_last")
