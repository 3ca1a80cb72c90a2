"""Pixels that cannot leave the range."""

from __future__ import annotations

import numpy as np
from keras import ops

from image_machines.checks import checked
from image_machines.network.tensors import Tensor
from image_machines.vision.parametrizations.base import Constants, Floats
from image_machines.vision.parametrizations.pixels import Pixels
from image_machines.vision.parametrizations.waves import BRIGHTEST


@checked
class Bounded(Pixels):
    """Pixels bent smoothly into (-1, 1): x / (1 + x⁴)^¼, which leaves what is well inside as it is.

    A network without normalisation answers ever stronger to ever brighter pixels, so that an ascent on plain
    ones leaves the range of pictures; here the brighter a pixel already is, the less it gains.
    """

    def images(self, parameters: Tensor, constants: Constants) -> Tensor:
        return parameters * ops.rsqrt(ops.sqrt(1 + ops.square(ops.square(parameters))))

    def parameters(self, images: Floats, constants: Constants) -> Floats:
        inside = np.clip(images, -BRIGHTEST, BRIGHTEST)
        return np.asarray(inside / (1 - inside**4) ** 0.25, np.float32)
