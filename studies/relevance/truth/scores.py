"""Scores: how well heat agrees with what is known; each a number per picture, then a mean with its interval.

Heat is (N, H, W), any values from 0 up; masks are bool (N, H, W); what is undefined for a picture is NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata

from image_machines.images import Picture
from studies.common import measures

Heat = NDArray[np.floating[Any]]
Masks = NDArray[np.bool_]
Values = NDArray[np.float64]

THRESHOLDS = np.linspace(0.05, 0.95, 19)  # shares of a picture's strongest heat
STEPS = 10  # of a deletion or insertion curve


def checked(heat: Heat, masks: Masks) -> tuple[Values, Masks]:
    """Both as (N, pixels); raises ValueError unless they have one shape and the heat is finite, from 0 up."""
    heat, masks = np.asarray(heat, np.float64), np.asarray(masks, bool)
    if heat.ndim != 3 or heat.shape != masks.shape:
        raise ValueError(f"heat {heat.shape} and masks {masks.shape} must both be (pictures, height, width)")
    if not np.isfinite(heat).all() or heat.min(initial=0) < 0:
        raise ValueError("heat must be finite and not below 0")
    return heat.reshape(len(heat), -1), masks.reshape(len(masks), -1)


def overlap(heat: Heat, masks: Masks) -> Values:
    """Intersection over union of a mask with as many of the hottest pixels as it has (N,).

    No threshold has to be chosen. Pixels as hot as the last one that has room share that room.
    """
    flat, inside = checked(heat, masks)
    area = inside.sum(axis=1)
    order = -np.sort(-flat, axis=1)
    last = np.take_along_axis(order, np.maximum(area - 1, 0)[:, None], axis=1)
    above, level = flat > last, flat == last
    room = (area - above.sum(axis=1)) / level.sum(axis=1)
    hit = (above & inside).sum(axis=1) + room * (level & inside).sum(axis=1)
    return _where(area > 0, hit, 2 * area - hit)


def overlaps(heat: Heat, masks: Masks, thresholds: NDArray[Any] = THRESHOLDS) -> Values:
    """Intersection over union (N, thresholds) of the mask with all heat from a share of its maximum on."""
    flat, inside = checked(heat, masks)
    most = flat.max(axis=1, keepdims=True)
    found = []
    for threshold in thresholds:
        hot = (flat >= threshold * most) & (most > 0)
        both, either = (hot & inside).sum(axis=1), (hot | inside).sum(axis=1)
        found.append(_where(inside.any(axis=1), both, either))
    return np.stack(found, axis=1)


def pointing(heat: Heat, masks: Masks) -> Values:
    """The pointing game (Zhang and others 2016): 1 where the hottest pixel lies in the mask, else 0 (N,).

    Several pixels that are equally hot count by their share in the mask.
    """
    flat, inside = checked(heat, masks)
    hottest = flat == flat.max(axis=1, keepdims=True)
    return _where(inside.any(axis=1), (hottest & inside).sum(axis=1), hottest.sum(axis=1))


def inside(heat: Heat, masks: Masks) -> Values:
    """The share of all heat that lies in the mask (N,); NaN where there is no heat at all."""
    flat, mask = checked(heat, masks)
    total = flat.sum(axis=1)
    return _where(total > 0, (flat * mask).sum(axis=1), total)


def shares(heat: Heat, masks: Masks) -> Values:
    """The share of the heat in the mask over the mask's share of the picture (N,): 1 is what chance gives."""
    area = np.asarray(masks, bool).mean(axis=(1, 2))
    return _where(area > 0, inside(heat, masks), area)


def likeness(first: Heat, second: Heat) -> Values:
    """The correlation of each heatmap with its fellow (N,), NaN where one of them is even."""
    flat = [np.asarray(each, np.float64).reshape(len(each), -1) for each in (first, second)]
    centred = [each - each.mean(axis=1, keepdims=True) for each in flat]
    size = np.sqrt((centred[0] ** 2).sum(axis=1) * (centred[1] ** 2).sum(axis=1))
    return _where(size > 0, (centred[0] * centred[1]).sum(axis=1), size)


def steps(picture: Picture, heat: Heat, insert: bool, count: int = STEPS) -> list[Picture]:
    """The pictures of a deletion or insertion curve: the hottest tenths of the pixels gone, or come.

    What is not shown is the picture itself out of focus, so that nothing strange is (Petsiuk 2018).
    """
    rank = np.argsort(np.argsort(-np.asarray(heat).ravel(), kind="stable")).reshape(heat.shape)
    veil = blurred(picture)
    hottest = [(rank < round(heat.size * step / count))[..., None] for step in range(count + 1)]
    return [np.where(hot == insert, picture, veil) for hot in hottest]


def area_under(curves: Values) -> Values:
    """Mean height of curves (N, steps + 1) by the trapezoidal rule (N,)."""
    return np.trapezoid(curves, dx=1 / (curves.shape[1] - 1), axis=1)


def blurred(picture: Picture, share: float = 0.12) -> Picture:
    """A picture out of focus: Gaussian, its deviation a share of the shorter side."""
    spread = share * min(picture.shape[:2])
    soft = gaussian_filter(picture.astype(np.float32), (spread, spread, 0), mode="nearest")
    return soft.round().astype(np.uint8)


def rank_correlation(first: NDArray[Any], second: NDArray[Any]) -> Values:
    """Spearman's correlation of each row (N, parts) with its fellow (N,); parts that are NaN are left out.

    A row in which all are equal ranks nothing and gets 0; one of fewer than two parts is NaN.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    known = np.isfinite(first) & np.isfinite(second)
    ranks = [rankdata(np.where(known, each, np.nan), axis=1, nan_policy="omit") for each in (first, second)]
    count = known.sum(axis=1)
    ranks = [np.where(known, each - (count[:, None] + 1) / 2, 0) for each in ranks]
    spread = np.sqrt((ranks[0] ** 2).sum(axis=1) * (ranks[1] ** 2).sum(axis=1))
    found = np.divide((ranks[0] * ranks[1]).sum(axis=1), spread, np.zeros(len(spread)), where=spread > 0)
    return np.where(count > 1, found, np.nan)


def summary(values: NDArray[Any]) -> dict[str, Any]:
    """Mean, bootstrap interval (95 %) and number of the values that are defined."""
    values = np.asarray(values, np.float64)
    known = values[np.isfinite(values)]
    if not len(known):
        return {"mean": None, "interval": None, "pictures": 0}
    return {
        "mean": round(float(known.mean()), 3),
        "interval": measures.interval(known),
        "pictures": len(known),
    }


def _where(defined: Masks, above: NDArray[Any], below: NDArray[Any]) -> Values:
    """Quotients where they are defined, NaN elsewhere."""
    return np.divide(above, below, np.full(len(above), np.nan), where=defined, dtype=np.float64)
