"""Lessons: what the networks of the study are taught, and each network as its training leaves it.

A base that is frozen up to ``start`` gives the same maps in every epoch; they are computed once, so that many
epochs cost little. A training that was broken off goes on; a first stage that two networks share is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from image_machines.network import models
from image_machines.network.network import Network
from image_machines.network.semantic import explaining, feeding, training, unconstrained
from image_machines.network.semantic.feeding import Features, Taught
from image_machines.network.semantic.head import SemanticNetwork, add_semantic_head
from image_machines.network.semantic.training import SemanticTraining
from image_machines.network.semantic.variants import variant
from studies.semantic_maps import laying

BORDER = 1  # cells
AT_ONCE = 64  # pictures that are judged in one batch
PLACES = 32  # maps of the baseline that may use places


log = logging.getLogger("image_machines.studies")


@dataclass(frozen=True, eq=False)
class Lessons:
    """Labels of some pictures and scores of others, as maps of the frozen layer ``start`` of a base.

    ``base`` makes it for a seed; what it has after ``start`` learns. ``spread`` is the variance of a score,
    which the published code's variant predicts as well.
    """

    base: Callable[[int], Network]
    start: str
    size: int
    names: tuple[str, ...]
    attributes: Taught
    scores: Taught
    spread: float
    folder: Path

    @property
    def mean(self) -> float:
        """The mean of the scores, where every network begins."""
        return float(self.scores.targets.mean())


def built(base: str, layer: str) -> Network:
    """A base with its ImageNet weights, up to one of its layers."""
    network = models.build(base)
    return network.with_graph(
        keras.Model(network.graph.inputs, network.output(layer), name=network.graph.name)
    )


def settings(epochs: int, seed: int, joint: bool = True) -> SemanticTraining:
    """How every network of the study is trained."""
    return SemanticTraining(
        attribute_epochs=epochs,
        joint_epochs=epochs,
        batch_size=32,
        learning_rate=0.001,
        decay="cosine",
        seed=seed,
        joint=joint,
    )


def semantic(lessons: Lessons, chosen: SemanticTraining, name: str = "paper") -> SemanticNetwork:
    """A semantic network as its training leaves it; ``name`` is that of a variant.

    First the attributes, then both, unless ``chosen`` is without joint fine-tuning; last, which the paper
    does not have, the templates are laid anew on maps that stay as they are, see `laying`.
    """
    scores = lessons.scores
    if len(variant(name).scores) == 2:
        spread = np.full_like(scores.targets, lessons.spread)
        scores = Taught(scores.inputs, np.concatenate([scores.targets, spread], axis=1))
    network = add_semantic_head(
        lessons.base(chosen.seed),
        lessons.names,
        lessons.size,
        name,
        BORDER,
        [float(each) for each in scores.targets.mean(axis=0)],
        seed=chosen.seed,
    )
    data = lessons.attributes, scores, lessons.folder
    training.train(network, replace(chosen, joint_epochs=0, joint=True), *data, lessons.start)
    network = _renewed(network)
    if chosen.joint:
        training.train(network, replace(chosen, attribute_epochs=0), *data, lessons.start)
        network = _renewed(network)
    maps = explaining.read(network, _all(scores.inputs), lessons.start, AT_ONCE)[0]
    penalty = laying.lay(network, maps, scores.targets[:, 0])
    log.info("%s: templates laid with penalty %g", name, penalty)
    return network


def _renewed(network: SemanticNetwork) -> SemanticNetwork:
    """The same network under the fingerprint of what it has learned."""
    return replace(network, network=network.network.with_graph(network.network.graph))


def baseline(lessons: Lessons, chosen: SemanticTraining, places: bool = False) -> Network:
    """An unconstrained baseline as its training leaves it; with ``places`` one that may use where things are.

    It learns scores for as many epochs as the others learn attributes and scores. The paper's averages the
    last maps, and so cannot tell left from right except by what a picture's edges leave in them.
    """
    network = unconstrained.add_score(
        lessons.base(chosen.seed),
        lessons.size,
        (lessons.mean,),
        chosen.seed,
        PLACES if places else 0,
    )
    longer = replace(chosen, joint_epochs=chosen.attribute_epochs + chosen.joint_epochs)
    training.train_unconstrained(network, longer, lessons.scores, lessons.folder, lessons.start)
    return network


def answers(network: Network, inputs: NDArray[Any], start: str) -> NDArray[np.float64]:
    """What a baseline says (N,) of the maps of the layer ``start``."""
    reader = keras.Model(network.output(start), network.graph.outputs[0])
    said = [
        np.asarray(reader.predict_on_batch(np.asarray(inputs[first : first + AT_ONCE], np.float32)))
        for first in range(0, len(inputs), AT_ONCE)
    ]
    return np.concatenate(said)[:, 0].astype(np.float64)


def _all(inputs: feeding.Inputs) -> NDArray[Any]:
    """The maps themselves."""
    return inputs.values if isinstance(inputs, Features) else inputs.batch(np.arange(len(inputs)), 0)
