"""Tasks on real paintings: a score of some works, to be learned through attributes of other artists' works.

``date`` the date, through kind, school and words of the title; ``kind`` whether it is a portrait, through how
much of the picture face, head, clothing and hands cover. What is not known of a work is NaN.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studies.semantic_maps import gallery
from studies.semantic_maps.gallery import PARTS, WORDS, Work

SHARE = 0.05  # an attribute is one that so many of the works have
PERIOD = 50  # years, the gallery's own unit; a date is learned in these
SPLIT = (0.45, 0.8)  # where works with attributes end, and those with scores; the rest are tested
PORTRAIT = "portrait"


@dataclass(frozen=True, eq=False)
class Task:
    """Labels (N, A) and scores (N,) of all works, and how many of ``unit`` one score is."""

    names: tuple[str, ...]
    labels: NDArray[np.float32]
    scores: NDArray[np.float32]
    scale: float
    unit: str

    def known(self, what: str) -> NDArray[np.bool_]:
        """Of which works the labels, or the score, are known."""
        return np.isfinite(self.labels).all(axis=1) if what == "labels" else np.isfinite(self.scores)


def date(works: Sequence[Work]) -> Task:
    """The year, through what the catalogue says of kind, school and title.

    A word that a title lacks may still be true of the picture; these labels are what a catalogue has.
    """
    with_school = [work for work in works if work.school]
    counted = Counter(name for work in with_school for name in _facts(work))
    names = tuple(sorted(name for name, count in counted.items() if count >= SHARE * len(with_school)))
    labels = np.full((len(works), len(names)), np.nan, np.float32)
    for place, work in enumerate(works):
        if work.school:
            labels[place] = [name in _facts(work) for name in names]
    years = np.asarray([np.nan if work.year is None else work.year for work in works])
    middle = np.nanmean(years)
    return Task(names, labels, ((years - middle) / PERIOD).astype(np.float32), PERIOD, "years")


def _facts(work: Work) -> frozenset[str]:
    return work.words & WORDS.keys() | {work.kind, f"{work.school} school"}


def kind(works: Sequence[Work], cells: int, border: int) -> Task:
    """Whether a work is a portrait (1) or not (-1), through the shares that parts cover of its middle.

    Only portraits have masks; landscapes and still lifes are taken to show none of the parts.
    """
    labels = np.full((len(works), len(PARTS)), np.nan, np.float32)
    inside = slice(16 * border, 16 * (cells - border))
    for place, work in enumerate(works):
        if work.mask is not None:
            seen = gallery.part_labels(work, 16 * cells)[inside, inside]
            labels[place] = [(seen == number).mean() for number in range(1, len(PARTS) + 1)]
        elif work.kind != PORTRAIT:
            labels[place] = 0
    scores = np.asarray([1 if work.kind == PORTRAIT else -1 for work in works], np.float32)
    return Task(tuple(PARTS), labels, scores, 1, "")


def parts(works: Sequence[Work], seed: int) -> NDArray[np.int64]:
    """Of each work whether it teaches attributes (0), scores (1) or is tested (2); by chance, by artist.

    A work without an artist counts as one of its own.
    """
    names = [work.artist or str(work.file) for work in works]
    counts = Counter(names)
    order = np.random.default_rng(seed).permutation(sorted(counts))
    ends = np.cumsum([counts[name] for name in order]) / len(works)
    part = dict(zip(order, np.searchsorted(SPLIT, ends), strict=True))
    return np.asarray([part[name] for name in names])
