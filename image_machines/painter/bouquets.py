"""Bouquets in which marks on one part or on two decide the class: pictures whose explanation is known.

After an8Flower (Oramas, Wang and Tuytelaars, "Visual Explanation by Interpretation", ICLR 2019), with the
hands of the still lifes. A mark changes the colour or the form of one part and nothing else, so that the same
seed with another mark is the same bouquet but for that part.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from image_machines.images import Picture
from image_machines.names import unknown
from image_machines.painter.brushwork import Manner, brush, varnish
from image_machines.painter.colour import Colour, Stops, mix, ramp, shades, step
from image_machines.painter.forms import TILT, Profile, View, cast_shadow, model, turn
from image_machines.painter.fruit import lay_fruit
from image_machines.painter.noise import dice, noise, resize
from image_machines.painter.surface import Surface
from image_machines.painter.works import FINER, SMALLEST, masks_of

MARKS = {  # what can be marked -> the part that shows it
    "blue-petals": "petals",
    "pointed-petals": "petals",
    "red-leaves": "leaves",
    "long-leaves": "leaves",
    "green-vase": "vase",
    "round-vase": "vase",
}
CLASSES: dict[str, tuple[tuple[str, ...], ...]] = {  # kind of collection -> the marks of each class
    "one-part": tuple((mark,) for mark in MARKS),
    "two-parts": tuple(pair for pair in combinations(MARKS, 2) if MARKS[pair[0]] != MARKS[pair[1]]),
}

PETALS: tuple[Colour, ...] = ((0.90, 0.86, 0.76), (0.88, 0.66, 0.58), (0.90, 0.72, 0.26), (0.86, 0.46, 0.22))
LEAVES: tuple[Colour, ...] = ((0.24, 0.38, 0.14), (0.34, 0.42, 0.16), (0.28, 0.40, 0.24))
CLAYS: tuple[Colour, ...] = ((0.48, 0.26, 0.14), (0.60, 0.40, 0.20), (0.55, 0.46, 0.36), (0.40, 0.36, 0.33))
BLUE: Colour = (0.26, 0.32, 0.78)
RED: Colour = (0.62, 0.10, 0.14)
GREEN: Colour = (0.10, 0.46, 0.34)
SLIM: Profile = [(0, 0.22), (0.05, 0.24), (0.15, 0.20), (0.50, 0.26), (0.80, 0.22), (0.92, 0.20), (1, 0.25)]
ROUND: Profile = [(0, 0.20), (0.05, 0.24), (0.22, 0.44), (0.46, 0.54), (0.70, 0.40), (0.86, 0.18), (1, 0.22)]


@dataclass(frozen=True, eq=False)
class Bouquet:
    """A painted bouquet, its marks and the masks (bool (H, W), no two overlap) of the parts to be seen."""

    seed: int
    marks: frozenset[str]
    picture: Picture
    masks: dict[str, NDArray[np.bool_]]

    @property
    def truth(self) -> NDArray[np.bool_]:
        """Where the marked parts are: what an explanation of the class must point at."""
        found = [self.masks[MARKS[mark]] for mark in self.marks if MARKS[mark] in self.masks]
        return np.any([np.zeros(self.picture.shape[:2], bool), *found], axis=0)


def class_name(marks: Collection[str]) -> str:
    """The class that marks make, such as "blue-petals and long-leaves"."""
    return " and ".join(mark for mark in MARKS if mark in marks)


def paint_bouquet(seed: int, size: int = 128, marks: Collection[str] = ()) -> Bouquet:
    """Paint the bouquet that belongs to a seed, ``size`` pixels a side; equal arguments give equal pixels.

    Raises ValueError for an unknown mark, two marks on one part, or a size under 16 pixels.
    """
    _check(size, marks)
    finer = max(FINER, 200 / size)
    side = round(size * finer)
    surface = Surface(side, side, side)
    plan = dice(seed, "bouquet")
    back = float(plan.uniform(0.16, 0.24))
    view = View(surface, seed, float(plan.choice([-1, 1])), back, back + 0.2, True)
    _room(view, plan)
    x, foot, tall = float(plan.normal(0, 0.07)), back + float(plan.uniform(0.06, 0.12)), 0.32
    _strew(view, plan)
    cast_shadow(view, x, foot, 0.10, tall)
    _foliage(view, x, foot - tall, marks)
    _vase(view, x, foot, tall, marks)
    _blossoms(view, x, foot - tall, marks)
    manner = Manner(stroke=0.7, saturation=1.0)
    painted = varnish(brush(surface, dice(seed, "strokes"), manner), dice(seed, "varnish"), manner)
    picture = (np.clip(resize(painted, (size, size)), 0, 1) * 255).round().astype(np.uint8)
    return Bouquet(seed, frozenset(marks), picture, masks_of(surface, (size, size)))


def _check(size: int, marks: Collection[str]) -> None:
    for mark in marks:
        if mark not in MARKS:
            raise ValueError(unknown("mark", mark, MARKS))
    if len({MARKS[mark] for mark in marks}) < len(set(marks)):
        raise ValueError(f"two of the marks {', '.join(sorted(marks))} are on one part; each needs its own")
    if size < SMALLEST:
        raise ValueError(f"a bouquet of {size} x {size} pixels is too small; at least {SMALLEST} a side")


def _room(view: View, plan: np.random.Generator) -> None:
    """Lay the wall, lit from one side, and the table before it."""
    tones: tuple[Colour, ...] = (
        (0.24, 0.19, 0.13),
        (0.30, 0.29, 0.25),
        (0.44, 0.39, 0.31),
        (0.26, 0.24, 0.30),
    )
    wall = view.surface.window(bottom=view.back + 0.02)
    cloudy = noise(plan, wall.x * 4, wall.y * 4, 4)
    slant = step(-0.4, 0.7, -view.side * wall.x * 0.9 + wall.y * 0.5)
    light = float(plan.uniform(0.2, 0.4)) + 0.3 * slant + 0.06 * cloudy
    view.surface.lay(
        "ground", wall, 1, ramp(light, shades(tones[plan.integers(4)], dark=0.25)), 0.9 + cloudy, 0
    )
    woods: tuple[Colour, ...] = (
        (0.42, 0.27, 0.15),
        (0.34, 0.22, 0.14),
        (0.50, 0.45, 0.38),
        (0.66, 0.60, 0.50),
    )
    table = view.surface.window(top=view.back - 0.02)
    grain = noise(plan, table.x * 2.5, table.y * 40, 4, 0.6)
    light = 0.45 + 0.1 * grain + 0.2 * view.side * table.x
    colour = ramp(np.clip(light, 0.03, 0.9), shades(woods[plan.integers(4)]))
    view.surface.lay("table", table, view.surface.edge(view.back - table.y, 2), colour, 0.03, 0.1)


def _strew(view: View, plan: np.random.Generator) -> None:
    """Lay fruit beside the vase: colours that the classes have too, and that tell nothing."""
    fruit = ("Apples", "Green Apples", "Plums", "Oranges", "Lemons")
    for side in (-1, 1):
        if plan.random() < 0.6:
            x, y = side * float(plan.uniform(0.26, 0.42)), view.back + float(plan.uniform(0.08, 0.16))
            lay_fruit(view, fruit[plan.integers(5)], x, y, float(plan.uniform(0.045, 0.065)), plan)


def _foliage(view: View, x: float, y: float, marks: Collection[str]) -> None:
    """Paint the leaves that stand out around the blossoms."""
    roll = dice(view.seed, "leaves")
    tones = shades(LEAVES[roll.integers(len(LEAVES))])
    if "red-leaves" in marks:
        tones = shades(RED)
    count = int(roll.integers(13, 17))
    for place in range(count):
        angle = np.pi * (-0.08 - 1.84 * (place + float(roll.uniform(0, 0.7))) / count) + 0.5
        out, size = float(roll.uniform(0.15, 0.25)), float(roll.uniform(0.10, 0.13))
        centre = x + np.cos(angle) * out, y - 0.13 + np.sin(angle) * out * 0.95
        _leaf(view, centre, size, angle + float(roll.normal(0, 0.2)), tones, "long-leaves" in marks)


def _leaf(
    view: View, centre: tuple[float, float], size: float, angle: float, tones: Stops, long: bool
) -> None:
    """Paint one leaf, ``size`` from its middle to its tip; a long one is a blade, half again as long."""
    reach, broad = (size * 1.5, 0.13) if long else (size, 0.42)
    x, y = centre
    window = view.surface.window(x - reach, y - reach, x + reach, y + reach)
    cosine, sine = np.cos(angle), np.sin(angle)
    u = ((window.x - x) * cosine + (window.y - y) * sine) / reach
    v = (-(window.x - x) * sine + (window.y - y) * cosine) / reach
    half = broad * np.clip(1 - u**2, 0, 1) ** 0.8
    light = 0.44 + 0.22 * np.sign(v) * sine - 0.25 * np.exp(-((v / 0.04) ** 2)) + 0.12 * u
    cover = view.surface.edge((np.abs(v) - half) * reach)
    view.surface.lay("leaves", window, cover, ramp(np.clip(light, 0.05, 0.85), tones), angle, 0.5)


def _vase(view: View, x: float, y: float, tall: float, marks: Collection[str]) -> None:
    """Set the vase on the table, its dark mouth open to the viewer."""
    roll = dice(view.seed, "vase")
    clay = CLAYS[roll.integers(len(CLAYS))]
    tones = shades(GREEN if "green-vase" in marks else clay)
    profile = ROUND if "round-vase" in marks else SLIM
    form = turn(view, profile, x, y, tall)
    streaks = 1 + 0.05 * noise(roll, form.across * 5, form.height * 5, 3)
    colour = model(view, form, tones, 0.8, 45) * streaks[..., None]
    view.surface.lay("vase", form.window, form.cover, colour, 1.57 - 0.6 * form.across, 0.4)
    radius = profile[-1][1] * tall
    window = view.surface.window(x - radius, y - tall - radius, x + radius, y - tall + radius)
    out = np.hypot((window.x - x) / radius, (window.y - y + tall) / (radius * TILT))
    inside = ramp(np.where(out > 0.84, 0.7, 0.1), tones)
    view.surface.lay("vase", window, view.surface.edge((out - 1) * radius * TILT), inside, 0, 0.5)


def _blossoms(view: View, x: float, y: float, marks: Collection[str]) -> None:
    """Paint the blossoms, the outermost first."""
    roll = dice(view.seed, "blossoms")
    tones = shades(BLUE if "blue-petals" in marks else PETALS[roll.integers(len(PETALS))])
    count, turned = int(roll.integers(6, 9)), float(roll.uniform(0, 6))
    for index in range(count):  # a sunflower's spiral fills the bouquet evenly
        out, angle = np.sqrt((count - index - 0.5) / count), (count - index) * 2.399963 + turned
        centre = x + np.cos(angle) * out * 0.17, y - 0.13 + np.sin(angle) * out * 0.15
        _blossom(view, centre, float(roll.uniform(0.075, 0.10)), tones, "pointed-petals" in marks, roll)


def _blossom(
    view: View,
    centre: tuple[float, float],
    size: float,
    tones: Stops,
    pointed: bool,
    roll: np.random.Generator,
) -> None:
    """Paint one blossom from the front: broad round petals, or narrow pointed rays, about a golden heart."""
    x, y = centre
    petals, start, squash = int(roll.integers(6, 9)), float(roll.uniform(0, 6)), float(roll.uniform(0.8, 1.0))
    window = view.surface.window(x - size * 1.2, y - size * 1.2, x + size * 1.2, y + size * 1.2)
    u, v = (window.x - x) / size, (window.y - y) / size / squash
    out, angle = np.hypot(u, v), np.arctan2(v, u) + start
    wave = np.abs(np.cos(angle * petals / 2))
    border = 0.36 + 0.64 * wave**4 if pointed else 0.80 + 0.20 * wave**0.5
    light = 0.42 + 0.26 * out + 0.22 * (u * view.side - v) * out - 0.25 * (1 - wave) ** 4
    cover = view.surface.edge((out / border - 1) * size)
    view.surface.lay("petals", window, cover, ramp(np.clip(light, 0.08, 0.95), tones), angle, 0.5)
    heart = np.hypot(u, v) / 0.24
    gold = mix((0.62, 0.42, 0.10), (0.86, 0.66, 0.24), np.clip(0.5 + 0.5 * (u * view.side - v) / 0.24, 0, 1))
    view.surface.lay("hearts", window, view.surface.edge((heart - 1) * size * 0.24), gold, 0, 0.5)
