"""Real paintings: their date and their class through attributes, learned and tested on different artists.

    python -m studies.semantic_maps.real --paintings ../shared/data/mirror --masks ../shared/data/masks \\
        --catalogue ../shared/data/wga/catalog.csv

``--catalogue`` is a larger catalogue in which schools are looked up. Every seed draws other artists. A run
that was killed goes on; the numbers go into ``results/real.json``.
"""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau
from sklearn.linear_model import Ridge

from image_machines import files
from image_machines.network.pipeline import Pictures
from image_machines.network.semantic import checks, explaining, feeding
from image_machines.network.semantic import head as heads
from image_machines.network.semantic.feeding import Features, Taught
from image_machines.network.semantic.head import SemanticNetwork
from image_machines.network.semantic.variants import VARIANTS
from studies.common.results import Row
from studies.semantic_maps import RESULTS, gallery, lessons, measures, painted, tasks
from studies.semantic_maps.gallery import PARTS, Work
from studies.semantic_maps.lessons import BORDER, Lessons
from studies.semantic_maps.tasks import Task

FILE = RESULTS / "real.json"
FOLDER = painted.FOLDER / "real"
BASE, LAYER, SIZE, EPOCHS = "SqueezeNet", "fire9", 224, 12
RATE = 0.003  # higher than where a base learns too

log = logging.getLogger("image_machines.studies")


@dataclass(frozen=True, eq=False)
class Real:
    """The works, the maps of a frozen layer (2 N, h, w, C), the second half of the works mirrored."""

    works: list[Work]
    base: str
    layer: str  # the base's last, and frozen as all before it
    features: Features
    cells: int


def real(works: list[Work], base: str, layer: str, folder: Path) -> Real:
    """Compute the maps of every work and of its mirror image."""
    network = lessons.built(base, layer)
    pictures = [each[..., :3] for each in Pictures([work.file for work in works], SIZE)]
    both = pictures + [picture[:, ::-1] for picture in pictures]
    features = feeding.features(network, layer, both, folder / f"{base}-{layer}-{SIZE}-{len(works)}.npy")
    return Real(works, base, layer, features, heads.map_side(network, network.graph.outputs[0], SIZE))


def learned(data: Real, task: Task, part: NDArray[np.int64], folder: Path) -> Lessons:
    """What the networks are taught: labels of some artists' works, scores of others', each mirrored too."""
    taught = []
    for number, what, targets in ((0, "labels", task.labels), (1, "scores", task.scores[:, None])):
        own = np.flatnonzero((part == number) & task.known(what))
        both = np.concatenate([own, own + len(data.works)])
        taught.append(Taught(Features(data.features.values[both]), np.concatenate([targets[own]] * 2)))
    checks.labels(taught[0].targets, task.names)
    return Lessons(
        lambda _: lessons.built(data.base, data.layer), data.layer, SIZE, task.names, *taught, 0.0, folder
    )


def trial(data: Real, task: Task, seed: int, epochs: int, folder: Path) -> Row:
    """Every network of one seed, and what needs no picture: the mean, and a fit on the catalogue's facts."""
    part = tasks.parts(data.works, seed)
    given = learned(data, task, part, folder)
    chosen = replace(lessons.settings(epochs, seed), learning_rate=RATE)
    tested = np.flatnonzero((part == 2) & task.known("scores"))
    true = task.scores[tested]
    found: Row = {"mean": scored(true, np.full(len(true), given.mean), task)}
    found["facts"] = from_facts(task, part)
    plain = lessons.baseline(given, chosen)
    found["baseline"] = scored(true, lessons.answers(plain, data.features.values[tested], data.layer), task)
    for name in VARIANTS:
        semantic = lessons.semantic(given, chosen, name)
        found[name] = judged(data, task, semantic, np.flatnonzero(part == 2))
    return found


def scored(true: NDArray[Any], said: NDArray[Any], task: Task) -> Row:
    """RMSE in the task's unit, Kendall's tau (None where all get one score), share on the right side."""
    found = measures.of_scores(true, said)
    return {
        "rmse": found["rmse"] * task.scale,
        "tau": found["tau"] if np.ptp(said) else None,
        "side": float(np.mean((true > 0) == (said > 0))),
    }


def from_facts(task: Task, part: NDArray[np.int64]) -> Row:
    """A linear fit of the score on the true attributes, that sees no picture."""
    known_both = task.known("labels") & task.known("scores")
    taught, tested = known_both & (part == 1), known_both & (part == 2)
    fit = Ridge(1.0).fit(task.labels[taught], task.scores[taught])
    return scored(task.scores[tested], fit.predict(task.labels[tested]), task)


def judged(data: Real, task: Task, semantic: SemanticNetwork, own: NDArray[np.int64]) -> Row:
    """What a semantic network gets right of works by artists it never saw, and what each attribute counts."""
    found = explaining.explain(semantic, data.features.values[own], start=data.layer)
    scores, labels = task.scores[own], task.labels[own]
    dated, labelled = np.isfinite(scores), np.isfinite(labels).all(axis=1)
    there = labels[labelled] > (0 if task.unit == "" else 0.5)
    totals = found.totals[labelled] * task.scale
    result = scored(scores[dated], found.score[dated], task) | {
        "precision": measures.precision(there.astype(float), found.presence[labelled]),
        "counts": [
            float(own_total[is_there].mean() - own_total[~is_there].mean())
            if 0 < is_there.sum() < len(is_there)
            else None
            for own_total, is_there in zip(totals.T, there.T, strict=True)
        ],
    }
    if task.names == tuple(PARTS):
        result |= _of_parts(data, semantic, own, found, labels)
    return result


def _of_parts(
    data: Real, semantic: SemanticNetwork, own: NDArray[np.int64], found: explaining.Explained, labels: Any
) -> Row:
    """Whether maps point at the parts of portraits, and follow how large they are."""
    masked = [place for place, number in enumerate(own) if data.works[number].mask is not None]
    side = 16 * data.cells
    shown = np.stack([gallery.part_labels(data.works[own[place]], side) for place in masked])
    cropped = semantic.variant == "paper"
    return {
        "pointing": measures.pointing(shown, found.maps[masked], data.cells, BORDER, cropped),
        "chance": measures.by_chance(shown, len(PARTS), data.cells, BORDER),
        "size": [
            float(kendalltau(labels[masked, place], found.presence[masked, place]).statistic)
            for place in range(len(PARTS))
        ],
    }


def main() -> None:
    """Learn, judge, and write ``results/real.json``."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--paintings", required=True, help="the gallery's mirror, a folder")
    parser.add_argument("--masks", type=Path, required=True, help="label maps under the pictures' paths")
    parser.add_argument("--catalogue", type=Path, required=True, help="the gallery's catalogue, a CSV file")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of each stage")
    parser.add_argument("--base", default=BASE)
    parser.add_argument("--layer", default=LAYER, help="the base's last layer that is used")
    given = parser.parse_args()
    works = gallery.works(given.paintings, given.masks, given.catalogue)
    data = real(works, given.base, given.layer, FOLDER)
    chosen = {"date": tasks.date(works), "kind": tasks.kind(works, data.cells, BORDER)}
    told = {name: told_of(data, task, given.epochs) for name, task in chosen.items()}
    for seed in range(given.seeds):
        for name, task in chosen.items():
            told[name]["trials"].append(trial(data, task, seed, given.epochs, FOLDER / "trainings"))
            log.info("seed %d, %s: %s", seed, name, json.dumps(told[name]["trials"][-1]))
            files.write_json(FILE, told)


def told_of(data: Real, task: Task, epochs: int) -> Row:
    """What a task's numbers are made of, with no trials yet."""
    return {
        "base": data.base,
        "layer": data.layer,
        "epochs": epochs,
        "works": len(data.works),
        "labelled": int(task.known("labels").sum()),
        "scored": int(task.known("scores").sum()),
        "unit": task.unit,
        "attributes": list(task.names),
        "shares": [float(each) for each in (task.labels[task.known("labels")] > 0).mean(axis=0)],
        "trials": [],
    }


if __name__ == "__main__":
    main()
