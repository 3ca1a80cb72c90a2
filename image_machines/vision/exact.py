"""Doubles through programs of float32: what precision "exact" does differently.

Where ReLUs meet a step of this length, a last digit more or less gives another image. So that nothing depends
on the order of sums, the step is computed in float64 (on JAX in float32, unless it is told otherwise at its
start) and rounded once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from image_machines.network import gradient
from image_machines.network.tensors import Tensor


def halves(number: float) -> NDArray[np.float32]:
    """A number as two of float32 (2,) whose sum has nearly the digits of a double."""
    return np.array([number, number - float(np.float32(number))], np.float32)


def in_doubles(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A function of float32 tensors that computes in float64 and rounds what it gives."""

    def exactly(*tensors: Tensor) -> Tensor:
        wide = keras.tree.map_structure(partial(ops.cast, dtype=gradient.widest()), tensors)
        return keras.tree.map_structure(partial(ops.cast, dtype="float32"), function(*wide))

    return exactly
