"""Blocks: what lies between a station of a network and the next, and which of its layers stand side by side.

Where several paths lead through a graph at once they are *branches*: layers that are joined to one another by
no path but those through the places where all paths meet.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import keras

from image_machines.network.graph import in_order, sources
from image_machines.network.tensors import Operation


@dataclass(frozen=True)
class Position:
    """Where a layer stands in its network.

    ``block``: the station that ends its block, None after the last one. ``branch``: which of the branches
    there, from 0; None where all paths lead through it. ``sources``: the layers whose results it takes.
    """

    block: str | None
    branch: int | None
    sources: tuple[str, ...]


def meetings(order: Sequence[Operation]) -> list[bool]:
    """Of each operation, in the order of the computation, whether every path leads through it."""
    place = {id(operation): index for index, operation in enumerate(order)}
    last_use = list(range(len(order)))
    for index, operation in enumerate(order):
        for source in sources(operation):
            last_use[place[id(source)]] = index
    needed, found = 0, []  # up to here something from before is still used: paths lead past what lies between
    for index, last in enumerate(last_use):
        found.append(needed <= index)
        needed = max(needed, last)
    return found


def positions(graph: keras.Model, stations: Collection[str]) -> dict[str, Position]:
    """Where every layer and bare operation stands, by its name; ``stations`` are the ends of blocks."""
    order = list(in_order(graph))
    branches = _branches(order, stations)
    block: str | None = None
    found: dict[str, Position] = {}
    for operation in reversed(order):
        block = operation.name if operation.name in stations else block
        names = tuple(dict.fromkeys(source.name for source in sources(operation)))
        found[operation.name] = Position(block, branches.get(id(operation)), names)
    return dict(reversed(found.items()))


def _branches(order: Sequence[Operation], stations: Collection[str]) -> dict[int, int]:
    """The number of each operation's branch, by its id, for those that some path leads past."""
    found: dict[int, int] = {}
    stretch: list[Operation] = []  # since the last place where all paths met
    begun = 0  # branches of the present block
    for operation, meets in zip(order, meetings(order), strict=True):
        if not meets:
            stretch.append(operation)
            continue
        joined = _joined(stretch)
        ends = [joined[id(each)] for each in sources(operation) if id(each) in joined]  # in the maker's order
        numbers = {
            first: begun + number for number, first in enumerate(dict.fromkeys(ends + [*joined.values()]))
        }
        found |= {key: numbers[first] for key, first in joined.items()}
        begun = 0 if operation.name in stations else begun + len(numbers)
        stretch = []
    return found


def _joined(stretch: Sequence[Operation]) -> dict[int, int]:
    """Of each operation the first one that it is joined to within the stretch, both by their ids."""
    first = {id(operation): id(operation) for operation in stretch}
    for operation in stretch:
        together = {first[id(each)] for each in sources(operation) if id(each) in first}
        together.add(first[id(operation)])
        chosen = next(each for each in first.values() if each in together)
        first = {key: chosen if each in together else each for key, each in first.items()}
    return first
