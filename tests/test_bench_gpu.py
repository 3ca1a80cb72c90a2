"""What is prepared for a card runs: every step of it, small, on this processor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_every_step_runs_small() -> None:
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.gpu", "toy"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = json.loads(done.stdout[done.stdout.index("\n[") :])
    said = {row["name"].removeprefix("gpu: ").partition(",")[0].partition(" at ")[0] for row in rows}
    assert said == {
        "peak of a product of matrices",
        "step",
        "ms of a median on the host",
        "ms of a median on the device",
        "ms of a step",
        "median on the host: share of the time of 2018's steps",
        "seconds for quick",
        "images an hour",
        "seconds for paper-2018",
        "seconds for the first of these",
    }
    assert all(row["value"] >= 0 for row in rows)


def test_without_a_card_it_says_what_is_missing() -> None:
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    code = "from bench import gpu; raise SystemExit(len(gpu.results()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert "JAX sees no NVIDIA card here" in done.stdout
