"""The README's first command, as a newcomer types it, in a copy of the project; only with smaller numbers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from image_machines import images
from image_machines.collection import server
from image_machines.notebooks.chapters import CHAPTERS

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "runs", "tests", "__pycache__", ".*_cache")
SMALLER = """
    built_in='{"per_class": 16, "size": 96}' size=64 batch_size=8 epochs=3 neuron=[0] octave=1
""".strip()

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project as a clone would have it, with the packages of this environment."""
    copy = tmp_path_factory.mktemp("clone") / "project"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    (copy / ".venv").symlink_to(Path(sys.prefix))
    return copy


def make(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run make as a person would, but with the packages that are installed already."""
    known = {"CI", "MAKEFLAGS", "MAKELEVEL"}
    environment = {name: value for name, value in os.environ.items() if name not in known}
    command = ["make", "--assume-old=.venv/installed", *words]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=500)


@pytest.fixture(scope="module")
def ran(project: Path) -> subprocess.CompletedProcess[str]:
    """What `make run` said on its first time."""
    done = make(project, "run", f"SET={SMALLER}")
    assert done.returncode == 0, done.stderr[-3000:]
    return done


def files(run: Path) -> dict[str, int]:
    """The pictures, the models and the images of a run, with the time each was written."""
    parts = [run / part for part in ("data/train", "data/val", "data/sources", "model", "images")]
    found = (file for part in parts for file in part.rglob("*.*") if "works" not in file.parts)
    kept = (file for file in found if file.suffix in (".jpg", ".keras"))
    return {str(file.relative_to(run)): file.stat().st_mtime_ns for file in kept}


def test_make_run_leaves_notebooks_data_model_scores_and_images(project, ran):
    run = project / "runs" / "demo"
    for chapter in CHAPTERS:
        executed = nbformat.read(run / f"{chapter}.ipynb", 4)
        assert not any(o.output_type == "error" for cell in executed.cells for o in cell.get("outputs", []))
        assert any(cell.get("outputs") for cell in executed.cells)
    metrics = json.loads((run / "metrics.json").read_text())
    assert sum(counts["train"] + counts["val"] for counts in metrics["counts"].values()) == 48
    assert metrics["accuracy"]["train"] > 1 / 3
    assert (run / "model" / "portrait-landscape-stilllife.keras").is_file()
    cards = [json.loads(card.read_text()) for card in (run / "images").glob("*/*/*.json")]
    assert {card["class_name"] for card in cards} >= {"portrait", "landscape", "still-life"}
    for card in (run / "images").glob("*/*/*.json"):
        assert images.read(card.with_suffix(".jpg")).shape == (174, 174, 3)


def test_make_run_shows_progress_and_says_at_the_end_what_was_made(ran):
    for bar in ("painting", "epoch", "portrait"):
        assert bar in ran.stderr
    end = ran.stderr.rstrip().splitlines()[-7:]
    assert end[0].startswith("Done. In runs/demo/") and end[-1] == "To browse them: make serve"
    for noise in ("Traceback", "WARNING", "Task was destroyed", "unknown parameter"):
        assert noise not in ran.stderr


def test_a_second_make_run_reuses_what_is_complete(project, ran):
    before = files(project / "runs" / "demo")
    assert make(project, "run", f"SET={SMALLER}").returncode == 0
    assert files(project / "runs" / "demo") == before


def test_a_wrong_setting_stops_before_anything_runs(project):
    done = make(project, "run", "PROFILE=paper", "SET=epoch=4")
    assert done.returncode != 0
    assert "no parameter 'epoch' in 'epoch=4' (did you mean 'epochs'" in done.stderr
    assert "passes over the training pictures" in done.stderr
    assert not (project / "runs" / "paper").exists()


def test_without_permission_nothing_is_asked_of_the_gallery(project):
    done = make(project, "run", "PROFILE=paper")
    assert done.returncode != 0
    assert "permission" in done.stderr and "wga.ipynb stopped" in done.stderr


@pytest.mark.shared
def test_real_paintings_go_the_whole_way_through_the_real_network(project, shared):
    with server.serve(shared / "data" / "mirror") as mirror:
        weights = shared / "weights" / "inception_v3_imagenet_notop.weights.h5"
        few = "pictures_per_class=14 size=150 batch_size=8 epochs=1 octave=1"
        done = make(project, "run", "PROFILE=paintings", f"SET=source={mirror} weights={weights} {few}")
    assert done.returncode == 0, done.stderr[-3000:]
    run = project / "runs" / "paintings"
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["network"]["architecture"] == "InceptionV3"
    assert metrics["unreadable"] == {}
    assert {card.parent.name for card in (run / "images").glob("*/*/*.json")} == {"predictions", "mixed5"}
