"""What a run asks of a parametrisation."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from image_machines.checks import checked
from image_machines.network import gradient
from image_machines.network.tensors import Tensor

Floats: TypeAlias = NDArray[np.float32]
Random: TypeAlias = np.random.Generator
Size: TypeAlias = tuple[int, int]
Shape: TypeAlias = list[int | None]  # as `gradient.compiled` wants it
Constants: TypeAlias = tuple[Tensor, ...]
Noise = Annotated[float, Field(ge=0, le=10)]


@checked
class Parametrization:
    """Turns parameters into images, and, where ``invertible``, images into parameters."""

    shape: ClassVar[Shape]  # of the parameters
    constant_shapes: ClassVar[tuple[Shape, ...]] = ()
    invertible: ClassVar[bool] = True

    def pinned(self) -> Self:
        """The same, with the fingerprint of what its file holds now, where it has one."""
        return self

    def draw(self, size: Size, random: Random) -> Floats:
        """The parameters that a run of one image starts from, without the axis of the batch."""
        raise NotImplementedError

    def constants(self, size: Size) -> tuple[Floats, ...]:
        """What `images` and `parameters` need at this size beside their first argument."""
        return ()

    def images(self, parameters: Tensor, constants: Constants) -> Tensor:
        """Parameters to images (N, H, W, 3) in [-1, 1], in ``keras.ops``."""
        raise NotImplementedError

    def parameters(self, images: Floats, constants: Constants) -> Floats:
        """Images to parameters, in NumPy; ValueError where there is no way back."""
        raise ValueError(
            f"{type(self).__name__} makes images and cannot take one back: it works without filters, in one "
            "octave, and from no picture"
        )

    def first_image(self, size: Size, random: Random) -> Floats:
        """The image (H, W, 3) of the parameters that a run starts from."""
        drawn = gradient.to_tensor(self.draw(size, random)[None])
        return gradient.to_array(self.images(drawn, self.constants(size)))[0]
