"""Painted landscapes whose parts are known, and a score that is a known formula of parts and places.

    python -m studies.semantic_maps.painted --pictures 2400 --size 224

Every picture is painted once and kept; a run that was killed goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from image_machines import files
from image_machines.images import Picture
from image_machines.notebooks.chapters import ROOT
from image_machines.painter.works import paint

FOLDER = ROOT / "runs" / "semantic_maps"
Grid = NDArray[np.float64]
Rule = Callable[[Grid, Grid], Grid]

RULES: dict[str, tuple[str, Rule]] = {  # part: the rule in words, and its sign at x (0 left), y (0 top), 0-1
    "water": ("raises in the lower half", lambda x, y: 1.0 * (y > 0.5)),
    "building": ("lowers in the upper half", lambda x, y: -1.0 * (y < 0.5)),
    "trees": (
        "raise on the left, lower on the right",
        lambda x, y: 1.0 * (x < 0.4) - 1.0 * (x > 0.6),
    ),
    "path": ("raises on the right", lambda x, y: 1.0 * (x > 0.5)),
    "boats": ("lower on the left", lambda x, y: -1.0 * (x < 0.5)),
}  # neither figures, a few pixels high, nor hills, which nobody tells from the ground before them
PARTS = tuple(RULES)
VISIBLE = 1 / 200  # of what the maps look at
ABUNDANT = 0.9  # of the pictures that have a part have less of it than counts as all
SIZE = 224  # pixels of a painting's side
DETAIL = (0.4, 0.9)  # of a picture's side
NOISE = 0.1  # of the score's deviation, so that no network can be without fault


@dataclass(frozen=True, eq=False)
class Paintings:
    """Pictures (N, S, S, 3) with, for each pixel, the number of its part in `PARTS` plus one, or 0."""

    pictures: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.pictures)

    def details(self, each: int, size: int, seed: int = 0) -> Paintings:
        """Square details of ``size`` pixels, ``each`` of every picture, mirrored and turned by chance.

        In whole landscapes water lies always at the bottom, so that what it counts in one place and in the
        next could not be told apart even by who knows where it is; in these it lies anywhere.
        """
        count, side = len(self) * each, self.labels.shape[1]
        pictures = np.empty((count, size, size, 3), np.uint8)
        labels = np.empty((count, size, size), np.uint8)
        for place in range(count):
            dice = np.random.default_rng((seed, place))
            window, mirrored, turns = _window(dice, side), dice.random() < 0.5, int(dice.integers(4))
            for values, kept, way in (
                (self.pictures, pictures, Image.Resampling.BILINEAR),
                (self.labels, labels, Image.Resampling.NEAREST),
            ):
                part = np.rot90(values[place // each][window][:, :: -1 if mirrored else 1], turns)
                kept[place] = Image.fromarray(np.ascontiguousarray(part)).resize((size, size), way)
        return Paintings(pictures, labels)

    def mirrored(self) -> Paintings:
        """Each picture twice, the second time with left and right exchanged, which changes its score."""
        both = [np.concatenate([each, each[:, :, ::-1]]) for each in (self.pictures, self.labels)]
        count = len(self)
        order = np.arange(2 * count).reshape(2, count).T.ravel()
        return Paintings(both[0][order], both[1][order])

    def masks(self, part: str) -> NDArray[np.bool_]:
        """Where a part is to be seen, (N, S, S)."""
        return np.asarray(self.labels == PARTS.index(part) + 1)

    def cover(self, cells: int, border: int) -> NDArray[np.float64]:
        """The share of each cell that a part covers, (N, m, m, A), for maps without their border."""
        side = self.labels.shape[1]
        edges = np.linspace(0, side, cells + 1).round().astype(int)[:-1]
        cover = []
        for part in PARTS:
            sums = np.add.reduceat(np.add.reduceat(self.masks(part), edges, 1, float), edges, 2)
            cover.append(sums / (side / cells) ** 2)
        inner = slice(border, cells - border)
        return np.stack(cover, axis=-1)[:, inner, inner]


def present(cover: NDArray[np.float64]) -> NDArray[np.float32]:
    """Which parts are there, (N, A), 0 or 1, by the share that they cover of what the maps look at."""
    return (cover.mean(axis=(1, 2)) >= VISIBLE).astype(np.float32)


def amounts(cover: NDArray[np.float64]) -> NDArray[np.float32]:
    """How much there is of each part, (N, A), as it is taught: 0 to 1, where few pictures have more."""
    area, there = cover.mean(axis=(1, 2)), present(cover) > 0.5
    most = [
        np.quantile(own[has], ABUNDANT) if has.any() else 1 for own, has in zip(area.T, there.T, strict=True)
    ]
    return np.asarray(np.clip(area / most, 0, 1), np.float32)


def true_templates(cells: int, border: int) -> NDArray[np.float64]:
    """The sign of every part at every cell, (m, m, A), by the rules."""
    places = ((np.arange(cells) + 0.5) / cells)[border : cells - border]
    x, y = places[None, :], places[:, None]
    grid = (len(places), len(places))
    return np.stack(
        [np.broadcast_to(rule(x + 0 * y, y + 0 * x), grid) for _, rule in RULES.values()], axis=-1
    )


def scores(
    cover: NDArray[np.float64], templates: NDArray[np.float64], seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Scores (N, 1) about 5, and the templates (m, m, A) with which they are a sum over cells, but for noise.

    Every part moves the score about as much as any other, however small it is: each template is divided by
    the deviation of what its part adds.
    """
    added = np.einsum("nhwa,hwa->na", cover, templates)
    scaled = templates / np.maximum(added.std(axis=0), 1e-9)
    clean = np.einsum("nhwa,hwa->n", cover, scaled)
    noise = np.random.default_rng(seed).normal(0, NOISE * clean.std(), len(clean))
    return (5 + clean - clean.mean() + noise).astype(np.float32)[:, None], scaled


def painted(count: int, size: int, folder: Path = FOLDER, first: int = 0) -> Paintings:
    """The landscapes of ``count`` seeds, square, painted where they are not yet in the folder."""
    pictures = np.empty((count, size, size, 3), np.uint8)
    labels = np.empty((count, size, size), np.uint8)
    for place in tqdm(range(count), "pictures"):
        picture, label = _one(first + place, size, folder / f"painted-{size}")
        pictures[place], labels[place] = picture, label
    return Paintings(pictures, labels)


def _window(dice: np.random.Generator, side: int) -> tuple[slice, slice]:
    """A square anywhere in a picture."""
    own = round(side * dice.uniform(*DETAIL))
    rows, columns = (slice(int(first), int(first) + own) for first in dice.integers(0, side - own + 1, 2))
    return rows, columns


def _one(seed: int, size: int, folder: Path) -> tuple[Picture, NDArray[np.uint8]]:
    """One landscape and its labels, from a PNG with the labels as its fourth channel."""
    file = folder / f"{seed:05d}.png"
    if not file.is_file():
        work = paint("landscape", seed, (size, size))
        label = np.zeros((size, size), np.uint8)
        for number, part in enumerate(PARTS, 1):
            if part in work.masks:
                label[work.masks[part]] = number
        with files.replacing(file) as temporary:
            Image.fromarray(np.dstack([work.picture, label])).save(temporary, compress_level=1)
    kept = np.asarray(Image.open(file))
    return kept[..., :3], kept[..., 3]


def main() -> None:
    """Paint them."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=2400)
    parser.add_argument("--size", type=int, default=224)
    given = parser.parse_args()
    painted(given.pictures, given.size)


if __name__ == "__main__":
    main()
