"""Ranking: the surest works of a class, the surest mistakes, the pictures that leave a network in doubt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from image_machines.names import unknown
from image_machines.network.scoring import Record, Scores


@dataclass(frozen=True)
class Ranked:
    """A work at its place in the order of a class's scores; works of equal score share a place."""

    rank: int
    record: Record
    probability: float
    trained_on: bool
    work_seen: bool  # the network has not been trained on it, but on another picture of the same work

    @property
    def mark(self) -> str:
        """A dot for what the network was trained on, a circle for a work of which it saw another picture."""
        return "● " if self.trained_on else "○ " if self.work_seen else ""


@dataclass(frozen=True)
class Named:
    """A picture, the class that the network takes it for, and how sure it is (0-1)."""

    record: Record
    predicted: str
    probability: float


def top(scores: Scores, name: str, n: int = 3) -> list[Ranked]:
    """The ``n`` works with the highest score for a class, best first, and all that tie with the last."""
    if name not in scores.classes:
        raise ValueError(unknown("class", name, scores.classes, "classes"))
    column = scores.probabilities[:, scores.classes.index(name)]
    readable = np.flatnonzero(~np.isnan(column))
    order = readable[np.argsort(-column[readable], kind="stable")]
    least = column[order[min(n, len(order)) - 1]] if len(order) else 0
    seen = {record.get("work") for record in scores.records if record["split"] == "train"} - {None, ""}
    return [
        Ranked(
            rank=1 + int((column[readable] > column[index]).sum()),
            record=scores.records[index],
            probability=float(column[index]),
            trained_on=scores.records[index]["split"] == "train",
            work_seen=scores.records[index]["split"] != "train" and scores.records[index].get("work") in seen,
        )
        for index in order
        if column[index] >= least
    ]


def least_sure(scores: Scores, split: str | None = "val", n: int = 6) -> list[Named]:
    """The pictures of whose class the network is least sure, right or wrong, the doubtful ones first."""
    indices, _, probabilities = scores.of(split)
    order = np.argsort(probabilities.max(axis=1, initial=0), kind="stable")[:n]
    return [_named(scores, indices, probabilities, each) for each in order]


def surest_mistakes(scores: Scores, split: str | None = "val", n: int = 6) -> list[Named]:
    """The pictures that the network takes for another class, those it is surest of first."""
    indices, truth, probabilities = scores.of(split)
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1, initial=0)
    wrong = np.flatnonzero(predicted != truth)
    order = wrong[np.argsort(-confidence[wrong], kind="stable")][:n]
    return [_named(scores, indices, probabilities, each) for each in order]


def _named(
    scores: Scores, indices: NDArray[np.int64], probabilities: NDArray[np.float32], place: int
) -> Named:
    """The picture at a place of a split's, as the network names it."""
    predicted = int(probabilities[place].argmax())
    return Named(
        scores.records[indices[place]], scores.classes[predicted], float(probabilities[place, predicted])
    )
