"""The heat of a planted part lies on it; the published collections are read where they are at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from image_machines.attribution.heatmaps import USUAL
from image_machines.network.training import train
from image_machines.painter.bouquets import CLASSES
from studies.relevance.truth import birds, bouquets, folders, funnybirds, judging, portraits, scores

PLANTED = (("blue-petals",), ("green-vase",))
KNOW_NOTHING = ("noise", "centre", "edges")  # of the network


@pytest.mark.slow
def test_the_heat_of_a_planted_part_lies_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CLASSES, "planted", PLANTED)
    data = bouquets.collect("planted", tmp_path / "data", (30, 6), size=64)
    recipe = replace(bouquets.RECIPES["small"], size=64, epochs=8, batch_size=10)
    trained = train(recipe, data, tmp_path / "model", "planted")
    known = bouquets.held(data)
    guessed = binom.isf(0.01, len(known.names), 1 / len(PLANTED))  # right, once in a hundred, without looking
    assert trained.history[-1]["val_accuracy"] * len(known.names) > guessed
    asked = judging.methods()
    heats = {
        name: asked[name](trained.network, np.stack(known.pictures), known.names)
        for name in (USUAL, *KNOW_NOTHING)
    }
    found = {name: scores.inside(heat, known.masks) for name, heat in heats.items()}
    for name in KNOW_NOTHING:  # the sign test over the pictures, once in a hundred by chance
        ahead = int((found[USUAL] > found[name]).sum())
        assert ahead > binom.isf(0.01, len(known.names), 0.5), name


@pytest.mark.shared
def test_real_portraits_have_their_regions(shared: Path) -> None:
    known = folders.labelled(shared / "data" / "mirror", shared / "data" / "masks")
    assert len(known) == 176
    found = [folders.regions(each, portraits.LABELS) for each in known]
    told = {"face": (176, 0.037), "clothing": (176, 0.38), "hands": (68, 0.018), "background": (176, 0.49)}
    for region, (count, share) in told.items():  # by the README that came with them
        shares = [each[region].mean() for each in found if region in each]
        assert len(shares) == count and np.median(shares) == pytest.approx(share, rel=0.03)


@pytest.mark.shared
def test_birds_lose_what_is_taken_from_them_where_their_map_has_it(shared: Path) -> None:
    found = funnybirds.birds(shared / "data" / "funnybirds")
    assert len(found) == 300
    for bird in found[::60]:
        masks, whole = bird.masks(), bird.picture().astype(int)
        for part in ("beak", "wing"):
            change = np.abs(whole - bird.lacking(part)).mean(axis=2)
            assert np.median(change[masks[part]]) > np.quantile(change[~masks[part]], 0.9)


@pytest.mark.shared
def test_a_handful_of_birds_is_scored(shared: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for part in ("train", "test"):
        for name in ("bird-00", "bird-01"):
            (tmp_path / "birds" / part / name).mkdir(parents=True)
            for path in sorted((shared / "data" / "funnybirds" / part / name).iterdir())[:6]:
                (tmp_path / "birds" / part / name / path.name).symlink_to(path)
    for folder in ("parts", "interventions"):
        (tmp_path / "birds" / folder).symlink_to(shared / "data" / "funnybirds" / folder)
    birds.collect(tmp_path / "birds", data, crop=96)
    recipe = replace(
        birds.RECIPE, architecture="small", weights="", freeze="", size=48, epochs=1, batch_size=6
    )
    network = train(recipe, data, tmp_path / "model", "handful").network
    known = birds.flock(network, funnybirds.birds(tmp_path / "birds"))
    result = tmp_path / "birds.json"
    birds.judge(network, known, {"edges": judging.edges}, tmp_path / "heat", result)
    (row,) = judging.Results(result, ("method",)).read()
    assert row["correlation"]["pictures"] == 12 and -1 <= row["correlation"]["mean"] <= 1
