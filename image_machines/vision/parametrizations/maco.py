"""Frequencies of fixed magnitude, and free phases."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from keras import ops
from pydantic import Field

from image_machines.checks import checked
from image_machines.network.tensors import Tensor
from image_machines.vision.parametrizations.base import (
    Constants,
    Floats,
    Parametrization,
    Random,
    Shape,
    Size,
)
from image_machines.vision.parametrizations.statistics import colors, magnitudes
from image_machines.vision.parametrizations.waves import colored, mirrored, uncolored


@checked
class MaCo(Parametrization):
    """Frequencies of fixed magnitude; only their phases are optimised (Fel et al. 2023).

    The magnitudes are those of ``statistics``, a file of `statistics.save`; with "" they fall as 1 /
    frequency, the law of natural images, in ImageNet's colours. ``contrast`` is the standard deviation before
    colours are mixed.
    """

    shape: ClassVar[Shape] = [None, 3, None, None]
    constant_shapes: ClassVar[tuple[Shape, ...]] = ([3, None, None], [3, 3], [3])
    contrast: Annotated[float, Field(ge=0.001, le=100)] = 1.0
    statistics: str = ""

    def draw(self, size: Size, random: Random) -> Floats:
        return random.uniform(-np.pi / 2, np.pi / 2, (3, *size)).astype(np.float32)

    def constants(self, size: Size) -> tuple[Floats, ...]:
        strengths = magnitudes(self.statistics, size)
        strengths = strengths * self.contrast / np.sqrt(np.square(strengths).mean())
        return (strengths.astype(np.float32), *colors(self.statistics))

    def images(self, parameters: Tensor, constants: Constants) -> Tensor:
        strengths, matrix, mean = constants
        phases = parameters - mirrored(parameters)  # a real image's phases are odd
        real, imaginary = strengths * ops.cos(phases), strengths * ops.sin(phases)
        planes, _ = ops.ifft2((real, imaginary))
        count = ops.cast(ops.shape(planes)[-2] * ops.shape(planes)[-1], "float32")
        return colored(planes * ops.sqrt(count), matrix, mean)

    def parameters(self, images: Floats, constants: Constants) -> Floats:
        _, matrix, mean = constants
        phases = np.angle(np.fft.fft2(uncolored(images, matrix, mean)))
        return (phases / 2).astype(np.float32)
