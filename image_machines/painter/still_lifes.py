"""Still lifes: an arrangement on a table with a cloth, lit from one side before the dark.

Units: the usual picture is 0.9 high and one wide, (0, 0) its middle, y goes down.
"""

from __future__ import annotations

import numpy as np

from image_machines.painter.arrangements import breakfast, flowers, fruit_piece, kitchen, study
from image_machines.painter.colour import Colour, lit, normals, ramp, shades, step
from image_machines.painter.forms import View
from image_machines.painter.noise import dice, noise
from image_machines.painter.surface import Surface


def paint_still_life(surface: Surface, seed: int, properties: frozenset[str]) -> str:
    """Paint a still life, return its title; "drapery" is the cloth, "highlights" are the lights set last."""
    plan = dice(seed, "still life")
    side = float(plan.choice([-1, 1], p=[0.8, 0.2]))
    back = float(plan.uniform(0.06, 0.14))
    view = View(surface, seed, side, back, float(plan.uniform(0.33, 0.37)), "highlights" in properties)
    _background(view)
    _table(view)
    covered = plan.random() < 0.8
    if covered and "drapery" in properties:
        _cloth(view)
    arrangements = fruit_piece, breakfast, flowers, kitchen, study
    arrange = arrangements[int(plan.choice(5, p=[0.34, 0.24, 0.18, 0.12, 0.12]))]
    return arrange(view, plan)


def _background(view: View) -> None:
    roll = dice(view.seed, "background")
    window = view.surface.window(bottom=view.back + 0.03)
    tones: list[Colour] = [
        (0.24, 0.18, 0.12),
        (0.22, 0.21, 0.17),
        (0.42, 0.36, 0.27),
        (0.24, 0.26, 0.25),
        (0.30, 0.20, 0.14),
    ]
    tone = tones[roll.integers(len(tones))]
    slant = -view.side * window.x * 0.9 + window.y * 0.55
    cloudy = noise(roll, window.x * 4, window.y * 4, 4)
    light = float(roll.uniform(0.16, 0.26)) + 0.38 * step(-0.35, 0.65, slant) + 0.05 * cloudy
    view.surface.lay("ground", window, 1, ramp(light, shades(tone, dark=0.25)), 0.9 + cloudy, 0)


def _table(view: View) -> None:
    roll = dice(view.seed, "table")
    tones: list[Colour] = [(0.42, 0.27, 0.15), (0.34, 0.22, 0.14), (0.47, 0.42, 0.35), (0.30, 0.25, 0.20)]
    tone = tones[roll.integers(len(tones))]
    window = view.surface.window(top=view.back - 0.02)
    x, y = window.x, window.y
    grain = noise(roll, x * 2.5, y * 40, 4, 0.6)
    light = 0.46 + 0.10 * grain + 0.22 * view.side * x - 0.10 * (view.front - y)
    board = (np.abs(y - view.front - 0.004) < 0.006) * 0.16
    light = np.where(y > view.front, light * 0.52 - 0.6 * (y - view.front), light) + board
    colour = ramp(np.clip(light, 0.03, 0.9), shades(tone))
    view.surface.lay("table", window, view.surface.edge(view.back - y, 2), colour, 0.03, 0.1)


def _cloth(view: View) -> None:
    """Lay a cloth over part of the table; it hangs over the near edge in folds."""
    roll = dice(view.seed, "cloth")
    window = view.surface.window(top=view.back - 0.02)
    x, y = window.x, window.y
    flip = float(roll.choice([-1, 1]))
    sx = flip * x
    linen = roll.random() < 0.7
    colours: list[Colour] = [(0.45, 0.10, 0.09), (0.15, 0.24, 0.20), (0.16, 0.22, 0.36), (0.50, 0.36, 0.16)]
    tones = shades((0.82, 0.79, 0.72), dark=0.3) if linen else shades(colours[roll.integers(4)])
    hang = np.clip(y - view.front, 0, 1)
    wave = noise(roll, sx * 3, y * 2 + 7, 3)
    left = (
        float(roll.uniform(-0.45, 0.05))
        + 0.10 * wave * (1 - step(0, 0.05, hang))
        - 0.25 * np.clip(view.front - y, 0, 1)
    )
    far = view.back + float(roll.uniform(0.03, 0.10)) + 0.03 * noise(roll, sx * 4, 0 * y[:1], 2)
    low = view.front + float(roll.uniform(0.10, 0.25)) + 0.035 * noise(roll, sx * 5, 0 * y[:1], 2)
    shape = np.maximum(np.maximum(left - sx, far - y), y - low)
    drift = noise(roll, x * 3, y * 3, 2)
    hanging = 0.022 * np.abs(np.sin(x * 17 + 1.6 * drift + 5 * roll.random())) ** 1.5
    lying = 0.020 * (1 - np.abs(noise(roll, x * 3 + y * 4, y * 7 - x * 2, 3, 0.45))) ** 2
    height = lying + (hanging - lying) * step(-0.02, 0.06, y - view.front)
    nx, ny, nz = normals(height, view.surface.pixel)
    top, drop = (view.side * 0.45, 0.62, 0.55), (view.side * 0.75, 0.15, 0.5)
    light = (
        np.where(y < view.front, lit(nx, ny, nz, top) * 0.85, lit(nx, ny, nz, drop) * 0.66)
        + 0.14 * view.side * x
    )
    edge = 0.12 * np.exp(-(((y - view.front) / 0.008) ** 2))
    colour = ramp(np.clip(light + edge, 0.03, 0.95), tones)
    cast = np.exp(-np.clip(shape, 0, 1) / 0.012) * 0.5 * (y > view.back)
    view.surface.lay("", window, cast, (0.05, 0.035, 0.025))
    view.surface.lay("cloth", window, view.surface.edge(shape), colour, np.nan, 0.2)
