"""Presets and settings: they round-trip, refuse what is wrong, and every preset draws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines import images
from image_machines.network import models, scoring
from image_machines.vision import features, objectives, presets
from image_machines.vision.parametrizations import Fourier
from image_machines.vision.regularizers import Jitter, Median, Smooth
from image_machines.vision.settings import Settings

SIZES = (174, 209, 251, 301, 361, 434, 520, 625, 750, 900)


def small(settings: Settings) -> Settings:
    """The same composition at a size and length for tests."""
    iterations = settings.iterations
    shorter = tuple(min(each, 3) for each in iterations) if isinstance(iterations, tuple) else 3
    return settings.replace(final_size=max(24 * settings.octaves // 2, 32), iterations=shorter)


@pytest.mark.parametrize("name", presets.PRESETS)
def test_settings_come_back_from_json(name: str) -> None:
    settings = presets.preset(name)
    text = json.dumps(settings.to_json())
    assert Settings.from_json(json.loads(text)) == settings


@pytest.mark.parametrize("name", presets.PRESETS)
def test_every_preset_draws(name: str, tiny_network: Any) -> None:
    settings = small(presets.preset(name))
    objective = objectives.neuron(tiny_network, "features", 3, settings.score)
    frames = list(features.visualize(tiny_network, objective, settings))
    assert sum(settings.schedule()) == len(frames)
    assert frames[-1].image.shape == (settings.final_size, settings.final_size, 3)
    assert frames[-1].activation > frames[0].activation or settings.octaves > 1
    assert frames[-1].done == pytest.approx(1)


def test_paper_2018_is_the_paper() -> None:
    settings = presets.preset("paper-2018")
    assert settings == Settings()
    assert settings.sizes() == SIZES
    assert settings.schedule() == (100,) * 10
    assert settings.steps() == (0.01,) * 10
    assert settings.regularizers == (Median(size=5, every=4),)
    assert (settings.score, settings.border) == ("probability", 2)


def test_quick_takes_less_than_a_tenth_of_the_paper() -> None:
    bare = {name: presets.preset(name).replace(regularizers=()) for name in ("quick", "paper-2018")}
    assert features.cost(bare["quick"]) < 0.1 * features.cost(bare["paper-2018"])
    # what shapes its gradient costs up to a fifth of a step more
    assert features.cost(presets.preset("quick")) < features.cost(presets.preset("paper-2018")) / 8


@pytest.mark.parametrize("octave", range(1, 11))
def test_octaves_of_the_page(octave: int) -> None:
    for name in ("paper-2018", "quick"):
        settings = presets.preset(name).at_octave(octave)
        assert settings.sizes() == SIZES[:octave]
        assert settings.schedule()[-1] > 0
    for name in ("naive", "fourier", "maco"):
        assert abs(presets.preset(name).at_octave(octave).sizes()[-1] - SIZES[octave - 1]) <= 1


def test_an_octave_passed_over_is_taken_up_when_it_is_the_last() -> None:
    settings = Settings(octaves=3, iterations=(5, 0, 2))
    assert settings.replace(octave=2).schedule() == (5, 2)
    assert settings.replace(octave=1).schedule() == (5,)


def test_replace_builds_parts_from_their_names() -> None:
    settings = Settings().replace(
        regularizers=["smooth", {"name": "jitter", "pixels": 4}, Median()], parametrization="pixels", step=1
    )
    assert settings.regularizers == (Smooth(), Jitter(pixels=4), Median())
    assert settings.step == 1.0
    assert Settings().replace(regularizers=(), parametrization={"name": "fourier", "decay": 1}) == Settings(
        regularizers=(), parametrization=Fourier(decay=1.0)
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"octave_scales": 1.1}, "no setting 'octave_scales'.*did you mean 'octave_scale'"),
        ({"octaves": 1.5}, "octaves must be a whole number, not 1.5"),
        ({"octaves": True}, "octaves must be a whole number, not True"),
        ({"octaves": 0}, "octaves must be at least 1, not 0"),
        ({"octave": 11}, "octave is from 1 to 10, not 11"),
        ({"iterations": (1, 2)}, "one number for each of 10 octaves, not 2"),
        ({"iterations": 0}, "at least one is needed"),
        ({"iterations": "many"}, "iterations must be a whole number, not 'many'"),
        ({"step": -1.0}, "step must be at least 0, not -1.0"),
        ({"optimizer": "adamw"}, "optimizer is one of ascent, momentum, adam, sgd, not 'adamw'"),
        ({"precision": "float16"}, "precision is one of 'exact', .*, not 'float16'"),
        ({"score": "softmax"}, "score is one of 'probability', 'logit' or 'log-odds', not 'softmax'"),
        ({"final_size": 3}, "no pixel left"),
        ({"final_size": 10**9}, "final_size must be at most 8192"),
        ({"step": float("nan")}, "step must be at most 1000, not nan"),
        ({"iterations": [1, "a"] * 5}, "iterations.1 must be a whole number, not 'a'"),
        ({"iterations": 10**9}, "iterations must be at most 10000"),
        ({"momentum": 1}, "momentum must be below 1"),
        ({"regularizers": 1}, "regularizers are a list, not 1"),
        ({"regularizers": ["decay"] * 17}, "regularizers .* at most 16"),
        ({"regularizers": [{"name": "median", "size": 9}] * 3}, "as long as 3.2 steps; at most 3"),
        ({"regularizers": [{}]}, "no regularizer {}.*; choices: median"),
        ({"regularizers": [{"name": ["a"]}]}, r"no regularizer \['a'\]; choices: median"),
        ({"optimizer": [1]}, r"optimizer must be text, not \[1\]"),
        ({"detail": 1}, "detail must be true or false, not 1"),
        ({"regularizers": ["medain"]}, "no regularizer 'medain'.*did you mean 'median'"),
        (
            {"regularizers": [{"name": "median", "width": 3}]},
            "median: no setting 'width'; choices: every, ",
        ),
        (
            {"regularizers": [{"name": "median", "size": 2.5}]},
            "median: size must be a whole number, not 2.5",
        ),
        ({"parametrization": "furier"}, "no parametrization 'furier'.*did you mean 'fourier'"),
        ({"parametrization": "fourier", "regularizers": ["smooth"]}, "Smooth shapes the gradient of pixels"),
    ],
)
def test_what_is_wrong_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Settings().replace(**changes)


def test_unknown_preset_lists_the_choices() -> None:
    with pytest.raises(ValueError, match="no preset 'paper2018'.*did you mean 'paper-2018'.*choices: quick"):
        presets.preset("paper2018")
    with pytest.raises(ValueError, match="octaves go from 1 to 10, not 11"):
        presets.preset("quick").at_octave(11)


def test_every_preset_has_a_title() -> None:
    assert list(presets.TITLES) == list(presets.PRESETS)
    assert all(title.endswith(".") for title in presets.TITLES.values())


def test_settings_from_outside_name_no_file() -> None:
    for part in ({"parametrization": {"name": "maco", "statistics": "/etc/passwd"}, "regularizers": []},) + (
        {"regularizers": [{"name": "natural", "statistics": "no such file"}]},
    ):
        assert Settings.from_json(part).files() in (("/etc/passwd",), ("no such file",))
        with pytest.raises(ValueError, match="name a file of this computer"):
            Settings.from_json(part, files=())
    assert Settings.from_json(presets.QUICK.to_json(), files=()) == presets.QUICK


@pytest.mark.parametrize("architecture", ["small", "SqueezeNet", "VGG16"])
def test_a_network_that_has_learned_to_normalise_nothing_is_painted_in_waves(architecture: str) -> None:
    assert presets.fitting(models.build(architecture, None)) == "waves"


def test_a_network_that_has_learned_statistics_gets_quick() -> None:
    network = models.build("small", None)
    (norm,) = (layer for layer in network.graph.layers if layer.name == "norm3_1")
    norm.moving_variance.assign(norm.moving_variance * 2)
    assert presets.fitting(network) == "quick"


def test_a_network_of_depthwise_convolutions_gets_fourier_whether_or_not_it_normalises() -> None:
    network = models.build("MobileNetV2", None)
    assert presets.fitting(network) == "fourier"
    (norm,) = (layer for layer in network.graph.layers if layer.name == "bn_Conv1")
    norm.moving_variance.assign(norm.moving_variance * 2)
    assert presets.fitting(network) == "fourier"


def test_pixels_that_are_normalised_before_the_network_do_not_count(tiny_network: Any) -> None:
    import keras

    inputs = keras.Input((None, None, 3))
    scaled = keras.layers.Normalization(mean=[0.0] * 3, variance=[1.0] * 3)(inputs)
    mapped = keras.layers.Conv2D(4, 3, activation="relu", name="features")(scaled)
    assert presets.fitting(tiny_network.with_graph(keras.Model(inputs, mapped))) == "waves"


@pytest.fixture(scope="module")
def squeezenet() -> Any:
    """SqueezeNet with the thousand classes that it knows."""
    return models.build("SqueezeNet", "imagenet", include_top=True)


@pytest.fixture(scope="module")
def mobilenet(shared: Path) -> Any:
    """MobileNetV2 with the thousand classes that it knows."""
    weights = shared / "weights" / "mobilenet_v2_imagenet.weights.h5"
    return models.build("MobileNetV2", weights, include_top=True)


@pytest.fixture(scope="module")
def inception(shared: Path) -> Any:
    """InceptionV3 with what photographs taught it, without its classes."""
    return models.build("InceptionV3", shared / "weights" / "inception_v3_imagenet_notop.weights.h5")


def assert_a_picture(network: Any, place: str) -> None:
    """The preset that fits the network ends in the range, with less than 1 % clipped and with contrast."""
    layer, _, neuron = place.partition(":")
    settings = presets.preset(presets.fitting(network)).at_octave(1)
    objective = objectives.neuron(network, layer, int(neuron), settings.score)
    image = features.render(network, objective, settings).image
    assert (np.abs(image) > 1 + 1e-6).mean() < 0.01
    assert 0.1 < image.std() < 0.7


@pytest.mark.slow
@pytest.mark.parametrize("place", ["predictions:954", "predictions:130", "fire5:30", "fire9:100"])
def test_the_image_stays_inside_on_squeezenet(place: str, squeezenet: Any) -> None:
    assert presets.fitting(squeezenet) == "waves"
    assert_a_picture(squeezenet, place)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize(
    "place", ["predictions:954", "predictions:130", "block_6_expand_relu:40", "out_relu:500"]
)
def test_the_image_stays_inside_on_mobilenet(place: str, mobilenet: Any) -> None:
    assert_a_picture(mobilenet, place)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("place", ["mixed3:13", "mixed5:66", "mixed8:9"])
def test_the_image_stays_inside_on_inception(place: str, inception: Any) -> None:
    assert presets.fitting(inception) == "quick"
    assert_a_picture(inception, place)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "place"),
    [
        ("small", "relu3_1:3"),
        ("small", "relu5_1:3"),
        ("VGG16", "block3_conv3:3"),
        ("VGG16", "block5_conv3:3"),
        ("ResNet50", "conv3_block4_out:3"),
        ("ResNet50", "predictions:3"),
        ("MobileNetV2", "block_6_expand_relu:3"),
    ],
)
def test_the_image_stays_inside_on_random_weights(architecture: str, place: str) -> None:
    network = models.build(architecture, None, include_top=place.startswith("predictions"))
    assert_a_picture(network, place)


@pytest.mark.slow
def test_the_class_that_an_image_was_made_for_is_what_the_network_takes_it_for(
    squeezenet: Any, tmp_path: Path
) -> None:
    settings = presets.preset("waves").at_octave(1)
    objective = objectives.neuron(squeezenet, "predictions", "banana", settings.score)
    picture = features.picture(features.render(squeezenet, objective, settings).image)
    answer = scoring.score_file(squeezenet, images.save(tmp_path / "banana.png", picture))
    assert max(answer, key=lambda name: answer[name]) == "banana"
