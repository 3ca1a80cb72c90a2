"""Splits: which pictures the network learns from, and which it is tested on."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from image_machines.collection.artworks import Artwork
from image_machines.collection.classes import Classes
from image_machines.collection.sources import Paths
from image_machines.collection.threads import in_threads
from image_machines.collection.works import connected


@dataclass(frozen=True)
class Picture:
    """An artwork of a class and its file."""

    artwork: Artwork
    path: Path
    digest: str  # SHA-256 of the file's bytes
    work: str


def split(
    classes: Mapping[str, Sequence[Picture]], how: str = "by-work", val_share: float = 0.1, seed: int = 0
) -> set[str]:
    """Choose the pictures for validation: the file names of ``val_share`` of each class, at least one.

    "by-work" takes whole works, over all classes, in random order, as long as they fit into what the classes
    still lack; so no work lies on both sides. "random" takes any pictures, as the 2018 paper does. Raises
    ValueError when a class's works are too large to leave some pictures on both sides.
    """
    rng = np.random.default_rng(seed)
    lack = {name: max(1, round(len(pictures) * val_share)) for name, pictures in classes.items()}
    works: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for name, pictures in classes.items():
        for picture in pictures:
            key = (picture.work,) if how == "by-work" else (name, picture.artwork.file)
            works[key].append((name, picture.artwork.file))
    chosen: set[str] = set()
    groups = list(works.values())
    for index in rng.permutation(len(groups)):
        sizes = Counter(name for name, _ in groups[index])
        if all(size <= lack[name] for name, size in sizes.items()):
            chosen.update(file for _, file in groups[index])
            for name, size in sizes.items():
                lack[name] -= size
    for name, pictures in classes.items():
        count = sum(picture.artwork.file in chosen for picture in pictures)
        if count in (0, len(pictures)):
            raise ValueError(
                f"class {name!r} cannot be split by work: its {len(pictures)} pictures show too few works; "
                f'take more pictures, a larger val_share, or split="random"'
            )
    return chosen


def describe(chosen: Classes, paths: Paths, concurrent: int = 4) -> dict[str, list[Picture]]:
    """Add to each chosen artwork its file's hash; files with the same bytes show the same work."""
    every = [work for works in chosen.values() for work in works]
    hashes = in_threads(lambda work: _digest(paths[work.file]), every, concurrent, "fingerprints")
    digests = {work.file: digest for work, digest in zip(every, hashes, strict=True)}
    same = connected([(f"work {work.work}", digests[work.file]) for work in every])
    works = {work.file: every[first].work for work, first in zip(every, same, strict=True)}
    return {
        name: [Picture(work, paths[work.file], digests[work.file], works[work.file]) for work in artworks]
        for name, artworks in chosen.items()
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
