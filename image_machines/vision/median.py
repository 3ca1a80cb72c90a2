"""The median filter as a network of minima and maxima, for NumPy and for compiled tensors.

The median of a k x k window is found by sorting its columns (which neighbouring windows share), then its
rows, then the few positions that can still hold the median. Every step is an element-wise minimum or maximum
of whole arrays, so it runs at the speed of memory where a filter that sorts each window by itself takes
seconds. The result is bit for bit that of SciPy's ``median_filter`` with its default border ("reflect").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 1 << 20  # of the picture at a time, so that the network's arrays stay in the processor's cache

Comparator = tuple[int, int, bool, bool]  # two wires; whether the minimum, the maximum is of use afterwards


def median_filter(images: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """The median of each ``size`` x ``size`` window of (N, H, W, C), per colour; the border is mirrored.

    ``size`` is odd. Works through a few rows at a time.
    """
    reach = size // 2
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    result = np.empty_like(images)
    rows = max(BLOCK_BYTES // max(padded[0, 0].nbytes * size, 1), 1)
    for image, source in zip(result, padded, strict=True):
        for top in range(0, len(image), rows):
            block = source[top : top + rows + 2 * reach]
            image[top : top + rows] = median_of(block, size, np.minimum, np.maximum)
    return result


def median_of(padded: Any, size: int, minimum: Callable[..., Any], maximum: Callable[..., Any]) -> Any:
    """The medians of an image (H + size - 1, W + size - 1, C) that is padded already: (H, W, C).

    ``minimum`` and ``maximum`` are those of the array library in use.
    """
    columns, window, median = network(size)
    height, width = padded.shape[0] - size + 1, padded.shape[1] - size + 1
    sorted_columns = _run([padded[row : row + height] for row in range(size)], columns, minimum, maximum)
    wires = [row[:, left : left + width] for row in sorted_columns for left in range(size)]
    return _run(wires, window, minimum, maximum)[median]


def _run(
    wires: Sequence[Any],
    comparators: Iterable[Comparator],
    minimum: Callable[..., Any],
    maximum: Callable[..., Any],
) -> list[Any]:
    wires = list(wires)
    for low, high, keep_low, keep_high in comparators:
        first, second = wires[low], wires[high]
        wires[low] = minimum(first, second) if keep_low else None
        wires[high] = maximum(first, second) if keep_high else None
    return wires


@lru_cache
def network(size: int) -> tuple[list[Comparator], list[Comparator], int]:
    """Comparators that sort a column, those that then find the median of the window, and its wire.

    Wires of the window are numbered along its rows. The second network is pruned: a position that has too
    many others surely below or above it cannot hold the median, and a comparator that never changes anything
    is left out. By the zero-one principle it suffices to try it on all sorted patterns of zeros and ones.
    """
    if size < 3 or size % 2 == 0:
        raise ValueError(f"a median filter's size is odd and at least 3, not {size}")
    half = size * size // 2 + 1
    rows = [(row * size + a, row * size + b) for row in range(size) for a, b in _sorter(size)]
    positions = [(row, column) for row in range(size) for column in range(size)]
    candidates = [
        row * size + column
        for row, column in sorted(positions, key=lambda place: ((place[0] + 1) * (place[1] + 1), place))
        if (row + 1) * (column + 1) <= half and (size - row) * (size - column) <= half
    ]
    median = candidates[len(candidates) // 2]
    last = [(candidates[a], candidates[b]) for a, b in _sorter(len(candidates))]
    return (
        _live(_sorter(size), range(size)),
        _live(rows + _effective(last, _sorted_patterns(size)), [median]),
        median,
    )


def _sorter(length: int) -> list[tuple[int, int]]:
    """Batcher's merge-exchange network for any number of wires (Knuth, volume 3, algorithm 5.2.2 M)."""
    comparators = []
    top = 1 << max((length - 1).bit_length() - 1, 0)
    stride = top
    while stride > 0:
        limit, residue, distance = top, 0, stride
        while True:
            comparators += [(i, i + distance) for i in range(length - distance) if i & stride == residue]
            if limit == stride:
                break
            distance, limit, residue = limit - stride, limit // 2, stride
        stride //= 2
    return comparators


def _sorted_patterns(size: int) -> NDArray[np.bool_]:
    """Every pattern of zeros and ones that is sorted along rows and columns, one per row, flattened."""
    counts = combinations_with_replacement(range(size + 1), size)
    return np.array([np.arange(size)[None, :] >= size - np.array(each)[:, None] for each in counts]).reshape(
        -1, size * size
    )


def _effective(comparators: Iterable[tuple[int, int]], patterns: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The comparators that exchange something on at least one of the patterns."""
    patterns, kept = patterns.copy(), []
    for low, high in comparators:
        first, second = patterns[:, low].copy(), patterns[:, high].copy()
        if (first & ~second).any():
            kept.append((low, high))
            patterns[:, low], patterns[:, high] = first & second, first | second
    return kept


def _live(comparators: Sequence[tuple[int, int]], outputs: Iterable[int]) -> list[Comparator]:
    """The comparators that reach one of the output wires, with the sides of each that do."""
    needed, kept = set(outputs), []
    for low, high in reversed(comparators):
        if low in needed or high in needed:
            kept.append((low, high, low in needed, high in needed))
            needed |= {low, high}
    return kept[::-1]
