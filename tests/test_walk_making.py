"""Making the page of an atlas: images made alike, both networks' answers to a run's works."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines import images
from image_machines.__main__ import main
from image_machines.atlas import whole
from image_machines.atlas.activation import drawing
from image_machines.atlas.maps import layout
from image_machines.atlas.maps.layout import Projection
from image_machines.atlas.store import Store
from image_machines.atlas.walk import accents, making
from image_machines.atlas.walk.finished import finished
from image_machines.atlas.walk.making import BY_NUMBER, EARLIER, IN_LAYERS, WHOLE, Given
from image_machines.network import models, responses
from image_machines.network.network import Network
from image_machines.network.unfolding import reseeded
from image_machines.vision import accentuation
from image_machines.vision.presets import preset

CHOSEN = ["early:0-5", "late:0-7", "predictions"]


@pytest.fixture(autouse=True)
def no_umap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two works in place of UMAP, which compiles for long and is tried elsewhere."""
    monkeypatch.setattr(layout, "projected", lambda rows, projection: rows[:, :2].astype(float))


@pytest.fixture(scope="module")
def before(tiny_network: Network) -> Network:
    return replace(tiny_network.with_graph(reseeded(tiny_network.graph, 1)), name="earlier")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with thirty pictures in three classes."""
    random = np.random.default_rng(0)
    for number in range(30):
        name = ("portrait", "landscape", "still-life")[number % 3]
        picture = random.integers(0, 120, (40, 40, 3)) + 40 * (number % 3)
        split = "val" if number % 4 == 0 else "train"
        images.save(tmp_path / "data" / split / name / f"{number:02d}.png", picture.astype(np.uint8))
    return tmp_path


def drawn(store: Store, network: Network, size: int = 64, neurons: list[str] = CHOSEN, seed: int = 0) -> None:
    """Grey images in place of those that an ascent would make."""
    for recipe in whole.recipes(network, neurons, ["naive"], [seed], size):
        grey = np.full((size, size, 3), 50 + recipe.neuron, np.uint8)
        store.put(recipe, grey, activation=1.0, seconds=0.1, versions={}, warnings=[])


def told(page: Path) -> dict[str, Any]:
    return dict(json.loads((page.parent / "atlas.js").read_text().removeprefix("window.ATLAS = ")[:-2]))


def test_a_run_and_the_network_before_become_a_page(
    tiny_network: Network, before: Network, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(run / "images")
    drawn(store, tiny_network)
    drawn(store, before, neurons=["early:0-5", "late:0-3", "predictions"])
    monkeypatch.setattr(accents, "accents", partial(accents.accents, strengths=(2, 6), side=48))
    given = Given(run, store, Projection(neighbours=5, metric="correlation"), accents=1, cell=32, longest=20)
    before = replace(before, size=128)
    page = making.make(given, tiny_network, before, run / "atlas")
    found = told(page)
    assert [each["name"] for each in found["layers"]] == ["early", "late", "predictions"]
    assert [each["title"] for each in found["sheets"]] == ["After fine-tuning", "Before fine-tuning"]
    assert found["sheets"][0]["blank"] == []
    assert found["sheets"][1]["blank"] == [
        10,
        11,
        12,
        13,
        14,
        15,
        16,
    ]  # not drawn, and its classes are others
    assert [each["name"] for each in found["layouts"]] == [BY_NUMBER, IN_LAYERS, WHOLE, EARLIER]
    assert found["names"] == {"14": "portrait", "15": "landscape", "16": "still-life"}
    assert "preset naive, seed 0, 64 px" in found["about"] and "30 works" in found["about"]
    shown = [responses.load(run / "responses" / name) for name in ("tiny", "earlier-299px")]
    assert [each.size for each in shown] == [299, 299]  # the same works, as large, to both
    assert shown[0].records == shown[1].records
    assert found["sheet"]["cell"] == 32 and all(max(work["size"]) == 20 for work in found["works"])
    assert [each["class_name"] for each in found["accents"]] == ["portrait", "landscape", "still-life"]
    for each in found["accents"]:
        assert each["steps"][0] == 0 and len(each["pictures"]) == len(each["steps"]) + 1
        assert each["scores"] == sorted(each["scores"])
        assert all((page.parent / picture).is_file() for picture in each["pictures"])
    monkeypatch.setattr(responses, "measure", lambda *_: pytest.fail("measured twice"))
    monkeypatch.setattr(accentuation, "accentuate", lambda *_: pytest.fail("accentuated twice"))
    monkeypatch.setattr(layout, "projected", lambda *_: pytest.fail("laid out twice"))
    assert told(making.make(given, tiny_network, before, run / "atlas")) == found


def test_without_a_collection_the_page_has_images_alone(
    tiny_network: Network, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(tmp_path / "images")
    drawn(store, tiny_network)
    given = Given(tmp_path, store, Projection(), "Mine")
    found = told(making.make(given, tiny_network, None, tmp_path / "atlas"))
    assert "The page shows images alone: there is no collection to explain by" in caplog.text
    assert (found["title"], found["works"], found["groups"]) == ("Mine", [], [])
    assert [each["name"] for each in found["layouts"]] == [BY_NUMBER]
    assert [each["name"] for each in found["facets"]] == ["layer"]


def test_all_images_of_a_page_are_made_alike(
    tiny_network: Network, before: Network, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(tmp_path)
    drawn(store, tiny_network, size=64, seed=2)
    drawn(store, tiny_network, size=80, neurons=["early:0-3"])
    found = finished(store, tiny_network)
    assert (found.size, found.seed, len(found.files)) == (64, 2, 17)
    with pytest.raises(
        ValueError, match="no images of earlier made as the others were .preset naive, seed 2"
    ):
        finished(store, before, found)
    twin = replace(before, name="tiny")
    with pytest.raises(ValueError, match="are of another network called tiny"):
        finished(store, twin)
    assert "17 images are of another network called tiny" in caplog.text


def test_what_the_network_was_is_taken_where_it_has_images(
    tiny_network: Network, before: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"mine": replace(tiny_network, architecture="earlier"), "earlier": before}
    monkeypatch.setattr(making, "open_network", lambda name: known[name])
    store = Store(tmp_path)
    assert making.opened(store, ["mine"]) == (known["mine"], None)
    drawn(store, before)
    assert making.opened(store, ["mine"]) == (known["mine"], before)
    assert making.opened(store, ["earlier", "mine"]) == (before, known["mine"])


def test_an_image_of_another_side_gets_a_sentence(tiny_network: Network, tmp_path: Path) -> None:
    store = Store(tmp_path / "images")
    drawn(store, tiny_network)
    with pytest.raises(ValueError, match="has one of 32, 64, 80, 96, 128 px, not 50"):
        making.make(Given(tmp_path, store, Projection(), cell=50), tiny_network, None, tmp_path / "atlas")


def test_a_page_of_three_networks_or_of_none_gets_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert main(["atlas-page", "--folder", str(tmp_path), "--models", "a", "b", "c"]) == 2
    assert main(["atlas-page", "--folder", str(tmp_path)]) == 2
    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == [
        "an atlas's page is of one network, and of the one before fine-tuning; not of 3",
        f"there is no model in {tmp_path / 'model'}: `make run` makes one, or name a file",
    ]


def test_the_command_makes_the_page_and_what_a_layer_sees(
    tiny_network: Network, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = models.save(tiny_network, run / "model" / "tiny.keras")
    drawn(Store(run / "images"), models.load(model))
    monkeypatch.setattr(
        drawing, "settings_for", lambda _: preset("naive").replace(final_size=24, iterations=2)
    )
    arguments = ["--activations", "late", "--address", "https://there.org/atlas/", "--seed", "3"]
    assert main(["atlas-page", "--folder", str(run), *arguments]) == 0
    found = told(run / "atlas" / "index.html")
    assert found["more"] == {"What late sees in the works": "sees-late/index.html"}
    assert told(run / "atlas" / "sees-late" / "index.html")["word"] == "cell"
    info = json.loads((run / "atlas" / "after" / "info.json").read_text())
    assert info["id"] == "https://there.org/atlas/after"
    assert json.loads((run / "atlas" / "layout.json").read_text())["card"]["projection"]["seed"] == 3
