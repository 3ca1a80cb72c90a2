"""A natural image prior: the pictures that a generator can make, and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Self

import numpy as np
from keras import ops
from numpy.typing import NDArray
from pydantic import Field

from image_machines.checks import checked
from image_machines.network.generator.loading import Generator, load
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

LARGEST = 4  # times the generator's own side: beyond, a picture would promise what it does not hold


@checked
class Generated(Parametrization):
    """The code of a generator is optimised, and what comes of it is its picture (Nguyen et al. 2016).

    ``file`` is one of `network.generator.training`. Numbers of a code are in standard deviations over its
    collection: drawn with ``noise``, bent smoothly so that they stay within ``bound`` of the mean. A picture
    of another size than the generator's own is the same one, made smaller or larger. ``fingerprint`` is that
    of the generator that is meant, "" for whichever lies in the file.
    """

    shape: ClassVar[Shape] = [None, None, None, None]
    constant_shapes: ClassVar[tuple[Shape, ...]] = ([None, None], [None, None])
    invertible: ClassVar[bool] = False
    file: str
    noise: Noise = 0.5
    bound: Annotated[float, Field(gt=0, le=100)] = 3.0
    fingerprint: str = ""

    def opened(self) -> Generator:
        """The generator in the file; FileNotFoundError or ValueError where it is not there, or another."""
        found = load(self.file)
        if self.fingerprint not in ("", found.fingerprint):
            raise ValueError(
                f"the generator in {self.file} is not the one that is meant: its fingerprint is "
                f"{found.fingerprint}, not {self.fingerprint}"
            )
        return found

    def pinned(self) -> Self:
        return replace(self, fingerprint=self.opened().fingerprint)

    def draw(self, size: Size, random: Random) -> Floats:
        return random.normal(0, self.noise, self.opened().code).astype(np.float32)

    def constants(self, size: Size) -> tuple[Floats, ...]:
        own = self.opened().size
        if max(size) > LARGEST * own:
            raise ValueError(
                f"the generator in {self.file} makes pictures of {own} px, and they are enlarged to "
                f"{LARGEST * own} px at most, not to {max(size)}; set final_size"
            )
        return resampling(own, size[0]), resampling(own, size[1])

    def images(self, parameters: Tensor, constants: Constants) -> Tensor:
        generator, (down, across) = self.opened(), constants
        codes = ops.reshape(parameters, (-1, *generator.code))
        squared = ops.square(codes / self.bound)
        inside = codes * ops.rsqrt(ops.sqrt(1 + ops.square(squared)))
        taller = ops.einsum("ah,nhwc->nawc", down, generator(inside))
        return ops.einsum("bw,nawc->nabc", across, taller)


def resampling(length: int, wanted: int) -> NDArray[np.float32]:
    """A matrix (wanted, length) that resamples pixels: linear, and a mean where they grow fewer."""
    if length == wanted:
        return np.eye(length, dtype=np.float32)
    centres = (np.arange(wanted) + 0.5) * length / wanted - 0.5
    reach = max(length / wanted, 1)
    near = np.maximum(1 - np.abs(centres[:, None] - np.arange(length)) / reach, 0)
    return (near / near.sum(axis=1, keepdims=True)).astype(np.float32)
