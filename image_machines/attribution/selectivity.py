"""Selectivity: which groups of a catalogue each of many neurons answers, all neurons at once.

Of every group, such as a school, the mean rank of its works among the responses is held against that of as
many works drawn at random (Mann and Whitney 1947), drawn from their own class where classes are given (van
Elteren 1960), so that a school is not found for painting what it painted most. Where `distribution` asks of
one neuron how much stronger, by thousands of draws, this asks of ten thousand neurons whether, in seconds. Of
a neuron's groups those stand that remain after the false discoveries are controlled (Benjamini and Hochberg
1995).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, norm, rankdata

from image_machines.attribution.distribution import LEVEL, members

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Selectivity:
    """How neurons answer the ``groups``, (column, value), of ``works`` works each.

    ``ratios`` (neurons, groups): the mean response beside that of all works; ``z`` how far the group's ranks
    lie above those of works drawn at random, in standard deviations; ``stands``: above, beyond chance.
    """

    groups: tuple[tuple[str, str], ...]
    works: tuple[int, ...]
    ratios: Floats
    z: Floats
    stands: NDArray[np.bool_]


def selectivity(
    responses: NDArray[np.floating],
    records: Sequence[Mapping[str, str]],
    columns: Sequence[str],
    within: Sequence[str] | None = None,
) -> Selectivity:
    """The groups of a catalogue that neurons answer; ``responses`` (neurons, works), NaN where unreadable.

    ``within`` gives the class of each work. An empty cell is in no group, and small groups are none.
    """
    readable = np.flatnonzero(~np.isnan(responses).any(axis=0))
    values = np.asarray(responses, np.float64)[:, readable]
    kept = [records[int(index)] for index in readable]
    names, having = members(kept, columns)
    if not names:
        empty = np.zeros((len(values), 0))
        return Selectivity((), (), empty, empty, empty.astype(bool))
    strata = np.array(within)[readable] if within is not None else np.zeros(len(kept))
    scores, expected, variance = _scores(values, having, strata)
    z = (scores - expected) / np.sqrt(np.maximum(variance, 1e-12))
    z[variance < 1e-9] = 0.0  # a neuron that answers all works alike, or a group that is a class
    q = false_discovery_control(norm.sf(np.abs(z)) * 2, axis=1)
    shares = having / having.sum(axis=1, keepdims=True)
    mean = values.mean(axis=1, keepdims=True)
    ratios = (values @ shares.T) / np.where(np.abs(mean) > 1e-12, mean, np.inf)
    return Selectivity(
        tuple(names), tuple(int(each) for each in having.sum(axis=1)), ratios, z, (q <= LEVEL) & (z > 0)
    )


def _scores(values: Floats, having: Floats, strata: NDArray[np.generic]) -> tuple[Floats, Floats, Floats]:
    """The groups' sums of ranks (neurons, groups), what chance gives, and its variance."""
    shape = len(values), len(having)
    scores, expected, variance = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for stratum in np.unique(strata):
        inside = np.flatnonzero(strata == stratum)
        count, drawn = len(inside), having[:, inside].sum(axis=1)
        ranks = rankdata(values[:, inside], axis=1) / (count + 1)
        scores += ranks @ having[:, inside].T
        expected += 0.5 * drawn
        if count > 1:
            variance += ranks.var(axis=1)[:, None] * drawn * (count - drawn) / (count - 1)
    return scores, expected, variance
