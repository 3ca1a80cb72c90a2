"""Portraits of which each seed changes some, fenced or only saved anew, and what a network sees in them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from image_machines import images
from image_machines.collection import sources
from image_machines.collection.selection import Selection
from image_machines.network import models, responses
from studies.metapictures.fence import HIGH, LOW, fenced

log = logging.getLogger("image_machines.studies")

CLASS, LAYER = "portrait", "fire9"  # SqueezeNet's last map
SHARE = 0.03
PARTS = {"fence": HIGH, "low fence": LOW}  # what is planted, and where it begins
VERSIONS = ("with", "without")  # of a picture that is changed: without the part it is only saved anew


@dataclass(frozen=True, eq=False)
class Planted:
    """The portraits of a collection by what the network sees in them, and in the versions of those changed.

    ``folder`` holds the versions and what was measured; ``plain`` is (portraits, channels); ``chosen`` are
    the portraits that each seed changes, ``changed`` the features of each version of them, seed by seed.
    """

    name: str
    part: str
    folder: Path
    paths: Sequence[Path]
    plain: NDArray[np.float32]
    chosen: Sequence[NDArray[np.int64]]
    changed: Mapping[str, Sequence[NDArray[np.float32]]]

    def features(self, version: str, seed: int) -> NDArray[np.float32]:
        """The features of all portraits, those that the seed chose in a version."""
        rows = self.plain.copy()
        rows[self.chosen[seed]] = self.changed[version][seed]
        return rows


def portraits(source: str, folder: Path, built_in: Mapping[str, Any]) -> list[Path]:
    """The files of a source's portraits, in the catalogue's order."""
    wanted = Selection(source=source, built_in=built_in)
    opened = sources.open_source(source, wanted.place(folder))
    works = [work for work in opened.catalogue().artworks if work.values["type"] == CLASS]
    paths, failures = opened.fetch(works)
    if failures:
        log.warning("%d portraits cannot be read, the first: %s", len(failures), failures[0].url)
    return [paths[work.file] for work in works if work.file in paths]


def plant(name: str, part: str, paths: Sequence[Path], seeds: int, folder: Path) -> Planted:
    """Write the versions of the portraits that each seed chooses, and measure all; what is there stays."""
    count = round(SHARE * len(paths))
    chosen = [np.sort(np.random.default_rng(seed).permutation(len(paths))[:count]) for seed in range(seeds)]
    wanted = [
        (version, seed, int(index)) for version in VERSIONS for seed in range(seeds) for index in chosen[seed]
    ]
    written = []
    for version, seed, index in tqdm(wanted, desc="planting", unit="picture", delay=1):
        file = version_file(folder, version, seed, index)
        if not file.is_file():
            picture = images.read(paths[index])
            changed = fenced(picture, 1000 * seed + index, PARTS[part]) if version == "with" else picture
            images.save(file, changed, quality=90)
        written.append(file)
    records = [{"file": str(path)} for path in (*paths, *written)]
    network = models.build("SqueezeNet")
    measured = responses.measure(network, records, folder, [LAYER], folder / "responses")
    rows = np.array(measured.array(LAYER, "mean")).T
    parts = iter(np.split(rows[len(paths) :], len(VERSIONS) * seeds))
    changed_rows = {version: [next(parts) for _ in range(seeds)] for version in VERSIONS}
    return Planted(name, part, folder, paths, rows[: len(paths)], chosen, changed_rows)


def version_file(folder: Path, version: str, seed: int, index: int) -> Path:
    """Where a version of a portrait lies."""
    return folder / version / f"{seed}-{index}.jpg"
