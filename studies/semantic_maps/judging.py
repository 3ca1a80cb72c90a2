"""Judging: what a network gets right on the painted pictures that it did not learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from image_machines.network.network import Network
from image_machines.network.semantic import explaining
from image_machines.network.semantic.head import SemanticNetwork
from studies.semantic_maps import lessons, measures, summary

if TYPE_CHECKING:
    from studies.semantic_maps.known import Known

RIDGE = 100  # of the linear fit on the true places, in units of each cell's deviation


def judged(data: Known, semantic: SemanticNetwork) -> dict[str, Any]:
    """What a semantic network gets right of scores, attributes, places and templates."""
    own = data.part(2)
    found = explaining.explain(
        semantic, data.features.values[own], start=summary.NAME, batch_size=lessons.AT_ONCE
    )
    learned = inner(explaining.templates(semantic), len(data.templates))
    labels = data.labels[own]
    absent = np.where(labels < 0.5, np.abs(found.totals), np.nan)
    present = np.where(labels > 0.5, np.abs(found.totals), np.nan)
    return (
        measures.of_scores(data.scores[own, 0], found.score)
        | {
            "precision": measures.precision(labels, found.presence),
            "pointing": measures.pointing(
                data.paintings.labels[own],
                found.maps,
                data.cells,
                lessons.BORDER,
                semantic.variant == "paper",
            ),
            "absent": float(np.nanmean(absent) / np.nanmean(present)),
        }
        | _following(data, semantic, found.maps)
        | _of_templates(data, learned)
    )


def _following(data: Known, semantic: SemanticNetwork, maps: NDArray[Any]) -> dict[str, Any]:
    """How the maps go with what their parts cover, as lists over the parts."""
    own = data.part(2)
    border = 0 if semantic.variant == "paper" else lessons.BORDER
    cells = slice(border, maps.shape[1] - border)
    told = measures.following(maps[:, cells, cells], data.cover[own])
    return {what: [each[what] for each in told] for what in ("area", "edge")}


def judged_baseline(data: Known, network: Network) -> dict[str, Any]:
    """What a baseline gets right on the same pictures."""
    own = data.part(2)
    said = lessons.answers(network, data.features.values[own], summary.NAME)
    return measures.of_scores(data.scores[own, 0], said)


def limit(data: Known) -> dict[str, Any]:
    """What a linear fit gets right that is told how much of each cell every part covers.

    No network can be asked to know more: where two places are always covered together, what each of them
    counts cannot be told.
    """
    learned, said = fitted(data)
    return measures.of_scores(data.scores[data.part(2), 0], said) | _of_templates(data, learned)


def fitted(data: Known) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The templates (m, m, A) of that fit, and what it says (N,) of the pictures that are tested."""
    taught, tested = (data.cover[data.part(number)].reshape(-1, data.templates.size) for number in (1, 2))
    middle, spread = taught.mean(axis=0), taught.std(axis=0) + 1e-6
    fit = Ridge(RIDGE).fit((taught - middle) / spread, data.scores[data.part(1), 0])
    return (fit.coef_ / spread).reshape(data.templates.shape), fit.predict((tested - middle) / spread)


def inner(templates: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Templates (m, m, A) without the border of zeros that the published code keeps."""
    border = (len(templates) - side) // 2
    return templates[border : len(templates) - border, border : len(templates) - border]


def _of_templates(data: Known, learned: NDArray[np.float64]) -> dict[str, Any]:
    """The templates against the truth, over places where the part is seen, and weighted by how much of it."""
    cover = data.cover[data.part(1)]
    frequent = (cover > 0).mean(axis=0) >= measures.OFTEN
    return {
        "template": measures.template_correlations(learned, data.templates, frequent),
        "weighted": measures.template_correlations(learned, data.templates, cover.mean(axis=0)),
    }
