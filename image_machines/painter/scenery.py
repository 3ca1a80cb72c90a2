"""What is set into a landscape last: people and animals, boats, birds, sun and moon."""

from __future__ import annotations

import numpy as np

from image_machines.painter.colour import Colour, ramp, shades
from image_machines.painter.noise import dice
from image_machines.painter.prospects import Prospect, dab, polygon


def set_figures(view: Prospect) -> None:
    """Set a few wayfarers or grazing animals into the middle distance."""
    rolls = dice(view.seed, "figures")
    x, y = float(rolls.uniform(-0.5, 0.5)) * view.reach, float(rolls.uniform(0.30, 0.38))
    coats: list[Colour] = [(0.58, 0.14, 0.09), (0.75, 0.70, 0.60), (0.24, 0.28, 0.38), (0.30, 0.21, 0.14)]
    people = rolls.random() < 0.6
    for _ in range(int(rolls.integers(1, 4)) if people else int(rolls.integers(3, 6))):
        size = float(rolls.uniform(0.016, 0.020)) * (0.5 + 1.5 * (y - view.horizon))
        size = max(size, 0.012)
        coat = coats[rolls.integers(4)]
        dab(view, "figures", x - view.side * size, y, size * 2.2, size * 0.35, (0.16, 0.13, 0.08))
        if people:
            dab(view, "figures", x, y - size * 0.7, size * 0.42, size * 1.0, (0.22, 0.18, 0.14))
            dab(view, "figures", x, y - size * 1.7, size * 0.50, size * 0.9, coat)
            dab(view, "figures", x, y - size * 2.8, size * 0.27, size * 0.33, (0.72, 0.50, 0.36))
        else:
            coat = [(0.70, 0.64, 0.54), (0.42, 0.25, 0.14), (0.20, 0.16, 0.13)][rolls.integers(3)]
            head = float(rolls.choice([-1, 1]))
            for leg in (-0.7, 0.7):
                dab(view, "figures", x + leg * size, y - size * 0.35, size * 0.15, size * 0.6, coat)
            dab(view, "figures", x, y - size * 1.1, size * 1.15, size * 0.55, coat)
            dab(
                view,
                "figures",
                x + head * size * 1.3,
                y - size * 1.3,
                size * 0.42,
                size * 0.30,
                coat,
                head * 0.6,
            )
        x, y = (
            x + float(rolls.uniform(2.2, 4.5)) * size * float(rolls.choice([-1, 1])),
            y + float(rolls.normal(0, 0.012)),
        )


def set_boats(view: Prospect, shore: float) -> None:
    """Set one to three boats with sails onto the water, mirrored in it."""
    rolls = dice(view.seed, "boats")
    for _ in range(int(rolls.integers(1, 4))):
        y = shore + float(rolls.uniform(0.03, 0.12))
        size = 0.05 + 0.5 * (y - shore)
        x = float(rolls.uniform(-0.8, 0.8)) * view.reach
        lean = float(rolls.choice([-1, 1]))
        window = view.surface.window(x - size * 1.6, y - size * 2, x + size * 1.6, y + size * 2)
        sail: Colour = [(0.80, 0.74, 0.62), (0.55, 0.32, 0.18), (0.72, 0.62, 0.46)][rolls.integers(3)]
        for mirror, strength in ((-1, 0.45), (1, 1.0)):
            for corners, colour, light in (
                ([(-0.05, 1.5), (0.75, 0.35), (-0.05, 0.30)], sail, 0.62),
                ([(-0.12, 1.35), (-0.12, 0.30), (-0.55, 0.32)], sail, 0.45),
                ([(-0.75, 0.22), (0.85, 0.26), (0.6, 0.0), (-0.6, 0.0)], (0.24, 0.16, 0.11), 0.42),
            ):
                places = [(x + lean * cx * size, y - mirror * cy * size) for cx, cy in corners]
                if lean * mirror < 0:
                    places.reverse()
                cover = view.surface.edge(polygon(window, places)) * strength
                toned = (
                    ramp(np.full(window.shape, light, np.float32), shades(colour)) * view.weather.brightness
                )
                view.surface.lay("boats" if mirror > 0 else "", window, cover, toned, 1.2, 0.6)


def set_birds(view: Prospect) -> None:
    """Set a few birds into the sky."""
    rolls = dice(view.seed, "birds")
    x, y = float(rolls.uniform(-0.6, 0.6)) * view.reach, float(rolls.uniform(-0.38, view.horizon - 0.15))
    for _ in range(int(rolls.integers(3, 8))):
        size = float(rolls.uniform(0.008, 0.014))
        for wing in (-1, 1):
            dab(
                view, "", x + wing * size * 0.75, y, size * 0.85, size * 0.14, (0.20, 0.17, 0.15), wing * 0.45
            )
        x, y = x + float(rolls.normal(0, 0.05)), y + float(rolls.normal(0, 0.025))


def set_disc(view: Prospect) -> None:
    """Set the moon, or a low sun, with its glow into the sky."""
    rolls = dice(view.seed, "disc")
    moon = view.weather.title == "Moonlight"
    x = view.side * view.reach * float(rolls.uniform(0.1, 0.6))
    y = view.horizon - (float(rolls.uniform(0.22, 0.36)) if moon else float(rolls.uniform(0.05, 0.10)))
    window = view.surface.window(bottom=view.horizon + 0.05)
    out = np.hypot(window.x - x, window.y - y)
    colour: Colour = (0.93, 0.92, 0.80) if moon else (1.0, 0.93, 0.70)
    view.surface.lay("", window, 0.55 * np.exp(-out / 0.10) * (0.6 if moon else 1), colour)
    view.surface.lay(
        "sky", window, view.surface.edge(out - (0.026 if moon else 0.034), 3) * 0.9, colour, 0, 1
    )
