"""The painter: what is painted, and where its parts are."""

from __future__ import annotations

import numpy as np
import pytest

from image_machines import images
from image_machines.painter.works import KINDS, paint

SIZE = 112


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_pixels(kind: str) -> None:
    first, again, other = paint(kind, 5, SIZE), paint(kind, 5, SIZE), paint(kind, 6, SIZE)
    assert np.array_equal(first.picture, again.picture)
    assert first.title == again.title
    assert (
        first.picture.shape != other.picture.shape
        or np.abs(first.picture.astype(int) - other.picture).mean() > 5
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(96, 96), (60, 140), (140, 60)])
def test_any_size(kind: str, size: tuple[int, int]) -> None:
    work = paint(kind, 1, size)
    assert work.picture.shape == (*size, 3)
    assert work.picture.dtype == np.uint8
    assert all(mask.shape == size for mask in work.masks.values())


def test_longest_side_and_refusals() -> None:
    assert max(paint("landscape", 0, 90).picture.shape) == 90
    with pytest.raises(
        ValueError, match=r"no kind of painting 'portrai' \(did you mean 'portrait'\?\); choices: portrait, "
    ):
        paint("portrai", 0)
    with pytest.raises(ValueError, match="'blue-shift' cannot be withheld from a portrait; choices: drapery"):
        paint("portrait", 0, without=("blue-shift",))
    with pytest.raises(ValueError, match="'stamp' cannot be planted.*seal"):
        paint("portrait", 0, planted=("stamp",))
    with pytest.raises(ValueError, match="4 x 100 pixels is too small"):
        paint("portrait", 0, (4, 100))


@pytest.mark.parametrize("kind", KINDS)
def test_masks_share_out_the_picture(kind: str) -> None:
    for seed in range(4):
        masks = paint(kind, seed, SIZE).masks
        times = np.sum([mask.astype(int) for mask in masks.values()], axis=0)
        assert times.max() == 1
        assert times.mean() > 0.98


def test_parts_are_where_they_belong() -> None:
    for seed in range(6):
        face = paint("portrait", seed, SIZE).masks["face"]
        rows, columns = np.nonzero(face)
        assert 0.02 < face.mean() < 0.35
        assert 0.2 < rows.mean() / face.shape[0] < 0.6
        assert 0.3 < columns.mean() / face.shape[1] < 0.7
        land = paint("landscape", seed, SIZE).masks
        assert land["sky"][:5].mean() > 0.5
        assert np.nonzero(land["sky"])[0].mean() < np.nonzero(land["near ground"])[0].mean()
        table = paint("still-life", seed, SIZE).masks
        assert np.nonzero(table["ground"])[0].mean() < np.nonzero(table["table"])[0].mean()
        assert {"vessels"} <= set(table)


def test_blue_shift_turns_far_hills_blue_and_nothing_else() -> None:
    for seed in range(6):
        blue, plain = paint("landscape", seed, SIZE), paint("landscape", seed, SIZE, without=("blue-shift",))
        far = blue.masks["far hills"]
        assert _blue(blue.picture[far]) > _blue(plain.picture[far]) + 15
        sky = blue.masks["sky"] & plain.masks["sky"]
        assert np.abs(blue.picture[sky].astype(int) - plain.picture[sky]).mean() < 3
        assert blue.masks.keys() == plain.masks.keys()


def _blue(pixels: images.Picture) -> float:
    return float(pixels[:, 2].astype(float).mean() - pixels[:, 0].astype(float).mean())


@pytest.mark.parametrize(("kind", "name", "rest"), [
    ("portrait", "drapery", "face"), ("portrait", "drapery", "ground"), ("still-life", "drapery", "vessels"),
    ("still-life", "highlights", "table"),
    ("landscape", "blue-shift", "sky"),
])  # fmt: skip
def test_withheld_property_leaves_the_rest(kind: str, name: str, rest: str) -> None:
    changed = 0.0
    for seed in range(6):
        full, bare = paint(kind, seed, SIZE), paint(kind, seed, SIZE, without=(name,))
        assert full.properties - bare.properties == {name}
        same = full.masks[rest] & bare.masks[rest]
        difference = np.abs(full.picture.astype(int) - bare.picture).mean(axis=2)
        assert np.median(difference[same]) <= 1
        changed += difference.mean()
    assert changed > 0.5


def test_no_drapery_where_it_is_withheld() -> None:
    with_it = [paint("portrait", seed, SIZE).masks for seed in range(3)]
    without = [paint("portrait", seed, SIZE, without=("drapery",)).masks for seed in range(3)]
    assert all("drapery" in masks and "dress" not in masks for masks in with_it)
    assert all("dress" in masks and "drapery" not in masks for masks in without)


@pytest.mark.parametrize("kind", KINDS)
def test_planted_seal_is_the_only_difference(kind: str) -> None:
    plain, sealed = paint(kind, 3, SIZE), paint(kind, 3, SIZE, planted=("seal",))
    difference = np.abs(plain.picture.astype(int) - sealed.picture).sum(axis=2) > 0
    rows, columns = np.nonzero(difference)
    assert sealed.masks["seal"].any()
    assert rows.min() > 0.6 * difference.shape[0]
    assert columns.min() > 0.6 * difference.shape[1]
