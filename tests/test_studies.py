"""The study: its measures, its networks, and that every number of its page comes from its files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import papermill
import pytest

from image_machines import images
from image_machines.atlas.recipe import Recipe
from image_machines.notebooks.chapters import ROOT
from image_machines.vision.settings import Settings
from studies.images_of_image_machines import FIGURES, HERE, honesty, page, reading, relatives

NOTEBOOK = HERE / "notebook.ipynb"


def responses_of(means: np.ndarray, records: list[dict[str, str]]) -> Any:
    return SimpleNamespace(array=lambda layer, value: means, records=records, done=len(records))


def test_a_neuron_is_judged_on_one_part_by_the_readable_paintings() -> None:
    records = [
        {"class": name, "split": part}
        for name, part in (("a", "train"), ("b", "train"), ("a", "val"), ("b", "val"), ("a", "train"))
    ]
    means = np.array([[2, 1, 1, 2, np.nan], [1, 2, 2, 1, np.nan], [1, 1, 1, 1, np.nan]], np.float32)
    found = responses_of(means, records)
    assert reading.separation(found, "layer", "a", "train").tolist() == [1, 0, 0.5]
    assert reading.separation(found, "layer", "a", "val").tolist() == [0, 1, 0.5]


def test_a_channel_that_ranks_as_before_has_not_moved_and_silent_ones_are_counted() -> None:
    before = np.array([[1, 2, 3, 4], [1, 2, 3, 4], [0, 0, 0, 0]], np.float32)
    after = np.array([[2, 4, 6, 8], [4, 3, 2, 1], [1, 2, 3, 4]], np.float32)
    change = reading.moved(responses_of(before, []), responses_of(after, []), "layer")
    assert change["most"][0] == {"neuron": 1, "distance": 2.0}
    assert change["least"][0] == {"neuron": 0, "distance": 0.0}
    assert (change["channels"], change["silent"]) == (3, 1)
    assert change["silent_between"] == [2, 2]


def test_only_the_responses_of_its_own_network_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept = SimpleNamespace(network="mine", fingerprint="sha256:1111")
    monkeypatch.setattr(reading.responses, "load", lambda folder: kept)
    assert reading.responses_in(tmp_path / "none", {"fingerprint": "sha256:1111"}) is None
    assert reading.responses_in(tmp_path, {"fingerprint": "sha256:1111"}) is kept
    assert caplog.text == ""
    assert reading.responses_in(tmp_path, {"fingerprint": "sha256:2222"}) is None
    assert (
        "are those of mine (sha256:1111), not of the network that this study reads (sha256:2222)"
        in caplog.text
    )


def test_without_the_network_the_study_says_how_to_get_it(tmp_path: Any) -> None:
    with pytest.raises(FileNotFoundError, match="make run PROFILE=paintings"):
        relatives.tuned_file(tmp_path)


def test_the_checks_of_a_picture_are_one_plain_line() -> None:
    row = {"reached": 2.345, "second": {"class": "portrait", "probability": 0.981}}
    line = honesty.sentence(row)
    assert line.startswith("Shown like a painting, it excites the neuron 2.3 times as much as the painting")
    assert line.endswith("; a second network takes it for a portrait (98%).") and "\n" not in line


def test_what_the_page_shows_exists() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.PAGE.read_text(encoding="utf-8")):
        assert (HERE / target).exists(), target


def test_figures_are_fetched_by_a_slow_line_too() -> None:
    assert {file.name for file in FIGURES.iterdir() if file.stat().st_size > 800 << 10} == set()


def test_every_picture_with_a_card_can_be_made_again_from_it() -> None:
    cards = [card for card in (ROOT / "images").glob("*/**/*.json")]
    assert len(cards) > 150
    for card in cards:
        inside = images.read_card(card.with_suffix(".jpg"))
        recipe = Recipe.of_card(inside)
        assert recipe == Recipe.of_card(json.loads(card.read_text(encoding="utf-8"))), card
        assert Settings.from_json(recipe.settings).sizes()[-1] == recipe.size, card


@pytest.mark.slow
def test_the_notebook_runs_without_the_paintings(tmp_path: Path) -> None:
    for needed in ("image_machines", "images", "studies"):
        (tmp_path / needed).symlink_to(ROOT / needed)
    done = papermill.execute_notebook(
        str(NOTEBOOK), str(tmp_path / "read.ipynb"), {"folder": str(tmp_path / "none")}, cwd=str(tmp_path)
    )
    figures = [
        output
        for cell in done.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(figures) >= 10
