"""Graphs: what stands where in a Keras model, whatever its layers are.

The only module that touches what Keras keeps to itself: which operation takes which results, and in which
order they are computed. An *operation* is a layer or a bare operation such as ``x / 127.5``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import keras

from image_machines.network.tensors import Node, Operation


def sources(operation: Operation) -> list[Operation]:
    """The operations whose results this one takes."""
    nodes = operation._inbound_nodes
    return [parent.operation for parent in nodes[0].parent_nodes] if nodes else []


def has_kernel(operation: Operation) -> bool:
    """Whether a layer multiplies what it takes by weights that were learned."""
    return any(getattr(operation, name, None) is not None for name in ("kernel", "depthwise_kernel"))


def arguments(operation: Operation) -> list[Any]:
    """What this operation is called with first: symbolic tensors, numbers, arrays."""
    found = operation._inbound_nodes[0].arguments
    return [*found.args, *found.kwargs.values()]


def takers(operation: Operation) -> list[Any]:
    """The operations that take this one's result."""
    return [node.operation for node in operation._outbound_nodes]


def nodes(graph: keras.Model | keras.Function) -> list[Node]:
    """The calls that a graph (a `keras.Model` or `keras.Function`) consists of, each after its sources.

    A node has ``operation``, ``arguments``, ``input_tensors`` and ``outputs``.
    """
    by_depth = graph._nodes_by_depth
    ordered = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
    return [node for node in ordered if node.operation and not node.is_input]


def operation(graph: keras.Model, name: str) -> Operation:
    """The layer or bare operation of that very name; raises ValueError when there is none."""
    for each in graph.operations:
        if each.name == name:
            return each
    raise ValueError(f"no layer {name!r} in {graph.name}")


def plain_graph(model: keras.Model) -> keras.Model | None:
    """A model as a functional graph: a Sequential is one inside; None for a model that is only code."""
    if isinstance(model, keras.Sequential):
        return model._functional
    return model if hasattr(model, "_nodes_by_depth") else None


def inner_layers(layer: keras.Layer) -> list[keras.Layer]:
    """The layer and all those inside it."""
    return list(layer._flatten_layers(include_self=True, recursive=True))


def producer(tensor: keras.KerasTensor) -> Operation:
    """The layer or bare operation whose result a symbolic tensor is."""
    return tensor._keras_history.operation


def takes_training(operation: Operation) -> bool:
    """Whether a layer's call tells training from inference."""
    return bool(operation._call_has_training_arg)


def in_order(graph: keras.Model) -> Iterator[Operation]:
    """Layers and bare operations of the graph, each after its sources."""
    done: set[int] = set()
    for operation in graph.operations:
        stack = [operation]
        while stack:
            current = stack[-1]
            waiting = [source for source in sources(current) if id(source) not in done]
            if id(current) in done or not waiting:
                stack.pop()
                if id(current) not in done:
                    done.add(id(current))
                    yield current
            else:
                stack.extend(waiting)


def ancestors(layer: keras.Layer) -> list[keras.Layer]:
    """The layer and all those that it depends on."""
    found: dict[int, Operation] = {}
    stack = [layer]
    while stack:
        current = stack.pop()
        if id(current) not in found:
            found[id(current)] = current
            stack.extend(sources(current))
    return [each for each in found.values() if isinstance(each, keras.Layer)]


def output_shape(layer: Operation) -> tuple[int | None, ...]:
    """The shape of the layer's first output, () when it has several or none."""
    try:
        output = layer.output
    except (AttributeError, ValueError):
        return ()
    return tuple(output.shape) if hasattr(output, "shape") else ()


def stable_names(graph: keras.Model) -> keras.Model:
    """Number the layers that Keras named by counting (conv2d_94, …) from the first one of this graph."""
    counted: dict[str, list[tuple[int, keras.Layer]]] = {}
    for layer in graph.layers:
        prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(layer).__name__).lower()
        for spelling in {prefix, prefix.replace("2_d", "2d")}:
            if match := re.fullmatch(rf"{spelling}(?:_(\d+))?", layer.name):
                counted.setdefault(spelling, []).append((int(match[1] or 0), layer))
    for prefix, numbered in counted.items():
        for index, (_, layer) in enumerate(sorted(numbered, key=lambda pair: pair[0])):
            layer.name = f"{prefix}_{index}" if index else prefix
    return graph


def distinct_names(graph: keras.Model) -> keras.Model:
    """Number the operations whose names differ from another one's in the case of letters alone."""
    taken: set[str] = set()
    for operation in in_order(graph):
        name, number = operation.name, 1
        while operation.name.casefold() in taken:
            number += 1
            operation.name = f"{name}_{number}"
        taken.add(operation.name.casefold())
    return graph
