"""Removal: what a network says of a picture when some of its neurons are silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from image_machines.attribution.gradients import BATCH, IMAGES
from image_machines.network import gradient
from image_machines.network.forward import Reading, forward
from image_machines.network.network import Network
from image_machines.network.tensors import Function, Tensor

Floats = NDArray[np.float32]
Neuron = tuple[str, int]  # layer and number
Masks = Mapping[str, Floats]


def masks(network: Network, layers: Sequence[str], silenced: Sequence[Sequence[Neuron]]) -> Masks:
    """Of each layer a table (N, C): 0 for the neurons that are silenced in picture n, 1 for the others."""
    found = {name: np.ones((len(silenced), network.find(name).width), np.float32) for name in layers}
    for row, neurons in enumerate(silenced):
        for layer, neuron in neurons:
            found[layer][row, neuron] = 0
    return found


def logits(
    network: Network, images: Floats, layers: Sequence[str], silenced: Sequence[Sequence[Neuron]]
) -> Floats:
    """The classes' logits (N, classes) for images (N, H, W, 3), in each its own neurons of ``layers`` silent.

    A channel is silenced by zeroes for its whole map. Raises UnknownLayer for a layer that there is not.
    """
    names = tuple(network.find(layer).name for layer in layers)
    program, found = _program(network, names), []
    for start in range(0, len(images), BATCH):
        chosen = masks(network, names, silenced[start : start + BATCH])
        batch = images[start : start + BATCH]
        found.append(gradient.to_array(program(batch, tuple(chosen[name] for name in names))))
    return np.concatenate(found)


@lru_cache(maxsize=8)
def _program(network: Network, layers: tuple[str, ...]) -> Function:
    readings = tuple(Reading(name, raw=False) for name in layers) + (Reading(network.output_layer),)
    read = forward(network, readings)

    def run(images: Tensor, chosen: tuple[Tensor, ...]) -> Tensor:
        changes = {name: _silencer(mask) for name, mask in zip(layers, chosen, strict=True)}
        return read(images, changes)[-1]

    return gradient.compiled(run, (IMAGES, tuple([None, None] for _ in layers)))


def _silencer(mask: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda read: read * (mask if len(read.shape) == 2 else mask[:, None, None, :])
