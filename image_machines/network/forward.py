"""The part of a network that leads to the layers in question, as a plain function of images.

``forward(network, readings)`` cuts the graph off at the layers that are read, folds every batch norm into the
convolution before it (the same sums in fewer passes over memory), and can bend what gradients are told of
rectifiers and of strides.
Images ``(N, H, W, 3)`` in [-1, 1] go in, the readings come out: maps ``(N, h, w, C)`` or units ``(N, C)``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType
from typing import NamedTuple

import keras
import numpy as np
from keras import layers, ops

from image_machines.network import gradient
from image_machines.network.graph import has_kernel, takes_training
from image_machines.network.graph import nodes as calls_of
from image_machines.network.network import Network
from image_machines.network.outputs import is_sigmoid, is_softmax
from image_machines.network.rectifiers import Policy, of_activation, rectifier
from image_machines.network.strides import Resampling, is_strided, mended
from image_machines.network.tensors import Function, Node, Operation, Tensor

NOTHING: Mapping[str, Function] = MappingProxyType({})


class Gradients(NamedTuple):
    """What gradients are told."""

    relus: Policy = "plain"
    strides: Resampling = "grid"


@dataclass(frozen=True)
class Reading:
    """A layer that is read; ``raw``: before the softmax or sigmoid that it or the layer itself may end in."""

    layer: str
    raw: bool = True


def forward(
    network: Network,
    readings: tuple[Reading, ...],
    precision: str = "float32",
    relus: Policy = "plain",
    strides: Resampling = "grid",
) -> Function:
    """The function from images to the readings, in order.

    ``precision``: "exact" calls the network's layers as they are, "float32" folds its batch norms first
    (equal but for rounding), "bfloat16" computes maps in half the bits; images, units and readings are
    float32 in any case. ``relus`` and ``strides`` are what gradients are told of rectifiers and of strided
    layers; values are the same (see `rectifiers`, `strides`). The function takes ``changes`` too: by the name
    of a layer that is read, what is to be made of its result before it goes on and is read.
    """
    outputs = [network.output(reading.layer) for reading in readings]
    graph = keras.Function(network.graph.inputs, outputs)
    nodes = calls_of(graph)
    dtype = "bfloat16" if precision == "bfloat16" else "float32"
    calls = _rewired(nodes, readings, Gradients(relus, strides), dtype)
    if precision != "exact":
        calls |= _folded(nodes, {reading.layer for reading in readings}, dtype, strides)
    fixed = _fixed_size(network, outputs)

    def run(images: Tensor, changes: Mapping[str, Function] = NOTHING) -> tuple[Tensor, ...]:
        if fixed is not None:
            images = ops.image.resize(images, fixed, interpolation="bilinear")
        values = {id(graph.inputs[0]): ops.cast(network.pixels.apply(images), dtype)}
        for node in nodes:
            arguments, options = node.arguments.fill_in(values)
            results = calls[id(node.operation)](*arguments, **options)
            if node.operation.name in changes:
                results = ops.cast(changes[node.operation.name](results), results.dtype)
            values.update(zip(map(id, node.outputs), keras.tree.flatten(results), strict=True))
        return tuple(ops.cast(values[id(output)], "float32") for output in outputs)

    return run


@lru_cache(maxsize=8)
def reader(network: Network, layer: str, raw: bool = True) -> Function:
    """From images (N, H, W, 3) in [-1, 1] to what one layer says of them, compiled once; see `Reading`."""
    read = forward(network, (Reading(layer, raw),))
    return gradient.compiled(lambda images: read(images)[0], ([None, None, None, 3],))


def _fixed_size(network: Network, outputs: list[keras.KerasTensor]) -> tuple[int, int] | None:
    """The input size that dense readings insist on, where the network was built for one size only."""
    height, width = network.graph.inputs[0].shape[1:3]
    if height is None or width is None or all(len(output.shape) == 4 for output in outputs):
        return None
    return int(height), int(width)


def _rewired(
    nodes: list[Node], readings: tuple[Reading, ...], told: Gradients, dtype: str
) -> dict[int, Function]:
    """What to call in place of each operation."""
    calls: dict[int, Function] = {}
    raw = {reading.layer for reading in readings if reading.raw}
    for node in nodes:
        operation = node.operation
        if id(operation) in calls:
            continue
        kind = dtype if len(node.outputs[0].shape) == 4 else "float32"  # units are few, and need their digits
        if getattr(operation, "name", None) in raw and _ends_in_probabilities(operation):
            calls[id(operation)] = _linear(operation, kind)
        else:
            calls[id(operation)] = _plain(operation, told, kind)
    return calls


def _same(x: Tensor, **_: object) -> Tensor:
    return x


def _ends_in_probabilities(operation: Operation) -> bool:
    return is_softmax(operation) or is_sigmoid(operation)


def _linear(operation: Operation, dtype: str) -> Function:
    """The same operation, with the same weights, without its last non-linearity."""
    if not getattr(operation, "weights", None):
        return _same
    return _plain(_without_activation(operation), Gradients(), dtype)


def _without_activation(layer: Operation) -> Operation:
    """A twin of a layer that ends in no function of its own."""
    twin = type(layer).from_config({**layer.get_config(), "activation": "linear"})
    twin.build(layer.input.shape)
    twin.set_weights(layer.get_weights())
    return twin


def _plain(operation: Operation, told: Gradients, dtype: str) -> Function:
    """An operation as a function in inference mode, in the precision asked for."""
    if bent := rectifier(operation):
        return bent.under(told.relus)
    activation = of_activation(getattr(operation, "activation", None))
    mends = told.strides == "nearest" and is_strided(operation)
    if type(operation) is layers.Conv2D and (dtype != "float32" or told.relus != "plain" or mends):
        bias = _array(operation.bias) if operation.use_bias else None
        call = _convolution(operation, _array(operation.kernel), bias, dtype, told.strides)
        after = activation.under(told.relus) if activation else operation.activation
        return call if _is_linear(operation) else _then(call, after)
    if (told.relus != "plain" or mends) and activation and has_kernel(operation):
        return _then(_plain(_without_activation(operation), told, dtype), activation.under(told.relus))
    if mends:
        return _mended(operation, dtype)
    if not isinstance(operation, keras.Layer):
        return operation
    if dtype == "float32":
        return _in_inference(operation, operation)
    if operation.weights:
        call = _in_inference(operation, operation)
        return _then(partial(_in_float32, call), partial(ops.cast, dtype=dtype))
    return _in_inference(operation, operation.call)


def _in_inference(layer: Operation, call: Function) -> Function:
    """A layer's call in inference mode, whatever the graph recorded: augmentation notes training itself."""
    if not takes_training(layer):
        return call
    return lambda *tensors, **options: call(*tensors, **{**options, "training": False})


def _mended(operation: Operation, dtype: str) -> Function:
    """A strided layer other than a convolution, its gradient by nearest neighbour."""
    if not isinstance(operation, layers.DepthwiseConv2D) or not _is_linear(operation):
        call: Function = operation.call if hasattr(operation, "call") else operation
        return mended(operation, call)
    kernel = ops.convert_to_tensor(_array(operation.kernel), dtype)
    bias = ops.convert_to_tensor(_array(operation.bias) if operation.use_bias else np.float32(0), dtype)

    def convolve(x: Tensor, **_: object) -> Tensor:
        strides, padding = operation.strides, operation.padding
        return ops.depthwise_conv(x, kernel, strides, padding, data_format="channels_last") + bias

    return mended(operation, convolve, kernel)


def _in_float32(call: Function, *tensors: Tensor, **options: object) -> Tensor:
    """Call a layer that has weights in the precision that these are in."""
    return call(*[ops.cast(x, "float32") for x in tensors], **options)


def _then(first: Function, second: Function) -> Function:
    return lambda *arguments, **options: second(first(*arguments, **options))


def _is_linear(layer: Operation) -> bool:
    return layer.activation is keras.activations.linear


def _foldable(nodes: list[Node], kept: set[str]) -> list[tuple[Operation, Operation]]:
    """Pairs of a convolution and the batch norm that alone takes its result."""
    takers: dict[int, list[Node]] = {}
    uses = Counter(id(node.operation) for node in nodes)
    for node in nodes:
        for tensor in node.input_tensors:
            takers.setdefault(id(tensor), []).append(node)
    pairs = []
    for node in nodes:
        following = [taker for output in node.outputs for taker in takers.get(id(output), [])]
        if len(following) != 1 or node.operation.name in kept or type(node.operation) is not layers.Conv2D:
            continue
        norm = following[0].operation
        single = uses[id(node.operation)] == uses[id(norm)] == 1
        of_channels = isinstance(norm, layers.BatchNormalization) and norm.axis in (-1, 3)
        if of_channels and single and _is_linear(node.operation):
            pairs.append((node.operation, norm))
    return pairs


def _folded(nodes: list[Node], kept: set[str], dtype: str, strides: Resampling) -> dict[int, Function]:
    """What to call in place of convolutions and the batch norms after them, but for layers to be kept."""
    calls: dict[int, Function] = {}
    for convolution, norm in _foldable(nodes, kept):
        kernel, bias = _with_norm(convolution, norm)
        calls[id(convolution)] = _convolution(convolution, kernel, bias, dtype, strides)
        calls[id(norm)] = _same
    return calls


def _with_norm(convolution: Operation, norm: Operation) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of the convolution that does what convolution and batch norm did."""
    scale = 1 / np.sqrt(_array(norm.moving_variance) + norm.epsilon)
    if norm.scale:
        scale = scale * _array(norm.gamma)
    bias = (_array(convolution.bias) if convolution.use_bias else 0) - _array(norm.moving_mean)
    bias = bias * scale + (_array(norm.beta) if norm.center else 0)
    return _array(convolution.kernel) * scale, bias


def _array(variable: Tensor) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(variable), np.float32)


def _convolution(
    layer: Operation, kernel: np.ndarray, bias: np.ndarray | None, dtype: str, strides: Resampling
) -> Function:
    """The layer's convolution with a kernel and bias of one's own."""
    kernel = ops.convert_to_tensor(kernel, dtype)
    added = None if bias is None else ops.convert_to_tensor(bias, dtype)

    def convolve(x: Tensor, **_: object) -> Tensor:
        result = ops.conv(
            ops.cast(x, dtype),
            kernel,
            layer.strides,
            layer.padding,
            data_format="channels_last",
            dilation_rate=layer.dilation_rate,
        )
        return result if added is None else result + added

    return mended(layer, convolve, kernel) if strides == "nearest" else convolve
