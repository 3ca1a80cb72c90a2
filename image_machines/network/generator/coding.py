"""Codes: what a network's late map says of a picture, in few cells and few channels.

The map is averaged to cells, and each cell's channels are turned to their principal components over the
collection, brought to variance 1: so that every number of a code means as much as another, and codes of
nothing in particular can be drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from image_machines import images
from image_machines.network import gradient
from image_machines.network.forward import reader
from image_machines.network.layers import Layer
from image_machines.network.network import Network

Floats = NDArray[np.float32]
LEAST = 1e-6  # of the first component's variance: what a component must have to be one
BATCH = 32


@dataclass(frozen=True, eq=False)
class Coding:
    """Features are ``mean`` (C,) plus the code times ``components`` (channels, C)."""

    mean: Floats
    components: Floats

    @property
    def size(self) -> float:
        """Root of the mean square of a feature, over channels and works."""
        return float(np.sqrt(np.mean(self.mean**2 + (self.components**2).sum(axis=0))))

    def codes(self, features: Floats) -> Floats:
        """Codes (N, cells, cells, channels) of features (N, cells, cells, C)."""
        back = np.linalg.pinv(self.components.astype(np.float64)).astype(np.float32)
        return np.asarray((features - self.mean) @ back, np.float32)

    def features(self, codes: Floats) -> Floats:
        """The features that codes stand for."""
        return np.asarray(self.mean + codes @ self.components, np.float32)


def fitted(features: Floats, channels: int) -> Coding:
    """The coding by the strongest principal components of features (N, cells, cells, C)."""
    rows = features.reshape(-1, features.shape[-1]).astype(np.float64)
    mean = rows.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(rows - mean, rowvar=False, bias=True))
    strength, direction = values[::-1], vectors[:, ::-1]
    there = int((strength > LEAST * strength[0]).sum()) if strength[0] > 0 else 0
    if channels > there:
        raise ValueError(f"a code of {channels} channels is more than the {there} that these features have")
    scaled = direction[:, :channels] * np.sqrt(strength[:channels])
    return Coding(mean.astype(np.float32), np.ascontiguousarray(scaled.T, np.float32))


def layer_for(network: Network, name: str = "") -> Layer:
    """The layer whose map is coded, "" for the last one; ValueError for one without space."""
    maps = network.stations
    layer = network.layer(name) if name else maps[-1] if maps else None
    if layer is None or layer.map_size is None:
        what = f"{layer.name} of {network.name} has no map" if layer else f"{network.name} has no map"
        raise ValueError(f"{what}, and a generator's code needs places: choose a layer before the pooling")
    return layer


def pooled(network: Network, layer: Layer, pictures: NDArray[np.uint8], cells: int) -> Floats:
    """A layer's features (N, cells, cells, C) of pictures (N, H, W, 3), each cell the mean of its part."""
    read = reader(network, layer.name)
    found = []
    for start in range(0, len(pictures), BATCH):
        maps = gradient.to_array(read(images.from_picture(pictures[start : start + BATCH])))
        if min(maps.shape[1:3]) < cells:
            raise ValueError(
                f"the map of {layer.name} has {min(maps.shape[1:3])} places a side for pictures of "
                f"{pictures.shape[1]} px, fewer than {cells} cells; take an earlier layer or fewer cells"
            )
        found.append(np.stack([averaged(each, cells) for each in maps]))
    return np.concatenate(found)


def averaged(values: Floats, cells: int) -> Floats:
    """A map (h, w, C) as cells (cells, cells, C): means over its parts, their borders shared."""
    down, across = (_parts(length, cells) for length in values.shape[:2])
    return np.einsum("ah,bw,hwc->abc", down, across, values, optimize=True).astype(np.float32)


def _parts(length: int, cells: int) -> NDArray[np.float64]:
    """How much of each of ``length`` places lies in each of ``cells`` equal parts; rows sum to 1."""
    edges = np.arange(cells + 1) * length / cells
    low = np.maximum(edges[:-1, None], np.arange(length))
    high = np.minimum(edges[1:, None], np.arange(length) + 1)
    return np.maximum(high - low, 0) * cells / length


def smaller(pictures: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Pictures (N, H, W, 3) as squares of ``size`` pixels, by the mean of what falls into each pixel."""
    whole = np.ascontiguousarray(pictures)
    return np.stack([cv2.resize(each, (size, size), interpolation=cv2.INTER_AREA) for each in whole])
