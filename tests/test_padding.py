"""Padding that was worked out for one size, and a network that is freed from it."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from image_machines.network import models
from image_machines.network.layers import described
from image_machines.network.unfolding import flat


def cell(size: int) -> keras.Model:
    """Two reductions as in NASNet, where paths through kernels of several widths meet, built for one size."""

    def padded(tensor: keras.KerasTensor, kernel: int) -> keras.KerasTensor:
        more, less = kernel // 2, 1 - tensor.shape[1] % 2
        return layers.ZeroPadding2D(((more - less, more),) * 2)(tensor)

    def reduced(tensor: keras.KerasTensor) -> keras.KerasTensor:
        tensor = layers.Conv2D(4, 1)(tensor)
        narrow = padded(tensor, 3)
        most = layers.MaxPooling2D(3, 2)(narrow)
        mean = layers.AveragePooling2D(3, 2)(narrow)
        wide = layers.SeparableConv2D(4, 7, 2)(padded(tensor, 7))
        return layers.Add()([most, mean, wide, layers.AveragePooling2D(1, 2)(tensor)])

    keras.utils.set_random_seed(0)
    inputs = keras.Input((size, size, 3))
    return keras.Model(inputs, reduced(reduced(layers.Rescaling(1 / 127.5, -1)(inputs))))


def test_a_network_padded_for_one_size_takes_every_size(tmp_path: Path) -> None:
    made = cell(32)
    made.save(tmp_path / "cell.keras")
    network = models.load(tmp_path / "cell.keras")
    assert network.graph.input_shape == (None, None, None, 3) and network.size == 32
    again = models.load(models.save(network, tmp_path / "again.keras"))
    assert again.fingerprint == network.fingerprint
    for size in (29, 30, 31, 32, 33):
        own = cell(size)
        own.set_weights(made.get_weights())
        pictures = np.random.default_rng(size).uniform(0, 255, (2, size, size, 3)).astype(np.float32)
        for graph in (network.graph, again.graph):
            np.testing.assert_allclose(graph(pictures), own(pictures), rtol=1e-4, atol=1e-5)


def test_it_sees_what_the_padding_of_the_one_size_sees() -> None:
    fields = [
        [(each.stride, each.receptive_field) for each in described(graph) if each.stride]
        for graph in (cell(299), flat(cell(299)))
    ]
    assert fields[0] == fields[1]


@pytest.mark.parametrize("size", [32, 33])
def test_padding_that_fits_every_size_stays(size: int) -> None:
    inputs = keras.Input((size, size, 3))
    tensor = layers.Conv2D(4, 3, 2)(layers.ZeroPadding2D(((0, 1), (0, 1)))(inputs))
    model = keras.Model(inputs, tensor)
    kinds = [type(layer).__name__ for layer in flat(model).layers]
    assert kinds == ["InputLayer", "ZeroPadding2D", "Conv2D"]
