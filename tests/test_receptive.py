"""Receptive fields: what a position of a map sees is what it depends on."""

from __future__ import annotations

import keras
import numpy as np

from image_machines.network import models
from image_machines.network.network import Network
from image_machines.network.unfolding import reseeded


def any_network(graph: keras.Model) -> Network:
    return models.build("small", None).with_graph(graph)


def influence(network: Network, layer: str, size: int) -> tuple[int, int, float]:
    """First and last input row that one position near the middle depends on, by difference, and its index."""
    probe = keras.Model(network.graph.inputs[0], network.graph.get_layer(layer).output)
    pictures = np.zeros((size + 1, size, size, 3), np.float32)
    for row in range(size):
        pictures[row + 1, row] = 10
    maps = keras.ops.convert_to_numpy(probe(pictures))
    index = maps.shape[1] // 2
    seen = np.flatnonzero(np.abs(maps[1:, index] - maps[0, index]).max(axis=(1, 2)) > 0)
    return int(seen[0]), int(seen[-1]), index


def test_receptive_field_is_what_a_position_depends_on() -> None:
    inputs = keras.Input((61, 61, 3))
    first = keras.layers.Conv2D(4, 5, strides=2, padding="same", name="first")(inputs)
    short = keras.layers.MaxPooling2D(2, padding="same", name="short")(first)
    long = keras.layers.Conv2D(4, 3, dilation_rate=2, padding="same", name="dilated")(first)
    long = keras.layers.ZeroPadding2D(((1, 1), (0, 0)))(long)
    long = keras.layers.Conv2D(4, (1, 3), padding="same", name="row")(long)
    long = keras.layers.Conv2D(4, (3, 1), strides=2, padding="valid", name="column")(long)
    both = keras.layers.Concatenate(name="both")([short, long])
    graph = keras.Model(inputs, both)
    network = any_network(reseeded(graph, 1))
    for name in ("first", "short", "dilated", "column", "both"):
        layer = network.find(name)
        low, high, index = influence(network, name, 61)
        assert layer.map_size == network.graph.get_layer(name).output.shape[1], name
        assert high - low + 1 == layer.receptive_field, name
        assert (low + high) / 2 == layer.centre + index * layer.stride, name


def test_squeeze_and_excitation_keeps_a_place() -> None:
    inputs = keras.Input((None, None, 3))
    tensor = keras.layers.Conv2D(4, 3, name="conv")(inputs)
    gate = keras.layers.GlobalAveragePooling2D(keepdims=True)(tensor)
    gate = keras.layers.Conv2D(4, 1, activation="sigmoid", name="gate")(gate)
    graph = keras.Model(inputs, keras.layers.Multiply(name="gated")([tensor, gate]))
    network = any_network(graph)
    assert network.find("gated").receptive_field == 3
    assert network.find("gate").receptive_field is None
