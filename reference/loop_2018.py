"""The plain loop of 2018, straight from its description, with SciPy's filters: what the engine is held
against.

The loop is chaotic: a change of 1e-9 in the start gives an unrelated image after ten iterations (the step is
long, and each ReLU that flips changes the gradient at once). So the image is kept in float32 and every step
between two images is computed in double precision and rounded once; what then differs would be a difference
of method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import scipy.ndimage


def octave_sizes(final_size: int, octaves: int = 10, octave_scale: float = 1.2) -> list[int]:
    return [int(final_size / octave_scale**i) for i in reversed(range(octaves))]


def resized(image: Any, size: int) -> Any:
    """(H, W, 3) to (size, size, 3), order 1."""
    return scipy.ndimage.zoom(image, (size / image.shape[0], size / image.shape[1], 1), order=1)


def gradient_of(model: keras.Model, layer: str, neuron: int) -> Callable[[Any], Any]:
    """Gradient of the mean of a channel's map without its border (or of a class's probability)."""
    import tensorflow as tf

    part = keras.Model(model.inputs, model.get_layer(layer).output)

    @tf.function(input_signature=[tf.TensorSpec([1, None, None, 3])], autograph=False)
    def gradient(image: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(image)
            read = part(image, training=False)
            inside = inner(read)[..., neuron] if len(read.shape) == 4 else read[:, neuron]
            score = tf.reduce_mean(inside)
        return tape.gradient(score, image)

    return gradient


def inner(read: Any) -> Any:
    """A map without its border of two, or of less where that would leave nothing (2018: NaN)."""
    import tensorflow as tf

    shape = tf.shape(read)
    rows, columns = tf.minimum(2, (shape[1] - 1) // 2), tf.minimum(2, (shape[2] - 1) // 2)
    return read[:, rows : shape[1] - rows, columns : shape[2] - columns]


def octaves_of(
    gradient: Callable[[Any], Any],
    noise: Any,
    sizes: list[int],
    iterations: int = 100,
    step: float = 0.01,
    median_every: int = 4,
    median_fsize: int = 5,
    resize: Callable[[Any, int], Any] = resized,
) -> Iterator[Any]:
    """Yield the image (H, W, 3) at the end of every octave.

    ``resize`` (image, size) may be the engine's own: where it rounds one pixel of 131,043 otherwise than
    SciPy, the images drift apart in the hundred steps that follow.
    """
    detail = image = noise
    previous = sizes[0]
    for size in sizes:
        image = resize(image, size)
        for iteration in range(iterations):
            slope = gradient(image[None]).numpy()[0].astype(np.float64)
            strength = max(np.abs(slope).mean(), 1e-30)  # a gradient of zero stays zero
            image = (image + step * slope / strength).astype(np.float32)
            if iteration % median_every == 0 and iteration != iterations - 1:
                image = scipy.ndimage.median_filter(image, size=(median_fsize, median_fsize, 1))
        image = image + (resize(detail, size) - resize(resize(detail, previous), size))
        previous = size
        yield image


def psnr(one: Any, other: Any) -> float:
    """Peak signal-to-noise ratio in dB of two images in [-1, 1]; infinite when they are equal."""
    error = float(np.mean((np.float64(one) - np.float64(other)) ** 2))
    return 10 * np.log10(4 / error) if error else float("inf")
