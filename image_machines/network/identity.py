"""Identity: which network this is, by all that decides what it makes of a picture."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import keras
import numpy as np

from image_machines.network import applications
from image_machines.network.graph import nodes, sources
from image_machines.network.outputs import last
from image_machines.network.pixels import PixelRange
from image_machines.network.preprocessing import ends_of_chain, pixels_of


def fingerprint(graph: keras.Model, pixels: PixelRange, architecture: str = "") -> str:
    """What a network is known by: its graph, its weights, and the range of its pixels.

    A range that its architecture or the graph's own layers tell adds nothing; one that was told in another
    way does, so that what was made with a wrong range is never taken for what the right one makes.
    """
    weights = digest(graph)
    if pixels == own_pixels(graph, architecture):
        return weights
    told = json.dumps([weights, pixels.to_json()])
    return f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"


def own_pixels(graph: keras.Model, architecture: str = "") -> PixelRange | None:
    """How a network wants its pixels by its architecture, or by what its graph does to them, if sure."""
    if architecture in applications.architectures():
        return applications.architecture(architecture).pixels
    return pixels_of(graph) or _imagenet_pixels(graph)


def _imagenet_pixels(graph: keras.Model) -> PixelRange | None:
    """The preprocessing of a network of Keras Applications that still gives ImageNet's 1000 classes.

    It is known by its name, which says nothing of a graph that does something of its own to its pixels.
    """
    if tuple(graph.outputs[0].shape[1:]) != (1000,) or last(graph).name != "predictions":
        return None
    if any(end is None or end.changed for end in ends_of_chain(graph)):
        return None
    own = re.sub(r"[^a-z0-9]", "", re.sub(r"_\d\.\d.*", "", graph.name.lower()))
    fitting = [each for each in applications.architectures() if each.lower() == own]
    return applications.architecture(fitting[0]).pixels if fitting else None


def digest(graph: keras.Model) -> str:
    """SHA-256 over a graph and its weights: the same on every machine, whatever the layers are called."""
    found = hashlib.sha256()
    positions = {id(layer): index for index, layer in enumerate(graph.layers)}
    for layer in graph.layers:
        before = sorted(positions.get(id(source), -1) for source in sources(layer))
        found.update(json.dumps([type(layer).__name__, before, _shape_config(layer)]).encode())
        for value in layer.get_weights():
            found.update(str(value.shape).encode())
            found.update(np.ascontiguousarray(value, dtype="<f4").tobytes())
    bare = _bare_operations(graph)
    if any(operation[:2] not in EARLIER for operation in bare):
        found.update(json.dumps(bare).encode())
    return f"sha256:{found.hexdigest()}"


EARLIER = (  # bare operations of MobileNetV3 and ConvNeXt, which had fingerprints before these told of any
    ["Add", [None, None]],
    ["Add", [None, 3.0]],
    ["Multiply", [None, float(np.float32(1 / 6))]],
)


def _bare_operations(graph: keras.Model) -> list[list[Any]]:
    """Of every call that is no layer's: kind, arguments, options, and the calls whose results it takes."""
    calls = nodes(graph)
    positions = {id(output): index for index, node in enumerate(calls) for output in node.outputs}
    return [
        [
            type(node.operation).__name__,
            [_constant(each) for each in keras.tree.flatten([node.arguments.args, node.arguments.kwargs])],
            {
                key: str(value)
                for key in BARE_KEYS
                if (value := getattr(node.operation, key, None)) is not None
            },
            [positions.get(id(tensor), -1) for tensor in node.input_tensors],
        ]
        for node in calls
        if not isinstance(node.operation, keras.Layer)
    ]


def _constant(value: Any) -> Any:
    """An argument as JSON, the same before it was saved and after; None for another operation's result."""
    if isinstance(value, keras.KerasTensor):
        return None
    if isinstance(value, bool | str | slice | type(...)):
        return str(value)
    try:
        numbers = np.asarray(keras.ops.convert_to_numpy(value), "<f4")
    except (TypeError, ValueError):
        return str(value)
    return numbers.item() if numbers.size == 1 else [list(numbers.shape), numbers.ravel().tolist()]


CONFIG_KEYS = (
    *("strides", "padding", "dilation_rate", "pool_size", "kernel_size", "groups", "filters", "units"),
    *("activation", "epsilon", "axis", "negative_slope", "max_value", "threshold", "alpha", "rate"),
    *("scale", "offset", "interpolation", "size", "target_shape", "use_bias"),
)
BARE_KEYS = (
    *("axis", "axes", "shift", "strides", "padding", "pool_size", "negative_slope", "max_value", "threshold"),
    *("x_min", "x_max", "alpha", "approximate", "keepdims", "newshape", "pad_width", "size", "interpolation"),
)


def _shape_config(layer: keras.Layer) -> dict[str, Any]:
    """What changes a layer's answer beside its weights; nothing that differs between versions of Keras."""
    config = layer.get_config()
    return {key: str(config[key]) for key in CONFIG_KEYS if config.get(key) is not None}
