"""Outputs: which layer gives a network's classes, and what its numbers are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import keras
from keras import ops

from image_machines.network.gradient import Shape
from image_machines.network.graph import arguments, has_kernel, output_shape, producer, sources
from image_machines.network.tensors import Operation, Tensor

PASSING = (  # they leave the numbers as they are
    "Flatten",
    "Reshape",
    "Dropout",
    "Identity",
    "Cast",
    "Squeeze",
)
AVERAGING = ("GlobalAveragePooling", "Mean", "Average")  # an average of logits is one
SCALING = (  # logits that are moved and scaled, as by a temperature, are logits still
    "Rescaling",
    "BatchNormalization",
    "Negative",
    "Add",
    "Subtract",
    "Multiply",
    "TrueDivide",
    "Divide",
)


@dataclass(frozen=True)
class Answer:
    """What a network's last layer says of a picture.

    ``kind`` is "probabilities" (N, classes), "logits" (N, classes), or of one unit, the chance of the second
    of two classes, "probability" or "logit" (N, 1).
    """

    layer: str
    kind: str
    units: int

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        return max(self.units, 2)

    def probabilities(self, values: Tensor) -> Tensor:
        """The layer's numbers as probabilities (N, classes)."""
        match self.kind:
            case "logits":
                return ops.softmax(values, axis=-1)
            case "logit":
                values = ops.sigmoid(values)
            case "probabilities":
                return values
        return ops.concatenate([1 - values, values], axis=-1)


def last(graph: keras.Model) -> Operation:
    """The layer or operation that gives the network's (first) output, before what only passes it on."""
    operation = producer(graph.outputs[0])
    while _passes(operation) and output_shape(before := sources(operation)[0]) == output_shape(operation):
        operation = before
    return operation


def answer(graph: keras.Model) -> Answer | None:
    """What the network says of a picture, None where that is nothing that probabilities could be made of."""
    shape = graph.outputs[0].shape
    if len(graph.outputs) != 1 or len(shape) != 2 or not shape[-1]:
        return None
    ending, units = _ending(last(graph)), int(shape[-1])
    kinds = {
        "softmax": ("", "probabilities"),
        "sigmoid": ("probability", ""),
        "linear": ("logit", "logits"),
    }
    kind = kinds[ending][units > 1] if ending else ""
    return Answer(last(graph).name, kind, units) if kind else None


def is_softmax(operation: Operation) -> bool:
    """Whether an operation is a softmax or ends in one."""
    return type(operation).__name__ == "Softmax" or _activation(operation) == "softmax"


def is_sigmoid(operation: Operation) -> bool:
    """Whether an operation is a sigmoid or ends in one."""
    return type(operation).__name__ == "Sigmoid" or _activation(operation) == "sigmoid"


def _ending(operation: Operation) -> str:
    """How what reaches this operation's end was last bent: "softmax", "sigmoid", "linear", "" for unknown."""
    kind, activation = type(operation).__name__, _activation(operation)
    if is_softmax(operation):
        return "softmax" if _is_of_last_axis(operation) else ""
    if is_sigmoid(operation):
        return "sigmoid"
    if kind == "LogSoftmax" or activation == "log_softmax":
        return "linear" if _is_of_last_axis(operation) else ""
    if has_kernel(operation):
        return "linear" if activation in ("linear", "") else ""
    before = sources(operation)
    endings = {_ending(each) for each in before}
    if len(endings) != 1 or not all(_is_as_wide(operation, each) for each in before):
        return ""
    (ending,) = endings
    if _passes(operation):
        return ending
    if kind.startswith(AVERAGING):
        return ending if ending in ("softmax", "linear") else ""
    return "linear" if ending == "linear" and _only_scales(operation, len(before)) else ""


def _passes(operation: Operation) -> bool:
    """Whether an operation leaves the numbers as they are."""
    is_linear = type(operation).__name__ == "Activation" and _activation(operation) == "linear"
    return len(sources(operation)) == 1 and (is_linear or type(operation).__name__.startswith(PASSING))


def _is_as_wide(operation: Operation, before: Operation) -> bool:
    """Whether the last axis of two results is the same: no numbers of several places stand side by side."""
    after, sizes = output_shape(operation), output_shape(before)
    if not after or not sizes or after[-1] != sizes[-1]:
        return False
    return not _passes(operation) or _count(after) == _count(sizes)


def _count(shape: Shape) -> int:
    """How many numbers there are for each picture, as far as that is known."""
    return math.prod(size or 1 for size in shape[1:])


def _only_scales(operation: Operation, inputs: int) -> bool:
    """Whether an operation moves and scales its inputs, or adds them up; a number divided by one does not."""
    kind = type(operation).__name__
    if inputs > 1:
        return kind in ("Add", "Subtract")
    divided = kind not in ("TrueDivide", "Divide") or isinstance(arguments(operation)[0], keras.KerasTensor)
    return kind in SCALING and divided


def _is_of_last_axis(operation: Operation) -> bool:
    """Whether a softmax is one over the last axis, that of the classes."""
    rank, axis = len(output_shape(operation)), getattr(operation, "axis", -1)
    axes = axis if isinstance(axis, list | tuple) else [axis]
    return list(axes) in ([-1], [rank - 1])


def _activation(operation: Operation) -> str:
    """The name of the function that a layer ends in, "" when it has none."""
    found = getattr(operation, "activation", None)
    return str(getattr(found, "__name__", "")) if found is not None else ""
