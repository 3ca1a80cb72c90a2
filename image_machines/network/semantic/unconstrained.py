"""The unconstrained baseline: a base with one linear score, which may use whatever it sees."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from image_machines.network.network import Network
from image_machines.network.semantic.head import map_side


def add_score(
    base: Network, size: int, means: Sequence[float] = (0.0,), seed: int = 0, places: int = 0
) -> Network:
    """The unconstrained baseline: linear scores of the last map's averages, that begin at their means.

    With ``places`` it may use where things are: linear scores of so many maps, each place with its weight.
    """
    tensor, side = base.graph.outputs[0], 1
    if places:
        side = map_side(base, tensor, size)
        drawn = keras.initializers.HeUniform(seed=seed)
        tensor = keras.layers.Conv2D(
            places, 1, activation="relu", kernel_initializer=drawn, name="unnamed_maps"
        )(tensor)
    else:
        tensor = keras.layers.GlobalAveragePooling2D(keepdims=True, name="pooling")(tensor)
    scores = [
        keras.layers.Conv2D(
            1,
            side,
            kernel_initializer=keras.initializers.GlorotUniform(seed=seed + place),
            bias_initializer=keras.initializers.Constant(mean),
            name=f"score{place or ''}",
        )(tensor)
        for place, mean in enumerate(means)
    ]
    joined = keras.layers.Concatenate(name="joined")(scores) if len(scores) > 1 else scores[0]
    output = keras.layers.Reshape((len(means),), name="scores")(joined)
    return base.with_graph(
        keras.Model(base.graph.inputs[0], output, name=base.graph.name), classes=(), size=size
    )
