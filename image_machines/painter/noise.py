"""Chance and what it looks like: the dice of each thing in a work, noise, fields made coarser or finer."""

from __future__ import annotations

import zlib

import numpy as np
from PIL import Image

from image_machines.painter.colour import Field

LATTICE = 64


def dice(seed: int, what: str) -> np.random.Generator:
    """Return the random generator for one thing of one work, so that leaving it out changes nothing else."""
    return np.random.default_rng([seed, zlib.crc32(what.encode())])


def noise(dice: np.random.Generator, x: Field, y: Field, octaves: int = 4, gain: float = 0.5) -> Field:
    """Fractal value noise at (x, y), about [-1, 1], features one unit wide in the first octave.

    ``x`` (1, W) with ``y`` (H, 1) is much faster than two full (H, W) fields.
    """
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    amplitude, reach = 1.0, 0.0
    for octave in range(octaves):
        lattice = dice.uniform(-1, 1, (LATTICE, LATTICE)).astype(np.float32)
        total += amplitude * _smooth(lattice, x * 2**octave, y * 2**octave)
        reach += amplitude
        amplitude *= gain
    return total * np.float32(1.6 / reach)


def _smooth(lattice: Field, x: Field, y: Field) -> Field:
    """The lattice, repeated without end, at (x, y), smoothly interpolated."""
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = (x - column).astype(np.float32), (y - row).astype(np.float32)
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    left, right = column % LATTICE, (column + 1) % LATTICE
    upper, lower = row % LATTICE, (row + 1) % LATTICE
    if x.shape[0] == 1 and y.shape[1] == 1:
        rows = lattice[upper[:, 0]] * (1 - fy) + lattice[lower[:, 0]] * fy
        return rows[:, left[0]] * (1 - fx) + rows[:, right[0]] * fx
    above = lattice[upper, left] * (1 - fx) + lattice[upper, right] * fx
    below = lattice[lower, left] * (1 - fx) + lattice[lower, right] * fx
    return above * (1 - fy) + below * fy


def blur(values: Field, radius: float) -> Field:
    """Blur (H, W) or (H, W, C) over about ``radius`` pixels: reduced to means, then enlarged again."""
    cell = int(round(radius)) + 1
    if cell < 2:
        return values
    height, width = values.shape[:2]
    small = max(1, -(-height // cell)), max(1, -(-width // cell))
    return resize(resize(values, small, Image.Resampling.HAMMING), (height, width))


def resize(
    values: Field, shape: tuple[int, int], filter_: Image.Resampling = Image.Resampling.BICUBIC
) -> Field:
    """Resize (H, W) or (H, W, C) float fields to ``shape`` (height, width)."""
    if values.ndim == 3:
        return np.stack([resize(values[..., c], shape, filter_) for c in range(values.shape[2])], axis=-1)
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(picture.resize((shape[1], shape[0]), filter_))
