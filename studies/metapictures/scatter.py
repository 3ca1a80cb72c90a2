"""A map as a picture: every work at its place, some of them marked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from image_machines import images
from image_machines.atlas.maps.layout import Positions
from image_machines.images import Picture

SIDE, TILE, MARK = 1000, 44, (214, 40, 40)  # pixels of the map and of a work on it; the colour of a mark


def scattered(paths: Sequence[Path], positions: Positions, marked: Collection[int]) -> Picture:
    """The works at their places on white, the marked ones last and in a red frame."""
    low, high = np.nanmin(positions, axis=0), np.nanmax(positions, axis=0)
    places = TILE + (positions - low) / (high - low) * (SIDE - 2 * TILE)
    sheet = Image.new("RGB", (SIDE, SIDE), "white")
    drawing = ImageDraw.Draw(sheet)
    for index in sorted(range(len(paths)), key=lambda index: index in marked):
        if np.isnan(places[index]).any():
            continue
        small = Image.fromarray(images.read(paths[index]))
        small.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)
        left, top = (int(x - side / 2) for x, side in zip(places[index], small.size, strict=True))
        sheet.paste(small, (left, top))
        if index in marked:
            right, bottom = left + small.width + 2, top + small.height + 2
            drawing.rectangle((left - 3, top - 3, right, bottom), None, MARK, 3)
    return np.asarray(sheet)
