"""One step of Xplique and of tf-keras-vis beside one of ours: same network, layer and size.

The peers need an older TensorFlow, so they live in an environment of their own, which this script calls:

    python3 -m venv .venv-peers
    .venv-peers/bin/pip install tensorflow-cpu==2.20.0 keras==3.15.1 tf-keras-vis==0.8.7 scipy
    .venv-peers/bin/pip install matplotlib scikit-learn scikit-image opencv-python-headless
    .venv-peers/bin/pip install --no-deps xplique==2.0.2 tensorflow-probability tf_keras==2.20.1 einops
    .venv-peers/bin/pip install --no-deps decorator cloudpickle dm-tree

Run: ``taskset -c 0,1 python -m bench peers`` (``PEERS_PYTHON`` names another interpreter). Every tool runs
with its own defaults: the peers' steps include their transforms, ours its normalisation.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from image_machines import machine

ROOT = Path(__file__).resolve().parent.parent
PYTHON = Path(os.environ.get("PEERS_PYTHON", ROOT / ".venv-peers" / "bin" / "python"))
LAYER, NEURON, SIZE = "mixed5", 66, 512
FEW, MANY = 2, 10  # steps; the difference leaves out compilation
TURNS = 3
BOUNDS = {"xplique": 1.2, "tf-keras-vis": 3.0}


def results() -> list[dict[str, Any]]:
    """Measure, and return one row per number: name, value, bound, machine, versions."""
    if not PYTHON.is_file():
        print(
            f"  left out: no peers' environment at {PYTHON}; the head of bench/peers.py says how to make it"
        )
        return []
    from bench.subjects import network

    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "network.keras"
        network().graph.save(model)
        rows = []
        for peer, precision in product(BOUNDS, ("float32", "fastest")):
            pairs = [
                (called(PYTHON, peer, model), called(Path(sys.executable), precision, model))
                for _ in range(TURNS)
            ]
            ratio = median(theirs["seconds"] / ours["seconds"] for theirs, ours in pairs)
            rows.append(
                {
                    "name": f"{peer} step / ours, {LAYER}, {SIZE} px, {precision}",
                    "value": round(ratio, 2),
                    "bound": f">= {BOUNDS[peer]}",
                    "machine": machine.described(),
                    "versions": pairs[0][0]["versions"] | pairs[0][1]["versions"],
                }
            )
    return rows


def called(python: Path, tool: str, model: Path) -> dict[str, Any]:
    """Seconds of a step of the tool, measured in a process of its own."""
    done = subprocess.run(
        [str(python), str(Path(__file__)), tool, str(model)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT)},
    )
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def ours(precision: str, model: Any) -> Any:
    from image_machines.network.network import Network
    from image_machines.network.pixels import PIXEL_RANGES
    from image_machines.vision import features, objectives, presets

    network = Network("peer", model, PIXEL_RANGES["-1..1"], (), "", "")
    settings = presets.PAPER_2018.replace(octaves=1, final_size=SIZE, regularizers=(), precision=precision)
    return lambda steps: features.render(
        network, objectives.channel(LAYER, NEURON), settings.replace(iterations=steps)
    )


def xplique(model: Any) -> Any:
    import keras
    import tensorflow as tf
    from xplique.features_visualizations import Objective, optimize

    fixed = keras.models.clone_model(model, input_tensors=keras.Input((SIZE, SIZE, 3)))  # it asks for a size
    fixed.set_weights(model.get_weights())

    def run(steps: int) -> None:
        objective = Objective.channel(fixed, LAYER, NEURON)
        optimize(
            objective,
            tf.keras.optimizers.Adam(0.05),
            nb_steps=steps,
            custom_shape=(SIZE, SIZE),
            values_range=(-1, 1),
        )

    return run


def tf_keras_vis(model: Any) -> Any:
    import numpy as np
    from tf_keras_vis.activation_maximization import ActivationMaximization
    from tf_keras_vis.utils.model_modifiers import ExtractIntermediateLayer
    from tf_keras_vis.utils.scores import CategoricalScore

    visualizer = ActivationMaximization(model, model_modifier=[ExtractIntermediateLayer(LAYER)], clone=True)
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, (1, SIZE, SIZE, 3)).astype(np.float32)
    return lambda steps: visualizer(
        CategoricalScore(NEURON), seed_input=noise, steps=steps, input_range=(-1.0, 1.0)
    )


def step_seconds(run: Any) -> float:
    """Seconds of one step, from the difference of a long and a short run."""
    run(FEW)
    spent = []
    for steps in (FEW, MANY):
        began = time.perf_counter()
        run(steps)
        spent.append(time.perf_counter() - began)
    return (spent[1] - spent[0]) / (MANY - FEW)


def main(tool: str, path: str) -> None:
    """Print, as JSON, the seconds of one step of the tool on the model."""
    import keras

    tools = {"xplique": xplique, "tf-keras-vis": tf_keras_vis}
    run = tools.get(tool, partial(ours, tool))(keras.models.load_model(path, compile=False))
    from importlib.metadata import version

    versions = {tool: version(tool)} if tool in tools else {}
    print(json.dumps({"seconds": step_seconds(run), "versions": versions}))


if __name__ == "__main__":
    main(*sys.argv[1:])
