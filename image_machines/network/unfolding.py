"""Unfolding: models inside models become one flat graph, whose input's size is free where that works.

Every layer is made anew from its configuration and its state, under its own name. What is rebuilt must answer
a random picture as the original does, or the original is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from image_machines.network.errors import cause, quiet_loading
from image_machines.network.graph import inner_layers, nodes, plain_graph
from image_machines.network.padding import made_for_one_size, to_fit
from image_machines.network.tensors import Function, Operation, Tensor

log = logging.getLogger(__name__)

PROBE = 96  # side in pixels of the picture that a network of any size is tried with
AGREEMENT = 1e-3  # of the largest answer, by how much two answers to one picture may differ


def flat(model: keras.Model) -> keras.Model:
    """The same network without models inside it and with the input's size free, each where that works."""
    height, width, colours = model.inputs[0].shape[1:]
    fixed = (height, width) != (None, None)
    graph = plain_graph(model)
    if graph is not None and not fixed and not _holds_models(graph):
        return graph
    free = (None, None, colours)
    shapes = [free, (height, width, colours)] if fixed and height == width else [(height, width, colours)]
    for shape in shapes:
        try:
            unfolded = _unfolded(model, shape)
            if shape == free and fixed and not _fits_any_size(unfolded, height):
                unfolded = _unfolded(model, shape, to_fit)
        except Exception as error:  # whatever a layer of someone else's raises when it cannot be rebuilt
            log.debug("%s keeps its form for input %s: %s", model.name, shape, cause(error))
            continue
        if _agree(model, unfolded):
            return unfolded
        log.debug("%s answers differently when it is rebuilt for input %s", model.name, shape)
    if graph is None:
        raise ValueError(f"its model {model.name!r} has no graph to follow, so that no layer can be reached")
    if _holds_models(graph):
        log.warning("%s holds models that cannot be unfolded: their layers stay hidden", model.name)
    return graph


def _holds_models(graph: keras.Model) -> bool:
    return any(isinstance(layer, keras.Model) for layer in graph.layers)


def _fits_any_size(graph: keras.Model, size: int) -> bool:
    """Whether a graph that was made for one size takes pictures a little larger as well."""
    if not any(made_for_one_size(layer) for layer in graph.layers):
        return True
    try:
        for more in (1, 2, 4, 8, 16):
            graph.compute_output_spec(
                keras.KerasTensor((1, size + more, size + more, graph.inputs[0].shape[-1]))
            )
    except ValueError as error:
        log.debug("%s does not fit %d px: %s", graph.name, size + more, cause(error))
        return False
    return True


def _unfolded(
    model: keras.Model,
    shape: tuple[int | None, ...],
    instead: Callable[[Operation, str], keras.Layer | None] = lambda layer, name: None,
) -> keras.Model:
    """A flat copy of a model on an input of another shape; ``instead`` may give another layer for one."""
    inputs = keras.Input(shape, name=_input_name(model), dtype=model.inputs[0].dtype)
    twins: dict[int, tuple[keras.Layer, keras.Layer]] = {}
    names: set[str] = {_input_name(model)}

    def call(operation: Operation, path: str, *tensors: Tensor, **options: object) -> Tensor:
        if isinstance(operation, keras.Model):
            return _replayed(operation, keras.tree.flatten(tensors), call, operation.name)
        if id(operation) not in twins:
            name = _unique(operation.name, path, names)
            twins[id(operation)] = operation, instead(operation, name) or _twin(operation, name)
        return twins[id(operation)][1](*tensors, **options)

    outputs = _replayed(model, [inputs], call, model.name)
    for layer, twin in twins.values():
        if isinstance(layer, keras.Layer):
            _give_state(layer, twin)
    return keras.Model(inputs, outputs, name=model.name)


def _replayed(model: keras.Model, tensors: Sequence[Tensor], call: Function, path: str) -> Tensor:
    """The results of a model's operations on other tensors, one for each input, each made by ``call``."""
    graph = plain_graph(model)
    if graph is None:
        raise ValueError(f"{model.name} has no graph")
    values = dict(zip(map(id, graph.inputs), tensors, strict=True))
    for node in nodes(graph):
        arguments, options = node.arguments.fill_in(values)
        if isinstance(node.operation, keras.Model):
            options = {}
        results = call(node.operation, path, *arguments, **options)
        values.update(zip(map(id, node.outputs), keras.tree.flatten(results), strict=True))
    outputs = [values[id(output)] for output in graph.outputs]
    return outputs[0] if len(outputs) == 1 else outputs


def _twin(operation: Operation, name: str) -> Operation:
    return type(operation).from_config({**operation.get_config(), "name": name})


def _unique(name: str, path: str, names: set[str]) -> str:
    """The operation's own name, behind that of its model where another one has it already."""
    chosen, number = name, 1
    while chosen in names:
        chosen = f"{path}_{name}" if number == 1 else f"{path}_{name}_{number}"
        number += 1
    names.add(chosen)
    return chosen


def _give_state(layer: keras.Layer, twin: keras.Layer) -> None:
    """Give a layer the weights of another and what else it keeps, such as an adapted mean."""
    twin.set_weights(layer.get_weights())
    for old, new in zip(inner_layers(layer), inner_layers(twin), strict=True):
        kept: dict[str, Any] = {}
        old.save_own_variables(kept)
        new.load_own_variables(kept)
    twin.trainable = layer.trainable


def _agree(model: keras.Model, unfolded: keras.Model) -> bool:
    """Whether both answer a random picture alike, at the size that the first was made for."""
    height, width, colours = model.inputs[0].shape[1:]
    random = np.random.default_rng(0).uniform(0, 1, (1, height or PROBE, width or PROBE, colours))
    for scale in (1, 255):
        picture = (scale * random).astype(np.float32)
        with quiet_loading():
            answers = [keras.tree.flatten(each(picture, training=False)) for each in (model, unfolded)]
        for first, second in zip(*answers, strict=True):
            old, new = (np.asarray(keras.ops.convert_to_numpy(each), np.float64) for each in (first, second))
            if not np.allclose(old, new, rtol=0, atol=AGREEMENT * max(np.abs(old).max(initial=0), 1e-6)):
                return False
    return True


def _input_name(model: keras.Model) -> str:
    return next((layer.name for layer in model.layers if isinstance(layer, keras.layers.InputLayer)), "image")


def reseeded(model: keras.Model, seed: int) -> keras.Model:
    """A copy of the graph whose random weights depend on ``seed`` alone, not on Keras's global state."""
    streams = iter(np.random.SeedSequence(seed).generate_state(8 * len(model.layers) + 8))

    def sow(config: dict[str, Any]) -> dict[str, Any]:
        sown: dict[str, Any] = {}
        for key, value in config.items():
            if key == "seed":
                sown[key] = int(next(streams))
            else:
                sown[key] = sow(value) if isinstance(value, dict) else value
        return sown

    def copy(layer: keras.Layer) -> keras.Layer:
        return type(layer).from_config(sow(layer.get_config()))

    source = model.inputs[0]
    return keras.models.clone_model(
        model, input_tensors=keras.Input(source.shape[1:], name=_input_name(model)), clone_function=copy
    )
