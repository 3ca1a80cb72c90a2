"""A whole network's recipes: neurons x presets x seeds, at one size.

Neurons are written as a reader names them: ``mixed5`` (all of the layer), ``mixed5:66``, ``mixed5:0-99``,
``mixed5:3,66``, ``classes``. Without any, they are those of the network's stations and its classes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from image_machines.atlas.plan import plan_all
from image_machines.atlas.recipe import Recipe
from image_machines.network.layers import Layer
from image_machines.network.network import Network
from image_machines.vision.presets import fitting, preset
from image_machines.vision.settings import PAGE_OCTAVES

CLASSES = "classes"  # stands for the layer of classes
SIZE = 128  # pixels of an image's side


def recipes(
    network: Network,
    neurons: Sequence[str] = (),
    presets: Sequence[str] = (),
    seeds: Sequence[int] = (0,),
    size: int = SIZE,
    changes: Mapping[str, Any] | None = None,
) -> list[Recipe]:
    """Every recipe of the plan, layers in the network's order; the preset that suits it where none is named.

    Raises UnknownLayer for a layer, ValueError for anything else that cannot be, each with the choices.
    """
    wanted = chosen(network, neurons)
    planned = []
    for layer, numbers in wanted.items():
        for name in presets or [fitting(network)]:
            octave, sized = at_size(name, size)
            values = sized | dict(changes or {})
            planned += plan_all(network, layer, numbers, [octave], [name], seeds, values)
    return planned


def chosen(network: Network, neurons: Sequence[str] = ()) -> dict[str, list[int]]:
    """The neurons by their layer, layers in the network's order; each neuron once, in the order named."""
    found: dict[str, dict[int, None]] = {}
    for text in neurons or _stations(network):
        name, _, numbers = text.partition(":")
        layer = network.layer(_classes_layer(network) if name == CLASSES else name)
        found.setdefault(layer.name, {}).update(dict.fromkeys(_numbers(network, layer, numbers)))
    order = [layer.name for layer in network.layers.values()]
    return {layer: list(found[layer]) for layer in sorted(found, key=order.index)}


def at_size(preset_name: str, size: int) -> tuple[int, dict[str, int]]:
    """The page's octave and the change to a preset that make images of this size.

    Of a preset of ten octaves it is the smallest of them, which is as large as the image: smaller ones would
    not reach the deep layers.
    """
    settings = preset(preset_name)
    if settings.octaves != PAGE_OCTAVES:
        return PAGE_OCTAVES, {"final_size": size}
    return 1, {"final_size": math.ceil(size * settings.octave_scale ** (PAGE_OCTAVES - 1))}


def _stations(network: Network) -> list[str]:
    names = dict.fromkeys(layer.name for layer in network.landmarks)
    return list(names | ({network.classes_layer: None} if network.classes_layer else {}))


def _classes_layer(network: Network) -> str:
    if network.classes_layer is None:
        raise ValueError(f"{network.name} has no classes that are known; name a layer")
    return network.classes_layer


def _numbers(network: Network, layer: Layer, text: str) -> list[int]:
    """The neurons of a layer that ``text`` names: "66", "0-99", "3,66", a class, or "" for all."""
    if not text:
        return list(range(layer.width))
    numbers = []
    for part in text.split(","):
        span = re.fullmatch(r"(\d{1,9})-(\d{1,9})", part)
        if span is None:
            numbers.append(network.neuron(layer, part))
        else:
            first, last = (network.neuron(layer, each) for each in span.groups())
            numbers += range(first, last + 1)
    return numbers
