"""Objectives: what an image is made to excite.

An objective is a weighted sum of terms; a term turns the map ``(N, h, w, C)`` or the units ``(N, C)`` of one
layer into one number per image, ``(N,)``. Objectives add, subtract and scale: ``2 * channel("mixed5", 66) -
channel("mixed5", 3)``. Names and numbers are checked when the objective meets a network (`bind`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from image_machines.names import nearest, unknown
from image_machines.network.forward import Reading
from image_machines.network.layers import Layer, check_neuron
from image_machines.network.network import Network
from image_machines.network.tensors import Tensor
from image_machines.vision.terms import KINDS

BORDER = 2  # positions left out at each edge of a map, as in 2018: border pixels see the padding
OUTPUT = ""  # stands for the network's last layer until a network is known


@dataclass(frozen=True)
class Term:
    """One number per image from one layer. ``kind`` is a key of `KINDS`; ``neuron`` a number or a class name.

    ``place`` is the position (row, column) of a single unit, ``vector`` a direction in the layer's channels.
    """

    kind: str
    layer: str
    neuron: int | str | None = None
    raw: bool = True
    place: tuple[float, float] = (0.5, 0.5)
    vector: tuple[float, ...] = ()


@dataclass(frozen=True)
class Objective:
    """A weighted sum of terms."""

    terms: tuple[Term, ...]
    weights: tuple[float, ...]

    def __add__(self, other: Objective) -> Objective:
        return Objective(self.terms + other.terms, self.weights + other.weights)

    def __mul__(self, factor: float) -> Objective:
        return replace(self, weights=tuple(float(factor) * weight for weight in self.weights))

    __rmul__ = __mul__

    def __neg__(self) -> Objective:
        return self * -1

    def __sub__(self, other: Objective) -> Objective:
        return self + -other

    def __str__(self) -> str:
        parts = [
            f"{'' if weight == 1 else f'{weight:g} * '}{_describe(term)}"
            for term, weight in zip(self.terms, self.weights, strict=True)
        ]
        return " + ".join(parts)


def _single(term: Term) -> Objective:
    return Objective((term,), (1.0,))


def channel(layer: str, n: int) -> Objective:
    """Mean of a channel's map without its border; of a dense layer, the unit itself (Offert 2018)."""
    return _single(Term("direction", layer, n))


def quadratic(layer: str, n: int | str) -> Objective:
    """Mean of a channel's squares, what is below zero counted as less: its strongest places weigh most.

    Named beside the mean in Offert and Bell 2020. For a single unit only the gradient's length differs.
    """
    return _single(Term("quadratic", layer, n))


def unit(layer: str, n: int, y: float = 0.5, x: float = 0.5) -> Objective:
    """One position of a channel's map; fractions below 1 go across the map, numbers from 1 count."""
    return _single(Term("unit", layer, n, place=(y, x)))


def layer(layer: str) -> Objective:
    """Mean square of a whole layer: whatever it sees, more of it (deep dream)."""
    return _single(Term("layer", layer))


def direction(layer: str, vector: Sequence[float] | NDArray[Any]) -> Objective:
    """Mean, without the border, of the map's product with a vector of the layer's width."""
    return _single(Term("direction", layer, vector=tuple(float(value) for value in np.ravel(vector))))


def logit(n: int | str, layer: str = OUTPUT) -> Objective:
    """A class's score before the softmax, by number or by name."""
    return _single(Term("direction", layer, n))


def probability(n: int | str, layer: str = OUTPUT) -> Objective:
    """A class's probability after the softmax, by number or by name (Offert 2018)."""
    return _single(Term("direction", layer, n, raw=False))


def log_odds(n: int | str, layer: str = OUTPUT) -> Objective:
    """A class's logit against all others': what tells it from them, however sure the network is already."""
    return _single(Term("log-odds", layer, n))


SCORES: dict[str, Callable[[int | str, str], Objective]] = {
    "logit": logit,
    "log-odds": log_odds,
    "probability": probability,
}


def diversity(layer: str) -> Objective:
    """How little an image's layer resembles the others' of its batch: minus the mean cosine of Gram matrices.

    Add it to the objectives of a batch to see a unit's several faces (Olah et al. 2017). 0 for a single
    image.
    """
    return _single(Term("diversity", layer))


def interpolation(first: Objective, second: Objective, steps: int) -> list[Objective]:
    """A batch of ``steps`` objectives that go from the first to the second."""
    return [first * (1 - share) + second * share for share in np.linspace(0, 1, steps)]


def neuron(network: Network, layer: str, n: int | str, score: str = "logit") -> Objective:
    """The objective for a neuron as a reader names it: a channel, or for the last layer a class.

    ``score`` says what of a class is maximised: "logit", "log-odds", or "probability" as in 2018. Raises
    ValueError (UnknownLayer) that names the nearest layers or the range of neurons.
    """
    objective = of_neuron(network, network.find(layer), n, score)
    bind(objective, network)
    return objective


def of_neuron(network: Network, layer: Layer, n: int | str, score: str) -> Objective:
    """As `neuron`, of a layer that is known; whether it has that neuron is not looked at."""
    if score not in SCORES:
        raise ValueError(unknown("score of a class", score, SCORES))
    of_class = layer.map_size is None and (score != "log-odds" or network.gives_classes(layer))
    return SCORES[score if of_class else "logit"](n, layer.name)


def bind(objective: Objective, network: Network) -> Objective:
    """The objective with the network's own layer names and class numbers, everything checked."""
    return replace(objective, terms=tuple(_bound(term, network) for term in objective.terms))


def _bound(term: Term, network: Network) -> Term:
    name = network.output_layer if term.layer == OUTPUT else term.layer
    found = network.find(name)
    number = term.neuron
    if isinstance(number, str):
        number = _class_number(number, found.name, network)
    if number is not None:
        number = check_neuron(found, number)
    if term.vector and len(term.vector) != found.width:
        raise ValueError(f"{found.name} has {found.width} channels, the direction has {len(term.vector)}")
    return replace(term, layer=found.name, neuron=number)


def _class_number(name: str, layer: str, network: Network) -> int:
    """The unit of a class in the network's output, where the layer is that."""
    if layer != network.output_layer:
        raise ValueError(f"{layer} has no class {name!r}: classes are told by {network.output_layer}")
    classes = network.unit_classes
    known = [each.casefold() for each in classes]
    if name.casefold() not in known:
        listed = ", ".join(classes) or "none known"
        raise ValueError(f"no class {name!r} in {network.name}{nearest(name, classes)}; classes: {listed}")
    return known.index(name.casefold())


def readings(objective: Objective) -> tuple[Reading, ...]:
    """What a bound objective reads, one reading per term."""
    return tuple(Reading(term.layer, term.raw) for term in objective.terms)


def structure(objective: Objective) -> tuple[tuple[str, Reading], ...]:
    """What a bound objective computes, whatever the neurons: objectives of one structure share a program."""
    return tuple((term.kind, Reading(term.layer, term.raw)) for term in objective.terms)


class TermNumbers(NamedTuple):
    """Of one term of a batch: vectors (N, C) and places (N, 2)."""

    vector: Tensor
    place: Tensor


class Numbers(NamedTuple):
    """What tells objectives of one structure apart: weights (N, T), and the numbers of each term."""

    weights: Tensor
    terms: tuple[TermNumbers, ...]


def numbers(objectives: Sequence[Objective], network: Network) -> Numbers:
    """What tells bound objectives of one structure apart, as arrays.

    Raises ValueError when they differ in structure, so that they cannot be one batch.
    """
    kinds = {structure(objective) for objective in objectives}
    if len(kinds) != 1:
        raise ValueError(f"a batch is of one structure, not {len(kinds)}: {', '.join(map(str, objectives))}")
    per_term = []
    for terms in zip(*(objective.terms for objective in objectives), strict=True):
        width = network.find(terms[0].layer).width
        vectors = np.stack([_vector(term, width) for term in terms])
        per_term.append(TermNumbers(vectors, np.array([term.place for term in terms], np.float32)))
    weights = np.array([objective.weights for objective in objectives], np.float32)
    return Numbers(weights, tuple(per_term))


def signature(terms: int) -> Numbers:
    """The shapes of `numbers`, as `gradient.compiled` wants them."""
    return Numbers([None, terms], tuple(TermNumbers([None, None], [None, 2]) for _ in range(terms)))


def _vector(term: Term, width: int) -> NDArray[np.float32]:
    if term.vector:
        return np.array(term.vector, np.float32)
    vector = np.zeros(width, np.float32)
    if isinstance(term.neuron, int):
        vector[term.neuron] = 1
    return vector


def value(kinds: Sequence[str], maps: Sequence[Tensor], given: Numbers, border: int = BORDER) -> Tensor:
    """The objectives' values (N,) from the readings and the `numbers` of a batch."""
    total = 0.0
    for index, (kind, read, term) in enumerate(zip(kinds, maps, given.terms, strict=True)):
        total = total + given.weights[:, index] * KINDS[kind](read, term.vector, term.place, border)
    return total


def _describe(term: Term) -> str:
    if term.kind in ("layer", "diversity"):
        return f"{term.kind}({term.layer})"
    if term.vector:
        return f"direction({term.layer})"
    place = f" at {term.place[0]:g}, {term.place[1]:g}" if term.kind == "unit" else ""
    softmax = "" if term.raw else ", probability"
    said = {"log-odds": ", log-odds", "quadratic": ", squared"}.get(term.kind, "")
    return f"{term.layer or 'class'}:{term.neuron}{place}{softmax}{said}"
