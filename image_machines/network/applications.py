"""Architectures by name: "small", drawn for pictures of its neurons, SqueezeNet, Keras Applications."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import keras
import numpy as np

from image_machines import images
from image_machines.names import unknown
from image_machines.network import squeezenet
from image_machines.network.errors import MissingWeights, cause, quiet_loading
from image_machines.network.graph import stable_names
from image_machines.network.pixels import PIXEL_RANGES, PixelRange
from image_machines.network.unfolding import flat


def architectures() -> list[str]:
    """The names that `build` knows: "small", "SqueezeNet" and every network of Keras Applications."""
    known = [name for name in dir(keras.applications) if name[0].isupper()]
    return ["small", "SqueezeNet", *known]


def small(widths: Sequence[int] = (32, 48, 64, 96, 128)) -> keras.Model:
    """A small network for the built-in collection, with pictures of its neurons in mind.

    Nine convolutions, each with batch norm and ReLU, in five blocks: ``relu1``, ``relu2_1``, ``relu2_2`` to
    ``relu5_2``. Between the blocks overlapping averages halve the map: strides would leave their grid in
    every image that is made from the network (Odena et al. 2016). One position of ``relu5_2`` sees the whole
    of a 128 px picture.
    """
    inputs = tensor = keras.Input((None, None, 3))
    tensor = _convolved(tensor, widths[0], "1", size=5, stride=2)
    for block, width in enumerate(widths[1:], 2):
        tensor = keras.layers.AveragePooling2D(3, 2, padding="same", name=f"pool{block - 1}")(tensor)
        tensor = _convolved(tensor, width, f"{block}_1")
        tensor = _convolved(tensor, width, f"{block}_2")
    return keras.Model(inputs, tensor, name="small")


def _convolved(tensor: Any, width: int, place: str, size: int = 3, stride: int = 1) -> Any:
    tensor = keras.layers.Conv2D(
        width,
        size,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"conv{place}",
    )(tensor)
    tensor = keras.layers.BatchNormalization(momentum=0.9, name=f"norm{place}")(tensor)
    return keras.layers.ReLU(name=f"relu{place}")(tensor)


def known_architecture(name: str) -> str:
    """The known spelling of an architecture's name; raises ValueError that lists the choices."""
    known = architectures()
    by_fold = {choice.casefold(): choice for choice in known}
    if str(name).casefold() not in by_fold:
        raise ValueError(unknown("architecture", name, known))
    return by_fold[str(name).casefold()]


def application(architecture: str, imagenet: bool, include_top: bool) -> tuple[keras.Model, int]:
    """A network that knows ImageNet, and the side of its pictures; weights from there or random."""
    if architecture == "SqueezeNet":
        return squeezenet.build(imagenet, include_top), squeezenet.SIZE
    constructor = getattr(keras.applications, architecture)
    options: dict[str, Any] = {"weights": "imagenet" if imagenet else None, "include_top": include_top}
    if not include_top:
        options["input_shape"] = (None, None, 3)
    elif "classifier_activation" in constructor.__code__.co_varnames:
        options["classifier_activation"] = "softmax"
    try:
        with quiet_loading():
            model = constructor(**options)
    except Exception as error:
        if not imagenet:
            raise
        raise MissingWeights(
            f"the ImageNet weights of {architecture} could not be fetched ({cause(error)}); give a "
            f"file of them instead (weights=path/to.weights.h5), or weights=None to train from scratch"
        ) from error
    size = int(model.inputs[0].shape[1] or SIZES.get(architecture, 224))
    return stable_names(flat(model) if include_top else model), size


SIZES = {  # side in pixels that the published weights were trained on, where it is not 224
    "Xception": 299,
    "InceptionV3": 299,
    "InceptionResNetV2": 299,
    "NASNetLarge": 331,
    "EfficientNetB1": 240,
    "EfficientNetB2": 260,
    "EfficientNetB3": 300,
    "EfficientNetB4": 380,
    "EfficientNetB5": 456,
    "EfficientNetB6": 528,
    "EfficientNetB7": 600,
    "EfficientNetV2B1": 240,
    "EfficientNetV2B2": 260,
    "EfficientNetV2B3": 300,
    "EfficientNetV2S": 384,
    "EfficientNetV2M": 480,
    "EfficientNetV2L": 480,
}


def application_pixels(architecture: str) -> PixelRange:
    """The range that agrees with the architecture's own preprocessing on a few colours."""
    if architecture == "SqueezeNet":
        return PIXEL_RANGES["caffe"]
    module: ModuleType = sys.modules[getattr(keras.applications, architecture).__module__]
    probe = np.array([[[[0, 0, 0], [255, 255, 255], [200, 100, 30]]]], np.float32)
    wanted = np.asarray(module.preprocess_input(probe.copy()))
    for known in PIXEL_RANGES.values():
        if len(known.scale) == 3:
            given = keras.ops.convert_to_numpy(known.apply(images.from_picture(probe)))
            if np.allclose(given, wanted, atol=1e-3):
                return known
    raise ValueError(f"the preprocessing of {architecture} is none of {', '.join(PIXEL_RANGES)}")
