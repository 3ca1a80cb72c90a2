"""The engine on networks of every range, number of colours and form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import pytest

from image_machines.network import models
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES
from image_machines.vision import features, objectives
from image_machines.vision.settings import Settings

SMALL = Settings(octaves=2, octave_scale=1.5, final_size=36, iterations=6)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize(("pixels", "channels"), [("0..255", 3), ("caffe", 3), ("grey 0..1", 1)])
def test_saved_models_of_any_range_and_colours(
    pixels: str, channels: int, suffix: str, tmp_path: Path
) -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((None, None, channels)),
            keras.layers.Conv2D(4, 3, activation="relu", name="early"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, activation="sigmoid", name="answer"),
        ]
    )
    path = tmp_path / f"own{suffix}"
    model.save(path)
    network = models.load(path, pixels=pixels)
    for objective in (objectives.channel("early", 1), objectives.logit(0), objectives.probability(1)):
        result = features.render(network, objective, SMALL)
        first = next(features.visualize(network, objective, SMALL))
        assert result.activation > first.activation
    grey = result.image.std(-1).max() < 0.2
    assert channels == 3 or grey


def test_a_network_of_one_size_draws_its_classes_at_any_size() -> None:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((16, 16, 3))
    tensor = keras.layers.Conv2D(4, 3, activation="relu", name="early")(inputs)
    tensor = keras.layers.Dense(3, name="answer")(keras.layers.Flatten()(tensor))
    network = Network("fixed", keras.Model(inputs, tensor), PIXEL_RANGES["-1..1"], (), "", "")
    for objective in (objectives.channel("early", 1), objectives.logit(2)):
        frames = list(features.visualize(network, objective, SMALL))
        assert frames[-1].activation > frames[0].activation
        assert frames[-1].image.shape == (36, 36, 3)


def test_a_layer_of_a_model_without_its_classes(tiny_network: Any) -> None:
    network = replace(tiny_network, classes=())
    with pytest.raises(ValueError, match="classes: none known"):
        features.visualize(network, objectives.logit("portrait"), SMALL)
