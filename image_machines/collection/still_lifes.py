"""Still lifes: fruit, bread, vessels and flowers on a table with a cloth, lit from one side before the dark.

Units: the usual picture is 0.9 high and one wide, (0, 0) its middle, y goes down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from image_machines.collection.brushwork import (
    Colour,
    Field,
    Stops,
    Surface,
    Window,
    dice,
    lit,
    mix,
    noise,
    normals,
    ramp,
    shades,
    step,
)

TILT = 0.24  # how far a level circle opens to the viewer: its height over its width
Profile = list[tuple[float, float]]  # (height, radius) from the foot up, as parts of the whole height

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
CLAYS: list[Colour] = [
    (0.45, 0.24, 0.13),
    (0.58, 0.37, 0.18),
    (0.35, 0.37, 0.38),
    (0.30, 0.34, 0.22),
    (0.55, 0.44, 0.33),
]
FRUIT: dict[str, tuple[Colour, Colour]] = {
    "Apples": ((0.70, 0.14, 0.08), (0.82, 0.62, 0.20)), "Peaches": ((0.86, 0.42, 0.20), (0.90, 0.68, 0.34)),
    "Oranges": ((0.88, 0.46, 0.08), (0.90, 0.52, 0.12)), "Lemons": ((0.90, 0.74, 0.16), (0.86, 0.70, 0.20)),
    "Plums": ((0.28, 0.15, 0.28), (0.36, 0.24, 0.40)),
    "Green Apples": ((0.55, 0.60, 0.18), (0.72, 0.66, 0.24)),
}  # fmt: skip


@dataclass(frozen=True)
class View:
    """What the hands that paint one still life share."""

    surface: Surface
    seed: int
    side: float  # where the light comes from: -1 left, 1 right
    back: float  # y of the table's far edge
    front: float  # y of its near edge
    gloss: bool  # whether highlights are set

    @property
    def light(self) -> Colour:
        """Direction to the light, y up."""
        return self.side * 0.66, 0.55, 0.52


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
    arrangements = _fruit_piece, _breakfast, _flowers, _kitchen, _study
    arrange = arrangements[int(plan.choice(5, p=[0.34, 0.24, 0.18, 0.12, 0.12]))]
    return arrange(view, plan)


# The room --------------------------------------------------------------------------------------------------


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


def _shadow(view: View, x: float, y: float, radius: float, tall: float) -> None:
    """Cast the shadow of a thing that stands at (x, y) onto the table."""
    reach = min(tall, 0.30) * 0.75
    window = view.surface.window(x - radius * 2 - reach, view.back, x + radius * 2 + reach, y + radius)
    along = -view.side * (window.x - x)
    stretch = np.where(along > 0, radius * 1.05 + reach, radius * 1.05)
    dark = np.exp(
        -((along / stretch) ** 4) - ((window.y - y + 0.16 * np.clip(along, 0, 1)) / (radius * 0.42)) ** 2
    )
    view.surface.lay("", window, np.clip(dark * 0.85, 0, 0.72), (0.06, 0.04, 0.03))


# Forms -----------------------------------------------------------------------------------------------------


def _radius(profile: Profile, height: Field) -> tuple[Field, Field]:
    """Radius and its slope at a height, along a smooth curve through the profile's points."""
    fine = np.linspace(0, 1, 240)
    places, radii = np.asarray(profile).T
    curve = np.interp(fine, places, radii)
    padded = np.pad(curve, 12, mode="reflect", reflect_type="odd")
    curve = np.convolve(padded, np.hanning(27)[1:-1] / np.hanning(27).sum(), mode="valid")
    slope = np.gradient(curve, fine)
    return np.interp(height, fine, curve).astype(np.float32), np.interp(height, fine, slope).astype(
        np.float32
    )


@dataclass(frozen=True, eq=False)
class Form:
    """A turned form on the surface: cover, normals and own coordinates."""

    window: Window
    cover: Field
    normal: tuple[Field, Field, Field]
    across: Field  # -1 left border to 1 right border
    height: Field  # 0 foot to 1 top


def _turn(view: View, profile: Profile, x: float, y: float, tall: float, lean: float = 0.0) -> Form:
    """Turn a profile about its axis; the foot stands at (x, y), the axis leans by an angle."""
    wide = max(radius for _, radius in profile) * tall
    reach = max(tall, wide) * 1.25
    if lean:
        window = view.surface.window(x - reach, y - reach, x + reach, y + reach)
    else:
        window = view.surface.window(x - wide * 1.1, y - tall * 1.1, x + wide * 1.1, y + wide * 0.5)
    cosine, sine = np.cos(lean), np.sin(lean)
    u = (window.x - x) * cosine + (window.y - y) * sine
    v = -(window.x - x) * sine + (window.y - y) * cosine
    tilt = 0.0 if lean else TILT
    radius, _ = _radius(profile, np.clip(-v / tall, 0, 1))
    bulge = tilt * np.sqrt(np.clip((radius * tall) ** 2 - u**2, 0, None))
    height = (bulge - v) / tall
    radius, slope = _radius(profile, np.clip(height, 0, 1))
    across = u / np.maximum(radius * tall, 1e-4)
    nx = np.clip(across, -1, 1)
    nz = np.sqrt(1 - nx**2)
    ny = -slope
    length = np.sqrt(1 + ny**2)
    nx, ny, nz = nx / length, ny / length, nz / length
    nx, ny = nx * cosine + ny * sine, ny * cosine - nx * sine
    shape = np.maximum((np.abs(across) - 1) * radius * tall, np.maximum(-height, height - 1) * tall)
    return Form(window, view.surface.edge(shape), (nx, ny, nz), nx, height)


def _shine(view: View, form: Form, sharp: float, strength: float) -> Field:
    """Highlight of a lamp on a form; nothing where highlights are withheld."""
    if not view.gloss:
        return np.zeros(form.window.shape, np.float32)
    half = np.asarray(view.light) / np.linalg.norm(view.light) + np.array([0, 0, 1])
    half = half / np.linalg.norm(half)
    facing = sum(n * float(h) for n, h in zip(form.normal, half, strict=True))
    return strength * np.clip(facing, 0, 1) ** sharp


def _model(view: View, form: Form, tones: Stops, gloss: float, sharp: float = 40) -> Field:
    """Colour a form: light, a little light thrown back by the table, a highlight."""
    light = lit(*form.normal, view.light, 0.08)
    back = 0.10 * np.clip(-form.normal[0] * view.side - 0.3, 0, 1) + 0.05 * np.clip(-form.normal[1], 0, 1)
    colour = ramp(np.clip(0.07 + 0.66 * light + back, 0, 1), tones)
    return mix(colour, (1.0, 0.97, 0.90), np.clip(_shine(view, form, sharp, gloss), 0, 1))


# Vessels ---------------------------------------------------------------------------------------------------


def _vessel(view: View, name: str, x: float, y: float, tall: float, roll: np.random.Generator) -> None:
    """Set a vessel of clay, pewter or copper on the table."""
    profile = VESSELS[name]
    metal = name == "Tankard" or (name == "Pot" and roll.random() < 0.5)
    clay = CLAYS[roll.integers(len(CLAYS))]
    if metal:
        clay = (0.62, 0.33, 0.16) if name == "Pot" else (0.46, 0.47, 0.46)
    foot = max(profile[0][1], profile[1][1]) * tall
    _shadow(view, x, y, foot * 1.2, tall)
    if name in ("Jug", "Tankard"):
        _handle(view, x, y, tall, profile, shades(clay))
    form = _turn(view, profile, x, y, tall)
    colour = _model(view, form, shades(clay), 0.85, 60 if metal else 45)
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


def _glass(view: View, name: str, x: float, y: float, tall: float, roll: np.random.Generator) -> None:
    """Set a glass, half filled with wine: the ground shows through, lights mark its form."""
    profile = GLASSES[name]
    _shadow(view, x, y, profile[0][1] * tall * 0.8, tall * 0.5)
    form = _turn(view, profile, x, y, tall)
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


def _bowl(view: View, x: float, y: float, wide: float, roll: np.random.Generator, fruit: list[str]) -> None:
    """Set a bowl heaped with fruit on the table."""
    tall = wide * 0.42
    porcelain = roll.random() < 0.6
    tones = (
        shades((0.80, 0.82, 0.84), dark=0.3, warm=0.3)
        if porcelain
        else shades(CLAYS[roll.integers(len(CLAYS))])
    )
    _shadow(view, x, y, wide * 0.5, tall)
    profile = [(height, radius * wide / 2 / tall / 1.02) for height, radius in BOWL]
    rim_y = y - tall
    _mouth(view, x, rim_y, wide / 2, tones)
    size = wide * 0.19
    for row, count in ((0, 4), (1, 3), (2, 2)):
        for place in range(count):
            fx = x + (place - (count - 1) / 2) * size * 1.55 + float(roll.normal(0, size * 0.1))
            fy = rim_y - row * size * 0.85 + (0.03 if row == 0 else 0) + float(roll.normal(0, size * 0.08))
            _fruit(
                view,
                str(roll.choice(fruit)),
                fx,
                fy + size * 0.4,
                size * float(roll.uniform(0.9, 1.1)),
                roll,
                False,
            )
    form = _turn(view, profile, x, y, tall)
    colour = _model(view, form, tones, 0.8, 50)
    if porcelain:
        blue = noise(roll, form.across * 4, form.height * 3, 3) > 0.05
        zone = (form.height > 0.35) & (form.height < 0.85)
        lines = np.abs(form.height - 0.92) < 0.025
        colour = mix(colour, colour * np.array([0.40, 0.52, 0.82]), 0.75 * ((blue & zone) | lines))
    view.surface.lay("vessels", form.window, form.cover, colour, 0.3 * form.across, 0.45)


def _plate(view: View, x: float, y: float, wide: float) -> None:
    """Lay a pewter plate on the table."""
    tones = shades((0.50, 0.50, 0.48), dark=0.3)
    _shadow(view, x, y + 0.01, wide * 0.5, 0.03)
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


def _knife(view: View, x: float, y: float, roll: np.random.Generator) -> None:
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
    view.surface.lay(
        "knife",
        window,
        view.surface.edge(blade),
        ramp(np.clip(0.55 - v * 22, 0, 1), shades((0.52, 0.53, 0.52))),
        angle,
        0.6,
    )
    grip = np.maximum(np.abs(v) - 0.014, np.abs(u + 0.085) - 0.07)
    view.surface.lay(
        "knife",
        window,
        view.surface.edge(grip),
        ramp(np.clip(0.4 - v * 22, 0, 1), shades((0.28, 0.17, 0.10))),
        angle,
        0.6,
    )


# Fruit -----------------------------------------------------------------------------------------------------


def _fruit(
    view: View, name: str, x: float, y: float, size: float, roll: np.random.Generator, shadow: bool = True
) -> None:
    """Lay one fruit of a kind, ``size`` its radius, its foot at (x, y)."""
    if name == "Grapes":
        _grapes(view, x, y, size, roll)
    elif name == "Pears":
        _pear(view, x, y, size, roll, shadow)
    else:
        _round_fruit(view, name, x, y, size, roll, shadow)


def _ball(view: View, x: float, y: float, rx: float, ry: float, lean: float = 0.0) -> Form:
    """A ball or an egg around (x, y)."""
    reach = max(rx, ry) * 1.15
    window = view.surface.window(x - reach, y - reach, x + reach, y + reach)
    cosine, sine = np.cos(lean), np.sin(lean)
    u = ((window.x - x) * cosine + (window.y - y) * sine) / rx
    v = (-(window.x - x) * sine + (window.y - y) * cosine) / ry
    out = np.hypot(u, v)
    limit = np.maximum(out, 1)
    nu, nv = u / limit, v / limit
    nz = np.sqrt(np.clip(1 - nu**2 - nv**2, 0, 1))
    normal = nu * cosine - nv * sine, -(nu * sine + nv * cosine), nz
    return Form(window, view.surface.edge((out - 1) * min(rx, ry)), normal, u, -v)


def _round_fruit(
    view: View, name: str, x: float, y: float, size: float, roll: np.random.Generator, shadow: bool
) -> None:
    """Lay an apple, peach, orange, lemon or plum."""
    first, second = FRUIT[name]
    lemon = name == "Lemons"
    rx, ry = (size * 1.22, size * 0.86) if lemon else (size, size * (0.94 if name != "Plums" else 0.85))
    lean = float(roll.uniform(-0.7, 0.7)) if lemon or name == "Plums" else float(roll.uniform(-0.25, 0.25))
    if shadow:
        _shadow(view, x, y - size * 0.12, size * 0.95, size * 1.6)
    form = _ball(view, x, y - ry * 0.92, rx, ry, lean)
    streaks = noise(roll, form.across * 5, form.height * 1.2, 3)
    blush = step(-0.5, 0.6, streaks + 0.9 * form.across * float(roll.choice([-1, 1])))
    gloss = {"Peaches": 0.12, "Plums": 0.35, "Oranges": 0.45}.get(name, 0.8)
    colour = mix(
        _model(view, form, shades(first), gloss), _model(view, form, shades(second), gloss), blush * 0.75
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
            tip = _ball(
                view,
                x + end * rx * 0.98 * np.cos(lean),
                y - ry * 0.92 + end * rx * 0.98 * np.sin(lean),
                size * 0.2,
                size * 0.17,
            )
            view.surface.lay("fruit", tip.window, tip.cover, _model(view, tip, shades(first), 0.3), 0, 0.42)


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
        _shadow(view, x, y, size * 0.9, size * 2)
    first: Colour = [(0.72, 0.60, 0.20), (0.60, 0.58, 0.24), (0.68, 0.46, 0.18)][roll.integers(3)]
    foot_x, foot_y = (x - np.sin(lean) * tall * 0.4, y - size * 0.75) if abs(lean) > 1 else (x, y)
    form = _turn(view, PEAR, foot_x, foot_y, tall, lean)
    streaks = noise(roll, form.across * 4, form.height * 4, 3)
    colour = mix(_model(view, form, shades(first), 0.6), _model(view, form, shades((0.66, 0.27, 0.12)), 0.6),
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
    _shadow(view, x, y, size * 1.6, size)
    tones = shades(colour)
    places = [(float(roll.normal(0, 1)), float(roll.uniform(0, 1))) for _ in range(38)]
    for across, up in sorted(places, key=lambda place: -place[1]):
        bx = x + across * size * (0.85 - 0.35 * up)
        by = y - berry - up * size * 1.2 + 0.12 * size * abs(across)
        form = _ball(view, bx, by, berry * 0.95, berry)
        light = lit(*form.normal, view.light, 0.1)
        through = 0.22 * np.clip(-form.normal[0] * view.side - form.normal[1] * 0.3, 0, 1)
        shaded = ramp(np.clip(0.06 + 0.55 * light + through, 0, 1), tones)
        shaded = mix(shaded, (0.97, 0.97, 0.95), np.clip(_shine(view, form, 60, 0.9), 0, 1))
        view.surface.lay("fruit", form.window, form.cover, shaded, 0.8, 0.5)


def _bread(view: View, x: float, y: float, size: float, roll: np.random.Generator) -> None:
    """Lay a loaf with cuts in its crust."""
    _shadow(view, x, y - size * 0.1, size * 1.3, size)
    form = _ball(view, x, y - size * 0.58, size * 1.45, size * 0.68, float(roll.uniform(-0.12, 0.12)))
    crust = noise(roll, form.across * 6, form.height * 6, 4, 0.6)
    colour = _model(view, form, shades((0.70, 0.46, 0.21)), 0.15) * (1 + 0.12 * crust)[..., None]
    bent = form.across - 0.35 * form.height
    cuts = sum(np.exp(-(((bent - place) / 0.05) ** 2)) for place in (-0.55, -0.18, 0.19, 0.56))
    crumb = ramp(np.clip(0.50 + 0.3 * form.normal[1] + 0.1 * crust, 0, 1), shades((0.85, 0.70, 0.46)))
    inside = step(1.0, 0.6, form.across**2 + form.height**2) * step(-0.45, 0.0, form.height)
    colour = mix(colour, crumb, np.clip(cuts, 0, 1) * 0.75 * inside)
    view.surface.lay("bread", form.window, form.cover, colour, 0.3 + 0.3 * crust, 0.3)


def _half_lemon(view: View, x: float, y: float, size: float, roll: np.random.Generator) -> None:
    """Lay half a lemon that shows its cut: rind, pith, segments."""
    _shadow(view, x, y, size * 0.9, size)
    lean = float(roll.uniform(-0.4, 0.4))
    back = _ball(view, x + view.side * size * 0.25, y - size * 0.85, size * 1.1, size * 0.92, lean)
    view.surface.lay(
        "fruit", back.window, back.cover, _model(view, back, shades((0.88, 0.72, 0.16)), 0.5), 0, 0.45
    )
    form = _ball(view, x, y - size * 0.85, size * 0.86, size * 0.92, lean)
    out, angle = np.hypot(form.across, form.height), np.arctan2(form.height, form.across)
    walls = np.abs(np.sin(angle * 4.5)) < 0.16
    flesh = (
        0.58 + 0.12 * view.side * form.across + 0.12 * form.height + 0.05 * noise(roll, angle * 6, out * 4, 2)
    )
    colour = ramp(np.clip(flesh, 0, 1), shades((0.86, 0.74, 0.30)))
    pith = (out > 0.82) | (walls & (out > 0.12))
    colour = mix(colour, np.asarray((0.93, 0.88, 0.68)) * (0.6 + 0.5 * flesh)[..., None], 0.7 * pith)
    view.surface.lay("fruit", form.window, form.cover, colour, angle, 0.6)


def _cheese(view: View, x: float, y: float, wide: float, roll: np.random.Generator) -> None:
    """Set a round cheese on the table."""
    tall = wide * float(roll.uniform(0.30, 0.42))
    colour: Colour = [(0.80, 0.62, 0.26), (0.78, 0.68, 0.44), (0.66, 0.30, 0.14)][roll.integers(3)]
    _shadow(view, x, y, wide * 0.5, tall)
    form = _turn(
        view, [(0, 0.47 * wide / tall), (0.5, 0.51 * wide / tall), (1, 0.47 * wide / tall)], x, y, tall
    )
    rind = 1 + 0.08 * noise(roll, form.across * 5, form.height * 5, 3)
    view.surface.lay(
        "food", form.window, form.cover, _model(view, form, shades(colour), 0.12) * rind[..., None], 1.5, 0.35
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


def _book(view: View, x: float, y: float, wide: float, roll: np.random.Generator) -> None:
    """Lay a closed book on the table, its pages to the viewer."""
    colours: list[Colour] = [(0.40, 0.15, 0.10), (0.32, 0.24, 0.15), (0.18, 0.23, 0.20), (0.55, 0.45, 0.30)]
    tones = shades(colours[roll.integers(4)])
    thick, deep = wide * float(roll.uniform(0.16, 0.24)), wide * 0.26
    shift = float(roll.uniform(-0.25, 0.25)) * wide
    _shadow(view, x, y - thick * 0.3, wide * 0.55, thick)
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


def _candle(view: View, x: float, y: float, tall: float) -> None:
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
    _shadow(view, x, y, tall * 0.18, tall)
    low = tall * 0.45
    form = _turn(view, stick, x, y, low)
    view.surface.lay(
        "vessels", form.window, form.cover, _model(view, form, shades((0.62, 0.45, 0.18)), 0.9), 1.5, 0.5
    )
    wax = _turn(view, [(0, 0.09), (1, 0.08)], x, y - low, tall * 0.42)
    view.surface.lay(
        "candle", wax.window, wax.cover, _model(view, wax, shades((0.86, 0.80, 0.64)), 0.2), 1.5, 0.5
    )
    fx, fy = x, y - low - tall * 0.47
    window = view.surface.window(fx - 0.4, fy - 0.4, fx + 0.4, fy + 0.4)
    away = np.hypot(window.x - fx, window.y - fy)
    view.surface.lay("", window, 0.45 * np.exp(-away / 0.09), (0.95, 0.68, 0.30))
    body = np.hypot((window.x - fx) / 0.011, (window.y - fy) / np.where(window.y < fy, 0.040, 0.017))
    view.surface.lay("candle", window, view.surface.edge((body - 1) * 0.011, 2), (1.0, 0.93, 0.66), 1.57, 0.9)


# Flowers ---------------------------------------------------------------------------------------------------


def _blossom(
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


def _leaf(view: View, x: float, y: float, size: float, angle: float, roll: np.random.Generator) -> None:
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


# Arrangements ----------------------------------------------------------------------------------------------


def _front_row(view: View, plan: np.random.Generator, names: list[str], count: int, size: float) -> None:
    """Strew fruit along the front of the table."""
    spots = np.sort(plan.uniform(-0.42, 0.42, count))
    for x in spots:
        y = float(plan.uniform(view.back + 0.6 * (view.front - view.back), view.front - 0.01))
        _fruit(view, str(plan.choice(names)), float(x), y, size * float(plan.uniform(0.85, 1.1)), plan)


def _pick(plan: np.random.Generator, count: int) -> list[str]:
    names = [*FRUIT, "Pears", "Grapes"]
    return [names[index] for index in plan.choice(len(names), count, replace=False)]


def _fruit_piece(view: View, plan: np.random.Generator) -> str:
    """Arrange a bowl of fruit with a vessel behind and fruit in front."""
    flip = float(plan.choice([-1, 1]))
    middle = (view.back + view.front) / 2
    names = _pick(plan, 3)
    vessel = str(plan.choice(list(VESSELS)))
    tall = float(plan.uniform(0.36, 0.48)) * (0.75 if vessel in ("Pot", "Tankard") else 1)
    _vessel(view, vessel, flip * float(plan.uniform(0.20, 0.30)), middle - 0.05, tall, plan)
    if plan.random() < 0.5:
        glass = str(plan.choice(list(GLASSES)))
        _glass(
            view,
            glass,
            -flip * float(plan.uniform(0.36, 0.44)),
            middle - 0.04,
            float(plan.uniform(0.26, 0.34)),
            plan,
        )
    heap = [name for name in names if name != "Grapes"] or ["Apples"]
    _bowl(
        view,
        -flip * float(plan.uniform(0.05, 0.16)),
        middle + 0.06,
        float(plan.uniform(0.36, 0.48)),
        plan,
        heap,
    )
    _front_row(view, plan, names, int(plan.integers(3, 6)), 0.055)
    return f"Still Life with {heap[0]} and a {vessel}"


def _breakfast(view: View, plan: np.random.Generator) -> str:
    """Arrange a meal: bread, a glass of wine, a plate with fruit, a knife."""
    flip = float(plan.choice([-1, 1]))
    middle = (view.back + view.front) / 2
    glass = str(plan.choice(list(GLASSES)))
    vessel = str(plan.choice(["Jug", "Tankard", "Bottle"]))
    _vessel(
        view,
        vessel,
        flip * float(plan.uniform(0.18, 0.32)),
        middle - 0.06,
        float(plan.uniform(0.34, 0.46)),
        plan,
    )
    _glass(
        view,
        glass,
        -flip * float(plan.uniform(0.02, 0.12)),
        middle - 0.03,
        float(plan.uniform(0.30, 0.40)),
        plan,
    )
    food = "Cheese" if plan.random() < 0.4 else "Bread"
    if food == "Cheese":
        _cheese(view, -flip * float(plan.uniform(0.28, 0.34)), middle, float(plan.uniform(0.22, 0.30)), plan)
    else:
        _bread(
            view,
            -flip * float(plan.uniform(0.28, 0.36)),
            middle + 0.02,
            float(plan.uniform(0.085, 0.11)),
            plan,
        )
    x, y = flip * float(plan.uniform(0.02, 0.14)), middle + 0.09
    _plate(view, x, y, 0.36)
    fruit = str(plan.choice(["Lemons", "Oranges", "Peaches", "Pears", "Grapes"]))
    if plan.random() < 0.45:
        _half_lemon(view, x - 0.03, y + 0.03, 0.058, plan)
        _fruit(view, fruit, x + 0.08, y + 0.01, 0.05, plan)
    else:
        for offset in (-0.07, 0.06, 0.0):
            _fruit(view, fruit, x + offset, y + (0.03 if offset == 0 else 0.0), 0.05, plan)
    if plan.random() < 0.7:
        _knife(view, -flip * float(plan.uniform(0.15, 0.35)), view.front - 0.01, plan)
    return f"Still Life with {food}, {fruit} and a {glass}"


def _flowers(view: View, plan: np.random.Generator) -> str:
    """Arrange a bouquet in a vase."""
    x, y = float(plan.normal(0, 0.04)), (view.back + view.front) / 2 + 0.03
    tall = float(plan.uniform(0.28, 0.34))
    top = y - tall
    for _ in range(22):
        angle = float(plan.uniform(0, 2 * np.pi))
        out = float(plan.uniform(0.5, 1.05))
        _leaf(
            view, x + np.cos(angle) * out * 0.25, top - 0.13 + np.sin(angle) * out * 0.19, 0.075, angle, plan
        )
    _vessel(view, "Vase", x, y, tall, plan)
    count = int(plan.integers(14, 22))
    turn = float(plan.uniform(0, 6))
    for index in range(count):  # a sunflower's spiral fills the bouquet evenly, the outermost first
        place = count - index - 0.5
        out, angle = np.sqrt(place / count), place * 2.399963 + turn
        size = float(plan.uniform(0.034, 0.056) if out > 0.6 else plan.uniform(0.055, 0.090))
        shade = 0.16 * (np.sin(angle) - view.side * np.cos(angle)) * out
        _blossom(
            view, x + np.cos(angle) * out * 0.22, top - 0.125 + np.sin(angle) * out * 0.17, size, plan, shade
        )
    if plan.random() < 0.6:
        _front_row(view, plan, _pick(plan, 1), 2, 0.05)
    return str(
        plan.choice(
            ["Flowers in a Vase", "Bouquet of Flowers", "Vase of Flowers on a Table", "Roses and Asters"]
        )
    )


def _kitchen(view: View, plan: np.random.Generator) -> str:
    """Arrange pots and jugs with some fruit or bread."""
    spots = [(-0.30, -0.04), (0.04, -0.06), (0.32, -0.02)]
    names = [str(name) for name in plan.permutation(list(VESSELS)[:4])[:3]]
    middle = (view.back + view.front) / 2
    for (x, y), name in zip(spots, names, strict=True):
        tall = float(plan.uniform(0.34, 0.46)) * (0.62 if name in ("Pot", "Tankard") else 1)
        _vessel(view, name, x + float(plan.normal(0, 0.02)), middle + y, tall, plan)
    if plan.random() < 0.5:
        _bread(view, float(plan.uniform(-0.2, 0.2)), middle + 0.10, 0.09, plan)
    fruit = _pick(plan, 2)
    _front_row(view, plan, fruit, int(plan.integers(3, 6)), 0.05)
    return f"Kitchen Still Life with a {names[0]} and {fruit[0]}"


def _study(view: View, plan: np.random.Generator) -> str:
    """Arrange books, a candle, a glass: the table of someone who reads at night."""
    flip = float(plan.choice([-1, 1]))
    middle = (view.back + view.front) / 2
    _candle(view, flip * float(plan.uniform(0.16, 0.26)), middle - 0.05, float(plan.uniform(0.36, 0.46)))
    if plan.random() < 0.6:
        glass = str(plan.choice(list(GLASSES)))
        _glass(
            view,
            glass,
            flip * float(plan.uniform(0.36, 0.42)),
            middle + 0.03,
            float(plan.uniform(0.26, 0.32)),
            plan,
        )
    x, y = -flip * float(plan.uniform(0.12, 0.22)), middle + 0.05
    count = int(plan.integers(1, 4))
    for _ in range(count):
        wide = float(plan.uniform(0.26, 0.34))
        _book(view, x + float(plan.normal(0, 0.015)), y, wide, plan)
        y -= wide * 0.19
    fruit = _pick(plan, 1)[0]
    _front_row(view, plan, [fruit], int(plan.integers(1, 4)), 0.05)
    return f"Still Life with {'Books' if count > 1 else 'a Book'}, a Candle and {fruit}"
