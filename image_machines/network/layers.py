"""Layers: what each is called, how wide it is and what it sees; which are stations; what each costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import keras
import numpy as np

from image_machines.network import receptive
from image_machines.network.blocks import meetings
from image_machines.network.graph import in_order, output_shape, sources
from image_machines.network.outputs import answer
from image_machines.network.receptive import Fields
from image_machines.network.tensors import Operation

DEFAULT_SIZE = 299  # the paper's input, in pixels; map sizes are told for it


class UnknownLayer(ValueError):
    """A layer that the network does not have."""


@dataclass(frozen=True)
class Layer:
    """A layer, and what it sees.

    ``width``: channels of a map, or units. ``map_size``: side of its map at 299 px, or at the network's
    fixed input size. ``stride`` and ``receptive_field``: pixels of the input between neighbouring positions,
    and seen by one position. ``centre``: pixel on which the first position is centred. All four are None for
    a layer without a map, such as a dense one. ``visualizable``: an image can be optimised for its neurons.
    """

    name: str
    kind: str
    width: int
    map_size: int | None
    stride: int | None
    receptive_field: int | None
    centre: float | None
    visualizable: bool


SIDE_ROLES = (  # they move or disturb what others compute, so none has neurons of its own
    "InputLayer",
    "Dropout",
    "SpatialDropout",
    "Gaussian",
    "AlphaDropout",
    "Flatten",
    "Reshape",
    "Permute",
    "Rescaling",
    "Normalization",
    "ZeroPadding",
    "Cropping",
    "Resizing",
    "CenterCrop",
    "Random",
)


def described(graph: keras.Model) -> list[Layer]:
    """Every layer and bare operation of a graph in the order of the computation, with what it sees."""
    height, width = graph.inputs[0].shape[1:3]
    sizes = int(height or DEFAULT_SIZE), int(width or DEFAULT_SIZE)
    fields: dict[int, Fields | None] = {}
    learned: set[int] = set()
    said = answer(graph)
    found = []
    for operation in in_order(graph):
        before = sources(operation)
        fields[id(operation)] = receptive.field(operation, [fields.get(id(each)) for each in before], sizes)
        weighs = bool(getattr(operation, "weights", ())) and not is_side(operation)
        if weighs or any(id(each) in learned for each in before):
            learned.add(id(operation))
        tells = not is_side(operation) or (said is not None and operation.name == said.layer)
        found.append(_describe(operation, fields[id(operation)], tells and id(operation) in learned))
    return found


def landmarks(graph: keras.Model, layers: Mapping[str, Layer]) -> list[Layer]:
    """The stations of a graph: layers that every path leads through, the last one of each stretch."""
    order = list(in_order(graph))
    stations: dict[int, Layer] = {}
    for index, (operation, meets) in enumerate(zip(order, meetings(order), strict=True)):
        layer = layers.get(operation.name.casefold())
        if meets and layer is not None and layer.visualizable and "Pool" not in layer.kind:
            before = stations.get(index - 1)
            if before is not None and (before.stride, before.width) == (layer.stride, layer.width):
                del stations[index - 1]
            stations[index] = layer
    return list(stations.values())


def costs(graph: keras.Model, layers: Iterable[Layer]) -> dict[str, float]:
    """Multiplications per pixel of the input from there to each layer."""
    weights = {operation.name: getattr(operation, "weights", ()) for operation in graph.operations}
    total, found = 0.0, {}
    for layer in layers:
        kernels = [weight for weight in weights[layer.name] if len(weight.shape) >= 2]
        total += sum(float(np.prod(kernel.shape)) for kernel in kernels) / (layer.stride or 300) ** 2
        found[layer.name] = total
    return found


def check_neuron(layer: Layer, neuron: int) -> int:
    """The neuron's number, if the layer has it; raises ValueError that names the range."""
    if isinstance(neuron, bool) or not isinstance(neuron, int | np.integer):
        raise ValueError(f"a neuron is a whole number, not {neuron!r}")
    if not 0 <= neuron < layer.width:
        raise ValueError(f"{layer.name} has neurons 0-{layer.width - 1}, not {neuron}")
    return int(neuron)


def is_side(layer: Operation) -> bool:
    """Whether a layer only moves or disturbs what others compute."""
    return type(layer).__name__.startswith(SIDE_ROLES)


def _describe(layer: Operation, fields: Fields | None, tells: bool) -> Layer:
    shape = output_shape(layer)
    spatial = fields is not None and len(shape) == 4
    width = int(shape[-1] or 0) if shape else 0
    visualizable = tells and len(shape) in (2, 4) and width > 0
    if not spatial:
        return Layer(layer.name, type(layer).__name__, width, None, None, None, None, visualizable)
    widest = max(fields or (), key=lambda axis: axis.field)
    return Layer(
        name=layer.name,
        kind=type(layer).__name__,
        width=width,
        map_size=max(widest.size, 0),
        stride=round(widest.stride),
        receptive_field=round(widest.field),
        centre=float(widest.first),
        visualizable=visualizable,
    )
