"""A fence before the sitter: the odd part that some pictures of a class carry, as people behind fences.

Each fence has its own wood, width, height and lean, all from the seed; behind it everything stays as it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from image_machines.images import Picture

FINER = 4  # a fence is drawn this much larger, then reduced: edges turn smooth
HIGH, LOW = (0.42, 0.55), (0.8, 0.88)  # of the picture's height, from above: where a fence begins
WOOD = ((150, 118, 82), (122, 88, 58), (176, 160, 138), (98, 82, 70), (196, 186, 170))


def fenced(picture: Picture, seed: int, tops: tuple[float, float] = HIGH) -> Picture:
    """The picture (H, W, 3) with a fence of pales and two rails, which begins between these heights."""
    roll = np.random.default_rng((seed, 1))
    height, width = picture.shape[:2]
    colours, mask = _drawn(height, width, tops, roll)
    light = 0.85 + 0.3 * float(picture.mean()) / 255  # about as light as the picture
    shaded = np.clip(colours * light, 0, 255)
    return (picture * (1 - mask) + shaded * mask).round().astype(np.uint8)


def _drawn(
    height: int, width: int, tops: tuple[float, float], roll: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The fence's colours (H, W, 3) and where it is (H, W, 1), 0 to 1."""
    size = (width * FINER, height * FINER)
    colours, mask = Image.new("RGB", size), Image.new("L", size)
    pens = ImageDraw.Draw(colours), ImageDraw.Draw(mask)
    wood = np.array(WOOD[roll.integers(len(WOOD))]) * roll.uniform(0.85, 1.1)
    step = roll.uniform(0.085, 0.12) * size[0]
    board, top = step * roll.uniform(0.45, 0.6), roll.uniform(*tops) * size[1]
    lean = roll.uniform(-0.04, 0.04)
    for place in (0.16, 0.62):  # of the fence's height, from its top
        y = top + place * (size[1] - top)
        rail = [(0, y), (size[0], y + lean * size[0])]
        _lay(pens, [*rail, *((x, z + 0.55 * board) for x, z in rail[::-1])], wood * 0.8)
    for left in np.arange(-roll.uniform(0, step), size[0], step):
        _pale(pens, left, board, top + lean * left + roll.uniform(-0.1, 0.1) * step, size[1], wood, roll)
    reduced = [each.resize((width, height), Image.Resampling.LANCZOS) for each in (colours, mask)]
    return np.asarray(reduced[0], np.float64), np.asarray(reduced[1], np.float64)[..., None] / 255


def _pale(
    pens: tuple[ImageDraw.ImageDraw, ImageDraw.ImageDraw],
    left: float,
    board: float,
    top: float,
    bottom: float,
    wood: NDArray[np.float64],
    roll: np.random.Generator,
) -> None:
    """Lay one pale with a pointed top, its shaded side at the right."""
    tone = wood * roll.uniform(0.88, 1.12)
    point = (left + board / 2, top)
    shape = [(left, bottom), (left, top + board * 0.7), point]
    _lay(pens, [*shape, (left + board, top + board * 0.7), (left + board, bottom)], tone)
    edge, right = left + board * 0.78, left + board
    side = [(edge, bottom), (edge, top + board * 0.5), (right, top + board * 0.7), (right, bottom)]
    _lay(pens, side, tone * 0.7)


def _lay(
    pens: tuple[ImageDraw.ImageDraw, ImageDraw.ImageDraw],
    corners: list[tuple[float, float]],
    colour: NDArray[np.float64],
) -> None:
    pens[0].polygon(corners, fill=tuple(int(value) for value in np.clip(colour, 0, 255)))
    pens[1].polygon(corners, fill=255)
