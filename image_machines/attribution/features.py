"""Relevant features: the few neurons whose responses tell what a network says of a picture.

Of every picture i there is a row x_i: the L2 norm of each channel's map, each layer's part scaled to unit
length. W* = argmin_W sum_i ||W' x_i - l_i||^2 under ||w_j||_1 <= mu for each class j, where l_i is the
one-hot *prediction*; what is not 0 in w_j are the features of class j. Source: Oramas, Wang and Tuytelaars
2019, "Visual explanation by interpretation", section on relevant features. There mu is given, here it is
chosen by held-out accuracy; and here responses and labels are taken from their means, or a neuron that
answers every picture alike would be the heaviest feature of each class, only to make up the mean.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import lars_path

from image_machines.attribution.targets import Target
from image_machines.network.responses import Responses

log = logging.getLogger(__name__)

MUS = tuple(float(mu) for mu in np.geomspace(0.1, 30, 30).round(3))
MOST_STEPS = 400  # of a path: each adds a feature or takes one out, and hundreds are no explanation

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Feature:
    """A neuron that a class goes by; ``weight`` is what its response, 0-1, adds to the class."""

    layer: str
    neuron: int
    weight: float

    @property
    def target(self) -> Target:
        """The neuron where it is strongest, for a heatmap."""
        return Target(self.layer, self.neuron)

    def __str__(self) -> str:
        return f"{self.layer}:{self.neuron}"


@dataclass(frozen=True)
class Point:
    """What one mu comes to on the pictures held out, and how many features each class has.

    ``accuracy``: the share named as the network does; ``error``: the mean squared one of the labels.
    """

    mu: float
    accuracy: float
    error: float
    features: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Relevance:
    """Which neurons the classes go by. ``weights`` (classes, neurons) follow ``neurons``."""

    classes: tuple[str, ...]
    neurons: tuple[tuple[str, int], ...]
    weights: Floats
    mu: float
    curve: tuple[Point, ...]

    def of(self, name: str) -> list[Feature]:
        """The features that speak for a class, the heaviest first."""
        weights = self.weights[self.classes.index(name)]
        order = [index for index in np.argsort(-weights, kind="stable") if weights[index] > 0]
        return [
            Feature(self.neurons[index][0], self.neurons[index][1], float(weights[index])) for index in order
        ]


def responses_of(measured: Responses, layers: Sequence[str]) -> tuple[Floats, tuple[tuple[str, int], ...]]:
    """Rows x_i (pictures, neurons) and what each column is, (layer, neuron); NaN where unreadable."""
    parts, neurons = [], []
    for name in layers:
        layer = measured.layer(name)
        norms = np.array(measured.array(layer.name, "norm").T, np.float64)
        parts.append(norms / np.maximum(np.linalg.norm(norms, axis=1, keepdims=True), 1e-12))
        neurons += [(layer.name, neuron) for neuron in range(layer.width)]
    return np.concatenate(parts, axis=1), tuple(neurons)


def relevant(
    rows: Floats,
    neurons: Sequence[tuple[str, int]],
    predictions: NDArray[np.int64],
    held_out: NDArray[np.bool_],
    classes: Sequence[str],
    mus: Sequence[float] = MUS,
) -> Relevance:
    """The relevant features of each class, at the mu that names most of the pictures held out as the network.

    Of those within one picture of the most, the one with the smallest squared error: two or three neurons may
    name all of an easy collection. ``predictions`` (pictures,) are the numbers of
    the classes that the network named. Raises ValueError where nothing was held out, or all.
    """
    if not 0 < held_out.sum() < len(rows):
        raise ValueError(f"{held_out.sum()} of {len(rows)} pictures are held out; some must be, and not all")
    labels = np.eye(len(classes))[predictions]
    paths = solutions(rows[~held_out], labels[~held_out], mus)
    away, share = rows[held_out] - rows[~held_out].mean(axis=0), labels[~held_out].mean(axis=0)
    answers = [away @ weights.T + share for weights in paths]
    curve = [
        Point(
            mu=float(mu),
            accuracy=float(np.mean(answer.argmax(axis=1) == predictions[held_out])),
            error=float(np.mean((answer - labels[held_out]) ** 2)),
            features=tuple(int(count) for count in (weights != 0).sum(axis=1)),
        )
        for mu, weights, answer in zip(mus, paths, answers, strict=True)
    ]
    enough = max(point.accuracy for point in curve) - 1.001 / held_out.sum()
    best = min(
        (index for index, point in enumerate(curve) if point.accuracy >= enough),
        key=lambda index: curve[index].error,
    )
    return Relevance(tuple(classes), tuple(neurons), paths[best], float(mus[best]), tuple(curve))


def solutions(rows: Floats, labels: Floats, mus: Sequence[float]) -> Floats:
    """W at each mu, (mus, classes, neurons), about the means, from one path of least angles for each class.

    Along the path the L1 norm only grows and the weights are linear between its corners, so that the solution
    at a mu is found exactly; beyond the end of the path it is the last one.
    """
    found = np.zeros((len(mus), labels.shape[1], rows.shape[1]))
    centred = rows - rows.mean(axis=0)
    for number, label in enumerate((labels - labels.mean(axis=0)).T):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the path ends early: its last point counts
            _, _, corners = lars_path(centred, label, method="lasso", max_iter=MOST_STEPS)
        found[:, number] = _at(corners.T, mus)
        reached = np.abs(corners[:, -1]).sum()
        if reached < max(mus):
            log.info(
                "class %d: the path ends at mu = %.3g, after %d steps", number, reached, corners.shape[1]
            )
    return found


def _at(corners: Floats, mus: Sequence[float]) -> Floats:
    """The points (mus, neurons) of a path (corners, neurons) where its L1 norm is mu."""
    norms = np.maximum.accumulate(np.abs(corners).sum(axis=1))
    after = np.clip(np.searchsorted(norms, mus), 1, len(norms) - 1)
    low, high = norms[after - 1], norms[after]
    share = np.clip((np.asarray(mus) - low) / np.maximum(high - low, 1e-12), 0, 1)[:, None]
    return np.asarray((1 - share) * corners[after - 1] + share * corners[after])
