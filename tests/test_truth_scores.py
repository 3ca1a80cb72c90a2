"""The scores of explanations, on heat whose score is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from studies.relevance.truth import fills, scores


def mask(rows: slice, columns: slice, side: int = 8) -> np.ndarray:
    found = np.zeros((1, side, side), bool)
    found[0, rows, columns] = True
    return found


HALF = mask(slice(0, 8), slice(0, 4))
RIGHT = mask(slice(0, 8), slice(4, 8))


def test_likeness_is_a_correlation_for_each_picture() -> None:
    first = np.arange(8.0).reshape(2, 2, 2)
    assert scores.likeness(first, 3 * first + 1) == pytest.approx([1, 1])
    assert scores.likeness(first, -first) == pytest.approx([-1, -1])
    assert np.isnan(scores.likeness(first, np.ones_like(first))).all()


def test_heat_on_the_mask_overlaps_wholly_and_beside_it_not_at_all() -> None:
    for score in (scores.overlap, scores.pointing, scores.inside):
        assert score(HALF.astype(float), HALF).tolist() == [1]
        assert score(RIGHT.astype(float), HALF).tolist() == [0]


def test_half_right_heat_overlaps_by_a_third() -> None:
    top = mask(slice(0, 4), slice(0, 8))
    assert scores.overlap(top.astype(float), HALF) == pytest.approx([1 / 3])
    assert scores.inside(top.astype(float), HALF).tolist() == [0.5]


def test_even_heat_is_worth_what_chance_is() -> None:
    even = np.ones((1, 8, 8))
    assert scores.overlap(even, HALF) == pytest.approx([1 / 3])
    assert scores.pointing(even, HALF).tolist() == [0.5]
    assert scores.shares(even, HALF).tolist() == [1]
    quarter = mask(slice(0, 4), slice(0, 4))
    assert scores.shares(quarter.astype(float), HALF).tolist() == [2]


def test_overlaps_depend_on_the_threshold() -> None:
    heat = np.where(HALF, 1.0, 0.4)
    found = scores.overlaps(heat, HALF, np.array([0.3, 0.5]))
    assert found.tolist() == [[0.5, 1]]


def test_no_mask_and_no_heat_are_undefined() -> None:
    nothing = np.zeros((1, 8, 8))
    assert np.isnan(scores.overlap(HALF.astype(float), nothing.astype(bool))).all()
    assert np.isnan(scores.inside(nothing, HALF)).all()
    assert scores.overlaps(nothing, HALF).tolist() == [[0] * len(scores.THRESHOLDS)]


def test_heat_that_cannot_be_scored_is_refused() -> None:
    with pytest.raises(ValueError, match=r"heat \(8, 8\) and masks \(1, 8, 8\) must both be"):
        scores.overlap(np.zeros((8, 8)), HALF)
    with pytest.raises(ValueError, match="finite and not below 0"):
        scores.overlap(np.full((1, 8, 8), np.nan), HALF)


def test_deletion_begins_with_the_picture_and_insertion_ends_with_it() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (20, 20, 3), np.uint8)
    heat = np.arange(400.0).reshape(20, 20)
    gone, come = scores.steps(picture, heat, insert=False), scores.steps(picture, heat, insert=True)
    veil = scores.blurred(picture)
    assert np.array_equal(gone[0], picture) and np.array_equal(gone[-1], veil)
    assert np.array_equal(come[0], veil) and np.array_equal(come[-1], picture)
    assert np.array_equal(gone[1][18:], veil[18:]) and np.array_equal(gone[1][:18], picture[:18])


def test_a_class_that_hangs_on_the_hottest_tenth_falls_at_once() -> None:
    curve = np.array([[1.0] + [0.0] * 10, [1.0] * 11])
    assert scores.area_under(curve) == pytest.approx([0.05, 1])


def test_rank_correlation_is_spearmans_and_leaves_out_what_is_hidden() -> None:
    random = np.random.default_rng(0)
    first, second = random.normal(size=(2, 6, 5))
    expected = [spearmanr(a, b).statistic for a, b in zip(first, second, strict=True)]
    assert scores.rank_correlation(first, second) == pytest.approx(expected)
    first[0, 2] = np.nan
    rest = [0, 1, 3, 4]
    expected[0] = spearmanr(first[0, rest], second[0, rest]).statistic
    assert scores.rank_correlation(first, second) == pytest.approx(expected)
    assert scores.rank_correlation(np.ones((1, 5)), second[:1]).tolist() == [0]
    assert np.isnan(scores.rank_correlation(np.full((1, 5), np.nan), second[:1])).all()


def test_a_summary_has_an_interval_around_the_mean_of_what_is_defined() -> None:
    values = np.append(np.random.default_rng(0).normal(3, 1, 400), np.nan)
    found = scores.summary(values)
    low, high = found["interval"]
    assert low < found["mean"] < high and found["pictures"] == 400
    assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    assert scores.summary([np.nan]) == {"mean": None, "interval": None, "pictures": 0}


@pytest.mark.parametrize("fill", fills.FILLS)
def test_a_fill_hides_its_region_and_keeps_the_rest(fill: str) -> None:
    picture = np.random.default_rng(1).integers(90, 110, (60, 60, 3), np.uint8)
    region = np.zeros((60, 60), bool)
    region[20:40, 20:40] = True
    picture[region] = (250, 20, 20)
    filled = fills.FILLS[fill](picture, region, 0)
    assert np.array_equal(filled[~region], picture[~region])
    assert np.array_equal(filled, fills.FILLS[fill](picture, region, 0))
    assert (filled[region][:, 0] < 250).mean() > 0.9
    if fill != "blur":
        assert filled[region].max() < 115


def test_a_piece_is_as_large_as_asked_and_inside_its_room() -> None:
    room = np.zeros((30, 30), bool)
    room[:, :15] = True
    found = fills.piece(room, 100, seed=0)
    assert found is not None and found.sum() == 100 and not (found & ~room).any()
    assert fills.piece(room, 451, seed=0) is None
