"""Pictures to batches: find, decode, keep, warp, feed.

Decoding and warping run in threads beside the network. A decoded picture is kept as ``uint8 (H, W, 4)``, the
fourth byte 255, so that the tint finds a constant there.
What an epoch shows depends on the seed, the epoch and the picture only, never on the order in which threads
finish.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from image_machines import images, machine
from image_machines.names import few
from image_machines.network.augmentation import SAME_COLOURS, Augmentation, tint, warp
from image_machines.network.pixels import PixelRange

log = logging.getLogger(__name__)

KEPT_BYTES = 2 << 30  # decoded pictures stay in memory up to here: about 6,000 at 299 px
THREADS = min(max(machine.cores() // 2, 2), 8)  # each moves about 1,000 pictures of 299 px a second
TOGETHER = 1 << 15  # pixels warped in one go: enough to be worth the calls, few enough to stay in the cache


def find_pictures(folder: str | Path) -> tuple[list[Path], list[int], list[str]]:
    """The pictures of a folder of class folders: paths, class of each, class names; all in sorted order.

    A file is a picture by its suffix or its content; those that are left out are counted and named in the
    log.
    """
    folder = Path(folder)
    outside = _shown(folder) if folder.is_dir() else []
    classes = sorted(path.name for path in outside if path.is_dir())
    inside = [(path, label) for label, name in enumerate(classes) for path in _shown(folder / name)]
    found = [(path, label) for path, label in inside if path.is_file() and images.meant_as_picture(path)]
    if not found:
        raise ValueError(f"no pictures in {folder}: it must hold a folder of pictures for each class")
    paths = [path for path, _ in found]
    kept = set(paths)
    left = [path for path in outside if path.is_file()] + [path for path, _ in inside if path not in kept]
    _tell_what_is_left_out(folder, left)
    return paths, [label for _, label in found], classes


def _shown(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "__MACOSX"))]


def _tell_what_is_left_out(folder: Path, left: Sequence[Path]) -> None:
    """Count and name what is no picture in a class's folder."""
    if left:
        named = few(path.relative_to(folder).as_posix() for path in left)
        log.warning("left out of %s, as no pictures in a class's folder: %d (%s)", folder, len(left), named)


class Pictures(Sequence[NDArray[np.uint8]]):
    """The pictures of a list of files at one size, each ``uint8 (size, size, 4)``; kept when they all fit.

    ``bad`` maps the index of every file that does not decode to the reason; such a picture is black.
    """

    def __init__(self, paths: Sequence[Path], size: int, keep_bytes: int = KEPT_BYTES) -> None:
        self.paths, self.size = list(paths), size
        self.bad: dict[int, str] = {}
        self._kept: NDArray[np.uint8] | None = None
        if len(paths) * size * size * 4 <= keep_bytes:
            kept = np.zeros((len(paths), size, size, 4), np.uint8)
            with ThreadPoolExecutor(THREADS) as threads:
                decoded = threads.map(self._decode, range(len(paths)))
                for index, picture in enumerate(
                    tqdm(decoded, "pictures", len(paths), disable=len(paths) < 500)
                ):
                    kept[index] = picture
            self._kept = kept

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self._decode(index) if self._kept is None else self._kept[index]

    def _decode(self, index: int) -> NDArray[np.uint8]:
        picture = np.zeros((self.size, self.size, 4), np.uint8)
        picture[..., 3] = 255
        try:
            picture[..., :3] = images.read(self.paths[index], (self.size, self.size))
        except images.UnreadablePicture as error:
            if index not in self.bad:
                self.bad[index] = str(error)
                log.warning("%s", error)
        return picture


def augmented(
    path: str | Path, size: int, augmentation: Augmentation | None, count: int = 9, seed: int = 0
) -> list[images.Picture]:
    """A picture as a network meets it: as it is, then warped ``count`` times."""
    picture = Pictures([Path(path)], size)[0]
    if augmentation is None:
        return [picture[..., :3]] * (count + 1)
    matrices, tints = augmentation.matrices(count, size, (seed,)), augmentation.tints(count, (seed, 1))
    moved = warp(np.stack([picture] * count), matrices)
    return [picture[..., :3], *tint(moved, tints).astype(np.uint8)]


class Batches(keras.utils.PyDataset):
    """Batches (network input, one-hot classes) for `keras.Model.fit`, made by threads ahead of the network.

    With a ``seed`` every epoch has its own order, with an ``augmentation`` every picture its own warp.
    ``epoch`` is the one to begin with, so that a resumed training sees what it would have seen.
    """

    def __init__(
        self,
        pictures: Pictures,
        labels: Sequence[int],
        classes: int,
        pixels: PixelRange,
        batch_size: int,
        seed: int | None = None,
        augmentation: Augmentation | None = None,
        epoch: int = 0,
    ) -> None:
        super().__init__(workers=THREADS, max_queue_size=4)
        self.pictures, self.pixels, self.batch_size = pictures, pixels, batch_size
        self.labels = np.eye(classes, dtype=np.float32)[np.asarray(labels)]
        self.usable = np.array([index for index in range(len(pictures)) if index not in pictures.bad])
        self.seed, self.augmentation = seed, augmentation
        self._begin(epoch)

    def __len__(self) -> int:
        return -(-len(self.usable) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        side, channels = self.pictures.size, len(self.pixels.scale)
        batch = np.empty((len(chosen), side, side, channels), np.float32)
        together = max(TOGETHER // side**2, 1)
        for first in range(0, len(chosen), together):
            self._fill(batch[first : first + together], chosen[first : first + together])
        return batch, self.labels[chosen]

    def _fill(self, batch: NDArray[np.float32], chosen: NDArray[np.int64]) -> None:
        """Write some pictures, moved and tinted, into their part of a batch."""
        pictures = np.stack([self.pictures[number] for number in chosen])
        if self.matrices is not None:
            pictures = warp(pictures, self.matrices[chosen])
        self.pixels.fill(batch, tint(pictures, self.tints[chosen], batch if batch.shape[-1] == 3 else None))

    def on_epoch_end(self) -> None:
        self._begin(self.epoch + 1)

    def _begin(self, epoch: int) -> None:
        self.epoch, self.order, self.matrices = epoch, self.usable, None
        self.tints = np.broadcast_to(SAME_COLOURS, (len(self.pictures), 3, 4))
        if self.seed is not None:
            self.order = np.random.default_rng((self.seed, epoch)).permutation(self.usable)
        if self.augmentation is not None:
            self.matrices = self.augmentation.matrices(
                len(self.pictures), self.pictures.size, (self.seed or 0, epoch, 1)
            )
            self.tints = self.augmentation.tints(len(self.pictures), (self.seed or 0, epoch, 2))


def stream(
    paths: Sequence[Path], size: int, pixels: PixelRange, batch_size: int = 32
) -> Iterator[tuple[list[int], NDArray[np.float32], dict[int, str]]]:
    """Read any number of files in bounded memory: yields (indices, network input, {index: why unreadable}).

    The indices of a batch are those of its readable pictures, in order; decoding runs two batches ahead.
    """

    def read(path: Path, place: NDArray[np.float32]) -> str:
        try:
            pixels.fill(place, images.read(path, (size, size)))
        except images.UnreadablePicture as error:
            return str(error)
        return ""

    def begin(first: int) -> tuple[NDArray[np.float32], list[Future[str]]]:
        chosen = paths[first : first + batch_size]
        batch = np.empty((len(chosen), size, size, len(pixels.scale)), np.float32)
        return batch, [threads.submit(read, *each) for each in zip(chosen, batch, strict=True)]

    with ThreadPoolExecutor(THREADS) as threads:
        ahead = deque(begin(first) for first in range(0, min(len(paths), 2 * batch_size), batch_size))
        for first in range(0, len(paths), batch_size):
            batch, reading = ahead.popleft()
            if first + 2 * batch_size < len(paths):
                ahead.append(begin(first + 2 * batch_size))
            reasons = [future.result() for future in reading]
            good = [place for place, reason in enumerate(reasons) if not reason]
            bad = {first + place: reason for place, reason in enumerate(reasons) if reason}
            yield [first + place for place in good], batch[good] if bad else batch, bad
