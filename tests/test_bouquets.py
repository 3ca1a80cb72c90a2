"""The bouquets: the same twice, and a mark changes its part alone."""

from __future__ import annotations

import numpy as np
import pytest

from image_machines.painter.bouquets import CLASSES, MARKS, class_name, paint_bouquet

SIZE = 64


def test_equal_arguments_give_equal_pixels() -> None:
    first, again = paint_bouquet(3, SIZE, ["blue-petals"]), paint_bouquet(3, SIZE, ["blue-petals"])
    assert np.array_equal(first.picture, again.picture)
    assert not np.array_equal(first.picture, paint_bouquet(4, SIZE, ["blue-petals"]).picture)


def test_masks_share_out_the_picture() -> None:
    masks = paint_bouquet(0, SIZE).masks
    assert {"petals", "leaves", "vase", "hearts", "ground", "table"} <= set(masks)
    assert np.sum([mask for mask in masks.values()], axis=0).max() == 1


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_changes_its_own_part_above_all(mark: str) -> None:
    plain, marked = paint_bouquet(1, 96), paint_bouquet(1, 96, [mark])
    part = MARKS[mark]
    reach = plain.masks[part] | marked.masks[part]
    change = np.abs(plain.picture.astype(int) - marked.picture).mean(axis=2)
    assert marked.truth.any() and np.array_equal(marked.truth, marked.masks[part])
    assert change[reach].mean() > 8 * change[~reach].mean()


def test_there_are_six_classes_of_one_mark_and_twelve_of_two_on_different_parts() -> None:
    assert [len(CLASSES[kind]) for kind in ("one-part", "two-parts")] == [6, 12]
    assert all(len({MARKS[mark] for mark in marks}) == 2 for marks in CLASSES["two-parts"])
    assert class_name(["long-leaves", "blue-petals"]) == "blue-petals and long-leaves"


def test_the_truth_of_two_marks_is_both_parts() -> None:
    painted = paint_bouquet(2, SIZE, ["red-leaves", "green-vase"])
    assert np.array_equal(painted.truth, painted.masks["leaves"] | painted.masks["vase"])
    assert not paint_bouquet(2, SIZE).truth.any()


def test_what_cannot_be_painted_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no mark 'blue-petal' \(did you mean 'blue-petals'"):
        paint_bouquet(0, SIZE, ["blue-petal"])
    with pytest.raises(ValueError, match="on one part"):
        paint_bouquet(0, SIZE, ["blue-petals", "pointed-petals"])
    with pytest.raises(ValueError, match="8 x 8 pixels is too small; at least 16"):
        paint_bouquet(0, 8)
