"""What the study measures of scores, attributes, places and templates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau
from sklearn.metrics import average_precision_score

from studies.semantic_maps.painted import PARTS, Paintings

ROWS = {
    "baseline": "unconstrained baseline",
    "paper": "SIAM, as in the paper",
    "alone": "SIAM without joint fine-tuning",
    "code": "SIAM, as in the published code",
}
OFTEN = 0.01  # of the pictures: a cell where a part is seen less often teaches no template
TOLERANCE = 15  # pixels by which a map may miss a part, as in the pointing game of Zhang and others 2016
Numbers = NDArray[np.float64]


def of_scores(true: NDArray[Any], said: NDArray[Any]) -> dict[str, float]:
    """Root mean squared error and Kendall's tau of scores (N,)."""
    return {
        "rmse": float(np.sqrt(np.mean((np.asarray(true, float) - np.asarray(said, float)) ** 2))),
        "tau": float(kendalltau(true, said).statistic),
    }


def precision(labels: NDArray[Any], presence: NDArray[Any]) -> list[float | None]:
    """Average precision of each attribute, None where it is in none of the pictures or in all.

    A label is a share of annotators; an attribute is there where more than half of them say so.
    """
    there = labels > 0.5
    return [
        float(average_precision_score(own, said)) if 0 < own.sum() < len(own) else None
        for own, said in zip(there.T, presence.T, strict=True)
    ]


def pointing(
    paintings: Paintings, own: slice, maps: Numbers, cells: int, border: int, cropped: bool
) -> list[float | None]:
    """How often the highest place of an attribute's map is on the part, of the pictures where it is inside.

    ``maps`` (N, m, m, A), without a border of cells if they are ``cropped``, else with zeros there.
    """
    inner = maps if cropped else maps[:, border : cells - border, border : cells - border]
    side = paintings.labels.shape[1]
    first, last = round(side * border / cells), round(side * (cells - border) / cells)
    hits: list[float | None] = []
    for number, _ in enumerate(PARTS):
        masks = paintings.labels[own] == number + 1
        inside = np.flatnonzero(masks[:, first:last, first:last].any(axis=(1, 2)))
        tallied = [_hits(masks[each], inner[each, ..., number], side / cells, border) for each in inside]
        hits.append(float(np.mean(tallied)) if tallied else None)
    return hits


def _hits(mask: NDArray[np.bool_], place: Numbers, cell: float, border: int) -> bool:
    """Whether a part lies within the tolerance of the middle of the map's highest cell."""
    row, column = np.unravel_index(np.argmax(place), place.shape)
    y, x = ((int(each) + border + 0.5) * cell for each in (row, column))
    rows, columns = np.nonzero(mask)
    return bool(np.min(np.hypot(rows + 0.5 - y, columns + 0.5 - x)) <= TOLERANCE)


def template_correlations(learned: Numbers, true: Numbers, frequent: NDArray[np.bool_]) -> list[float | None]:
    """Correlation of each learned template with the true one, over cells where the part is often."""
    found: list[float | None] = []
    for number in range(true.shape[-1]):
        where = frequent[..., number]
        first, second = learned[where, number], true[where, number]
        told = where.sum() > 2 and np.ptp(first) > 0 and np.ptp(second) > 0
        found.append(float(np.corrcoef(first, second)[0, 1]) if told else None)
    return found
