"""Receptive fields: how much of the picture, and where, one position of a map sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class View:
    """What one position of a map sees along one axis, in pixels of the input."""

    size: int  # positions of the map
    field: float = 1
    stride: float = 1
    first: float = 0  # centre of the first position


Views = tuple[View, View]  # along rows and columns


def view(layer: Any, sources: list[Views | None], size: int) -> Views | None:
    """What one position of the layer sees (rows, columns), from what its sources see; None without a map.

    Where paths meet, the widest counts. A path through a global pooling, as in squeeze-and-excitation, weighs
    whole channels and tells no place, so it does not count beside one that has a map.
    """
    shape = output_shape(layer)
    if not sources:
        start = View(size=size)
        return (start, start) if len(shape) == 4 else None
    maps = [source for source in sources if source is not None]
    if not maps or len(shape) != 4 or type(layer).__name__.startswith("Global"):
        return None
    rows, columns = (max((each[axis] for each in maps), key=lambda each: each.field) for axis in (0, 1))
    kernel = _pair(getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None) or 1)
    strides = _pair(getattr(layer, "strides", None) or 1)
    dilation = _pair(getattr(layer, "dilation_rate", None) or 1)
    padding: Any = getattr(layer, "padding", None)
    kind = type(layer).__name__
    if kind == "ZeroPadding2D":
        return _padded(rows, padding[0]), _padded(columns, padding[1])
    if kind == "Cropping2D":
        crop = layer.cropping
        return _padded(rows, (-crop[0][0], -crop[0][1])), _padded(columns, (-crop[1][0], -crop[1][1]))
    if kind == "UpSampling2D":
        factors = _pair(layer.size)
        return _enlarged(rows, 1, factors[0]), _enlarged(columns, 1, factors[1])
    if kind == "Conv2DTranspose":
        return _enlarged(rows, kernel[0], strides[0]), _enlarged(columns, kernel[1], strides[1])
    same = padding == "same"
    return (
        _windowed(rows, kernel[0], strides[0], dilation[0], same),
        _windowed(columns, kernel[1], strides[1], dilation[1], same),
    )


def _windowed(view: View, kernel: int, stride: int, dilation: int, same: bool) -> View:
    """After a window of ``kernel`` pixels, ``dilation`` apart, has moved in steps of ``stride``."""
    extent = (kernel - 1) * dilation + 1
    size = -(-view.size // stride) if same else (view.size - extent) // stride + 1
    before = max((size - 1) * stride + extent - view.size, 0) // 2 if same else 0
    return View(
        field=view.field + (extent - 1) * view.stride,
        stride=view.stride * stride,
        first=view.first + ((extent - 1) / 2 - before) * view.stride,
        size=size,
    )


def _padded(view: View, amounts: Sequence[int]) -> View:
    first = view.first - amounts[0] * view.stride
    return replace(view, first=first, size=view.size + amounts[0] + amounts[1])


def _enlarged(view: View, kernel: int, factor: int) -> View:
    reach = -(-kernel // factor) - 1  # further positions of the smaller map that one of the larger one sees
    return View(view.size * factor, view.field + reach * view.stride, view.stride / factor, view.first)


def _pair(value: Any) -> tuple[int, int]:
    return (int(value[0]), int(value[-1])) if isinstance(value, list | tuple) else (int(value), int(value))


def output_shape(layer: Any) -> tuple[int | None, ...]:
    """The shape of the layer's first output, () when it has several or none."""
    try:
        output = layer.output
    except (AttributeError, ValueError):
        return ()
    return tuple(output.shape) if hasattr(output, "shape") else ()
