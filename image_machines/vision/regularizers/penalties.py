"""Penalties: what is subtracted from the objective."""

from __future__ import annotations

from typing import Annotated

from keras import ops
from pydantic import Field

from image_machines.checks import checked
from image_machines.network.tensors import Tensor
from image_machines.vision.regularizers.base import Regularizer


@checked
class Penalty(Regularizer):
    """A regulariser that takes something from the objective."""

    def penalty(self, images: Tensor) -> Tensor:
        """What is subtracted, (N,)."""
        raise NotImplementedError


@checked
class TotalVariation(Penalty):
    """``weight`` times the mean absolute difference between neighbouring pixels (Mahendran, Vedaldi 2015)."""

    weight: Annotated[float, Field(ge=0, le=1e6)] = 1.0

    @property
    def effort(self) -> float:
        return 0.1

    def penalty(self, images: Tensor) -> Tensor:
        down = ops.mean(ops.abs(images[:, 1:] - images[:, :-1]), axis=(1, 2, 3))
        across = ops.mean(ops.abs(images[:, :, 1:] - images[:, :, :-1]), axis=(1, 2, 3))
        return self.weight * (down + across)
