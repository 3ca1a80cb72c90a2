"""Strides: values stay, gradients are enlarged by nearest neighbour instead of leaving a grid."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from image_machines.attribution.artefacts import energy_at_stride
from image_machines.attribution.gradients import maps_of, of_images
from image_machines.attribution.targets import Target, bound
from image_machines.network import gradient, models, strides
from image_machines.network.forward import Reading, forward
from image_machines.network.network import Network

KINDS = {
    "conv valid": lambda: layers.Conv2D(4, 3, strides=2, name="strided"),
    "conv same": lambda: layers.Conv2D(4, 5, strides=2, padding="same", name="strided"),
    "conv 1x1": lambda: layers.Conv2D(4, 1, strides=2, name="strided"),
    "conv stride 3": lambda: layers.Conv2D(4, (5, 3), strides=3, padding="same", name="strided"),
    "depthwise": lambda: layers.DepthwiseConv2D(3, strides=2, padding="same", name="strided"),
    "largest": lambda: layers.MaxPooling2D(3, 2, name="strided"),
    "largest same": lambda: layers.MaxPooling2D(2, padding="same", name="strided"),
    "mean": lambda: layers.AveragePooling2D(2, name="strided"),
}


def network_of(base: Network, layer: Any, side: int | None = None) -> Network:
    """A network of one strided layer, its weights all one."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((side, side, 3))
    graph = keras.Model(inputs, layer(inputs))
    for weight in graph.weights:
        weight.assign(np.ones(weight.shape))
    return base.with_graph(graph, classes=())


def slopes(network: Network, images: np.ndarray, layer: str, resampling: strides.Resampling) -> np.ndarray:
    read = forward(network, (Reading(layer),), strides=resampling)

    def total(x: Any) -> Any:
        return ops.sum(read(x)[0], axis=(1, 2, 3))

    return gradient.to_array(gradient.value_and_gradient(total)(gradient.to_tensor(images))[1])


@pytest.mark.parametrize("side", [24, 25])
@pytest.mark.parametrize("kind", KINDS)
def test_values_stay_and_the_gradient_of_an_even_map_is_even(
    tiny_network: Network, kind: str, side: int
) -> None:
    """Where the plain gradient of a map's sum lies on a grid, the mended one is the same at each pixel."""
    network = network_of(tiny_network, KINDS[kind]())
    images = np.random.default_rng(0).uniform(-1, 1, (2, side, side, 3)).astype(np.float32)
    plain, mended = (forward(network, (Reading("strided"),), strides=each) for each in ("grid", "nearest"))
    assert np.array_equal(gradient.to_array(plain(images)[0]), gradient.to_array(mended(images)[0]))
    found = slopes(network, images, "strided", "nearest")
    assert found.shape == images.shape
    inside = found[:, 8:-8, 8:-8]
    assert inside == pytest.approx(np.full_like(inside, inside.mean()), rel=1e-5)
    grid = slopes(network, images, "strided", "grid")[:, 6:-6, 6:-6]
    assert inside.mean() == pytest.approx(grid.mean(), rel=0.35)
    assert grid.std() > 0.1 * grid.mean() or kind == "mean"


@pytest.mark.parametrize("resampling", ["grid", "nearest"])
def test_an_average_is_led_back_as_the_convolution_that_it_is(tiny_network: Network, resampling: Any) -> None:
    average = network_of(tiny_network, layers.AveragePooling2D(3, 2, name="strided"))
    same = network_of(tiny_network, layers.DepthwiseConv2D(3, strides=2, use_bias=False, name="strided"))
    same.graph.get_layer("strided").set_weights([np.full((3, 3, 3, 1), 1 / 9)])
    images = np.random.default_rng(0).uniform(-1, 1, (2, 25, 25, 3)).astype(np.float32)
    targets = bound(average, [Target("strided", number) for number in (0, 2)])
    found = [of_images(each, images, targets, "guided", resampling)[1] for each in (average, same)]
    assert found[0] == pytest.approx(found[1], abs=1e-6) and np.abs(found[0]).max() > 0


def test_a_position_is_led_back_to_where_it_looked(tiny_network: Network) -> None:
    """A single position's mended gradient lies about the middle of its receptive field."""
    network = network_of(tiny_network, layers.Conv2D(1, 3, strides=2, name="strided"))
    images = np.zeros((1, 33, 33, 3), np.float32)
    targets = bound(network, [Target("strided", 0, place=(5, 9))])
    for resampling in ("grid", "nearest"):
        found = np.abs(of_images(network, images, targets, strides=resampling)[1][0]).sum(axis=-1)
        centre = (found[..., None] * np.moveaxis(np.indices(found.shape), 0, -1)).sum((0, 1)) / found.sum()
        assert centre == pytest.approx([11, 19], abs=0.51)
        assert found.sum() == pytest.approx(27)


def test_a_strided_layer_without_a_mended_gradient_is_refused(tiny_network: Network) -> None:
    network = network_of(tiny_network, layers.SeparableConv2D(4, 3, strides=2, name="separable"))
    with pytest.raises(ValueError, match=r"'separable' \(SeparableConv2D\) has no gradient by nearest"):
        forward(network, (Reading("separable"),), strides="nearest")
    forward(network, (Reading("separable"),))


@pytest.mark.parametrize("resampling", ["grid", "nearest"])
def test_folding_and_activations_go_on_under_either(tiny_network: Network, resampling: Any) -> None:
    images = np.random.default_rng(1).uniform(-1, 1, (1, 40, 40, 3)).astype(np.float32)
    expected = gradient.to_array(forward(tiny_network, (Reading("late"),), "exact")(images)[0])
    for relus in ("plain", "guided", "deconvnet"):
        read = forward(tiny_network, (Reading("late"),), relus=relus, strides=resampling)
        assert gradient.to_array(read(images)[0]) == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", ["InceptionV3", "VGG16", "ResNet50", "MobileNetV2", "SqueezeNet"])
def test_the_mended_heat_has_less_energy_at_the_stride(name: str) -> None:
    network = models.build(name, "imagenet" if name == "SqueezeNet" else None)
    images = np.random.default_rng(0).uniform(-1, 1, (3, 160, 160, 3)).astype(np.float32)
    layer = [each for each in network.landmarks if each.map_size is not None and each.stride <= 16][-1]
    strongest = maps_of(network, images, layer.name).max(axis=(1, 2)).argmax(axis=-1)
    targets = bound(network, [Target(layer.name, int(neuron)) for neuron in strongest])
    for relus in ("guided", "deconvnet"):
        energies = []
        for resampling in ("grid", "nearest"):
            found = of_images(network, images, targets, relus, resampling)[1]
            heat = np.abs(found).sum(axis=-1)
            assert (heat.max(axis=(1, 2)) > 0).all()
            energies.append(np.mean([energy_at_stride(each, layer.stride) for each in heat]))
        assert energies[1] < energies[0]
