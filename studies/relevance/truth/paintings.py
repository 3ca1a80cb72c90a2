"""Networks for the real paintings, taught with those that have no mask: none that is measured was learned.

The data set lies in ``runs/studies/relevance/paintings/data``, with its manifest, and the networks in
``model`` beside it, as a run of the chapters leaves them.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from image_machines.collection import manifest, sources, splits
from image_machines.collection.selection import Selection
from image_machines.network.augmentation import Augmentation
from image_machines.network.network import Network
from image_machines.network.training import Training, train
from studies.relevance.truth import RUNS, folders

log = logging.getLogger("image_machines.studies")

FOLDER = RUNS.parent / "paintings"
CLASSES = ("landscape", "portrait", "still-life")
FEWEST = 60  # landscapes and still lifes, each, that are kept from the training
SIDE = 224  # of InceptionV3's pictures: the mirror's paintings are no larger
GENTLE = Augmentation(rotation=10, shift=0.1, shear=0.1, zoom=0.1, colour=0.2)


def recipes(weights: Mapping[str, str]) -> dict[str, Training]:
    """How each network is fine-tuned; ``weights`` are files by architecture, else ImageNet's."""
    shared = {"optimizer": "adam", "decay": True, "augmentation": GENTLE}
    found = {
        "InceptionV3": Training(  # as the profile `paintings`
            architecture="InceptionV3", freeze="mixed5", size=SIDE, epochs=4, learning_rate=1e-4, **shared,
        ),
        "SqueezeNet": Training(
            architecture="SqueezeNet", freeze="fire5", dense=0, size=160, epochs=10, learning_rate=3e-4,
            **shared,
        ),
        "MobileNetV2": Training(
            architecture="MobileNetV2", freeze="block_9_add", dense=0, size=160, epochs=8, learning_rate=3e-4,
            **shared,
        ),
    }  # fmt: skip
    return {
        name: recipe if name not in weights else Training(**{**vars(recipe), "weights": weights[name]})
        for name, recipe in found.items()
    }


def taught(source: str, masks: Path, name: str, weights: Mapping[str, str], folder: Path = FOLDER) -> Network:
    """A network that learned the paintings without a mask; a finished training is not repeated."""
    held = {each.file for each in folders.labelled(source, masks)}
    data = collect(source, held, folder / "data")
    return train(recipes(weights)[name], data, folder / "model" / name, f"paintings-{name}").network


def collect(source: str, held: Collection[Path], folder: Path, seed: int = 0, fewest: int = FEWEST) -> Path:
    """Divide a mirror's paintings: equally many of each class into train/, ``held`` and all others into val/.

    No work lies on both sides; a class of which none is held has at least ``fewest`` in val/. Raises
    ValueError where a class has too few left to learn from.
    """
    kept = {path.resolve() for path in held}
    wanted = Selection(source=source)
    opened = sources.open_source(wanted.source, wanted.place(folder))
    works = [work for work in opened.catalogue().artworks if work.values["type"] in CLASSES]
    paths, failures = opened.fetch(works)
    if failures:
        log.warning("%d paintings cannot be read, the first: %s", len(failures), failures[0].url)
    there = [work for work in works if work.file in paths]
    classes = {name: [work for work in there if work.values["type"] == name] for name in CLASSES}
    pictures = splits.describe(classes, paths)
    val = _validation(pictures, kept, np.random.default_rng(seed), fewest)
    rows = manifest.class_rows(opened, pictures, val)
    for row in rows:
        _link(paths[Path(row["file"]).name], folder / row["file"])
    manifest.write(folder, rows)
    return folder


def _validation(
    pictures: Mapping[str, Sequence[splits.Picture]],
    kept: Collection[Path],
    random: np.random.Generator,
    fewest: int,
) -> set[str]:
    """The files that are not learned from: of each class all but equally many."""
    every = [picture for each in pictures.values() for picture in each]
    measured = {picture.work for picture in every if picture.path.resolve() in kept}
    free = {
        name: sorted(picture.artwork.file for picture in each if picture.work not in measured)
        for name, each in pictures.items()
    }
    sizes = {name: len(each) for name, each in free.items()}
    count = min(size - (0 if len(pictures[name]) > size else fewest) for name, size in sizes.items())
    if count < 2:
        raise ValueError(f"too few paintings to learn from: {sizes}")
    learned = {each[place] for each in free.values() for place in random.permutation(len(each))[:count]}
    return {picture.artwork.file for picture in every} - learned


def _link(origin: Path, target: Path) -> None:
    """Put a file there, by a hard link where that works; what is there stays."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(origin, target)
    except OSError:
        shutil.copyfile(origin, target)
