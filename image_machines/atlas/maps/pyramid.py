"""Pyramid: pictures side by side on one sheet, cut into tiles at every size from large to small.

The folder is at the same time a picture of IIIF's Image API 3, level 0 (https://iiif.io/api/image/3.0/): any
viewer of such pictures opens its ``info.json``. A cell holds one picture, at its upper left; tiles are so
large that none cuts through a cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from image_machines import files
from image_machines.images import Picture

EMPTY: Picture = np.empty((0, 0, 3), np.uint8)
CELL, TILE = 128, 512  # pixels of a cell and of a tile
QUALITY = 80
GROUND = 40  # the grey beside a picture in its cell
CONTEXT = "http://iiif.io/api/image/3/context.json"


@dataclass(frozen=True)
class Sheet:
    """The sheet that a pyramid shows: how many pictures it has, beside and below each other.

    ``across``: pictures in a row, 0: about as many as there are rows; ``cell``: pixels of a picture's side.
    """

    count: int
    across: int = 0
    cell: int = CELL

    @property
    def columns(self) -> int:
        """Pictures in a row."""
        return self.across or math.ceil(math.sqrt(self.count))

    @property
    def width(self) -> int:
        """Pixels, at full size."""
        return self.columns * self.cell

    @property
    def height(self) -> int:
        """Pixels, at full size."""
        return math.ceil(self.count / self.columns) * self.cell

    @property
    def tile(self) -> int:
        """Pixels of a tile's side: none cuts through a cell."""
        return TILE // self.cell * self.cell

    @property
    def scales(self) -> list[int]:
        """How many times smaller each level is, until one tile holds the sheet, or a picture is too small."""
        scales = [1]
        while max(self.width, self.height) > self.tile * scales[-1] and self.cell % (4 * scales[-1]) == 0:
            scales.append(2 * scales[-1])
        return scales

    def info(self, address: str) -> dict[str, Any]:
        """What IIIF wants to know; ``address`` is that of the folder."""
        return {
            "@context": CONTEXT,
            "id": address,
            "type": "ImageService3",
            "protocol": "http://iiif.io/api/image",
            "profile": "level0",
            "width": self.width,
            "height": self.height,
            "sizes": [{"width": self.width // self.scales[-1], "height": self.height // self.scales[-1]}],
            "tiles": [{"width": self.tile, "height": self.tile, "scaleFactors": self.scales}],
        }

    def to_json(self) -> dict[str, Any]:
        """What a page needs to draw it."""
        names = ("count", "cell", "columns", "width", "height", "scales", "tile")
        return {name: getattr(self, name) for name in names}


def fitted(picture: Picture, cell: int = CELL) -> Picture:
    """The picture as large as fits into a cell, never enlarged."""
    small = Image.fromarray(picture)
    small.thumbnail((cell, cell), Image.Resampling.LANCZOS)
    return np.asarray(small)


def write(
    pictures: Iterable[Picture], sheet: Sheet, folder: str | Path, address: str, quality: int = QUALITY
) -> None:
    """Cut the pictures, each fitted into a cell, into tiles; ``info.json`` last.

    A picture of no pixels leaves its cell empty. Memory is that of a band of tiles, however many pictures
    there are.
    """
    folder = Path(folder)
    level = _Level(sheet, folder, sheet.scales, quality)
    row = np.full((sheet.cell, sheet.width, 3), GROUND, np.uint8)
    filled = 0
    for picture in pictures:
        left = filled % sheet.columns * sheet.cell
        row[: picture.shape[0], left : left + picture.shape[1]] = picture
        filled += 1
        if filled % sheet.columns == 0:
            level.add(row)
            row[:] = GROUND
    if filled % sheet.columns:
        level.add(row)
    level.finish()
    files.write_json(folder / "info.json", sheet.info(address))


class _Level:
    """One size of the sheet, which grows downwards; what is added goes on, halved, to the next size."""

    def __init__(self, sheet: Sheet, folder: Path, scales: list[int], quality: int) -> None:
        self.sheet, self.folder, self.scale, self.quality = sheet, folder, scales[0], quality
        self.band = np.empty((sheet.tile, sheet.width // self.scale, 3), np.uint8)
        self.top, self.filled = 0, 0
        self.next = _Level(sheet, folder, scales[1:], quality) if scales[1:] else None

    def add(self, rows: Picture) -> None:
        """Take in the next rows of pixels."""
        self.band[self.filled : self.filled + len(rows)] = rows
        self.filled += len(rows)
        if self.next is not None:
            self.next.add(np.asarray(Image.fromarray(rows).reduce(2)))
        if self.filled == self.sheet.tile:
            self._cut()

    def finish(self) -> None:
        """Cut what is left."""
        if self.filled:
            self._cut()
        if self.next is not None:
            self.next.finish()

    def _cut(self) -> None:
        """Write the band's tiles, named as IIIF asks for them: the region, its size, the rotation."""
        width = self.band.shape[1]
        for left in range(0, width, self.sheet.tile):
            tile = self.band[: self.filled, left : left + self.sheet.tile]
            region = [left, self.top, tile.shape[1], tile.shape[0]]
            size = f"{tile.shape[1]},{tile.shape[0]}"
            self._save(tile, ",".join(str(each * self.scale) for each in region), size)
            if tile.shape[:2] == (self.sheet.height // self.scale, width):
                self._save(tile, "full", "max" if self.scale == 1 else size)
        self.top, self.filled = self.top + self.filled, 0

    def _save(self, tile: Picture, region: str, size: str) -> None:
        with files.replacing(self.folder / region / size / "0" / "default.jpg") as temporary:
            Image.fromarray(tile).save(temporary, quality=self.quality, optimize=True)
