"""Padding that fits a map of any size, where Keras's was worked out for one size."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from image_machines.network.gradient import Shape
from image_machines.network.graph import takers
from image_machines.network.tensors import Operation, Tensor

Reach = tuple[int, int]


@keras.saving.register_keras_serializable("image_machines")
class ZeroPaddingToFit(layers.Layer):
    """Zeros around a map (N, H, W, C) for kernels of ``2 * reach + 1`` that move two pixels at a time.

    Before an even side lies one row of zeros less, so that paths through kernels of any width meet again:
    what `keras.applications` works out when NASNet is built.
    """

    def __init__(self, reach: Reach, **options: Any) -> None:
        super().__init__(**options)
        self.reach = int(reach[0]), int(reach[1])

    def amounts(self, axis: int, length: int) -> Reach:
        """Zeros before and after a side (0: rows, 1: columns) of this length."""
        return self.reach[axis] - 1 + length % 2, self.reach[axis]

    def call(self, x: Tensor) -> Tensor:
        rows, columns = self.reach
        padded = ops.pad(x, ((0, 0), (rows, rows), (columns, columns), (0, 0)))
        height, width = ops.shape(x)[1:3]
        return padded[:, 1 - height % 2 :, 1 - width % 2 :]

    def compute_output_shape(self, shape: Shape) -> Shape:
        sides = [
            None if side is None else side + sum(self.amounts(axis, side))
            for axis, side in enumerate(shape[1:3])
        ]
        return shape[0], *sides, shape[3]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "reach": self.reach}


def made_for_one_size(layer: Operation) -> bool:
    """Whether a layer pads an even map by one row less before it than after it, for kernels of stride 2."""
    if type(layer) is not layers.ZeroPadding2D:
        return False
    less = [after - before for before, after in layer.padding]
    return less == [1, 1] and all(_strides(taker) == (2, 2) for taker in takers(layer))


def to_fit(layer: Operation, name: str) -> ZeroPaddingToFit | None:
    """What does a padding's work at any size, None for a layer that does no such work."""
    if type(layer) is not layers.ZeroPadding2D or not all(
        _strides(taker) == (2, 2) for taker in takers(layer)
    ):
        return None
    (top, bottom), (left, right) = layer.padding
    return ZeroPaddingToFit((bottom, right), name=name) if {bottom - top, right - left} <= {0, 1} else None


def _strides(layer: Operation) -> tuple[int, ...]:
    found = getattr(layer, "strides", None)
    return (found, found) if isinstance(found, int) else tuple(found or ())
