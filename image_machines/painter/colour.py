"""Colour and light: mixtures, ramps from shadow to highlight, light on a form.

Colours are float32 RGB in [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Field = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]
Stops = Sequence[Colour]


def mix(first: ArrayLike, second: ArrayLike, share: ArrayLike) -> Field:
    """Mix two colours or colour fields; ``share`` (a number or (H, W)) is the part of the second."""
    a, b = np.asarray(first, np.float32), np.asarray(second, np.float32)
    part = np.asarray(share, np.float32)
    return a + (b - a) * (part[..., None] if part.ndim else part)


def ramp(value: Field, stops: Stops) -> Field:
    """Colour (…, 3) for light values in [0, 1]: from the first stop (shadow) to the last (highlight)."""
    table = np.asarray(stops, np.float32)
    places = np.linspace(0, len(table) - 1, 256)
    below = np.minimum(places.astype(int), len(table) - 2)
    share = (places - below).astype(np.float32)[:, None]
    lookup = table[below] * (1 - share) + table[below + 1] * share
    return lookup[np.clip(value * 255, 0, 255).astype(np.uint8)]


def shades(colour: Colour, dark: float = 0.16, warm: float = 0.5) -> Stops:
    """Five stops for a material: umber shadow, half shadow, its own colour, light, lead-white highlight."""
    base = np.asarray(colour, np.float32)
    umber = np.array([0.13, 0.075, 0.045], np.float32)
    deep = base * dark * (1 - warm) + umber * warm * (0.5 + base.mean())
    half = base * 0.48 + umber * 0.18
    light = base * 0.72 + np.array([0.98, 0.93, 0.80], np.float32) * 0.30
    white = base * 0.35 + np.array([1.0, 0.97, 0.88], np.float32) * 0.66
    return [colour_of(np.clip(stop, 0, 1)) for stop in (deep, half, base, light, white)]


def colour_of(values: ArrayLike) -> Colour:
    """Three numbers as a plain colour."""
    red, green, blue = (float(value) for value in np.asarray(values))
    return red, green, blue


def step(low: float, high: float, value: ArrayLike) -> Field:
    """Smooth step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((np.asarray(value, np.float32) - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def lit(nx: Field, ny: Field, nz: Field, light: Colour, wrap: float = 0.15) -> Field:
    """Diffuse light in [0, 1] on unit normals (y up, z to the viewer); ``wrap`` softens the terminator."""
    length = float(np.sqrt(sum(part * part for part in light)))
    fall = (nx * light[0] + ny * light[1] + nz * light[2]) / length
    return np.clip((fall + wrap) / (1 + wrap), 0, 1)


def normals(height: Field, pixel: float) -> tuple[Field, Field, Field]:
    """Unit normals (x right, y up, z to the viewer) of a height field with pixels ``pixel`` units apart."""
    slope_y, slope_x = np.gradient(height, pixel)
    length = 1 / np.sqrt(slope_x**2 + slope_y**2 + 1)
    return -slope_x * length, slope_y * length, length
