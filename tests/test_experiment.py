"""The questions of the reader's experiment: from the strongest and the weakest works, balanced, by a seed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines.network import responses
from image_machines.network.layers import UnknownLayer
from image_machines.network.responses import Responses
from image_machines.service import experiment

WORKS = 40
NEURONS = 8


def entry(neuron: int, layer: str = "late", size: int = 300, name: str = "") -> dict[str, Any]:
    return {"id": f"{layer}{neuron}-{size}{name}", "layer": layer, "neuron": neuron, "size": size}


def written(folder: Path, maximum: Any) -> Responses:
    """Responses as `measure` leaves them, of one layer."""
    neurons, works = maximum.shape
    layer = {"name": "late", "kind": "Conv2D", "width": neurons, "map_size": 8, "stride": 4}
    layer |= {"receptive_field": 9, "centre": 0, "visualizable": True, "landmark": True}
    known = {name: layer[name] for name in responses.Layer.__dataclass_fields__ if name in layer}
    record = {
        "network": "tiny",
        "fingerprint": "sha256:tiny",
        "size": 32,
        "layers": [known],
        "folder": str(folder),
        "pictures": [{"file": f"{number}.jpg"} for number in range(works)],
    }
    (folder / responses.RECORD).write_text(json.dumps(record))
    (folder / "done").write_text(f"{works}\n")
    np.save(folder / "late-maximum.npy", maximum.astype(np.float32))
    np.save(folder / "late-mean.npy", maximum.astype(np.float32) / 2)
    np.save(folder / "late-place.npy", np.zeros((neurons, works, 2), np.uint16))
    return responses.load(folder)


@pytest.fixture
def found(tmp_path: Path) -> Responses:
    """Neuron 0 never fires; of the others each work has a value of its own, and one could not be read."""
    maximum = np.random.default_rng(0).permuted(np.tile(np.arange(WORKS), (NEURONS, 1)), axis=1) * 1.0
    maximum[0] = 0
    maximum[:, 7] = np.nan
    return written(tmp_path, maximum)


def drawn(found: Responses, entries: Any, count: int = 20, seed: int = 3) -> list[experiment.Drawn]:
    return experiment.draw(found, entries, lambda each: "older" not in each["id"], count, seed)


def test_the_pair_is_from_the_strongest_and_the_weakest_and_is_not_shown(found: Responses) -> None:
    for each in drawn(found, [entry(neuron) for neuron in range(NEURONS)]):
        order = each.subject.order
        strong, weak = sorted((each.left, each.right))
        assert strong < experiment.POOL and weak >= len(order) - experiment.POOL
        assert not {strong, weak} & set(each.shown)
        assert len(each.shown) == (0 if each.condition == "image" else experiment.SHOWN)
        assert max(each.shown, default=0) <= experiment.SHOWN, "the strongest but for the one asked about"
        assert 7 not in order, "a picture that could not be read is nowhere"


def test_conditions_and_sides_are_balanced_and_no_pair_comes_twice(found: Responses) -> None:
    asked = drawn(found, [entry(neuron) for neuron in range(NEURONS)])
    assert sorted(Counter(each.condition for each in asked).values()) == [6, 7, 7]
    assert Counter(each.left < each.right for each in asked) == {True: 10, False: 10}
    pairs = [(each.subject.entry["id"], each.left, each.right) for each in asked]
    assert len(set(pairs)) == 20
    neurons = [each.subject.entry["neuron"] for each in asked]
    assert set(neurons[: NEURONS - 1]) == set(range(1, NEURONS)), "each neuron once before any comes again"


def test_a_seed_draws_the_same_questions_whatever_the_order_of_the_images(found: Responses) -> None:
    entries = [entry(neuron) for neuron in range(NEURONS)]
    told = [
        [(each.condition, each.subject.entry["id"], each.left, each.right) for each in asked]
        for asked in (drawn(found, entries), drawn(found, entries[::-1]), drawn(found, entries, seed=4))
    ]
    assert told[0] == told[1] != told[2]


def test_of_a_neuron_the_largest_image_is_shown_and_only_this_networks(found: Responses) -> None:
    entries = [entry(1), entry(1, size=900), entry(2, name="older"), entry(3, layer="unmeasured")]
    assert {each.subject.entry["id"] for each in drawn(found, entries)} == {"late1-900"}


def test_without_a_neuron_that_can_be_asked_about_it_is_said_why(found: Responses) -> None:
    for entries in ([], [entry(0)], [entry(NEURONS)], [entry(1, layer="unmeasured")]):
        with pytest.raises(UnknownLayer, match="no neuron of tiny has both an image and responses of 10"):
            drawn(found, entries)


def test_few_works_are_halved_and_too_few_are_not_asked_about(tmp_path: Path) -> None:
    for number, count in enumerate((11, 9)):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = written(folder, np.arange(count)[None] * 1.0)
        if count == 9:
            with pytest.raises(UnknownLayer, match="10 works or more"):
                drawn(found, [entry(0)])
            continue
        for each in drawn(found, [entry(0)], count=12):
            assert min(each.left, each.right) < 5 and max(each.left, each.right) >= 6
