"""Shares: what a neuron's strongest works are, beside what chance would give."""

from __future__ import annotations

import numpy as np
import pytest

from image_machines.attribution.shares import Share, shares, strongest

RECORDS = [
    {
        "class": "portrait" if number < 100 else "landscape",
        "school": "Dutch" if number % 2 else "Italian",
        "timeframe": "1601-1650" if number % 5 else "",
    }
    for number in range(200)
]
CLASSES = [record["class"] for record in RECORDS]


def answers(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=200)


def named(found: list[Share]) -> dict[str, Share]:
    return {each.value: each for each in found}


def test_the_strongest_are_a_tenth_of_the_works() -> None:
    assert strongest(np.arange(40.0)).nonzero()[0].tolist() == [36, 37, 38, 39]
    assert strongest(np.arange(3.0)).tolist() == [False, False, True]


def test_a_work_that_excites_as_little_as_any_is_never_among_the_strongest() -> None:
    assert strongest(np.r_[np.zeros(39), 1.0]).nonzero()[0].tolist() == [39]
    assert not strongest(np.zeros(40)).any()
    assert shares(np.zeros(200), RECORDS, ("class",)) == []


def test_a_neuron_of_one_class_has_more_of_it_than_chance_gives() -> None:
    values = answers() + 5 * (np.array(CLASSES) == "portrait")
    found = named(shares(values, RECORDS, ("class",)))
    assert found["portrait"].share == 1 and found["portrait"].strongest == 20
    assert found["portrait"].chance == pytest.approx(0.5, abs=0.02)
    assert found["portrait"].low < 0.5 < found["portrait"].high < 0.8
    assert found["portrait"].stands and found["landscape"].stands
    assert found["landscape"].share == 0


def test_what_follows_from_the_class_alone_is_left_to_chance() -> None:
    """Portraits are Dutch here: a neuron of portraits is no neuron of the Dutch."""
    records = [record | {"school": "Dutch"} for record in RECORDS[:100]] + [
        record | {"school": "Dutch" if number % 4 == 0 else "Italian"}
        for number, record in enumerate(RECORDS[100:])
    ]
    values = answers() + 1.5 * (np.array(CLASSES) == "portrait")
    assert named(shares(values, records, ("school",)))["Dutch"].stands
    within = named(shares(values, records, ("school",), within=CLASSES))["Dutch"]
    assert not within.stands
    assert within.low <= within.share <= within.high


def test_chance_alone_stands_seldom() -> None:
    found = [shares(answers(seed), RECORDS, ("class", "school"), seed=seed) for seed in range(40)]
    assert np.mean([each.stands for part in found for each in part]) < 0.1


def test_the_farthest_come_first_and_small_groups_are_none() -> None:
    records = [record | {"author": "FEW, A" if number < 7 else ""} for number, record in enumerate(RECORDS)]
    values = answers() + 2 * (np.array(CLASSES) == "portrait")
    found = shares(values, records, ("class", "school", "timeframe", "author"))
    assert {each.column for each in found} == {"class", "school", "timeframe"}
    far = [abs(each.share - each.chance) for each in found]
    assert far == sorted(far, reverse=True)
    assert shares(values, [{}] * 200, ("class",)) == []
