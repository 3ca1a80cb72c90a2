"""What each choice of the paper does to the number: one training per row and seed, and what it got right.

Run, with a mirror of the gallery served at SOURCE:

    python -m studies.images_of_image_machines.choices --source SOURCE --inception WEIGHTS --mobilenet WEIGHTS

The pictures lie in ``runs/choices/data-*``, the networks in ``runs/choices/NAME-SEED``, the numbers in
``results/choices.json``. Trainings that are finished are not repeated, broken ones go on.
"""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from image_machines import files
from image_machines.collection import dataset
from image_machines.collection.selection import Selection
from image_machines.network import measures, pipeline, scoring, training
from image_machines.network.network import Network
from image_machines.notebooks import profiles
from image_machines.notebooks.chapters import ROOT
from studies.common.results import Row
from studies.images_of_image_machines import RESULTS

log = logging.getLogger("image_machines.studies")

FOLDER = ROOT / "runs" / "choices"
RESULT = RESULTS / "choices.json"
DRAWS = 5  # how often each validation picture is moved
INCEPTION, MOBILENET = {"architecture": "InceptionV3"}, {"architecture": "MobileNetV2", "size": 224}

# name -> split, what differs from the profile `paintings`, seeds
ROWS: dict[str, tuple[str, dict[str, Any], range]] = {
    "mixed5": ("by-work", INCEPTION, range(5)),
    "mobilenet": ("by-work", MOBILENET | {"freeze": "block_9_add"}, range(1)),
    "random": ("random", INCEPTION, range(1)),
    "mixed4": ("by-work", INCEPTION | {"freeze": "mixed4"}, range(1)),
    "mixed3": ("by-work", INCEPTION | {"freeze": "mixed3"}, range(1)),
}


def main() -> None:
    """Train and test what is missing."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--source", required=True, help="where the gallery's mirror is served, or a folder")
    parser.add_argument("--inception", default="imagenet", help="file of weights")
    parser.add_argument("--mobilenet", default="imagenet", help="file of weights")
    parser.add_argument("--rows", nargs="+", default=list(ROWS), choices=ROWS)
    given = parser.parse_args()
    weights = {"InceptionV3": given.inception, "MobileNetV2": given.mobilenet}
    for name in given.rows:
        split, changes, seeds = ROWS[name]
        data = collect(given.source, split)
        for seed in seeds:
            recipe = recipe_of(changes | {"weights": weights[changes["architecture"]], "seed": seed})
            result = run(name, recipe, data, split)
            if result:
                keep(result)


def collect(source: str, split: str) -> Path:
    """The folder of the profile's paintings, divided one way or the other."""
    wanted = Selection.of(SimpleNamespace(**profiles.read("paintings")["wga"]))
    wanted = replace(wanted, source=source, split=split)
    folder = FOLDER / f"data-{split}"
    dataset.build(wanted, folder, dataset.read_catalogue(wanted, folder))
    return folder


def recipe_of(changes: dict[str, Any]) -> training.Training:
    """The profile's recipe with some of it changed."""
    return training.Training.of(SimpleNamespace(**profiles.read("paintings")["train"] | changes))


def run(name: str, recipe: training.Training, data: Path, split: str) -> Row | None:
    """Train one network, unless it is there, and test it, unless its numbers are there."""
    folder = FOLDER / f"{name}-{recipe.seed}"
    trained = training.train(recipe, data, folder, name)
    if any(each["fingerprint"] == trained.network.fingerprint for each in read()):
        return None
    for checkpoint in folder.glob(f"{name}-??.keras"):
        checkpoint.unlink()  # with the optimiser's state they are three times as large as the network
    records = scoring.read_records(data)
    tested = [record for record in records if record["split"] == "val"]
    measured = measures.measure(scoring.score(trained.network, tested, data, recipe.batch_size))
    return {
        "row": name,
        "architecture": recipe.architecture,
        "frozen_up_to": recipe.freeze,
        "split": split,
        "seed": recipe.seed,
        "pictures": {"train": len(records) - len(tested), "val": len(tested)},
        "accuracy": measured["accuracy"],
        "accuracy_moved": moved_accuracy(trained.network, recipe, data),
        "classes": measured["classes"],
        "minutes": round(trained.card["training_seconds"] / 60, 1),
        "fingerprint": trained.network.fingerprint,
        "versions": trained.card["versions"],
    }


def moved_accuracy(network: Network, recipe: training.Training, data: Path) -> float:
    """Share of the validation pictures named right when they are moved as in training; mean of some draws."""
    paths, labels, classes = pipeline.find_pictures(data / "val")
    pictures = pipeline.Pictures(paths, recipe.size)
    right = []
    for draw in range(DRAWS):
        batches = pipeline.Batches(
            pictures, labels, len(classes), network.pixels, recipe.batch_size, draw, recipe.augmentation
        )
        for index in range(len(batches)):
            shown, truth = batches[index]
            said = np.asarray(network.graph.predict_on_batch(shown))
            right.extend(said.argmax(axis=1) == truth.argmax(axis=1))
    return round(float(np.mean(right)), 4)


def keep(result: Row) -> None:
    """Put a result into the file, in place of an earlier one of its row and seed."""
    known = [each for each in read() if (each["row"], each["seed"]) != (result["row"], result["seed"])]
    order = list(ROWS)
    known = sorted([*known, result], key=lambda each: (order.index(each["row"]), each["seed"]))
    files.write_json(RESULT, known)
    log.info("%s, seed %d: %.1f %%", result["row"], result["seed"], 100 * result["accuracy"])


def read() -> list[Row]:
    """What was found so far."""
    return list(json.loads(RESULT.read_text(encoding="utf-8"))) if RESULT.is_file() else []


if __name__ == "__main__":
    main()
