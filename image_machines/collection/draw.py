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


def draw(collector: Collector, classes: Classes, most: int | None, seed: int, least: int = 2) -> Classes:
    """Draw equally many artworks for each class and fetch their pictures; what fails is drawn anew.

    The order in which a class is drawn depends on its artworks, its name and the seed alone, so the same
    failures give the same choice. Raises ValueError that names the class with fewer than ``least`` pictures.
    """
    orders = {name: _shuffled(works, name, seed) for name, works in classes.items()}
    while True:
        smallest = min(orders, key=lambda name: _reachable(collector, orders[name]))
        size = _reachable(collector, orders[smallest])
        if size < least:
            raise ValueError(_too_few(smallest, orders[smallest], collector, least))
        size = min(size, most or size)
        missing = [work for order in orders.values() for work in _next(collector, order, size)]
        if not missing:
            break
        collector.bring(missing)
    _say_size(collector, orders, smallest, size, most)
    return {name: collector.good(order)[:size] for name, order in orders.items()}


def _next(collector: Collector, order: Sequence[Artwork], size: int) -> list[Artwork]:
    """Those that come next in a class until it has ``size`` pictures."""
    untried = [
        work for work in order if work.file not in collector.paths and work.file not in collector.failures
    ]
    return untried[: max(0, size - len(collector.good(order)))]


def _say_size(collector: Collector, orders: Classes, smallest: str, size: int, most: int | None) -> None:
    """Say in a line which class keeps the others small, and how much of them is left out."""
    left = {name: _reachable(collector, order) - size for name, order in orders.items()}
    left = {name: count for name, count in left.items() if count}
    if (most and size < most) or (left and size != most):
        wish = f", not {most}" if most else ""
        others = "; left out of the others: " if left else ""
        others += ", ".join(f"{name} {count}" for name, count in left.items())
        log.warning("every class gets %d pictures%s: %r has no more%s", size, wish, smallest, others)


def _reachable(collector: Collector, order: Sequence[Artwork]) -> int:
    return sum(work.file not in collector.failures for work in order)


def _shuffled(artworks: Sequence[Artwork], name: str, seed: int) -> list[Artwork]:
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return [artworks[index] for index in rng.permutation(len(artworks))]


def _too_few(name: str, order: Sequence[Artwork], collector: Collector, least: int) -> str:
    failed = [collector.failures[work.file] for work in order if work.file in collector.failures]
    why = f"; {len(failed)} failed, the first: {failed[0].url}: {failed[0].reason}" if failed else ""
    count = _reachable(collector, order)
    return f"class {name!r} has {count} pictures that can be read, and needs at least {least}{why}"
