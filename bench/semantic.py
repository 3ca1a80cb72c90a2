"""How fast a network learns through a semantic head: steps a second over those of the bare base network.

The bare one is the same base with a plain linear score, trained in the same loop, on batches as large; both
learn all their weights, which are random, since they cost the same. A B A B in one process.
Run: ``taskset -c 0,1 python -m bench.semantic``
"""

from __future__ import annotations

import json
import time
from importlib.metadata import version
from statistics import median
from typing import Any

import keras
import numpy as np

from image_machines import machine
from image_machines.network import models
from image_machines.network.semantic import training, unconstrained
from image_machines.network.semantic.feeding import Features, Taught, Turns
from image_machines.network.semantic.head import add_semantic_head
from image_machines.network.semantic.training import SemanticTraining

BASES = {"SqueezeNet": 224, "MobileNetV2": 224}  # size of the pictures
ATTRIBUTES, BATCH, STEPS, REPEATS = 33, 10, 6, 3


def results() -> list[dict[str, Any]]:
    """Measure, and return one row per number: name, value, bound, machine, versions."""
    common = {
        "machine": machine.described(),
        "versions": {name: version(name) for name in ("tensorflow", "keras", "numpy")},
    }
    rows = []
    for base, size in BASES.items():
        ours, bare = speeds(base, size)
        name = f"semantic head: step rate over the bare network's, {base}, {size} px, batch {BATCH}"
        rows.append({"name": name, "value": round(ours / bare, 3), "bound": ">= 0.9"} | common)
    return rows


def speeds(base: str, size: int) -> tuple[float, float]:
    """Steps per second through a semantic head, and of the bare network."""
    dice = np.random.default_rng(0)
    pictures = Features(dice.normal(0, 1, (STEPS * BATCH // 2, size, size, 3)).astype(np.float32))
    labels = dice.integers(0, 2, (len(pictures), ATTRIBUTES)).astype(np.float32)
    scores = dice.normal(0, 1, (len(pictures), 1)).astype(np.float32)
    names = [str(number) for number in range(ATTRIBUTES)]
    semantic = add_semantic_head(models.build(base, None), names, size)
    plain = unconstrained.add_score(models.build(base, None), size)
    taught, scored = Taught(pictures, labels), Taught(pictures, scores)
    chosen = SemanticTraining(batch_size=BATCH)
    head = training.learner(semantic.network, semantic, chosen, "joint")
    bare = keras.Model(plain.graph.inputs, plain.graph.outputs)
    bare.compile(keras.optimizers.Adam(1e-3), "mse", jit_compile=False)
    once = Plain(scored, BATCH, STEPS)
    legs = {"head": (head, Turns(taught, scored, BATCH, "turns")), "bare": (bare, once)}
    times: dict[str, list[float]] = {name: [] for name in legs}
    for repeat in range(REPEATS + 1):
        for name, (model, fed) in legs.items():
            began = time.perf_counter()
            model.fit(fed, epochs=1, verbose=0, shuffle=False)
            if repeat:  # the first traces and warms up
                times[name].append(len(fed) / (time.perf_counter() - began))
    return median(times["head"]), median(times["bare"])


class Plain(keras.utils.PyDataset):
    """Batches of pictures and their scores, as any regression is fed."""

    def __init__(self, scored: Taught, batch: int, steps: int) -> None:
        super().__init__(workers=2, max_queue_size=4)
        self.scored, self.batch, self.steps = scored, batch, steps

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = np.arange(index * self.batch, (index + 1) * self.batch) % len(self.scored.targets)
        return self.scored.inputs.batch(chosen, 0), self.scored.targets[chosen]


if __name__ == "__main__":
    print(json.dumps(results(), indent=2))
