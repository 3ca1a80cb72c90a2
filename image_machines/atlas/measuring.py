"""The responses of a collection, measured by the workers of a cluster, block after block.

Pictures travel as the bytes of their files, so that workers need no disk in common. Blocks come back in any
order and are given on in that of the pictures; one whose worker is gone is measured again, and one that fails
three times ends the work with its reason. Loads no Keras.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from image_machines.atlas.cluster import Cluster
    from image_machines.atlas.maps.layout import Positions, Projection
    from image_machines.network.network import Network
    from image_machines.network.pixels import PixelRange
    from image_machines.network.tables import Row

TRIES = 3
BATCHES = 2  # of a block
KEPT = 16  # blocks that may wait for an earlier one
PATIENCE = 1.0  # seconds to wait for the next block


@dataclass(frozen=True)
class Block:
    """Pictures that one worker measures: name and content of each file, and how the network is shown them."""

    fingerprint: str
    size: int
    pixels: PixelRange
    layers: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...]
    batch_size: int


class Measuring:
    """Who measures pictures and lays them out on a cluster, for `responses.measure` and `layout.lay_out`."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def rows(
        self, network: Network, layers: Sequence[str], paths: Sequence[Path], batch_size: int
    ) -> Iterator[list[Row]]:
        """See `tables.rows`; raises RuntimeError for a block that cannot be measured."""
        size = BATCHES * batch_size
        waiting = deque(range(0, len(paths), size))
        under_way: dict[int, int] = {}  # the start of a block, by its identity
        ready: dict[int, list[Row]] = {}
        tries: Counter[int] = Counter()
        expected = 0
        while expected < len(paths):
            while waiting and waiting[0] < expected + KEPT * size and self._cluster.room():
                start = waiting.popleft()
                block = _block(network, layers, paths[start : start + size], batch_size)
                under_way[id(block)] = start
                self._cluster.begin(block)
            for outcome in self._cluster.finished(PATIENCE):
                start = under_way.pop(id(outcome.task))
                if outcome.drawn:
                    ready[start] = cast("list[Row]", list(outcome.drawn))
                    continue
                tries[start] += bool(outcome.error)
                if tries[start] == TRIES:
                    raise RuntimeError(f"pictures from {paths[start].name} on: {outcome.error}")
                waiting.appendleft(start)
            while expected in ready:
                found = ready.pop(expected)
                yield found
                expected += len(found)

    def project(self, rows: NDArray[np.float32], projection: Projection) -> Positions:
        """See `layout.projected`."""
        from image_machines.atlas import remote  # here, since it measures blocks of this module

        found: Positions = self._cluster.call(remote.lay_out, rows, projection)
        return found


def _block(network: Network, layers: Sequence[str], paths: Sequence[Path], batch_size: int) -> Block:
    """A block with its pictures as they are at this moment; a file that is not there has no content."""
    content = tuple((path.name, path.read_bytes() if path.is_file() else b"") for path in paths)
    return Block(network.fingerprint, network.size, network.pixels, tuple(layers), content, batch_size)
