"""Targets: what a heatmap explains, a class, a neuron at a place, or a direction in a layer's channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from image_machines.network.network import Network

STRONGEST = (-1, -1)  # stands for the position where a map is strongest


@dataclass(frozen=True)
class Target:
    """A neuron or a direction of a layer.

    ``neuron`` is a number or a class's name; ``vector`` a direction of the layer's width in its place.
    On a map it is read at ``place`` (row, column), None: where it is strongest. Of the layer of classes the
    logit is read, never the probability.
    """

    layer: str
    neuron: int | str | None = None
    vector: tuple[float, ...] = ()
    place: tuple[int, int] | None = None


class Bound(NamedTuple):
    """Targets of one layer of a network, as arrays: vectors (N, C), places (N, 2)."""

    layer: str
    vectors: NDArray[np.float32]
    places: NDArray[np.float32]

    def part(self, chosen: slice | NDArray[np.int64]) -> Bound:
        """Some of the targets."""
        return Bound(self.layer, self.vectors[chosen], self.places[chosen])


def of_class(network: Network, name: int | str) -> Target:
    """A class by number or name, as a target; raises ValueError for one that the network does not have."""
    layer = network.find(network.output_layer)
    return Target(layer.name, network.neuron(layer, name))


def bound(network: Network, targets: Sequence[Target]) -> Bound:
    """Targets of one layer checked against the network; raises ValueError that names what does not fit."""
    layers = {network.find(target.layer).name for target in targets}
    if len(layers) != 1:
        raise ValueError(f"targets that are read together are of one layer, not of {sorted(layers)}")
    places = [target.place if target.place is not None else STRONGEST for target in targets]
    vectors = np.stack([_vector(network, target) for target in targets])
    return Bound(layers.pop(), vectors, np.array(places, np.float32))


def _vector(network: Network, target: Target) -> NDArray[np.float32]:
    layer = network.find(target.layer)
    if (target.neuron is None) == (not target.vector):
        raise ValueError(f"a target in {layer.name} is a neuron or a vector: give one of the two")
    if target.vector:
        if len(target.vector) != layer.width:
            raise ValueError(f"{layer.name} has {layer.width} channels, the vector has {len(target.vector)}")
        return np.array(target.vector, np.float32)
    vector = np.zeros(layer.width, np.float32)
    vector[network.neuron(layer, target.neuron if target.neuron is not None else "")] = 1
    return vector
