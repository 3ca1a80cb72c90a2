"""The study of the atlas: what its notebook makes and shows, and its script for SLURM, run without SLURM."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from image_machines.atlas.atlas import Wish, make_atlas
from image_machines.network import models
from image_machines.network.network import Network
from studies.atlas import showing

ROOT = Path(__file__).resolve().parent.parent


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


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_script_for_slurm_makes_an_atlas(tiny_network: Network, tmp_path: Path) -> None:
    model = models.save(tiny_network, tmp_path / "tiny.keras")
    srun = tmp_path / "srun"  # runs its command once, as for one task
    srun.write_text('#!/bin/bash\nwhile [[ $1 == --* ]]; do shift; done\nexec "$@"\n')
    srun.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHON": sys.executable, "SLURM_NTASKS": "2"}
    images = tmp_path / "images"
    wanted = ["--models", str(model), "--images", str(images), "--neurons", "classes", "--presets", "naive"]
    done = subprocess.run(
        ["bash", str(ROOT / "studies" / "atlas" / "slurm.sh"), *wanted, "--size", "24"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(images.glob("*/*/*.jpg"))) == 3
    assert not list(ROOT.glob(".scheduler-*"))
