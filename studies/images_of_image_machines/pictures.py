"""The gallery in ``images/``: what the fine-tuned network's classes and neurons look for, and its relatives'.

Run, after ``studies.images_of_image_machines.reading``, which chooses the neurons:

    python -m studies.images_of_image_machines.pictures

Pictures that are there already are not made again, so the command may be broken off at any time.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tqdm import tqdm

from image_machines.atlas import make as making
from image_machines.atlas.plan import plan_all
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.network.models import open_network
from image_machines.network.network import Network
from image_machines.notebooks.chapters import ROOT
from studies.common.results import Found
from studies.images_of_image_machines import reading, relatives

log = logging.getLogger("image_machines.studies")

FOLDER = ROOT / "images"
QUALITY = 85  # of the JPEGs: the lowest at which nothing was seen to change at four times the size
SEEDS = range(9)
MIDDLE, LARGE = 6, 10  # octaves: 434 and 900 px
OF_PAPER = {"precision": "fastest"}  # the paper's method, in the number of bits that the machine gains from
NEURONS = {"dense": 8, "mixed10": 10, "mixed5": 10}  # of each class
PAIRS = 10  # channels of mixed10 that moved most, and as many that moved least


def main() -> None:
    """Make what is missing, then the sheets."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=relatives.RUN, help="the run of the profile paintings")
    parser.add_argument("--images", type=Path, default=FOLDER, help="the folder of finished images")
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    given = parser.parse_args()
    store = Store(given.images, QUALITY)
    tuned = relatives.tuned_file(given.run)
    found = reading.read()
    wanted = [recipe for part in given.parts for recipe in PARTS[part](tuned, found)]
    missing = [recipe for recipe in wanted if store.find(recipe.id) is None]
    log.info("%d of %d pictures are to be made", len(missing), len(wanted))
    for recipe in tqdm(missing, unit="image"):
        make(store, recipe)
    store.write_index()


def classes_recipes(tuned: Path, found: Found) -> Iterator[Recipe]:
    """Every class by the paper's method, nine seeds, and by the preset of the neurons, five."""
    names = list(found["classes"])
    yield from planned(tuned, "predictions", names, MIDDLE, NEURON_PRESET, range(5))
    for seed in SEEDS:
        yield from planned(tuned, "predictions", names, MIDDLE, "paper-2018", [seed], OF_PAPER)


def neurons_recipes(tuned: Path, found: Found) -> Iterator[Recipe]:
    """The neurons that separate the classes best, of three layers."""
    for layer, count in NEURONS.items():
        yield from planned(tuned, layer, chosen(found, layer, count), MIDDLE, NEURON_PRESET)


def large_recipes(tuned: Path, found: Found) -> Iterator[Recipe]:
    """Classes and the first neurons of each at 900 pixels."""
    names = list(found["classes"])
    yield from planned(tuned, "predictions", names, LARGE, NEURON_PRESET, range(2))
    for layer, count in {"dense": 1, "mixed10": 2, "mixed5": 2}.items():
        yield from planned(tuned, layer, chosen(found, layer, count), LARGE, NEURON_PRESET)


def pairs_recipes(tuned: Path, found: Found) -> Iterator[Recipe]:
    """The channels of `mixed10` that moved most in training, and least: before and after."""
    for file in (relatives.before_file(), tuned):
        for channels in pair_channels(found):
            yield from planned(file, "mixed10", channels, MIDDLE, NEURON_PRESET)


def shuffled_recipes(tuned: Path, found: Found) -> Iterator[Recipe]:
    """The classes, and the first neurons of each, in the network whose weights were shuffled."""
    file = relatives.shuffled_file(tuned)
    yield from planned(file, "predictions", list(found["classes"]), MIDDLE, "paper-2018", range(1), OF_PAPER)
    yield from planned(file, "predictions", list(found["classes"]), MIDDLE, NEURON_PRESET, range(1))
    for layer in NEURONS:
        yield from planned(file, layer, chosen(found, layer, 1), MIDDLE, NEURON_PRESET)


NEURON_PRESET = "quick"
PARTS = {
    "neurons": neurons_recipes,
    "pairs": pairs_recipes,
    "classes": classes_recipes,
    "large": large_recipes,
    "shuffled": shuffled_recipes,
}


def chosen(found: Found, layer: str, count: int) -> list[int]:
    """The numbers of the neurons that separate each class best, every one once."""
    numbers = [each["neuron"] for one in found["classes"].values() for each in one["neurons"][layer][:count]]
    return list(dict.fromkeys(numbers))


def pair_channels(found: Found) -> list[list[int]]:
    """The channels of `mixed10` that are shown before and after: which moved most, which least."""
    change = found["moved"]["mixed10"]
    return [[each["neuron"] for each in change[which][:PAIRS]] for which in ("most", "least")]


def planned(
    file: Path,
    layer: str,
    neurons: Sequence[int | str],
    octave: int,
    preset: str,
    seeds: Sequence[int] = range(1),
    changes: Mapping[str, Any] | None = None,
) -> list[Recipe]:
    """The recipes of every neuron and seed."""
    return plan_all(opened(file), layer, neurons, [octave], [preset], seeds, changes)


@cache
def opened(file: Path) -> Network:
    """A network, opened once."""
    return open_network(file)


def make(store: Store, recipe: Recipe) -> None:
    """Make one picture and keep it with its card, which also says whether the neuron stayed silent."""
    made = making.make(opened(ROOT / recipe.source), recipe)
    if made.warnings:
        log.warning("%s: %s", recipe.stem, "; ".join(made.warnings))
    making.keep(store, made)


if __name__ == "__main__":
    main()
