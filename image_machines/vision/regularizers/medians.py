"""The median of each window on the device that holds the images, so that they need not travel.

It is found by forgetting: of any half of the values and two more, the least and the greatest cannot be the
middle one of all; without them the next value takes their place, until three are left. Minima and maxima of
whole images are all that it takes, so that the device does a window in one pass.
"""

from __future__ import annotations

from functools import lru_cache

from keras import ops

from image_machines.network import gradient
from image_machines.network.tensors import Function, Tensor


@lru_cache(maxsize=4)
def median(size: int) -> Function:
    """The compiled filter of ``size`` x ``size`` windows: images (N, H, W, 3) to images, borders mirrored."""

    def filtered(images: Tensor) -> Tensor:
        reach, (height, width) = size // 2, ops.shape(images)[1:3]
        around = ((0, 0), (reach, reach), (reach, reach), (0, 0))
        padded = ops.pad(images, around, mode="symmetric")
        places = [(row, column) for row in range(size) for column in range(size)]
        return middle([padded[:, row : row + height, column : column + width] for row, column in places])

    return gradient.compiled(filtered, ([None, None, None, 3],))


def middle(values: list[Tensor]) -> Tensor:
    """The median of an odd number of tensors, element by element."""
    count = len(values) // 2 + 2
    window, rest = values[:count], values[count:]
    while len(window) > 1:
        window = _without_extremes(window) + rest[:1]
        rest = rest[1:]
    return window[0]


def _without_extremes(values: list[Tensor]) -> list[Tensor]:
    """The values without, element by element, the least and the greatest of them."""
    half = len(values) // 2
    pairs = [_ordered(one, other) for one, other in zip(values[:half], values[-half:], strict=True)]
    between = values[half:-half]
    low, *lows = [pair[0] for pair in pairs] + between
    high, *highs = [pair[1] for pair in pairs]
    kept = []
    for value in lows:
        low, other = _ordered(low, value)
        kept.append(other)
    for value in highs + (kept[-len(between) :] if between else []):
        other, high = _ordered(value, high)
        kept.append(other)
    return kept[: len(lows) - len(between)] + kept[len(lows) :]


def _ordered(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    return ops.minimum(one, other), ops.maximum(one, other)
