"""The gradient of targets with respect to pictures, or to a layer's map: one function, compiled once for each
layer and for each of the ways in which gradients are bent.

Images are (N, H, W, 3) in [-1, 1], maps (N, h, w, C), values (N,).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from keras import ops
from numpy.typing import NDArray

from image_machines.attribution.targets import Bound
from image_machines.network import gradient
from image_machines.network.forward import Reading, forward, reader
from image_machines.network.network import Network
from image_machines.network.rectifiers import Policy
from image_machines.network.strides import Resampling
from image_machines.network.tensors import Function, Tensor

BATCH = 16  # images at a time: bounds the memory
IMAGES, VECTORS, PLACES = [None, None, None, 3], [None, None], [None, 2]
Floats = NDArray[np.float32]


def of_images(
    network: Network, images: Floats, targets: Bound, relus: Policy = "plain", strides: Resampling = "grid"
) -> tuple[Floats, Floats]:
    """Values (N,) of a target for each image, and their gradients (N, H, W, 3)."""
    values, slopes = _in_batches(_of_images(network, targets.layer, relus, strides), images, targets)
    return values, slopes


def values(network: Network, images: Floats, targets: Bound) -> Floats:
    """Values (N,) of a target for each image."""
    (found,) = _in_batches(_values(network, targets.layer), images, targets)
    return found


def of_map(network: Network, images: Floats, layer: str, targets: Bound) -> tuple[Floats, Floats]:
    """A layer's maps (N, h, w, C), and the targets' gradients with respect to them."""
    maps, slopes = _in_batches(_of_map(network, layer, targets.layer), images, targets)
    return maps, slopes


def maps_of(network: Network, images: Floats, layer: str) -> Floats:
    """A layer's maps (N, h, w, C) of images (N, H, W, 3) in [-1, 1]."""
    program = reader(network, network.find(layer).name, raw=False)
    batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    return np.concatenate([gradient.to_array(program(batch)) for batch in batches])


def value(read: Tensor, vectors: Tensor, places: Tensor) -> Tensor:
    """Values (N,) of vectors (N, C) in units (N, C) or maps (N, h, w, C), there at places (N, 2)."""
    if len(read.shape) == 2:
        return ops.sum(read * vectors, axis=-1)
    projected = ops.sum(read * vectors[:, None, None, :], axis=-1)
    rows, columns = (_one_hot(ops.shape(projected)[axis + 1], places[:, axis]) for axis in (0, 1))
    there = ops.sum(projected * rows[:, :, None] * columns[:, None, :], axis=(1, 2))
    return ops.where(places[:, 0] < 0, ops.max(projected, axis=(1, 2)), there)


def _one_hot(length: Tensor, positions: Tensor) -> Tensor:
    return ops.cast(ops.arange(length)[None, :] == ops.cast(positions, "int32")[:, None], "float32")


@lru_cache(maxsize=32)
def _of_images(network: Network, layer: str, relus: Policy, strides: Resampling) -> Function:
    read = forward(network, (Reading(layer),), "float32", relus, strides)

    def both(images: Tensor, vectors: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        return gradient.value_and_gradient(lambda x: value(read(x)[0], vectors, places))(images)

    return gradient.compiled(both, (IMAGES, VECTORS, PLACES))


@lru_cache(maxsize=8)
def _values(network: Network, layer: str) -> Function:
    read = forward(network, (Reading(layer),))
    return gradient.compiled(
        lambda images, vectors, places: (value(read(images)[0], vectors, places),), (IMAGES, VECTORS, PLACES)
    )


@lru_cache(maxsize=8)
def _of_map(network: Network, layer: str, target: str) -> Function:
    read = forward(network, (Reading(layer, raw=False), Reading(target)))

    def both(images: Tensor, vectors: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        def onwards(maps: Tensor) -> Tensor:
            return value(read(images, {layer: lambda _: maps})[1], vectors, places)

        maps = read(images)[0]
        return maps, gradient.value_and_gradient(onwards)(maps)[1]

    return gradient.compiled(both, (IMAGES, VECTORS, PLACES))


def _in_batches(program: Function, images: Floats, targets: Bound) -> list[Floats]:
    """What a program gives for all the images, a batch at a time."""
    found = []
    for start in range(0, len(images), BATCH):
        part = targets.part(slice(start, start + BATCH))
        results = program(images[start : start + BATCH], part.vectors, part.places)
        found.append([gradient.to_array(result) for result in results])
    return [np.concatenate(each) for each in zip(*found, strict=True)]
