"""Feeding: batches of two data sets, pictures with attributes and pictures with scores, in turn or together.

What a batch holds depends on the seed, the epoch and its number only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from image_machines import files
from image_machines.network.augmentation import Augmentation, warp
from image_machines.network.network import Network
from image_machines.network.pixels import PixelRange

Numbers = NDArray[np.float32]
Order = Literal["attributes", "scores", "turns", "together"]
Batch = tuple[Numbers, tuple[Numbers, Numbers, Numbers]]


class Inputs(Protocol):
    """What a network is given, one for each picture."""

    def __len__(self) -> int: ...

    def batch(self, chosen: NDArray[np.int64], epoch: int) -> Numbers:
        """The inputs with those numbers, as they are in that epoch."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """Pictures (uint8, (S, S, 4), see `pipeline.Pictures`) as pixels, each moved anew in every epoch."""

    pictures: Sequence[NDArray[np.uint8]]
    pixels: PixelRange
    augmentation: Augmentation | None = None
    seed: int = 0

    def __len__(self) -> int:
        return len(self.pictures)

    def batch(self, chosen: NDArray[np.int64], epoch: int) -> Numbers:
        """The chosen pictures as the network wants their pixels."""
        shown = np.stack([self.pictures[number] for number in chosen])
        if self.augmentation is not None:
            side = shown.shape[1]
            matrices = self.augmentation.matrices(len(self.pictures), side, (self.seed, epoch))
            shown = warp(shown, matrices[chosen])
        return np.asarray(self.pixels.from_pictures(shown[..., :3]), np.float32)


@dataclass(frozen=True, eq=False)
class Features:
    """Maps of a frozen layer, computed once: float16 (N, h, w, C), perhaps still on the disk."""

    values: NDArray[Any]

    def __len__(self) -> int:
        return len(self.values)

    def batch(self, chosen: NDArray[np.int64], epoch: int) -> Numbers:
        """The chosen maps; they are the same in every epoch."""
        return np.asarray(self.values[np.sort(chosen)], np.float32)[np.argsort(np.argsort(chosen))]


@dataclass(frozen=True, eq=False)
class Taught:
    """Inputs and what is to be learned of each: labels (N, A) of attributes, or scores (N, S)."""

    inputs: Inputs
    targets: Numbers

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.targets):
            raise ValueError(f"{len(self.inputs)} pictures do not fit {len(self.targets)} rows of targets")


class Turns(keras.utils.PyDataset):
    """Batches (inputs, (labels, scores, which)); ``which`` (N, 2) says of each what it teaches, 0 or 1.

    ``order``: "turns" takes attributes and scores by turns, "together" a batch of each in one step. In an
    epoch the larger of the data sets is shown once, the smaller as often as it takes.
    """

    def __init__(
        self,
        attributes: Taught,
        scores: Taught,
        batch_size: int,
        order: Order,
        seed: int = 0,
        epoch: int = 0,
    ) -> None:
        super().__init__(workers=2, max_queue_size=4)
        self.sets, self.batch_size, self.order = (attributes, scores), batch_size, order
        self.seed = seed
        used = {"attributes": (0,), "scores": (1,)}.get(order, (0, 1))
        self.rounds = max(-(-len(self.sets[kind].inputs) // batch_size) for kind in used)
        self._begin(epoch)

    def __len__(self) -> int:
        return self.rounds * (2 if self.order == "turns" else 1)

    def __getitem__(self, index: int) -> Batch:
        match self.order:
            case "turns":
                return self._batch(index % 2, index // 2)
            case "together":
                first, second = self._batch(0, index), self._batch(1, index)
                targets = zip(first[1], second[1], strict=True)
                labels, scores, which = (np.concatenate(pair) for pair in targets)
                return np.concatenate([first[0], second[0]]), (labels, scores, which)
        return self._batch(int(self.order == "scores"), index)

    def on_epoch_end(self) -> None:
        self._begin(self.epoch + 1)

    def _begin(self, epoch: int) -> None:
        self.epoch = epoch
        self.orders = []
        for kind, taught in enumerate(self.sets):
            dice = np.random.default_rng((self.seed, epoch, kind))
            times = -(-self.rounds * self.batch_size // len(taught.inputs))
            self.orders.append(
                np.concatenate([dice.permutation(len(taught.inputs)) for _ in range(max(times, 1))])
            )

    def _batch(self, kind: int, number: int) -> Batch:
        chosen = self.orders[kind][number * self.batch_size : (number + 1) * self.batch_size]
        taught, other = self.sets[kind], self.sets[1 - kind]
        mine = taught.targets[chosen]
        nothing = np.zeros((len(chosen), other.targets.shape[1]), np.float32)
        which = np.zeros((len(chosen), 2), np.float32)
        which[:, kind] = 1
        targets = (mine, nothing, which) if kind == 0 else (nothing, mine, which)
        return taught.inputs.batch(chosen, self.epoch), targets


def features(
    network: Network,
    layer: str,
    pictures: Sequence[NDArray[np.uint8]],
    path: str | Path,
    batch_size: int = 32,
) -> Features:
    """The maps of a layer for pictures of one size (H, W, 3 or 4), computed once and kept in ``path`` (.npy).

    What a killed run had finished is not computed again. Raises ValueError where the file is of other maps.
    """
    path = Path(path)
    body = keras.Model(network.graph.inputs[0], network.output(layer))
    first = np.asarray(body.predict_on_batch(network.pixels.from_pictures(pictures[0][None, ..., :3])))
    shape = (len(pictures), *first.shape[1:])
    part, count = path.with_suffix(".part.npy"), path.with_suffix(".json")
    told: dict[str, Any] = {"network": network.fingerprint, "layer": layer, "shape": list(shape), "done": 0}
    if count.is_file():
        before = json.loads(count.read_text(encoding="utf-8"))
        if before | {"done": 0} != told:
            raise ValueError(f"{path} holds other maps than those of {layer} for {len(pictures)} pictures")
        told = before
    if not path.is_file():
        mode = "r+" if part.is_file() and told["done"] else "w+"
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = np.lib.format.open_memmap(part, mode, np.float16, shape)
        for begin in tqdm(range(int(told["done"]), len(pictures), batch_size), f"maps of {layer}"):
            numbers = range(begin, min(begin + batch_size, len(pictures)))
            shown = np.stack([pictures[number][..., :3] for number in numbers])
            kept[begin : begin + len(shown)] = body.predict_on_batch(network.pixels.from_pictures(shown))
            kept.flush()
            files.write_json(count, told | {"done": begin + len(shown)})
        del kept
        part.replace(path)
    return Features(np.load(path, mmap_mode="r"))
