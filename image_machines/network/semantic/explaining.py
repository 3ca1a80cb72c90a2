"""Explaining: where a network sees each attribute, and what each counts there; the sum is the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from image_machines.names import unknown
from image_machines.network.network import Network
from image_machines.network.semantic.head import SemanticNetwork
from image_machines.network.semantic.variants import variant

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Explained:
    """How pictures get one score: ``score`` (N,) is ``bias`` plus the sum of ``contributions`` (N, m, m, A).

    ``maps`` (N, m, m, A) is where each attribute is, ``presence`` (N, A) how surely it is there at all.
    """

    attributes: tuple[str, ...]
    maps: Numbers
    presence: Numbers
    contributions: Numbers
    score: Numbers
    bias: float

    @property
    def totals(self) -> Numbers:
        """What each attribute counts in each picture, (N, A)."""
        return np.asarray(self.contributions.sum(axis=(1, 2)))

    def most(self, picture: int, count: int = 8) -> list[int]:
        """The attributes that count most in one picture, whichever way, the first one the most."""
        return [int(each) for each in np.argsort(-np.abs(self.totals[picture]), kind="stable")[:count]]

    def without(self, attribute: str, where: NDArray[Any] | None = None) -> Numbers:
        """The scores (N,) with an attribute switched off, everywhere or only ``where`` ((m, m), 0 to 1)."""
        if attribute not in self.attributes:
            raise ValueError(unknown("attribute", attribute, self.attributes))
        own = self.contributions[..., self.attributes.index(attribute)]
        share = np.ones(own.shape[1:]) if where is None else np.asarray(where, np.float64)
        if share.shape != own.shape[1:]:
            raise ValueError(f"the part must be {own.shape[1]} x {own.shape[2]} cells, not {share.shape}")
        return np.asarray(self.score - (own * share).sum(axis=(1, 2)))


def templates(semantic: SemanticNetwork, score: str = "") -> Numbers:
    """What an attribute at a place adds to a score for each unit of its map, (m, m, A).

    It is the linear weight times the joined templates; without ``score`` that of the first.
    """
    score = _known(semantic, score)
    joined = sum(
        factor * _kernel(semantic.network, f"{score}_{way}") * _weights(semantic, f"{score}_{way}_weight")
        for way, factor in (("raises", 1), ("lowers", 1 if variant(semantic.variant).joined else -1))
    )
    return np.asarray(joined * _kernel(semantic.network, score)[:, 0])


def explain(
    semantic: SemanticNetwork, inputs: NDArray[Any], score: str = "", start: str = "", batch_size: int = 32
) -> Explained:
    """Explain a score of what the network is given: its pixels, or the maps of the layer ``start``."""
    score = _known(semantic, score)
    maps, presence, scores = read(semantic, inputs, start, batch_size)
    bias = float(semantic.network.graph.get_layer(score).get_weights()[1][0])
    return Explained(
        semantic.attributes,
        maps,
        presence,
        maps * templates(semantic, score),
        scores[:, semantic.scores.index(score)],
        bias,
    )


def read(
    semantic: SemanticNetwork, inputs: NDArray[Any], start: str = "", batch_size: int = 32
) -> tuple[Numbers, Numbers, Numbers]:
    """Maps (N, m, m, A), presences (N, A) and scores (N, S) of what the network is given."""
    network = semantic.network
    begin = network.output(start) if start else network.graph.inputs[0]
    reader = keras.Model(begin, [network.output(semantic.maps), *network.graph.outputs])
    parts: list[Sequence[Any]] = [
        reader.predict_on_batch(np.asarray(inputs[first : first + batch_size], np.float32))
        for first in range(0, len(inputs), batch_size)
    ]
    maps, presence, scores = (
        np.concatenate([np.asarray(part[place], np.float64) for part in parts]) for place in range(3)
    )
    return maps, presence, scores


def _known(semantic: SemanticNetwork, score: str) -> str:
    if score and score not in semantic.scores:
        raise ValueError(unknown("score", score, semantic.scores))
    return score or semantic.scores[0]


def _kernel(network: Network, layer: str) -> Numbers:
    """A layer's kernel, without the last axis where that is a depthwise kernel's."""
    kernel = np.asarray(network.graph.get_layer(layer).get_weights()[0], np.float64)
    return kernel[..., 0] if kernel.ndim == 4 else kernel


def _weights(semantic: SemanticNetwork, layer: str) -> Numbers | float:
    """The joining weights (A,) of one of the two templates; 1 where they are not learned."""
    return _kernel(semantic.network, layer)[0, 0] if variant(semantic.variant).joined else 1.0
