"""What a worker of a cluster does: it opens each network once, and does one thing at a time.

Weights come as the bytes of a model file and of its card, once, and are known by their fingerprint. This
module loads no Keras until a network is opened, so that a worker says at once which version it is.
"""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from image_machines.atlas.measuring import Block
from image_machines.atlas.tasks import Drawn, Task, Trial
from image_machines.atlas.version import project

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from image_machines.atlas.maps.layout import Positions, Projection
    from image_machines.network.network import Network
    from image_machines.network.pixels import PixelRange
    from image_machines.network.tables import Row

NICE = 10  # how much a worker gives way to other programs: a niceness of Unix

Content = tuple[bytes, bytes]  # of a model's file, and of its card

_taken: dict[str, Content] = {}  # networks that are not opened yet, by fingerprint
_networks: dict[str, Network] = {}
_one = threading.Lock()  # a worker with several threads makes one task at a time all the same


def identity() -> str:
    """Which version of the project this worker has."""
    return project()


def pack(network: Network) -> Content:
    """A network as it travels."""
    from image_machines.network import models

    with tempfile.TemporaryDirectory(prefix="image-machines-") as folder:
        file = models.save(network, Path(folder) / "network.keras")
        return file.read_bytes(), file.with_suffix(".json").read_bytes()


def take(fingerprint: str, content: Content) -> None:
    """Take in a network."""
    if fingerprint not in _networks:
        _taken[fingerprint] = content


def lacks(fingerprints: list[str]) -> list[str]:
    """The networks whose weights are not here yet."""
    return [each for each in fingerprints if each not in _networks and each not in _taken]


def open_networks() -> int:
    """Open what was taken in; raises ValueError where it is not what it was sent for."""
    with _one:
        for fingerprint, content in list(_taken.items()):
            _networks[fingerprint] = _opened(fingerprint, content)
            del _taken[fingerprint]
        if hasattr(os, "nice"):
            os.nice(max(NICE - os.nice(0), 0))
        return len(_networks)


def _opened(fingerprint: str, content: Content) -> Network:
    from image_machines.network import models

    with tempfile.TemporaryDirectory(prefix="image-machines-") as folder:
        file = Path(folder) / "network.keras"
        for path, part in zip((file, file.with_suffix(".json")), content, strict=True):
            path.write_bytes(part)
        network = models.load(file)
    if network.fingerprint != fingerprint:
        raise ValueError(f"weights arrived as {network.fingerprint}, not as {fingerprint}")
    return network


def work(task: Task | Block) -> list[Drawn] | list[Row]:
    """Draw the images of a task, or measure the pictures of a block."""
    with _one:
        return measure(task) if isinstance(task, Block) else draw(task)


def draw(task: Task) -> list[Drawn]:
    """The images of a task."""
    from image_machines.atlas import batches

    return batches.draw(_networks[task.first.fingerprint], task)


def measure(block: Block) -> list[Row]:
    """What the pictures of a block make of its layers."""
    from image_machines.network import tables

    with tempfile.TemporaryDirectory(prefix="image-machines-") as folder:
        paths = [Path(folder) / f"{number}" / name for number, (name, _) in enumerate(block.files)]
        for path, (_, content) in zip(paths, block.files, strict=True):
            path.parent.mkdir()
            path.write_bytes(content)
        network = _shown(block.fingerprint, block.size, block.pixels)
        return [row for some in tables.rows(network, block.layers, paths, block.batch_size) for row in some]


@lru_cache(maxsize=4)
def _shown(fingerprint: str, size: int, pixels: PixelRange) -> Network:
    """The network of these weights, shown pictures of this size and range, whatever it was sent for."""
    return replace(_networks[fingerprint], size=size, pixels=pixels)


def lay_out(rows: NDArray[np.float32], projection: Projection) -> Positions:
    """Bring features into the plane."""
    from image_machines.atlas.maps import layout

    with _one:
        return layout.projected(rows, projection)


def try_out(task: Task, seconds: float) -> Trial:
    """Try a task out for so many seconds."""
    from image_machines.atlas import batches

    with _one:
        return batches.try_out(_networks[task.first.fingerprint], task, seconds)
