"""Cells: positions that lie together in a layout, averaged; and the direction that stands for each.

A direction is whitened, as in Carter and others 2019: the mean of a cell times the inverse of the covariance
of all positions. Channels that answer everywhere, or together, then count for less, and cells differ in what
is their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from image_machines.atlas.activation.positions import Floats, Positions
from image_machines.atlas.maps import layout

ACROSS, LEAST = 12, 5  # cells of a side of the layout, and positions of a cell
TRIMMED = 1.0  # per cent of the layout at each edge that count to the outermost cells
RIDGE = 0.05  # added to the covariance, in mean variances: few works leave directions unseen


@dataclass(frozen=True)
class Cell:
    """A cell of the layout: its row and column from the top left, and the numbers of the positions in it."""

    row: int
    column: int
    members: tuple[int, ...]


def cells(positions: layout.Positions, across: int = ACROSS, least: int = LEAST) -> list[Cell]:
    """The cells of a layout (places, 2) that hold enough positions, row after row."""
    low, high = np.percentile(positions, [TRIMMED, 100 - TRIMMED], axis=0)
    share = (positions - low) / np.maximum(high - low, 1e-9)
    places = np.clip((share * across).astype(np.int64), 0, across - 1)
    found = []
    for row in range(across):
        for column in range(across):
            members = np.flatnonzero((places[:, 1] == row) & (places[:, 0] == column))
            if len(members) >= least:
                found.append(Cell(row, column, tuple(map(int, members))))
    return found


def means(positions: Positions, found: list[Cell]) -> Floats:
    """What the layer says in each cell on average, (cells, channels)."""
    return np.stack([positions.vectors[list(cell.members)].mean(axis=0) for cell in found])


def whitening(vectors: Floats) -> NDArray[np.float64]:
    """The inverse of the positions' covariance about zero (channels, channels), with a ridge."""
    covariance = vectors.T.astype(np.float64) @ vectors / len(vectors)
    ridge = RIDGE * np.trace(covariance) / len(covariance)
    return np.asarray(np.linalg.inv(covariance + max(float(ridge), 1e-12) * np.eye(len(covariance))))


def directions(positions: Positions, found: list[Cell]) -> Floats:
    """The whitened direction of each cell, (cells, channels), of unit length."""
    whitened = means(positions, found) @ whitening(positions.vectors)
    return (whitened / np.maximum(np.linalg.norm(whitened, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def typical(positions: Positions, cell: Cell, count: int) -> list[int]:
    """The positions most like a cell's mean by their cosine, one a work at most."""
    members = np.array(cell.members)
    vectors = positions.vectors[members]
    mean = vectors.mean(axis=0)
    cosines = vectors @ mean / np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)
    chosen: dict[int, int] = {}
    for member in members[np.argsort(-cosines, kind="stable")]:
        chosen.setdefault(int(positions.works[member]), int(member))
    return list(chosen.values())[:count]
