"""What the study measures of scores, attributes, places and templates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau
from sklearn.metrics import average_precision_score

ROWS = {
    "baseline": "unconstrained baseline, averages as in the paper",
    "places": "unconstrained baseline that may use places",
    "paper": "SIAM, as in the paper",
    "alone": "SIAM without joint fine-tuning",
    "code": "SIAM, as in the published code",
}
OFTEN = 0.01  # of the pictures: a cell where a part is seen less often teaches no template
TOLERANCE = (
    15 / 224
)  # of a side, by which a map may miss a part, as in the pointing game of Zhang and others 2016
WITHIN = 0.95  # of a cell that is covered wholly
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
    labels: NDArray[np.uint8], maps: Numbers, cells: int, border: int, cropped: bool
) -> list[float | None]:
    """How often the highest place of an attribute's map is on the part, of the pictures where it is inside.

    ``labels`` (N, S, S) has at each pixel the number of its part plus one; ``maps`` (N, m, m, A), without a
    border of cells if they are ``cropped``, else with zeros there. None for a part that is never inside.
    """
    inner = maps if cropped else maps[:, border : cells - border, border : cells - border]
    hits: list[float | None] = []
    for number in range(maps.shape[-1]):
        masks = labels == number + 1
        inside = _inside(masks, cells, border)
        tallied = [_near(masks[each], np.argmax(inner[each, ..., number]), cells, border) for each in inside]
        hits.append(float(np.mean(tallied)) if tallied else None)
    return hits


def following(maps: Numbers, cover: Numbers) -> list[dict[str, float | None]]:
    """How a map goes with the share of each cell that its part covers; both (N, m, m, A).

    ``area``: their correlation over all cells; ``edge``: the mean of the map in cells that are covered in
    part, by that in cells that are covered wholly, None where there are none.
    """
    told: list[dict[str, float | None]] = []
    for number in range(maps.shape[-1]):
        own, part = maps[..., number], cover[..., number]
        within, edge = own[part >= WITHIN], own[(part > 1 - WITHIN) & (part < WITHIN)]
        ratio = float(edge.mean() / within.mean()) if edge.size and within.size and within.mean() else None
        told.append({"area": float(np.corrcoef(own.ravel(), part.ravel())[0, 1]), "edge": ratio})
    return told


def by_chance(labels: NDArray[np.uint8], parts: int, cells: int, border: int) -> list[float | None]:
    """How often any place whatever is on the part, as `pointing` counts it."""
    hits: list[float | None] = []
    for number in range(parts):
        masks = labels == number + 1
        tallied = [
            np.mean([_near(masks[each], cell, cells, border) for cell in range((cells - 2 * border) ** 2)])
            for each in _inside(masks, cells, border)
        ]
        hits.append(float(np.mean(tallied)) if tallied else None)
    return hits


def _inside(masks: NDArray[np.bool_], cells: int, border: int) -> NDArray[np.int64]:
    """The pictures in which a part is within the border of the maps."""
    side = masks.shape[1]
    first, last = round(side * border / cells), round(side * (cells - border) / cells)
    return np.flatnonzero(masks[:, first:last, first:last].any(axis=(1, 2)))


def _near(mask: NDArray[np.bool_], cell: Any, cells: int, border: int) -> bool:
    """Whether a part lies within the tolerance of the middle of a cell, counted within the border."""
    row, column = np.divmod(cell, cells - 2 * border)
    y, x = ((int(each) + border + 0.5) * len(mask) / cells for each in (row, column))
    rows, columns = np.nonzero(mask)
    return bool(np.min(np.hypot(rows + 0.5 - y, columns + 0.5 - x)) <= TOLERANCE * len(mask))


def template_correlations(learned: Numbers, true: Numbers, weights: NDArray[Any]) -> list[float | None]:
    """Correlation of each learned template with the true one, (m, m, A), each cell with its weight.

    None where fewer than three cells count, or one of the two is the same in all of them.
    """
    found: list[float | None] = []
    for number in range(true.shape[-1]):
        own = np.asarray(weights[..., number], np.float64).ravel()
        pair = np.stack([learned[..., number].ravel(), true[..., number].ravel()])
        told = (own > 0).sum() > 2 and (np.ptp(pair[:, own > 0], axis=1) > 0).all()
        spread = np.cov(pair, aweights=own) if told else np.eye(2)
        found.append(float(spread[0, 1] / np.sqrt(spread[0, 0] * spread[1, 1])) if told else None)
    return found
