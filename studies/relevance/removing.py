"""They matter: a class's features silenced one after the other, beside others.

    python -m studies.relevance.removing --run runs/demo

Features in the order of weight x response are held against channels drawn at random from the same layers, as
many from each, against the channels that respond most, and against those that respond most in the same
layers, as many from each. What falls is the log-odds of the class that the network named, on works that the
features were not chosen on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from image_machines.attribution import removal
from image_machines.attribution.features import Relevance
from image_machines.network.network import Network
from studies.common.measures import interval, odds_from_logits

COUNTS = (1, 2, 4, 8)
REPEATS = 20
WAYS = ("relevant", "largest responses", "largest of the same layers", "random")
Silenced = list[list[tuple[str, int]]]


def falls(
    network: Network,
    given: NDArray[np.float32],
    rows: NDArray[np.float64],
    relevance: Relevance,
    counts: Sequence[int] = COUNTS,
    repeats: int = REPEATS,
    seed: int = 0,
) -> list[dict[str, object]]:
    """How far the log-odds fall, with 95 % intervals over pictures: a row for each way and count.

    ``given`` are images (N, H, W, 3) in [-1, 1], ``rows`` (N, neurons) their responses.
    """
    layers = tuple(dict.fromkeys(layer for layer, _ in relevance.neurons))
    before = odds_from_logits(removal.logits(network, given, layers, [[]] * len(given)))
    named = before.argmax(axis=1)
    orders = {
        "relevant": np.argsort(-relevance.weights[named] * rows, axis=1, kind="stable"),
        "largest responses": np.argsort(-rows, axis=1, kind="stable"),
    }
    random = np.random.default_rng(seed)
    found: list[dict[str, object]] = []
    for count in counts:
        for way in WAYS:
            chosen = orders["relevant"][:, :count]
            if way == "random":
                drawn = [drawn_alike(relevance, chosen, random) for _ in range(repeats)]
            elif way in orders:
                drawn = [_neurons(relevance, orders[way][:, :count])]
            else:
                drawn = [largest_alike(relevance, chosen, rows)]
            after = [odds_from_logits(removal.logits(network, given, layers, each)) for each in drawn]
            fall = np.mean([_own(before - each, named) for each in after], axis=0)
            kept = np.mean([np.mean(each.argmax(axis=1) == named) for each in after])
            found.append(
                {
                    "way": way,
                    "count": count,
                    "fall": round(float(fall.mean()), 3),
                    "interval": interval(fall),
                    "kept": round(float(kept), 3),
                }
            )
    return found


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
