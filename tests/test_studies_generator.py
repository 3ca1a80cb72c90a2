"""The generators' study: distances mean what they say, likeness tells collections apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines.network.generator.training import train
from image_machines.vision.metapictures.methods import GRADIENTS, PRIOR, SIDE, methods
from image_machines.vision.parametrizations import Generated
from studies.metapictures import generator_figures, tradeoff
from studies.metapictures.generator import training
from studies.metapictures.generator_measures import Collection, likeness, pairs, reconstructions
from studies.metapictures.tradeoff import Neurons, pictures
from tests.test_generator import RECIPE
from tests.test_pipeline import paint


@pytest.fixture(scope="module")
def known(tiny_network: Any, tmp_path_factory: pytest.TempPathFactory) -> Collection:
    folder = tmp_path_factory.mktemp("run")
    for seed, (name, colour) in enumerate({"green": (60, 160, 60), "red": (160, 60, 60)}.items()):
        paint(folder / "data" / "train" / name, colour, 12, seed)
        paint(folder / "data" / "val" / name, colour, 4, seed + 10)
    made = train(RECIPE, tiny_network, folder / "data", folder / "generators", "run")
    return Collection("run", folder / "data", made, tiny_network)


def flat(colour: tuple[int, int, int], count: int) -> np.ndarray:
    grain = np.random.default_rng(count).integers(-20, 21, (count, 32, 32, 3))
    return (grain + np.array(colour)).astype(np.uint8)


def test_what_comes_back_is_nearer_than_a_random_work(known: Collection) -> None:
    found = reconstructions(known)
    rows = found["pictures"]
    assert found["works"] == 8 and found["taught"] == 24
    assert rows["from its code"]["pixels"] < rows["random work"]["pixels"]
    assert rows["nearest work"]["pixels"] < rows["random work"]["pixels"]
    low, high = rows["random work"]["interval"]
    assert low <= rows["random work"]["features"] <= high


def test_likeness_tells_whose_works_a_picture_is_like(tiny_network: Any) -> None:
    works = {"red": flat((160, 60, 60), 9), "green": flat((60, 160, 60), 6)}
    drawn = {"reddish": flat((150, 70, 60), 4), "greenish": flat((70, 150, 60), 3)}
    assert likeness(tiny_network, drawn, works) == {
        "reddish": {"pictures": 4, "red": 4, "green": 0},
        "greenish": {"pictures": 3, "red": 0, "green": 3},
    }


def test_the_generator_is_a_method_with_as_many_gradients(
    known: Collection, tiny_network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = known.data.parent / "generators" / "run.keras"
    settings = methods(generator=file)[PRIOR]
    assert sum(settings.schedule()) == GRADIENTS and settings.sizes() == (SIDE,)
    assert isinstance(settings.parametrization, Generated) and settings.parametrization.fingerprint
    assert PRIOR not in methods()
    small = methods(32, 4, file)[PRIOR]
    chosen = Neurons("middle channel", "features", (1, 3))
    made = pictures(tiny_network, chosen, "prior", small, tmp_path)
    monkeypatch.setattr(tradeoff, "drawn", lambda *_: pytest.fail("drawn again"))
    again = pictures(tiny_network, chosen, "prior", small, tmp_path)
    assert np.array_equal(made, again) and np.shape(made) == (2, 32, 32, 3)
    shown = np.stack(made)
    figure = generator_figures.through(["one", "two"], {"plain": shown, "run": shown})
    assert len(figure.axes) == 4


def test_whose_generator_made_a_picture_shows_in_what_it_leans_to(tiny_network: Any) -> None:
    works = {"red": flat((160, 60, 60), 9), "green": flat((60, 160, 60), 6)}
    drawn = {"red": flat((150, 70, 60), 4), "green": flat((70, 150, 60), 4)}
    (row,) = pairs(tiny_network, drawn, works)
    assert (row["one"], row["other"], row["more"], row["neurons"]) == ("red", "green", 4, 4)
    (swapped,) = pairs(tiny_network, {"red": drawn["green"], "green": drawn["red"]}, works)
    assert swapped["more"] == 0 and swapped["lean"] == pytest.approx(-row["lean"])


def test_every_collection_is_taught_as_many_updates(known: Collection) -> None:
    batches = 24 * RECIPE.views // training(known.data).batch_size
    few = training(known.data, updates=60)
    assert few.epochs * (24 * few.views // few.batch_size) == pytest.approx(60, abs=batches * 2)
    assert replace(few, epochs=1) == replace(training(known.data, updates=600), epochs=1)
