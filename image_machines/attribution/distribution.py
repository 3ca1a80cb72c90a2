"""Distribution: in which part of a catalogue a feature is stronger than chance allows.

Works are grouped by timeframe, school and technique; the mean response of each group is held against the same
group filled with works drawn at random, within the same class of subjects where these are given, so that a
school is not found for painting what it painted most. Of all the groups, those stand that remain after the
false discoveries are controlled (Benjamini and Hochberg 1995).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

COLUMNS = ("timeframe", "school", "technique")
SMALLEST = 8  # works of a group: the mean of fewer says little
LEVEL = 0.05  # share of the groups named that may be named by chance


@dataclass(frozen=True)
class Group:
    """How strong a feature is in the works of one group.

    ``ratio``: its mean response beside that of as many works drawn at random; ``p`` the share of draws that
    are at least as far from their mean, ``q`` the same after control of false discoveries.
    """

    column: str
    value: str
    works: int
    ratio: float
    p: float
    q: float

    @property
    def stands(self) -> bool:
        """Whether it is more than chance allows."""
        return self.q <= LEVEL

    def __str__(self) -> str:
        where = {
            "timeframe": f"works of {self.value}",
            "school": f"{self.value} works",
            "technique": f"works in {self.value}",
        }.get(self.column, f"works whose {self.column} is {self.value}")
        often = f"{_times(self.ratio)} as strong" if self.stands else "as strong"
        return f"{often} in {where} ({self.works}) as chance allows"


def _times(ratio: float) -> str:
    """A ratio in words: "twice", "half", "1.4 times"."""
    rounded = f"{ratio:.2g}"
    return {"2": "twice", "0.5": "half", "1": f"{ratio:.3g} times"}.get(rounded, f"{rounded} times")


def groups(
    responses: NDArray[np.floating],
    records: Sequence[Mapping[str, str]],
    columns: Sequence[str] = COLUMNS,
    within: Sequence[str] | None = None,
    draws: int = 4000,
    seed: int = 0,
) -> list[Group]:
    """The groups of a catalogue by how strong a feature is in them, the strongest first.

    ``responses`` (works,) are 0 or more, NaN for an unreadable work. ``within`` gives the class of each work:
    works are then drawn from their own class. An empty cell is in no group.
    """
    readable = np.flatnonzero(~np.isnan(responses))
    values = np.asarray(responses, np.float64)[readable]
    names, having = members([records[int(index)] for index in readable], columns)
    if not names:
        return []
    labels = (
        np.array([within[int(index)] for index in readable]) if within is not None else np.zeros(len(values))
    )
    shares = having / having.sum(axis=1, keepdims=True)
    found = shares @ values
    drawn = np.stack([shares @ values[order] for order in _orders(labels, draws, seed)])
    expected = drawn.mean(axis=0)
    farther = np.abs(drawn - expected) >= np.abs(found - expected) - 1e-12
    p = (1 + farther.sum(axis=0)) / (1 + draws)
    q = false_discovery_control(p)
    ratios = found / np.maximum(expected, 1e-12)
    listed = [
        Group(
            name[0],
            name[1],
            int(having[index].sum()),
            float(ratios[index]),
            float(p[index]),
            float(q[index]),
        )
        for index, name in enumerate(names)
    ]
    return sorted(listed, key=lambda group: -group.ratio)


def sentence(found: Sequence[Group], most: int = 3) -> str:
    """What the groups come to, in words."""
    standing = [group for group in found if group.stands]
    if not standing:
        return "nowhere in the catalogue stronger or weaker than chance allows"
    strong = [str(group) for group in standing if group.ratio > 1][:most]
    weak = [str(group) for group in standing[::-1] if group.ratio < 1][:most]
    return "; ".join(strong + weak)


def members(
    records: Sequence[Mapping[str, str]], columns: Sequence[str], smallest: int = SMALLEST
) -> tuple[list[tuple[str, str]], NDArray[np.float64]]:
    """The groups of at least ``smallest`` works, not of all, and which works (groups, works) are theirs."""
    names, having = [], []
    for column in columns:
        cells = np.array([cell(record, column) for record in records])
        for value in sorted(set(cells) - {""}):
            if smallest <= (cells == value).sum() < len(cells):
                names.append((column, str(value)))
                having.append((cells == value).astype(np.float64))
    return names, np.array(having)


def cell(record: Mapping[str, str], column: str) -> str:
    """A cell; of a technique what comes before the measures, in small letters."""
    text = next((value for key, value in record.items() if key.casefold() == column), "").strip()
    return text.split(",")[0].casefold() if column == "technique" else text


def _orders(labels: NDArray[np.generic], draws: int, seed: int) -> list[NDArray[np.int64]]:
    """Orders of the works, each shuffled within its class."""
    random = np.random.default_rng(seed)
    orders = []
    for _ in range(draws):
        order = np.arange(len(labels))
        for label in np.unique(labels):
            places = np.flatnonzero(labels == label)
            order[places] = random.permutation(places)
        orders.append(order)
    return orders
