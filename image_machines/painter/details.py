"""Details and drawings: what is made of a painting once it is painted."""

from __future__ import annotations

import numpy as np

from image_machines.images import Picture
from image_machines.painter.noise import blur, dice
from image_machines.painter.works import Painting


def detail(painting: Painting, seed: int, number: int, scale: float) -> tuple[slice, slice]:
    """Rows and columns of a detail: the face first, where there is one; then the corners in turn.

    ``scale`` is how many times larger than usual the painting is that the detail is cut from.
    """
    rolls = dice(seed, f"detail {number}")
    height, width = painting.picture.shape[:2]
    tall = round(height / scale * float(rolls.uniform(0.8, 0.95)))
    wide = round(width / scale * float(rolls.uniform(0.8, 0.95)))
    down, right = float(rolls.uniform(0, 0.3)), float(rolls.uniform(0, 0.3))
    top = round((height - tall) * (down if number % 2 == 0 else 1 - down))
    left = round((width - wide) * (right if seed % 2 == 0 else 1 - right))
    if "face" in painting.masks and number == 0:
        rows, columns = np.nonzero(painting.masks["face"])
        top = int(np.clip(rows.mean() - tall / 2, 0, height - tall))
        left = int(np.clip(columns.mean() - wide / 2, 0, width - wide))
    return slice(top, top + tall), slice(left, left + wide)


def as_drawing(picture: Picture) -> Picture:
    """Redraw a picture in red chalk on toned paper."""
    grey = picture.astype(np.float32) @ np.array([0.3, 0.59, 0.11], np.float32) / 255
    lines = np.clip((blur(grey, 4) - blur(grey, 1)) * 6, 0, 1)
    tone = np.clip(0.55 - blur(grey, 1), 0, 1) * 0.6
    chalk = np.clip(lines + tone, 0, 1)[..., None]
    paper, red = np.array([224, 206, 176], np.float32), np.array([128, 52, 34], np.float32)
    return (paper + (red - paper) * chalk).round().astype(np.uint8)
