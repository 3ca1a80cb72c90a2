"""Clusters: what lies together on a map, named by what the catalogue says of it more often than by chance.

Clusters are dense places of a layout (HDBSCAN: Campello, Moulavi and Sander 2013). A cluster shares a trait,
such as a school or a word of the titles, when more of its works have it than as many works drawn at random
would (hypergeometric); of all clusters and traits those stand that remain after the false discoveries are
controlled (Benjamini and Hochberg 1995).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, hypergeom

from image_machines.atlas.maps.layout import Positions
from image_machines.attribution.distribution import LEVEL, members
from image_machines.collection.captions import artist

COLUMNS = ("class", "school", "timeframe", "technique", "author")
TITLE = "title"
RAREST = 4  # works that have a trait: fewer cannot tell a cluster from chance
SAME = 0.6  # of the works with either of two traits that have both: then they are one trait
NAMED = 3  # traits in a cluster's name
NOWHERE = -1  # the label of a picture in no cluster
WORD = re.compile(r"[^\W\d_]{4,}")

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Shared:
    """A trait of a cluster: how many of its ``works`` have it, and how many by chance; see the module."""

    column: str
    value: str
    having: int
    works: int
    expected: float
    p: float
    q: float

    @property
    def stands(self) -> bool:
        """Whether it is more than chance allows."""
        return self.q <= LEVEL

    def __str__(self) -> str:
        return f"{self.spoken}: {self.having} of {self.works}, by chance {self.expected:.1f}"

    @property
    def spoken(self) -> str:
        """The trait in words, a word of the title in quotation marks."""
        if self.column == TITLE:
            return f"“{self.value}”"
        return {"author": artist(self.value), "school": f"{self.value} school"}.get(self.column, self.value)


@dataclass(frozen=True)
class Cluster:
    """Pictures that lie together, by their number, and the traits that they share beyond chance."""

    pictures: tuple[int, ...]
    shared: tuple[Shared, ...]

    @property
    def name(self) -> str:
        """Its chief traits in words."""
        words = list(dict.fromkeys(each.spoken for each in self.shared))
        return ", ".join(words[:NAMED]) or "nothing that the catalogue knows"


def density(positions: Positions, smallest: int = 5, samples: int = 2) -> Labels:
    """The cluster of each picture (pictures,), `NOWHERE` for a picture in none or without a position.

    ``smallest`` is how many pictures make a cluster, ``samples`` how many lie about each picture of a dense
    place. Raises ValueError for fewer pictures than one cluster has.
    """
    from sklearn.cluster import HDBSCAN

    labels = np.full(len(positions), NOWHERE)
    placed = ~np.isnan(positions).any(axis=1)
    if placed.sum() < smallest:
        raise ValueError(f"a cluster has at least {smallest} pictures, the map only {int(placed.sum())}")
    search = HDBSCAN(min_cluster_size=smallest, min_samples=samples, copy=True)
    labels[placed] = search.fit_predict(positions[placed])
    return labels


def named(
    labels: Labels, records: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS
) -> list[Cluster]:
    """The clusters by their number, each with the traits that stand, the least likely by chance first.

    Of traits that nearly the same works have, such as "still" and "life", only the first is named.

    ``records`` are rows of a manifest. Several pictures of one work count once in a cluster.
    """
    found = [np.flatnonzero(labels == number) for number in range(labels.max(initial=NOWHERE) + 1)]
    kept = _works(labels, records)
    names, having = _traits([records[index] for index in kept], columns)
    if not found or not names:
        return [Cluster(tuple(map(int, each)), ()) for each in found]
    inside = np.array([labels[kept] == number for number in range(len(found))])
    counts, works, totals = inside @ having.T, inside.sum(axis=1), having.sum(axis=1)
    chance = hypergeom(len(kept), totals[None, :].astype(int), works[:, None])
    p = np.minimum(chance.sf(counts - 1), 1.0)
    q = false_discovery_control(p, axis=None).reshape(p.shape)
    expected = works[:, None] * totals[None, :] / len(kept)
    listed = []
    for number, pictures in enumerate(found):
        order = [trait for trait in np.lexsort((-counts[number], p[number])) if q[number, trait] <= LEVEL]
        shared = [
            Shared(*names[trait], *(int(each) for each in (counts[number, trait], works[number])),
                   *(float(each[number, trait]) for each in (expected, p, q)))
            for trait in _distinct(order, having)
        ]  # fmt: skip
        listed.append(Cluster(tuple(map(int, pictures)), tuple(shared)))
    return listed


def _distinct(traits: Sequence[int], having: NDArray[np.float64]) -> list[int]:
    """The traits in their order, without those that nearly the same works have as one before."""
    kept: list[int] = []
    for trait in traits:
        both = having[kept] @ having[trait]
        either = having[kept].sum(axis=1) + having[trait].sum() - both
        if not (both > SAME * either).any():
            kept.append(int(trait))
    return kept


def _works(labels: Labels, records: Sequence[Mapping[str, str]]) -> NDArray[np.int64]:
    """The first picture of each work in each cluster; a record without a work is one by itself."""
    first: dict[tuple[int, object], int] = {}
    for index, (label, record) in enumerate(zip(labels, records, strict=True)):
        first.setdefault((int(label), record.get("work") or index), index)
    return np.array(sorted(first.values()), np.int64)


def _traits(
    records: Sequence[Mapping[str, str]], columns: Sequence[str]
) -> tuple[list[tuple[str, str]], NDArray[np.float64]]:
    """The traits that are neither too rare nor everybody's, and which works (traits, works) have them."""
    names, having = members(records, columns, RAREST)
    words = [set(WORD.findall(record.get(TITLE, "").casefold())) for record in records]
    listed = list(having)
    for word in sorted(set().union(*words)):
        own = np.array([word in each for each in words])
        if RAREST <= own.sum() < len(own):
            names.append((TITLE, word))
            listed.append(own.astype(np.float64))
    return names, np.array(listed)
