"""Checks: labels, scores and pictures that nothing could be learned from, each refused in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Numbers = NDArray[np.float32]


def labels(values: Any, attributes: Sequence[str]) -> Numbers:
    """Labels (N, A) between 0 and 1; ValueError for one of another kind, or an attribute without a use.

    No use has an attribute that occurs nowhere, and none has a second one that is always there with it.
    """
    table = _numbers(values, "the label")
    if table.ndim != 2 or table.shape[1] != len(attributes):
        raise ValueError(f"labels of {table.shape} do not fit {len(attributes)} attributes")
    if table.size and (table.min() < 0 or table.max() > 1):
        raise ValueError(f"labels are shares from 0 to 1, not {table.min():g} to {table.max():g}")
    for name, column in zip(attributes, table.T, strict=True):
        if not column.any():
            raise ValueError(f"attribute {name!r} occurs in none of the {len(table)} pictures; leave it out")
    for first in range(len(attributes)):
        for second in range(first + 1, len(attributes)):
            if np.array_equal(table[:, first], table[:, second]):
                raise ValueError(
                    f"attributes {attributes[first]!r} and {attributes[second]!r} always occur together in "
                    f"the {len(table)} pictures, so nothing tells them apart; leave one out"
                )
    return table


def scores(values: Any) -> Numbers:
    """Scores (N, S) as numbers; ValueError that names the first that is none."""
    table = _numbers(values, "the score")
    return table[:, None] if table.ndim == 1 else table


def pictures(paths: Sequence[str | Path], size: int) -> None:
    """ValueError that names the first picture whose shorter side is below what the network takes."""
    for path in paths:
        with Image.open(path) as opened:
            width, height = opened.size
        if min(height, width) < size:
            raise ValueError(
                f"{Path(path).name} is {width} x {height} px, smaller than the {size} x {size} px that the "
                "network takes; give larger pictures or a smaller size"
            )


def disjoint(first: Sequence[str | Path], second: Sequence[str | Path]) -> None:
    """ValueError that names a picture which two sets share that must not."""
    shared = sorted({str(each) for each in first} & {str(each) for each in second})
    if shared:
        raise ValueError(
            f"{Path(shared[0]).name} is among the pictures with attributes and among those with scores; "
            "the two sets must not overlap"
        )


def _numbers(values: Any, what: str) -> Numbers:
    """An array of finite numbers; ValueError that names the first value that is none, and its row."""
    given = np.asarray(values, object)
    rows = given.reshape(len(given), -1)
    for row, places in enumerate(rows):
        for value in places:
            try:
                number = float(value)
            except (TypeError, ValueError):
                number = np.nan
            if not np.isfinite(number):
                raise ValueError(f"{what} of picture {row} is {value!r}, not a number")
    return given.astype(np.float32)
