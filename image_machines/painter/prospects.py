"""The prospect that a landscape shows: weather, light, how distance looks; and single touches of the brush.

Units: the surface's height is 1, (0, 0) its middle, y goes down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from image_machines.painter.colour import Colour, Field, mix, ramp, shades
from image_machines.painter.surface import Surface, Window


@dataclass(frozen=True)
class Weather:
    """Light and season of a landscape."""

    title: str
    zenith: Colour
    horizon: Colour
    cloud_light: Colour
    cloud_dark: Colour
    haze: Colour  # what distance fades to
    land: Colour
    leaf: Colour
    clouds: float  # cover, about -0.5 (clear) to 0.5 (overcast)
    brightness: float


WEATHERS = (
    Weather("Morning", (0.38, 0.53, 0.68), (0.93, 0.87, 0.72), (0.98, 0.94, 0.84), (0.62, 0.62, 0.64),
            (0.58, 0.70, 0.80), (0.47, 0.45, 0.22), (0.27, 0.33, 0.14), -0.05, 1.0),
    Weather("Summer Day", (0.27, 0.46, 0.68), (0.80, 0.86, 0.84), (0.99, 0.96, 0.90), (0.60, 0.63, 0.68),
            (0.53, 0.67, 0.80), (0.48, 0.48, 0.20), (0.22, 0.33, 0.13), 0.05, 1.0),
    Weather("Evening", (0.36, 0.44, 0.54), (0.98, 0.78, 0.46), (1.0, 0.85, 0.58), (0.52, 0.41, 0.41),
            (0.60, 0.63, 0.72), (0.44, 0.35, 0.15), (0.26, 0.24, 0.10), -0.02, 0.88),
    Weather("Approaching Storm", (0.22, 0.27, 0.33), (0.72, 0.71, 0.62), (0.83, 0.80, 0.72),
            (0.27, 0.29, 0.33), (0.43, 0.52, 0.60), (0.42, 0.39, 0.19), (0.19, 0.24, 0.12), 0.35, 0.80),
    Weather("Moonlight", (0.08, 0.14, 0.22), (0.40, 0.47, 0.47), (0.66, 0.68, 0.60), (0.15, 0.20, 0.25),
            (0.25, 0.34, 0.41), (0.20, 0.20, 0.13), (0.09, 0.12, 0.09), 0.0, 0.62),
    Weather("Winter", (0.47, 0.56, 0.63), (0.88, 0.82, 0.72), (0.94, 0.91, 0.86), (0.56, 0.58, 0.61),
            (0.62, 0.71, 0.80), (0.78, 0.78, 0.77), (0.26, 0.20, 0.14), 0.15, 0.98),
    Weather("Autumn", (0.40, 0.51, 0.62), (0.92, 0.83, 0.63), (0.97, 0.91, 0.78), (0.60, 0.57, 0.55),
            (0.58, 0.67, 0.74), (0.50, 0.38, 0.17), (0.48, 0.27, 0.10), 0.10, 0.95),
)  # fmt: skip


@dataclass(frozen=True)
class Prospect:
    """What the hands that paint one landscape share."""

    surface: Surface
    seed: int
    weather: Weather
    side: float  # where the light comes from: -1 left, 1 right
    horizon: float
    blue: bool  # whether distance turns blue and pale

    @property
    def reach(self) -> float:
        """Half the width of the picture."""
        return self.surface.width / self.surface.unit / 2

    def at(self, crest: Field, x: float) -> float:
        """The height of a crest, (1, W), at x."""
        column = (x + self.reach) * self.surface.unit
        return float(crest[0, int(np.clip(column, 0, crest.shape[1] - 1))])

    def away(self, colour: Field, nearness: float) -> Field:
        """Return the colour as seen from a distance (``nearness`` 0 far, 1 at the viewer's feet)."""
        distance = 1 - nearness
        if self.blue:
            return mix(colour, self.weather.haze, 0.86 * distance**1.2)
        return mix(colour, np.asarray(self.weather.land) * 0.9, 0.30 * distance)


def polygon(window: Window, points: list[tuple[float, float]]) -> Field:
    """Signed distance (negative inside) to a convex polygon given clockwise on the picture."""
    distance = np.full(window.shape, -np.inf, np.float32)
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True):
        length = float(np.hypot(bx - ax, by - ay))
        away = ((window.x - ax) * (by - ay) - (window.y - ay) * (bx - ax)) / length
        distance = np.maximum(distance, away)
    return distance


def dab(
    view: Prospect, part: str, x: float, y: float, rx: float, ry: float, colour: Colour, lean: float = 0.0
) -> None:
    """Set one oval touch of the brush, lit from the light's side."""
    reach = max(rx, ry) * 1.4
    window = view.surface.window(x - reach, y - reach, x + reach, y + reach)
    u = ((window.x - x) * np.cos(lean) + (window.y - y) * np.sin(lean)) / rx
    v = (-(window.x - x) * np.sin(lean) + (window.y - y) * np.cos(lean)) / ry
    light = np.clip(0.5 + 0.3 * u * view.side - 0.2 * v, 0, 1)
    toned = ramp(light, shades(colour)) * view.weather.brightness
    view.surface.lay(part, window, view.surface.edge((np.hypot(u, v) - 1) * min(rx, ry)), toned, lean, 0.6)
