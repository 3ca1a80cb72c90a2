"""Rectifiers: units that are cut off below or above, and what the gradient is told of them.

A *policy* changes gradients and never values: "plain" is the derivative; "leaky" lets a fifth of the gradient
through where a unit is cut off, so that what is dead on noise can wake (Lucid's help); "guided" lets through
only what rises in a unit that is at work (guided backpropagation, Springenberg et al. 2015); "deconvnet" what
rises in any unit (Zeiler and Fergus 2014).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import keras
from keras import layers, ops

from image_machines.network.graph import arguments
from image_machines.network.tensors import Function, Operation, Tensor

Policy = Literal["plain", "leaky", "guided", "deconvnet"]

LEAK = 0.2  # of the gradient, where a unit is cut off


@dataclass(frozen=True)
class Rectifier:
    """A function that is cut off below ``threshold`` and above ``cap``; ``value`` is the function itself.

    ``slope`` is what it has below the threshold: a number, or PReLU's one for each channel. One that is not
    ``straight`` between them, or is no ReLU, is helped when it is dead; guided backpropagation and deconvnet
    are of ReLUs and leave it alone.
    """

    value: Function
    cap: float | None = None
    slope: Tensor = 0.0
    threshold: float | None = 0.0
    straight: bool = True

    def under(self, policy: Policy) -> Function:
        """The same function, its gradient as the policy says."""
        bent: dict[Policy, Callable[[], Function]] = {
            "plain": lambda: self.value,
            "leaky": lambda: self._leaky if self.straight else self._helped,
            "guided": lambda: partial(self._rising, at_work=True),
            "deconvnet": lambda: partial(self._rising, at_work=False),
        }
        return bent[policy if self.straight or policy == "leaky" else "plain"]()

    def _leaky(self, x: Tensor, *more: object, **options: object) -> Tensor:
        leaking = self._leaking(x)
        return leaking + ops.stop_gradient(self.value(x, *more, **options) - leaking)

    def _helped(self, x: Tensor, *more: object, **options: object) -> Tensor:
        lost = 0.0 if self.threshold is None else LEAK * ops.minimum(x, self.threshold)
        if self.cap is not None:
            lost = lost + LEAK * (x - ops.minimum(x, self.cap))
        return self.value(x, *more, **options) + (lost - ops.stop_gradient(lost))

    def _leaking(self, x: Tensor) -> Tensor:
        if self.cap is None and self.threshold == 0 and isinstance(self.slope, float):
            return ops.leaky_relu(x, max(LEAK, self.slope))
        below = ops.cast(ops.maximum(self.slope, LEAK), x.dtype) * (
            ops.minimum(x, self.threshold) - self.threshold
        )
        capped = x if self.cap is None else ops.minimum(x, self.cap)
        leaking = ops.maximum(capped, self.threshold) + below
        return leaking if self.cap is None else leaking + LEAK * (x - capped)

    def _rising(self, x: Tensor, *more: object, at_work: bool, **options: object) -> Tensor:
        @ops.custom_gradient
        def rising(x: Tensor) -> tuple[Tensor, Function]:
            def gradient(*arguments: Tensor, upstream: Tensor = None) -> Tensor:
                upstream = ops.relu(arguments[0] if upstream is None else upstream)
                return upstream * ops.cast(self._at_work(x), upstream.dtype) if at_work else upstream

            return self.value(x, *more, **options), gradient

        return rising(x)

    def _at_work(self, x: Tensor) -> Tensor:
        above = x > self.threshold
        return above if self.cap is None else ops.logical_and(above, x < self.cap)


def rectifier(operation: Operation) -> Rectifier | None:
    """The rectifier that a layer or bare operation is, None for any other."""
    kind = type(operation).__name__
    if isinstance(operation, layers.Activation):
        return of_activation(operation.activation)
    if isinstance(operation, layers.ReLU):
        cap = None if operation.max_value is None else float(operation.max_value)
        plain = cap is None and not operation.negative_slope and not operation.threshold
        value = _relu if plain else _without_options(operation.call)
        return Rectifier(value, cap, float(operation.negative_slope or 0), float(operation.threshold or 0))
    if isinstance(operation, layers.LeakyReLU):
        return Rectifier(_without_options(operation.call), slope=float(operation.negative_slope))
    if isinstance(operation, layers.PReLU):
        return Rectifier(_in_float32(operation), slope=ops.convert_to_tensor(operation.alpha))
    bare = {"Relu": None, "Relu6": 6.0, "LeakyRelu": None}
    if kind in bare:
        slope = float(getattr(operation, "negative_slope", 0.0)) if kind == "LeakyRelu" else 0.0
        return Rectifier(operation, bare[kind], slope)
    if kind == "ReLU":  # the operation behind keras.activations.relu with a cap or a slope
        cap = getattr(operation, "max_value", None)
        return Rectifier(
            operation,
            None if cap is None else float(cap),
            float(operation.negative_slope or 0),
            float(operation.threshold or 0),
        )
    if kind in BENT:
        return Rectifier(operation, BENT[kind][1], threshold=BENT[kind][0], straight=False)
    return _bounded(operation, kind)


BENT = {  # activations that are cut off, by the names of their operations: from where, to where
    "HardSilu": (-3.0, None),
    "HardSigmoid": (-3.0, 3.0),
    "HardTanh": (-1.0, 1.0),
}
BENT_FUNCTIONS: dict[Function, tuple[float, float | None]] = {
    keras.activations.hard_silu: BENT["HardSilu"],
    keras.activations.hard_sigmoid: BENT["HardSigmoid"],
    keras.activations.hard_tanh: BENT["HardTanh"],
}


def _bounded(operation: Operation, kind: str) -> Rectifier | None:
    """A rectifier that is written as a comparison with numbers: maximum(x, 0), clip(x, 0, 6)."""
    if kind == "Clip":
        bounds = [operation.x_min, operation.x_max]
    elif kind in ("Maximum", "Minimum") and isinstance(arguments(operation)[0], keras.KerasTensor):
        bound = arguments(operation)[1]
        bounds = [bound, None] if kind == "Maximum" else [None, bound]
    else:
        return None
    if not all(isinstance(bound, int | float | None) for bound in bounds):
        return None
    low, high = bounds
    return Rectifier(operation, high, threshold=low, straight=kind == "Maximum" and low == 0)


def of_activation(function: object) -> Rectifier | None:
    """The rectifier that an activation function is, None for any other."""
    if function is keras.activations.relu:
        return Rectifier(_relu)
    if function is keras.activations.relu6:
        return Rectifier(_without_options(function), 6.0)
    if function is keras.activations.leaky_relu:
        return Rectifier(_without_options(function), slope=0.2)
    for bent, (low, high) in BENT_FUNCTIONS.items():
        if function is bent:
            return Rectifier(_without_options(bent), high, threshold=low, straight=False)
    return rectifier(function) if isinstance(function, keras.Layer) else None


def _relu(x: Tensor, **_: object) -> Tensor:
    return ops.relu(x)


def _in_float32(layer: Operation) -> Function:
    """A layer with weights, in the precision that these are in."""
    return lambda x, **_: ops.cast(layer(ops.cast(x, "float32")), x.dtype)


def _without_options(function: Function) -> Function:
    return lambda x, **_: function(x)
