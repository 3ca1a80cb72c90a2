"""Objectives: every kind rises, arithmetic is linear, names and numbers are checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from image_machines.network import gradient
from image_machines.network.forward import Reading, forward
from image_machines.network.layers import UnknownLayer
from image_machines.vision import ascent, features, objectives
from image_machines.vision.objectives import Objective
from image_machines.vision.settings import Settings
from image_machines.vision.terms import KINDS

FEW = Settings(octaves=1, final_size=32, iterations=8, regularizers=(), precision="float32", score="logit")


def measured(network: Any, objective: Objective, images: np.ndarray, border: int = 2) -> np.ndarray:
    bound = objectives.bind(objective, network)
    plan = ascent.Plan(structure=objectives.structure(bound), border=border, precision="exact")
    numbers = objectives.numbers([bound] * len(images), network)
    return gradient.to_array(ascent.measure(network, plan)(images, numbers, ()))


def maps(network: Any, layer: str, images: np.ndarray, raw: bool = True) -> np.ndarray:
    return gradient.to_array(forward(network, (Reading(layer, raw),), "exact")(images)[0])


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(1).normal(0, 0.5, (2, 32, 40, 3)).astype(np.float32)


@pytest.mark.parametrize(
    "objective",
    [
        objectives.channel("features", 3),
        objectives.channel("dense", 2),
        objectives.quadratic("features", 3),
        objectives.quadratic("dense", 2),
        objectives.quadratic("features", 3),
        objectives.quadratic("dense", 2),
        objectives.unit("features", 3),
        objectives.unit("late", 5, 2, 5),
        objectives.layer("features"),
        objectives.direction("features", np.linspace(-1, 1, 16)),
        objectives.logit("landscape"),
        objectives.probability(2),
        -objectives.channel("norm", 4),
        2 * objectives.channel("features", 3) - 0.5 * objectives.channel("late", 2),
    ],
    ids=str,
)
def test_every_objective_rises(tiny_network: Any, objective: Objective) -> None:
    frames = list(features.visualize(tiny_network, objective, FEW, seed=2))
    assert frames[-1].activation > frames[0].activation
    assert frames[-1].warnings == ()


def test_channel_is_the_mean_inside_the_border(tiny_network: Any, images: np.ndarray) -> None:
    expected = maps(tiny_network, "features", images)[:, 2:-2, 2:-2, 3].mean((1, 2))
    np.testing.assert_allclose(
        measured(tiny_network, objectives.channel("features", 3), images), expected, rtol=1e-5
    )


@pytest.mark.parametrize("size", [2, 4, 6, 8, 10, 12, 14])
def test_border_shrinks_before_nothing_is_left(tiny_network: Any, size: int) -> None:
    images = np.random.default_rng(0).normal(0, 0.5, (1, size, size, 3)).astype(np.float32)
    read = maps(tiny_network, "features", images)[0, :, :, 3]
    border = min(2, (len(read) - 1) // 2)
    expected = read[border : len(read) - border, border : len(read) - border].mean()
    value = measured(tiny_network, objectives.channel("features", 3), images)[0]
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-7)


def test_unit_is_one_position(tiny_network: Any, images: np.ndarray) -> None:
    read = maps(tiny_network, "features", images)[..., 5]
    for place, (row, column) in {(3, 7): (3, 7), (0.5, 0.5): (8, 10), (99, 0): (15, 0)}.items():
        value = measured(tiny_network, objectives.unit("features", 5, *place), images)
        np.testing.assert_allclose(value, read[:, row, column], rtol=1e-5)


def test_arithmetic_is_linear(tiny_network: Any, images: np.ndarray) -> None:
    a, b = objectives.channel("features", 1), objectives.channel("late", 2)
    first, second = measured(tiny_network, a, images), measured(tiny_network, b, images)
    np.testing.assert_allclose(
        measured(tiny_network, 2 * a + 3 * b, images), 2 * first + 3 * second, rtol=1e-5
    )
    np.testing.assert_allclose(measured(tiny_network, -(a - b), images), second - first, rtol=1e-5)


def test_two_a_plus_three_b_is_five_at_one() -> None:
    a, b = objectives.channel("x", 0), objectives.channel("y", 0)
    ones = [np.ones((1, 3, 3, 1), np.float32)] * 2
    one, zeros = np.ones((1, 1), np.float32), np.zeros((1, 2), np.float32)
    terms = (objectives.TermNumbers(one, zeros),) * 2
    numbers = objectives.Numbers(np.array([(2 * a + 3 * b).weights], np.float32), terms)
    assert gradient.to_array(objectives.value(["direction"] * 2, ones, numbers)) == pytest.approx(5)


def test_logit_and_probability_are_the_last_layer_without_and_with_softmax(
    tiny_network: Any, images: np.ndarray
) -> None:
    logits, probabilities = (maps(tiny_network, "predictions", images, raw) for raw in (True, False))
    np.testing.assert_allclose(measured(tiny_network, objectives.logit(1), images), logits[:, 1], rtol=1e-5)
    np.testing.assert_allclose(
        measured(tiny_network, objectives.probability("landscape"), images), probabilities[:, 1], rtol=1e-5
    )
    exponents = np.exp(logits - logits.max(1, keepdims=True))
    np.testing.assert_allclose(probabilities, exponents / exponents.sum(1, keepdims=True), rtol=1e-4)
    np.testing.assert_allclose(probabilities, tiny_network.graph(images), rtol=1e-4)


def test_log_odds_are_a_class_against_all_others(tiny_network: Any, images: np.ndarray) -> None:
    probabilities = maps(tiny_network, "predictions", images, raw=False)[:, 1].astype(np.float64)
    found = measured(tiny_network, objectives.log_odds("landscape"), images)
    np.testing.assert_allclose(found, np.log(probabilities / (1 - probabilities)), rtol=1e-3, atol=1e-4)


def test_log_odds_go_on_rising_where_the_probability_is_one() -> None:
    import keras
    from keras import ops

    vector, place = np.eye(3, dtype=np.float32)[:1], np.zeros((1, 2), np.float32)
    sure = ops.convert_to_tensor(np.array([[60.0, 0.0, 1.0]], np.float32))
    odds = KINDS["log-odds"](sure, vector, place, 2)
    assert float(keras.ops.softmax(sure)[0, 0]) == 1
    assert gradient.to_array(odds)[0] == pytest.approx(60 - np.log(1 + np.e), rel=1e-5)


def test_log_odds_of_what_is_no_class_are_the_neuron_itself(tiny_network: Any) -> None:
    assert str(objectives.neuron(tiny_network, "features", 3, "log-odds")) == "features:3"
    assert str(objectives.neuron(tiny_network, "predictions", 1, "log-odds")) == "predictions:1, log-odds"


def test_softmax_is_found_by_rewiring_and_not_by_name(tiny_network: Any, images: np.ndarray) -> None:
    import keras

    output = keras.layers.Dense(4, name="anything")(tiny_network.graph.get_layer("pool").output)
    model = keras.Model(tiny_network.graph.inputs, keras.layers.Softmax(name="last")(output))
    network = replace(tiny_network, graph=model, classes=())
    np.testing.assert_allclose(
        measured(network, objectives.logit(2), images), maps(network, "anything", images)[:, 2], rtol=1e-5
    )


def test_direction_of_one_channel_is_the_channel(tiny_network: Any, images: np.ndarray) -> None:
    np.testing.assert_allclose(
        measured(tiny_network, objectives.direction("features", np.eye(16)[4]), images),
        measured(tiny_network, objectives.channel("features", 4), images),
    )


def test_diversity_is_highest_for_unlike_images(tiny_network: Any, images: np.ndarray) -> None:
    alike = np.stack([images[0], images[0]])
    same = measured(tiny_network, objectives.diversity("features"), alike)
    np.testing.assert_allclose(same, -1, atol=1e-4)
    assert (measured(tiny_network, objectives.diversity("features"), images) > same).all()


def test_diversity_sets_a_batch_apart(tiny_network: Any) -> None:
    def spread(weight: float) -> float:
        batch = [objectives.channel("features", 3) + weight * objectives.diversity("features")] * 3
        *_, last = features.visualize_batch(tiny_network, batch, FEW.replace(iterations=20), seed=[0, 1, 2])
        return float(measured(tiny_network, objectives.diversity("features"), last.images).mean())

    assert spread(5.0) > spread(0.0)


def test_interpolation_goes_from_one_unit_to_the_other(tiny_network: Any) -> None:
    first, second = objectives.channel("features", 1), objectives.channel("features", 2)
    steps = objectives.interpolation(first, second, 3)
    assert [step.weights for step in steps] == [(1, 0), (0.5, 0.5), (0, 1)]
    batch = next(features.visualize_batch(tiny_network, steps, FEW, seed=0))
    alone = [next(features.visualize(tiny_network, each, FEW, seed=0)).image for each in (first, second)]
    np.testing.assert_allclose(batch.images[0], alone[0], atol=1e-5)
    np.testing.assert_allclose(batch.images[2], alone[1], atol=1e-5)
    assert np.abs(batch.images[1] - alone[0]).max() > 1e-3


def test_neuron_is_named_as_a_reader_names_it(tiny_network: Any) -> None:
    assert str(objectives.neuron(tiny_network, "Features", 3)) == "features:3"
    assert objectives.neuron(tiny_network, "predictions", 1).terms[0].raw
    assert not objectives.neuron(tiny_network, "predictions", 1, "probability").terms[0].raw


@pytest.mark.parametrize(
    ("objective", "sentence"),
    [
        (objectives.channel("feature", 3), "no layer 'feature'.*did you mean 'features'"),
        (objectives.channel("features", 16), "features has neurons 0-15, not 16"),
        (objectives.channel("features", -1), "0-15"),
        (objectives.logit("portraits"), "no class 'portraits'.*did you mean 'portrait'"),
        (objectives.logit("portrait", "features"), "features has no class 'portrait': classes are told by"),
        (objectives.direction("features", [1, 2]), "features has 16 channels, the direction has 2"),
    ],
)
def test_what_the_network_does_not_have_is_one_sentence(
    tiny_network: Any, objective: Objective, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        features.visualize(tiny_network, objective, FEW)


def test_unknown_score_lists_the_choices(tiny_network: Any) -> None:
    with pytest.raises(ValueError, match="choices: logit, log-odds, probability"):
        objectives.neuron(tiny_network, "predictions", 0, "sofmax")
    with pytest.raises(UnknownLayer):
        objectives.neuron(tiny_network, "mixed5", 0)


def test_a_batch_has_one_structure(tiny_network: Any) -> None:
    batch = [objectives.channel("features", 1), objectives.channel("late", 1)]
    with pytest.raises(ValueError, match="one structure, not 2"):
        features.visualize_batch(tiny_network, batch, FEW)
