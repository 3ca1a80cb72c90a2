"""The inverse law: is a picture the less faithful the more legible it is?

For each neuron the rank correlation, over the methods, of faithfulness and nearness to the works; -1 would be
the law without exception, 0 none. Intervals are drawn over neurons, which are what another study would draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from image_machines.vision.metapictures.methods import FREE, LONGER
from studies.common.measures import interval
from studies.common.results import Found, Row, rounded

MEASURES = {  # of distance from the works, in words
    "spectrum": "coarse and fine forms as in the works",
    "variation": "smoothness",
    "nearest": "likeness to the nearest work",
}
FEWEST = 5  # methods that a neuron's rank correlation needs


def compared(rows: Sequence[Found]) -> list[Found]:
    """The rows that the law is read from: of methods that took as many gradients, in pixels' range."""
    return [row for row in rows if row["method"] not in (FREE, LONGER)]


def correlations(rows: Sequence[Found], measure: str) -> dict[tuple[str, int], float]:
    """Of each neuron, Spearman's rank correlation of faithfulness and nearness by ``measure``, -1 to 1."""
    found = {}
    for unit, own in by_unit(compared(rows)).items():
        if len(own) >= FEWEST:
            faithful = [row["faithfulness"] for row in own]
            near = [-row[measure] for row in own]
            value = float(spearmanr(faithful, near).statistic)
            if np.isfinite(value):
                found[unit] = value
    return found


def summary(rows: Sequence[Found]) -> list[Row]:
    """For each kind of neuron and each measure: the mean correlation, its interval, and how many obey."""
    kinds = [*dict.fromkeys(row["kind"] for row in rows)]
    return [
        _line(kind or "all", measure, [row for row in rows if not kind or row["kind"] == kind])
        for kind in ("", *kinds)
        for measure in MEASURES
    ]


def _line(kind: str, measure: str, rows: Sequence[Found]) -> Row:
    values = np.array(list(correlations(rows, measure).values()))
    means = list(averages(compared(rows)).values())
    pooled = spearmanr([mean["faithfulness"] for mean in means], [-mean[measure] for mean in means]).statistic
    return {
        "kind": kind,
        "measure": measure,
        "neurons": len(values),
        "mean": rounded(values.mean() if len(values) else np.nan),
        "interval": interval(values),
        "below zero": int((values < 0).sum()),
        "pooled": rounded(pooled),
    }


def by_unit(rows: Sequence[Found]) -> dict[tuple[str, int], list[Found]]:
    """The rows of each neuron."""
    found: dict[tuple[str, int], list[Found]] = {}
    for row in rows:
        found.setdefault((row["layer"], row["neuron"]), []).append(row)
    return found


def averages(rows: Sequence[Found]) -> dict[str, dict[str, float]]:
    """Of each method the median faithfulness, and the mean of each distance, over all neurons."""
    found: dict[str, dict[str, float]] = {}
    for method in dict.fromkeys(row["method"] for row in rows):
        own = [row for row in rows if row["method"] == method]
        found[method] = {name: float(np.mean([row[name] for row in own])) for name in MEASURES}
        for share in ("faithfulness", "of the longer"):
            found[method][share] = float(np.median([row[share] for row in own]))
    return found


def frontier(means: Mapping[str, Mapping[str, float]], measure: str) -> list[str]:
    """The methods that no other beats in both faithfulness and nearness, the most faithful first."""
    on = [
        name
        for name, mean in means.items()
        if not any(_beats(other, mean, measure) for key, other in means.items() if key != name)
    ]
    return sorted(on, key=lambda name: -means[name]["faithfulness"])


def _beats(other: Mapping[str, float], mean: Mapping[str, float], measure: str) -> bool:
    better = (other["faithfulness"] >= mean["faithfulness"], other[measure] <= mean[measure])
    strictly = other["faithfulness"] > mean["faithfulness"] or other[measure] < mean[measure]
    return all(better) and strictly


def agreement(rows: Sequence[Found]) -> dict[str, float]:
    """Rank correlation of each two measures over the methods' means: how much depends on the measure."""
    means = averages(compared(rows))
    columns: dict[str, NDArray[np.float64]] = {
        name: np.array([mean[name] for mean in means.values()]) for name in MEASURES
    }
    names = list(MEASURES)
    return {
        f"{one} and {other}": rounded(spearmanr(columns[one], columns[other]).statistic)
        for index, one in enumerate(names)
        for other in names[index + 1 :]
    }


def transfer(rows: Sequence[Found]) -> list[Row]:
    """Of pictures of classes: the median rank that another network gives the class, by method and network."""
    found = []
    for method in dict.fromkeys(row["method"] for row in rows):
        own = [row["ranks"] for row in rows if row["method"] == method and row["ranks"]]
        for judge in dict.fromkeys(name for ranks in own for name in ranks):
            ranks = np.array([each[judge] for each in own])
            found.append(
                {
                    "method": method,
                    "judge": judge,
                    "classes": len(ranks),
                    "median rank": rounded(np.median(ranks), 1),
                    "among the first five": rounded((ranks <= 5).mean(), 3),
                }
            )
    return found


def against_shuffled(rows: Sequence[Found]) -> list[Row]:
    """For each method and judge: the median rank in shuffled weights' pictures, and how much surer it is."""
    found = []
    for method, judge in dict.fromkeys((row["method"], row["judge"]) for row in rows):
        own = [row for row in rows if (row["method"], row["judge"]) == (method, judge)]
        more = np.array([row["own"]["odds"] - row["shuffled"]["odds"] for row in own])
        found.append(
            {
                "method": method,
                "judge": judge,
                "median rank": rounded(np.median([row["shuffled"]["rank"] for row in own]), 1),
                "more": rounded(more.mean()),
                "interval": interval(more),
            }
        )
    return found
