"""Architectures by name: "small", drawn for pictures of its neurons, SqueezeNet, Keras Applications."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
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
from image_machines.network.tensors import Tensor
from image_machines.network.unfolding import flat


def architectures() -> list[str]:
    """The names that `build` knows: "small", "SqueezeNet" and every network of Keras Applications."""
    known = [name for name in dir(keras.applications) if name[0].isupper()]
    return [*OWN, *known]


@dataclass(frozen=True)
class Architecture:
    """A network that can be built by its name.

    ``build(imagenet, include_top)`` gives it with ImageNet's weights or random ones, and with its classifier
    or without; raises MissingWeights. ``size`` is the side in pixels of the pictures that its weights were
    trained on, ``pixels`` how it wants them, ``source`` where its ImageNet weights come from.
    """

    name: str
    build: Callable[[bool, bool], keras.Model]
    size: int
    pixels: PixelRange
    source: str = ""


def architecture(name: str) -> Architecture:
    """The architecture of that name in any case; raises ValueError that lists the choices."""
    by_fold = {choice.casefold(): choice for choice in architectures()}
    if str(name).casefold() not in by_fold:
        raise ValueError(unknown("architecture", name, by_fold.values()))
    known = by_fold[str(name).casefold()]
    if known in OWN:
        return OWN[known]
    source = "imagenet (Keras Applications)"
    size, pixels = SIZES.get(known, 224), application_pixels(known)
    return Architecture(known, partial(application, known), size, pixels, source)


def at_hand(name: str) -> bool:
    """Whether the ImageNet weights of an architecture, classifier included, are on this machine."""
    known = architecture(name).name
    if known == "SqueezeNet":
        return squeezenet.weights_file() is not None
    return known in FETCHED and (KEPT / FETCHED[known]).is_file()


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


def _convolved(tensor: Tensor, width: int, place: str, size: int = 3, stride: int = 1) -> Tensor:
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


def _small(imagenet: bool, include_top: bool) -> keras.Model:
    if imagenet or include_top:
        raise MissingWeights("the network 'small' has no ImageNet weights; give weights=None or a file")
    return stable_names(small())


OWN = {
    each.name: each
    for each in (
        Architecture("small", _small, 160, PIXEL_RANGES["-1..1"]),
        Architecture(
            "SqueezeNet", squeezenet.build, squeezenet.SIZE, PIXEL_RANGES["caffe"], squeezenet.SOURCE
        ),
    )
}


def application(architecture: str, imagenet: bool, include_top: bool) -> keras.Model:
    """A network of Keras Applications; weights from ImageNet or random."""
    constructor = getattr(keras.applications, architecture)
    options: dict[str, Any] = {"weights": "imagenet" if imagenet else None, "include_top": include_top}
    if not include_top:
        options["input_shape"] = (*_sides(architecture), 3)
    elif "classifier_activation" in constructor.__code__.co_varnames:
        options["classifier_activation"] = "softmax"
    try:
        with quiet_loading():
            model = constructor(**options)
    except Exception as error:
        if not imagenet:
            raise
        raise MissingWeights(
            f"the ImageNet weights of {architecture} could not be fetched ({cause(error)}); take "
            "architecture=SqueezeNet, whose weights are installed with the program, or give a file of these "
            "(weights=path/to.weights.h5)"
        ) from error
    return stable_names(flat(model) if include_top else model)


def _sides(architecture: str) -> tuple[int | None, int | None]:
    """The input to build a network with: free, but for NASNet, whose cells depend on it (`flat` frees it)."""
    size = SIZES.get(architecture, 224) if architecture.startswith("NASNet") else None
    return size, size


KEPT = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"  # what Keras has fetched
FETCHED = {"MobileNetV2": "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5"}

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
    """The range that agrees with the preprocessing of a network of Keras Applications on a few colours."""
    module: ModuleType = sys.modules[getattr(keras.applications, architecture).__module__]
    probe = np.array([[[[0, 0, 0], [255, 255, 255], [200, 100, 30]]]], np.float32)
    wanted = np.asarray(module.preprocess_input(probe.copy()))
    for known in PIXEL_RANGES.values():
        if len(known.scale) == 3:
            given = keras.ops.convert_to_numpy(known.apply(images.from_picture(probe)))
            if np.allclose(given, wanted, atol=1e-3):
                return known
    raise ValueError(f"the preprocessing of {architecture} is none of {', '.join(PIXEL_RANGES)}")
