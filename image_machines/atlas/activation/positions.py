"""Positions: what a layer says at places of works, drawn at random."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from image_machines import images
from image_machines.decoding import UnreadablePicture
from image_machines.network import gradient
from image_machines.network.forward import reader
from image_machines.network.layers import Layer
from image_machines.network.network import Network

BATCH = 16
EACH = 12  # places of a work

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Positions:
    """``vectors`` (places, channels), of which work each is, and the row and column of the map (places, 2).

    ``size``: pixels of the squares that the works were squeezed to.
    """

    layer: Layer
    size: int
    vectors: Floats
    works: NDArray[np.int64]
    places: NDArray[np.int64]


def drawn(
    network: Network,
    layer: str,
    paths: Sequence[str | Path],
    each: int = EACH,
    seed: int = 0,
    size: int = 0,
) -> Positions:
    """So many places of every work; the same places for networks whose maps are as large.

    ``size``: pixels that works are squeezed to, 0: those that the network was trained on. An unreadable work
    has no places. Raises UnknownLayer, ValueError for a layer without a map.
    """
    found = network.layer(layer)
    if found.map_size is None:
        raise ValueError(f"{found.name} has no map: it says nothing of places")
    read, size = reader(network, found.name, raw=False), size or network.size
    vectors, works, places = [], [], []
    for numbers, batch in _batches(paths, size):
        maps = gradient.to_array(read(batch))[: len(numbers)]
        for number, own in zip(numbers, maps, strict=True):
            chosen = _places(own.shape[0], own.shape[1], each, (seed, number))
            vectors.append(own[chosen[:, 0], chosen[:, 1]])
            works += [number] * len(chosen)
            places.append(chosen)
    if not vectors:
        raise ValueError("none of the works can be read")
    return Positions(found, size, np.concatenate(vectors), np.array(works), np.concatenate(places))


def _places(rows: int, columns: int, count: int, seed: tuple[int, int]) -> NDArray[np.int64]:
    """Different places of a map, row and column."""
    order = np.random.default_rng(seed).permutation(rows * columns)[:count]
    return np.stack(np.divmod(order, columns), axis=1)


def _batches(paths: Sequence[str | Path], size: int) -> Iterator[tuple[list[int], Floats]]:
    """Numbers of readable works, and images (`BATCH`, size, size, 3) in [-1, 1]; the last are filled up."""
    numbers: list[int] = []
    batch = np.zeros((BATCH, size, size, 3), np.float32)
    for number, path in enumerate(tqdm(paths, desc="positions", unit="work", delay=1)):
        try:
            batch[len(numbers)] = images.from_picture(images.read(path, (size, size)))
        except UnreadablePicture:
            continue
        numbers.append(number)
        if len(numbers) == BATCH:
            yield numbers, batch
            numbers = []
    if numbers:
        yield numbers, batch
