"""What a network makes of a property that was planted in one class: of drapery, of the blue of distance.

`planting` paints the pictures, `teaching` trains the networks, `class_images` has them show their classes;
here their answers are measured. See `studies.images_of_image_machines.hypotheses` for the commands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from tqdm import tqdm

from image_machines import images
from image_machines.atlas.store import Store
from image_machines.network import backend
from image_machines.vision import presets
from studies.common import measures
from studies.common.results import Row, rounded
from studies.images_of_image_machines.class_images import Shown, measured, recipes_of, render
from studies.images_of_image_machines.planting import CLASS_OF, COLLECTIONS, FOLDER, VERSIONS, versions
from studies.images_of_image_machines.teaching import Taught, described, train, train_detector


@dataclass(frozen=True)
class Extent:
    """How much is made."""

    seeds: tuple[int, ...] = (0, 1, 2)  # of the networks
    judges: tuple[int, ...] = (0, 1)  # seeds of the networks that say how much of a property a picture shows
    works: int = 60  # held out, of each class
    noises: tuple[int, ...] = (0, 1)  # seeds of the class images; they hardly differ
    octave: int = 2  # of the page's ten sizes: 209 px
    preset: str = "quick"


def run(extent: Extent) -> Row:
    """Make all that is missing and measure it."""
    networks = [train(name, seed) for seed in extent.seeds for name in COLLECTIONS]
    detectors = [train_detector(property, seed) for seed in extent.judges for property in CLASS_OF]
    tests = {property: versions(property, extent.works) for property in CLASS_OF}
    shown = [
        image
        for property, name in CLASS_OF.items()
        for taught in [*networks, *(each for each in detectors if each.collection == f"{property}-alone")]
        for image in shown_by(taught, property, "with" if taught in detectors else name, extent)
    ]
    return {
        "plan": asdict(extent)
        | {"settings": presets.preset(extent.preset).at_octave(extent.octave).to_json()}
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


def shown_by(taught: Taught, property: str, name: str, extent: Extent) -> list[Shown]:
    """The images of a class's logit in one network."""
    recipes = recipes_of(taught, name, extent.octave, extent.preset, extent.noises)
    return render(taught, property, recipes, Store(FOLDER / "images"))


def ranking(taught: Taught, property: str, tests: Mapping[str, Sequence[images.Picture]]) -> Row:
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
        "log_odds": rounded(score["with"].mean()),
        "change": rounded(loss.mean()),
        "change_interval": measures.interval(loss),
        "change_in_spreads": rounded(loss.mean() / score["with"].std()),
        "control_change": rounded(control.mean()),
        "control_interval": measures.interval(control),
        "share_lower": rounded((loss < 0).mean()),
        "probability": {key: rounded((1 / (1 + np.exp(-score[key]))).mean(), 4) for key in VERSIONS},
        "named_right": {key: rounded((score[key] > 0).mean(), 4) for key in VERSIONS},
        "mean_rank_with": rounded(places[: len(loss)].mean(), 1),
        "mean_rank_without": rounded(places[len(loss) :].mean(), 1),
    }


def detection(taught: Taught, property: str, tests: Mapping[str, Sequence[images.Picture]]) -> Row:
    """How well a network that was taught the property alone finds it in works that it has not seen."""
    found = {version: taught.log_odds(tests[version], "with") for version in VERSIONS}
    right = ((found["with"] > 0).mean() + (found["without"] < 0).mean()) / 2
    means = {f"log_odds_{version}": rounded(each.mean()) for version, each in found.items()}
    return {"property": property, "seed": taught.seed, "accuracy": rounded(right, 4)} | means
