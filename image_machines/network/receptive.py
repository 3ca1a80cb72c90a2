"""Receptive fields: how much of the picture, and where, one position of a map sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from image_machines.network.graph import output_shape
from image_machines.network.padding import ZeroPaddingToFit
from image_machines.network.tensors import Operation


@dataclass(frozen=True)
class Field:
    """What one position of a map sees along one axis, in pixels of the input."""

    size: int  # positions of the map
    field: float = 1
    stride: float = 1
    first: float = 0  # centre of the first position


Fields = tuple[Field, Field]  # along rows and columns


def field(layer: Operation, sources: list[Fields | None], sizes: tuple[int, int]) -> Fields | None:
    """What one position of the layer sees (rows, columns), from what its sources see; None without a map.

    Where paths meet, the widest counts. A path through a global pooling, as in squeeze-and-excitation, weighs
    whole channels and tells no place, so it does not count beside one that has a map.
    """
    shape = output_shape(layer)
    if not sources:
        return (Field(sizes[0]), Field(sizes[1])) if len(shape) == 4 else None
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
    if isinstance(layer, ZeroPaddingToFit):
        return _padded(rows, layer.amounts(0, rows.size)), _padded(columns, layer.amounts(1, columns.size))
    if kind == "Cropping2D":
        crop = layer.cropping
        return _padded(rows, (-crop[0][0], -crop[0][1])), _padded(columns, (-crop[1][0], -crop[1][1]))
    if kind == "UpSampling2D":
        factors = _pair(layer.size)
        return _enlarged(rows, 1, factors[0]), _enlarged(columns, 1, factors[1])
    if kind == "Conv2DTranspose":
        return _enlarged(rows, kernel[0], strides[0]), _enlarged(columns, kernel[1], strides[1])
    if kind == "Resizing":
        return _resized(rows, layer.height), _resized(columns, layer.width)
    same = padding == "same"
    return (
        _windowed(rows, kernel[0], strides[0], dilation[0], same),
        _windowed(columns, kernel[1], strides[1], dilation[1], same),
    )


def _windowed(before: Field, kernel: int, stride: int, dilation: int, same: bool) -> Field:
    """After a window of ``kernel`` pixels, ``dilation`` apart, has moved in steps of ``stride``."""
    extent = (kernel - 1) * dilation + 1
    size = -(-before.size // stride) if same else (before.size - extent) // stride + 1
    padding = max((size - 1) * stride + extent - before.size, 0) // 2 if same else 0
    return Field(
        field=before.field + (extent - 1) * before.stride,
        stride=before.stride * stride,
        first=before.first + ((extent - 1) / 2 - padding) * before.stride,
        size=size,
    )


def _resized(before: Field, size: int) -> Field:
    """After the picture was scaled to ``size`` positions."""
    factor = before.size / size
    return Field(size, before.field * max(factor, 1), before.stride * factor, (factor - 1) / 2 + before.first)


def _padded(before: Field, amounts: Sequence[int]) -> Field:
    first = before.first - amounts[0] * before.stride
    return replace(before, first=first, size=before.size + amounts[0] + amounts[1])


def _enlarged(before: Field, kernel: int, factor: int) -> Field:
    reach = -(-kernel // factor) - 1  # further positions of the smaller map that one of the larger one sees
    field = before.field + reach * before.stride
    return Field(before.size * factor, field, before.stride / factor, before.first)


def _pair(value: Any) -> tuple[int, int]:
    return (int(value[0]), int(value[-1])) if isinstance(value, list | tuple) else (int(value), int(value))
