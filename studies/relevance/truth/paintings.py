"""Networks for the real portraits, taught with the paintings that have no mask and are not measured."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Collection
from pathlib import Path

import numpy as np

from image_machines.collection import sources
from image_machines.collection.selection import Selection
from image_machines.network.augmentation import Augmentation
from image_machines.network.training import Training

log = logging.getLogger("image_machines.studies")

CLASSES = ("landscape", "portrait", "still-life")
GENTLE = Augmentation(rotation=10, shift=0.1, shear=0.1, zoom=0.1, colour=0.2)


def recipes(mobilenet: str = "imagenet") -> dict[str, Training]:
    """Two small networks, each fine-tuned in minutes on one core."""
    shared = {"dense": 0, "optimizer": "adam", "decay": True, "augmentation": GENTLE}
    return {
        "SqueezeNet": Training(
            architecture="SqueezeNet", freeze="fire5", size=160, epochs=10, learning_rate=3e-4, **shared,
        ),
        "MobileNetV2": Training(
            architecture="MobileNetV2", weights=mobilenet, freeze="block_9_add", size=160, epochs=8,
            learning_rate=3e-4, **shared,
        ),
    }  # fmt: skip


def collect(source: str, held: Collection[Path], folder: Path, seed: int = 0) -> Path:
    """Divide a mirror's paintings: ``held`` and as many of each class into val/, equally many into train/.

    Raises ValueError where a class has none left to learn from.
    """
    kept = {path.resolve() for path in held}
    wanted = Selection(source=source)
    opened = sources.open_source(wanted.source, wanted.place(folder))
    works = [work for work in opened.catalogue().artworks if work.values["type"] in CLASSES]
    paths, failures = opened.fetch(works)
    if failures:
        log.warning("%d paintings cannot be read, the first: %s", len(failures), failures[0].url)
    random = np.random.default_rng(seed)
    free: dict[str, list[Path]] = {name: [] for name in CLASSES}
    for work in works:
        if work.file in paths and paths[work.file].resolve() not in kept:
            free[work.values["type"]].append(paths[work.file])
    count = min(len(each) - (0 if name == "portrait" else 60) for name, each in free.items())
    if count < 2:
        raise ValueError(
            f"too few paintings to learn from: { ({name: len(each) for name, each in free.items()}) }"
        )
    for name, each in free.items():
        order = [sorted(each)[place] for place in random.permutation(len(each))]
        _link(order[:count], folder / "train" / name)
        _link(sorted(kept) if name == "portrait" else order[count:], folder / "val" / name)
    return folder


def _link(found: Collection[Path], folder: Path) -> None:
    """Put files into a folder, by hard links where that works; what is there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in found:
        target = folder / path.name
        if target.exists():
            continue
        try:
            os.link(path, target)
        except OSError:
            shutil.copyfile(path, target)
