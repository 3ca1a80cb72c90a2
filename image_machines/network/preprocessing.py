"""Preprocessing: what a graph does to its pixels before its first kernel, and so how it wants them.

The chain from the input is followed through whatever leaves a colour a line ``scale * x + offset`` of one
colour of the input: rescaling, normalising, bare arithmetic with constants, flips of the colours, and layers
that only move or disturb pixels. Where it ends tells which pixels the graph was made for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from image_machines.network.graph import has_kernel, nodes
from image_machines.network.pixels import (
    IMAGENET_DEVIATION_UNIT,
    IMAGENET_MEAN,
    IMAGENET_MEAN_UNIT,
    PIXEL_RANGES,
    PixelRange,
)
from image_machines.network.tensors import Node, Operation

Numbers = NDArray[np.float64]

STILL = (  # layers and operations that leave colours as they are, at least when a network isn't trained
    *("InputLayer", "Random", "Dropout", "SpatialDropout", "Gaussian", "AlphaDropout", "Identity", "Cast"),
    *("ZeroPadding", "Cropping", "Resiz", "CenterCrop", "AveragePooling", "MaxPooling", "UpSampling", "Pad"),
    *("RandAugment", "AugMix", "MixUp", "CutMix", "Clip", "StopGradient", "Copy", "Flatten", "Activity"),
)
UNIT_RANGES = {"-1..1": (-1.0, 1.0), "0..1": (0.0, 1.0), "0..255": (0.0, 255.0)}
CLOSE = 0.02  # how far, of 1, constants may lie from the known ones
FAINTEST = 6.7  # deviations of the faintest pictures that go into the range of pixels


@dataclass(frozen=True)
class Colours:
    """Every channel as a line of one colour of the input: ``scale * input[colour] + offset``."""

    colour: NDArray[np.int64]
    scale: Numbers
    offset: Numbers

    def scaled(self, factor: Any, shift: Any) -> Colours | None:
        """``factor * channel + shift``; None unless these are numbers, one or one per channel."""
        factors, shifts = (_per_channel(value, len(self.scale)) for value in (factor, shift))
        if factors is None or shifts is None:
            return None
        return Colours(self.colour, self.scale * factors, self.offset * factors + shifts)

    def taken(self, index: Any) -> Colours:
        """The channels at ``index``, in that order."""
        return Colours(self.colour[index], self.scale[index], self.offset[index])

    @property
    def changed(self) -> bool:
        """Whether any colour is not as it was."""
        return not (np.allclose(self.scale, 1, rtol=0.01) and np.allclose(self.offset, 0, atol=0.01))


def pixels_of(graph: keras.Model) -> PixelRange | None:
    """The pixels that a graph's own preprocessing is made for; None where that is not certain."""
    ends = ends_of_chain(graph)
    if not ends or any(end is None or not end.changed for end in ends):
        return None
    channels = int(graph.inputs[0].shape[-1])
    found = {_wanted(end, channels) for end in ends if end is not None}
    return found.pop() if len(found) == 1 else None


def ends_of_chain(graph: keras.Model) -> list[Colours | None]:
    """What each first kernel gets, None where something other than a line lies before it."""
    channels = int(graph.inputs[0].shape[-1])
    start = Colours(np.arange(channels), np.ones(channels), np.zeros(channels))
    values: dict[int, Colours] = {id(graph.inputs[0]): start}
    ends: list[Colours | None] = []
    for node in nodes(graph):
        given = [values[id(tensor)] for tensor in node.input_tensors if id(tensor) in values]
        if not given:
            continue
        result = _after(node, values) if len(given) == len(node.input_tensors) else None
        if result is not None:
            values[id(node.outputs[0])] = result
        else:
            ends.append(given[0] if has_kernel(node.operation) and len(given) == 1 else None)
    return ends


def _after(node: Node, values: dict[int, Colours]) -> Colours | None:
    """What an operation makes of the colours, None where it is no line."""
    operation, kind = node.operation, type(node.operation).__name__
    arguments = [values.get(id(each), each) for each in _listed(node.arguments)]
    given = values[id(node.input_tensors[0])]
    if isinstance(operation, keras.layers.Pipeline):
        return given if all(type(each).__name__.startswith(STILL) for each in operation.layers) else None
    if kind.startswith(STILL):
        return given
    if kind == "Activation":
        return given if operation.activation is keras.activations.linear else None
    if kind in LAYERS:
        return LAYERS[kind](operation, given)
    if kind in ARITHMETIC and len(arguments) >= 2:
        return ARITHMETIC[kind](arguments[0], arguments[1])
    if kind == "Negative":
        return given.scaled(-1, 0)
    if kind in ("GetItem", "Flip"):
        return _reordered(kind, operation, given, arguments)
    if kind in ("Concatenate", "Stack"):
        joined = _joined([values[id(tensor)] for tensor in node.input_tensors])
        return joined if operation.axis in (-1, 3) else None
    return None


def _listed(arguments: Any) -> list[Any]:
    return [*arguments.args, *arguments.kwargs.values()]


def _rescaling(layer: Operation, given: Colours) -> Colours | None:
    return given.scaled(layer.scale, layer.offset)


def _normalization(layer: Operation, given: Colours) -> Colours | None:
    if getattr(layer, "mean", None) is None or getattr(layer, "variance", None) is None:
        return None
    mean, variance = _array(layer.mean), _array(layer.variance)
    deviation = np.maximum(np.sqrt(variance), keras.config.epsilon())
    if layer.invert:
        return given.scaled(deviation, mean)
    return given.scaled(1 / deviation, -mean / deviation)


def _batch_norm(layer: Operation, given: Colours) -> Colours | None:
    """Without what it learned: its statistics are those of the pictures that it was shown."""
    factor = 1 / np.sqrt(_array(layer.moving_variance) + layer.epsilon)
    return given.scaled(factor, -_array(layer.moving_mean) * factor)


LAYERS: dict[str, Callable[[Any, Colours], Colours | None]] = {
    "Rescaling": _rescaling,
    "Normalization": _normalization,
    "BatchNormalization": _batch_norm,
}


def _sum(first: Any, second: Any, sign: int = 1) -> Colours | None:
    if isinstance(first, Colours) and isinstance(second, Colours):
        return None
    if isinstance(first, Colours):
        return first.scaled(1, sign * _array(second))
    return second.scaled(sign, first)


def _product(first: Any, second: Any) -> Colours | None:
    if isinstance(first, Colours) and isinstance(second, Colours):
        return None
    return first.scaled(second, 0) if isinstance(first, Colours) else second.scaled(first, 0)


def _quotient(first: Any, second: Any) -> Colours | None:
    return first.scaled(1 / _array(second), 0) if not isinstance(second, Colours) else None


ARITHMETIC: dict[str, Callable[[Any, Any], Colours | None]] = {
    "Add": _sum,
    "Subtract": lambda first, second: _sum(first, second, -1),
    "Multiply": _product,
    "TrueDivide": _quotient,
    "Divide": _quotient,
}


def _reordered(kind: str, operation: Operation, given: Colours, arguments: Sequence[Any]) -> Colours | None:
    """After the channels were flipped, or some of them taken."""
    if kind == "Flip":
        axes = getattr(operation, "axis", None)
        axes = axes if isinstance(axes, list | tuple) else [axes]
        if None in axes:
            return None
        return given.taken(slice(None, None, -1)) if set(axes) & {-1, 3} else given
    key = arguments[1] if len(arguments) > 1 else None
    parts = tuple(key) if isinstance(key, tuple | list) else (key,)  # a list, once it was saved
    if Ellipsis not in parts and len(parts) < 4:
        return given if all(isinstance(part, slice) for part in parts) else None
    last = [parts[-1]] if isinstance(parts[-1], int) else parts[-1]
    return given.taken(last) if isinstance(last, slice | list) else None


def _joined(parts: Sequence[Colours]) -> Colours:
    return Colours(*(np.concatenate([getattr(each, name) for each in parts]) for name in FIELDS))


FIELDS = ("colour", "scale", "offset")


def _array(value: Any) -> Numbers:
    return np.asarray(keras.ops.convert_to_numpy(value) if hasattr(value, "shape") else value, np.float64)


def _per_channel(value: Any, channels: int) -> Numbers | None:
    """One number per channel, None where the value differs within a picture or is no number."""
    try:
        numbers = _array(value)
    except (TypeError, ValueError):
        return None
    if numbers.size == 1:
        return np.full(channels, numbers.item())
    return numbers.ravel() if numbers.size == channels == numbers.shape[-1] else None


def _wanted(end: Colours, channels: int) -> PixelRange | None:
    """The pixels, of so many channels, for which a chain ends in numbers that a network is trained on."""
    scale, offset = end.scale, end.offset
    if not np.all(np.abs(scale) > 0):
        return None
    names = [name for name, limits in UNIT_RANGES.items() if _is_exact(scale, offset, *limits)]
    if not names:
        names = [name for name, limits in UNIT_RANGES.items() if _is_possible(scale, offset, *limits)]
    if len(names) != 1:
        return None
    (name,), high = names, UNIT_RANGES[names[0]][1]
    if not (_is_exact(scale, offset, *UNIT_RANGES[name]) or _fits(scale, offset, *UNIT_RANGES[name])):
        return None
    known = PIXEL_RANGES[f"grey {name}" if channels == 1 else name]
    colours, firsts = np.unique(end.colour, return_index=True)
    is_bgr = len(colours) == 3 and _is_bgr((-offset / scale)[firsts], high)
    return PixelRange(known.scale, known.offset, "BGR" if is_bgr else known.order)


def _is_possible(scale: Numbers, offset: Numbers, low: float, high: float) -> bool:
    """Whether pixels from ``low`` to ``high`` can have the mean and deviation that become 0 and 1.

    Within limits a deviation is at most the geometric mean of the mean's distances from them (Bhatia and
    Davis 2000); pictures of less than a seventh of the range are too faint to be meant.
    """
    if _is_mean_alone(scale, offset, high):
        return True
    mean, deviation = float(np.mean(-offset / scale)), float(np.mean(1 / np.abs(scale)))
    bound = np.sqrt(max(mean - low, 0) * max(high - mean, 0))
    return bool((high - low) / FAINTEST < deviation < 1.02 * bound)


def _fits(scale: Numbers, offset: Numbers, low: float, high: float) -> bool:
    """Whether pixels from ``low`` to ``high`` become numbers around 0, of the size of 1, or lose a mean."""
    width = np.abs(scale) * (high - low)  # in deviations of the pictures
    place = (-offset / scale - low) / (high - low)  # of the mean
    standard = (place > 0.2) & (place < 0.72) & (width > 2.2) & (width < FAINTEST)
    return bool(np.all(standard)) or _is_mean_alone(scale, offset, high)


def _is_mean_alone(scale: Numbers, offset: Numbers, high: float) -> bool:
    """Whether nothing is done but to subtract a mean, one of pixels that go far beyond 1."""
    return bool(high > 1 and np.allclose(np.abs(scale), 1) and np.all(-offset / scale > 50))


def _is_exact(scale: Numbers, offset: Numbers, low: float, high: float) -> bool:
    """Whether pixels from ``low`` to ``high`` end at -1 and 1, at 0 and 1, at 0 and 255, or as ImageNet's."""
    ends = np.sort([scale * low + offset, scale * high + offset], axis=0)
    targets = ((-1, 1), (0, 1), (0, 255))
    if any(
        np.allclose(ends[0], first, atol=CLOSE) and np.allclose(ends[1], second, rtol=0.01)
        for first, second in targets
    ):
        return True
    mean = (np.sort(-offset / scale) - low) / (high - low)
    deviation = np.sort(1 / np.abs(scale)) / (high - low)
    known = np.sort(IMAGENET_MEAN_UNIT), np.sort(IMAGENET_DEVIATION_UNIT)
    return (
        low == 0
        and len(mean) == 3
        and np.allclose(mean, known[0], atol=0.01)
        and (np.allclose(deviation, known[1], atol=0.01))
    )


def _is_bgr(middle: Numbers, high: float) -> bool:
    """Whether the means that are subtracted are ImageNet's from blue to red."""
    blue_first = np.array(IMAGENET_MEAN[::-1]) / 255 * high
    return bool(high > 0 and np.allclose(middle, blue_first, atol=0.012 * high))
