"""The study of the atlas: what its notebook makes and shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from image_machines import files, images
from image_machines.atlas.activation import making as activation
from image_machines.atlas.atlas import Wish, make_atlas
from image_machines.atlas.maps.parts import assembled
from image_machines.atlas.walk import page as walk
from image_machines.network import heads, models
from image_machines.network.network import Network
from studies.atlas import committed, seen, showing

ROOT = Path(__file__).resolve().parents[1]


def test_the_sheet_has_a_row_for_every_layer(tiny_network: Network, tmp_path: Path) -> None:
    model = models.save(tiny_network, tmp_path / "tiny.keras")
    wanted = showing.beginnings(model, 2)
    assert "predictions:0-1" in wanted and "late:0-1" in wanted
    wanted = ["late:0-1", "predictions:0-1"]
    wish = Wish(
        models=[model], images=tmp_path, neurons=wanted, presets=["naive"], size=24, workers=0, seconds=0.0
    )
    assert make_atlas(wish).made == 2 * len(wanted)
    sheet = showing.sheet(wish)
    assert sheet.shape[0] % len(wanted) == 0
    assert sheet.shape[0] // len(wanted) > showing.TILE


def test_what_is_committed_is_a_thousand_neurons_and_the_same_before() -> None:
    before = models.build("InceptionV3", weights=None)
    after = heads.add_head(before, ["portrait", "landscape", "still-life"])
    first, second = (
        [(each.layer, each.neuron) for each in committed.recipes(one)] for one in (after, before)
    )
    assert len(second) >= 1000
    assert len(set(first)) == len(first)
    assert ("mixed5", 66) in first
    assert [each for each in first if each not in second] == [("predictions", n) for n in range(3)]
    layers = [layer for layer, _ in second]
    assert {layer: layers.count(layer) for layer in ("mixed5", "mixed6")} == {"mixed5": 64, "mixed6": 128}


def test_a_time_is_not_told_that_was_not_asked_for(
    tiny_network: Network, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = models.save(tiny_network, tmp_path / "tiny.keras")
    wish = Wish(
        models=[model], images=tmp_path, neurons=["late:0"], presets=["naive"], size=24, workers=0, seconds=0
    )
    with caplog.at_level("INFO"):
        assert make_atlas(wish).made == 1
    assert "images an hour" not in caplog.text


def test_accents_are_shown_a_work_a_row(tmp_path: Path) -> None:
    names = ["as.jpg", "more.jpg", "added.jpg"]
    for name in names:
        images.save(tmp_path / name, np.full((20, 30, 3), 99, np.uint8))
    accents = [
        {"caption": "A Lady", "class_name": each, "steps": [0, 8], "scores": [1.5, 9.25], "pictures": names}
        for each in ("portrait", "landscape")
    ]
    (tmp_path / "atlas.js").write_text(f"window.ATLAS = {json.dumps({'accents': accents})};\n")
    figure = showing.accented(tmp_path / "index.html")
    assert len(figure.axes) == 6
    said = " ".join(axes.get_xlabel() + axes.get_title() for axes in figure.axes).replace("\n", " ")
    assert "A Lady: 1.5" in said and "8 steps: 9.25" in said and "added for “landscape”" in said


@pytest.mark.slow
def test_the_job_for_slurm_starts_workers_draws_and_ends_them(tiny_network: Network, tmp_path: Path) -> None:
    """With a stand-in for srun that starts a command as often as it is told."""
    model = models.save(tiny_network, tmp_path / "tiny.keras")
    stand_in = tmp_path / "srun"
    stand_in.write_text(
        "#!/bin/bash\ntrap 'kill $(jobs -p)' TERM\n"
        'for _ in $(seq "${1#--ntasks=}"); do "${@:3}" & done\nwait\n'
    )
    stand_in.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    options = f"--models {model} --images {tmp_path / 'images'} --neurons late:0-3 --presets naive --size 24"
    done = subprocess.run(
        ["bash", "studies/atlas/slurm.sh", *options.split()],
        cwd=ROOT,
        env=os.environ | {"PATH": path, "PYTHON": sys.executable, "SLURM_NTASKS": "3"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "4 images were made" in done.stderr
    assert len(list((tmp_path / "images").rglob("late*.jpg"))) == 4
    assert not list(ROOT.glob(".scheduler-*.json"))


def test_the_page_that_is_shown_is_current_and_small() -> None:
    folder = Path(__file__).parent.parent / "studies" / "atlas" / "page"
    assert (folder / "index.html").read_text(encoding="utf-8") == assembled(walk.TEMPLATE)
    text = (folder / "atlas.js").read_text(encoding="utf-8")
    found = json.loads(text.removeprefix("window.ATLAS = ").strip().removesuffix(";"))
    assert len(found["numbers"]) >= 1000 and len(found["sheets"]) == 2
    assert all(work["painted"] for work in found["works"])  # by the program: nobody's rights
    assert sum(file.stat().st_size for file in folder.rglob("*")) < 15e6


def test_fine_tuning_that_changed_nothing_turned_no_direction(
    tiny_network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "FILE", tmp_path / "seen.json")
    records = [{"file": f"{number}.png"} for number in range(12)]
    random = np.random.default_rng(0)
    for record in records:
        images.save(tmp_path / record["file"], random.integers(0, 255, (64, 64, 3), np.uint8))
    monkeypatch.setattr(seen.scoring, "read_records", lambda folder: records)
    wish = activation.Wish(tmp_path, "late", each=12, across=2)
    found = seen.measured(wish, tiny_network, tiny_network, tmp_path / "page")
    assert (found["works"], found["places"]) == (12, 144) and found["cells"] >= 1
    assert found["cosine"] == [1.0, 1.0, 1.0]
    files.write_json(seen.FILE, [{"layer": "late"} | found])
    assert "| late | 144 places of 12 works |" in seen.table()
