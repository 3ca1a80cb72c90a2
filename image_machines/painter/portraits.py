"""Portraits: a sitter in half light, with hair and hat, dress, collar, mantle, before a ground or a curtain.

Units: the usual picture is one high and 0.8 wide, (0, 0) its middle, y goes down.
"""

from __future__ import annotations

import numpy as np

from image_machines.painter.clothes import (
    fold_cloth,
    hang_pearls,
    lay_collar,
    lay_dress,
    lay_mantle,
)
from image_machines.painter.colour import Colour, lit, normals, ramp, shades
from image_machines.painter.faces import SeenHead
from image_machines.painter.noise import dice, noise
from image_machines.painter.sitters import CLOTH, Sitter, Sitting, choose_sitter
from image_machines.painter.surface import Surface


def paint_portrait(surface: Surface, seed: int, properties: frozenset[str]) -> str:
    """Paint a portrait onto the surface and return its title; "drapery" is mantle, curtain and folds."""
    sitter = choose_sitter(seed)
    folds = "drapery" in properties
    plan = dice(seed, "portrait")
    scale = float(plan.uniform(0.165, 0.215))
    view = Sitting(
        surface, seed, sitter, float(plan.uniform(-0.03, 0.03)) - 0.10 * scale * sitter.head.yaw,
        float(plan.uniform(-0.13, -0.08)), scale, float(plan.choice([-1, 1], p=[0.75, 0.25])), folds,
    )  # fmt: skip
    _background(view)
    relief = SeenHead(view)
    relief.paint(everything=True)
    lay_dress(view)
    lay_collar(view, relief)
    if folds and sitter.mantle:
        lay_mantle(view)
    if sitter.pearls:
        hang_pearls(view)
    relief.paint(everything=False)
    return _title(sitter, folds)


def _title(sitter: Sitter, folds: bool) -> str:
    """Name the portrait after what is most to be seen in it."""
    hats = {
        "beret": "a Beret",
        "brim": "a Wide Hat",
        "turban": "a Turban",
        "coif": "a White Coif",
        "veil": "a Veil",
    }
    collars = {"ruff": "a Ruff", "band": "a Lace Collar", "fur": "a Fur Collar"}
    if folds and sitter.mantle:
        what = _a(f"{sitter.mantle} Mantle")
    elif sitter.hat != "none":
        what = hats[sitter.hat]
    elif sitter.pearls:
        what = "a Pearl Necklace"
    elif sitter.collar in collars:
        what = collars[sitter.collar]
    else:
        what = _a(f"{sitter.dress} {'Dress' if sitter.woman else 'Coat'}")
    return f"Portrait of {sitter.who} with {what}"


def _a(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def _background(view: Sitting) -> None:
    """Lay the ground, darkest on the light's side, and what stands before it."""
    roll = dice(view.seed, "background")
    window = view.surface.window()
    tones: list[Colour] = [(0.30, 0.22, 0.14), (0.24, 0.23, 0.20), (0.33, 0.28, 0.20), (0.20, 0.24, 0.25),
                           (0.27, 0.17, 0.13), (0.24, 0.26, 0.18)]  # fmt: skip
    tone = tones[roll.integers(len(tones))]
    across = -view.side * (window.x - view.x)
    glow = np.exp(-(((across - 0.22) / 0.34) ** 2) - ((window.y + 0.02) / 0.42) ** 2)
    cloudy = noise(roll, window.x * 5, window.y * 5, 4)
    light = float(roll.uniform(0.17, 0.30)) + float(roll.uniform(0.24, 0.38)) * glow + 0.05 * cloudy
    if view.sitter.background == "wall":
        light = light + 0.20
    colour = ramp(np.clip(light, 0.03, 1), shades(tone, dark=0.25))
    view.surface.lay("ground", window, 1, colour, 0.8 + cloudy, 0)
    if view.sitter.background == "niche":
        _niche(view)
    if view.sitter.background == "curtain" and view.folds:
        _curtain(view)


def _niche(view: Sitting) -> None:
    """Lay a round-arched niche around the sitter."""
    window = view.surface.window()
    x, y = window.x - view.x * 0.5, window.y
    radius = 0.34
    inside = np.where(y < -0.10, np.hypot(x, y + 0.10) - radius, np.abs(x) - radius)
    stone = 0.42 + 0.05 * noise(dice(view.seed, "niche"), x * 9, y * 9, 3) - 0.12 * y
    band = np.exp(-((inside / 0.012) ** 2)) * np.sign(x * view.side + 0.1) * -0.16
    colour = ramp(np.clip(stone * 0.62 + band, 0, 1), shades((0.45, 0.39, 0.30)))
    view.surface.lay("niche", window, view.surface.edge(-inside, 2), colour, 1.57, 0.1)


def _curtain(view: Sitting) -> None:
    """Hang a curtain in one upper corner, gathered in vertical folds."""
    roll = dice(view.seed, "curtain")
    side = -view.side
    window = view.surface.window()
    x, y = side * window.x, window.y
    border = 0.10 + 0.30 * np.clip(y + 0.5, 0, 1) ** 1.5
    colour = CLOTH[str(roll.choice(["Red", "Green", "Crimson", "Ochre", "Brown", "Violet"]))]
    along, across = y * 2.2 + 0 * x, (x - border) * 9 + 0.5 * noise(roll, x * 2, y * 2, 2)
    height = 0.034 * fold_cloth(roll, along, across)
    light = 0.10 + lit(*normals(height, view.surface.pixel), view.light, 0.3) * 0.50 - 0.18 * (y + 0.1)
    toned = ramp(np.clip(light, 0.02, 0.8), shades(colour))
    view.surface.lay("drapery", window, view.surface.edge(border - x, 1.5), toned, np.nan, 0.1)
