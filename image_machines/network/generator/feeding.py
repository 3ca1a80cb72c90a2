"""What a decoder is taught with: views of works, the features of each, batches of codes and images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from image_machines.network.augmentation import Augmentation, warp
from image_machines.network.generator import coding
from image_machines.network.generator.coding import Floats
from image_machines.network.layers import Layer
from image_machines.network.network import Network
from image_machines.network.pipeline import Pictures

Shown = NDArray[np.uint8]
MOVED = Augmentation(rotation=4, shift=0.04, shear=0, zoom=0.1)  # of the views after the first two
BLOCK = 64  # pictures that are looked at together


def looked_at(
    network: Network,
    layer: Layer,
    paths: Sequence[Path],
    size: int,
    cells: int,
    views: int = 1,
    seed: int = 0,
) -> tuple[Shown, Floats]:
    """Pictures (N, size, size, 3) of works, each in some views, and their features (N, cells, cells, C).

    The first view is the work itself, the second its mirror image, the others are moved as chance has it.
    """
    side = max(network.size, size)
    works = Pictures(paths, side)
    usable = [index for index in range(len(works)) if index not in works.bad]
    shown, features = [], []
    for view in range(views):
        matrices = _matrices(view, len(works), side, seed)
        for start in range(0, len(usable), BLOCK):
            chosen = usable[start : start + BLOCK]
            seen = warp(np.stack([works[index] for index in chosen]), matrices[chosen])[..., :3]
            shown.append(coding.smaller(seen, size))
            features.append(coding.pooled(network, layer, seen, cells))
    return np.concatenate(shown), np.concatenate(features)


def _matrices(view: int, count: int, side: int, seed: int) -> NDArray[np.float64]:
    """How works are moved in a view."""
    if view > 1:
        return MOVED.matrices(count, side, (seed, view))
    turned = np.array([[-1.0, 0, side - 1], [0, 1, 0]]) if view else np.eye(2, 3)
    return np.broadcast_to(turned, (count, 2, 3)).copy()


class Pairs(keras.utils.PyDataset):
    """Batches (codes, images) of one size; with a ``seed`` every epoch has its own order.

    ``epoch`` is the one to begin with, so that a resumed training sees what it would have seen.
    """

    def __init__(
        self, codes: Floats, pictures: Shown, batch_size: int, seed: int | None = None, epoch: int = 0
    ) -> None:
        super().__init__()
        self.codes, self.pictures, self.seed = codes, pictures, seed
        self.batch_size = min(batch_size, len(codes))
        self._begin(epoch)

    def __len__(self) -> int:
        return len(self.codes) // self.batch_size

    def __getitem__(self, index: int) -> tuple[Floats, Floats]:
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        images = self.pictures[chosen].astype(np.float32) / np.float32(127.5) - np.float32(1)
        return self.codes[chosen], images

    def on_epoch_end(self) -> None:
        self._begin(self.epoch + 1)

    def _begin(self, epoch: int) -> None:
        self.epoch, self.order = epoch, np.arange(len(self.codes))
        if self.seed is not None:
            self.order = np.random.default_rng((self.seed, epoch)).permutation(self.order)
