"""The buildings of a landscape: a cottage, a church, a windmill, a castle."""

from __future__ import annotations

import numpy as np

from image_machines.painter.colour import Colour, Field, colour_of, ramp, shades
from image_machines.painter.noise import dice, noise
from image_machines.painter.prospects import Prospect, dab, polygon

Shape = tuple[list[tuple[float, float]], str, float]  # corners, material, light


ROOFS: list[Colour] = [(0.52, 0.25, 0.15), (0.46, 0.38, 0.24), (0.34, 0.33, 0.35)]


BUILDINGS: dict[str, list[Shape]] = {
    "Cottage": [
        ([(-0.9, -0.75), (0.55, -0.75), (0.55, 0), (-0.9, 0)], "wall", 0.40),
        ([(0.55, -0.75), (0.85, -1.35), (1.15, -0.75), (1.15, 0), (0.55, 0)], "wall", 0.80),
        ([(-1.05, -0.7), (-0.6, -1.4), (0.87, -1.4), (0.50, -0.7)], "roof", 0.55),
        ([(-0.45, -1.65), (-0.25, -1.65), (-0.25, -1.3), (-0.45, -1.3)], "wall", 0.45),
        ([(0.75, -0.45), (0.95, -0.45), (0.95, 0), (0.75, 0)], "dark", 0.2),
        ([(-0.3, -0.5), (-0.1, -0.5), (-0.1, -0.28), (-0.3, -0.28)], "dark", 0.2),
    ],
    "Church": [
        ([(-1.1, -0.7), (0.3, -0.7), (0.3, 0), (-1.1, 0)], "wall", 0.42),
        ([(-1.2, -0.65), (-1.0, -1.25), (0.3, -1.25), (0.3, -0.65)], "roof", 0.5),
        ([(0.25, -1.7), (0.6, -1.7), (0.6, 0), (0.25, 0)], "wall", 0.46),
        ([(0.6, -1.7), (0.9, -1.7), (0.9, 0), (0.6, 0)], "wall", 0.78),
        ([(0.2, -1.65), (0.58, -2.9), (0.95, -1.65)], "roof", 0.45),
        ([(0.7, -1.45), (0.8, -1.45), (0.8, -1.2), (0.7, -1.2)], "dark", 0.2),
        ([(-0.6, -0.5), (-0.48, -0.5), (-0.48, -0.15), (-0.6, -0.15)], "dark", 0.2),
        ([(-0.2, -0.5), (-0.08, -0.5), (-0.08, -0.15), (-0.2, -0.15)], "dark", 0.2),
    ],
    "Windmill": [
        ([(-0.36, -1.2), (0.02, -1.2), (0.02, 0), (-0.55, 0)], "wall", 0.30),
        ([(0.0, -1.2), (0.36, -1.2), (0.55, 0), (0.0, 0)], "wall", 0.62),
        ([(-0.42, -1.18), (-0.2, -1.55), (0.2, -1.55), (0.42, -1.18)], "roof", 0.5),
        ([(-0.95, -2.45), (-0.80, -2.50), (0.93, -0.27), (0.82, -0.20)], "wall", 0.75),
        ([(0.80, -2.50), (0.95, -2.43), (-0.80, -0.18), (-0.93, -0.26)], "wall", 0.75),
    ],
    "Castle": [
        ([(-1.3, -0.8), (0.9, -0.8), (0.9, 0.2), (-1.3, 0.2)], "wall", 0.45),
        ([(-1.5, -1.6), (-0.9, -1.6), (-0.9, 0.2), (-1.5, 0.2)], "wall", 0.52),
        ([(0.2, -2.2), (0.65, -2.2), (0.65, 0.2), (0.2, 0.2)], "wall", 0.40),
        ([(0.65, -2.2), (0.95, -2.2), (0.95, 0.2), (0.65, 0.2)], "wall", 0.75),
        ([(0.1, -2.15), (0.58, -2.8), (1.05, -2.15)], "roof", 0.5),
        ([(-0.6, -1.15), (-0.2, -1.15), (-0.2, -0.7), (-0.6, -0.7)], "wall", 0.60),
        ([(-1.25, -1.3), (-1.15, -1.3), (-1.15, -1.0), (-1.25, -1.0)], "dark", 0.2),
        ([(0.38, -1.8), (0.46, -1.8), (0.46, -1.5), (0.38, -1.5)], "dark", 0.2),
    ],
}


def lay_building(view: Prospect, name: str, nearness: float, crest: Field) -> None:
    """Lay a building with a lit and a shaded side."""
    rolls = dice(view.seed, "building")
    x = float(rolls.uniform(-0.7, 0.7)) * view.reach
    size = float(rolls.uniform(0.05, 0.085)) * (0.75 + 0.35 * nearness)
    y = view.at(crest, x) + size * 0.35
    window = view.surface.window(x - 2 * size, y - 3 * size, x + 2 * size, y + 0.4 * size)
    tones = {
        "wall": shades((0.74, 0.64, 0.50)),
        "roof": shades(ROOFS[rolls.integers(3)]),
        "dark": shades((0.2, 0.15, 0.1)),
    }
    texture = 0.05 * noise(rolls, window.x / size * 4, window.y / size * 4, 2)
    for corners, material, light in BUILDINGS[name]:
        places = [(x + view.side * cx * size, y + cy * size) for cx, cy in corners]
        if view.side < 0:
            places.reverse()
        colour = ramp(np.clip(light + texture, 0, 1), tones[material])
        colour = view.away(colour, min(nearness + 0.2, 1)) * view.weather.brightness
        view.surface.lay("building", window, view.surface.edge(polygon(window, places)), colour, 0, 0.55)
    for place in rolls.uniform(-1.3, 1.3, 7):  # bushes along the foot of the walls
        leaf = colour_of(view.away(np.asarray(view.weather.leaf, np.float32), nearness))
        bush_x, broad = x + float(place) * size, float(rolls.uniform(0.14, 0.30)) * size
        dab(view, "trees", bush_x, view.at(crest, bush_x) + size * 0.38, broad * 1.6, broad * 0.8, leaf)
