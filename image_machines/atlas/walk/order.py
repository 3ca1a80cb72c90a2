"""Order: the neurons of a page, layer after layer, and where they lie on it.

Each layer is a block of rows, the first layer above. In its block a neuron has the place of its number, or
lies beside those that the same works excite; or all of the network lie where that puts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from image_machines.atlas.maps.layout import WIDER, Positions, onto
from image_machines.atlas.walk.finished import Neuron
from image_machines.network.network import Network

MOST = 3000  # neurons of a layer that can be ordered by likeness within seconds


@dataclass(frozen=True)
class Order:
    """The neurons in the order of the page; ``names`` says what classes are called, by their neuron."""

    neurons: Sequence[Neuron]
    names: dict[Neuron, str] = field(default_factory=dict)

    @cached_property
    def layers(self) -> list[tuple[str, int, int]]:
        """Each layer's name, its first place, and how many neurons it has here."""
        found: dict[str, list[int]] = {}
        for place, (layer, _) in enumerate(self.neurons):
            found.setdefault(layer, []).append(place)
        return [(layer, places[0], len(places)) for layer, places in found.items()]

    @cached_property
    def columns(self) -> int:
        """Neurons in a row: a layer's rows, and the whole, are wider than high."""
        return max(int(np.ceil(np.sqrt(WIDER * (len(self.neurons) + 1)))), 4)

    @cached_property
    def cells(self) -> NDArray[np.int64]:
        """The number of each neuron's cell on a sheet of that many columns; a free row after each layer."""
        cells, row = [], 0
        for _, _, count in self.layers:
            cells.append(row * self.columns + np.arange(count))
            row += -(-count // self.columns) + 1
        return np.concatenate(cells)

    @property
    def by_number(self) -> Positions:
        """Column and row of each neuron."""
        return np.stack([self.cells % self.columns, self.cells // self.columns], axis=1).astype(np.float64)

    def by_likeness(self, positions: Positions) -> Positions:
        """The same blocks, in each the neurons as they lie in ``positions``; those without one at its end."""
        placed = self.by_number
        for _, first, count in self.layers:
            block = np.arange(first, first + count)
            known = block[~np.isnan(positions[block]).any(axis=1)]
            if len(known) > 1 and count <= MOST:
                cells = placed[block].astype(np.int64)
                silent = block[np.isnan(positions[block]).any(axis=1)]
                taken = onto(positions[known], cells[: len(known)])
                placed[known], placed[silent] = taken, cells[len(known) :]
        return placed


def order(network: Network, neurons: Sequence[Neuron]) -> Order:
    """Neurons in the order of the network: layers as it computes them, neurons by number."""
    place = {layer.name: number for number, layer in enumerate(network.layers.values())}
    found = sorted(neurons, key=lambda each: (place[each[0]], each[1]))
    names = {each: network.class_name(network.find(each[0]), each[1]) for each in found}
    return Order(found, {each: name for each, name in names.items() if name is not None})
