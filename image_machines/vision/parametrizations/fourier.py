"""Frequencies and colours freed of each other."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from image_machines.checks import checked
from image_machines.network.tensors import Tensor
from image_machines.vision.parametrizations.base import (
    Constants,
    Floats,
    Noise,
    Parametrization,
    Random,
    Shape,
    Size,
)
from image_machines.vision.parametrizations.statistics import colors
from image_machines.vision.parametrizations.waves import colored, frequencies, hartley, uncolored


@checked
class Fourier(Parametrization):
    """Frequencies, each as strong as in photographs, and colours freed of each other (Olah et al. 2017).

    A parameter is the amplitude of a wave (of the Hartley transform: real, as many as pixels, its own
    inverse), scaled by 1 / frequency ** ``decay``. ``statistics`` is a file of `statistics.save`, "" for
    ImageNet's colours.
    """

    shape: ClassVar[Shape] = [None, 3, None, None]
    constant_shapes: ClassVar[tuple[Shape, ...]] = ([None, None], [3, 3], [3])
    noise: Noise = 0.01
    decay: Annotated[float, Field(ge=0, le=4)] = 1.0
    statistics: str = ""

    def draw(self, size: Size, random: Random) -> Floats:
        return random.normal(0, self.noise, (3, *size)).astype(np.float32)

    def constants(self, size: Size) -> tuple[Floats, ...]:
        matrix, mean = colors(self.statistics)
        falling = np.maximum(frequencies(size), 1 / max(size)) ** self.decay
        scale = 1 / (4 * falling)  # as Lucid's, for a transform that keeps lengths
        return scale.astype(np.float32), matrix, mean

    def images(self, parameters: Tensor, constants: Constants) -> Tensor:
        scale, matrix, mean = constants
        return colored(hartley(parameters * scale), matrix, mean)

    def parameters(self, images: Floats, constants: Constants) -> Floats:
        scale, matrix, mean = constants
        planes = uncolored(images, matrix, mean)
        waves = np.fft.fft2(planes, norm="ortho")
        return ((waves.real - waves.imag) / scale).astype(np.float32)
