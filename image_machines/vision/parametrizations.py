"""Parametrisations: how an image is stored while it is optimised.

A parametrisation turns parameters, a tensor with a row per image, into images ``(N, H, W, 3)`` in [-1, 1],
differentiably, and images back into parameters. `color_statistics` and `spectrum` take the colours and the
frequencies of one's own pictures; `save_statistics` keeps them in a file that `Fourier` and `MaCo` can use.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from keras import ops
from numpy.typing import NDArray

from image_machines import files
from image_machines import images as pictures
from image_machines.network import gradient

FloatArray = NDArray[np.float32]
Random = np.random.Generator
Size = tuple[int, int]

# Square root of the covariance of ImageNet's colours, as published with Lucid (Olah, Mordvintsev, Schubert
# 2017).
IMAGENET_COLORS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))

BRIGHTEST = 0.999  # pixels are brought inside before the tanh is undone


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """The pixels themselves; ``noise`` is the standard deviation of the first image (Offert 2018: 0.01)."""

    shape: ClassVar[list[int | None]] = [None, None, None, 3]  # of the parameters
    constant_shapes: ClassVar[tuple[Any, ...]] = ()
    noise: float = 0.01

    def start(self, size: Size, random: Random) -> FloatArray:
        """A first image (H, W, 3)."""
        return random.normal(0, self.noise, (*size, 3)).astype(np.float32)

    def constants(self, size: Size) -> tuple[FloatArray, ...]:
        """What `images` and `parameters` need at this size beside their first argument."""
        return ()

    def images(self, parameters: Any, constants: tuple[Any, ...]) -> Any:
        """Parameters to images, in ``keras.ops``."""
        return parameters

    def parameters(self, images: FloatArray, constants: tuple[Any, ...]) -> FloatArray:
        """Images to parameters, in NumPy."""
        return images


@dataclass(frozen=True, kw_only=True)
class Fourier:
    """Frequencies, each as strong as in photographs, and colours freed of each other (Olah et al. 2017).

    A parameter is the amplitude of a wave (of the Hartley transform: real, as many as pixels, its own
    inverse), scaled by 1 / frequency ** ``decay``. ``statistics`` is a file of `save_statistics`, "" for
    ImageNet's colours.
    """

    shape: ClassVar[list[int | None]] = [None, 3, None, None]
    constant_shapes: ClassVar[tuple[Any, ...]] = ([None, None], [3, 3], [3])
    noise: float = 0.01
    decay: float = 1.0
    statistics: str = ""

    def start(self, size: Size, random: Random) -> FloatArray:
        waves = random.normal(0, self.noise, (1, 3, *size)).astype(np.float32)
        return gradient.to_array(self.images(gradient.to_tensor(waves), self.constants(size)))[0]

    def constants(self, size: Size) -> tuple[FloatArray, ...]:
        frequencies = np.maximum(_frequencies(size), 1 / max(size))
        matrix, mean = colors(self.statistics)
        scale = 1 / (4 * frequencies**self.decay)  # as Lucid's, for a transform that keeps lengths
        return scale.astype(np.float32), matrix, mean

    def images(self, parameters: Any, constants: tuple[Any, ...]) -> Any:
        scale, matrix, mean = constants
        return _colored(hartley(parameters * scale), matrix, mean)

    def parameters(self, images: FloatArray, constants: tuple[Any, ...]) -> FloatArray:
        scale, matrix, mean = constants
        planes = _uncolored(images, matrix, mean)
        waves = np.fft.fft2(planes, norm="ortho")
        return ((waves.real - waves.imag) / scale).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class MaCo:
    """Frequencies of fixed magnitude; only their phases are optimised (Fel et al. 2023).

    The magnitudes are those of ``statistics``, a file of `save_statistics`; with "" they fall as 1 /
    frequency, the law of natural images, in ImageNet's colours. ``contrast`` is the standard deviation before
    colours are mixed.
    """

    shape: ClassVar[list[int | None]] = [None, 3, None, None]
    constant_shapes: ClassVar[tuple[Any, ...]] = ([3, None, None], [3, 3], [3])
    contrast: float = 1.0
    statistics: str = ""

    def start(self, size: Size, random: Random) -> FloatArray:
        phases = random.uniform(-np.pi / 2, np.pi / 2, (1, 3, *size)).astype(np.float32)
        return gradient.to_array(self.images(gradient.to_tensor(phases), self.constants(size)))[0]

    def constants(self, size: Size) -> tuple[FloatArray, ...]:
        magnitudes = _magnitudes(self.statistics, size)
        magnitudes = magnitudes * self.contrast / np.sqrt(np.square(magnitudes).mean())
        return (magnitudes.astype(np.float32), *colors(self.statistics))

    def images(self, parameters: Any, constants: tuple[Any, ...]) -> Any:
        magnitudes, matrix, mean = constants
        phases = parameters - _mirrored(parameters)  # a real image's phases are odd
        real, imaginary = magnitudes * ops.cos(phases), magnitudes * ops.sin(phases)
        planes, _ = ops.ifft2((real, imaginary))
        count = ops.cast(ops.shape(planes)[-2] * ops.shape(planes)[-1], "float32")
        return _colored(planes * ops.sqrt(count), matrix, mean)

    def parameters(self, images: FloatArray, constants: tuple[Any, ...]) -> FloatArray:
        _, matrix, mean = constants
        phases = np.angle(np.fft.fft2(_uncolored(images, matrix, mean)))
        return (phases / 2).astype(np.float32)


PARAMETRIZATIONS: dict[str, type[Any]] = {"pixels": Pixels, "fourier": Fourier, "maco": MaCo}


# --- statistics of pictures -----------------------------------------------------------------------------


def color_statistics(collection: Iterable[NDArray[Any]]) -> tuple[FloatArray, FloatArray]:
    """Square root of the colours' covariance (3, 3) and their mean (3,) over pictures (0-255) of any size.

    Both are of images in [-1, 1]; the mean is given before the tanh that `Fourier` ends in.
    """
    count, total, products = 0, np.zeros(3), np.zeros((3, 3))
    for each in collection:
        pixels = pictures.from_picture(each).reshape(-1, 3).astype(np.float64)
        count += len(pixels)
        total += pixels.sum(0)
        products += pixels.T @ pixels
    if count == 0:
        raise ValueError("colour statistics need at least one picture")
    mean = total / count
    values, vectors = np.linalg.eigh(products / count - np.outer(mean, mean))
    matrix = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 1e-8))
    return matrix.astype(np.float32), _undone(mean).astype(np.float32)


def spectrum(collection: Iterable[NDArray[Any]], size: int, matrix: NDArray[Any] | None = None) -> FloatArray:
    """Mean magnitude (3, size, size) of the pictures' frequencies, in colours freed of each other by
    ``matrix``.

    The matrix is that of `color_statistics`, ImageNet's where it is None. Every picture is cut square about
    its centre and resized; frequencies are ordered as by ``numpy.fft.fft2``.
    """
    matrix = np.array(IMAGENET_COLORS) if matrix is None else matrix
    total, count = np.zeros((3, size, size)), 0
    for each in collection:
        image = _square(pictures.from_picture(each), size)
        planes = _uncolored(image[None], _normalised(matrix), np.zeros(3))
        total += np.abs(np.fft.fft2(planes[0] - planes[0].mean((1, 2), keepdims=True), norm="ortho"))
        count += 1
    if count == 0:
        raise ValueError("a spectrum needs at least one picture")
    return (total / count).astype(np.float32)


def save_statistics(path: str | Path, collection: Iterable[NDArray[Any]], size: int = 256) -> Path:
    """Keep colours and spectrum of pictures (0-255) as .npz, for ``Fourier(statistics=path)`` and `MaCo`."""
    kept = [np.asarray(each) for each in collection]
    matrix, mean = color_statistics(kept)
    with files.replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, colors=matrix, mean=mean, spectrum=spectrum(kept, size, matrix))
    return Path(path)


def colors(statistics: str = "") -> tuple[FloatArray, FloatArray]:
    """The matrix (3, 3) that mixes free colours into RGB, and the mean colour before the tanh."""
    if not statistics:
        return _normalised(np.array(IMAGENET_COLORS)), np.zeros(3, np.float32)
    known = _statistics(statistics)
    return _normalised(known["colors"]), known["mean"]


def _normalised(matrix: NDArray[Any]) -> FloatArray:
    """The matrix scaled so that the strongest colour keeps its length (as Lucid does)."""
    return (matrix / np.linalg.norm(matrix, axis=0).max()).astype(np.float32)


@lru_cache(maxsize=8)
def _statistics(path: str) -> dict[str, FloatArray]:
    if not Path(path).is_file():
        raise FileNotFoundError(f"no statistics at {path}; parametrizations.save_statistics makes them")
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in ("colors", "mean", "spectrum")}


def _magnitudes(statistics: str, size: Size) -> NDArray[np.float64]:
    """Magnitudes (3, H, W) at this size, nothing at frequency zero."""
    frequencies = _frequencies(size)
    if not statistics:
        falling = 1 / np.maximum(frequencies, 1 / max(size))
        result = np.broadcast_to(falling, (3, *size)).copy()
    else:
        result = _resampled(_statistics(statistics)["spectrum"], size)
    result[:, 0, 0] = 0
    return result


def _resampled(values: FloatArray, size: Size) -> NDArray[np.float64]:
    """A spectrum at another size: each wave takes the magnitude of the same number of periods per image.

    Waves finer than the statistics hold follow on as 1 / frequency.
    """
    side = values.shape[-1]
    cycles = [np.fft.fftfreq(length) * length for length in size]
    nearest = [np.clip(np.rint(each), -(side // 2) + 1, (side - 1) // 2).astype(int) for each in cycles]
    taken = values[:, nearest[0] % side][:, :, nearest[1] % side].astype(np.float64)
    asked = np.hypot(cycles[0][:, None], cycles[1][None, :])
    given = np.hypot(nearest[0][:, None], nearest[1][None, :])
    return taken * np.minimum(given / np.maximum(asked, 1e-9), 1)


def _frequencies(size: Size) -> NDArray[np.float64]:
    """Cycles per pixel of each wave of ``fft2``, (H, W)."""
    return np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.fftfreq(size[1])[None, :])


def _square(image: FloatArray, size: int) -> FloatArray:
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    return pictures.resize_linear(image[top : top + side, left : left + side], (size, size))


# --- transforms -----------------------------------------------------------------------------------------


def hartley(waves: Any) -> Any:
    """The Hartley transform of the last two axes, scaled to be its own inverse."""
    count = ops.cast(ops.shape(waves)[-2] * ops.shape(waves)[-1], "float32")
    real, imaginary = ops.fft2((waves, ops.zeros_like(waves)))
    return (real - imaginary) * ops.rsqrt(count)


def _mirrored(waves: Any) -> Any:
    """The value of the opposite wave, for each wave of ``fft2``."""
    return ops.roll(ops.flip(waves, axis=(-2, -1)), (1, 1), axis=(-2, -1))


def _colored(planes: Any, matrix: Any, mean: Any) -> Any:
    """Free planes (N, 3, H, W) to images (N, H, W, 3) in [-1, 1]: mix the colours, then Lucid's sigmoid."""
    mixed = ops.matmul(ops.transpose(planes, (0, 2, 3, 1)), ops.transpose(ops.convert_to_tensor(matrix)))
    return ops.tanh(mixed / 2 + mean)


def _uncolored(images: NDArray[Any], matrix: NDArray[Any], mean: NDArray[Any]) -> NDArray[np.float64]:
    """Images to free planes."""
    mixed = (_undone(images) - mean) * 2
    return np.moveaxis(mixed @ np.linalg.inv(np.asarray(matrix, np.float64)).T, -1, 1)


def _undone(images: NDArray[Any]) -> NDArray[np.float64]:
    """What the tanh was taken of."""
    return np.arctanh(np.clip(np.asarray(images, np.float64), -BRIGHTEST, BRIGHTEST))
