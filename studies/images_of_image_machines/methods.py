"""The same neurons and classes by several methods, one sheet for each network: can they be told?

    python -m studies.images_of_image_machines.methods --mobilenet WEIGHTS --inception WEIGHTS

Six classes of ImageNet, where the network has its classifier, and six neurons, by the preset that the program
takes for the network, by the paper's, and by Fourier waves. ``results/methods.json`` has a row for each
picture: how far it stays inside the range, and what another network takes it for. The sheets go to
``figures/``. What was drawn before is not drawn again.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from tqdm import tqdm

from image_machines import files, images
from image_machines.atlas import make as making
from image_machines.atlas.plan import plan
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.network import models, scoring
from image_machines.network.network import Network
from image_machines.vision.presets import fitting
from studies.common.results import Found, Row
from studies.images_of_image_machines import FIGURES, RESULTS, relatives

RESULT = RESULTS / "methods.json"
FOLDER = relatives.FOLDER / "methods"
CLASSES = (954, 889, 837, 130, 250, 489)  # banana, violin, sunglasses, flamingo, husky, chainlink fence
OCTAVE = 3  # 251 px
TILE, QUALITY = 232, 62  # wide enough for the captions, and below 800 KiB
FIRST = 5  # of a judge's thousand classes
METHODS = ("paper-2018", "fourier", "waves")  # of these the first two beside the preset that fits


@dataclass(frozen=True)
class Subject:
    """A network, and six of its neurons from early to late."""

    architecture: str
    neurons: tuple[tuple[str, int], ...]
    classes: tuple[int, ...] = CLASSES


SUBJECTS = {
    each.architecture: each
    for each in (
        Subject(
            "SqueezeNet",
            (("fire3", 20), ("fire4", 40), ("fire5", 30), ("fire6", 90), ("fire8", 200), ("fire9", 100)),
        ),
        Subject(
            "MobileNetV2",
            (
                ("block_3_expand_relu", 20),
                ("block_6_expand_relu", 40),
                ("block_9_expand_relu", 60),
                ("block_12_expand_relu", 100),
                ("block_15_expand_relu", 300),
                ("out_relu", 500),
            ),
        ),
        Subject(
            "InceptionV3",
            (("mixed3", 13), ("mixed4", 100), ("mixed5", 66), ("mixed6", 20), ("mixed7", 30), ("mixed8", 9)),
            (),
        ),
    )
}
JUDGES = {"SqueezeNet": "MobileNetV2", "MobileNetV2": "SqueezeNet"}  # who says what it takes a picture for


def main() -> None:
    """Draw what is missing, then the sheets."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--mobilenet", default="imagenet", help="file of weights of MobileNetV2")
    parser.add_argument("--inception", default="imagenet", help="file of weights of InceptionV3")
    parser.add_argument("--networks", nargs="+", default=list(SUBJECTS), choices=SUBJECTS)
    given = parser.parse_args()
    weights = {"MobileNetV2": given.mobilenet, "InceptionV3": given.inception}
    networks = {name: opened(SUBJECTS[name], weights.get(name, "imagenet")) for name in given.networks}
    for name, network in networks.items():
        draw(Store(FOLDER), SUBJECTS[name], network, networks.get(JUDGES.get(name, "")))


def opened(subject: Subject, weights: str | Path) -> Network:
    """A network with its ImageNet weights, and its classifier where classes are drawn."""
    return models.build(subject.architecture, weights, include_top=bool(subject.classes))


def recipes(subject: Subject, network: Network) -> list[Recipe]:
    """Classes, then neurons, by each method in turn."""
    places = [("predictions", number) for number in subject.classes]
    parts = [part for part in (places, list(subject.neurons)) if part]
    return [
        plan(network, layer, number, OCTAVE, method)
        for part in parts
        for method in methods(network)
        for layer, number in part
    ]


def methods(network: Network) -> tuple[str, ...]:
    """The preset that fits the network, and two others."""
    return tuple(dict.fromkeys((fitting(network), *METHODS)))[:3]


def draw(store: Store, subject: Subject, network: Network, judge: Network | None) -> None:
    """Draw what is missing of a network, note what is seen of it, and lay out its sheet."""
    known = {row["id"]: row for row in read() if row["id"]}
    wanted = recipes(subject, network)
    for recipe in tqdm(wanted, desc=subject.architecture, unit="image"):
        if recipe.id not in known or store.find(recipe.id) is None:
            known[recipe.id] = drawn(store, network, recipe, judge)
            keep(subject, [known[each.id] for each in wanted if each.id in known])
    keep(subject, [known[each.id] for each in wanted])
    save_sheet(store, subject)


def save_sheet(store: Store, subject: Subject) -> None:
    """Lay out what was drawn of a network: a row for each method, classes above neurons."""
    rows = [row for row in read() if row["model"] == subject.architecture]
    shown = [images.read(store.file((store.find(row["id"]) or {})["image"])) for row in rows]
    captions = [f"{row['class_name'] or '{layer} {neuron}'.format(**row)}, {row['preset']}" for row in rows]
    sheet = images.contact_sheet(shown, captions, columns=6, tile=TILE)
    images.save(FIGURES / f"methods-{subject.architecture}.jpg", sheet, quality=QUALITY)


def drawn(store: Store, network: Network, recipe: Recipe, judge: Network | None) -> Row:
    """Draw a picture and keep it; how it came out, and what the judge takes it for."""
    made = making.make(network, recipe)
    entry = making.keep(store, made)
    names = ("id", "model", "layer", "neuron", "class_name", "preset", "size", "activation", "seconds")
    return {
        **{name: entry[name] for name in names},
        "clipped": round(float((np.abs(made.image) > 1 + 1e-6).mean()), 5),
        "contrast": round(float(made.image.std()), 4),
        "judged": judged(judge, store.file(entry["image"]), recipe.class_name) if judge else None,
    }


def judged(judge: Network, picture: Path, class_name: str | None) -> Row | None:
    """What another network takes the picture of a class for, and how it ranks the class that is meant."""
    if class_name is None:
        return None
    answer = scoring.score_file(judge, picture)
    surest = next(iter(answer))
    return {
        "judge": judge.name,
        "class": surest,
        "probability": round(answer[surest], 4),
        "own": round(answer[class_name], 4),
        "rank": list(answer).index(class_name) + 1,
    }


def keep(subject: Subject, rows: Sequence[Row]) -> None:
    """Keep the rows of a network beside those of the others."""
    others = [row for row in read() if row["model"] != subject.architecture]
    files.write_json(RESULT, [*others, *rows])


def read() -> list[Row]:
    """The row of every picture; none where nothing was drawn yet."""
    return list(json.loads(RESULT.read_text(encoding="utf-8"))) if RESULT.is_file() else []


def summary() -> list[tuple[str, ...]]:
    """For each network and method: how far the pictures stay inside, and what the other network says."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in read():
        grouped.setdefault((row["model"], row["preset"]), []).append(row)
    return [(*key, *_told(rows)) for key, rows in grouped.items()]


def _told(rows: Sequence[Found]) -> tuple[str, ...]:
    ranks = [row["judged"]["rank"] for row in rows if row["judged"]]
    return (
        f"{max(row['clipped'] for row in rows):.1%}",
        f"{median(row['contrast'] for row in rows):.2f}",
        f"{sum(rank <= FIRST for rank in ranks)} of {len(ranks)}" if ranks else "",
        f"{median(ranks):.0f}" if ranks else "",
    )


if __name__ == "__main__":
    main()
