"""Laying the templates: the last step of learning, on maps that stay as they are.

What joins maps to the score is linear, so that its best weights need no gradient steps. The weights' squares
are punished. Of all penalties whose error on a part kept aside is nearly the least, the strongest is taken:
what a weaker one adds to a template is not in the data (the reasoning of the one-standard-error rule).
"""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray

from image_machines.network.semantic.head import SemanticNetwork
from image_machines.network.semantic.variants import variant

PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # of the squared weights, for each picture
ASIDE = 8  # one part in so many of the pictures, the last, chooses the penalty
NEARLY = 1.05  # times the least error
Numbers = NDArray[np.float64]


def lay(semantic: SemanticNetwork, maps: Numbers, scores: NDArray[np.float32]) -> float:
    """Give the first score the templates that fit maps (N, m, m, A) to scores (N,); returns the penalty."""
    values, scale = _scaled(maps)
    end = len(values) - len(values) // ASIDE
    errors = []
    for penalty in PENALTIES:
        weights, bias = _ridge(values[:end], scores[:end], penalty)
        errors.append(float(np.sqrt(np.mean((values[end:] @ weights + bias - scores[end:]) ** 2))))
    chosen = max(p for p, error in zip(PENALTIES, errors, strict=True) if error <= NEARLY * min(errors))
    weights, bias = _ridge(values, scores, chosen)
    _set(semantic, (weights / scale).reshape(maps.shape[1:]), bias)
    return chosen


def _scaled(maps: Numbers) -> tuple[Numbers, Numbers]:
    """Maps as rows, each attribute in units of its deviation over pictures and places; and these units."""
    rows = maps.reshape(len(maps), -1).astype(np.float64)
    deviations = rows.var(axis=0).reshape(maps.shape[1:]).mean(axis=(0, 1)) ** 0.5
    scale = np.broadcast_to(deviations + 1e-9, maps.shape[1:]).ravel()
    return rows / scale, scale


def _ridge(values: Numbers, scores: NDArray[np.float32], penalty: float) -> tuple[Numbers, float]:
    """Weights and bias of a linear fit."""
    middle, mean = values.mean(axis=0), float(scores.mean())
    left = values - middle
    square = left.T @ left + penalty * len(left) * np.eye(left.shape[1])
    weights = np.linalg.solve(square, left.T @ (scores - mean))
    return weights, mean - float(middle @ weights)


def _set(semantic: SemanticNetwork, template: Numbers, bias: float) -> None:
    """Set two non-negative templates whose difference is ``template``; all else that joins is as at first."""
    chosen, score = variant(semantic.variant), semantic.scores[0]
    graph, attributes = semantic.network.graph, template.shape[-1]
    factor, weight = (0.5 if chosen.joined else 1.0), (1 / attributes if chosen.weight == "share" else 1.0)
    for way, sign in (("raises", 1), ("lowers", -1)):
        kernel = np.maximum(sign * template, 0) / (factor * weight)
        graph.get_layer(f"{score}_{way}").set_weights([kernel[..., None]])
        if chosen.joined:
            joining: keras.Layer = graph.get_layer(f"{score}_{way}_weight")
            joining.set_weights([np.full(joining.weights[0].shape, sign * factor)])
    graph.get_layer(score).set_weights([np.full((attributes, 1), weight), np.asarray([bias])])
