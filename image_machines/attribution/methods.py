"""Methods: from images and targets to heat, what in each image speaks for its target.

A method is a function (network, images (N, H, W, 3) in [-1, 1], `Bound` targets, seed) -> heat (N, h, w), 0
or more, in any size and unit. Add one by an entry in `METHODS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from image_machines.attribution import gradients
from image_machines.attribution.targets import Bound
from image_machines.network.layers import Layer
from image_machines.network.network import Network
from image_machines.network.rectifiers import Policy
from image_machines.network.strides import Resampling

Floats = NDArray[np.float32]
Method = Callable[[Network, Floats, Bound, int], Floats]

STEPS = 32  # of the way from grey to the image
WINDOWS = 13  # along either side, each over half of the next one
GREY = np.float32(0)  # of [-1, 1]: what images are blended with, and windows filled with


def backpropagation(
    network: Network,
    images: Floats,
    targets: Bound,
    seed: int = 0,
    relus: Policy = "plain",
    strides: Resampling = "grid",
) -> Floats:
    """The size of the gradient, summed over the colours; gradients may be bent on their way back."""
    _, slopes = gradients.of_images(network, images, targets, relus, strides)
    return np.abs(slopes).sum(axis=-1)


def grad_cam(network: Network, images: Floats, targets: Bound, seed: int = 0) -> Floats:
    """The last map before the target, channels weighted by their mean gradient (Selvaraju et al. 2017)."""
    maps, slopes = gradients.of_map(network, images, last_map(network, targets.layer).name, targets)
    return np.maximum(np.einsum("nhwc,nc->nhw", maps, slopes.mean(axis=(1, 2))), 0)


def integrated_gradients(network: Network, images: Floats, targets: Bound, seed: int = 0) -> Floats:
    """The gradient along the way from grey to the image, times that way (Sundararajan et al. 2017)."""
    shares = ((np.arange(STEPS) + 0.5) / STEPS).astype(np.float32)
    heat = []
    for index, image in enumerate(images):
        way = image - GREY
        between = GREY + shares[:, None, None, None] * way
        repeated = targets.part(np.full(STEPS, index))
        _, slopes = gradients.of_images(network, between, repeated)
        heat.append(np.abs((slopes.mean(axis=0) * way).sum(axis=-1)))
    return np.stack(heat)


def occlusion(network: Network, images: Floats, targets: Bound, seed: int = 0) -> Floats:
    """How far the target falls where a grey window covers the image (Zeiler and Fergus 2014)."""
    return np.stack([_occluded(network, image, targets, index) for index, image in enumerate(images)])


def noise(network: Network, images: Floats, targets: Bound, seed: int = 0) -> Floats:
    """Heat that knows nothing: what any other must be ahead of."""
    return np.random.default_rng(seed).uniform(0, 1, images.shape[:3]).astype(np.float32)


METHODS: Mapping[str, Method] = {
    "mended guided backpropagation": partial(backpropagation, relus="guided", strides="nearest"),
    "guided backpropagation": partial(backpropagation, relus="guided"),
    "mended deconvnet": partial(backpropagation, relus="deconvnet", strides="nearest"),
    "deconvnet": partial(backpropagation, relus="deconvnet"),
    "gradient": backpropagation,
    "grad-cam": grad_cam,
    "integrated gradients": integrated_gradients,
    "occlusion": occlusion,
    "noise": noise,
}


def last_map(network: Network, layer: str) -> Layer:
    """The last station with a map before a layer; raises ValueError where there is none."""
    order = list(network.layers)
    before = order[: order.index(layer.casefold())]
    maps = [each for each in network.stations if each.name.casefold() in before]
    if not maps:
        raise ValueError(f"{network.name} has no map before {layer}, so no grad-cam of it")
    return maps[-1]


def _occluded(network: Network, image: Floats, targets: Bound, index: int) -> Floats:
    """For each pixel the mean fall over the windows that cover it."""
    boxes = list(_windows(image.shape[0], image.shape[1]))
    covered = np.repeat(image[None], len(boxes) + 1, axis=0)
    for picture, (rows, columns) in zip(covered[1:], boxes, strict=True):
        picture[rows, columns] = GREY
    values = gradients.values(network, covered, targets.part(np.full(len(covered), index)))
    falls, times = np.zeros(image.shape[:2], np.float32), np.zeros(image.shape[:2], np.float32)
    for fall, (rows, columns) in zip(values[0] - values[1:], boxes, strict=True):
        falls[rows, columns] += fall
        times[rows, columns] += 1
    return np.maximum(falls / times, 0)


def _windows(height: int, width: int) -> list[tuple[slice, slice]]:
    """Windows that cover the picture, each half over its neighbour."""
    rows, columns = (np.linspace(0, side, WINDOWS + 2).astype(int) for side in (height, width))
    spans = range(WINDOWS)
    return [
        (slice(rows[row], rows[row + 2]), slice(columns[column], columns[column + 2]))
        for row in spans
        for column in spans
    ]
