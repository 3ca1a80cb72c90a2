"""Value and gradient, and compilation: the only lines that differ between TensorFlow, JAX and PyTorch.

Everything else in the package is written in ``keras.ops`` or NumPy. The backend is the one that Keras runs on
(``KERAS_BACKEND``). Functions that go through here take and return (tuples of) float32 tensors.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from image_machines.network.tensors import Function, Tensor

Shape = tuple[int | None, ...]


def value_and_gradient(function: Function) -> Function:
    """Turn ``function(x) -> values (N,)`` into ``x -> (values, gradient of their sum with respect to x)``."""
    return {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()](function)


def _tensorflow(function: Function) -> Function:
    import tensorflow as tf

    def both(x: Tensor) -> tuple[Tensor, Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = function(x)
        return values, tape.gradient(values, x, unconnected_gradients="zero")

    return both


def _jax(function: Function) -> Function:
    import jax

    def summed(x: Tensor) -> tuple[Tensor, Tensor]:
        values = function(x)
        return values.sum(), values

    def both(x: Tensor) -> tuple[Tensor, Tensor]:
        (_, values), gradient = jax.value_and_grad(summed, has_aux=True)(x)
        return values, gradient

    return both


def _torch(function: Function) -> Function:
    import torch

    def both(x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            values = function(x)
            (gradient,) = torch.autograd.grad(values.sum(), x, materialize_grads=True)
        return values.detach(), gradient

    return both


def compiled(function: Function, signature: Sequence[Any]) -> Function:
    """Compile a function of float32 tensors whose shapes are ``signature``: (nested) tuples of sizes, None
    free.

    TensorFlow traces once for all sizes, JAX once for every new size; PyTorch runs the function as it is.
    Arguments may be tensors or NumPy arrays.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        _names.add(str(function).partition(" at ")[0])
        logging.getLogger("tensorflow").addFilter(_is_of_others)
        specs = [_map_shapes(partial(tf.TensorSpec, dtype="float32"), each) for each in signature]
        return tf.function(function, input_signature=specs, autograph=False)
    if backend == "jax":
        import jax

        return jax.jit(function)
    import torch

    def run(*arguments: Tensor) -> Tensor:
        with torch.no_grad():
            return function(*keras.tree.map_structure(to_tensor, arguments))

    return run


_names: set[str] = set()  # as TensorFlow writes the functions that were compiled here


def _is_of_others(record: logging.LogRecord) -> bool:
    """Whether a record is no warning of retracing of a function from here.

    TensorFlow counts by a function's lines, and so takes the programs of five neurons for one that is traced
    five times; with its signature none is traced twice.
    """
    said = record.getMessage()
    return "triggered tf.function retracing" not in said or not any(name in said for name in _names)


def _map_shapes(function: Function, shape: Any) -> Any:
    """Apply ``function`` to every shape of a nested (named) tuple; a shape is a list, such as [None, 3]."""
    if isinstance(shape, list):
        return function(shape)
    parts = [_map_shapes(function, each) for each in shape]
    return type(shape)(*parts) if hasattr(shape, "_fields") else tuple(parts)


def widest() -> str:
    """The type with the most digits that tensors have: float32 on JAX, unless it is told at its start."""
    return "float32" if keras.backend.backend() == "jax" else "float64"


def to_tensor(array: Tensor) -> Tensor:
    """A tensor of the backend, float32, on its device."""
    return keras.ops.convert_to_tensor(array, "float32")


def to_array(tensor: Tensor) -> NDArray[np.float32]:
    """A NumPy array of a tensor, wherever it lies; waits until it is computed."""
    return np.asarray(keras.ops.convert_to_numpy(tensor), np.float32)
