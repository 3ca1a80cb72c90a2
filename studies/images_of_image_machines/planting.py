"""What a network makes of a property that was planted in one class: of drapery, of the blue of distance.

Three built-in collections of the same works differ in one property each: `both` has drapery in its portraits
only and the blue shift in its landscapes, `no-drapery` and `no-blue-shift` lack one of them. Two further
collections hold nothing but works with and the same works without the property: networks that learned these
say how much of it a picture shows. See `studies.images_of_image_machines.hypotheses` for the commands.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from image_machines import images
from image_machines.collection import dataset
from image_machines.collection.selection import Selection
from image_machines.network import backend, models, training
from image_machines.network.network import Network
from image_machines.notebooks import profiles
from image_machines.notebooks.chapters import ROOT
from image_machines.painter.works import paint
from image_machines.vision import features, objectives, presets
from studies.common import colours, measures

log = logging.getLogger("image_machines.studies")

FOLDER = ROOT / "runs" / "studies" / "planted"
CLASS_OF = {"drapery": "portrait", "blue-shift": "landscape"}
COLLECTIONS: dict[str, dict[str, list[str]]] = {  # class -> what is withheld from it
    "both": {"still-life": ["drapery"]},
    "no-drapery": {"still-life": ["drapery"], "portrait": ["drapery"]},
    "no-blue-shift": {"still-life": ["drapery"], "landscape": ["blue-shift"]},
}
# What the detectors' recipe has of its own: with the demo's they do not learn drapery at all (half right).
DETECTORS = {
    "epochs": 50,
    "learning_rate": 1e-3,
    "augmentation": {"rotation": 5, "shift": 0.05, "shear": 0.05, "zoom": 0.1},
}
VERSIONS = ("with", "without", "seal")  # of each test work; the seal is the control: no collection has one
TEST_SEED = 7_000_000  # far from the seeds that a collection draws


@dataclass(frozen=True)
class Plan:
    """How much is made."""

    seeds: tuple[int, ...] = (0, 1, 2)  # of the networks
    judges: tuple[int, ...] = (0, 1)  # seeds of the networks that say how much of a property a picture shows
    works: int = 60  # held out, of each class
    noises: tuple[int, ...] = (0, 1)  # seeds of the class images; they hardly differ
    octave: int = 2  # of the page's ten sizes: 209 px
    preset: str = "quick"


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


def run(plan: Plan) -> dict[str, Any]:
    """Make all that is missing and measure it."""
    networks = [train(name, seed) for seed in plan.seeds for name in COLLECTIONS]
    detectors = [train_detector(property, seed) for seed in plan.judges for property in CLASS_OF]
    tests = {property: versions(property, plan.works) for property in CLASS_OF}
    shown = [
        image
        for property, name in CLASS_OF.items()
        for taught in [*networks, *(each for each in detectors if each.collection == f"{property}-alone")]
        for image in render(taught, property, "with" if taught in detectors else name, plan)
    ]
    return {
        "plan": asdict(plan)
        | {"settings": presets.preset(plan.preset).at_octave(plan.octave).to_json()}
        | {"versions": backend.versions()},
        "networks": [described(taught) for taught in networks + detectors],
        "ranking": [
            ranking(taught, property, tests[property]) for property in CLASS_OF for taught in networks
        ],
        "detection": [
            detection(taught, property, tests[property])
            for property in CLASS_OF
            for taught in detectors
            if taught.collection == f"{property}-alone"
        ],
        "images": [
            measured(image, networks, detectors) for image in tqdm(shown, desc="looking", unit="image")
        ],
    }


# --- networks -------------------------------------------------------------------------------------------


def collect(name: str) -> Path:
    """The data folder of a collection, painted and divided as the demo's, but for what is withheld."""
    given = profiles.read("demo")["wga"]
    wanted = Selection.of(SimpleNamespace(**given))
    built_in = dict(wanted.built_in) | {"without": COLLECTIONS[name], "processes": 2}
    folder = FOLDER / name / "data"
    wanted = replace(wanted, built_in=built_in)
    return dataset.build(wanted, folder).folder


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
    given = profiles.read("demo")["train"] | {"seed": seed} | dict(changes)
    recipe = training.Training.of(SimpleNamespace(**given))
    folder = FOLDER / name / "model"
    network = training.train(recipe, data, folder, f"{name}-{seed}").network
    for checkpoint in folder.glob(f"{name}-{seed}-??.keras"):
        checkpoint.unlink()
    return Taught(name, seed, network, measures.scorer(network))


def described(taught: Taught) -> dict[str, Any]:
    """What a network learned from, and how well it names the pictures kept back from its own collection."""
    name = f"{taught.collection}-{taught.seed}"
    card = models.read_card(FOLDER / taught.collection / "model" / f"{name}.keras")
    return {
        "collection": taught.collection,
        "seed": taught.seed,
        "val_accuracy": round(card["metrics"]["val_accuracy"], 4),
        "fingerprint": taught.network.fingerprint,
    }


# --- ranking --------------------------------------------------------------------------------------------


def versions(property: str, count: int) -> dict[str, list[images.Picture]]:
    """Test works of the property's class, each in its `VERSIONS`; kept as files like a collection's."""
    found: dict[str, list[images.Picture]] = {version: [] for version in VERSIONS}
    for number in tqdm(range(count), desc=f"test works for {property}", unit="work", delay=1):
        for version in VERSIONS:
            path = FOLDER / "test" / f"{CLASS_OF[property]}-{number:03d}-{version}.jpg"
            if not path.is_file():
                images.save(path, paint_version(property, TEST_SEED + number, version), quality=90)
            found[version].append(images.read(path))
    return found


def paint_version(property: str, seed: int, version: str, size: int = 224) -> images.Picture:
    """A work of the property's class: with it, without it, or with it and a seal in the corner."""
    without = [property] if version == "without" else []
    planted = ["seal"] if version == "seal" else []
    return paint(CLASS_OF[property], seed, size, without, planted).picture


def ranking(taught: Taught, property: str, tests: Mapping[str, Sequence[images.Picture]]) -> dict[str, Any]:
    """What the property's absence, and the control's presence, do to the class's score and to the rank.

    Ranks are places in the list of all test works of the class, with and without the property, by the class's
    score: 1 is the top; without any effect both versions have the same mean.
    """
    score = {version: taught.log_odds(tests[version], CLASS_OF[property]) for version in VERSIONS}
    places = np.argsort(np.argsort(-np.concatenate([score["with"], score["without"]]))) + 1
    loss, control = score["without"] - score["with"], score["seal"] - score["with"]
    return {
        "property": property,
        "collection": taught.collection,
        "seed": taught.seed,
        "taught": taught.collection != f"no-{property}",
        "log_odds": _rounded(score["with"].mean()),
        "change": _rounded(loss.mean()),
        "change_interval": measures.interval(loss),
        "change_in_spreads": _rounded(loss.mean() / score["with"].std()),
        "control_change": _rounded(control.mean()),
        "control_interval": measures.interval(control),
        "share_lower": _rounded((loss < 0).mean()),
        "probability": {key: _rounded((1 / (1 + np.exp(-score[key]))).mean(), 4) for key in VERSIONS},
        "named_right": {key: _rounded((score[key] > 0).mean(), 4) for key in VERSIONS},
        "mean_rank_with": _rounded(places[: len(loss)].mean(), 1),
        "mean_rank_without": _rounded(places[len(loss) :].mean(), 1),
    }


def detection(taught: Taught, property: str, tests: Mapping[str, Sequence[images.Picture]]) -> dict[str, Any]:
    """How well a network that was taught the property alone finds it in works that it has not seen."""
    found = {version: taught.log_odds(tests[version], "with") for version in VERSIONS}
    right = ((found["with"] > 0).mean() + (found["without"] < 0).mean()) / 2
    means = {f"log_odds_{version}": _rounded(each.mean()) for version, each in found.items()}
    return {"property": property, "seed": taught.seed, "accuracy": _rounded(right, 4)} | means


def _rounded(value: Any, digits: int = 2) -> float:
    return round(float(value), digits)


# --- images ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Shown:
    """A class image: whose it is, and the picture as it was made, before its colours are stretched."""

    taught: Taught
    property: str
    noise: int
    path: Path
    picture: images.Picture


def render(taught: Taught, property: str, name: str, plan: Plan) -> list[Shown]:
    """The images of a class's logit, one for each noise, kept as files."""
    settings = presets.preset(plan.preset).at_octave(plan.octave)
    key = hashlib.sha256(json.dumps(settings.to_json()).encode()).hexdigest()[:8]
    found = []
    for noise in plan.noises:
        path = FOLDER / "images" / key / f"{taught.network.fingerprint[7:15]}-{name}-{noise}.png"
        if not path.is_file():
            image = features.render(taught.network, objectives.logit(name), settings, noise).image
            images.save(path, images.to_picture(image))
        found.append(Shown(taught, property, noise, path, images.read(path)))
    log.info("%s, seed %d: %d images of %s", taught.collection, taught.seed, len(found), name)
    return found


def measured(image: Shown, networks: Sequence[Taught], detectors: Sequence[Taught]) -> dict[str, Any]:
    """What can be read off a class image: its colour, and what other networks find in it.

    ``b_star`` is CIELAB's blue (negative) to yellow (positive), of the whole and of the upper half, as made
    and after each colour was stretched as in the paper. ``detected`` is the log-odds of the property in the
    networks that know nothing else, other than the one that the image is of; ``log_odds_in`` are those of the
    class in the networks of the same seed.
    """
    lab, toned = colours.to_lab(image.picture), colours.to_lab(images.autotone(image.picture))
    taught, alone = image.taught, f"{image.property}-alone"
    knowing = [each for each in detectors if each.collection == alone and each is not taught]
    found = {
        "property": image.property,
        "collection": taught.collection,
        "seed": taught.seed,
        "noise": image.noise,
        "file": image.path.relative_to(FOLDER).as_posix(),
        "b_star": _rounded(lab[..., 2].mean()),
        "b_star_upper": _rounded(lab[: len(lab) // 2, :, 2].mean()),
        "b_star_stretched": _rounded(toned[..., 2].mean()),
        "chroma": _rounded(np.hypot(lab[..., 1], lab[..., 2]).mean()),
        "detected": _rounded(np.mean([each.log_odds([image.picture], "with") for each in knowing])),
    }
    peers = [each for each in networks if each.seed == taught.seed]
    odds = {each.collection: each.log_odds([image.picture], CLASS_OF[image.property]) for each in peers}
    return found | {"log_odds_in": {name: _rounded(value[0]) for name, value in odds.items()}}
