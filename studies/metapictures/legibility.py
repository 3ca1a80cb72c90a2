"""Legibility by a network: how near what it sees in a picture is to what it sees in works; smaller is nearer.

The study's two other measures are in `image_machines.vision.metapictures.spectrum`. That a picture near the
works is one that people can read is an assumption, and the three need not agree: the study reports each.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from image_machines.images import Picture, from_picture
from image_machines.network import gradient
from image_machines.network.forward import reader
from image_machines.network.network import Network
from image_machines.vision.metapictures.spectrum import Numbers
from studies.common.measures import resized


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
