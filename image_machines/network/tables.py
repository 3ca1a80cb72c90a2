"""What a picture makes of a layer: a table (5, neurons) of mean, maximum, its row and column, and norm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from image_machines.network import pipeline
from image_machines.network.network import Network
from image_machines.network.tensors import Tensor

Row: TypeAlias = "list[NDArray[np.float32]] | str"  # a table for each layer; or why a picture has none


def rows(
    network: Network, layers: Sequence[str], paths: Sequence[Path], batch_size: int
) -> Iterator[list[Row]]:
    """The rows of pictures, in their order, a batch at a time."""
    reader = _reader(network, tuple(layers))
    for indices, batch, bad in pipeline.stream(paths, network.size, network.pixels, batch_size):
        found: dict[int, Row] = dict(bad)
        if indices:
            found |= dict(zip(indices, _read(reader, batch, batch_size), strict=True))
        yield [found[index] for index in sorted(found)]


def of_picture(
    network: Network, layers: Sequence[str], picture: NDArray[np.uint8]
) -> list[NDArray[np.float32]]:
    """The table of each layer for one picture (H, W, 3) that has the network's size."""
    found = _read(_reader(network, tuple(layers)), network.pixels.from_pictures(picture[None]), 1)
    return [np.asarray(table) for table in found[0]]


@lru_cache(maxsize=4)
def _reader(network: Network, layers: tuple[str, ...]) -> keras.Model:
    """The network up to the layers, each as a table."""
    tables = [_Table(f"table_of_{layer}")(network.output(layer)) for layer in layers]
    return keras.Model(network.graph.inputs, tables)


class _Table(keras.layers.Layer):
    """Makes a layer's table under a name of its own: Keras' for single operations may be another layer's."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, autocast=False)

    def call(self, output: Any) -> Any:
        return _table(output)


def _table(output: Tensor) -> Tensor:
    if len(output.shape) == 2:
        return ops.stack([output, output, output * 0, output * 0, ops.abs(output)], axis=1)
    by_column = ops.max(output, axis=1)  # axis by axis: three times as fast as both at once
    column = ops.argmax(by_column, axis=1)
    within = ops.take_along_axis(output, column[:, None, None, :], axis=2)[:, :, 0]
    row = ops.argmax(within, axis=1)
    mean = ops.mean(ops.mean(output, axis=1), axis=1)
    norm = ops.sqrt(ops.sum(ops.sum(ops.square(output), axis=1), axis=1))
    values = [mean, ops.max(by_column, axis=1), row, column, norm]
    return ops.stack([ops.cast(value, "float32") for value in values], axis=1)


def _read(reader: keras.Model, batch: NDArray[np.float32], batch_size: int) -> list[Row]:
    """Per picture, the table of each layer."""
    missing = batch_size - len(batch)  # a batch of another size would be compiled anew
    padded = np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)]) if missing > 0 else batch
    tables = reader.predict_on_batch(padded)
    tables = tables if isinstance(tables, list) else [tables]
    return [[np.asarray(table[index]) for table in tables] for index in range(len(batch))]
