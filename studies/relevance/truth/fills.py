"""Fills: a region of a picture replaced by something that is at home there; and pieces to compare it with.

Pictures are uint8 (H, W, 3), masks bool (H, W). All three fills hide what was to be seen and keep the rest.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, uniform_filter

from image_machines.images import Picture
from studies.relevance.truth.scores import blurred

Mask = NDArray[np.bool_]
Fill = Callable[[Picture, Mask, int], Picture]  # picture, region, seed -> the whole picture, filled

RING = 0.05  # of the shorter side: how far around a region its surroundings reach
PATCH = 0.07  # of the shorter side: a patch of texture


def blur(picture: Picture, region: Mask, seed: int) -> Picture:
    """The region out of focus."""
    return np.where(region[..., None], blurred(picture), picture)


def surroundings(picture: Picture, region: Mask, seed: int) -> Picture:
    """The region in the mean colour of what lies around it."""
    wide = max(1, round(RING * min(region.shape)))
    ring = binary_dilation(region, iterations=wide) & ~region
    colour = picture[ring].mean(axis=0) if ring.any() else picture[region].mean(axis=0)
    return np.where(region[..., None], colour.round().astype(np.uint8), picture)


def texture(picture: Picture, region: Mask, seed: int) -> Picture:
    """The region covered with patches drawn from the rest of the work; blurred where no patch has room."""
    side = max(2, round(PATCH * min(region.shape)))
    taken = uniform_filter((~region).astype(np.float64), side, mode="constant", cval=0)
    rows, columns = np.nonzero(taken > 1 - 0.5 / side**2)  # middles of patches that lie outside as a whole
    if not len(rows):
        return blur(picture, region, seed)
    random, filled = np.random.default_rng(seed), picture.copy()
    for top in range(0, region.shape[0], side):
        for left in range(0, region.shape[1], side):
            cell = np.s_[top : top + side, left : left + side]
            if region[cell].any():
                drawn = random.integers(len(rows))
                up, across = rows[drawn] - side // 2, columns[drawn] - side // 2
                height, width = region[cell].shape
                filled[cell] = picture[up : up + height, across : across + width]
    return np.where(region[..., None], filled, picture)


FILLS: dict[str, Fill] = {"blur": blur, "surrounding colour": surroundings, "texture": texture}


def piece(room: Mask, area: int, seed: int) -> Mask | None:
    """A round piece of ``area`` pixels of the room, somewhere in it; None where the room is smaller."""
    places = np.argwhere(room)
    if len(places) < area or not area:
        return None
    middle = places[np.random.default_rng(seed).integers(len(places))]
    nearest = np.argsort(((places - middle) ** 2).sum(axis=1), kind="stable")[:area]
    found = np.zeros_like(room)
    found[tuple(places[nearest].T)] = True
    return found
