"""Waves and free colours: the transforms that `Fourier`, `MaCo` and the natural gradient share."""

from __future__ import annotations

import numpy as np
from keras import ops
from numpy.typing import NDArray

from image_machines.network.tensors import Tensor
from image_machines.vision.parametrizations.base import Floats, Size

BRIGHTEST = 0.999  # pixels are brought inside before their bound is undone


def frequencies(size: Size) -> NDArray[np.float64]:
    """Cycles per pixel of each wave of ``fft2``, (H, W)."""
    return np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.fftfreq(size[1])[None, :])


def hartley(waves: Tensor) -> Tensor:
    """The Hartley transform of the last two axes, scaled to be its own inverse."""
    count = ops.cast(ops.shape(waves)[-2] * ops.shape(waves)[-1], "float32")
    real, imaginary = ops.fft2((waves, ops.zeros_like(waves)))
    return (real - imaginary) * ops.rsqrt(count)


def mirrored(waves: Tensor) -> Tensor:
    """The value of the opposite wave, for each wave of ``fft2``."""
    return ops.roll(ops.flip(waves, axis=(-2, -1)), (1, 1), axis=(-2, -1))


def colored(planes: Tensor, matrix: Tensor, mean: Tensor) -> Tensor:
    """Free planes (N, 3, H, W) to images (N, H, W, 3) in [-1, 1]: mix the colours, then Lucid's sigmoid."""
    mixed = ops.matmul(ops.transpose(planes, (0, 2, 3, 1)), ops.transpose(ops.convert_to_tensor(matrix)))
    return ops.tanh(mixed / 2 + mean)


def uncolored(
    images: Floats, matrix: NDArray[np.floating], mean: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Images to free planes."""
    mixed = (before_tanh(images) - mean) * 2
    return np.moveaxis(mixed @ np.linalg.inv(np.asarray(matrix, np.float64)).T, -1, 1)


def before_tanh(images: NDArray[np.floating]) -> NDArray[np.float64]:
    """What the tanh was taken of."""
    return np.arctanh(np.clip(np.asarray(images, np.float64), -BRIGHTEST, BRIGHTEST))
