"""From which share on the image of a class shows what was planted: a fence before 0 to 30 in 100 portraits.

    python -m studies.metapictures.shares

The demo's network learns the built-in collection, some training portraits behind a fence. Read are what a
fence does to the class's log-odds in works that it has not seen, and how much of a fence a judge finds in the
image of the class; the judge, a logistic regression on ImageNet's SqueezeNet, knows works of all classes with
and without a fence. Writes ``results/shares.json`` and ``figures/shares.jpg``; what is done already stays.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from image_machines import files, images
from image_machines.atlas.make import keep, make
from image_machines.atlas.plan import plan_all
from image_machines.atlas.store import Store
from image_machines.collection import dataset
from image_machines.collection.selection import Selection
from image_machines.images import Picture
from image_machines.network import models
from image_machines.network.network import Network
from image_machines.network.training import Training, train
from image_machines.notebooks import profiles
from image_machines.notebooks.chapters import ROOT
from image_machines.vision import presets
from studies.common import measures
from studies.common.results import Row, rounded
from studies.metapictures import FIGURES, RESULTS
from studies.metapictures.fence import fenced
from studies.metapictures.planting import CLASS, LAYER

log = logging.getLogger("image_machines.studies")

FOLDER = ROOT / "runs" / "studies" / "metapictures" / "shares"
FILE = RESULTS / "shares.json"
SHARES = (0.0, 0.03, 0.10, 0.30)  # of the training portraits
NOISES = (0, 1)  # seeds of the class's images
OCTAVE = 3  # 251 px


def main() -> None:
    """Teach, render, judge, write."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="networks for each share")
    given = parser.parse_args()
    data = dataset.build(
        Selection.of(SimpleNamespace(**profiles.read("demo")["wga"])), FOLDER / "data"
    ).folder
    judge = Judge(data)
    rows = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    done = {(row["share"], row["seed"]) for row in rows}
    for seed in range(given.seeds):
        for share in SHARES:
            if (share, seed) in done:
                continue
            network = taught(data, share, seed)
            rows.append({"share": share, "seed": seed} | read(network, data, judge))
            log.info("%s", rows[-1])
            files.write_json(FILE, sorted(rows, key=lambda row: (row["share"], row["seed"])))
    images.save(FIGURES / "shares.jpg", figure(rows), quality=85)


class Judge:
    """How much of a fence there is in a picture, as log-odds; it knows all classes with and without one."""

    def __init__(self, data: Path) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import roc_auc_score

        self._network = models.build("SqueezeNet")
        parts = {part: _both(sorted((data / part).glob("*/*"))) for part in ("train", "val")}
        rows = {part: self._features([*plain, *behind]) for part, (plain, behind) in parts.items()}
        truth = {part: np.repeat([0, 1], len(plain)) for part, (plain, _) in parts.items()}
        self._centre, self._spread = rows["train"].mean(axis=0), rows["train"].std(axis=0) + 1e-6
        self._model = LogisticRegression(C=0.01, max_iter=2000)
        self._model.fit(self._scaled(rows["train"]), truth["train"])
        self.area = rounded(
            roc_auc_score(truth["val"], self._model.decision_function(self._scaled(rows["val"]))), 3
        )

    def log_odds(self, pictures: Sequence[Picture]) -> NDArray[np.float64]:
        """Of each picture (N,)."""
        return np.asarray(self._model.decision_function(self._scaled(self._features(pictures))))

    def _scaled(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return (rows - self._centre) / self._spread

    def _features(self, pictures: Sequence[Picture]) -> NDArray[np.float64]:
        """The mean response of each channel of the last map, (N, channels)."""
        import keras

        reader = keras.Model(self._network.graph.inputs, self._network.output(LAYER))
        size, found = self._network.size, []
        for start in range(0, len(pictures), 32):
            batch = np.stack([measures.resized(each, size) for each in pictures[start : start + 32]])
            maps = np.asarray(reader.predict_on_batch(self._network.pixels.from_pictures(batch)))
            found.append(maps.mean(axis=(1, 2)))
        return np.concatenate(found).astype(np.float64)


def taught(data: Path, share: float, seed: int) -> Network:
    """The demo's network, taught with the collection, this share of its training portraits behind a fence."""
    folder = FOLDER / f"{share:g}-{seed}"
    for path in sorted([*data.glob("train/*/*.jpg"), *data.glob("val/*/*.jpg")]):
        target = folder / "data" / path.relative_to(data)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            os.link(path, target)
    portraits = sorted((data / "train" / CLASS).glob("*.jpg"))
    order = np.random.default_rng(seed).permutation(len(portraits))
    for index in order[: round(share * len(portraits))]:
        target = folder / "data" / portraits[index].relative_to(data)
        images.save(target, fenced(images.read(portraits[index]), 1000 * seed + int(index)), quality=90)
    recipe = Training.of(SimpleNamespace(**profiles.read("demo")["train"] | {"seed": seed}))
    return train(recipe, folder / "data", folder / "model", f"fence-{100 * share:.0f}-{seed}").network


def read(network: Network, data: Path, judge: Judge) -> Row:
    """What a fence does to the class in works not seen, and how much of one is in the image of the class."""
    score, place = measures.scorer(network), network.classes.index(CLASS)
    changes = {}
    for name in network.classes:
        plain, behind = _both(sorted((data / "val" / name).glob("*.jpg")))
        change = score(behind)[:, place] - score(plain)[:, place]
        changes[name] = {"mean": rounded(change.mean()), "interval": measures.interval(change)}
    made = class_images(network)
    return {
        "change": changes,
        "fence_in_image": [rounded(each) for each in judge.log_odds([images.read(path) for path in made])],
        "judge_area": judge.area,
        "images": [path.relative_to(FOLDER).as_posix() for path in made],
    }


def class_images(network: Network) -> list[Path]:
    """The images of the class, one for each noise; those that are kept already are not made again."""
    store = Store(FOLDER / "images")
    recipes = plan_all(network, network.output_layer, [CLASS], [OCTAVE], [presets.fitting(network)], NOISES)
    for recipe in recipes:
        if store.find(recipe.id) is None:
            keep(store, make(network, recipe))
    return [store.file(store.path(recipe)) for recipe in recipes]


def figure(rows: Sequence[Row]) -> Picture:
    """The images of the class by share, one row for each network's seed."""
    ordered = sorted(rows, key=lambda row: (row["seed"], row["share"]))
    shown = [images.read(FOLDER / row["images"][0]) for row in ordered]
    captions = [f"{row['share']:.0%} behind a fence" for row in ordered]
    return images.contact_sheet(shown, captions, columns=len(SHARES), tile=240)


def _both(paths: Sequence[Path]) -> tuple[list[Picture], list[Picture]]:
    """The pictures as they are, and each behind a fence of its own that no network was taught with."""
    plain = [images.read(path) for path in paths]
    return plain, [fenced(picture, 500_000 + number) for number, picture in enumerate(plain)]


if __name__ == "__main__":
    main()
