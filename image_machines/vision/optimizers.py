"""Optimisers: from a slope to the direction of a step. A new one is one entry of `OPTIMIZERS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from keras import ops

from image_machines.network.tensors import Tensor

Memory: TypeAlias = tuple[Tensor, ...]


@dataclass(frozen=True)
class Optimizer:
    """``update(slope, memory, momentum)`` gives the direction and the memory for the next step.

    ``memory(like, one)`` says what is remembered, of something like the parameters and something that is one
    number: zeros at the start, shapes when the step is compiled. ``normalised``: each image's slope is first
    brought to mean absolute value 1.
    """

    update: Callable[[Tensor, Memory, float], tuple[Tensor, Memory]]
    memory: Callable[[Any, Any], tuple[Any, ...]] = lambda like, one: ()
    normalised: bool = True


def _along(slope: Tensor, memory: Memory, momentum: float) -> tuple[Tensor, Memory]:
    return slope, memory


def _heavy_ball(slope: Tensor, memory: Memory, momentum: float) -> tuple[Tensor, Memory]:
    """Momentum, scaled so that the step keeps its length in the long run."""
    (velocity,) = memory
    velocity = momentum * velocity + (1 - momentum) * slope
    return velocity, (velocity,)


def _adam(slope: Tensor, memory: Memory, momentum: float) -> tuple[Tensor, Memory]:
    """Kingma and Ba 2015, with decay rates 0.9 and 0.999."""
    mean, square, count = memory
    count = count + 1
    mean = 0.9 * mean + 0.1 * slope
    square = 0.999 * square + 0.001 * slope * slope
    unbiased = mean / (1 - 0.9 ** count[0])
    return unbiased / (ops.sqrt(square / (1 - 0.999 ** count[0])) + 1e-8), (mean, square, count)


OPTIMIZERS = {
    "ascent": Optimizer(_along),
    "momentum": Optimizer(_heavy_ball, lambda like, one: (like,)),
    "adam": Optimizer(_adam, lambda like, one: (like, like, one)),
    "sgd": Optimizer(_along, normalised=False),
}
