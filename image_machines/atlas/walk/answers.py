"""Answers: how neurons answer a collection, as a page tells it of each: works, distribution, groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from image_machines.atlas.walk.finished import Neuron
from image_machines.attribution.selectivity import Selectivity, selectivity
from image_machines.network.responses import Responses, crop_box

COLUMNS = ("class", "timeframe", "school", "technique")
TOP, BINS = 9, 24  # works of a neuron that are shown, and bars of its histogram
GROUPS = 6  # of a neuron that are told

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Answers:
    """How neurons answer a collection.

    ``means`` (neurons, works) are NaN for a neuron whose layer was not measured. ``told`` has of each neuron
    what the page's file of its layer says, None where nothing is known; works by their row in the collection.
    """

    means: Floats
    told: list[dict[str, Any] | None]
    selective: Selectivity


def answers(measured: Responses, neurons: Sequence[Neuron]) -> Answers:
    """How the neurons answer the works; of a layer that was not measured nothing is known."""
    known = {layer.name for layer in measured.layers}
    records = measured.records[: measured.done]
    means = np.full((len(neurons), len(records)), np.nan, np.float32)
    for place, (layer, number) in enumerate(neurons):
        if layer in known:
            means[place] = measured.array(layer, "mean")[number]
    heard = np.asarray(~np.isnan(means).all(axis=1))
    classes = [record.get("class", "") for record in records]
    of_class = selectivity(means[heard], records, COLUMNS[:1])
    others = selectivity(means[heard], records, COLUMNS[1:], within=classes)
    selective = _spread(_joined(of_class, others), heard)
    told = [
        _told(measured, neurons[place], means[place], selective, place) if heard[place] else None
        for place in range(len(neurons))
    ]
    return Answers(means, told, selective)


def _joined(first: Selectivity, second: Selectivity) -> Selectivity:
    """The groups of both."""
    arrays = [
        np.concatenate([getattr(first, name), getattr(second, name)], axis=1)
        for name in ("ratios", "z", "stands")
    ]
    return Selectivity(first.groups + second.groups, first.works + second.works, *arrays)


def _spread(found: Selectivity, heard: NDArray[np.bool_]) -> Selectivity:
    """The same with rows for the neurons that were not heard: nothing stands there."""
    arrays = []
    for name in ("ratios", "z", "stands"):
        known = getattr(found, name)
        array = np.zeros((len(heard), known.shape[1]), known.dtype)
        array[heard] = known
        arrays.append(array)
    return Selectivity(found.groups, found.works, *arrays)


def _told(
    measured: Responses, neuron: Neuron, mean: Floats, selective: Selectivity, place: int
) -> dict[str, Any]:
    """Of one neuron: the works that excite it most, how often it answers how strongly, and its groups."""
    layer, number = measured.layer(neuron[0]), neuron[1]
    maximum = np.asarray(measured.array(layer.name, "maximum")[number])
    places = measured.array(layer.name, "place")[number]
    strongest = np.argsort(-np.nan_to_num(maximum, nan=-np.inf), kind="stable")[:TOP]
    works = []
    for work in map(int, strongest):
        if np.isnan(maximum[work]) or maximum[work] <= 0:
            continue
        box = crop_box(layer, measured.size, int(places[work][0]), int(places[work][1]))
        sides = (round(1000 * getattr(box, name)) for name in ("top", "left", "height", "width"))
        works.append([work, _short(maximum[work]), *sides])
    groups = np.flatnonzero(selective.stands[place])
    groups = groups[np.argsort(-selective.z[place, groups], kind="stable")][:GROUPS]
    return {
        "top": works,
        "bars": histogram(maximum),
        "most": _short(float(np.nanmax(maximum))),
        "middle": _short(float(np.nanmedian(maximum))),
        "groups": [[int(group), round(float(selective.ratios[place, group]), 2)] for group in groups],
        "mean": _short(float(np.nanmean(mean))),
    }


def histogram(values: Floats) -> list[int]:
    """How many works excite a neuron how strongly, from nothing to the most, in `BINS` steps."""
    known = np.maximum(values[~np.isnan(values)], 0)
    top = float(known.max(initial=0.0))
    return [int(count) for count in np.histogram(known, BINS, (0.0, top or 1.0))[0]]


def _short(value: float) -> float:
    """Four digits: more are noise, and the page shows fewer."""
    return float(f"{value:.4g}")
