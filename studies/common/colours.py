"""Colours as eyes see them: CIELAB, where a distance is a difference that can be seen.

The way back is not scikit-image's, which cuts off what a screen cannot show: here that must be seen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from image_machines.images import Picture

# IEC 61966-2-1: linear sRGB to XYZ, white D65; CIE 15: XYZ to L*a*b*.
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = XYZ.sum(axis=1)
CUBE, SLOPE = (6 / 29) ** 3, (29 / 6) ** 2 / 3


def to_lab(picture: Picture) -> NDArray[np.float64]:
    """Picture (..., 3) to CIELAB: lightness 0-100, a* green to red, b* blue to yellow."""
    values = np.arange(256) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    t = linear[picture] @ XYZ.T / WHITE
    f = np.where(t > CUBE, np.cbrt(t), SLOPE * t + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def to_values(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB to sRGB values, 0-1 where a screen can show the colour."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    t = np.where(f > 6 / 29, f**3, (f - 4 / 29) / SLOPE)
    linear = (t * WHITE) @ np.linalg.inv(XYZ).T
    high = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, high)
