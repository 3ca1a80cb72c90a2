"""The generator: codes of pictures, what is learned from them, resuming, repeating, refusing."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines import images
from image_machines.network import gradient, models
from image_machines.network.generator import building, coding, feeding, loading, training
from image_machines.network.generator.training import GeneratorTraining, train
from image_machines.network.records import read_history
from image_machines.vision import features, objectives, presets
from image_machines.vision.parametrizations import Generated
from image_machines.vision.settings import Settings
from tests.test_pipeline import paint

RECIPE = GeneratorTraining(
    size=32,
    layer="late",
    cells=4,
    channels=6,
    width=32,
    views=2,
    batch_size=8,
    epochs=4,
    learning_rate=3e-3,
    precision="float32",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "data"
    for seed, (name, colour) in enumerate({"green": (60, 160, 60), "red": (160, 60, 60)}.items()):
        paint(folder / "train" / name, colour, 12, seed)
        paint(folder / "val" / name, colour, 4, seed + 10)
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tiny_network: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generators")
    train(RECIPE, tiny_network, data, folder, "colours")
    return folder / "colours.keras"


@pytest.fixture
def settings(trained: Path) -> Settings:
    return Settings(
        octaves=1,
        final_size=32,
        iterations=15,
        step=0.1,
        optimizer="adam",
        regularizers=(),
        parametrization=Generated(file=str(trained)),
        precision="float32",
    )


def test_codes_have_variance_one_and_stand_for_their_features() -> None:
    found = np.random.default_rng(0).normal(size=(40, 3, 3, 5)) @ np.diag([5, 3, 2, 1, 0.5]) + 2
    known = coding.fitted(found.astype(np.float32), 5)
    codes = known.codes(found.astype(np.float32))
    np.testing.assert_allclose(np.cov(codes.reshape(-1, 5), rowvar=False, bias=True), np.eye(5), atol=1e-3)
    np.testing.assert_allclose(known.features(codes), found, atol=1e-3)
    with pytest.raises(ValueError, match="a code of 6 channels is more than the 5"):
        coding.fitted(found.astype(np.float32), 6)


@pytest.mark.parametrize("side", [4, 5, 7, 13])
def test_cells_are_means_of_their_parts(side: int) -> None:
    values = np.random.default_rng(0).normal(size=(side, side, 2)).astype(np.float32)
    np.testing.assert_allclose(coding.averaged(values, 1)[0, 0], values.mean((0, 1)), atol=1e-5)
    np.testing.assert_allclose(coding.averaged(values, 4).mean((0, 1)), values.mean((0, 1)), atol=1e-5)
    np.testing.assert_allclose(coding.averaged(values, side), values, atol=1e-5)


def test_learns_and_says_in_its_card_how(trained: Path, data: Path, tiny_network: Any) -> None:
    history = read_history(trained.parent, "colours")
    assert history[-1]["val_pixels"] < 0.9 * history[0]["val_pixels"]
    found, card = loading.load(trained), models.read_card(trained)
    assert {path.name for path in trained.parent.iterdir()} == {
        *("colours.keras", "colours.json", "colours.csv", "colours-04.npz", "colours-logs")
    }
    assert (found.size, found.code, found.fingerprint) == (32, (4, 4, 6), card["fingerprint"])
    assert card["epochs_done"] == 4 and card["settings"]["compare"] and card["pictures"]["val"] == 8
    assert card["start_fingerprint"] == tiny_network.fingerprint


def test_held_out_works_come_back_in_their_colours(trained: Path, data: Path, tiny_network: Any) -> None:
    found = loading.load(trained)
    paths = [path for name in ("green", "red") for path in sorted((data / "val" / name).iterdir())]
    _, held = feeding.looked_at(tiny_network, tiny_network.layer("late"), paths, 32, 4)
    made = found.images(found.coding.codes(held)).mean((1, 2))
    assert (made[:4, 1] > made[:4, 0]).all() and (made[4:, 0] > made[4:, 1]).all()


@pytest.mark.slow
def test_a_killed_training_goes_on_and_ends_the_same(
    trained: Path, data: Path, tiny_network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = training.Kept.keep

    def killed(records: training.Kept, epoch: int) -> None:
        keep(records, epoch)
        if epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(training.Kept, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, tiny_network, data, tmp_path, "colours")
    monkeypatch.setattr(training.Kept, "keep", keep)
    assert not (tmp_path / "colours.keras").exists()
    ended = train(RECIPE, tiny_network, data, tmp_path, "colours")
    assert [row["epoch"] for row in read_history(tmp_path, "colours")] == [1, 2, 3, 4]
    whole = loading.load(trained)
    for one, other in zip(ended.graph.get_weights(), whole.graph.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_another_training_puts_the_first_aside(
    trained: Path, data: Path, tiny_network: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(trained.parent, tmp_path, dirs_exist_ok=True)
    first = train(RECIPE, tiny_network, data, tmp_path, "colours").fingerprint
    assert first == loading.load(trained).fingerprint
    train(replace(RECIPE, seed=1, epochs=1, critic=0.0), tiny_network, data, tmp_path, "colours")
    assert "seed (0, now 1)" in caplog.text
    (aside,) = tmp_path.glob("earlier-*")
    assert loading.load(aside / "colours.keras").fingerprint == first


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"layer": "dense"}, "dense of tiny has no map, and a generator's code needs places"),
        ({"layer": "lat"}, "no layer 'lat'.*late"),
        ({"compare": "dense"}, "dense of tiny has no map"),
        ({"size": 40}, "a picture of 40 px is not made of 4 cells by doubling; sizes are 32, 64"),
        ({"channels": 99}, "a code of 99 channels is more than the"),
        (
            {"layer": "late", "cells": 128, "size": 256},
            "places a side for pictures of 299 px, fewer than 128",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence(
    changes: dict[str, Any], sentence: str, data: Path, tiny_network: Any, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=sentence):
        train(replace(RECIPE, **changes), tiny_network, data, tmp_path)


def test_what_is_no_generator_is_refused(trained: Path, tiny_network: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no generator at .*none.keras; train one"):
        loading.load(tmp_path / "none.keras")
    other = models.save(tiny_network, tmp_path / "tiny.keras")
    with pytest.raises(ValueError, match="tiny.keras is no generator: it does not turn codes"):
        loading.load(other)
    (tmp_path / "text.keras").write_text("no archive")
    with pytest.raises(ValueError, match="text.keras is damaged"):
        loading.load(tmp_path / "text.keras")
    (tmp_path / "small.keras").write_bytes(trained.read_bytes())
    card = models.read_card(trained) | {"generator": {"size": 64}}
    (tmp_path / "small.json").write_text(json.dumps(card))
    with pytest.raises(ValueError, match="small.keras makes pictures of 32 px, and its card says 64"):
        loading.load(tmp_path / "small.keras")


def test_the_objective_rises_and_the_seed_gives_the_picture(settings: Settings, tiny_network: Any) -> None:
    objective = objectives.channel("features", 3)
    frames = list(features.visualize(tiny_network, objective, settings, seed=4))
    assert frames[-1].activation > frames[0].activation
    again = features.render(tiny_network, objective, settings, seed=4)
    np.testing.assert_array_equal(frames[-1].image, again.image)
    assert np.abs(features.render(tiny_network, objective, settings, seed=5).image - again.image).max() > 0.01


def test_pictures_stay_within_what_the_generator_makes(
    settings: Settings, trained: Path, tiny_network: Any
) -> None:
    far = settings.replace(step=5.0, iterations=10)
    form = Generated(file=str(trained), bound=2.0)
    image = features.render(
        tiny_network, objectives.channel("features", 3), far.replace(parametrization=form)
    ).image
    assert np.abs(image).max() <= 1
    parameters = np.full((1, 4, 4, 6), 1e4, np.float32)
    most = form.images(gradient.to_tensor(parameters), form.constants((32, 32)))
    least = loading.load(trained).images(np.full((1, 4, 4, 6), 2.0, np.float32))
    np.testing.assert_allclose(gradient.to_array(most), least, atol=1e-3)


@pytest.mark.parametrize("size", [16, 32, 50, 128])
def test_a_picture_of_another_size_is_the_same_one(size: int, trained: Path) -> None:
    form = Generated(file=str(trained))
    own = form.first_image((32, 32), np.random.default_rng(0))
    other = form.first_image((size, size), np.random.default_rng(0))
    assert other.shape == (size, size, 3)
    back = images.resize_linear(other, (8, 8))
    assert np.abs(back - images.resize_linear(own, (8, 8))).mean() < 0.1
    np.testing.assert_allclose(other.mean((0, 1)), own.mean((0, 1)), atol=0.02)


def test_what_a_generator_cannot_do_is_one_sentence(settings: Settings, tiny_network: Any) -> None:
    objective = objectives.channel("features", 3)
    with pytest.raises(ValueError, match="makes pictures of 32 px, and they are enlarged to 128 px at most"):
        features.render(tiny_network, objective, settings.replace(final_size=200))
    with pytest.raises(ValueError, match="Median filters images, and Generated cannot take one back"):
        settings.replace(regularizers=["median"])
    with pytest.raises(ValueError, match="Generated cannot take an image back, so that it has one octave"):
        settings.replace(octaves=3)
    missing = settings.replace(parametrization=Generated(file="nowhere.keras"))
    with pytest.raises(FileNotFoundError, match="no generator at nowhere.keras"):
        features.render(tiny_network, objective, missing)


def test_settings_name_the_generator_that_was_there(settings: Settings, tiny_network: Any) -> None:
    result = features.render(tiny_network, objectives.channel("features", 3), settings)
    form = result.settings.parametrization
    assert isinstance(form, Generated) and form.fingerprint == form.opened().fingerprint
    assert Settings.from_json(result.settings.to_json()) == result.settings
    with pytest.raises(ValueError, match="is not the one that is meant: its fingerprint is"):
        settings.replace(parametrization=replace(form, fingerprint="other")).pinned()


def test_a_generator_is_offered_by_name_and_no_request_names_its_file(
    trained: Path, tiny_network: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from image_machines.atlas.plan import plan

    monkeypatch.setattr(presets, "PRESETS", dict(presets.PRESETS))
    monkeypatch.setattr(presets, "TITLES", dict(presets.TITLES))
    assert presets.offer_generators(trained.parent) == ["generator-colours"]
    recipe = plan(tiny_network, "features", 3, 10, "generator-colours", changes={"iterations": 5})
    assert Settings.from_json(recipe.settings).parametrization.opened().fingerprint  # type: ignore[attr-defined]
    assert (recipe.size, recipe.changes) == (128, {"iterations": 5})
    assert plan(tiny_network, "features", 3, 5, "generator-colours").size < 128
    own = {"name": "generator", "file": str(trained)}
    for preset, file in (("naive", trained), ("generator-colours", "/etc/passwd")):
        asked = {"parametrization": own | {"file": str(file)}, "octaves": 1}
        with pytest.raises(ValueError, match="name a file of this computer"):
            plan(tiny_network, "features", 3, 5, preset, changes=asked)


def test_a_decoder_is_flat_and_begins_with_the_coding() -> None:
    known = coding.Coding(np.arange(5, dtype=np.float32), np.eye(3, 5, dtype=np.float32))
    model = building.decoder(known, 3, 24, 64, seed=1)
    again = building.decoder(known, 3, 24, 64, seed=1)
    assert model.input_shape == (None, 3, 3, 3) and model.output_shape == (None, 24, 24, 3)
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
