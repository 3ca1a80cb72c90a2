"""Scenery: the weather of a landscape, and its buildings, trees, people, boats, birds, sun and moon.

Units: the surface's height is 1, (0, 0) its middle, y goes down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from image_machines.painter.brushwork import (
    Colour,
    Field,
    Surface,
    Window,
    colour_of,
    dice,
    lit,
    mix,
    noise,
    normals,
    ramp,
    shades,
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


def _polygon(window: Window, points: list[tuple[float, float]]) -> Field:
    """Signed distance (negative inside) to a convex polygon given clockwise on the picture."""
    distance = np.full(window.shape, -np.inf, np.float32)
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True):
        length = float(np.hypot(bx - ax, by - ay))
        away = ((window.x - ax) * (by - ay) - (window.y - ay) * (bx - ax)) / length
        distance = np.maximum(distance, away)
    return distance


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


def lay_building(view: View, name: str, nearness: float, crest: Field) -> None:
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
        view.surface.lay("building", window, view.surface.edge(_polygon(window, places)), colour, 0, 0.55)
    for place in rolls.uniform(-1.3, 1.3, 7):  # bushes along the foot of the walls
        leaf = colour_of(view.away(np.asarray(view.weather.leaf, np.float32), nearness))
        bush_x, broad = x + float(place) * size, float(rolls.uniform(0.14, 0.30)) * size
        _dab(view, "trees", bush_x, view.at(crest, bush_x) + size * 0.38, broad * 1.6, broad * 0.8, leaf)


def lay_growth(view: View, ground: Field) -> None:
    """Lay dark bushes and grass into the corners nearest to the viewer."""
    rolls = dice(view.seed, "growth")
    winter = view.weather.title == "Winter"
    for side in (-1.0, 1.0):
        if rolls.random() < 0.35:
            continue
        broad = float(rolls.uniform(0.10, 0.22)) * (0.6 if winter else 1)
        x, y = side * view.reach * float(rolls.uniform(0.75, 1.0)), 0.5
        window = view.surface.window(x - 2.2 * broad, y - 1.2 * broad, x + 2.2 * broad, y + 0.05)
        count = int(rolls.integers(7, 13))
        clumps = np.stack(
            [x + rolls.normal(0, 0.8, count) * broad, y - rolls.uniform(0, 0.5, count) * broad,
             rolls.uniform(0.25, 0.5, count) * broad], axis=1,
        )  # fmt: skip
        _crown(view, rolls, window, clumps, y + 0.1 * broad, broad, broad)
    _grass(view, rolls, ground)


def _grass(view: View, rolls: np.random.Generator, ground: Field) -> None:
    """Lay tufts of grass along the foreground."""
    surface = view.surface
    sheet = Image.new("L", (surface.width, surface.height))
    pen = ImageDraw.Draw(sheet)
    for _ in range(int(rolls.integers(10, 24))):
        x = float(rolls.uniform(-1, 1)) * view.reach
        y = float(rolls.uniform(min(view.at(ground, x) + 0.02, 0.46), 0.5))
        for _ in range(7):
            tip_x, tip_y = x + float(rolls.normal(0, 0.012)), y - float(rolls.uniform(0.012, 0.035))
            foot = x + float(rolls.normal(0, 0.006))
            middle = surface.width / 2, surface.height / 2
            ends = zip((foot, y, tip_x, tip_y), middle * 2, strict=True)
            line = [place * surface.unit + half for place, half in ends]
            pen.line(line, fill=190, width=max(1, round(0.003 * surface.unit)))
    cover = np.asarray(sheet, np.float32) / 255
    blade = np.asarray(view.weather.leaf) * (1.5 if rolls.random() < 0.5 else 0.7) * view.weather.brightness
    surface.lay("", surface.window(), cover, np.clip(blade, 0, 1))


def lay_tree(view: View, index: int, ground: Field) -> None:
    """Lay a large tree in the foreground: trunk, then a crown of clumps lit from the light's side."""
    rolls = dice(view.seed, f"tree {index}")
    side = float(np.sign(rolls.uniform(-1, 1))) if index else -view.side
    x = side * view.reach * float(rolls.uniform(0.45, 0.95))
    foot = max(float(rolls.uniform(0.36, 0.47)) - 0.05 * min(index, 2), view.at(ground, x) + 0.015)
    tall = float(rolls.uniform(0.50, 0.95)) * 0.78**index
    if view.weather.title == "Winter":
        _bare_tree(view, rolls, x, foot, tall * 0.85)
        return
    slim = rolls.random() < 0.2
    broad = tall * float(rolls.uniform(0.10, 0.13) if slim else rolls.uniform(0.30, 0.48))
    window = view.surface.window(x - broad * 1.5, foot - tall * 1.15, x + broad * 1.5, foot + 0.02)
    _trunk(view, rolls, window, x, foot, tall)
    clumps = int(rolls.integers(16, 30))
    angle, out = rolls.uniform(0, 2 * np.pi, clumps), np.sqrt(rolls.uniform(0, 1, clumps))
    centre = foot - tall * (0.55 if slim else 0.62)
    cx = x + np.cos(angle) * out * broad * (0.40 if slim else 0.85) + float(rolls.normal(0, 0.1)) * broad
    cy = centre + np.sin(angle) * out * tall * (0.42 if slim else 0.30)
    if slim:
        cy = centre + np.linspace(-0.42, 0.40, clumps) * tall
    radii = rolls.uniform(0.20, 0.42, clumps) * broad * (1.9 if slim else 1)
    _crown(view, rolls, window, np.stack([cx, cy, radii], axis=1), centre, tall, broad)


def _crown(
    view: View,
    rolls: np.random.Generator,
    window: Window,
    clumps: Field,
    centre: float,
    tall: float,
    broad: float,
) -> None:
    """Lay the leaves of a tree: rounded clumps (x, y, radius), ragged at the border, dark below."""
    ragged = noise(rolls, window.x / broad * 7, window.y / broad * 7, 4, 0.7)
    height = np.full(window.shape, -1.0, np.float32)
    for x, y, radius in clumps:
        square = ((window.x - x) ** 2 + ((window.y - y) * 1.3) ** 2) / radius**2
        height = np.maximum(height, (1 - square) * radius)
    height = height / broad + 0.13 * ragged
    nx, ny, nz = normals(np.sqrt(np.clip(height, 0, 1)) * broad * 0.9 + 0.014 * ragged, view.surface.pixel)
    below = (window.y - centre) / (tall * 0.4)
    across = (window.x - clumps[:, 0].mean()) / broad
    light = lit(nx, ny, nz, (view.side * 0.7, 0.7, 0.4)) * 0.75 - 0.16 * below + 0.14 * ragged
    light = light + 0.12 * across * view.side
    colour = ramp(np.clip(light, 0.02, 0.85), shades(view.weather.leaf)) * view.weather.brightness
    leaves = np.clip((height - 0.02) * 40, 0, 1)
    view.surface.lay("trees", window, leaves, colour, 0.9 + 0.6 * ragged, 0.12)


def _trunk(
    view: View, rolls: np.random.Generator, window: Window, x: float, foot: float, tall: float
) -> None:
    """Lay a trunk that leans and forks."""
    up = np.clip((foot - window.y) / tall, 0, 1)
    lean = float(rolls.uniform(-0.14, 0.14)) * tall
    half = tall * (0.019 * (1 - up) + 0.004 + 0.025 * np.exp(-up * 24))
    crooked = x + lean * up - 0.018 * tall * np.sin(up * 9 + x * 7)
    fork = 0.22 * tall * np.clip(up - 0.38, 0, 1) * float(rolls.choice([-1, 1]))
    distance = np.minimum(
        np.abs(window.x - crooked) - half, np.abs(window.x - crooked - fork) - half * 0.7 * (up > 0.38)
    )
    across = (window.x - crooked) / half
    bark = (
        0.35 + 0.3 * np.clip(across, -1, 1) * view.side + 0.15 * noise(rolls, window.x * 60, window.y * 20, 2)
    )
    colour = ramp(np.clip(bark, 0.02, 0.9), shades((0.36, 0.27, 0.17))) * view.weather.brightness
    cover = view.surface.edge(distance) * (up < 0.85) * (up > 0)
    view.surface.lay("trees", window, cover, colour, 1.5, 0.3)


def _bare_tree(view: View, rolls: np.random.Generator, x: float, foot: float, tall: float) -> None:
    """Lay a leafless tree: branches that fork and thin out."""
    surface = view.surface
    finer = 2
    sheet = Image.new("L", (surface.width * finer, surface.height * finer))
    pen = ImageDraw.Draw(sheet)
    unit = surface.unit * finer
    ends = [(x, foot, -np.pi / 2 + float(rolls.normal(0, 0.06)), tall * 0.30, tall * 0.024)]
    while ends:
        px, py, angle, length, thick = ends.pop()
        qx, qy = px + np.cos(angle) * length, py + np.sin(angle) * length
        line = [
            (place * unit + half / 2) for place, half in zip((px, py, qx, qy), sheet.size * 2, strict=True)
        ]
        pen.line(line, fill=255, width=max(1, round(thick * unit)))
        if thick * unit > 0.5 and length > tall * 0.03:
            for turn in rolls.normal([-0.38, 0.38, 0.05], 0.17)[: 2 + (rolls.random() < 0.45)]:
                shrink = float(rolls.uniform(0.66, 0.86))
                ends.append((qx, qy, angle + float(turn), length * shrink, thick * 0.66))
    cover = np.asarray(sheet.resize((surface.width, surface.height), Image.Resampling.BOX), np.float32) / 255
    window = surface.window()
    bark = ramp(0.22 + 0.12 * view.side * np.sin(window.x * 50) + 0 * window.y, shades((0.30, 0.22, 0.16)))
    surface.lay("trees", window, cover, bark, 1.4, 0.7)


def _dab(
    view: View, part: str, x: float, y: float, rx: float, ry: float, colour: Colour, lean: float = 0.0
) -> None:
    """Set one oval touch of the brush, lit from the light's side."""
    reach = max(rx, ry) * 1.4
    window = view.surface.window(x - reach, y - reach, x + reach, y + reach)
    u = ((window.x - x) * np.cos(lean) + (window.y - y) * np.sin(lean)) / rx
    v = (-(window.x - x) * np.sin(lean) + (window.y - y) * np.cos(lean)) / ry
    light = np.clip(0.5 + 0.3 * u * view.side - 0.2 * v, 0, 1)
    toned = ramp(light, shades(colour)) * view.weather.brightness
    view.surface.lay(part, window, view.surface.edge((np.hypot(u, v) - 1) * min(rx, ry)), toned, lean, 0.6)


def set_figures(view: View) -> None:
    """Set a few wayfarers or grazing animals into the middle distance."""
    rolls = dice(view.seed, "figures")
    x, y = float(rolls.uniform(-0.5, 0.5)) * view.reach, float(rolls.uniform(0.30, 0.38))
    coats: list[Colour] = [(0.58, 0.14, 0.09), (0.75, 0.70, 0.60), (0.24, 0.28, 0.38), (0.30, 0.21, 0.14)]
    people = rolls.random() < 0.6
    for _ in range(int(rolls.integers(1, 4)) if people else int(rolls.integers(3, 6))):
        size = float(rolls.uniform(0.016, 0.020)) * (0.5 + 1.5 * (y - view.horizon))
        size = max(size, 0.012)
        coat = coats[rolls.integers(4)]
        _dab(view, "figures", x - view.side * size, y, size * 2.2, size * 0.35, (0.16, 0.13, 0.08))
        if people:
            _dab(view, "figures", x, y - size * 0.7, size * 0.42, size * 1.0, (0.22, 0.18, 0.14))
            _dab(view, "figures", x, y - size * 1.7, size * 0.50, size * 0.9, coat)
            _dab(view, "figures", x, y - size * 2.8, size * 0.27, size * 0.33, (0.72, 0.50, 0.36))
        else:
            coat = [(0.70, 0.64, 0.54), (0.42, 0.25, 0.14), (0.20, 0.16, 0.13)][rolls.integers(3)]
            head = float(rolls.choice([-1, 1]))
            for leg in (-0.7, 0.7):
                _dab(view, "figures", x + leg * size, y - size * 0.35, size * 0.15, size * 0.6, coat)
            _dab(view, "figures", x, y - size * 1.1, size * 1.15, size * 0.55, coat)
            _dab(
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


def set_boats(view: View, shore: float) -> None:
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
                cover = view.surface.edge(_polygon(window, places)) * strength
                toned = (
                    ramp(np.full(window.shape, light, np.float32), shades(colour)) * view.weather.brightness
                )
                view.surface.lay("boats" if mirror > 0 else "", window, cover, toned, 1.2, 0.6)


def set_birds(view: View) -> None:
    """Set a few birds into the sky."""
    rolls = dice(view.seed, "birds")
    x, y = float(rolls.uniform(-0.6, 0.6)) * view.reach, float(rolls.uniform(-0.38, view.horizon - 0.15))
    for _ in range(int(rolls.integers(3, 8))):
        size = float(rolls.uniform(0.008, 0.014))
        for wing in (-1, 1):
            _dab(
                view, "", x + wing * size * 0.75, y, size * 0.85, size * 0.14, (0.20, 0.17, 0.15), wing * 0.45
            )
        x, y = x + float(rolls.normal(0, 0.05)), y + float(rolls.normal(0, 0.025))


def set_disc(view: View) -> None:
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
