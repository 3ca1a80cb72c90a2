"""A natural image prior: generators of two collections, and the same neurons through each.

    python -m studies.metapictures.generator runs/demo runs/paintings

Trains a generator on the works of each run, into ``RUN/generators``; one that was broken off goes on. Then
measures how well each brings back works that it never saw, and which works its pictures of neurons are like.
Pictures beside works of a gallery stay in the run's folder.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from image_machines import files
from image_machines.network import models, pipeline
from image_machines.network.generator.loading import Generator
from image_machines.network.generator.training import GeneratorTraining, train
from image_machines.network.network import Network
from image_machines.vision.metapictures.methods import PLAIN, PRIOR, methods
from image_machines.vision.settings import Settings
from studies.common.results import Row
from studies.metapictures import FIGURES, RESULTS, generator_figures
from studies.metapictures.generator_measures import (
    Collection,
    Pictures,
    likeness,
    pairs,
    reconstructions,
)
from studies.metapictures.study import FOLDER, neurons
from studies.metapictures.tradeoff import Neurons, pictures

NETWORK = "SqueezeNet"
UPDATES = 1400  # steps of a training: minutes for the built-in collection
GIVEN = GeneratorTraining()
CLASSES, CHANNELS = 12, 6  # neurons whose pictures are made through every generator
SHOWN = {"class": 4, "middle channel": 2, "late channel": 2}  # how many of them the figure has

log = logging.getLogger("image_machines.studies")


def main() -> None:
    """Train what is missing, then measure and draw."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(
        prog="python -m studies.metapictures.generator", description=__doc__.splitlines()[0]
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="the folder of a finished run")
    parser.add_argument("--updates", type=int, default=UPDATES, help="steps of each training")
    given = parser.parse_args()
    body = models.build(NETWORK)
    known = [
        Collection(run.name, run / "data", learned(run, body, given.updates), body) for run in given.runs
    ]
    network = models.build(NETWORK, include_top=True)
    kinds = neurons(network, CLASSES, CHANNELS)
    drawn = {"plain": through(network, kinds, PLAIN, methods()[PLAIN])}
    for each in known:
        settings = methods(generator=file(each.data.parent))[PRIOR]
        drawn[each.name] = through(network, kinds, f"{PRIOR} of {each.name}", settings)
    works = {each.name: each.taught for each in known}
    found: Row = {
        "reconstructions": {each.name: reconstructions(each) for each in known},
        "likeness": likeness(network, drawn, works) if len(known) > 1 else {},
        "pairs": pairs(network, drawn, works),
        "trainings": {each.name: told(each.generator) for each in known},
    }
    files.write_json(RESULTS / "generators.json", found)
    draw(network, known, kinds, drawn)


def file(run: Path) -> Path:
    """Where a run's generator lies."""
    return run / "generators" / f"{run.name}.keras"


def learned(run: Path, network: Network, updates: int = UPDATES) -> Generator:
    """The generator of a run's works, trained now if it is not there."""
    return train(training(run / "data", updates), network, run / "data", file(run).parent, run.name)


def training(data: Path, updates: int = UPDATES) -> GeneratorTraining:
    """A training of so many updates, whatever the size of the collection."""
    count = len(pipeline.find_pictures(data / "train")[0])
    steps = max(count * GIVEN.views // GIVEN.batch_size, 1)
    return replace(GIVEN, epochs=max(round(updates / steps), 1))


def through(network: Network, kinds: Sequence[Neurons], name: str, settings: Settings) -> Pictures:
    """The neurons' pictures by a method, kept beside those of the study and not drawn again."""
    made = [pictures(network, chosen, name, settings, FOLDER) for chosen in kinds]
    return np.concatenate([np.stack(each) for each in made])


def told(generator: Generator) -> Row:
    """What the table says of a training."""
    card = generator.card
    same = ("pictures", "epochs_done", "training_seconds", "fingerprint")
    return {key: card[key] for key in same} | {"size": generator.size, "code": list(generator.code)}


def draw(
    network: Network, known: Sequence[Collection], kinds: Sequence[Neurons], drawn: Mapping[str, Pictures]
) -> None:
    """The figures: works and what comes back of them, and the same neurons through each generator."""
    FIGURES.mkdir(exist_ok=True)
    for each in known:
        run = each.data.parent
        shown = FIGURES if is_built_in(each.data) else file(run).parent
        back = generator_figures.reconstructions(*each.held)
        back.savefig(shown / f"{each.name}-reconstructions.jpg", dpi=110)
    units = [(group, number) for group in kinds for number in group.numbers]
    chosen = [(group, number) for group in kinds for number in group.numbers[: SHOWN[group.kind]]]
    names = [
        network.class_name(network.find(group.layer), number) or f"{group.layer}:{number}"
        for group, number in chosen
    ]
    some = {name: all_[[units.index(unit) for unit in chosen]] for name, all_ in drawn.items()}
    generator_figures.through(names, some).savefig(FIGURES / "generators.jpg", dpi=110)


def is_built_in(data: Path) -> bool:
    """Whether a collection was painted by the program, so that its works may be shown."""
    described = json.loads((data / "dataset.json").read_text(encoding="utf-8"))
    return bool(described["settings"]["source"] == "builtin")


if __name__ == "__main__":
    main()
