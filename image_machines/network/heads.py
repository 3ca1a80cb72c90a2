"""Heads: a classifier on top of a network, and which of the layers below it learn."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from image_machines.network.graph import ancestors, operation
from image_machines.network.network import Network


def add_head(base: Network, classes: Sequence[str], dense: int = 1024, seed: int = 0) -> Network:
    """Put a classifier on the last map of ``base``: average pooling, a ReLU layer, a softmax ``predictions``.

    The graph stays flat: the head's layers stand beside those of the base. ``seed`` draws the new weights.
    """
    if len(classes) < 2:
        raise ValueError(f"a classifier needs at least two classes, not {list(classes)}")
    drawn = [keras.initializers.GlorotUniform(seed=seed + place) for place in (1, 2)]
    tensor = keras.layers.GlobalAveragePooling2D(name="pooling")(base.graph.outputs[0])
    if dense:
        tensor = keras.layers.Dense(dense, activation="relu", kernel_initializer=drawn[0], name="dense")(
            tensor
        )
    tensor = keras.layers.Dense(
        len(classes), activation="softmax", kernel_initializer=drawn[1], name="predictions"
    )(tensor)
    model = keras.Model(base.graph.inputs[0], tensor, name=base.graph.name)
    return base.with_graph(model, classes=tuple(classes))


def freeze(network: Network, layer: str) -> list[str]:
    """Freeze a layer and all that it depends on; "" freezes nothing. Returns the names of what still learns.

    A frozen batch norm uses its stored statistics. One that learns normalises by the batch at hand and moves
    its stored statistics by a hundredth per step, so in the first hundred steps validation, which uses these,
    lags behind training. Holding the statistics of all norms instead makes small collections worse: without
    them the steps of SGD diverge at the learning rates that a few hundred steps need.
    """
    for each in network.graph.layers:
        each.trainable = True
    if layer:
        found = operation(network.graph, network.find(layer).name)
        for each in ancestors(found):
            each.trainable = False
    return [each.name for each in network.graph.layers if each.trainable_weights]
