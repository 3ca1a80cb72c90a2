"""FunnyBirds (Hesse, Schaub-Meyer and Roth, ICCV 2023): birds, maps of their parts, birds without a part.

Read from a folder that has ``train/<class>/``, ``test/<class>/``, ``parts/<class>/`` and
``interventions/<class>/NNN-without-<part>.jpg``; what a part's colour is, is the data set's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from image_machines import images
from image_machines.images import Picture

COLOURS: dict[str, tuple[tuple[int, int, int], ...]] = {  # part -> its colours in a map, one for each of two
    "beak": ((255, 255, 0),),
    "eye": ((255, 255, 253), (255, 255, 254)),
    "foot": ((255, 0, 1), (255, 0, 2)),
    "tail": ((0, 0, 255),),
    "wing": ((0, 255, 1), (0, 255, 2)),
}
PARTS = tuple(COLOURS)
CROP = 144  # pixels of the middle: the camera looks at the bird


@dataclass(frozen=True)
class Bird:
    """A test bird: its picture, class, map of parts, and the same scene without each of the parts."""

    file: Path
    name: str
    map: Path
    without: dict[str, Path]

    def picture(self, crop: int = CROP) -> Picture:
        """The bird, complete."""
        return cropped(images.read(self.file), crop)

    def lacking(self, part: str, crop: int = CROP) -> Picture:
        """The bird without a part."""
        return cropped(images.read(self.without[part]), crop)

    def masks(self, crop: int = CROP) -> dict[str, NDArray[np.bool_]]:
        """Where each part is (H, W), hidden ones all False."""
        found = images.read(self.map)
        if found.shape != images.read(self.file).shape:
            raise ValueError(f"the map {self.map} has another size than its bird {self.file}")
        found = cropped(found, crop)
        return {
            part: np.any([(found == colour).all(axis=2) for colour in colours], axis=0)
            for part, colours in COLOURS.items()
        }


def birds(folder: str | Path) -> list[Bird]:
    """All test birds of a folder; raises ValueError for a bird without its map or an intervention."""
    folder = Path(folder)
    found = []
    for file in sorted((folder / "test").glob("*/*.jpg")):
        name = file.parent.name
        part_map = folder / "parts" / name / f"{file.stem}.png"
        without = {
            part: folder / "interventions" / name / f"{file.stem}-without-{part}.jpg" for part in PARTS
        }
        for needed in (part_map, *without.values()):
            if not needed.is_file():
                raise ValueError(f"the bird {file} lacks {needed}")
        found.append(Bird(file, name, part_map, without))
    if not found:
        raise ValueError(f"no birds in {folder}: FunnyBirds has its pictures in test/<class>/NNN.jpg")
    return found


def cropped(picture: Picture, side: int) -> Picture:
    """The middle of a picture, ``side`` pixels a side; raises ValueError where it is smaller."""
    height, width = picture.shape[:2]
    if min(height, width) < side:
        raise ValueError(f"a picture of {height} x {width} pixels has no middle of {side}")
    top, left = (height - side) // 2, (width - side) // 2
    return picture[top : top + side, left : left + side]
