"""Excitement: which neurons of a layer a picture excites most beside a collection's, and what is near to it.

A neuron is excited by a picture as far as the maximum of its map lies above the mean of the maxima that the
collection's pictures reach, in their standard deviations: neurons differ in what they usually answer. Those
pictures are near whose channels answer alike on average, by the cosine: as maps are laid out.

A *table* (5, neurons) is what a picture makes of a layer; see `network.tables`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from image_machines.network.responses import Box, Responses, crop_box

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Excited:
    """A neuron that a picture excites.

    ``rank``: its place among the collection's pictures, 1 where none excites the neuron more; ``beyond``: by
    so many standard deviations it exceeds the mean; ``box``: the part that excites it most.
    """

    neuron: int
    maximum: float
    rank: int
    beyond: float
    box: Box


def table_of(measured: Responses, layer: str, index: int) -> Floats:
    """The table of a picture of the collection, by its row; NaN where it could not be read."""
    mean, maximum, norm = (measured.array(layer, value)[:, index] for value in ("mean", "maximum", "norm"))
    place = np.asarray(measured.array(layer, "place")[:, index], np.float32)
    return np.stack([mean, maximum, place[:, 0], place[:, 1], norm])


def most_excited(measured: Responses, layer: str, table: Floats, count: int) -> list[Excited]:
    """The neurons of a layer that the picture of a table excites most, the most first."""
    known = measured.layer(layer)
    mean, spread = _usual(measured, known.name)
    maximum = np.asarray(table[1], np.float64)
    beyond = np.where(spread > 0, (maximum - mean) / np.where(spread > 0, spread, 1), -np.inf)
    order = np.argsort(-np.nan_to_num(beyond, nan=-np.inf), kind="stable")
    every = measured.array(known.name, "maximum")
    return [
        Excited(
            neuron,
            float(maximum[neuron]),
            1 + int((np.array(every[neuron]) > maximum[neuron]).sum()),
            float(beyond[neuron]),
            crop_box(known, measured.size, int(table[2, neuron]), int(table[3, neuron])),
        )
        for neuron in map(int, order[:count])
        if beyond[neuron] > 0
    ]


def pooled(measured: Responses, layer: str) -> Floats:
    """The mean response of each channel to each picture, (pictures, channels)."""
    return np.ascontiguousarray(np.array(measured.array(layer, "mean")).T, np.float32)


def nearest(
    measured: Responses, layer: str, means: Floats, count: int, without: Sequence[int] = ()
) -> list[tuple[int, float]]:
    """The pictures, by their rows, whose channels answer most as these ``means`` (channels,), and how alike.

    1 is the same, 0 nothing in common. ``without`` are rows that are left out, the picture's own.
    """
    own = np.asarray(means, np.float64)
    likeness = _directions(measured, layer) @ (own / max(float(np.linalg.norm(own)), 1e-12))
    likeness[list(without)] = np.nan
    order = np.argsort(-np.nan_to_num(likeness, nan=-np.inf), kind="stable")
    return [
        (int(row), min(float(likeness[row]), 1.0)) for row in order[:count] if not np.isnan(likeness[row])
    ]


@lru_cache(maxsize=64)
def _usual(measured: Responses, layer: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation over the collection of each neuron's maximum."""
    every = np.array(measured.array(layer, "maximum"), np.float64)
    every = every[:, ~np.isnan(every).any(axis=0)]
    return every.mean(axis=1), every.std(axis=1)


@lru_cache(maxsize=2)
def _directions(measured: Responses, layer: str) -> Floats:
    """The means of each picture, scaled to unit length."""
    rows = pooled(measured, layer)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
