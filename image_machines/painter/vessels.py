"""Vessels of clay, metal and glass, and what else lies on a table: plate, knife, book, candle."""

from __future__ import annotations

import numpy as np

from image_machines.painter.colour import Colour, Stops, mix, ramp, shades, step
from image_machines.painter.forms import TILT, Profile, View, cast_shadow, model, turn
from image_machines.painter.fruit import lay_fruit
from image_machines.painter.noise import noise

VESSELS: dict[str, Profile] = {
    "Jug": [(0, 0.20), (0.03, 0.21), (0.10, 0.27), (0.35, 0.37), (0.55, 0.34), (0.74, 0.19), (0.85, 0.165),
            (0.97, 0.20), (1, 0.21)],
    "Bottle": [(0, 0.22), (0.06, 0.25), (0.30, 0.27), (0.48, 0.24), (0.62, 0.10), (0.75, 0.065), (0.95, 0.06),
               (0.97, 0.085), (1, 0.08)],
    "Pot": [(0, 0.34), (0.08, 0.42), (0.40, 0.52), (0.70, 0.46), (0.86, 0.37), (0.93, 0.37), (1, 0.43)],
    "Tankard": [(0, 0.30), (0.05, 0.31), (0.09, 0.26), (0.5, 0.235), (0.9, 0.22), (0.95, 0.25), (1, 0.24)],
    "Vase": [(0, 0.22), (0.05, 0.23), (0.12, 0.13), (0.20, 0.15), (0.45, 0.33), (0.68, 0.30), (0.88, 0.17),
             (1, 0.23)],
}  # fmt: skip


GLASSES: dict[str, Profile] = {
    "Goblet": [(0, 0.25), (0.03, 0.23), (0.06, 0.05), (0.38, 0.045), (0.43, 0.10), (0.60, 0.25), (0.80, 0.27),
               (1, 0.22)],
    "Roemer": [(0, 0.24), (0.05, 0.23), (0.09, 0.13), (0.32, 0.13), (0.36, 0.16), (0.62, 0.29), (0.85, 0.27),
               (1, 0.21)],
    "Flute": [(0, 0.17), (0.03, 0.15), (0.05, 0.03), (0.25, 0.03), (0.32, 0.06), (0.6, 0.10), (1, 0.13)],
}  # fmt: skip


BOWL: Profile = [(0, 0.38), (0.10, 0.40), (0.16, 0.36), (0.45, 0.72), (0.80, 0.96), (1, 1.02)]


CLAYS: list[Colour] = [
    (0.45, 0.24, 0.13),
    (0.58, 0.37, 0.18),
    (0.35, 0.37, 0.38),
    (0.30, 0.34, 0.22),
    (0.55, 0.44, 0.33),
]


def set_vessel(view: View, name: str, x: float, y: float, tall: float, roll: np.random.Generator) -> None:
    """Set a vessel of clay, pewter or copper on the table."""
    profile = VESSELS[name]
    metal = name == "Tankard" or (name == "Pot" and roll.random() < 0.5)
    clay = CLAYS[roll.integers(len(CLAYS))]
    if metal:
        clay = (0.62, 0.33, 0.16) if name == "Pot" else (0.46, 0.47, 0.46)
    foot = max(profile[0][1], profile[1][1]) * tall
    cast_shadow(view, x, y, foot * 1.2, tall)
    if name in ("Jug", "Tankard"):
        _handle(view, x, y, tall, profile, shades(clay))
    form = turn(view, profile, x, y, tall)
    colour = model(view, form, shades(clay), 0.85, 60 if metal else 45)
    if metal:
        bands = 0.5 + 0.5 * np.cos(form.across * 7 - view.side)
        colour = colour * (0.68 + 0.42 * bands)[..., None]
    ring = np.exp(-(((form.height - 0.62) / 0.012) ** 2)) + np.exp(-(((form.height - 0.66) / 0.008) ** 2))
    colour = colour * (1 - 0.25 * ring[..., None])
    flow = 1.57 - 0.6 * form.across
    view.surface.lay("vessels", form.window, form.cover, colour, flow, 0.35)
    _mouth(view, x, y - tall, profile[-1][1] * tall, shades(clay))


def _mouth(view: View, x: float, y: float, radius: float, tones: Stops) -> None:
    """Open the top of a vessel: a dark ellipse with a lit rim."""
    window = view.surface.window(x - radius * 1.2, y - radius * 0.5, x + radius * 1.2, y + radius * 0.5)
    out = np.sqrt(((window.x - x) / radius) ** 2 + ((window.y - y) / (radius * TILT)) ** 2)
    light = np.where(out > 0.84, 0.72, 0.06 + 0.16 * np.clip(-view.side * (window.x - x) / radius, 0, 1))
    view.surface.lay(
        "vessels", window, view.surface.edge((out - 1) * radius * TILT), ramp(light, tones), 0, 0.5
    )


def _handle(view: View, x: float, y: float, tall: float, profile: Profile, tones: Stops) -> None:
    """Set a handle on the shadow side."""
    side = -view.side
    low, high = 0.38, 0.86
    root = float(np.interp(0.6, *np.asarray(profile).T)) * tall * 0.85
    cx, cy = x + side * root, y - tall * (low + high) / 2
    rx, ry = 0.19 * tall, (high - low) / 2 * tall
    window = view.surface.window(cx - 1.5 * rx, cy - 1.3 * ry, cx + 1.5 * rx, cy + 1.3 * ry)
    out = np.sqrt(((window.x - cx) / rx) ** 2 + ((window.y - cy) / ry) ** 2)
    thick = 0.035 * tall
    distance = np.abs(out - 1) * min(rx, ry) - thick
    light = 0.38 - 0.25 * (out - 1) * rx / thick * view.side * side - 0.25 * (window.y - cy) / ry
    view.surface.lay(
        "vessels", window, view.surface.edge(distance), ramp(np.clip(light, 0.05, 0.8), tones), 1.2, 0.4
    )


def set_glass(view: View, name: str, x: float, y: float, tall: float, roll: np.random.Generator) -> None:
    """Set a glass, half filled with wine: the ground shows through, lights mark its form."""
    profile = GLASSES[name]
    cast_shadow(view, x, y, profile[0][1] * tall * 0.8, tall * 0.5)
    form = turn(view, profile, x, y, tall)
    rim = np.abs(form.across) ** 6
    wine: Colour = [(0.50, 0.07, 0.06), (0.80, 0.60, 0.18), (0.72, 0.62, 0.28)][roll.integers(3)]
    level = float(roll.uniform(0.62, 0.82))
    filled = step(0.40, 0.44, form.height) * step(level + 0.01, level - 0.01, form.height)
    through = view.surface.colour[form.window.rows, form.window.columns]
    tint = mix(through * 0.82, (0.40, 0.45, 0.38), 0.18)
    glow = 0.30 + 0.62 * np.clip(-form.across * view.side * 0.6 + 0.4, 0, 1)
    tint = mix(tint, np.asarray(wine) * glow[..., None], 0.82 * filled)
    surface_line = np.exp(-(((form.height - level) / 0.012) ** 2)) * 0.5
    colour = mix(tint, (0.86, 0.86, 0.78), np.clip(0.55 * rim + surface_line, 0, 0.9))
    if view.gloss:
        a = (form.across - view.side * 0.48) / 0.13
        pane = np.exp(-(a**4) - (((form.height - 0.72) / 0.11) ** 4))
        echo = np.exp(
            -(((form.across + view.side * 0.62) / 0.10) ** 2) - (((form.height - 0.58) / 0.10) ** 2)
        )
        colour = mix(colour, (1.0, 0.98, 0.93), np.clip(0.92 * pane + 0.35 * echo, 0, 1))
    view.surface.lay("vessels", form.window, form.cover * 0.94, colour, 1.5, 0.6)
    radius = profile[-1][1] * tall
    window = view.surface.window(
        x - radius * 1.2, y - tall - radius * 0.5, x + radius * 1.2, y - tall + radius * 0.5
    )
    out = np.sqrt(((window.x - x) / radius) ** 2 + ((window.y - y + tall) / (radius * TILT)) ** 2)
    line = np.exp(-(((out - 0.97) / 0.07) ** 2)) * 0.7
    view.surface.lay("vessels", window, line, (0.90, 0.89, 0.82))


def set_bowl(
    view: View, x: float, y: float, wide: float, roll: np.random.Generator, fruit: list[str]
) -> None:
    """Set a bowl heaped with fruit on the table."""
    tall = wide * 0.42
    porcelain = roll.random() < 0.6
    tones = (
        shades((0.80, 0.82, 0.84), dark=0.3, warm=0.3)
        if porcelain
        else shades(CLAYS[roll.integers(len(CLAYS))])
    )
    cast_shadow(view, x, y, wide * 0.5, tall)
    profile = [(height, radius * wide / 2 / tall / 1.02) for height, radius in BOWL]
    rim_y = y - tall
    _mouth(view, x, rim_y, wide / 2, tones)
    size = wide * 0.19
    for row, count in ((0, 4), (1, 3), (2, 2)):
        for place in range(count):
            fx = x + (place - (count - 1) / 2) * size * 1.55 + float(roll.normal(0, size * 0.1))
            fy = rim_y - row * size * 0.85 + (0.03 if row == 0 else 0) + float(roll.normal(0, size * 0.08))
            lay_fruit(
                view,
                str(roll.choice(fruit)),
                fx,
                fy + size * 0.4,
                size * float(roll.uniform(0.9, 1.1)),
                roll,
                False,
            )
    form = turn(view, profile, x, y, tall)
    colour = model(view, form, tones, 0.8, 50)
    if porcelain:
        blue = noise(roll, form.across * 4, form.height * 3, 3) > 0.05
        zone = (form.height > 0.35) & (form.height < 0.85)
        lines = np.abs(form.height - 0.92) < 0.025
        colour = mix(colour, colour * np.array([0.40, 0.52, 0.82]), 0.75 * ((blue & zone) | lines))
    view.surface.lay("vessels", form.window, form.cover, colour, 0.3 * form.across, 0.45)


def lay_plate(view: View, x: float, y: float, wide: float) -> None:
    """Lay a pewter plate on the table."""
    tones = shades((0.50, 0.50, 0.48), dark=0.3)
    cast_shadow(view, x, y + 0.01, wide * 0.5, 0.03)
    window = view.surface.window(x - wide * 0.6, y - wide * 0.25, x + wide * 0.6, y + wide * 0.25)
    u, v = (window.x - x) / (wide / 2), (window.y - y) / (wide / 2 * 0.36)
    out = np.hypot(u, v)
    angle = np.arctan2(v, u)
    well = np.exp(-(((out - 0.70) / 0.05) ** 2))
    edge = np.exp(-(((out - 0.96) / 0.04) ** 2))
    light = (
        0.46
        + 0.20 * np.cos(2 * angle + 0.9 * view.side)
        - 0.22 * well * np.sign(v + 0.001) * 0.6
        + 0.3 * edge
    )
    colour = ramp(np.clip(light, 0.05, 0.95), tones)
    view.surface.lay("vessels", window, view.surface.edge((out - 1) * wide * 0.18), colour, angle + 1.57, 0.4)


def lay_knife(view: View, x: float, y: float, roll: np.random.Generator) -> None:
    """Lay a knife across the table's edge."""
    angle = float(roll.uniform(0.25, 0.6)) * float(roll.choice([-1, 1]))
    window = view.surface.window(x - 0.22, y - 0.2, x + 0.22, y + 0.2)
    cosine, sine = np.cos(angle), np.sin(angle)
    u = (window.x - x) * cosine + (window.y - y) * sine
    v = -(window.x - x) * sine + (window.y - y) * cosine
    view.surface.lay(
        "", window, 0.5 * np.exp(-(((v - 0.012) / 0.014) ** 2)) * (np.abs(u) < 0.16), (0.05, 0.03, 0.02)
    )
    blade = np.maximum(np.abs(v) - 0.013 * np.clip((0.17 - u) / 0.06, 0, 1), np.abs(u - 0.075) - 0.095)
    grip = np.maximum(np.abs(v) - 0.014, np.abs(u + 0.085) - 0.07)
    for form, light, colour in ((blade, 0.55, (0.52, 0.53, 0.52)), (grip, 0.4, (0.28, 0.17, 0.10))):
        toned = ramp(np.clip(light - v * 22, 0, 1), shades(colour))
        view.surface.lay("knife", window, view.surface.edge(form), toned, angle, 0.6)


def lay_book(view: View, x: float, y: float, wide: float, roll: np.random.Generator) -> None:
    """Lay a closed book on the table, its pages to the viewer."""
    colours: list[Colour] = [(0.40, 0.15, 0.10), (0.32, 0.24, 0.15), (0.18, 0.23, 0.20), (0.55, 0.45, 0.30)]
    tones = shades(colours[roll.integers(4)])
    thick, deep = wide * float(roll.uniform(0.16, 0.24)), wide * 0.26
    shift = float(roll.uniform(-0.25, 0.25)) * wide
    cast_shadow(view, x, y - thick * 0.3, wide * 0.55, thick)
    window = view.surface.window(x - wide, y - deep - thick - 0.02, x + wide, y + 0.02)
    half = wide / 2
    grain = 0.05 * noise(roll, window.x * 40, window.y * 40, 2)
    skew = np.clip((y - thick - window.y) / deep, 0, 1)
    top = np.maximum(
        np.abs(window.x - x - shift * skew) - half, np.abs(window.y - (y - thick - deep / 2)) - deep / 2
    )
    view.surface.lay("books", window, view.surface.edge(top), ramp(0.55 + grain, tones), 0.0, 0.4)
    front = np.maximum(np.abs(window.x - x) - half, np.abs(window.y - (y - thick / 2)) - thick / 2)
    leaf = 0.5 + 0.14 * np.sin(window.y * 700) + 0.2 * view.side * (window.x - x) / wide
    board = np.abs(window.y - (y - thick / 2)) > thick * 0.38
    pages = mix(ramp(np.clip(leaf, 0, 1), shades((0.80, 0.72, 0.55))), ramp(0.38 + grain, tones), board)
    view.surface.lay("books", window, view.surface.edge(front), pages, 0.0, 0.5)


def set_candle(view: View, x: float, y: float, tall: float) -> None:
    """Set a burning candle in a brass candlestick."""
    stick: Profile = [
        (0, 0.42),
        (0.06, 0.40),
        (0.10, 0.12),
        (0.5, 0.09),
        (0.6, 0.16),
        (0.7, 0.09),
        (0.9, 0.10),
        (1, 0.20),
    ]
    cast_shadow(view, x, y, tall * 0.18, tall)
    low = tall * 0.45
    form = turn(view, stick, x, y, low)
    view.surface.lay(
        "vessels", form.window, form.cover, model(view, form, shades((0.62, 0.45, 0.18)), 0.9), 1.5, 0.5
    )
    wax = turn(view, [(0, 0.09), (1, 0.08)], x, y - low, tall * 0.42)
    view.surface.lay(
        "candle", wax.window, wax.cover, model(view, wax, shades((0.86, 0.80, 0.64)), 0.2), 1.5, 0.5
    )
    fx, fy = x, y - low - tall * 0.47
    window = view.surface.window(fx - 0.4, fy - 0.4, fx + 0.4, fy + 0.4)
    away = np.hypot(window.x - fx, window.y - fy)
    view.surface.lay("", window, 0.45 * np.exp(-away / 0.09), (0.95, 0.68, 0.30))
    body = np.hypot((window.x - fx) / 0.011, (window.y - fy) / np.where(window.y < fy, 0.040, 0.017))
    view.surface.lay("candle", window, view.surface.edge((body - 1) * 0.011, 2), (1.0, 0.93, 0.66), 1.57, 0.9)
