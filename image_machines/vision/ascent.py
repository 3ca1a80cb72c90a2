"""One step of gradient ascent, from parameters to better parameters, as one compiled program.

A `Plan` says what is computed, whatever the neuron, the size and the step: programs are kept by network and
plan, so that a second neuron of a layer, or the next octave, starts at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from image_machines.network import gradient
from image_machines.network.forward import Reading, forward
from image_machines.network.network import Network
from image_machines.vision import objectives
from image_machines.vision.parametrizations import Pixels

IMAGES = [None, None, None, 3]  # their shape, as `gradient.compiled` wants it
FAINTEST = 1e-30  # mean absolute gradient that counts as zero


@dataclass(frozen=True)
class Plan:
    """All of a step that is fixed when it is compiled."""

    structure: tuple[tuple[str, Reading], ...]
    border: int = 2
    precision: str = "float32"
    leaky: bool = False
    parametrization: Any = Pixels()
    regularizers: tuple[Any, ...] = ()  # those on view, score and gradient that act in this iteration
    optimizer: str = "ascent"
    momentum: float = 0.0

    def acting(self, where: str) -> list[Any]:
        """The regularisers that act on the view, the score or the gradient."""
        return [each for each in self.regularizers if each.acts_on == where]

    def bare(self) -> Plan:
        """The objective alone, as it is measured on an image: in float32, however the image was made."""
        precision = "exact" if self.precision == "exact" else "float32"
        plain = replace(self, regularizers=(), optimizer="ascent", momentum=0.0)
        return replace(plain, precision=precision, leaky=False)


@lru_cache(maxsize=32)
def program(network: Network, plan: Plan) -> Callable[..., Any]:
    """The compiled step: (parameters, memory, step, numbers, constants, draws) to (parameters, memory,
    values, strengths).

    With precision "exact" the step is computed in float64 and rounded once, so that nothing depends on the
    order of sums: where ReLUs meet a step of this length, a last digit more or less gives another image.
    ``memory`` is the optimiser's. ``values`` (N,) are the objectives before the step, ``strengths`` (N,) the
    mean absolute gradient: zero for a unit that is dead on its image.
    """
    value = _value(network, plan)
    penalties = plan.acting("score")
    wide = gradient.widest() if plan.precision == "exact" else "float32"

    def step(
        parameters: Any, memory: Any, size: Any, numbers: Any, constants: Any, draws: Any
    ) -> tuple[Any, Any, Any, Any]:
        def score(x: Any) -> Any:
            images = plan.parametrization.images(x, constants)
            viewed = images
            for view, draw in zip(plan.acting("view"), draws, strict=True):
                viewed = view.apply(viewed, draw)
            values = value(viewed, numbers)
            return values - sum((each.penalty(images) for each in penalties), start=0.0)

        values, slope = gradient.value_and_gradient(score)(parameters)
        for each in plan.acting("gradient"):
            slope = each.apply(slope)
        slope = ops.cast(slope, wide)
        axes = tuple(range(1, len(slope.shape)))
        strengths = ops.mean(ops.abs(slope), axis=axes, keepdims=True)
        if plan.optimizer != "sgd":
            slope = slope / ops.maximum(strengths, FAINTEST)
        memory = tuple(ops.cast(each, wide) for each in memory)
        direction, memory = OPTIMIZERS[plan.optimizer](slope, memory, plan.momentum)
        better = ops.cast(ops.cast(parameters, wide) + ops.sum(ops.cast(size, wide)) * direction, "float32")
        memory = tuple(ops.cast(each, "float32") for each in memory)
        return better, memory, values, ops.cast(ops.reshape(strengths, (-1,)), "float32")

    return gradient.compiled(step, _signature(plan))


def size_of(step: float) -> NDArray[np.float32]:
    """A step as two float32 numbers whose sum has nearly the digits of a double."""
    return np.array([step, step - float(np.float32(step))], np.float32)


@lru_cache(maxsize=32)
def measure(network: Network, plan: Plan) -> Callable[..., Any]:
    """The compiled objective alone: (parameters, numbers, constants) to values (N,)."""
    value = _value(network, plan)

    def run(parameters: Any, numbers: Any, constants: Any) -> Any:
        return value(plan.parametrization.images(parameters, constants), numbers)

    parameters, _, _, numbers, constants, _ = _signature(plan)
    return gradient.compiled(run, (parameters, numbers, constants))


def memory(optimizer: str, parameters: Any) -> tuple[Any, ...]:
    """What the optimiser remembers before its first step."""
    zeros = parameters * 0
    kept = {"momentum": (zeros,), "adam": (zeros, zeros, zeros.ravel()[:1])}
    return kept.get(optimizer, ())


def _value(network: Network, plan: Plan) -> Callable[[Any, Any], Any]:
    kinds = [kind for kind, _ in plan.structure]
    unique = tuple(dict.fromkeys(reading for _, reading in plan.structure))
    read = forward(network, unique, plan.precision, plan.leaky)

    def value(images: Any, numbers: Any) -> Any:
        maps = dict(zip(unique, read(images), strict=True))
        return objectives.value(kinds, [maps[reading] for _, reading in plan.structure], numbers, plan.border)

    return value


def _signature(plan: Plan) -> tuple[Any, ...]:
    shape = plan.parametrization.shape
    remembered = {"momentum": (shape,), "adam": (shape, shape, [1])}.get(plan.optimizer, ())
    draws = tuple([2] for _ in plan.acting("view"))
    numbers = objectives.signature(len(plan.structure))
    return shape, remembered, [2], numbers, plan.parametrization.constant_shapes, draws


def _plain_ascent(slope: Any, memory: Any, momentum: float) -> tuple[Any, Any]:
    return slope, memory


def _momentum(slope: Any, memory: Any, momentum: float) -> tuple[Any, Any]:
    """Heavy ball; scaled so that the step keeps its length in the long run."""
    (velocity,) = memory
    velocity = momentum * velocity + (1 - momentum) * slope
    return velocity, (velocity,)


def _adam(slope: Any, memory: Any, momentum: float) -> tuple[Any, Any]:
    """Kingma and Ba 2015, with decay rates 0.9 and 0.999."""
    mean, square, count = memory
    count = count + 1
    mean = 0.9 * mean + 0.1 * slope
    square = 0.999 * square + 0.001 * slope * slope
    unbiased = mean / (1 - 0.9 ** count[0])
    return unbiased / (ops.sqrt(square / (1 - 0.999 ** count[0])) + 1e-8), (mean, square, count)


OPTIMIZERS: dict[str, Callable[..., tuple[Any, Any]]] = {
    "ascent": _plain_ascent,
    "momentum": _momentum,
    "adam": _adam,
    "sgd": _plain_ascent,  # on the gradient as it is, not brought to mean absolute value 1
}
