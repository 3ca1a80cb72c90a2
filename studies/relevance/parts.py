"""Concepts beside channels: how far a class falls without five of either, and how stable they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from image_machines.attribution import concepts, features, gradients, removal
from studies.common.measures import interval, odds_from_logits
from studies.relevance.study import Study

CONCEPTS, REMOVED, SEEDS = 16, 5, 10

Maps = NDArray[np.float32]  # (N, h, w, parts)
Table = NDArray[np.float64]


def compared(
    study: Study, layer: str, learned: Sequence[int], tested: Sequence[int], seeds: int = SEEDS
) -> list[dict[str, object]]:
    """The fall of the log-odds without five concepts and without five channels, and the concepts' stability.

    Concepts are found in the works ``learned``; both they and the channels are chosen there by mu-lasso, and
    taken away in the works ``tested`` in the order of weight x response.
    """
    maps = gradients.maps_of(study.network, study.images(list(learned)), layer)
    found = [concepts.factorised(layer, maps, CONCEPTS, seed) for seed in range(seeds)]
    given = study.images(list(tested))
    own = gradients.maps_of(study.network, given, layer)
    before = odds_from_logits(concepts.logits_from(study.network, layer, own, given))
    named = before.argmax(axis=1)
    labels = np.eye(before.shape[1])[study.predictions[list(learned)]]
    chosen = _chosen(found[0].strengths(maps), labels, found[0].strengths(own), named)
    left = np.stack([found[0].without(each[None], row)[0] for each, row in zip(own, chosen, strict=True)])
    without = concepts.logits_from(study.network, layer, left, given)
    silenced = [[(layer, int(channel)) for channel in row] for row in _chosen(maps, labels, own, named)]
    silent = removal.logits(study.network, given, [layer], silenced)
    rows: list[dict[str, object]] = []
    for what, after in (("five concepts", without), ("five channels", silent)):
        fall = (before - odds_from_logits(after))[np.arange(len(named)), named]
        rows.append(
            {"what": f"{what} of {layer}", "fall": round(float(fall.mean()), 3), "interval": interval(fall)}
        )
    stable = round(concepts.stability(found), 3)
    return [*rows, {"layer": layer, "concepts": CONCEPTS, "seeds": seeds, "stability": stable}]


def weighed(rows: Table, labels: Table) -> Table:
    """What each part adds to each class (classes, parts), by mu-lasso at its widest budget."""
    return np.asarray(features.solutions(rows, labels, [max(features.MUS)])[0])


def lengths(maps: Maps) -> Table:
    """The L2 norm of each part's map (N, parts), each row of unit length."""
    norms = np.linalg.norm(maps.astype(np.float64), axis=(1, 2))
    return norms / np.maximum(np.linalg.norm(norms, axis=1, keepdims=True), 1e-12)


def _chosen(learned: Maps, labels: Table, tested: Maps, named: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each work tested the parts (works, five) that add most to the class that it was named."""
    weights = weighed(lengths(learned), labels)
    return np.argsort(-weights[named] * lengths(tested), axis=1, kind="stable")[:, :REMOVED]
