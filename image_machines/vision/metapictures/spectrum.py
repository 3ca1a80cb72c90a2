"""How near a picture is to works by its coarse and fine forms, and how smooth it is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from image_machines.images import Picture

Numbers = NDArray[np.float64]
BINS = 24  # of the radial spectrum


def spectrum(picture: Picture) -> Numbers:
    """Log-power (BINS,) of lightness by frequency, both on logarithmic scales, of a square picture.

    The mean is taken out and the edges are faded (Hann), so that what leaves the frame makes no line.
    """
    side = picture.shape[0]
    grey = picture.mean(axis=-1) / 255
    fade = np.hanning(side)[:, None] * np.hanning(side)
    power = np.abs(np.fft.rfft2((grey - grey.mean()) * fade)) ** 2
    rings, count = _rings(side)
    summed = np.bincount(rings.ravel(), power.ravel(), minlength=BINS + 1)[:BINS]
    return np.log10(summed / np.maximum(count, 1) + 1e-9)[count > 0]


@lru_cache(maxsize=4)
def _rings(side: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The ring of each wave of a square's transform, BINS beyond the last, and how many waves each has."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    edges = np.geomspace(1 / side, 0.5, BINS + 1)
    rings = np.digitize(frequency, edges) - 1
    rings = np.where((rings < 0) | (frequency > 0.5), BINS, np.minimum(rings, BINS))
    return rings, np.bincount(rings.ravel(), minlength=BINS + 1)[:BINS]


def of_works(works: Iterable[Picture], side: int) -> Numbers:
    """The mean spectrum of works, the middle of each as a square; ValueError for fewer than two."""
    found = [spectrum(square(each, side)) for each in works]
    if len(found) < 2:
        raise ValueError(f"pictures are compared with two works or more, not {len(found)}")
    return np.asarray(np.mean(found, axis=0))


def distance(picture: Picture, works: Numbers) -> float:
    """Mean absolute difference of a picture's log-power from that of works, in powers of ten."""
    return float(np.abs(spectrum(picture) - works).mean())


def variation(picture: Picture) -> float:
    """Total variation: mean absolute difference between neighbours, 0-1."""
    values = picture / 255
    across, down = np.abs(np.diff(values, axis=1)).mean(), np.abs(np.diff(values, axis=0)).mean()
    return float((across + down) / 2)


def square(picture: Picture, side: int) -> Picture:
    """The middle of a picture as a square of that side."""
    height, width = picture.shape[:2]
    least = min(height, width)
    top, left = (height - least) // 2, (width - least) // 2
    middle = picture[top : top + least, left : left + least]
    if least == side:
        return middle
    return np.asarray(Image.fromarray(middle).resize((side, side), Image.Resampling.BILINEAR))
