"""Relevant features: what was planted is found, and matters; the constraint is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from image_machines import images
from image_machines.attribution import (
    averages,
    concepts,
    distribution,
    explanation,
    features,
    gradients,
    removal,
)
from image_machines.attribution.features import Relevance, relevant, solutions
from image_machines.attribution.heatmaps import shown
from image_machines.network import responses
from image_machines.network.identity import fingerprint
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES
from studies.relevance import directions, study

SIZE, COLOURS = 48, {"red": (250, 10, 10), "green": (10, 250, 10), "blue": (10, 10, 250)}


@pytest.fixture(scope="module")
def colours() -> Network:
    """A network whose classes are three colours, each the business of one of twelve channels of ``areas``."""
    layers = keras.layers
    keras.utils.set_random_seed(0)
    inputs = keras.Input((None, None, 3))
    tensor = layers.Conv2D(12, 3, strides=2, padding="same", activation="relu", name="areas")(inputs)
    tensor = layers.GlobalMaxPooling2D(name="pool")(tensor)
    model = keras.Model(inputs, layers.Dense(3, activation="softmax", name="predictions")(tensor))
    kernel = np.random.default_rng(0).normal(0, 0.05, (3, 3, 3, 12))
    for colour in range(3):
        kernel[..., 4 * colour] = -1 / 9
        kernel[..., colour, 4 * colour] = 1 / 9
    model.get_layer("areas").set_weights([kernel, np.zeros(12)])
    dense = np.zeros((12, 3))
    dense[[0, 4, 8], [0, 1, 2]] = 8
    model.get_layer("predictions").set_weights([dense, np.zeros(3)])
    pixels = PIXEL_RANGES["0..1"]
    return Network("colours", model, pixels, tuple(COLOURS), fingerprint(model, pixels), "by hand", SIZE)


def picture(name: str, random: np.random.Generator) -> np.ndarray:
    """Noise with a patch of one colour anywhere."""
    made = random.integers(60, 200, (SIZE, SIZE, 3), np.uint8)
    row, column = random.integers(4, SIZE - 16, 2)
    made[row : row + 12, column : column + 12] = COLOURS[name]
    return made


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, str]]]:
    """Sixty pictures, twenty of each colour, every other one by the school of its colour."""
    folder = tmp_path_factory.mktemp("colours")
    random, records = np.random.default_rng(0), []
    for number in range(60):
        name = list(COLOURS)[number % 3]
        images.save(folder / f"{number}.png", picture(name, random))
        school = f"school of {name}" if number % 2 else "Elsewhere"
        records.append({"file": f"{number}.png", "class": name, "school": school, "timeframe": ""})
    return folder, records


@pytest.fixture(scope="module")
def measured(colours: Network, collection: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder, records = collection
    layers = ["areas", "predictions"]
    return responses.measure(colours, records, folder, layers, tmp_path_factory.mktemp("responses"))


@pytest.fixture(scope="module")
def found(colours: Network, measured: Any) -> Relevance:
    rows, neurons = features.responses_of(measured, ["areas"])
    predictions = np.asarray(measured.array("predictions", "maximum")).argmax(axis=0)
    return relevant(rows, neurons, predictions, np.arange(60) % 4 == 0, colours.classes)


def test_a_row_has_unit_length_in_each_layer(measured: Any) -> None:
    rows, neurons = features.responses_of(measured, ["areas", "predictions"])
    assert rows.shape == (60, 15)
    assert (neurons[0], neurons[-1]) == (("areas", 0), ("predictions", 2))
    assert np.linalg.norm(rows[:, :12], axis=1) == pytest.approx(np.ones(60))
    assert np.linalg.norm(rows[:, 12:], axis=1) == pytest.approx(np.ones(60))


def test_the_planted_feature_is_among_the_first_three_of_its_class(found: Relevance) -> None:
    for number, name in enumerate(COLOURS):
        assert 4 * number in [feature.neuron for feature in found.of(name)[:3]]
    assert max(point.accuracy for point in found.curve) > 0.9
    assert np.abs(found.weights).sum(axis=1) == pytest.approx(np.full(3, found.mu), rel=1e-6)


def test_the_constraint_holds_and_no_weights_within_it_fit_better() -> None:
    """Against projected gradient descent from many starts: nothing within the bound has a smaller error."""
    random = np.random.default_rng(0)
    rows = random.uniform(0, 1, (40, 8))
    label = (rows[:, 2] > 0.5).astype(float)
    rows, label = rows - rows.mean(axis=0), label - label.mean()
    for mu, weights in zip((0.2, 0.7, 1.1), solutions(rows, label[:, None], (0.2, 0.7, 1.1)), strict=True):
        assert np.abs(weights[0]).sum() == pytest.approx(mu, rel=1e-9)
        error = ((rows @ weights[0] - label) ** 2).sum()
        for _ in range(200):
            other = weights[0] + random.normal(0, 0.02, 8)
            other *= min(1, mu / np.abs(other).sum())
            assert ((rows @ other - label) ** 2).sum() >= error - 1e-9


def test_more_mu_means_more_features_and_pictures_must_be_held_out(measured: Any, found: Relevance) -> None:
    counts = [sum(point.features) for point in found.curve]
    assert counts[0] < counts[-1]
    rows, neurons = features.responses_of(measured, ["areas"])
    with pytest.raises(ValueError, match="0 of 60 pictures are held out"):
        relevant(rows, neurons, np.zeros(60, int), np.zeros(60, bool), ("a",))


def test_a_silent_planted_channel_takes_its_class_away_and_random_ones_do_not(
    colours: Network, collection: Any, found: Relevance
) -> None:
    folder, records = collection
    given = np.stack([shown(colours, images.read(folder / row["file"])) for row in records[:12]])
    truth = np.arange(12) % 3
    assert removal.logits(colours, given, ["areas"], [[]] * 12).argmax(axis=1).tolist() == truth.tolist()
    first = [[(f.layer, f.neuron) for f in found.of(records[index]["class"])[:1]] for index in range(12)]
    others = [[("areas", 3), ("areas", 7)]] * 12
    assert removal.logits(colours, given, ["areas"], first)[np.arange(12), truth].max() < 1
    assert removal.logits(colours, given, ["areas"], others).argmax(axis=1).tolist() == truth.tolist()


def test_an_explanation_names_the_planted_feature_and_heats_its_part(
    colours: Network, found: Relevance
) -> None:
    random = np.random.default_rng(7)
    for number, name in enumerate(COLOURS):
        work = picture(name, random)
        said = explanation.explain(colours, work, found, features=2)
        assert (said.name, said.probability > 0.5) == (name, True)
        first = said.supports[0]
        assert first.feature.neuron == 4 * number
        part = (work == COLOURS[name]).all(axis=-1)
        assert part[np.unravel_index(first.heat.argmax(), first.heat.shape)]
        both = said.heat(work.shape[:2])
        assert (both.shape, both.max()) == (work.shape[:2], 1)
        assert part[np.unravel_index(both.argmax(), both.shape)]
        other = explanation.explain(colours, work, found, name=list(COLOURS)[number - 1])
        assert (other.name, other.probability < 0.5) == (list(COLOURS)[number - 1], True)
        kept = explanation.without(colours, work, [])
        assert kept[name] == pytest.approx(said.probability, rel=1e-4)
        assert explanation.without(colours, work, [first.feature])[name] < 0.5 < kept[name]


def test_the_average_of_a_channel_shows_its_colour_in_the_middle(measured: Any) -> None:
    for number, name in enumerate(COLOURS):
        mean = averages.average(measured, "areas", 4 * number, works=20, side=32)
        assert mean.shape == (32, 32, 3)
        assert mean[12:20, 12:20].mean(axis=(0, 1)).argmax() == list(COLOURS).index(name)


def test_concepts_are_the_parts_and_seeds_find_the_same_ones(colours: Network, collection: Any) -> None:
    folder, records = collection
    given = np.stack([shown(colours, images.read(folder / row["file"])) for row in records[:12]])
    maps = gradients.maps_of(colours, given, "areas")
    both = [concepts.factorised("areas", maps, 4, seed) for seed in (0, 1)]
    assert both[0].directions.shape == (4, 12)
    assert np.linalg.norm(both[0].directions, axis=1) == pytest.approx(np.ones(4), rel=1e-4)
    assert concepts.stability([both[0], concepts.factorised("areas", maps, 4, 0)]) == pytest.approx(
        1, rel=1e-4
    )
    assert 0.5 < concepts.stability(both) <= 1
    assert both[0].strengths(maps).shape == (*maps.shape[:3], 4)
    less = both[0].without(maps, range(4))
    assert np.abs(less).sum() < 0.5 * np.abs(maps).sum()
    same = concepts.logits_from(colours, "areas", maps, given)
    assert same == pytest.approx(removal.logits(colours, given, ["areas"], [[]] * 12), rel=1e-3, abs=1e-3)
    with pytest.raises(ValueError, match="areas has values below 0"):
        concepts.factorised("areas", maps - 1, 4)


def test_a_class_has_a_concept_that_speaks_for_it_and_is_drawn_once(
    colours: Network, collection: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, records = collection
    monkeypatch.setattr(directions, "OCTAVE", 1)
    known = study.learned(tmp_path, folder, colours, records, np.arange(60) % 4 == 0)
    found = directions.found(known)
    assert found.strengths.shape[::3] == (45, 16)
    assert all(found.weights[place, found.chief(place)] > 0 for place in range(3))
    first = directions.drawn(known, found.concepts, found.chief(0))
    (file,) = (tmp_path / "relevance" / "concepts").iterdir()
    written = file.stat().st_mtime_ns
    assert (directions.drawn(known, found.concepts, found.chief(0)) == first).all()
    assert file.stat().st_mtime_ns == written


def test_ratios_are_said_in_words() -> None:
    said = {2.04: "twice", 0.497: "half", 1.43: "1.4 times", 1.04: "1.04 times"}
    for ratio, words in said.items():
        group = distribution.Group("school", "Dutch", 9, ratio, 0.001, 0.001)
        assert str(group) == f"{words} as strong in Dutch works (9) as chance allows"
    assert str(distribution.Group("school", "Dutch", 9, 2.0, 0.5, 0.5)).startswith("as strong in Dutch works")


def test_a_feature_stronger_in_one_school_is_found_and_chance_is_not(measured: Any, collection: Any) -> None:
    _, records = collection
    strength = np.array(measured.array("areas", "maximum")[0], np.float64)
    listed = distribution.groups(strength, records, draws=2000)
    first = listed[0]
    assert (first.column, first.value, first.stands) == ("school", "school of red", True)
    assert "as strong in school of red works (10) as chance allows" in distribution.sentence(listed)
    within = distribution.groups(strength, records, within=[row["class"] for row in records], draws=2000)
    assert not any(group.stands for group in within)
    chance = distribution.groups(np.random.default_rng(0).uniform(0, 1, 60), records, draws=2000)
    assert not any(group.stands for group in chance)
    assert "nowhere" in distribution.sentence(chance)
    assert [group.works for group in distribution.groups(strength, records, ["timeframe"])] == []
