"""How fast a network learns and scores: does the pipeline keep up, does scoring in batches pay.

Scoring: the rate of `scoring.score` over that of the 2018 notebook, which loads a picture and calls
``predict`` on it, then the next; it comes first, since training changes how a process keeps its memory.
Feeding: the rate of steps on moved pictures over that on one constant batch, in the same loop. Both A B A B
in one process; random weights, since they cost the same.
Run: ``taskset -c 0,1 python -m bench.training``
"""

from __future__ import annotations

import json
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np

from image_machines import images, machine
from image_machines.network import backend, pipeline, records, scoring, training
from image_machines.network.network import Network
from image_machines.network.training import Training
from image_machines.notebooks import profiles

CLASSES = ("landscape", "portrait", "still-life")
REPEATS = 3
FEEDING = {"paper": 20, "demo": 60}  # profile -> steps per leg: an epoch of 640 paintings, of 960 pictures
SCORING = {"InceptionV3": (299, 192), "MobileNetV2": (224, 192), "small": (128, 384)}  # size, pictures


class Constant(keras.utils.PyDataset):
    """One batch, as often as there are steps."""

    def __init__(self, batch: tuple[np.ndarray, np.ndarray], steps: int) -> None:
        super().__init__(workers=pipeline.THREADS, max_queue_size=4)
        self.batch, self.steps = batch, steps

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self.batch


def results() -> list[dict[str, Any]]:
    """Measure, and return one row per number: name, value, bound, machine, versions."""
    common = {
        "machine": machine.described(),
        "versions": {name: version(name) for name in ("tensorflow", "keras", "numpy", "pillow")},
    }
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        write_pictures(Path(scratch), max(count for _, count in SCORING.values()))
        for name, (size, count) in SCORING.items():
            ours, theirs = speeds_of_scoring(name, size, count, Path(scratch))
            ratio = {"name": f"scoring, {name}, {size} px: rate over the 2018 loop's", "bound": ">= 5"}
            rows.append(ratio | {"value": round(ours / theirs, 2)} | common)
            rows.append(
                {"name": f"scoring, {name}: pictures per second", "value": round(ours, 1), "bound": ""}
                | common
            )
        for profile, steps in FEEDING.items():
            recipe = profile_recipe(profile)
            name = f"{profile}: {recipe.architecture}, {recipe.size} px, batch {recipe.batch_size}"
            fed, constant = feeding(recipe, steps, Path(scratch))
            ratio = {"name": f"feeding, {name}: step rate over constant batch", "bound": ">= 0.95"}
            rows.append(ratio | {"value": round(fed / constant, 3)} | common)
            rows.append(
                {"name": f"feeding, {name}: steps per second", "value": round(fed, 2), "bound": ""} | common
            )
    return rows


def profile_recipe(profile: str) -> Training:
    """The recipe of a profile, on random weights."""
    return Training.of(SimpleNamespace(**profiles.read(profile)["train"] | {"weights": ""}))


def feeding(recipe: Training, steps: int, folder: Path) -> tuple[float, float]:
    """Steps per second on the pipeline's batches, and on a constant one."""
    network = training.prepare(recipe, CLASSES, "bench")
    precision = backend.chosen(recipe.precision, network.graph)
    model = training.compiled(network.graph, recipe, steps, precision)
    records.set_precision(model, precision)
    machine.keep_freed_memory()
    paths, labels, classes = pipeline.find_pictures(folder)
    count = steps * recipe.batch_size
    chosen = [index % len(paths) for index in range(count)]
    batches = pipeline.Batches(
        pipeline.Pictures([paths[index] for index in chosen], recipe.size),
        [labels[index] for index in chosen],
        len(classes),
        network.pixels,
        recipe.batch_size,
        seed=0,
        augmentation=recipe.augmentation,
    )
    constant = Constant(batches[0], steps)
    model.fit(constant, epochs=1, verbose=0, shuffle=False)
    times: dict[str, list[float]] = {"fed": [], "constant": []}
    for _ in range(REPEATS):
        for key, feed in (("fed", batches), ("constant", constant)):
            began = time.perf_counter()
            model.fit(feed, epochs=1, verbose=0, shuffle=False)
            times[key].append(time.perf_counter() - began)
    return steps / median(times["fed"]), steps / median(times["constant"])


def speeds_of_scoring(architecture: str, size: int, count: int, folder: Path) -> tuple[float, float]:
    """Pictures per second in batches, and one at a time as in 2018."""
    recipe = Training(architecture=architecture, weights="", freeze="", size=size)
    network = training.prepare(recipe, CLASSES, "bench")
    paths = pipeline.find_pictures(folder)[0][:count]
    records = [{"file": str(path.relative_to(folder)), "class": "", "split": ""} for path in paths]
    scoring.score(network, records[:32], folder)
    loop_2018(network, paths[:2])
    ours, theirs = [], []
    for _ in range(REPEATS):
        ours.append(count / scoring.score(network, records, folder).seconds)
        few = paths[: count // 4]
        began = time.perf_counter()
        loop_2018(network, few)
        theirs.append(len(few) / (time.perf_counter() - began))
    return median(ours), median(theirs)


def loop_2018(network: Network, paths: list[Path]) -> list[np.ndarray]:
    """The 2018 notebook: load one picture, predict it, next."""
    scores = []
    for path in paths:
        picture = keras.utils.img_to_array(keras.utils.load_img(path, target_size=(network.size,) * 2))
        scores.append(network.graph.predict(network.pixels.from_pictures(picture[None]), verbose=0)[0])
    return scores


def write_pictures(folder: Path, count: int) -> None:
    """Pictures of 300 x 240 px with the detail of a small painting, in a folder for each class."""
    rng = np.random.default_rng(0)
    for number in range(count):
        coarse = images.resize_linear(rng.normal(0, 0.4, (24, 30, 3)).astype(np.float32), (240, 300))
        picture = images.to_picture(coarse + rng.normal(0, 0.04, coarse.shape))
        images.save(folder / CLASSES[number % len(CLASSES)] / f"{number:04d}.jpg", picture, quality=90)


if __name__ == "__main__":
    print(json.dumps(results(), indent=2))
