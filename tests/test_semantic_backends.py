"""A semantic head learns the same on every backend that Keras runs on here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from image_machines.network.semantic.variants import VARIANTS
from image_machines.notebooks.chapters import ROOT

RUN = """
import json, sys
import numpy as np
from image_machines.network import models
from image_machines.network.semantic import explaining, training
from image_machines.network.semantic.feeding import Features, Taught
from image_machines.network.semantic.head import add_semantic_head

dice = np.random.default_rng(0)
pictures = Features(dice.normal(0, 1, (8, 64, 64, 3)).astype(np.float32))
labels = dice.integers(0, 2, (8, 2)).astype(np.float32)
semantic = add_semantic_head(
    models.build("small", None, seed=1), ("water", "trees"), 64, sys.argv[1], layer="relu3_1", seed=0
)
for variable in semantic.network.graph.trainable_variables:  # each backend draws its own numbers
    if np.ptp(np.asarray(variable)):
        variable.assign(dice.normal(0, 0.1, variable.shape))
scores = dice.normal(5, 1, (8, len(semantic.scores))).astype(np.float32)
history = training.train(
    semantic,
    training.SemanticTraining(attribute_epochs=2, joint_epochs=2, batch_size=4),
    Taught(pictures, labels),
    Taught(Features(pictures.values + 1), scores),
)
told = {"losses": [row["loss"] for row in history], "templates": explaining.templates(semantic).tolist()}
print(json.dumps(told))
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_a_training_is_the_same_on_jax(name: str) -> None:
    if find_spec("jax") is None:
        pytest.skip("jax is not installed; this test needs it: pip install jax")
    found = {backend: trained(backend, name) for backend in ("tensorflow", "jax")}
    for what, tolerance in (("losses", 1e-3), ("templates", 1e-3)):
        ours, theirs = (np.asarray(found[backend][what]) for backend in ("tensorflow", "jax"))
        np.testing.assert_allclose(ours, theirs, atol=tolerance, err_msg=what)
        assert np.ptp(ours) > 0


def trained(backend: str, name: str) -> dict[str, list[float]]:
    """What a training of a few steps leaves on a backend, in a process of its own."""
    environment = {"KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    said = subprocess.run(
        [sys.executable, "-c", RUN, name],
        env=os.environ | environment,
        check=True,
        timeout=300,
        capture_output=True,
        text=True,
    ).stdout
    return dict(json.loads(said.splitlines()[-1]))
