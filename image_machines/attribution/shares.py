"""Shares: of what kinds the works are that excite a neuron most, beside what chance would give.

Of the works of a collection the strongest tenth is taken. Each group of the catalogue, such as a school, has
a share of these; it is held against the shares that it has when the answers are dealt out to the works at
random, within the same class of subjects where these are given, so that a school is not found for painting
what it painted most. Of all the groups those stand that remain after the false discoveries are controlled
(Benjamini and Hochberg 1995).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from image_machines.attribution.distribution import LEVEL, members

TENTH = 10  # one of so many works counts among the strongest
DRAWS = 2000

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Share:
    """What share of the strongest works belongs to one group.

    ``works`` are the group's in the collection, ``strongest`` those among the strongest. ``chance``: the
    share that chance gives on average, between ``low`` and ``high`` in 95 of 100 draws. ``q``: how easily
    chance alone gives a share as far from its own, after control of false discoveries.
    """

    column: str
    value: str
    works: int
    strongest: int
    share: float
    chance: float
    low: float
    high: float
    q: float

    @property
    def stands(self) -> bool:
        """Whether it is more, or less, than chance allows."""
        return self.q <= LEVEL


def strongest(values: NDArray[np.floating]) -> Bools:
    """Which works are among the strongest tenth; none that excites as little as any."""
    chosen = np.zeros(len(values), np.bool_)
    chosen[np.argsort(-values, kind="stable")[: max(len(values) // TENTH, 1)]] = True
    return chosen & (values > values.min(initial=np.inf))


def shares(
    values: NDArray[np.floating],
    records: Sequence[Mapping[str, str]],
    columns: Sequence[str],
    within: Sequence[str] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[Share]:
    """The groups of a catalogue by their share of the works that excite a neuron most, the farthest first.

    ``values`` (works,) are numbers, without NaN. ``within`` gives the class of each work: answers are then
    dealt out within a class. An empty cell is in no group, and small groups are none. There is nothing to
    tell of a neuron that all works excite alike.
    """
    names, having = members(records, columns)
    chosen = strongest(np.asarray(values))
    if not names or not chosen.any():
        return []
    labels = np.array(within) if within is not None else np.zeros(len(values))
    found = having @ chosen / chosen.sum()
    drawn = having @ _dealt(chosen, labels, draws, seed).T / chosen.sum()
    expected = drawn.mean(axis=1)
    farther = np.abs(drawn - expected[:, None]) >= np.abs(found - expected)[:, None] - 1e-12
    q = false_discovery_control((1 + farther.sum(axis=1)) / (1 + draws))
    low, high = np.quantile(drawn, (0.025, 0.975), axis=1)
    told = [
        Share(
            column=column,
            value=value,
            works=int(having[index].sum()),
            strongest=int(having[index] @ chosen),
            share=float(found[index]),
            chance=float(expected[index]),
            low=float(low[index]),
            high=float(high[index]),
            q=float(q[index]),
        )
        for index, (column, value) in enumerate(names)
    ]
    return sorted(told, key=lambda each: -abs(each.share - each.chance))


def _dealt(chosen: Bools, labels: NDArray[np.generic], draws: int, seed: int) -> NDArray[np.float32]:
    """Which works are chosen (draws, works) when the choices are dealt out at random within each label."""
    random = np.random.default_rng(seed)
    dealt = np.zeros((draws, len(chosen)), np.float32)
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        dealt[:, places] = random.permuted(np.tile(chosen[places], (draws, 1)), axis=1)
    return dealt
