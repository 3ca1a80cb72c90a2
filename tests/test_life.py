"""Neurons that are dead on noise: helped where that is possible, else named."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from image_machines.network import models
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES
from image_machines.vision import features, objectives, presets
from image_machines.vision.settings import Settings


def network_with_bias(bias: float) -> Network:
    """One layer whose units are all off on noise (a bias below zero)."""
    inputs = keras.Input((None, None, 3))
    layer = keras.layers.Conv2D(
        2, 3, activation="relu", name="late", bias_initializer=keras.initializers.Constant(bias)
    )
    model = keras.Model(inputs, layer(inputs))
    kernel = np.random.default_rng(0).normal(0, 1, (3, 3, 3, 2))
    layer.set_weights([kernel, np.full(2, bias)])
    return Network("off", model, PIXEL_RANGES["-1..1"], (), "", "")


def test_a_unit_that_is_dead_on_noise_is_helped() -> None:
    settings = Settings(octaves=1, final_size=24, iterations=40, regularizers=(), step=0.02)
    helped = features.render(network_with_bias(-2.0), objectives.channel("late", 1), settings)
    assert helped.activation > 0
    assert helped.warnings == ()


@pytest.mark.parametrize("warmup", [0, 16])
def test_a_unit_that_stays_dead_is_named(warmup: int) -> None:
    settings = Settings(octaves=1, final_size=24, iterations=20, regularizers=(), warmup=warmup)
    result = features.render(network_with_bias(-1000.0), objectives.channel("late", 1), settings)
    assert result.warnings == (
        "late:1 is dead on this image: it has no gradient, so the picture does not show it",
    )
    assert np.isfinite(result.image).all()


def test_a_dead_unit_of_a_batch_leaves_the_others_as_they_are_alone() -> None:
    network = network_with_bias(-2.0)
    layer = network.graph.get_layer("late")
    layer.set_weights([layer.get_weights()[0], np.array([-2.0, 1.0])])
    settings = Settings(octaves=1, final_size=24, iterations=40, regularizers=(), step=0.02)
    both = [objectives.channel("late", n) for n in (0, 1)]
    *_, last = features.visualize_batch(network, both, settings)
    for image, warned, objective in zip(last.images, last.warned, both, strict=True):
        alone = features.render(network, objective, settings)
        assert warned == alone.warnings == ()
        assert np.abs(image - alone.image).max() < 1e-4


@pytest.mark.shared
@pytest.mark.slow
def test_no_unit_of_a_capped_rectifier_stays_dead(shared: Path) -> None:
    network = models.build("MobileNetV2", weights=shared / "weights" / "mobilenet_v2_imagenet.weights.h5")
    batch = [objectives.channel("block_13_expand_relu", n) for n in range(8)]
    *_, last = features.visualize_batch(network, batch, presets.QUICK.at_octave(1))
    assert last.warnings == ()
    assert (last.activations > 1).all()
