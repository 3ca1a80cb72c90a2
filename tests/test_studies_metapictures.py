"""Metapictures: methods differ in one thing, measures mean what they say, a planted law is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines.vision.metapictures import spectrum
from image_machines.vision.metapictures.methods import (
    FREE,
    GRADIENTS,
    LONGER,
    PLAIN,
    QUADRATIC,
    SIDE,
    TIMES,
    methods,
)
from image_machines.vision.metapictures.sheet import drawn_apart
from studies.metapictures import law, legibility, page, tradeoff
from studies.metapictures.study import neurons
from studies.metapictures.tradeoff import Neurons, measure, reader

FEW = (PLAIN, LONGER, QUADRATIC, "blur")


def noise(side: int, exponent: float, seed: int) -> np.ndarray:
    """A grey picture whose power falls with frequency to that exponent."""
    random = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    waves = np.fft.rfft2(random.normal(size=(side, side))) / np.maximum(frequency, 1 / side) ** (exponent / 2)
    values = np.fft.irfft2(waves, (side, side))
    grey = 127 + 40 * (values - values.mean()) / values.std()
    return np.clip(grey, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=-1)


@pytest.fixture(scope="module")
def works() -> list[np.ndarray]:
    return [noise(64, 2.0, seed) for seed in range(6)]


def test_every_method_takes_as_many_gradients_to_the_same_size() -> None:
    ways = methods()
    assert len(ways) >= 12
    for name, settings in ways.items():
        assert sum(settings.schedule()) == GRADIENTS * (TIMES if name == LONGER else 1), name
        assert settings.sizes()[-1] == SIDE, name


def test_each_regulariser_alone_differs_from_the_plain_way_in_nothing_else() -> None:
    ways = methods()
    for name in ("L2", "jitter", "blur", "total variation", "bilateral", "median", "Laplacian pyramid"):
        assert len(ways[name].regularizers) == 1
        assert ways[name].replace(regularizers=()) == ways[PLAIN]


def test_the_spectrum_tells_white_noise_from_what_is_like_the_works(works: list[np.ndarray]) -> None:
    mean = np.mean([spectrum.spectrum(each) for each in works], axis=0)
    like, white = noise(64, 2.0, 99), noise(64, 0.0, 99)
    assert spectrum.distance(like, mean) < spectrum.distance(white, mean) / 2
    assert spectrum.variation(like) < spectrum.variation(white)


def test_a_spectrum_falls_as_its_power_does() -> None:
    found = spectrum.spectrum(noise(128, 2.0, 3))
    slope = np.polyfit(np.linspace(0, np.log10(64), len(found)), found, 1)[0]
    assert slope == pytest.approx(-2, abs=0.4)


def test_a_work_is_nearest_to_itself(tiny_network: Any, works: list[np.ndarray]) -> None:
    known = legibility.features(tiny_network, "features", works)
    assert legibility.nearest(known, known) == pytest.approx(np.zeros(6), abs=1e-9)
    others = legibility.features(tiny_network, "features", [noise(64, 2.0, 99), noise(64, 0.0, 99)])
    like, white = legibility.nearest(others, known)
    assert 0 < like < white


def made(network: Any, works: list[np.ndarray], folder: Path) -> list[dict[str, Any]]:
    given = reader(works, network, "features", 32)
    few = {name: each for name, each in methods(32, 8).items() if name in FEW}
    return measure(network, [Neurons("channel", "features", (1, 3))], given, folder, few)


def test_of_a_class_the_square_is_not_drawn_since_it_changes_no_direction(tiny_network: Any) -> None:
    assert drawn_apart(tiny_network, tiny_network.output_layer, FEW) == [PLAIN, LONGER, "blur"]
    assert drawn_apart(tiny_network, "features", FEW) == list(FEW)


def test_rows_of_every_method_and_neuron_are_kept_and_not_made_again(
    tiny_network: Any, works: list[np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = made(tiny_network, works, tmp_path)
    naive = [row for row in rows if row["method"] == PLAIN]
    assert naive and all(row["faithfulness"] == 1 for row in naive)
    assert len(rows) == len(FEW) * len(naive)
    monkeypatch.setattr(tradeoff, "drawn", lambda *_: pytest.fail("made again"))
    assert made(tiny_network, works, tmp_path) == rows
    with pytest.raises(pytest.fail.Exception, match="made again"):
        made(tiny_network, works[:4], tmp_path)


def test_pixels_stay_in_their_range_but_where_the_method_is_to_leave_it() -> None:
    free = {name for name, each in methods().items() if type(each.parametrization).__name__ == "Pixels"}
    assert free == {FREE, "stochastic clipping"}


def test_one_work_is_no_collection(tiny_network: Any, works: list[np.ndarray]) -> None:
    with pytest.raises(ValueError, match="two works or more, not 1"):
        reader(works[:1], tiny_network, "features", 32)


def planted(direction: int, units: int = 12, ways: int = 8) -> list[dict[str, Any]]:
    """Rows in which faithfulness falls (-1), rises (1) or has nothing to do (0) with nearness."""
    random = np.random.default_rng(5)
    rows = []
    for unit in range(units):
        for way in range(ways):
            distance = way + random.normal(0, 0.3)
            faithful = -direction * way if direction else random.normal()
            own = {"kind": "class", "layer": "l", "neuron": unit, "method": f"way {way}", "ranks": {}}
            shares = {"faithfulness": faithful, "of the longer": faithful}
            rows.append(own | shares | dict.fromkeys(law.MEASURES, distance))
    return rows


@pytest.mark.parametrize("direction", [-1, 1])
def test_a_planted_law_is_found(direction: int) -> None:
    line = law.summary(planted(direction))[0]
    assert line["neurons"] == 12
    assert np.sign(line["mean"]) == direction and abs(line["mean"]) > 0.9
    assert np.sign(line["interval"][0]) == np.sign(line["interval"][1]) == direction


def test_where_there_is_no_law_the_interval_holds_zero() -> None:
    low, high = law.summary(planted(0))[0]["interval"]
    assert low < 0 < high


def test_the_frontier_has_the_methods_that_no_other_beats() -> None:
    means = {
        "naive": {"faithfulness": 1.0, "spectrum": 3.0},
        "worse": {"faithfulness": 0.4, "spectrum": 2.5},
        "middle": {"faithfulness": 0.6, "spectrum": 2.0},
        "smooth": {"faithfulness": 0.2, "spectrum": 1.0},
    }
    assert law.frontier(means, "spectrum") == ["naive", "middle", "smooth"]


def test_what_another_network_says_is_held_against_shuffled_weights() -> None:
    own, shuffled = ({"rank": rank, "odds": odds} for rank, odds in ((3, -2.0), (500, -7.0)))
    rows = [
        {"method": "blur", "class": number, "judge": "other", "own": own, "shuffled": shuffled}
        for number in (1, 2)
    ]
    (line,) = law.against_shuffled(rows)
    assert (line["method"], line["judge"], line["median rank"]) == ("blur", "other", 500)
    assert (line["more"], line["interval"]) == (5, [5, 5])


def test_neurons_are_drawn_the_same_each_time(tiny_network: Any) -> None:
    drawn = neurons(tiny_network, classes=2, channels=3)
    assert drawn == neurons(tiny_network, classes=2, channels=3)
    assert [each.kind for each in drawn] == ["class", "middle channel", "late channel"]


def test_the_tables_are_of_the_rows_that_are_kept() -> None:
    rows = page.read()
    assert len({row["method"] for row in rows}) >= 12
    assert len({(row["layer"], row["neuron"]) for row in rows}) >= 45
    assert page.methods().count("\n") == len({row["method"] for row in rows}) + 2
