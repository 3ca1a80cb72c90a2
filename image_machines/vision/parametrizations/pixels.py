"""The pixels themselves."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

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


@checked
class Pixels(Parametrization):
    """The pixels themselves; ``noise`` is the standard deviation of the first image (Offert 2018: 0.01)."""

    shape: ClassVar[Shape] = [None, None, None, 3]
    noise: Noise = 0.01

    def draw(self, size: Size, random: Random) -> Floats:
        return random.normal(0, self.noise, (*size, 3)).astype(np.float32)

    def images(self, parameters: Tensor, constants: Constants) -> Tensor:
        return parameters

    def parameters(self, images: Floats, constants: Constants) -> Floats:
        return images
