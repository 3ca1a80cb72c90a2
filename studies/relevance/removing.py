"""They matter: a class's features silenced one after the other, beside others.

Features in the order of weight x response are held against channels drawn at random from the same layers, as
many from each, against the channels that respond most, and against those that respond most in the same
layers, as many from each. What falls is the log-odds of the class that the network named, on works that the
features were not chosen on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from image_machines.attribution import removal
from image_machines.attribution.features import Relevance
from image_machines.network.network import Network
from studies.common.measures import interval, odds_from_logits

COUNTS = (1, 2, 4, 8)
REPEATS = 20
WAYS = ("relevant", "largest responses", "largest of the same layers", "random")
SET = 8  # neurons of a class that are silenced in the works of all
Silenced = list[list[tuple[str, int]]]
Row = dict[str, Any]


def falls(
    network: Network,
    given: NDArray[np.float32],
    rows: NDArray[np.float64],
    relevance: Relevance,
    counts: Sequence[int] = COUNTS,
    repeats: int = REPEATS,
    seed: int = 0,
    done: Sequence[Row] = (),
) -> Iterator[Row]:
    """How far the log-odds fall, with 95 % intervals over pictures: a row for each count and way.

    ``given`` are images (N, H, W, 3) in [-1, 1], ``rows`` (N, neurons) their responses; ``done`` are rows of
    an earlier run, which are not measured again.
    """
    layers = tuple(dict.fromkeys(layer for layer, _ in relevance.neurons))
    before = odds_from_logits(removal.logits(network, given, layers, [[]] * len(given)))
    named = before.argmax(axis=1)
    known = {(row["way"], row["count"]): row for row in done}
    for count, way in product(counts, WAYS):
        if (way, count) in known:
            yield known[way, count]
            continue
        drawn = _silenced(way, count, relevance, rows, named, repeats, seed)
        after = [odds_from_logits(removal.logits(network, given, layers, each)) for each in drawn]
        fall = np.mean([_own(before - each, named) for each in after], axis=0)
        kept = np.mean([np.mean(each.argmax(axis=1) == named) for each in after])
        yield {
            "way": way,
            "count": count,
            "fall": round(float(fall.mean()), 3),
            "interval": interval(fall),
            "kept": round(float(kept), 3),
            "works": len(given),
        }


def _silenced(
    way: str,
    count: int,
    relevance: Relevance,
    rows: NDArray[np.float64],
    named: NDArray[np.int64],
    repeats: int,
    seed: int,
) -> list[Silenced]:
    """The neurons that are silenced in each picture; at random as many times as there are repeats."""
    chosen = np.argsort(-relevance.weights[named] * rows, axis=1, kind="stable")[:, :count]
    if way == "relevant":
        return [_neurons(relevance, chosen)]
    if way == "largest responses":
        return [_neurons(relevance, np.argsort(-rows, axis=1, kind="stable")[:, :count])]
    if way == "largest of the same layers":
        return [largest_alike(relevance, chosen, rows)]
    random = np.random.default_rng((seed, count))
    return [drawn_alike(relevance, chosen, random) for _ in range(repeats)]


def specific(
    network: Network,
    given: NDArray[np.float32],
    rows: NDArray[np.float64],
    relevance: Relevance,
    learned: tuple[NDArray[np.float64], NDArray[np.int64]],
    count: int = SET,
) -> list[Row]:
    """Whether silencing is about a class: a class's neurons silenced in its own works and in those of others.

    ``learned`` are the responses (M, neurons) and predictions (M,) of the works that the features were chosen
    on; of these each class has its ``count`` features of the largest mean weight x response, and as many
    loudest neurons of the same layers. What falls is the log-odds of the class that the work was named.
    """
    layers = tuple(dict.fromkeys(layer for layer, _ in relevance.neurons))
    before = odds_from_logits(removal.logits(network, given, layers, [[]] * len(given)))
    named = before.argmax(axis=1)
    falls: dict[tuple[str, str], list[NDArray[np.float64]]] = {}
    for number in np.unique(named):
        mean = learned[0][learned[1] == number].mean(axis=0, keepdims=True)
        chosen = np.argsort(-relevance.weights[number] * mean, axis=1, kind="stable")[:, :count]
        sets = {"features": _neurons(relevance, chosen)[0]}
        sets["loudest of the same layers"] = largest_alike(relevance, chosen, mean)[0]
        for what, neurons in sets.items():
            after = odds_from_logits(removal.logits(network, given, layers, [neurons] * len(given)))
            fall = _own(before - after, named)
            falls.setdefault((what, "own"), []).append(fall[named == number])
            falls.setdefault((what, "others"), []).append(fall[named != number])
    return [
        {"what": what, "works": works, "count": count}
        | {"fall": round(float(np.concatenate(each).mean()), 3), "interval": interval(np.concatenate(each))}
        for (what, works), each in falls.items()
        if any(map(len, each))
    ]


def drawn_alike(relevance: Relevance, chosen: NDArray[np.int64], random: np.random.Generator) -> Silenced:
    """For each picture as many neurons from each layer as were chosen, drawn at random."""
    layers = np.array([layer for layer, _ in relevance.neurons])
    places = {str(layer): np.flatnonzero(layers == layer) for layer in np.unique(layers)}
    drawn = []
    for row in chosen:
        names, times = np.unique(layers[row], return_counts=True)
        picked = [
            random.choice(places[str(name)], size=time, replace=False)
            for name, time in zip(names, times, strict=True)
        ]
        drawn.append([relevance.neurons[index] for index in np.concatenate(picked)])
    return drawn


def largest_alike(relevance: Relevance, chosen: NDArray[np.int64], rows: NDArray[np.float64]) -> Silenced:
    """For each picture as many neurons from each layer as were chosen, those that respond most."""
    layers = np.array([layer for layer, _ in relevance.neurons])
    largest = []
    for row, responses in zip(chosen, rows, strict=True):
        picked: list[int] = []
        for name, times in zip(*np.unique(layers[row], return_counts=True), strict=True):
            places = np.flatnonzero(layers == name)
            picked += places[np.argsort(-responses[places], kind="stable")[:times]].tolist()
        largest.append([relevance.neurons[index] for index in picked])
    return largest


def _neurons(relevance: Relevance, chosen: NDArray[np.int64]) -> Silenced:
    return [[relevance.neurons[index] for index in row] for row in chosen]


def _own(values: NDArray[np.float64], named: NDArray[np.int64]) -> NDArray[np.float64]:
    return values[np.arange(len(values)), named]
