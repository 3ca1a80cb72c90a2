"""The head: attribute maps, their presence, two non-negative templates each, a linear score.

All of it is made of Keras's own layers, so that such a network is saved, loaded and looked into as any other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from keras import layers

from image_machines.network import models
from image_machines.network.network import Network
from image_machines.network.semantic.variants import Variant, variant
from image_machines.network.tensors import Tensor

MAPS, PRESENCE = "attribute_maps", "attributes"  # names of layers


@dataclass(frozen=True, eq=False)
class SemanticNetwork:
    """A network with a semantic head; its graph gives (N, A) presences and (N, S) scores.

    ``border`` is how many cells of the maps count for nothing on every side, ``maps`` the name of the layer
    whose maps (N, m, m, A) the templates are laid on.
    """

    network: Network
    attributes: tuple[str, ...]
    variant: str
    border: int

    @property
    def scores(self) -> tuple[str, ...]:
        """The names of what is predicted."""
        return variant(self.variant).scores

    @property
    def maps(self) -> str:
        """The layer that gives the maps which the templates are laid on."""
        return "centre" if variant(self.variant).cropped else "border"

    def card(self) -> dict[str, Any]:
        """What a file needs to be opened as a semantic network again."""
        return {
            "semantic": {
                "attributes": list(self.attributes),
                "variant": self.variant,
                "border": self.border,
            }
        }


def add_semantic_head(
    base: Network,
    attributes: Sequence[str],
    size: int,
    name: str = "paper",
    border: int = 2,
    means: Sequence[float] = (),
    layer: str = "",
    seed: int = 0,
) -> SemanticNetwork:
    """Put a semantic head on the last map of ``base``, or on that of ``layer``, for pictures of ``size``.

    ``name`` is that of a variant. ``means`` are the scores' means in training, where the score begins.
    ``seed`` draws the kernel of the attribute maps; all else starts from constants. Raises ValueError where
    fewer than two attributes are named, one of them twice, or the border leaves nothing of the maps.
    """
    chosen = variant(name)
    _check_attributes(attributes)
    tensor = base.output(base.find(layer).name) if layer else base.graph.outputs[0]
    side = map_side(base, tensor, size)
    if side - 2 * border < 1:
        raise ValueError(
            f"a border of {border} leaves nothing of maps of {side} x {side} ({size} px in {base.name})"
        )
    drawn = keras.initializers.GlorotUniform(seed=seed)
    maps = layers.Conv2D(
        len(attributes),
        1,
        activation="relu" if chosen.rectified else None,
        kernel_initializer=drawn,
        name=MAPS,
    )(tensor)
    maps = layers.Cropping2D(border, name="centre")(maps)
    if not chosen.cropped:
        maps = layers.ZeroPadding2D(border, name="border")(maps)
    average = layers.GlobalAveragePooling2D(name="pooling")(maps)
    presence = layers.Activation(chosen.presence, name=PRESENCE)(average)
    seen = side - 2 * border if chosen.cropped else side
    given = list(means) or [0.0] * len(chosen.scores)
    scores = [
        _score(maps, score, mean, seen, len(attributes), chosen)
        for score, mean in zip(chosen.scores, given, strict=True)
    ]
    outputs = [presence, layers.Concatenate(name="scores")(scores) if len(scores) > 1 else scores[0]]
    graph = keras.Model(base.graph.inputs[0], outputs, name=base.graph.name)
    network = base.with_graph(graph, classes=(), size=size)
    return SemanticNetwork(network, tuple(attributes), name, border)


def map_side(base: Network, tensor: Tensor, size: int) -> int:
    """How many cells a side a symbolic map has for pictures of ``size`` pixels."""
    body = keras.Model(base.graph.inputs[0], tensor)
    channels = base.graph.inputs[0].shape[-1]
    return int(body(keras.KerasTensor((1, size, size, channels))).shape[1])


def _score(maps: Tensor, name: str, mean: float, side: int, attributes: int, chosen: Variant) -> Tensor:
    """One linear score (N, 1) of the maps (N, side, side, attributes), by two templates for each of them."""
    effects = [
        _templates(maps, f"{name}_{way}", side, chosen, factor)
        for way, factor in (("raises", 0.5), ("lowers", -0.5))
    ]
    joined = (layers.Add if chosen.joined else layers.Subtract)(name=f"{name}_effects")(effects)
    # A picture of another size than the head was built for leaves more than one number here: an error.
    flat = layers.Reshape((attributes,), name=f"{name}_flat")(joined)
    weight = 1 if chosen.weight == "one" else 1 / attributes
    return layers.Dense(
        1,
        kernel_initializer=keras.initializers.Constant(weight),
        bias_initializer=keras.initializers.Constant(mean),
        name=name,
    )(flat)


def _templates(maps: Tensor, name: str, side: int, chosen: Variant, factor: float) -> Tensor:
    """Each map times its own non-negative template, summed over all places: (N, 1, 1, attributes)."""
    tensor = layers.DepthwiseConv2D(
        side,
        use_bias=False,
        activation="relu" if chosen.rectified else None,
        depthwise_initializer=keras.initializers.Constant(chosen.template),
        depthwise_constraint="non_neg",
        name=name,
    )(maps)
    if chosen.joined:
        tensor = layers.DepthwiseConv2D(
            1,
            use_bias=False,
            depthwise_initializer=keras.initializers.Constant(factor),
            name=f"{name}_weight",
        )(tensor)
    return tensor


def _check_attributes(attributes: Sequence[str]) -> None:
    twice = {each for each in attributes if list(attributes).count(each) > 1}
    if twice:
        raise ValueError(f"attribute {sorted(twice)[0]!r} is named twice")
    if len(attributes) < 2:
        raise ValueError(f"a semantic head needs at least two attributes, not {list(attributes)}")


def save(semantic: SemanticNetwork, path: str | Path, card: Mapping[str, Any] | None = None) -> Path:
    """Write the network as any other, with what its head means in its card."""
    network = semantic.network.with_graph(semantic.network.graph)  # it may have learned since it was built
    return models.save(network, path, semantic.card() | dict(card or {}))


def load(path: str | Path) -> SemanticNetwork:
    """Open what `save` wrote; raises ValueError for a network whose card tells of no semantic head."""
    told = models.read_card(path).get("semantic")
    if not told:
        raise ValueError(f"{Path(path).name} has no semantic head: its card says nothing of attributes")
    return SemanticNetwork(
        models.load(path), tuple(told["attributes"]), str(told["variant"]), int(told["border"])
    )


def described(semantic: SemanticNetwork) -> str:
    """The head's setting as text that is the same for the same head, for names of files."""
    return json.dumps(semantic.card(), sort_keys=True)
