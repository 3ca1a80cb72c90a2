"""Selectivity: planted preferences are found, chance finds few, a class does not pass for a school."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, norm

from image_machines.attribution.selectivity import selectivity

WORKS, NEURONS = 120, 200


def records(random: np.random.Generator) -> list[dict[str, str]]:
    return [
        {
            "school": str(random.choice(["Dutch", "French", "Italian"])),
            "class": str(random.choice(["a", "b"])),
        }
        for _ in range(WORKS)
    ]


def test_a_planted_school_is_found_and_chance_finds_few() -> None:
    random = np.random.default_rng(0)
    rows = records(random)
    dutch = np.array([row["school"] == "Dutch" for row in rows])
    responses = random.gamma(1.0, 1.0, (NEURONS, WORKS))
    responses[0, dutch] += 1.5
    responses[:, 3] = np.nan
    found = selectivity(responses, rows, ["school"])
    assert [value for _, value in found.groups] == ["Dutch", "French", "Italian"]
    assert sum(found.works) == WORKS - 1
    assert found.stands[0].tolist() == [True, False, False]
    kept = ~np.isnan(responses[0])
    expected = responses[0, dutch & kept].mean() / responses[0, kept].mean()
    assert found.ratios[0, 0] == pytest.approx(expected)
    assert found.stands[1:].any(axis=1).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / NEURONS)


def test_it_is_the_test_of_mann_and_whitney() -> None:
    random = np.random.default_rng(1)
    rows = records(random)
    responses = np.maximum(random.normal(0, 1, (1, WORKS)), 0)  # ties, as of rectifiers
    found = selectivity(responses, rows, ["school"])
    inside = np.array([row["school"] == "French" for row in rows])
    known = mannwhitneyu(
        responses[0, inside], responses[0, ~inside], method="asymptotic", use_continuity=False
    )
    assert 2 * norm.sf(abs(found.z[0, 1])) == pytest.approx(known.pvalue, rel=1e-6)


def test_a_school_is_not_found_for_painting_what_it_painted_most() -> None:
    random = np.random.default_rng(2)
    classes = np.repeat(["a", "b"], WORKS // 2)
    schools = np.where(random.random(WORKS) < np.where(classes == "a", 0.8, 0.2), "Dutch", "French")
    rows = [
        {"school": str(school), "class": str(each)} for school, each in zip(schools, classes, strict=True)
    ]
    responses = random.gamma(1.0, 1.0, (50, WORKS)) + 3 * (classes == "a")
    naive = selectivity(responses, rows, ["school"])
    fair = selectivity(responses, rows, ["school"], within=classes)
    assert naive.stands[:, 0].mean() > 0.9
    assert fair.stands[:, 0].mean() < 0.15


def test_a_neuron_that_answers_all_alike_prefers_none() -> None:
    rows = records(np.random.default_rng(3))
    found = selectivity(np.zeros((2, WORKS)), rows, ["school", "class"])
    assert not found.stands.any() and np.isfinite(found.z).all() and not found.ratios.any()
    assert selectivity(np.zeros((2, WORKS)), rows, ["technique"]).groups == ()
