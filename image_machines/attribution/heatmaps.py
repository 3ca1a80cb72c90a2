"""Heatmaps: where in a picture lies what speaks for a class or a neuron.

``heatmap(network, picture, target)`` takes a picture (H, W, 3), 0-255, of any size, which the network sees
squeezed to its own, and gives heat (H, W), float32, from 0 to 1: its largest value is 1, and all is 0 where
nothing in the picture speaks for the target. The methods by name are in `METHODS`.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from image_machines import images
from image_machines.attribution.methods import METHODS
from image_machines.attribution.targets import Target, bound
from image_machines.images import Picture
from image_machines.names import unknown
from image_machines.network.network import Network

Heat = NDArray[np.float32]
USUAL = "mended guided backpropagation"

__all__ = ["METHODS", "USUAL", "Heat", "heatmap", "heatmaps", "shown"]


def heatmap(network: Network, picture: Picture, target: Target, method: str = USUAL, seed: int = 0) -> Heat:
    """The heat (H, W) of one picture; raises ValueError for an unknown method, layer or neuron."""
    return heatmaps(network, [picture], [target], method, seed)[0]


def heatmaps(
    network: Network,
    pictures: Sequence[Picture] | NDArray[np.uint8],
    targets: Sequence[Target],
    method: str = USUAL,
    seed: int = 0,
) -> list[Heat]:
    """The heat of each picture for its own target, as many at a time as memory allows."""
    if method not in METHODS:
        raise ValueError(unknown("method", method, METHODS))
    if len(pictures) != len(targets):
        raise ValueError(f"each picture has its target: {len(pictures)} pictures, {len(targets)} targets")
    found: list[Heat] = [np.empty(0, np.float32)] * len(pictures)
    for layer in dict.fromkeys(target.layer for target in targets):
        places = [index for index, target in enumerate(targets) if target.layer == layer]
        given = np.stack([shown(network, pictures[place]) for place in places])
        heat = METHODS[method](network, given, bound(network, [targets[place] for place in places]), seed)
        for place, each in zip(places, heat, strict=True):
            found[place] = _fitted(each, np.shape(pictures[place])[:2])
    return found


def shown(network: Network, picture: Picture) -> NDArray[np.float32]:
    """A picture as the network sees it: squeezed to its size, (H, W, 3) in [-1, 1]."""
    size = (network.size, network.size)
    if picture.shape[:2] != size:
        picture = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))
    return images.from_picture(picture)


def _fitted(heat: Heat, size: tuple[int, ...]) -> Heat:
    """Heat in the size of its picture, its largest value 1."""
    if heat.shape != size:
        resized = cv2.resize(np.asarray(heat, np.float32), size[::-1], interpolation=cv2.INTER_LINEAR)
        heat = np.asarray(resized, np.float32)
    largest = float(heat.max())
    return (heat / largest if largest > 0 else np.zeros_like(heat)).astype(np.float32)
