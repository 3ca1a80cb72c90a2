"""Concepts: directions of a layer that its positions are sums of, whichever channels carry them.

The positions of a layer's maps over a collection, (positions, C), are factorised into strengths
(positions, k) and concepts (k, C), neither of them negative (Lee and Seung 1999), so that a position is a sum
of concepts.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning

from image_machines.attribution.gradients import BATCH, IMAGES
from image_machines.attribution.targets import Target
from image_machines.network import gradient
from image_machines.network.forward import Reading, forward
from image_machines.network.network import Network
from image_machines.network.tensors import Function

Floats = NDArray[np.float32]
ROUNDS = 200  # of the factorisation
PER_PICTURE = 16  # positions of each picture that it learns from


@dataclass(frozen=True, eq=False)
class Concepts:
    """Concepts (k, C) of a layer, each of unit length."""

    layer: str
    directions: Floats
    factorisation: NMF

    def strengths(self, maps: Floats) -> Floats:
        """How strong each concept is at every position: maps (N, h, w, C) to (N, h, w, k), 0 or more."""
        with _far_enough():
            flat = self.factorisation.transform(np.ascontiguousarray(maps.reshape(-1, maps.shape[-1])))
        lengths = np.linalg.norm(self.factorisation.components_, axis=1)
        return np.asarray(flat * lengths, np.float32).reshape(*maps.shape[:3], -1)

    def without(self, maps: Floats, removed: Sequence[int]) -> Floats:
        """The maps less what some of the concepts add to each position; never below 0."""
        chosen = list(removed)
        return np.maximum(maps - self.strengths(maps)[..., chosen] @ self.directions[chosen], 0)

    def target(self, number: int) -> Target:
        """A concept where it is strongest, for a heatmap; its vector is one for `objectives.direction`."""
        return Target(self.layer, vector=tuple(float(value) for value in self.directions[number]))


def logits_from(network: Network, layer: str, maps: Floats, images: Floats) -> Floats:
    """The classes' logits (N, classes) where a layer's maps are replaced by these."""
    program, found = _onwards(network, network.find(layer).name), []
    for start in range(0, len(maps), BATCH):
        part = slice(start, start + BATCH)
        found.append(gradient.to_array(program(images[part], maps[part])))
    return np.concatenate(found)


def factorised(layer: str, maps: Floats, concepts: int, seed: int = 0) -> Concepts:
    """The concepts of a layer's maps (N, h, w, C); the seed draws positions and the beginning.

    Raises ValueError for maps with values below 0, which are no sums of parts.
    """
    if maps.min() < 0:
        raise ValueError(f"{layer} has values below 0 ({maps.min():.3g}); choose a layer after its rectifier")
    random = np.random.default_rng(seed)
    positions = maps.reshape(len(maps), -1, maps.shape[-1])
    drawn = [each[random.permutation(len(each))[:PER_PICTURE]] for each in positions]
    model = NMF(concepts, init="random", random_state=seed, max_iter=ROUNDS)
    with _far_enough():
        model.fit(np.concatenate(drawn))
    lengths = np.linalg.norm(model.components_, axis=1, keepdims=True)
    return Concepts(layer, (model.components_ / np.maximum(lengths, 1e-12)).astype(np.float32), model)


def stability(found: Sequence[Concepts]) -> float:
    """How alike the concepts of several seeds are, 0-1: the mean cosine of each with its best match."""
    cosines = [
        (first.directions @ second.directions.T).max(axis=1).mean()
        for first in found
        for second in found
        if first is not second
    ]
    return float(np.mean(cosines))


@contextmanager
def _far_enough() -> Iterator[None]:
    """Say nothing of rounds that end early: parts are settled long before the last digits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


@lru_cache(maxsize=4)
def _onwards(network: Network, layer: str) -> Function:
    read = forward(network, (Reading(layer, raw=False), Reading(network.output_layer)))
    return gradient.compiled(
        lambda images, maps: read(images, {layer: lambda _: maps})[1], (IMAGES, [None, None, None, None])
    )
