"""Limits: what this program cannot show, told when a model is opened."""

from __future__ import annotations

import keras

from image_machines.network.graph import inner_layers, output_shape
from image_machines.network.layers import is_side


def refusal(model: keras.Model) -> str | None:
    """Why a model is nothing for this program, as a sentence goes on after its name; None when it is."""
    inputs = _inputs(model)
    if not inputs:
        return (
            "is a model without a graph of layers (a subclass of keras.Model); build it as a functional model"
        )
    if len(inputs) != 1:
        names = ", ".join(tensor.name for tensor in inputs)
        return f"takes {len(inputs)} inputs ({names}); this program shows a network one picture at a time"
    return _of_input(inputs[0], model) or _of_layers(model)


def _inputs(model: keras.Model) -> list[keras.KerasTensor]:
    try:
        return list(model.inputs or [])
    except (AttributeError, ValueError):
        return []


def _of_input(tensor: keras.KerasTensor, model: keras.Model) -> str | None:
    shape = tuple(tensor.shape)
    told = " x ".join("any" if size is None else str(size) for size in shape[1:])
    if len(shape) != 4:
        return (
            f"takes no pictures but inputs of {told or 'one number'}; pictures are height x width x colours"
        )
    if _has_channels_first(model) or (shape[-1] not in (1, 3) and shape[1] in (1, 3)):
        return (
            f"takes the colours of a picture first ({told}, channels_first); this program and Keras on a "
            "processor need them last: rebuild it with data_format='channels_last'"
        )
    if shape[-1] not in (1, 3):
        return (
            f"takes {shape[-1] or 'any number of'} colours a picture; this program shows 3 (RGB) or 1 (grey)"
        )
    return None


def _of_layers(model: keras.Model) -> str | None:
    for layer in inner_layers(model):
        shape = output_shape(layer)
        if layer.weights and len(shape) == 3 and not is_side(layer) and not isinstance(layer, keras.Model):
            return (
                f"works on rows of tokens (layer {layer.name!r} gives {shape[1]} x {shape[2]}), as vision "
                "transformers do; this program makes images for maps (height x width x channels) and for "
                "units alone"
            )
    return None


def _has_channels_first(model: keras.Model) -> bool:
    return any(
        getattr(layer, "data_format", None) == "channels_first"
        for layer in inner_layers(model)
        if not isinstance(layer, keras.Model)
    )
