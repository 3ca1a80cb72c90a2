"""Outputs: which layer gives a network's classes, and what its numbers are."""

from __future__ import annotations

from dataclasses import dataclass

import keras
from keras import ops

from image_machines.network.graph import producer, sources
from image_machines.network.tensors import Operation, Tensor

PASSING = (
    "Flatten",
    "Reshape",
    "Dropout",
    "Identity",
    "Cast",
    "Squeeze",
)  # they leave the numbers as they are
AVERAGING = ("GlobalAveragePooling", "Mean")  # an average of logits is one


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
    """The layer or operation that gives the network's (first) output."""
    return producer(graph.outputs[0])


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
        return "softmax"
    if is_sigmoid(operation):
        return "sigmoid"
    if kind == "LogSoftmax" or activation == "log_softmax":
        return "linear"
    if getattr(operation, "kernel", None) is not None:
        return "linear" if activation in ("linear", "") else ""
    before = sources(operation)
    if len(before) != 1:
        return ""
    if kind.startswith(PASSING) or (kind == "Activation" and activation == "linear"):
        return _ending(before[0])
    return "linear" if kind.startswith(AVERAGING) and _ending(before[0]) == "linear" else ""


def _activation(operation: Operation) -> str:
    """The name of the function that a layer ends in, "" when it has none."""
    found = getattr(operation, "activation", None)
    return str(getattr(found, "__name__", "")) if found is not None else ""
