"""Folders of pictures with masks of what matters in them; what does not fit is refused in one sentence.

``an8flower``  pictures in ``NAME/<class>/``, masks in ``NAME_MASK/<class>/``, paired in sorted order
``labelled``   any folder of label maps (one number a pixel) under the paths of the pictures
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from image_machines import images
from image_machines.images import PICTURE_SUFFIXES, Picture

Mask = NDArray[np.bool_]

MASK_SUFFIX = "_MASK"  # of an8Flower's folder of masks


@dataclass(frozen=True)
class Known:
    """A picture file, its class ("" where that is not known), and the file of its mask or label map."""

    file: Path
    name: str
    mask: Path

    def picture(self) -> Picture:
        """The picture, 8-bit RGB."""
        return images.read(self.file)


def an8flower(folder: str | Path) -> list[Known]:
    """The pictures and masks of an an8Flower collection; ``folder`` is that of the pictures.

    The folder of the masks has the same name with "_MASK" behind it. Class by class there are equally many
    files in both, and the n-th mask in sorted order is that of the n-th picture, whatever their names.
    """
    folder = Path(folder)
    masks = folder.with_name(folder.name + MASK_SUFFIX)
    for needed in (folder, masks):
        if not needed.is_dir():
            raise ValueError(
                f"no folder {needed}; an8Flower has pictures in NAME and masks in NAME{MASK_SUFFIX}"
            )
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    if not names:
        raise ValueError(f"{folder} has no folder for any class")
    found = []
    for name in names:
        pictures, theirs = _pictures(folder / name), _pictures(masks / name)
        if len(pictures) != len(theirs):
            raise ValueError(
                f"class {name!r} has {len(pictures)} pictures in {folder} but {len(theirs)} masks"
            )
        found += [Known(file, name, mask) for file, mask in zip(pictures, theirs, strict=True)]
    return found


def white(known: Known) -> Mask:
    """A mask file as bool (H, W): what is brighter than grey; ValueError unless it fits its picture."""
    found = images.read(known.mask).max(axis=2) > 127
    return _fitting(found, known)


def labelled(pictures: str | Path, masks: str | Path) -> list[Known]:
    """Every label map (PNG) below ``masks`` with the picture of the same path and name below ``pictures``.

    Raises ValueError where a mask has no picture; pictures without a mask are left out.
    """
    pictures, masks = Path(pictures), Path(masks)
    found = []
    for mask in sorted(masks.rglob("*.png")):
        stem = pictures / mask.relative_to(masks).with_suffix("")
        beside = [stem.with_name(stem.name + suffix) for suffix in PICTURE_SUFFIXES]
        there = [path for path in beside if path.is_file()]
        if not there:
            raise ValueError(
                f"{mask} is the mask of no picture: there is no {beside[0]} nor any other format"
            )
        found.append(Known(there[0], "", mask))
    if not found:
        raise ValueError(f"no masks in {masks}: it must hold PNG files under the paths of the pictures")
    return found


def regions(known: Known, labels: Mapping[str, int]) -> dict[str, Mask]:
    """The regions of a label map by name, those left out that are not in it.

    Raises ValueError for a map of another size than its picture, of colours, or with a number without a name.
    """
    with Image.open(known.mask) as opened:
        found = np.asarray(opened)  # of an indexed PNG these are the indices
    if found.ndim != 2:
        raise ValueError(f"{known.mask} has colours; a label map has one number a pixel")
    _fitting(found, known)
    if strange := sorted(set(np.unique(found).tolist()) - set(labels.values())):
        raise ValueError(f"{known.mask} has the label {strange[0]}, which is none of {dict(labels)}")
    masks = {name: found == number for name, number in labels.items()}
    return {name: mask for name, mask in masks.items() if mask.any()}


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ValueError(f"no folder {folder}")
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)


def _fitting(mask: NDArray[Any], known: Known) -> NDArray[Any]:
    """The mask, if it has its picture's size."""
    with Image.open(known.file) as opened:
        size = opened.height, opened.width
    if mask.shape[:2] != size:
        raise ValueError(
            f"{known.mask} is {mask.shape[:2]} high and wide, but its picture {known.file} is {size}"
        )
    return mask
