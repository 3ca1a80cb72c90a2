"""What grows in a landscape: large trees in leaf or bare, bushes and grass in the corners."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from image_machines.painter.colour import Field, lit, normals, ramp, shades
from image_machines.painter.noise import dice, noise
from image_machines.painter.prospects import Prospect
from image_machines.painter.surface import Window


def lay_growth(view: Prospect, ground: Field) -> None:
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


def _grass(view: Prospect, rolls: np.random.Generator, ground: Field) -> None:
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


def lay_tree(view: Prospect, index: int, ground: Field) -> None:
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
    view: Prospect,
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
    view: Prospect, rolls: np.random.Generator, window: Window, x: float, foot: float, tall: float
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


def _bare_tree(view: Prospect, rolls: np.random.Generator, x: float, foot: float, tall: float) -> None:
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
