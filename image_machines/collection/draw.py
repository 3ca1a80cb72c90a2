"""The draw: equally many artworks for each class, whose pictures are fetched; what fails is drawn anew."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Sequence

import numpy as np

from image_machines.collection.artworks import Artwork
from image_machines.collection.classes import Classes
from image_machines.collection.manners import Failure
from image_machines.collection.sources import Paths, Source

log = logging.getLogger(__name__)


class Collector:
    """Brings pictures here, and remembers what failed."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.paths: Paths = {}
        self.failures: dict[str, Failure] = {}

    def bring(self, artworks: Sequence[Artwork]) -> None:
        """Fetch the pictures of those artworks that were not tried before."""
        new = [work for work in artworks if work.file not in self.paths and work.file not in self.failures]
        if not new:
            return
        paths, failures = self.source.fetch(new)
        reasons = {failure.url: failure for failure in failures}
        self.paths |= paths
        for work in new:
            if work.file not in paths:
                self.failures[work.file] = reasons.get(self.source.origin(work)) or failures[0]

    def good(self, artworks: Sequence[Artwork]) -> list[Artwork]:
        return [work for work in artworks if work.file in self.paths]


def draw(collector: Collector, classes: Classes, most: int | None, seed: int) -> Classes:
    """Draw equally many artworks for each class and fetch their pictures; what fails is drawn anew.

    The order in which a class is drawn depends on its artworks, its name and the seed alone, so the same
    failures give the same choice.
    """
    orders = {name: _shuffled(works, name, seed) for name, works in classes.items()}
    size = min([len(order) for order in orders.values()] + ([most] if most else []))
    while True:
        missing: list[Artwork] = []
        tried = collector.paths.keys() | collector.failures.keys()
        for order in orders.values():
            good = len(collector.good(order))
            missing += [work for work in order if work.file not in tried][: max(0, size - good)]
        if not missing:
            break
        collector.bring(missing)
        size = min(size, *(_reachable(collector, order) for order in orders.values()))
    for name, order in orders.items():
        if len(collector.good(order)) < 2:
            raise ValueError(_too_few(name, order, collector))
    if most and size < most:
        smallest = min(orders, key=lambda name: len(orders[name]))
        log.info("every class gets %d pictures, not %d: %s has no more", size, most, smallest)
    return {name: collector.good(order)[:size] for name, order in orders.items()}


def _reachable(collector: Collector, order: Sequence[Artwork]) -> int:
    return sum(work.file not in collector.failures for work in order)


def _shuffled(artworks: Sequence[Artwork], name: str, seed: int) -> list[Artwork]:
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return [artworks[index] for index in rng.permutation(len(artworks))]


def _too_few(name: str, order: Sequence[Artwork], collector: Collector) -> str:
    failed = [collector.failures[work.file] for work in order if work.file in collector.failures]
    why = f"; {len(failed)} failed, the first: {failed[0].url}: {failed[0].reason}" if failed else ""
    good = len(collector.good(order))
    return f"class {name!r} has {good} pictures that can be read, and needs at least 2{why}"
