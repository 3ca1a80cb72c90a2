"""Statistics of pictures: the colours and frequencies of one's own collection, for `Fourier` and `MaCo`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from image_machines import files
from image_machines import images as pictures
from image_machines.images import Picture
from image_machines.vision.parametrizations.base import Floats, Size
from image_machines.vision.parametrizations.waves import before_tanh, frequencies, uncolored

# Square root of the covariance of ImageNet's colours, as published with Lucid (Olah, Mordvintsev, Schubert
# 2017).
IMAGENET_COLORS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))


def color_statistics(collection: Iterable[Picture]) -> tuple[Floats, Floats]:
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
    return matrix.astype(np.float32), before_tanh(mean).astype(np.float32)


def spectrum(collection: Iterable[Picture], size: int, matrix: NDArray[np.floating] | None = None) -> Floats:
    """Mean magnitude (3, size, size) of the pictures' frequencies, in colours freed of each other by
    ``matrix``.

    The matrix is that of `color_statistics`, ImageNet's where it is None. Every picture is cut square about
    its centre and resized; frequencies are ordered as by ``numpy.fft.fft2``.
    """
    matrix = np.array(IMAGENET_COLORS) if matrix is None else matrix
    total, count = np.zeros((3, size, size)), 0
    for each in collection:
        image = _square(pictures.from_picture(each), size)
        planes = uncolored(image[None], _normalised(matrix), np.zeros(3))
        total += np.abs(np.fft.fft2(planes[0] - planes[0].mean((1, 2), keepdims=True), norm="ortho"))
        count += 1
    if count == 0:
        raise ValueError("a spectrum needs at least one picture")
    return (total / count).astype(np.float32)


def save(path: str | Path, collection: Iterable[Picture], size: int = 256) -> Path:
    """Keep colours and spectrum of pictures (0-255) as .npz, for ``Fourier(statistics=path)`` and `MaCo`."""
    kept = [np.asarray(each) for each in collection]
    matrix, mean = color_statistics(kept)
    with files.replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, colors=matrix, mean=mean, spectrum=spectrum(kept, size, matrix))
    return Path(path)


def colors(path: str = "") -> tuple[Floats, Floats]:
    """The matrix (3, 3) that mixes free colours into RGB, and the mean colour before the tanh."""
    if not path:
        return _normalised(np.array(IMAGENET_COLORS)), np.zeros(3, np.float32)
    known = read(path)
    return _normalised(known["colors"]), known["mean"]


def magnitudes(path: str, size: Size) -> NDArray[np.float64]:
    """Magnitudes (3, H, W) of the waves at this size, nothing at frequency zero."""
    if not path:
        falling = 1 / np.maximum(frequencies(size), 1 / max(size))
        result = np.broadcast_to(falling, (3, *size)).copy()
    else:
        result = _resampled(read(path)["spectrum"], size)
    result[:, 0, 0] = 0
    return result


@lru_cache(maxsize=8)
def read(path: str) -> dict[str, Floats]:
    """What `save` has kept: colours (3, 3), mean (3,) and spectrum (3, size, size)."""
    if not Path(path).is_file():
        raise FileNotFoundError(f"no statistics at {path}; statistics.save makes them")
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in ("colors", "mean", "spectrum")}


def _normalised(matrix: NDArray[np.floating]) -> Floats:
    """The matrix scaled so that the strongest colour keeps its length (as Lucid does)."""
    return (matrix / np.linalg.norm(matrix, axis=0).max()).astype(np.float32)


def _resampled(values: Floats, size: Size) -> NDArray[np.float64]:
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


def _square(image: Floats, size: int) -> Floats:
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    return pictures.resize_linear(image[top : top + side, left : left + side], (size, size))
