"""The network: the one object that travels, a Keras graph with all that is needed to use it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import keras

from image_machines.names import nearest, unknown
from image_machines.network import blocks, layers, outputs
from image_machines.network.blocks import Position
from image_machines.network.graph import operation
from image_machines.network.identity import fingerprint
from image_machines.network.layers import DEFAULT_SIZE, Layer, UnknownLayer, check_neuron
from image_machines.network.outputs import Answer
from image_machines.network.pixels import PixelRange


@dataclass(frozen=True, eq=False)
class Network:
    """A Keras graph with all that is needed to show it a picture and to name what it answers.

    ``graph`` is a flat functional model with input (N, H, W, C), H and W free where the architecture allows.
    ``classes`` are the names of the outputs in order, () when unknown. ``size`` is the side in pixels of the
    pictures it was trained on. ``source`` says where the weights came from, ``opened_from`` the file or name
    that opens it again. ``fingerprint`` is what it is known by; see `identity.fingerprint`.
    """

    name: str
    graph: keras.Model
    pixels: PixelRange
    classes: tuple[str, ...]
    fingerprint: str
    source: str
    size: int = DEFAULT_SIZE
    architecture: str = ""
    opened_from: str = ""

    def with_graph(self, graph: keras.Model, **changes: Any) -> Network:
        """The same network around another graph, its fingerprint taken anew."""
        found = replace(self, graph=graph, **changes)
        return replace(found, fingerprint=fingerprint(graph, found.pixels, found.architecture))

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """By name without case, in the order of the computation."""
        return {layer.name.casefold(): layer for layer in layers.described(self.graph)}

    @cached_property
    def landmarks(self) -> list[Layer]:
        """The stations of the network: layers that every path leads through, the last one of each stretch."""
        return layers.landmarks(self.graph, self.layers)

    @cached_property
    def positions(self) -> dict[str, Position]:
        """Where every layer stands: its block, its branch, what it takes."""
        return blocks.positions(self.graph, {layer.name for layer in self.landmarks})

    @property
    def stations(self) -> list[Layer]:
        """The landmarks that are maps, whose channels are features of places."""
        return [layer for layer in self.landmarks if layer.map_size is not None]

    @cached_property
    def costs(self) -> dict[str, float]:
        """Multiplications per pixel of the input from there to each layer."""
        return layers.costs(self.graph, self.layers.values())

    @cached_property
    def classes_layer(self) -> str | None:
        """The layer whose units are the classes, when these have names."""
        return self.output_layer if len(self.classes) == len(self.unit_classes) > 0 else None

    @cached_property
    def output_layer(self) -> str:
        """The layer or operation that gives the network's output, whatever that is."""
        return str(outputs.last(self.graph).name)

    @cached_property
    def answer(self) -> Answer | None:
        """What the output says of a picture, None where no probabilities of classes can be made of it."""
        return outputs.answer(self.graph)

    def gives_classes(self, layer: Layer) -> bool:
        """Whether a layer's units are the output's, and these are classes, with or without names."""
        return layer.name == self.output_layer and self.answer is not None

    @property
    def unit_classes(self) -> tuple[str, ...]:
        """The class that each unit of the output stands for; one unit alone is for the second of two."""
        shape = tuple(self.graph.outputs[0].shape[1:])
        if shape == (len(self.classes),):
            return self.classes
        return self.classes[1:] if shape == (1,) and len(self.classes) == 2 else ()

    def find(self, name: str) -> Layer:
        """The layer of that name, in any case of letters; raises UnknownLayer with the nearest names."""
        if found := self.layers.get(name.casefold()):
            return found
        names = [layer.name for layer in self.layers.values() if layer.visualizable]
        raise UnknownLayer(unknown("layer", name, names, f"layers of {self.name}"))

    def layer(self, name: str) -> Layer:
        """The layer of that name in any case of letters, if it has neurons; raises UnknownLayer otherwise."""
        layer = self.find(name)
        if not layer.visualizable:
            raise UnknownLayer(f"{layer.name} in {self.name} has no neurons of its own; choose another layer")
        return layer

    def output(self, layer: str) -> keras.KerasTensor:
        """The result of a layer or operation in the graph, as a symbolic tensor."""
        return operation(self.graph, layer).output

    def neuron(self, layer: Layer, neuron: int | str) -> int:
        """The number of a neuron: a number, its digits, or a class's name in the layer of classes."""
        classes = self.unit_classes if layer.name == self.output_layer else ()
        by_name = {name.casefold(): number for number, name in enumerate(classes)}
        if isinstance(neuron, str) and neuron.casefold() in by_name:
            return by_name[neuron.casefold()]
        if isinstance(neuron, str) and neuron.isascii() and neuron.isdecimal() and len(neuron) < 10:
            neuron = int(neuron)
        if isinstance(neuron, str):
            known = f"; classes: {', '.join(classes)}" if classes else ""
            hint = nearest(neuron, classes)
            raise ValueError(
                f"{layer.name} has no neuron {neuron!r}{hint}; its numbers are 0-{layer.width - 1}{known}"
            )
        return check_neuron(layer, neuron)

    def class_name(self, layer: Layer, neuron: int) -> str | None:
        """The name of the class that a neuron stands for, None for any other neuron."""
        named = layer.name == self.output_layer and neuron < len(self.unit_classes)
        return self.unit_classes[neuron] if named else None
