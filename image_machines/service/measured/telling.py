"""From responses to what is told of a neuron, or of a layer's neurons."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from image_machines.attribution.selectivity import selectivity
from image_machines.attribution.shares import Share, shares, strongest
from image_machines.collection import captions
from image_machines.network.layers import UnknownLayer
from image_machines.network.responses import Responses
from image_machines.service.measured.answers import Bar, Group

BINS = 24
WITHIN = ("timeframe", "school", "author")  # held against works of the same class

Floats = NDArray[np.float64]


@functools.lru_cache(maxsize=256)
def spread(measured: Responses, layer: str, neuron: int) -> dict[str, Any]:
    """How strongly the works excite a neuron, and which groups the strongest belong to."""
    order = measured.order(layer, neuron)
    values = np.asarray(measured.array(layer, "maximum")[neuron], np.float64)[order]
    if not len(values):
        return {"pictures": 0, "least": None, "median": None, "most": None, "bars": []} | {
            "strongest": 0,
            "groups": [],
        }
    records = [measured.records[index] for index in order]
    classes = [record.get("class", "") for record in records]
    found = [*shares(values, records, ("class",)), *shares(values, records, WITHIN, within=classes)]
    return {
        "pictures": len(values),
        "least": float(values[-1]),
        "median": float(np.median(values)),
        "most": float(values[0]),
        "bars": bars(values),
        "strongest": int(strongest(values).sum()),
        "groups": [_group(each) for each in found],
    }


def bars(values: Floats) -> list[Bar]:
    """How many works excite a neuron how strongly; ``values`` from the strongest to the weakest."""
    low, high = min(float(values[-1]), 0.0), float(values[0])
    counts, edges = np.histogram(values, BINS, (low, high if high > low else low + 1.0))
    above = counts[::-1].cumsum()[::-1] - counts
    return [
        Bar(low=edges[index], high=edges[index + 1], works=count, rank=min(above[index] + 1, len(values)))
        for index, count in enumerate(map(int, counts))
    ]


def _group(found: Share) -> Group:
    value = captions.artist(found.value) if found.column == "author" else found.value
    return Group(**vars(found) | {"value": value}, stands=found.stands)


def spoken_for(measured: Responses, layer: str) -> tuple[list[str | None], list[float]]:
    """Of each neuron of a layer the class whose works excite it beyond chance, and how far beyond."""
    means = measured.array(layer, "mean")
    found = selectivity(means, measured.records[: measured.done], ("class",))
    if not found.groups:
        return [None] * len(means), [0.0] * len(means)
    best = np.where(found.stands, found.z, -np.inf).argmax(axis=1)
    stands = found.stands[np.arange(len(best)), best]
    names = [found.groups[index][1] if told else None for index, told in zip(best, stands, strict=True)]
    beyond = np.where(stands, found.z[np.arange(len(best)), best], 0.0)
    return names, [float(each) for each in beyond.round(3)]


def moved(after: Responses, before: Responses, layer: str) -> list[float]:
    """Of each neuron how much the order changed in which the works excite it: 1 less the rank correlation."""
    both = [np.asarray(each.array(layer, "mean"), np.float64) for each in (after, before)]
    readable = ~(np.isnan(both[0]) | np.isnan(both[1])).any(axis=0)
    ranks = [rankdata(each[:, readable], axis=1) for each in both]
    centred = [each - each.mean(axis=1, keepdims=True) for each in ranks]
    lengths = [np.linalg.norm(each, axis=1) for each in centred]
    alike = (centred[0] * centred[1]).sum(axis=1) / np.maximum(lengths[0] * lengths[1], 1e-12)
    silent = (lengths[0] == 0) & (lengths[1] == 0)  # it tells no works apart, and never did
    return [float(each) for each in np.where(silent, 0.0, 1 - alike).round(4)]


def comparable(after: Responses, others: Iterable[Responses], layer: str) -> Responses | None:
    """Of the responses of another network those to the same works, at the same layer."""
    width = after.layer(layer).width
    for each in others:
        try:
            same_layer = each.layer(layer).width == width
        except UnknownLayer:
            continue
        same = each.size == after.size and each.done == after.done
        if same_layer and same and _files(each) == _files(after):
            return each
    return None


def _files(measured: Responses) -> list[str]:
    return [record["file"] for record in measured.records[: measured.done]]
