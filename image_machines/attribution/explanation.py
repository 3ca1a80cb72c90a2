"""Explanation: why a network calls a picture what it does, by the features that the class goes by.

The features are sorted by weight x response; the heat of each is that of its strongest position. Source:
Oramas, Wang and Tuytelaars 2019, "Visual explanation by interpretation", section on explanations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from keras import ops
from scipy.special import softmax

from image_machines.attribution import removal
from image_machines.attribution.features import Feature, Relevance
from image_machines.attribution.gradients import IMAGES
from image_machines.attribution.heatmaps import USUAL, Heat, heatmaps, shown
from image_machines.images import Picture
from image_machines.network import gradient
from image_machines.network.forward import Reading, forward
from image_machines.network.network import Network
from image_machines.network.tensors import Function, Tensor


@dataclass(frozen=True, eq=False)
class Support:
    """A feature that speaks for the class in this picture.

    ``contribution``: weight x response, the response 0-1 of its layer's length; ``heat`` (H, W), 0-1.
    """

    feature: Feature
    contribution: float
    heat: Heat


@dataclass(frozen=True, eq=False)
class Explanation:
    """What the network says of a picture, how sure it is, and the features that speak for it."""

    name: str
    probability: float
    supports: tuple[Support, ...]

    def heat(self, shape: tuple[int, int]) -> Heat:
        """The heat of all supports (H, W), 0-1, each by what it adds; all 0 where there is none."""
        total = sum((each.contribution * each.heat for each in self.supports), np.zeros(shape, np.float32))
        return np.asarray(total / max(float(total.max()), 1e-12), np.float32)


def explain(
    network: Network,
    picture: Picture,
    relevance: Relevance,
    features: int = 5,
    method: str = USUAL,
    name: str | None = None,
) -> Explanation:
    """Explain what a network says of a picture (H, W, 3), 0-255, by so many features at most.

    ``name`` is that of another class, whose features are to be found in the picture.
    """
    layers = tuple(dict.fromkeys(layer for layer, _ in relevance.neurons))
    image = shown(network, picture)[None]
    norms, logits = _responses(network, layers)(image)
    response = dict(zip(relevance.neurons, np.concatenate([_unit(each) for each in norms]), strict=True))
    probabilities = softmax(gradient.to_array(logits)[0].astype(np.float64))
    name = name if name is not None else relevance.classes[int(probabilities.argmax())]
    found = [(each, each.weight * response[each.layer, each.neuron]) for each in relevance.of(name)]
    chosen = [pair for pair in sorted(found, key=lambda pair: -pair[1])[:features] if pair[1] > 0]
    heats = heatmaps(network, [picture] * len(chosen), [each.target for each, _ in chosen], method)
    supports = [
        Support(feature, float(contribution), heat)
        for (feature, contribution), heat in zip(chosen, heats, strict=True)
    ]
    probability = float(probabilities[relevance.classes.index(name)])
    return Explanation(name, probability, tuple(supports))


def without(network: Network, picture: Picture, features: Sequence[Feature]) -> dict[str, float]:
    """Each class's probability when these features are silent."""
    maps = [layer.name for layer in network.stations]
    layers = tuple(dict.fromkeys([*maps, *(feature.layer for feature in features)]))  # alike: one program
    silenced = [[(feature.layer, feature.neuron) for feature in features]]
    logits = removal.logits(network, shown(network, picture)[None], layers, silenced)[0]
    probabilities = softmax(logits.astype(np.float64))
    return {name: float(value) for name, value in zip(network.unit_classes, probabilities, strict=True)}


@lru_cache(maxsize=4)
def _responses(network: Network, layers: tuple[str, ...]) -> Function:
    """From images to the L2 norm (N, C) of every channel of the layers, and the classes' logits."""
    readings = tuple(Reading(layer, raw=False) for layer in layers) + (Reading(network.output_layer),)
    read = forward(network, readings)

    def run(images: Tensor) -> tuple[list[Tensor], Tensor]:
        *maps, logits = read(images)
        return [_norm(each) for each in maps], logits

    return gradient.compiled(run, (IMAGES,))


def _norm(read: Tensor) -> Tensor:
    return ops.abs(read) if len(read.shape) == 2 else ops.sqrt(ops.sum(ops.square(read), axis=(1, 2)))


def _unit(norms: Tensor) -> np.ndarray:
    values = gradient.to_array(norms)[0].astype(np.float64)
    return values / max(float(np.linalg.norm(values)), 1e-12)
