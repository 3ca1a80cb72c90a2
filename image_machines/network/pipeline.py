"""Pictures to batches: find, decode, keep, warp, feed.

Decoding and warping run in threads beside the network. A decoded picture is kept as ``uint8 (H, W, 4)``, the
fourth byte 255, so that the warp can move whole pixels as 32-bit words and the tint finds a constant there.
What an epoch shows depends on the seed, the epoch and the picture only, never on the order in which threads
finish.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from image_machines import images, machine
from image_machines.network.pixels import PixelRange

log = logging.getLogger(__name__)

KEPT_BYTES = 2 << 30  # decoded pictures stay in memory up to here: about 6,000 at 299 px
THREADS = min(max(machine.cores() // 2, 2), 8)  # each moves about 1,000 pictures of 299 px a second
FRACTION_BITS = 12  # positions in the warp are whole numbers of 1/4096 pixel
TOGETHER = 1 << 15  # pixels warped in one go: enough to be worth the calls, few enough to stay in the cache
WEIGHT_BITS = 4  # and colours are mixed in sixteenths, so that two of them fit into one word
SAME_COLOURS = np.eye(3, 4, dtype=np.float32)  # of R, G, B from R, G, B, 1


@dataclass(frozen=True)
class Augmentation:
    """How far a training picture may be moved, at most, either way; the edge pixels fill what comes in.

    The values are those of Offert 2018, drawn independently and uniformly for every picture and epoch.
    ``colour`` changes tone and tint as well, so that a network must look for more than a dark ground.
    """

    rotation: float = 30  # degrees
    shift: float = 0.2  # of the side, across and down
    shear: float = 0.2  # radians
    zoom: float = 0.2  # of the size, across and down by themselves
    flip: bool = True  # left and right exchanged for half of the pictures
    colour: float = 0  # of contrast, brightness and tint, and twice that of the saturation taken away

    def matrices(self, count: int, side: int, seed: Sequence[int]) -> NDArray[np.float64]:
        """Affine maps (count, 2, 3) from pixels (x, y, 1) of the warped picture to those of the original."""
        draw = np.random.default_rng(seed).uniform(-1, 1, (count, 7))
        angle, lean = np.radians(self.rotation) * draw[:, 0], self.shear * draw[:, 1]
        linear = np.empty((count, 2, 2))
        linear[:, 0, 0], linear[:, 0, 1] = np.cos(angle), -np.sin(angle + lean)
        linear[:, 1, 0], linear[:, 1, 1] = np.sin(angle), np.cos(angle + lean)
        linear *= 1 + self.zoom * draw[:, None, 2:4]
        if self.flip:
            linear[:, :, 0] *= np.where(draw[:, 6] < 0, -1, 1)[:, None]
        centre = np.full(2, (side - 1) / 2)
        moved = centre - linear @ centre + self.shift * side * draw[:, 4:6]
        return np.concatenate([linear, moved[:, :, None]], axis=2)

    def tints(self, count: int, seed: Sequence[int]) -> NDArray[np.float32]:
        """Affine maps (count, 3, 4) from the colours (R, G, B, 1) of a picture, 0-255, to other ones."""
        draw = self.colour * np.random.default_rng(seed).uniform(-1, 1, (count, 8))
        saturation = 1 - (self.colour + draw[:, 7, None, None])
        mixing = saturation * np.eye(3) + (1 - saturation) / 3
        contrast = 1 + draw[:, :3, None]
        brightness = 127.5 * (0.8 * draw[:, 3, None] + 0.5 * draw[:, 4:7])[:, :, None]
        offset = 127.5 * (1 - contrast) + brightness
        return np.concatenate([contrast * mixing, offset], axis=2).astype(np.float32)


def find_pictures(folder: str | Path) -> tuple[list[Path], list[int], list[str]]:
    """The pictures of a folder of class folders: paths, class of each, class names; all in sorted order."""
    folder = Path(folder)
    classes = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    found = [
        (path, label)
        for label, name in enumerate(classes)
        for path in sorted((folder / name).iterdir())
        if path.suffix.lower() in images.PICTURE_SUFFIXES and not path.name.startswith(".")
    ]
    if not found:
        raise ValueError(f"no pictures in {folder}: it must hold a folder of pictures for each class")
    return [path for path, _ in found], [label for _, label in found], classes


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


def warp(pictures: NDArray[np.uint8], matrices: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Warp pictures (N, H, W, 4) by affine maps (N, 2, 3) from new pixels (x, y, 1) to old; edges repeat.

    Bilinear, in whole numbers: red and blue are mixed in one word, four times as fast as TensorFlow's warp
    and with the same result to 1/16 of the step between neighbouring pixels.
    """
    count, height, width = pictures.shape[:3]
    words = np.ascontiguousarray(pictures).view(np.uint32).ravel()
    x, y = _positions(matrices, height, width)
    corner = y >> FRACTION_BITS
    corner *= np.int32(width)
    corner += x >> FRACTION_BITS
    places = corner + (np.arange(count) * (height * width))[:, None, None]
    right, below = _parts(x), _parts(y)
    left, above = (1 << WEIGHT_BITS) - right, (1 << WEIGHT_BITS) - below
    first_and_third = np.uint32(0xFF00FF)
    # The sum of all four bytes overflows; less the sums of red and blue it still gives the green.
    red_blue, all_four = np.zeros((2, *places.shape), np.uint32)
    taps = ((0, left, above), (1, right, above), (width, left, below), (width + 1, right, below))
    for offset, across, down in taps:
        word = words[offset:].take(places, mode="wrap")  # all are inside; this mode is the fastest
        weight = across * down
        red_blue += (word & first_and_third) * weight
        word *= weight
        all_four += word
    all_four -= red_blue
    red_blue >>= 2 * WEIGHT_BITS
    red_blue &= first_and_third
    all_four >>= 2 * WEIGHT_BITS
    all_four &= np.uint32(0xFF00)
    red_blue |= all_four
    red_blue |= np.uint32(0xFF000000)
    return red_blue.view(np.uint8).reshape(pictures.shape)


def _positions(
    matrices: NDArray[np.float64], height: int, width: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Where the pixels come from, (N, H, W) for x and y, in fractions of a pixel and inside the picture."""
    fixed = np.round(matrices * (1 << FRACTION_BITS)).astype(np.int32)[:, :, :, None]
    columns, rows = np.arange(width, dtype=np.int32), np.arange(height, dtype=np.int32)
    x, y = (
        (fixed[:, axis, 0] * columns)[:, None, :] + (fixed[:, axis, 1] * rows + fixed[:, axis, 2])[:, :, None]
        for axis in (0, 1)
    )
    np.clip(x, 0, (width - 1 << FRACTION_BITS) - 1, out=x)
    np.clip(y, 0, (height - 1 << FRACTION_BITS) - 1, out=y)
    return x, y


def _parts(positions: NDArray[np.int32]) -> NDArray[np.uint32]:
    """The fractions of positions as weights in sixteenths, in place."""
    positions >>= FRACTION_BITS - WEIGHT_BITS
    positions &= (1 << WEIGHT_BITS) - 1
    return positions.view(np.uint32)


def tint(
    pictures: NDArray[np.uint8], colours: NDArray[np.float32], out: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Map the colours of pictures (N, H, W, 4) by affine maps (N, 3, 4); gives float32 (N, H, W, 3), 0-255.

    The fourth byte is 255: it brings in the constant of the map, many times as fast as an addition would.
    """
    mixing = np.swapaxes(colours, 1, 2)[:, None].astype(np.float32)
    mixing[:, :, 3] /= 255
    values = np.empty((*pictures.shape[:3], 3), np.float32) if out is None else out
    # A product for each row of pixels: for a whole picture the library would wake threads of its own.
    np.matmul(pictures.astype(np.float32), mixing, out=values)
    return np.clip(values, 0, 255, out=values)


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
