"""Clothes: coats and dresses, collars, mantles, the folds they fall in.

All coordinates are head units, y up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from image_machines.painter.colour import Field, lit, normals, ramp, shades, step
from image_machines.painter.faces import SeenHead
from image_machines.painter.noise import dice, noise
from image_machines.painter.sitters import CLOTH, LINEN, Sitting, shoulder_line
from image_machines.painter.surface import Window


def _body(view: Sitting, x: Field, y: Field) -> Field:
    """The height of chest and arms over the picture plane."""
    down = np.clip(-1.4 - y, 0, 3)
    chest = 1.25 * np.sqrt(np.clip(1 - (x / (1.12 + 0.10 * down)) ** 2, 0, 1))
    arm_x = (np.abs(x) - 1.30 - 0.16 * down) / (0.50 + 0.06 * down)
    arms = 0.30 + 0.62 * np.sqrt(np.clip(1 - arm_x**2, 0, 1))
    height = 0.5 * (chest + arms + np.sqrt((chest - arms) ** 2 + 0.02))
    return height * (1 - np.exp(-2.4 * np.clip(shoulder_line(x) - y, 0, 9)))


def fold_cloth(roll: np.random.Generator, along: Field, across: Field, fine: float = 1.0) -> Field:
    """Folds: ridges that run along one direction, part and meet; about [0, 1]."""
    drift = 0.35 * noise(roll, along * 0.7, across * 0.7, 2)
    large = noise(roll, along * 0.35, across * 1.3 * fine + drift, 2, 0.4)
    small = noise(roll, along * 0.7, across * 3.0 * fine + 2 * drift, 2, 0.4)
    return 0.7 * np.exp(-((large * 2.4) ** 2)) + 0.3 * np.exp(-((small * 2.6) ** 2))


def lay_dress(view: Sitting) -> None:
    """Lay coat or dress over the shoulders, with a neckline and folds."""
    roll = dice(view.seed, "dress")
    window = view.window(-9, -0.9, 9, -9)
    x, y = view.head_units(window)
    outline = y - shoulder_line(x)
    centre = 0.25 * np.sin(view.sitter.head.yaw)
    if view.sitter.collar in ("scoop", "chemise"):
        deep = float(roll.uniform(0.55, 0.85))
        opening = 1 - np.sqrt(((x - centre) / (deep * 1.25)) ** 2 + ((y + 1.12) / deep) ** 2)
    else:
        opening = 0.30 - np.sqrt(((x - centre) / 1.5) ** 2 + ((y + 1.0) / 1.1) ** 2)
    shape = np.maximum(outline, opening * 0.6)
    height = _body(view, x, y) * view.scale
    if view.folds:
        swing = np.abs(x) * 0.6
        height = height + 0.10 * view.scale * fold_cloth(
            dice(view.seed, "dress folds"), y * 0.8 + 0 * x, x * 1.4 + swing * y * 0.3
        )
    nx, ny, nz = normals(height, view.surface.pixel)
    light = lit(nx, ny, nz, view.light, 0.30) * 0.66 + 0.09 + 0.08 * np.clip(1 + (y + 1.2) * 0.6, -0.6, 1)
    light = light + 0.02 * noise(roll, x * 8, y * 8, 2)
    if view.sitter.dress == "Black":
        light = light * 0.85
    if not view.sitter.woman:
        light = light + 0.30 * _buttons(x - centre * 1.6, y)
    else:
        light = light + _trim(roll, opening)
    colour = ramp(np.clip(light, 0.02, 0.78), shades(CLOTH[view.sitter.dress]))
    seam = np.exp(-(((x - centre * 1.6) / 0.025) ** 2)) * (y < -1.3) * (0.25 if view.sitter.woman else 0.5)
    colour = colour * (1 - seam[..., None])
    part = "drapery" if view.folds else "dress"
    view.surface.lay(part, window, view.edge(shape), colour, np.nan, 0.12)
    rim = np.exp(-((opening / 0.05) ** 2)) * (outline < 0)
    if view.sitter.collar == "chemise":
        frill = 0.75 + 0.2 * np.sin(np.arctan2(x - centre, y + 1.1) * 60)
        view.surface.lay("collar", window, np.clip(rim * 1.6, 0, 1), ramp(frill * light * 1.5, LINEN), 0, 0.4)


def _buttons(x: Field, y: Field) -> Field:
    """A row of round buttons down the front, each with its light and its shadow."""
    row = (y + 1.45) / 0.17
    along = (row - np.round(row)) * 0.17
    button = np.exp(-((((x - 0.05) ** 2 + along**2) / 0.032**2) ** 2))
    below = np.exp(-((((x - 0.065) ** 2 + (along + 0.03) ** 2) / 0.035**2) ** 2))
    return (button - 0.8 * below * (1 - button)) * (y < -1.42)


def _trim(roll: np.random.Generator, opening: Field) -> Field:
    """A border of embroidery along the neckline, or none."""
    if roll.random() < 0.5:
        return np.zeros_like(opening)
    band = np.exp(-(((opening + 0.14) / 0.05) ** 4))
    return band * (0.20 + 0.14 * np.sin(opening * 160))


@dataclass(frozen=True, eq=False)
class Neck:
    """Where a collar lies: the window, its places in head units, and around the neck."""

    window: Window
    x: Field
    y: Field
    turn: Field  # direction from the middle of the neck
    out: Field  # distance from there, 1 at the rim of a ruff
    shade: Field
    below_chin: Field


def lay_collar(view: Sitting, seen: SeenHead) -> None:
    """Lay the collar around the neck, below the chin."""
    if view.sitter.collar not in COLLARS:
        return
    window = view.window(-2.2, -0.5, 2.2, -9 if view.sitter.collar == "fur" else -2.6)
    x, y = view.head_units(window)
    x = x - 0.22 * np.sin(view.sitter.head.yaw)
    neck = Neck(
        window,
        x,
        y,
        turn=np.arctan2(x / 1.05, (y + 1.10) / 0.45),
        out=np.sqrt((x / 1.05) ** 2 + ((y + 1.10) / 0.45) ** 2),
        shade=0.62 + 0.32 * view.side * x - 0.25 * np.clip(y + 1.05, 0, 1),
        below_chin=1 - seen.above_chin(window),
    )
    COLLARS[view.sitter.collar](view, neck)


def _ruff(view: Sitting, neck: Neck) -> None:
    turn, out = neck.turn, neck.out
    pleats = np.sin(turn * 17) * np.clip(out * 1.3 - 0.2, 0, 1)
    rim = 0.25 * np.exp(-(((out - 0.95) / 0.06) ** 2))
    colour = ramp(np.clip(neck.shade + 0.20 * pleats + rim - 0.4 * step(0.62, 0.40, out), 0.12, 1), LINEN)
    ragged = np.maximum(out - 1 + 0.035 * np.sin(turn * 17), 0.40 - out)
    view.surface.lay("collar", neck.window, view.edge(ragged * 0.5) * neck.below_chin, colour, turn, 0.5)


def _band(view: Sitting, neck: Neck) -> None:
    x, y, turn = neck.x, neck.y, neck.turn
    wide = np.sqrt((x / 1.12) ** 2 + ((y + 1.02) / 0.72) ** 2)
    edge = wide - 1 + 0.035 * np.abs(np.sin(turn * 9))
    throat = np.sqrt((x / 0.40) ** 2 + ((y + 0.92) / 0.30) ** 2) < 1
    split = np.exp(-((x / 0.02) ** 2)) * (wide > 0.3) * 0.5
    lace = 0.10 * np.sin(turn * 36) * np.sin(wide * 40) * (wide > 0.72)
    colour = ramp(np.clip(neck.shade + lace - 0.45 * split, 0.1, 1), LINEN)
    cover = view.edge(edge * 0.6) * neck.below_chin * ~throat
    view.surface.lay("collar", neck.window, cover, colour, turn, 0.4)


def _fur(view: Sitting, neck: Neck) -> None:
    x, y = neck.x, neck.y
    down = np.clip(-1.0 - y, 0, 9)
    hairs = noise(dice(view.seed, "collar"), x * 7, y * 7, 4, 0.7)
    inner, outer = 0.30 * np.clip(1 - down / 1.2, 0.05, 1), 0.80 + 0.16 * np.sin(2.2 * down)
    shape = np.maximum(np.maximum(inner - np.abs(x), np.abs(x) - outer), y - shoulder_line(x) - 0.08)
    roundness = np.sqrt(np.clip(1 - ((np.abs(x) - 0.5) / 0.42) ** 2, 0, 1))
    value = 0.12 + 0.34 * roundness * (0.7 + 0.5 * view.side * x) + 0.16 * hairs
    colour = ramp(np.clip(value, 0.02, 0.9), shades((0.46, 0.31, 0.19)))
    shirt = np.maximum(np.abs(x) - inner - 0.03, y + 0.95)
    linen = ramp(np.clip(neck.shade - 0.15, 0, 1), LINEN)
    view.surface.lay("collar", neck.window, view.edge(shirt) * neck.below_chin, linen, 1.5, 0.4)
    cover = view.edge(shape + 0.05 * hairs, 2) * neck.below_chin
    view.surface.lay("collar", neck.window, cover, colour, 1.2 + hairs, 0.1)


def _plain(view: Sitting, neck: Neck) -> None:
    stand = np.abs(neck.out * 0.5 - 0.26) - 0.085 * np.sqrt(np.clip((-1.03 - neck.y) / 0.25, 0, 1))
    stand = np.maximum(stand, 0.02 - np.abs(neck.x) * (neck.y < -1.3))
    colour = ramp(np.clip(neck.shade, 0, 1), LINEN)
    view.surface.lay("collar", neck.window, view.edge(stand) * neck.below_chin, colour, neck.turn, 0.4)


COLLARS = {"ruff": _ruff, "band": _band, "fur": _fur, "plain": _plain}


def lay_mantle(view: Sitting) -> None:
    """Throw a mantle over one shoulder and across the chest."""
    roll = dice(view.seed, "mantle")
    side = float(roll.choice([-1, 1]))
    window = view.window(-9, -0.9, 9, -9)
    x, y = view.head_units(window)
    sx = side * x
    worn = str(roll.choice(["across", "across", "shoulder", "both"]))
    down = np.clip(-1.2 - y, 0, 9)
    waver = 0.05 * noise(roll, x * 2, y * 2, 2)
    if worn == "across":
        border = 0.35 + float(roll.uniform(0.5, 0.9)) * (y + 1.35) + waver
        along, across = (sx * 0.55 - y * 0.83) * 1.1, (sx * 0.83 + y * 0.55) * 1.5
    else:
        sx = np.abs(x) if worn == "both" else sx
        border = 0.62 - 0.22 * np.sin(1.6 * down) + 1.4 * waver
        along, across = down * 0.9, (sx - 0.18 * down) * 1.8
    shape = np.maximum(border - sx, y - shoulder_line(x) - 0.10)
    height = (
        _body(view, x, y) + 0.26 * fold_cloth(roll, along, across) + 0.10 * np.exp(border - sx)
    ) * view.scale
    nx, ny, nz = normals(height, view.surface.pixel)
    light = lit(nx, ny, nz, view.light, 0.35) * 0.74 + 0.10 - 0.10 * np.clip(-2.2 - y, 0, 1)
    colour = ramp(np.clip(light, 0.06, 0.9), shades(CLOTH[view.sitter.mantle]))
    cast = np.exp(-np.clip(border - sx, 0, 9) / 0.10) * (y < shoulder_line(x)) * 0.45
    view.surface.lay("", window, cast, (0.07, 0.045, 0.03))
    view.surface.lay("drapery", window, view.edge(shape), colour, np.nan, 0.15)


def hang_pearls(view: Sitting) -> None:
    """Hang a string of pearls round the neck."""
    turn = 0.25 * np.sin(view.sitter.head.yaw)
    for angle in np.linspace(-1.25, 1.25, 17):
        cx, cy, radius = turn + 0.47 * np.sin(angle), -1.02 - 0.42 * np.cos(angle), 0.042
        window = view.window(cx - 0.08, cy + 0.08, cx + 0.08, cy - 0.08)
        x, y = view.head_units(window)
        nx, ny = (x - cx) / radius, (y - cy) / radius
        far = np.hypot(nx, ny)
        light = lit(nx, ny, np.sqrt(np.clip(1 - far**2, 0, 1)), view.light)
        view.surface.lay(
            "jewels", window, view.edge((far - 1) * radius), ramp(0.25 + 0.75 * light, LINEN), 0, 0.8
        )
