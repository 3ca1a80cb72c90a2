"""Splits: which pictures the network learns from, and which it is tested on."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from image_machines.collection.artworks import Artwork
from image_machines.collection.classes import Classes
from image_machines.collection.sources import Paths
from image_machines.collection.threads import in_threads
from image_machines.collection.works import connected

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Picture:
    """An artwork of a class and its file."""

    artwork: Artwork
    path: Path
    digest: str  # SHA-256 of the file's bytes
    work: str


def given(classes: Classes) -> dict[str, Classes] | None:
    """The classes of "train" and of "val" where the collection is divided already; None where it is not.

    Without a part for validation, the one for tests takes its place. Raises ValueError that names the class
    which a part lacks.
    """
    counts = Counter(work.part for works in classes.values() for work in works)
    testing = next((part for part in ("val", "test") if counts[part]), "")
    if not counts["train"] or not testing:
        return None
    parts = {
        part: {name: [work for work in works if work.part == theirs] for name, works in classes.items()}
        for part, theirs in (("train", "train"), ("val", testing))
    }
    for part, found in parts.items():
        for name, works in found.items():
            if not works:
                raise ValueError(f"class {name!r} has no pictures in {part if part == 'train' else testing}")
    others = sum(counts.values()) - counts["train"] - counts[testing]
    log.warning(
        "the division of the collection is kept: %d pictures for training, %d of %r for validation%s",
        counts["train"], counts[testing], testing, f"; {others} others are left out" if others else "",
    )  # fmt: skip
    return parts


def most_of_each(parts: Mapping[str, Classes], most: int | None) -> dict[str, int | None]:
    """At most how many pictures of a class each part gets, of ``most`` in all, in proportion."""
    sizes = {part: min(len(works) for works in classes.values()) for part, classes in parts.items()}
    if most is None or most >= sum(sizes.values()):
        return {part: None for part in parts}
    val = min(max(1, round(most * sizes["val"] / sum(sizes.values()))), most - 1)
    return {"train": most - val, "val": val}


def tell_of_shared_works(pictures: Mapping[str, Sequence[Picture]], val: Container[str]) -> None:
    """Warn of works that lie on both sides of a split that was given."""
    every = [picture for each in pictures.values() for picture in each]
    learnt = {picture.work for picture in every if picture.artwork.file not in val}
    shared = sum(picture.work in learnt for picture in every if picture.artwork.file in val)
    if shared:
        log.warning("%d pictures for validation show works, or are copies, of pictures for training", shared)


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
