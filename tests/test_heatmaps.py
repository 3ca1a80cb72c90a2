"""Heatmaps: they lie on what the network looks at, whatever the method."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest

from image_machines.attribution import methods
from image_machines.attribution.artefacts import energy_at_stride
from image_machines.attribution.heatmaps import METHODS, heatmap, heatmaps
from image_machines.attribution.targets import Target, of_class
from image_machines.network.identity import fingerprint
from image_machines.network.layers import UnknownLayer
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES

ROOT = Path(__file__).resolve().parent.parent
SIZE = 64

# Strided convolutions and either pooling, rectifiers, a batch norm, classes: all that gradients are bent in.
RUN = """
import sys
import keras, numpy as np
from image_machines.attribution.heatmaps import heatmaps
from image_machines.attribution.targets import of_class
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES

random, layers = np.random.default_rng(0), keras.layers
inputs = keras.Input((None, None, 3))
tensor = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(inputs)
tensor = layers.BatchNormalization()(tensor)
tensor = layers.MaxPooling2D(2, padding="same")(layers.ReLU()(tensor))
tensor = layers.DepthwiseConv2D(3, strides=2, padding="same")(tensor)
tensor = layers.AveragePooling2D(2)(layers.ReLU(6.0)(layers.Conv2D(12, 3, padding="same")(tensor)))
tensor = layers.GlobalAveragePooling2D()(layers.Conv2D(12, 3, padding="same", activation="relu")(tensor))
model = keras.Model(inputs, layers.Dense(3, activation="softmax", name="classes")(tensor))
for layer in model.layers:
    shapes = [value.shape for value in layer.get_weights()]
    layer.set_weights([random.uniform(0.2, 1, shape) - 0.5 * (len(shape) > 1) for shape in shapes])
network = Network("strided", model, PIXEL_RANGES["0..1"], ("a", "b", "c"), "", "", 64)
pictures = random.integers(0, 255, (3, 64, 64, 3), np.uint8)
targets = [of_class(network, name) for name in network.classes]
np.savez(sys.argv[1], **{name: heatmaps(network, pictures, targets, name) for name in sys.argv[2:]})
"""
BENT = ("mended guided backpropagation", "deconvnet", "grad-cam", "occlusion")  # what differs in its program


@pytest.fixture(scope="module")
def red_or_blue() -> Network:
    """A network whose first class is for red, its second for blue; it looks through two strided layers."""
    layers = keras.layers
    inputs = keras.Input((None, None, 3))
    tensor = layers.Conv2D(2, 3, strides=2, padding="same", activation="relu", name="colours")(inputs)
    tensor = layers.MaxPooling2D(2, name="largest")(tensor)
    tensor = layers.Conv2D(2, 3, padding="same", activation="relu", name="areas")(tensor)
    tensor = layers.GlobalAveragePooling2D(name="pool")(tensor)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax", name="predictions")(tensor))
    kernel = np.zeros((3, 3, 3, 2))
    kernel[..., 0, 0] = kernel[..., 2, 1] = 1 / 9
    kernel[..., 1, :] = -1 / 9
    model.get_layer("colours").set_weights([kernel, np.full(2, -0.05)])
    areas = np.zeros((3, 3, 2, 2))
    areas[..., 0, 0] = areas[..., 1, 1] = 1 / 9
    model.get_layer("areas").set_weights([areas, np.zeros(2)])
    model.get_layer("predictions").set_weights([np.eye(2), np.zeros(2)])
    pixels = PIXEL_RANGES["0..1"]
    return Network("colours", model, pixels, ("red", "blue"), fingerprint(model, pixels), "by hand", SIZE)


def spotted(height: int = SIZE, width: int = SIZE) -> np.ndarray:
    """A grey picture with a red patch at the upper left and a blue one at the lower right."""
    picture = np.full((height, width, 3), 128, np.uint8)
    picture[height // 8 : 3 * height // 8, width // 8 : 3 * width // 8] = (250, 10, 10)
    picture[5 * height // 8 : 7 * height // 8, 5 * width // 8 : 7 * width // 8] = (10, 10, 250)
    return picture


def share(heat: np.ndarray, name: str) -> float:
    """How much of the heat lies in the quarter of the picture that has the patch of that colour."""
    rows, columns = heat.shape[0] // 2, heat.shape[1] // 2
    part = heat[:rows, :columns] if name == "red" else heat[rows:, columns:]
    return float(part.sum() / heat.sum())


@pytest.mark.parametrize("name", ["red", "blue"])
@pytest.mark.parametrize("method", [each for each in METHODS if each != "noise"])
def test_the_heat_of_a_class_lies_on_what_decides_it(red_or_blue: Network, method: str, name: str) -> None:
    heat = heatmap(red_or_blue, spotted(90, 120), of_class(red_or_blue, name), method)
    assert (heat.shape, heat.dtype) == ((90, 120), np.float32)
    assert (heat.min() >= 0, heat.max()) == (True, 1)
    if "deconvnet" in method:  # it does not ask which units were at work, so it only knows the strongest
        return
    assert share(heat, name) > 0.8


@pytest.mark.parametrize("method", ["guided backpropagation", "mended guided backpropagation", "deconvnet"])
def test_the_heat_of_a_channel_lies_about_its_strongest_position(red_or_blue: Network, method: str) -> None:
    heat = heatmap(red_or_blue, spotted(), Target("areas", 1), method)
    assert share(heat, "blue") > 0.95
    other = heatmap(red_or_blue, spotted(), Target("areas", 1, place=(3, 3)), method)
    assert other.max() == 0 or share(other, "red") > 0.95


def test_a_direction_is_heated_as_its_channel(red_or_blue: Network) -> None:
    channel = heatmap(red_or_blue, spotted(), Target("areas", 1))
    assert np.array_equal(heatmap(red_or_blue, spotted(), Target("areas", vector=(0.0, 1.0))), channel)


def test_pictures_in_a_batch_get_the_heat_that_each_gets_alone(tiny_network: Network) -> None:
    network = tiny_network.with_graph(tiny_network.graph, size=32)
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 255, (40 + 5 * index, 50, 3), np.uint8) for index in range(4)]
    targets = [Target("features", 3), Target("predictions", 1), Target("features", 9), Target("late", 0)]
    for method in METHODS:
        if method in ("noise", "grad-cam"):
            continue
        together = heatmaps(network, pictures, targets, method)
        for picture, target, heat in zip(pictures, targets, together, strict=True):
            assert heat.shape == picture.shape[:2]
            assert heat == pytest.approx(heatmap(network, picture, target, method), abs=1e-3)


def test_noise_depends_on_its_seed_alone(red_or_blue: Network) -> None:
    target = of_class(red_or_blue, 0)
    first, again, other = (heatmap(red_or_blue, spotted(), target, "noise", seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_integrated_gradients_add_up_to_the_difference(red_or_blue: Network) -> None:
    """Completeness (Sundararajan et al. 2017): a grey picture and this one differ by the sum of the heat."""
    from image_machines.attribution import gradients, heatmaps
    from image_machines.attribution.targets import bound

    target = bound(red_or_blue, [of_class(red_or_blue, "red")])
    image = heatmaps.shown(red_or_blue, spotted())[None]
    ends = [float(gradients.values(red_or_blue, each, target)[0]) for each in (image, 0 * image)]
    heat = methods.integrated_gradients(red_or_blue, image, target)
    assert heat.sum() == pytest.approx(ends[0] - ends[1], rel=0.05)


def test_nothing_that_speaks_for_a_class_is_no_heat(red_or_blue: Network) -> None:
    black = np.zeros((SIZE, SIZE, 3), np.uint8)
    assert heatmap(red_or_blue, black, of_class(red_or_blue, 0), "grad-cam").max() == 0


def test_what_there_is_not_is_named(red_or_blue: Network) -> None:
    picture = spotted()
    with pytest.raises(ValueError, match="no method 'grad-cm' .*did you mean 'grad-cam'.*; choices: mended"):
        heatmap(red_or_blue, picture, of_class(red_or_blue, 0), "grad-cm")
    with pytest.raises(ValueError, match="no neuron 'green'.*classes: red, blue"):
        of_class(red_or_blue, "green")
    with pytest.raises(UnknownLayer, match="no layer 'areaz'.*did you mean 'areas'"):
        heatmap(red_or_blue, picture, Target("areaz", 0))
    with pytest.raises(ValueError, match="areas has 2 channels, the vector has 3"):
        heatmap(red_or_blue, picture, Target("areas", vector=(1.0, 0.0, 0.0)))
    with pytest.raises(ValueError, match="a neuron or a vector"):
        heatmap(red_or_blue, picture, Target("areas"))
    with pytest.raises(ValueError, match="no map before colours, so no grad-cam"):
        heatmap(red_or_blue, picture, Target("colours", 0), "grad-cam")
    with pytest.raises(ValueError, match="2 pictures, 1 targets"):
        heatmaps(red_or_blue, [picture, picture], [of_class(red_or_blue, 0)])


def test_a_grid_is_found_and_an_even_picture_has_none() -> None:
    grid = np.zeros((64, 64))
    grid[::4, ::4] = 1
    assert energy_at_stride(grid, 4) == pytest.approx(1)
    assert energy_at_stride(np.random.default_rng(0).normal(size=(64, 64)), 4) == pytest.approx(
        15 / 4095, rel=1
    )
    assert energy_at_stride(np.ones((64, 64)), 4) == 0
    with pytest.raises(ValueError, match="does not show a stride of 64"):
        energy_at_stride(grid, 64)


@pytest.fixture(scope="module")
def heat_on(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, np.ndarray]]:
    """The heat of `BENT` on a backend, made in a process of its own, or a skip where there is none."""

    @cache
    def made(backend: str) -> dict[str, np.ndarray]:
        if find_spec(backend) is None:
            pytest.skip(f"{backend} is not installed; this test needs it: pip install {backend}")
        file = tmp_path_factory.mktemp(backend) / "heat.npz"
        environment = {"KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
        arguments = [sys.executable, "-c", RUN, str(file), *BENT]
        subprocess.run(arguments, env=os.environ | environment, check=True, timeout=300)
        return dict(np.load(file))

    return made


@pytest.mark.parametrize("method", BENT)
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_backends_heat_the_same(
    backend: str, method: str, heat_on: Callable[[str], dict[str, np.ndarray]]
) -> None:
    heat, reference = heat_on(backend)[method], heat_on("tensorflow")[method]
    assert all(each.std() > 0.01 for each in reference)
    assert heat == pytest.approx(reference, abs=5e-3)
