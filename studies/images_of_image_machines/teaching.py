"""The networks that learn from collections with a planted property, and those that learn it alone.

The latter, the detectors, see nothing but works with and the same works without the property: they say how
much of it a picture shows.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from image_machines import images
from image_machines.network import models, training
from image_machines.network.network import Network
from image_machines.notebooks import profiles
from studies.common import measures
from studies.common.results import Row
from studies.images_of_image_machines.planting import CLASS_OF, FOLDER, collect

# What the detectors' recipe has of its own: with the demo's they do not learn drapery at all (half right).
DETECTORS = {
    "epochs": 50,
    "learning_rate": 1e-3,
    "augmentation": {"rotation": 5, "shift": 0.05, "shear": 0.05, "zoom": 0.1},
}


@dataclass(frozen=True, eq=False)
class Taught:
    """A network, the collection that it learned from, the seed that it began with."""

    collection: str
    seed: int
    network: Network
    score: measures.Scorer = field(repr=False)

    def log_odds(self, shown: Sequence[images.Picture], name: str) -> NDArray[np.float64]:
        """The log-odds (N,) of one class."""
        return self.score(shown)[:, self.network.classes.index(name)]


def train(name: str, seed: int) -> Taught:
    """The demo's network, taught with a collection."""
    return _train(collect(name), name, seed, {})


def train_detector(property: str, seed: int) -> Taught:
    """A network of the demo's kind, taught to tell the works with a property from the same works without."""
    name = f"{property}-alone"
    for part in ("train", "val"):
        for answer, collection in (("with", "both"), ("without", f"no-{property}")):
            source = collect(collection) / part / CLASS_OF[property]
            _link_all(source, FOLDER / name / "data" / part / answer)
    return _train(FOLDER / name / "data", name, seed, DETECTORS)


def _link_all(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        if not (target / path.name).exists():
            os.link(path, target / path.name)


def _train(data: Path, name: str, seed: int, changes: Mapping[str, Any]) -> Taught:
    given = profiles.read("scratch")["train"] | {"seed": seed} | dict(changes)
    recipe = training.Training.of(SimpleNamespace(**given))
    folder = FOLDER / name / "model"
    network = training.train(recipe, data, folder, f"{name}-{seed}").network
    for checkpoint in folder.glob(f"{name}-{seed}-??.keras"):
        checkpoint.unlink()
    return Taught(name, seed, network, measures.scorer(network))


def described(taught: Taught) -> Row:
    """What a network learned from, and how well it names the pictures kept back from its own collection."""
    name = f"{taught.collection}-{taught.seed}"
    card = models.read_card(FOLDER / taught.collection / "model" / f"{name}.keras")
    return {
        "collection": taught.collection,
        "seed": taught.seed,
        "val_accuracy": round(card["metrics"]["val_accuracy"], 4),
        "fingerprint": taught.network.fingerprint,
    }
