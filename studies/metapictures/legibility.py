"""Legibility: how near a picture is to the works of a collection, by three measures; smaller is nearer.

That a picture near the works is one that people can read is an assumption, and the three measures need not
agree: the study reports each.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from image_machines.images import Picture, from_picture
from image_machines.network import gradient
from image_machines.network.forward import reader
from image_machines.network.network import Network
from studies.common.measures import resized

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


def spectral_distance(picture: Picture, collection: Numbers) -> float:
    """Mean absolute difference of a picture's log-power from the collection's mean, in powers of ten."""
    return float(np.abs(spectrum(picture) - collection).mean())


def variation(picture: Picture) -> float:
    """Total variation: mean absolute difference between neighbours, 0-1."""
    values = picture / 255
    across, down = np.abs(np.diff(values, axis=1)).mean(), np.abs(np.diff(values, axis=0)).mean()
    return float((across + down) / 2)


def features(network: Network, layer: str, pictures: Sequence[Picture], batch_size: int = 32) -> Numbers:
    """A layer's mean response (N, C) to pictures, each of length 1."""
    read = reader(network, layer)
    rows = []
    for start in range(0, len(pictures), batch_size):
        batch = np.stack([resized(each, network.size) for each in pictures[start : start + batch_size]])
        found = gradient.to_array(read(from_picture(batch)))
        rows.append(found.mean(axis=tuple(range(1, found.ndim - 1))) if found.ndim > 2 else found)
    values = np.concatenate(rows).astype(np.float64)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)


def nearest(pictures: Numbers, works: Numbers) -> Numbers:
    """Cosine distance (N,) of each picture's features from those of the work that is most like it, 0-2."""
    return np.asarray(1 - (pictures @ works.T).max(axis=1))
