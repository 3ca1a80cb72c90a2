"""Landscapes: sky, hills one behind the other, water, trees, a path, buildings; far things turn blue and pale.

Units: the surface's height is 1, (0, 0) its middle, y goes down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from image_machines.collection.brushwork import (
    Colour,
    Field,
    Surface,
    Window,
    dice,
    lit,
    mix,
    noise,
    normals,
    ramp,
    resize,
    shades,
    step,
)


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
    Weather("Approaching Storm", (0.22, 0.27, 0.33), (0.72, 0.71, 0.62), (0.83, 0.80, 0.72), (0.27, 0.29, 0.33),
            (0.43, 0.52, 0.60), (0.42, 0.39, 0.19), (0.19, 0.24, 0.12), 0.35, 0.80),
    Weather("Moonlight", (0.08, 0.14, 0.22), (0.40, 0.47, 0.47), (0.66, 0.68, 0.60), (0.15, 0.20, 0.25),
            (0.25, 0.34, 0.41), (0.20, 0.20, 0.13), (0.09, 0.12, 0.09), 0.0, 0.62),
    Weather("Winter", (0.55, 0.62, 0.66), (0.90, 0.84, 0.72), (0.95, 0.92, 0.86), (0.66, 0.66, 0.66),
            (0.70, 0.77, 0.83), (0.82, 0.81, 0.77), (0.33, 0.27, 0.20), 0.25, 0.98),
    Weather("Autumn", (0.40, 0.51, 0.62), (0.92, 0.83, 0.63), (0.97, 0.91, 0.78), (0.60, 0.57, 0.55),
            (0.58, 0.67, 0.74), (0.50, 0.38, 0.17), (0.48, 0.27, 0.10), 0.10, 0.95),
)  # fmt: skip


@dataclass(frozen=True)
class View:
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

    def away(self, colour: Field, nearness: float) -> Field:
        """Return the colour as seen from a distance (``nearness`` 0 far, 1 at the viewer's feet)."""
        distance = 1 - nearness
        if self.blue:
            return mix(colour, self.weather.haze, 0.86 * distance**1.2)
        return mix(colour, np.asarray(self.weather.land) * 0.9, 0.30 * distance)


def paint_landscape(surface: Surface, seed: int, properties: frozenset[str]) -> str:
    """Paint a landscape onto the surface and return its title; "blue-shift" is the aerial perspective."""
    plan = dice(seed, "landscape")
    weather = WEATHERS[plan.integers(len(WEATHERS))]
    side = float(plan.choice([-1, 1]))
    view = View(surface, seed, weather, side, float(plan.uniform(-0.10, 0.14)), "blue-shift" in properties)
    things = {
        "water": plan.random() < 0.6, "path": plan.random() < 0.5, "tree": plan.random() < 0.8,
        "building": plan.random() < 0.6,
    }  # fmt: skip
    if things["water"]:
        things["path"] = False
    _sky(view)
    count = int(plan.integers(4, 7))
    for index in range(count):
        nearness = index / (count - 1)
        if things["water"] and index == count - 1:
            _water(view)
        crest = _hill(view, index, nearness)
        if 0.2 < nearness < 1:
            _wood(view, index, nearness, crest)
        if things["building"] and index == count - 2:
            _building(view, nearness, crest)
    if things["path"]:
        _path(view)
    if things["tree"]:
        for index in range(int(plan.integers(1, 4))):
            _tree(view, index)
    return _title(weather, things, plan)


def _title(weather: Weather, things: dict[str, bool], plan: np.random.Generator) -> str:
    if things["water"]:
        what = str(plan.choice(["River Landscape", "Lake", "River Valley"]))
    elif things["path"]:
        what = str(plan.choice(["Road through the Hills", "Country Road"]))
    else:
        what = str(plan.choice(["Hills", "Wide Landscape"]))
    extra = " with a Cottage" if things["building"] else " with Trees" if things["tree"] else ""
    return f"{what}{extra}, {weather.title}"


def _sky(view: View) -> None:
    """Lay the sky: a gradient, a glow on the side of the light, clouds that flatten towards the horizon."""
    weather, horizon = view.weather, view.horizon
    window = view.surface.window(bottom=horizon + 0.05)
    x, y = window.x[:, ::2], window.y[::2]
    height = np.clip((horizon - y) / (horizon + 0.5), 0, 1)
    glow = np.exp(-(((x - view.side * 0.5) / 0.6) ** 2) - (height / 0.5) ** 2) * 0.5
    colour = mix(mix(weather.horizon, weather.zenith, height**0.75), weather.horizon, glow)
    far = 1 / (height + 0.22)
    shift = dice(view.seed, "clouds").uniform(0, 40, 2).astype(np.float32)
    u, v = x * far * 1.1 + shift[0], far * 2.2 + shift[1] + 0 * x
    density = noise(dice(view.seed, "cloud shapes"), u, v, 5, 0.55)
    towards_light = noise(dice(view.seed, "cloud shapes"), u + view.side * 0.16, v + 0.14, 5, 0.55)
    cover = step(0.0, 0.55, density + weather.clouds) * step(0.0, 0.12, height)
    light = np.clip(0.55 + (density - towards_light) * 1.3, 0, 1)
    colour = mix(colour, mix(weather.cloud_dark, weather.cloud_light, light), cover * 0.92)
    view.surface.lay("sky", window, 1, resize(colour, window.shape), 0.5 * resize(density, window.shape), 0)


def _hill(view: View, index: int, nearness: float) -> Field:
    """Lay one range of hills and return the height of its crest, (1, W)."""
    rolls = dice(view.seed, f"hill {index}")
    base = view.horizon + (0.44 - view.horizon) * nearness**1.6
    everywhere = view.surface.window()
    tall = float(rolls.uniform(0.04, 0.16)) * (1 - nearness) ** 1.2 + 0.03
    shift = float(rolls.uniform(0, 60))
    wave = noise(rolls, everywhere.x * (2.2 + nearness) + shift, np.zeros((1, 1), np.float32), 4, 0.42)
    crest = base - tall * (0.3 + wave)
    window = view.surface.window(top=float(crest.min()) - 0.01)
    patches = noise(rolls, window.x * 3 + shift, window.y * 12, 5, 0.6)
    slope = np.gradient(crest[0], view.surface.pixel)[None, :] * view.side
    depth = window.y - crest
    light = 0.48 + 0.26 * patches - 0.35 * np.clip(slope, -1, 1) - 0.35 * nearness * step(0.02, 0.25, depth)
    land = np.asarray(view.weather.land) * rolls.uniform(0.8, 1.15, 3)
    colour = view.away(ramp(np.clip(light, 0.02, 0.9), shades(tuple(land))), nearness)
    flow = np.arctan(np.gradient(crest[0], view.surface.pixel))[None, :]
    name = "far hills" if nearness < 0.3 else "middle hills" if nearness < 0.75 else "near ground"
    view.surface.lay(name, window, view.surface.edge(-depth, 1.5), colour, flow, 0)
    return crest


def _wood(view: View, index: int, nearness: float, crest: Field) -> None:
    """Lay a band of trees along a crest."""
    rolls = dice(view.seed, f"wood {index}")
    size = 0.012 + 0.05 * nearness**1.5
    everywhere = view.surface.window()
    shift = float(rolls.uniform(0, 60))
    zero = np.zeros((1, 1), np.float32)
    groups = step(-0.1, 0.5, noise(rolls, everywhere.x * 3 + shift, zero, 2))
    tops = groups * (0.8 + 0.6 * noise(rolls, everywhere.x / size * 0.6 + shift, zero, 3, 0.6)) * size
    top = crest - tops
    window = view.surface.window(top=float(top.min()) - 0.01, bottom=float(crest.max()) + size)
    clumps = noise(rolls, window.x / size * 0.9, window.y / size * 0.9, 3, 0.6)
    foot = crest + size * 0.25 * groups
    inside = np.maximum(top - window.y, window.y - foot) + 0.12 * size * clumps
    light = 0.42 + 0.25 * clumps - 0.5 * (window.y - top) / size * 0.5
    colour = view.away(ramp(np.clip(light, 0.02, 0.8), shades(view.weather.leaf)), nearness)
    cover = view.surface.edge(inside, 1.5) * (groups > 0.05)
    view.surface.lay("trees", window, cover, colour, 1.2, 0.15)


def _water(view: View) -> None:
    """Lay a river or lake that mirrors what stands above its far shore."""
    rolls = dice(view.seed, "water")
    surface = view.surface
    shore = view.horizon + 0.11
    window = surface.window(top=shore - 0.02)
    zero = np.zeros((1, 1), np.float32)
    bank = shore + 0.014 * noise(rolls, window.x * 3, zero, 3)
    ripple = noise(rolls, window.x * 3, window.y * 60, 3) * (window.y - shore) * surface.unit * 0.10
    top = int((shore + 0.5) * surface.unit)
    rows = np.arange(window.rows.start, window.rows.stop)[:, None]
    source = np.clip(2 * top - rows + ripple, 0, surface.height - 1).astype(int)
    mirrored = surface.colour[source, np.arange(surface.width)[None, :]]
    streak = step(0.25, 0.9, noise(rolls, window.x * 2, window.y * 45, 3))
    colour = mix(mirrored * 0.86, view.weather.horizon, 0.12 + 0.25 * streak)
    surface.lay("water", window, surface.edge(bank - window.y, 1.5), colour, 0.0, 0.15)


def _path(view: View) -> None:
    """Lay a road that winds from the foreground into the hills."""
    rolls = dice(view.seed, "path")
    start = view.horizon + 0.06
    window = view.surface.window(top=start)
    depth = np.clip((window.y - start) / (0.5 - start), 0, 1)
    swing = float(rolls.uniform(0.15, 0.35)) * view.reach * float(rolls.choice([-1, 1]))
    middle = swing * np.sin(5.5 * (1 - depth) ** 1.5 + float(rolls.uniform(0, 1))) * (0.25 + depth)
    half = 0.004 + 0.10 * depth**1.6
    ragged = noise(rolls, window.x * 14, window.y * 30, 3) * half * 0.25
    cover = view.surface.edge(np.abs(window.x - middle) - half + ragged, 2) * 0.85
    light = 0.62 + 0.2 * noise(rolls, window.x * 6, window.y * 40, 3) - 0.25 * depth
    colour = ramp(np.clip(light, 0, 1), shades((0.70, 0.58, 0.38)))
    view.surface.lay("path", window, cover, colour * view.weather.brightness, 0.1, 0.1)


def _polygon(window: Window, points: list[tuple[float, float]]) -> Field:
    """Signed distance (negative inside) to a convex polygon given clockwise on the picture."""
    distance = np.full(window.shape, -np.inf, np.float32)
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True):
        length = float(np.hypot(bx - ax, by - ay))
        away = ((window.x - ax) * (by - ay) - (window.y - ay) * (bx - ax)) / length
        distance = np.maximum(distance, away)
    return distance


def _building(view: View, nearness: float, crest: Field) -> None:
    """Lay a cottage with a lit gable, a shaded wall and a roof."""
    rolls = dice(view.seed, "building")
    x = float(rolls.uniform(-0.7, 0.7)) * view.reach
    column = int(np.clip((x * view.surface.unit) + view.surface.width / 2, 0, view.surface.width - 1))
    size = float(rolls.uniform(0.05, 0.09))
    y = float(crest[0, column]) + size * 0.35
    window = view.surface.window(x - 2 * size, y - 2 * size, x + 2 * size, y + 0.2 * size)
    wall = shades((0.74, 0.64, 0.50))
    roof = shades((0.52, 0.25, 0.15)) if rolls.random() < 0.6 else shades((0.46, 0.38, 0.24))
    flank = view.side
    texture = 0.05 * noise(rolls, window.x / size * 4, window.y / size * 4, 2)
    for _name, corners, tones, light in (
        ("wall", [(-0.9, -0.75), (0.55, -0.75), (0.55, 0), (-0.9, 0)], wall, 0.40),
        ("gable", [(0.55, -0.75), (0.85, -1.35), (1.15, -0.75), (1.15, 0), (0.55, 0)], wall, 0.80),
        ("roof", [(-1.05, -0.7), (-0.6, -1.4), (0.87, -1.4), (0.50, -0.7)], roof, 0.55),
        ("door", [(0.75, -0.45), (0.95, -0.45), (0.95, 0), (0.75, 0)], wall, 0.05),
        ("window", [(-0.3, -0.5), (-0.1, -0.5), (-0.1, -0.28), (-0.3, -0.28)], wall, 0.05),
    ):
        places = [(x + flank * cx * size, y + cy * size) for cx, cy in corners]
        if flank < 0:
            places.reverse()
        colour = view.away(ramp(np.clip(light + texture, 0, 1), tones), nearness) * view.weather.brightness
        view.surface.lay("building", window, view.surface.edge(_polygon(window, places)), colour, 0, 0.55)


def _tree(view: View, index: int) -> None:
    """Lay a large tree in the foreground: trunk, then a crown of clumps lit from the light's side."""
    rolls = dice(view.seed, f"tree {index}")
    side = float(np.sign(rolls.uniform(-1, 1))) if index else -view.side
    x = side * view.reach * float(rolls.uniform(0.45, 0.92))
    foot = float(rolls.uniform(0.36, 0.46)) - 0.05 * index
    tall = float(rolls.uniform(0.45, 0.85)) * (1 - 0.2 * index)
    broad = tall * float(rolls.uniform(0.26, 0.42))
    surface = view.surface
    window = surface.window(x - broad * 1.4, foot - tall * 1.15, x + broad * 1.4, foot + 0.02)
    _trunk(view, rolls, window, x, foot, tall)
    clumps = int(rolls.integers(12, 20))
    angle, out = rolls.uniform(0, 2 * np.pi, clumps), np.sqrt(rolls.uniform(0, 1, clumps))
    cx = x + np.cos(angle) * out * broad * 0.75
    cy = foot - tall * 0.66 + np.sin(angle) * out * tall * 0.27
    radii = rolls.uniform(0.26, 0.46, clumps) * broad
    ragged = noise(rolls, window.x / broad * 7, window.y / broad * 7, 4, 0.65)
    height = np.full(window.shape, -1.0, np.float32)
    for centre_x, centre_y, radius in zip(cx, cy, radii, strict=True):
        square = ((window.x - centre_x) ** 2 + ((window.y - centre_y) * 1.25) ** 2) / radius**2
        height = np.maximum(height, (1 - square) * radius)
    height = height / broad + 0.11 * ragged
    nx, ny, nz = normals(np.sqrt(np.clip(height, 0, 1)) * broad * 0.9 + 0.012 * ragged, surface.pixel)
    crown = (window.y - (foot - tall * 0.66)) / (tall * 0.4)
    light = lit(nx, ny, nz, (view.side * 0.7, 0.7, 0.4)) * 0.75 - 0.16 * crown + 0.12 * ragged
    colour = ramp(np.clip(light, 0.02, 0.85), shades(view.weather.leaf)) * view.weather.brightness
    leaves = np.clip((height - 0.02) * 40, 0, 1)
    surface.lay("trees", window, leaves, colour, 0.9 + 0.6 * ragged, 0.12)


def _trunk(view: View, rolls: np.random.Generator, window: Window, x: float, foot: float, tall: float) -> None:
    up = np.clip((foot - window.y) / tall, 0, 1)
    lean = float(rolls.uniform(-0.12, 0.12)) * tall
    half = tall * (0.030 * (1 - up) + 0.006 + 0.03 * np.exp(-up * 22))
    across = (window.x - x - lean * up + 0.02 * tall * np.sin(up * 9 + x)) / half
    cover = view.surface.edge((np.abs(across) - 1) * half) * (up < 0.8)
    bark = 0.35 + 0.3 * across * view.side + 0.15 * noise(rolls, window.x * 60, window.y * 20, 2)
    colour = ramp(np.clip(bark, 0.02, 0.9), shades((0.36, 0.27, 0.17))) * view.weather.brightness
    view.surface.lay("trees", window, cover, colour, 1.5, 0.3)
