"""Fruit, bread, cheese and flowers, one by one."""

from __future__ import annotations

import numpy as np

from image_machines.painter.colour import Colour, lit, mix, ramp, shades, step
from image_machines.painter.forms import (
    TILT,
    Profile,
    View,
    ball,
    cast_shadow,
    model,
    shine,
    turn,
)
from image_machines.painter.noise import noise

PEAR: Profile = [
    (0, 0.05),
    (0.04, 0.20),
    (0.25, 0.36),
    (0.45, 0.33),
    (0.68, 0.19),
    (0.88, 0.13),
    (0.97, 0.08),
    (1, 0.01),
]


FRUIT: dict[str, tuple[Colour, Colour]] = {
    "Apples": ((0.70, 0.14, 0.08), (0.82, 0.62, 0.20)), "Peaches": ((0.86, 0.42, 0.20), (0.90, 0.68, 0.34)),
    "Oranges": ((0.88, 0.46, 0.08), (0.90, 0.52, 0.12)), "Lemons": ((0.90, 0.74, 0.16), (0.86, 0.70, 0.20)),
    "Plums": ((0.28, 0.15, 0.28), (0.36, 0.24, 0.40)),
    "Green Apples": ((0.55, 0.60, 0.18), (0.72, 0.66, 0.24)),
}  # fmt: skip


def lay_fruit(
    view: View, name: str, x: float, y: float, size: float, roll: np.random.Generator, shadow: bool = True
) -> None:
    """Lay one fruit of a kind, ``size`` its radius, its foot at (x, y)."""
    if name == "Grapes":
        _grapes(view, x, y, size, roll)
    elif name == "Pears":
        _pear(view, x, y, size, roll, shadow)
    else:
        _round_fruit(view, name, x, y, size, roll, shadow)


def _round_fruit(
    view: View, name: str, x: float, y: float, size: float, roll: np.random.Generator, shadow: bool
) -> None:
    """Lay an apple, peach, orange, lemon or plum."""
    first, second = FRUIT[name]
    lemon = name == "Lemons"
    rx, ry = (size * 1.22, size * 0.86) if lemon else (size, size * (0.94 if name != "Plums" else 0.85))
    lean = float(roll.uniform(-0.7, 0.7)) if lemon or name == "Plums" else float(roll.uniform(-0.25, 0.25))
    if shadow:
        cast_shadow(view, x, y - size * 0.12, size * 0.95, size * 1.6)
    form = ball(view, x, y - ry * 0.92, rx, ry, lean)
    streaks = noise(roll, form.across * 5, form.height * 1.2, 3)
    blush = step(-0.5, 0.6, streaks + 0.9 * form.across * float(roll.choice([-1, 1])))
    gloss = {"Peaches": 0.12, "Plums": 0.35, "Oranges": 0.45}.get(name, 0.8)
    colour = mix(
        model(view, form, shades(first), gloss), model(view, form, shades(second), gloss), blush * 0.75
    )
    if name in ("Oranges", "Lemons"):
        colour = colour * (1 + 0.05 * noise(roll, form.across * 16, form.height * 16, 2))[..., None]
    if name == "Plums":
        colour = mix(colour, (0.45, 0.45, 0.58), 0.25 * step(0.0, 0.8, streaks + form.height))
    if not lemon:
        dimple = np.exp(-((form.across / 0.22) ** 2) - (((form.height - 0.80) / 0.10) ** 2))
        colour = colour * (1 - 0.65 * dimple[..., None])
    flow = np.arctan2(-form.normal[1], form.normal[0]) + 1.57
    view.surface.lay("fruit", form.window, form.cover, colour, flow, 0.42)
    if "Apples" in name:
        _stem(view, x + ry * 0.75 * np.sin(lean), y - ry * 1.7, size, roll)
    if lemon:
        for end in (-1, 1):
            tip = ball(
                view,
                x + end * rx * 0.98 * np.cos(lean),
                y - ry * 0.92 + end * rx * 0.98 * np.sin(lean),
                size * 0.2,
                size * 0.17,
            )
            view.surface.lay("fruit", tip.window, tip.cover, model(view, tip, shades(first), 0.3), 0, 0.42)


def _stem(view: View, x: float, y: float, size: float, roll: np.random.Generator) -> None:
    window = view.surface.window(x - size * 0.5, y - size * 0.6, x + size * 0.5, y + size * 0.2)
    bend = float(roll.uniform(-0.6, 0.6))
    up = np.clip((y - window.y) / (size * 0.45), -0.2, 1)
    distance = np.abs(window.x - x - bend * size * 0.3 * up**2) - size * 0.045
    distance = np.maximum(distance, np.maximum(window.y - y - size * 0.1, y - size * 0.45 - window.y))
    view.surface.lay("fruit", window, view.surface.edge(distance), (0.18, 0.11, 0.06), 1.4, 0.7)


def _pear(view: View, x: float, y: float, size: float, roll: np.random.Generator, shadow: bool) -> None:
    """Lay a pear, upright or on its side."""
    lean = float(roll.choice([0.001, -0.25, 0.3, 1.25, -1.2]))
    tall = size * 2.7
    if shadow:
        cast_shadow(view, x, y, size * 0.9, size * 2)
    first: Colour = [(0.72, 0.60, 0.20), (0.60, 0.58, 0.24), (0.68, 0.46, 0.18)][roll.integers(3)]
    foot_x, foot_y = (x - np.sin(lean) * tall * 0.4, y - size * 0.75) if abs(lean) > 1 else (x, y)
    form = turn(view, PEAR, foot_x, foot_y, tall, lean)
    streaks = noise(roll, form.across * 4, form.height * 4, 3)
    colour = mix(model(view, form, shades(first), 0.6), model(view, form, shades((0.66, 0.27, 0.12)), 0.6),
                 0.6 * step(0.0, 0.9, streaks + 0.5 * form.across))  # fmt: skip
    view.surface.lay("fruit", form.window, form.cover, colour, 1.5 + lean, 0.42)
    _stem(view, foot_x + np.sin(lean) * tall * 0.98, foot_y - np.cos(lean) * tall * 0.98, size, roll)


def _grapes(view: View, x: float, y: float, size: float, roll: np.random.Generator) -> None:
    """Lay a bunch of grapes."""
    colour: Colour = [(0.30, 0.13, 0.22), (0.55, 0.56, 0.22), (0.20, 0.14, 0.22), (0.62, 0.52, 0.20)][
        roll.integers(4)
    ]
    size = size * 1.25
    berry = size * 0.32
    cast_shadow(view, x, y, size * 1.6, size)
    tones = shades(colour)
    places = [(float(roll.normal(0, 1)), float(roll.uniform(0, 1))) for _ in range(38)]
    for across, up in sorted(places, key=lambda place: -place[1]):
        bx = x + across * size * (0.85 - 0.35 * up)
        by = y - berry - up * size * 1.2 + 0.12 * size * abs(across)
        form = ball(view, bx, by, berry * 0.95, berry)
        light = lit(*form.normal, view.light, 0.1)
        through = 0.22 * np.clip(-form.normal[0] * view.side - form.normal[1] * 0.3, 0, 1)
        shaded = ramp(np.clip(0.06 + 0.55 * light + through, 0, 1), tones)
        shaded = mix(shaded, (0.97, 0.97, 0.95), np.clip(shine(view, form, 60, 0.9), 0, 1))
        view.surface.lay("fruit", form.window, form.cover, shaded, 0.8, 0.5)


def lay_half_lemon(view: View, x: float, y: float, size: float, roll: np.random.Generator) -> None:
    """Lay half a lemon that shows its cut: rind, pith, segments."""
    cast_shadow(view, x, y, size * 0.9, size)
    lean = float(roll.uniform(-0.4, 0.4))
    back = ball(view, x + view.side * size * 0.25, y - size * 0.85, size * 1.1, size * 0.92, lean)
    view.surface.lay(
        "fruit", back.window, back.cover, model(view, back, shades((0.88, 0.72, 0.16)), 0.5), 0, 0.45
    )
    form = ball(view, x, y - size * 0.85, size * 0.86, size * 0.92, lean)
    out, angle = np.hypot(form.across, form.height), np.arctan2(form.height, form.across)
    walls = np.abs(np.sin(angle * 4.5)) < 0.16
    flesh = (
        0.58 + 0.12 * view.side * form.across + 0.12 * form.height + 0.05 * noise(roll, angle * 6, out * 4, 2)
    )
    colour = ramp(np.clip(flesh, 0, 1), shades((0.86, 0.74, 0.30)))
    pith = (out > 0.82) | (walls & (out > 0.12))
    colour = mix(colour, np.asarray((0.93, 0.88, 0.68)) * (0.6 + 0.5 * flesh)[..., None], 0.7 * pith)
    view.surface.lay("fruit", form.window, form.cover, colour, angle, 0.6)


def lay_bread(view: View, x: float, y: float, size: float, roll: np.random.Generator) -> None:
    """Lay a loaf with cuts in its crust."""
    cast_shadow(view, x, y - size * 0.1, size * 1.3, size)
    form = ball(view, x, y - size * 0.58, size * 1.45, size * 0.68, float(roll.uniform(-0.12, 0.12)))
    crust = noise(roll, form.across * 6, form.height * 6, 4, 0.6)
    colour = model(view, form, shades((0.70, 0.46, 0.21)), 0.15) * (1 + 0.12 * crust)[..., None]
    bent = form.across - 0.35 * form.height
    cuts = sum(np.exp(-(((bent - place) / 0.05) ** 2)) for place in (-0.55, -0.18, 0.19, 0.56))
    crumb = ramp(np.clip(0.50 + 0.3 * form.normal[1] + 0.1 * crust, 0, 1), shades((0.85, 0.70, 0.46)))
    inside = step(1.0, 0.6, form.across**2 + form.height**2) * step(-0.45, 0.0, form.height)
    colour = mix(colour, crumb, np.clip(cuts, 0, 1) * 0.75 * inside)
    view.surface.lay("bread", form.window, form.cover, colour, 0.3 + 0.3 * crust, 0.3)


def lay_cheese(view: View, x: float, y: float, wide: float, roll: np.random.Generator) -> None:
    """Set a round cheese on the table."""
    tall = wide * float(roll.uniform(0.30, 0.42))
    colour: Colour = [(0.80, 0.62, 0.26), (0.78, 0.68, 0.44), (0.66, 0.30, 0.14)][roll.integers(3)]
    cast_shadow(view, x, y, wide * 0.5, tall)
    form = turn(
        view, [(0, 0.47 * wide / tall), (0.5, 0.51 * wide / tall), (1, 0.47 * wide / tall)], x, y, tall
    )
    rind = 1 + 0.08 * noise(roll, form.across * 5, form.height * 5, 3)
    view.surface.lay(
        "food", form.window, form.cover, model(view, form, shades(colour), 0.12) * rind[..., None], 1.5, 0.35
    )
    radius = 0.47 * wide
    window = view.surface.window(
        x - radius * 1.1, y - tall - radius * 0.4, x + radius * 1.1, y - tall + radius * 0.4
    )
    out = np.hypot((window.x - x) / radius, (window.y - y + tall) / (radius * TILT))
    light = (
        0.62
        + 0.14 * view.side * (window.x - x) / radius
        + 0.06 * noise(roll, window.x * 30, window.y * 60, 3)
    )
    view.surface.lay(
        "food",
        window,
        view.surface.edge((out - 1) * radius * TILT),
        ramp(np.clip(light, 0, 1), shades(colour)),
        0.1,
        0.35,
    )


def paint_blossom(
    view: View, x: float, y: float, size: float, roll: np.random.Generator, shade: float = 0.0
) -> None:
    """Paint a rose, peony or tulip seen from the front: petals turn about a dark or golden heart."""
    colours: list[Colour] = [
        (0.80, 0.20, 0.15),
        (0.88, 0.62, 0.58),
        (0.90, 0.86, 0.76),
        (0.88, 0.66, 0.18),
        (0.36, 0.38, 0.62),
        (0.62, 0.16, 0.26),
        (0.86, 0.42, 0.18),
    ]
    tones = shades(colours[roll.integers(len(colours))])
    petals, layers = int(roll.integers(5, 8)), int(roll.integers(1, 4))
    start, squash = float(roll.uniform(0, 6)), float(roll.uniform(0.7, 1.0))
    window = view.surface.window(x - size * 1.2, y - size * 1.2, x + size * 1.2, y + size * 1.2)
    for layer in range(layers, 0, -1):
        reach = size * layer / layers
        u, v = (window.x - x) / reach, (window.y - y) / reach / squash
        out, angle = np.hypot(u, v), np.arctan2(v, u) + start + layer * 1.9
        border = 0.78 + 0.22 * np.abs(np.cos(angle * petals / 2)) ** 0.6
        cup = out / border
        vein = 0.06 * np.cos(angle * petals * 4)
        light = (
            0.40
            + 0.28 * cup
            + 0.26 * (u * view.side - v) * out
            - 0.30 * np.abs(np.sin(angle * petals / 2)) ** 8
            + vein
            - shade
        )
        cover = view.surface.edge((cup - 1) * reach)
        view.surface.lay("flowers", window, cover, ramp(np.clip(light, 0.08, 0.95), tones), angle, 0.4)
    heart = np.hypot(window.x - x, (window.y - y) / squash) / (size * 0.17)
    gold: Colour = (0.75, 0.52, 0.14) if layers == 1 else (0.25, 0.10, 0.06)
    view.surface.lay("flowers", window, view.surface.edge((heart - 1) * size * 0.17), gold, 0, 0.4)


def paint_leaf(view: View, x: float, y: float, size: float, angle: float, roll: np.random.Generator) -> None:
    """Paint a leaf around (x, y), ``size`` from the middle to the tip, that points along an angle."""
    window = view.surface.window(x - size, y - size, x + size, y + size)
    cosine, sine = np.cos(angle), np.sin(angle)
    u = ((window.x - x) * cosine + (window.y - y) * sine) / size
    v = (-(window.x - x) * sine + (window.y - y) * cosine) / size
    half = 0.34 * np.clip(1 - u**2, 0, 1) ** 0.8
    light = 0.36 + 0.25 * np.sign(v) * np.sin(angle) - 0.3 * np.exp(-((v / 0.04) ** 2)) + 0.12 * u
    tones = shades((0.26, 0.36, 0.16)) if roll.random() < 0.7 else shades((0.38, 0.42, 0.20))
    view.surface.lay(
        "flowers",
        window,
        view.surface.edge((np.abs(v) - half) * size),
        ramp(np.clip(light, 0.05, 0.8), tones),
        angle,
        0.35,
    )
