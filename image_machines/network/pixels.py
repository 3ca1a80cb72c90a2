"""Pixels: how a network wants them.

Images go through the program as ``(N, H, W, 3)`` in [-1, 1], pictures as ``(H, W, 3)`` in 0-255; a
`PixelRange` turns either into what a network was trained on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from image_machines.names import unknown
from image_machines.network.tensors import Tensor


@dataclass(frozen=True)
class PixelRange:
    """How a network wants its pixels: per colour ``scale * x + offset`` of the common range [-1, 1].

    ``order`` is "RGB", "BGR" or "L" (one grey channel, the mean of the colours); ``scale`` and ``offset``
    are in that order.
    """

    scale: tuple[float, ...]
    offset: tuple[float, ...]
    order: str = "RGB"

    def apply(self, pictures: Tensor) -> Tensor:
        """Images (N, H, W, 3) in [-1, 1] to the network's input (N, H, W, C); differentiable, any backend."""
        tensor = keras.ops.convert_to_tensor(pictures)
        if self.order == "BGR":
            tensor = keras.ops.flip(tensor, axis=-1)
        elif self.order == "L":
            tensor = keras.ops.mean(tensor, axis=-1, keepdims=True)
        return tensor * keras.ops.cast(self.scale, tensor.dtype) + keras.ops.cast(self.offset, tensor.dtype)

    def from_pictures(self, pictures: NDArray[Any]) -> NDArray[np.float32]:
        """Pictures (..., H, W, 3), 0-255, to the network's input, in NumPy."""
        values = np.empty((*pictures.shape[:-1], len(self.scale)), np.float32)
        self.fill(values, pictures)
        return values

    def fill(self, values: NDArray[np.float32], pictures: NDArray[Any]) -> None:
        """Write pictures (..., H, W, 3), 0-255, as the network's input into ``values`` (..., H, W, C)."""
        if self.order == "L":
            pictures = pictures.mean(axis=-1, keepdims=True, dtype=np.float32)
        values[...] = pictures[..., ::-1] if self.order == "BGR" else pictures
        scale, offset = np.asarray(self.scale, np.float32), np.asarray(self.offset, np.float32)
        same = (scale == scale[0]).all() and (offset == offset[0]).all()  # a single number is faster
        values *= (scale[0] if same else scale) / np.float32(127.5)
        values += (offset - scale)[0] if same else offset - scale

    def to_json(self) -> str | dict[str, Any]:
        """The name of a known range, or all its values."""
        names = [name for name, known in PIXEL_RANGES.items() if known == self]
        return names[0] if names else asdict(self)


CHANNELS = {"RGB": 3, "BGR": 3, "L": 1}  # of each order

IMAGENET_MEAN = (123.68, 116.779, 103.939)  # of the colours R, G, B in 0-255, as VGG and ResNet subtract it
IMAGENET_MEAN_UNIT = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION_UNIT = (0.229, 0.224, 0.225)

PIXEL_RANGES: dict[str, PixelRange] = {
    "-1..1": PixelRange((1.0,) * 3, (0.0,) * 3),
    "0..1": PixelRange((0.5,) * 3, (0.5,) * 3),
    "0..255": PixelRange((127.5,) * 3, (127.5,) * 3),
    "caffe": PixelRange((127.5,) * 3, tuple(127.5 - mean for mean in reversed(IMAGENET_MEAN)), "BGR"),
    "torch": PixelRange(
        tuple(0.5 / deviation for deviation in IMAGENET_DEVIATION_UNIT),
        tuple(
            (0.5 - mean) / deviation
            for mean, deviation in zip(IMAGENET_MEAN_UNIT, IMAGENET_DEVIATION_UNIT, strict=True)
        ),
    ),
    "grey -1..1": PixelRange((1.0,), (0.0,), "L"),
    "grey 0..1": PixelRange((0.5,), (0.5,), "L"),
    "grey 0..255": PixelRange((127.5,), (127.5,), "L"),
}


def pixel_range(value: Any) -> PixelRange:
    """A pixel range from its name, its values (as a card holds them), or as it is; ValueError if none."""
    if isinstance(value, PixelRange):
        return value
    if isinstance(value, str):
        if value not in PIXEL_RANGES:
            raise ValueError(unknown("pixel range", value, PIXEL_RANGES))
        return PIXEL_RANGES[value]
    try:
        scale, offset = (tuple(float(number) for number in value[name]) for name in ("scale", "offset"))
        whole = len(scale) == len(offset) == CHANNELS[value["order"]] and np.isfinite([*scale, *offset]).all()
    except (KeyError, TypeError, ValueError):
        whole = False
    if not whole:
        raise ValueError(
            f"a pixel range is one of {', '.join(PIXEL_RANGES)}, or scale and offset, a number for each "
            f"channel, with order, one of {', '.join(CHANNELS)}, not {value!r}"
        )
    return PixelRange(scale, offset, value["order"])
