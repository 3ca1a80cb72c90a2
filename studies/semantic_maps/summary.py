"""A base that is summed up: several of its layers side by side, in the few channels in which they vary most.

Small things are seen in early layers, large ones in late ones (hypercolumns: Hariharan and others 2015). The
channels are the first principal components of all of them, each divided by its deviation.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from image_machines import files
from image_machines.network import models
from image_machines.network.network import Network

Numbers = NDArray[np.float64]

NAME, HIDDEN = "summary", "hidden"  # layers
LOOKED_AT = 200  # pictures from which the channels are computed
LEAST = 0.01  # of the largest variance, added to each, so that no noise is blown up


def summed_up(
    base: str, layers: Sequence[str], channels: int, pictures: NDArray[np.uint8], file: Path
) -> Network:
    """A base with its ImageNet weights whose last layer is the summary of maps of one size.

    Its weights are kept in ``file`` (.npz), so that they are the same, to the last digit, in every run.
    """
    network = models.build(base)
    maps = keras.layers.Concatenate(name="several")([network.output(name) for name in layers])
    summary = keras.layers.Conv2D(channels, 1, name=NAME, trainable=False)
    graph = keras.Model(network.graph.inputs[0], summary(maps), name=network.graph.name)
    if not file.is_file():
        several = keras.Model(network.graph.inputs[0], maps)
        shown = pictures[:: max(1, len(pictures) // LOOKED_AT)]
        some = [several.predict_on_batch(network.pixels.from_pictures(one[None])) for one in shown]
        middle, directions = components(np.concatenate(some).reshape(-1, maps.shape[-1]), channels)
        with files.replacing(file) as temporary, temporary.open("wb") as target:
            np.savez(target, kernel=directions[None, None], bias=-middle @ directions)
    with np.load(file) as kept:
        summary.set_weights([kept["kernel"], kept["bias"]])
    return network.with_graph(graph)


def components(values: NDArray[np.float32], count: int) -> tuple[Numbers, Numbers]:
    """The mean (C,) of values (N, C) and their first principal components, scaled, (C, count)."""
    middle = values.mean(axis=0, dtype=np.float64)
    left = values - middle
    variances, directions = np.linalg.eigh(left.T @ left / len(left))
    first = slice(-1, -count - 1, -1)
    return middle, directions[:, first] / np.sqrt(np.maximum(variances[first], 0) + LEAST * variances[-1])


def with_hidden(network: Network, channels: int, seed: int) -> Network:
    """The network with one layer more that learns, (h, w, channels), rectified; the same with 0 channels."""
    if not channels:
        return network.with_graph(network.graph)
    hidden = keras.layers.Conv2D(
        channels, 1, activation="relu", kernel_initializer=keras.initializers.HeNormal(seed), name=HIDDEN
    )(network.graph.outputs[0])
    return network.with_graph(keras.Model(network.graph.inputs[0], hidden, name=network.graph.name))
