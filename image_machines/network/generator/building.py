"""What learns: a decoder from codes to images, and a critic that tells its images from the collection's."""

from __future__ import annotations

import keras
from keras import layers

from image_machines.network.generator.coding import Coding
from image_machines.network.tensors import Tensor

NARROWEST = 32  # channels of the decoder's last maps
CRITIC = (32, 64, 128)  # channels of the critic's maps, each half the size of the one before


def decoder(coding: Coding, cells: int, size: int, width: int, seed: int) -> keras.Model:
    """From codes (N, cells, cells, channels) to images (N, size, size, 3) in [-1, 1].

    A code is first turned back into features, which are brought to size 1: neither learns. Then each
    doubling of the map is followed by a convolution, and the last lays four pixels out of one place.
    ValueError unless ``size`` is ``cells`` doubled a few times.
    """
    count = doublings(cells, size)
    channels, features = coding.components.shape
    code = keras.Input((cells, cells, channels), name="code")
    back = layers.Conv2D(features, 1, trainable=False, name="features")
    tensor = layers.Rescaling(1 / coding.size, name="scaled")(back(code))
    for number in range(count):
        if number:
            tensor = layers.UpSampling2D(name=f"double{number}")(tensor)
        tensor = _convolved(tensor, max(width >> number, NARROWEST), f"map{number}", seed + number)
    small = keras.initializers.VarianceScaling(0.1, seed=seed + count)  # begins grey, where tanh has a slope
    tensor = layers.Conv2D(12, 3, padding="same", kernel_initializer=small, name="pixels")(tensor)
    half = size // 2
    tensor = layers.Reshape((half, half, 2, 2, 3), name="fours")(tensor)
    tensor = layers.Permute((1, 3, 2, 4, 5), name="laid")(tensor)
    tensor = layers.Reshape((size, size, 3), name="picture")(tensor)
    model = keras.Model(code, layers.Activation("tanh", name="image")(tensor), name="generator")
    back.set_weights([coding.components[None, None], coding.mean])
    return model


def critic(size: int, seed: int) -> keras.Model:
    """From images (N, size, size, 3) to how real each part of them looks, (N, h, w, 1), any number."""
    image = tensor = keras.Input((size, size, 3), name="image")
    for number, width in enumerate(CRITIC):
        tensor = layers.Conv2D(
            width,
            4,
            strides=2,
            padding="same",
            activation="leaky_relu",
            kernel_initializer=_drawn(seed + number),
            name=f"look{number}",
        )(tensor)
    said = layers.Conv2D(1, 3, padding="same", kernel_initializer=_drawn(seed + 9), name="said")(tensor)
    return keras.Model(image, said, name="critic")


def _convolved(tensor: Tensor, width: int, name: str, seed: int) -> Tensor:
    convolution = layers.Conv2D(
        width, 3, padding="same", activation="leaky_relu", kernel_initializer=_drawn(seed), name=name
    )
    return convolution(tensor)


def _drawn(seed: int) -> keras.initializers.Initializer:
    return keras.initializers.HeNormal(seed=seed)


def doublings(cells: int, size: int) -> int:
    """How often the cells are doubled; ValueError where that gives no picture of this size."""
    count = (size // cells).bit_length() - 1
    if count < 1 or cells << count != size:
        fitting = ", ".join(str(cells << each) for each in range(3, 7))
        raise ValueError(
            f"a picture of {size} px is not made of {cells} cells by doubling; sizes are {fitting}"
        )
    return count
