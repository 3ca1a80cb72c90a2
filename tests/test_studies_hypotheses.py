"""The studies of the paper's reading: recolourings, planted pairs, the results that were kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines import images
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.painter.works import paint
from image_machines.vision import presets
from studies.common import measures
from studies.common.colours import to_lab, to_values
from studies.images_of_image_machines import FIGURES, RESULTS, class_images, planting, recoloured, recolouring
from studies.images_of_image_machines.teaching import Taught

SHORT = presets.preset("quick").replace(octaves=1, iterations=2, step=0.01, final_size=32).to_json()


@pytest.fixture(scope="module")
def landscape() -> images.Picture:
    """A painted landscape with much blue in its distance."""
    return paint("landscape", 3, 96).picture


@pytest.fixture(scope="module")
def blue_sky() -> images.Picture:
    """A blue upper half over brown ground, in many tones."""
    tones = np.linspace(0.4, 1, 60)[:, None, None] * np.ones((60, 60, 1))
    colours = np.where(np.arange(60)[:, None, None] < 30, (128, 140, 160), (160, 140, 110))
    return (tones * colours).astype(np.uint8)


def test_lab_of_known_colours() -> None:
    colours = np.array([[[255, 255, 255], [0, 0, 0], [0, 0, 255], [255, 255, 0]]], np.uint8)
    known = [[100, 0, 0], [0, 0, 0], [32.3, 79.2, -107.9], [97.1, -21.6, 94.5]]
    assert to_lab(colours)[0] == pytest.approx(np.array(known), abs=0.2)


def test_lab_and_back(landscape: images.Picture) -> None:
    back = to_values(to_lab(landscape)) * 255
    assert back.round() == pytest.approx(landscape, abs=0.5)


@pytest.mark.parametrize("make", [recolouring.landscape_versions, recolouring.other_versions])
def test_recolouring_keeps_lightness(
    make: Callable[[images.Picture], dict[str, images.Picture]], landscape: images.Picture
) -> None:
    before = to_lab(landscape)[..., 0]
    for name, version in make(landscape).items():
        assert np.abs(to_lab(version)[..., 0] - before).max() < 1, name


def test_controls_change_colour_as_much(blue_sky: images.Picture) -> None:
    versions = recolouring.landscape_versions(blue_sky)
    for treatment in ("blue away", "upper half yellower", "cool colours yellower"):
        change = recolouring.difference(blue_sky, versions[treatment])
        assert change > 5
        for control in recolouring.CONTROLS[treatment]:
            assert recolouring.difference(blue_sky, versions[control]) == pytest.approx(change, rel=0.25)


def test_blue_goes_and_controls_leave_it(blue_sky: images.Picture) -> None:
    versions = recolouring.landscape_versions(blue_sky)
    sky = slice(2, 22)
    assert to_lab(blue_sky)[sky, :, 2].max() < -5
    for treatment in ("blue away", "upper half yellower", "cool colours yellower"):
        assert to_lab(versions[treatment])[sky, :, 2].min() > 0
    assert np.array_equal(versions["others redder"][sky], blue_sky[sky])
    assert to_lab(versions["upper half greener"])[sky, :, 2].max() < -5


def test_picture_without_blue_stays() -> None:
    brown = np.full((40, 40, 3), (140, 110, 70), np.uint8)
    versions = recolouring.landscape_versions(brown)
    for name in ("blue away", "others redder", "upper half yellower", "cool colours yellower"):
        assert np.array_equal(versions[name], brown)


@pytest.mark.parametrize("property", planting.CLASS_OF)
def test_planted_pairs_differ_only_where_the_property_is(property: str) -> None:
    untouched = {"drapery": {"ground", "face", "hair"}, "blue-shift": {"sky"}}[property]
    seed = planting.TEST_SEED + 1
    with_it = paint(planting.CLASS_OF[property], seed, 96)
    without = planting.paint_version(property, seed, "without", 96)
    changed = np.abs(with_it.picture.astype(int) - without).max(axis=-1) > 12
    elsewhere = np.any([mask for part, mask in with_it.masks.items() if part in untouched], axis=0)
    assert np.array_equal(planting.paint_version(property, seed, "with", 96), with_it.picture)
    assert changed[~elsewhere].mean() > 0.3
    assert changed[elsewhere].mean() < 0.03


def test_a_class_image_is_kept_with_its_card_and_as_it_was_made(
    tiny_network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught = Taught("both", 0, tiny_network, measures.scorer(tiny_network))
    store, name = Store(tmp_path / "images"), tiny_network.classes[1]
    recipes = class_images.recipes_of(taught, name, 1, "quick", [0, 1])
    recipes = [replace(each, settings=SHORT, size=32) for each in recipes]
    shown = class_images.render(taught, "drapery", recipes, store)
    assert [image.noise for image in shown] == [0, 1]
    assert not np.array_equal(shown[0].picture, shown[1].picture)
    for image, recipe in zip(shown, recipes, strict=True):
        card = store.card(recipe.id)
        assert card is not None and Recipe.of_card(card) == recipe
        assert card["class_name"] == name and card["seconds"] > 0 and "warnings" in card
        stretched = images.read(store.file(store.path(recipe)))
        assert np.corrcoef(images.autotone(image.picture).ravel(), stretched.ravel())[0, 1] > 0.95
    monkeypatch.setattr(class_images, "make", None)  # so that nothing can be made again
    again = class_images.render(taught, "drapery", recipes, store)
    assert all(np.array_equal(one.picture, two.picture) for one, two in zip(shown, again, strict=True))


def test_seal_is_small() -> None:
    seed = planting.TEST_SEED
    plain, sealed = (planting.paint_version("drapery", seed, version, 96) for version in ("with", "seal"))
    assert 0 < (plain != sealed).any(axis=-1).mean() < 0.06


def test_scorer_gives_log_odds(tiny_network: Any, landscape: images.Picture) -> None:
    found = measures.scorer(tiny_network, batch_size=2)([landscape] * 3)
    shown = measures.resized(landscape, tiny_network.size)
    answer = np.asarray(tiny_network.graph(tiny_network.pixels.from_pictures(shown[None])))[0]
    assert found == pytest.approx(np.tile(np.log(answer / (1 - answer)), (3, 1)), abs=1e-3)


def test_interval_holds_the_mean() -> None:
    values = np.random.default_rng(1).normal(3, 1, 400)
    low, high = measures.interval(values)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.15)


def test_summary_counts_changed_pictures() -> None:
    rows = [
        {"split": "val", "version": version, "log_odds": odds, "verdict": verdict, "difference": change}
        for version, odds, verdict, change in (
            ("as it is", 2.0, "landscape", 0.0),
            ("as it is", 3.0, "landscape", 0.0),
            ("grey", -1.0, "portrait", 20.0),
            ("grey", 0.0, "landscape", 0.2),
        )
    ]
    found = recoloured.summary(rows, "val", "landscape")
    assert (found["pictures"], found["named_landscape"]) == (2, 2)
    assert found["grey"]["changed"] == found["grey"]["verdicts_lost"] == 1
    assert found["grey"]["mean"] == -3.0


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("planted", {"plan", "networks", "ranking", "detection", "images"}),
        ("recoloured", {"data", "networks"}),
    ],
)
def test_results_have_their_keys(name: str, keys: set[str]) -> None:
    written = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    assert set(written) == keys


def test_figures_are_small() -> None:
    for name in ("planted.jpg", "recoloured.png"):
        assert 0 < (FIGURES / name).stat().st_size < 300_000
