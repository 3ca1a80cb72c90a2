"""Portraits: a sitter in half light, with hair and hat, dress, collar, mantle, before a ground or a curtain.

Units: the usual picture is one high and 0.8 wide, (0, 0) its middle, y goes down. The sitter is measured in
head units (see heads.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from image_machines.collection import heads
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
    shades,
    step,
)
from image_machines.collection.heads import Head

SKIN = (
    ((0.15, 0.080, 0.050), (0.46, 0.29, 0.20), (0.76, 0.56, 0.43), (0.90, 0.75, 0.61), (0.98, 0.90, 0.79)),
    ((0.17, 0.090, 0.060), (0.50, 0.32, 0.25), (0.80, 0.62, 0.51), (0.93, 0.80, 0.69), (0.99, 0.92, 0.84)),
    ((0.12, 0.065, 0.040), (0.39, 0.24, 0.15), (0.65, 0.46, 0.32), (0.82, 0.64, 0.48), (0.94, 0.82, 0.67)),
    ((0.08, 0.042, 0.028), (0.25, 0.14, 0.085), (0.44, 0.27, 0.17), (0.60, 0.41, 0.28), (0.80, 0.64, 0.50)),
)
HAIR: dict[str, Colour] = {
    "black": (0.14, 0.10, 0.08), "brown": (0.30, 0.18, 0.10), "chestnut": (0.42, 0.21, 0.09),
    "fair": (0.66, 0.48, 0.26), "red": (0.55, 0.24, 0.09), "grey": (0.62, 0.58, 0.52),
}  # fmt: skip
CLOTH: dict[str, Colour] = {
    "Black": (0.13, 0.115, 0.105), "Red": (0.55, 0.14, 0.10), "Blue": (0.20, 0.27, 0.38),
    "Green": (0.20, 0.28, 0.19), "Brown": (0.36, 0.23, 0.14), "Ochre": (0.62, 0.43, 0.19),
    "Violet": (0.34, 0.22, 0.29), "Grey": (0.42, 0.42, 0.40), "White": (0.76, 0.72, 0.64),
    "Crimson": (0.42, 0.09, 0.11), "Golden": (0.70, 0.54, 0.28), "Slate": (0.27, 0.32, 0.36),
    "Rose": (0.66, 0.38, 0.34), "Olive": (0.36, 0.34, 0.18),
}  # fmt: skip
LINEN = shades((0.84, 0.81, 0.74))


@dataclass(frozen=True)
class Sitter:
    """Who sits and how."""

    who: str  # for the title
    woman: bool
    age: float  # 0 young to 1 old
    head: Head
    hair: Colour
    skin: int
    dress: str  # a name in CLOTH
    mantle: str  # a name in CLOTH, or ""
    hat: str
    collar: str  # plain, ruff, band, chemise, fur, scoop
    pearls: bool
    background: str  # plain, curtain, niche, wall
    gaze: float


@dataclass(frozen=True)
class View:
    """What the hands that paint one portrait share; ``scale`` units are one head unit."""

    surface: Surface
    seed: int
    sitter: Sitter
    x: float
    y: float
    scale: float
    side: float  # where the light comes from: -1 left, 1 right
    folds: bool

    @property
    def light(self) -> Colour:
        """Direction to the light, y up."""
        return self.side * 0.62, 0.58, 0.56

    def window(self, left: float, top: float, right: float, bottom: float) -> Window:
        """Cut a rectangle given in head units (y up)."""
        return self.surface.window(
            self.x + left * self.scale, self.y - top * self.scale,
            self.x + right * self.scale, self.y - bottom * self.scale,
        )  # fmt: skip

    def head_units(self, window: Window) -> tuple[Field, Field]:
        """The window's coordinates in head units, y up."""
        return (window.x - self.x) / self.scale, (self.y - window.y) / self.scale

    def edge(self, distance: Field, soft: float = 1.2) -> Field:
        """Cover from a distance in head units."""
        return self.surface.edge(distance * self.scale, soft)


def paint_portrait(surface: Surface, seed: int, properties: frozenset[str]) -> str:
    """Paint a portrait onto the surface and return its title; "drapery" is mantle, curtain and folds."""
    sitter = _sitter(seed)
    folds = "drapery" in properties
    plan = dice(seed, "portrait")
    scale = float(plan.uniform(0.165, 0.215))
    view = View(
        surface, seed, sitter, float(plan.uniform(-0.03, 0.03)) - 0.10 * scale * sitter.head.yaw,
        float(plan.uniform(-0.13, -0.08)), scale, float(plan.choice([-1, 1], p=[0.75, 0.25])), folds,
    )  # fmt: skip
    _background(view)
    relief = _Seen(view)
    relief.paint(everything=True)
    _dress(view)
    _collar(view, relief)
    if folds and sitter.mantle:
        _mantle(view)
    if sitter.pearls:
        _pearls(view)
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


HATS = {
    "woman": ("none", "none", "none", "coif", "veil", "turban", "beret"),
    "man": ("none", "none", "beret", "brim", "turban", "brim"),
}
HAIRCUTS = {"woman": ("bun", "bun", "long", "curls"), "man": ("short", "short", "long", "curls", "bald")}
COLLARS = {
    "woman": ("ruff", "band", "chemise", "scoop", "fur", "scoop"),
    "man": ("ruff", "band", "plain", "fur", "plain"),
}


def _sitter(seed: int) -> Sitter:
    """Choose a sitter."""
    roll = dice(seed, "sitter")
    woman = bool(roll.random() < 0.5)
    sex = "woman" if woman else "man"
    age = float(roll.uniform(0, 1)) ** 1.3
    young, old = age < 0.35, age > 0.72
    who = ("a Young " if young else "an Old " if old else "a ") + sex.title()
    if not young and not old and roll.random() < 0.4:
        who = "a Lady" if woman else "a Gentleman"
    hat, collar = str(roll.choice(HATS[sex])), str(roll.choice(COLLARS[sex]))
    head = _head(roll, woman, hat, str(roll.choice(HAIRCUTS[sex])))
    dress = str(roll.choice(list(CLOTH), p=_weights(0.3)))
    skin = int(roll.choice(4, p=[0.4, 0.35, 0.17, 0.08]))
    mantles = [name for name in CLOTH if name not in (dress, "Black")]
    return Sitter(
        who=who,
        woman=woman,
        age=age,
        head=head,
        hair=HAIR["grey" if old else str(roll.choice(list(HAIR)[: 5 if skin < 2 else 2]))],
        skin=skin,
        dress=dress,
        mantle=str(roll.choice(mantles)) if roll.random() < 0.6 else "",
        hat=hat,
        collar=collar,
        pearls=woman and collar in ("scoop", "chemise") and bool(roll.random() < 0.6),
        background=str(roll.choice(["plain", "curtain", "niche", "wall", "plain"])),
        gaze=float(roll.normal(0, 0.25)),
    )


def _head(roll: np.random.Generator, woman: bool, hat: str, hair: str) -> Head:
    """Choose the build of a head; what it wears decides on how the hair is done."""
    if hat in ("coif", "veil", "turban"):
        hair = "short" if hat == "turban" else "bun"
    elif hat != "none" and hair == "bald":
        hair = "short"
    yaw = float(roll.choice([-1, 1]) * roll.uniform(0.12, 0.68))
    pitch, roll_ = float(roll.normal(0.03, 0.04)), float(roll.normal(0, 0.035))
    width, nose = float(roll.uniform(0.94, 1.06)), float(roll.uniform(0.2, 0.9))
    firm, beard = float(roll.uniform(0, 1)), float(roll.uniform(-1, 1.1))
    if woman:
        return Head(
            yaw, pitch, roll_ + 0.05 * float(np.sign(yaw)), width * 0.97, jaw=0.85, nose=nose, brow=0.7,
            lips=0.9 + 0.35 * firm, neck=0.88, hair=hair, hat=hat,
        )  # fmt: skip
    return Head(
        yaw, pitch, roll_, width * 1.03, jaw=1.05 + 0.35 * firm, nose=nose + 0.6, brow=1.1 + 0.4 * firm,
        lips=0.85, neck=1.0 + 0.15 * firm, hair=hair, hat=hat, beard=0.15 + beard if beard > 0 else 0.0,
    )  # fmt: skip


def _weights(black: float) -> list[float]:
    rest = (1 - black) / (len(CLOTH) - 1)
    return [black] + [rest] * (len(CLOTH) - 1)


# Behind the sitter -----------------------------------------------------------------------------------------


def _background(view: View) -> None:
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


def _niche(view: View) -> None:
    """Lay a round-arched niche around the sitter."""
    window = view.surface.window()
    x, y = window.x - view.x * 0.5, window.y
    radius = 0.34
    inside = np.where(y < -0.10, np.hypot(x, y + 0.10) - radius, np.abs(x) - radius)
    stone = 0.42 + 0.05 * noise(dice(view.seed, "niche"), x * 9, y * 9, 3) - 0.12 * y
    band = np.exp(-((inside / 0.012) ** 2)) * np.sign(x * view.side + 0.1) * -0.16
    colour = ramp(np.clip(stone * 0.62 + band, 0, 1), shades((0.45, 0.39, 0.30)))
    view.surface.lay("niche", window, view.surface.edge(-inside, 2), colour, 1.57, 0.1)


def _curtain(view: View) -> None:
    """Hang a curtain in one upper corner, gathered in vertical folds."""
    roll = dice(view.seed, "curtain")
    side = -view.side
    window = view.surface.window()
    x, y = side * window.x, window.y
    border = 0.10 + 0.30 * np.clip(y + 0.5, 0, 1) ** 1.5
    colour = CLOTH[str(roll.choice(["Red", "Green", "Crimson", "Ochre", "Brown", "Violet"]))]
    along, across = y * 2.2 + 0 * x, (x - border) * 9 + 0.5 * noise(roll, x * 2, y * 2, 2)
    height = 0.034 * _cloth(roll, along, across)
    light = 0.10 + lit(*normals(height, view.surface.pixel), view.light, 0.3) * 0.50 - 0.18 * (y + 0.1)
    toned = ramp(np.clip(light, 0.02, 0.8), shades(colour))
    view.surface.lay("drapery", window, view.surface.edge(border - x, 1.5), toned, np.nan, 0.1)


# Clothes ---------------------------------------------------------------------------------------------------


def _shoulders(x: Field) -> Field:
    """Height of the shoulder line over x, in head units (y up)."""
    q = np.abs(x) / 1.60
    return -1.18 - 0.10 * q - 0.44 * q**2 - 4.0 * np.clip(q - 0.98, 0, None) ** 2


def _body(view: View, x: Field, y: Field) -> Field:
    """The height of chest and arms over the picture plane."""
    down = np.clip(-1.4 - y, 0, 3)
    chest = 1.25 * np.sqrt(np.clip(1 - (x / (1.12 + 0.10 * down)) ** 2, 0, 1))
    arm_x = (np.abs(x) - 1.30 - 0.16 * down) / (0.50 + 0.06 * down)
    arms = 0.30 + 0.62 * np.sqrt(np.clip(1 - arm_x**2, 0, 1))
    height = 0.5 * (chest + arms + np.sqrt((chest - arms) ** 2 + 0.02))
    return height * (1 - np.exp(-2.4 * np.clip(_shoulders(x) - y, 0, 9)))


def _cloth(roll: np.random.Generator, along: Field, across: Field, fine: float = 1.0) -> Field:
    """Folds: ridges that run along one direction, part and meet; about [0, 1]."""
    drift = 0.35 * noise(roll, along * 0.7, across * 0.7, 2)
    large = noise(roll, along * 0.35, across * 1.3 * fine + drift, 2, 0.4)
    small = noise(roll, along * 0.7, across * 3.0 * fine + 2 * drift, 2, 0.4)
    return 0.7 * np.exp(-((large * 2.4) ** 2)) + 0.3 * np.exp(-((small * 2.6) ** 2))


def _dress(view: View) -> None:
    """Lay coat or dress over the shoulders, with a neckline and folds."""
    roll = dice(view.seed, "dress")
    window = view.window(-9, -0.9, 9, -9)
    x, y = view.head_units(window)
    outline = y - _shoulders(x)
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
        height = height + 0.10 * view.scale * _cloth(
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
    seam = np.exp(-(((x - centre * 1.6) / 0.025) ** 2)) * (y < -1.3) * 0.5
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


def _collar(view: View, seen: _Seen) -> None:
    """Lay the collar around the neck, below the chin."""
    window = view.window(-2.2, -0.5, 2.2, -9 if view.sitter.collar == "fur" else -2.6)
    x, y = view.head_units(window)
    x = x - 0.22 * np.sin(view.sitter.head.yaw)
    roll = dice(view.seed, "collar")
    below_chin = 1 - seen.above_chin(window)
    turn = np.arctan2(x / 1.05, (y + 1.10) / 0.45)
    out = np.sqrt((x / 1.05) ** 2 + ((y + 1.10) / 0.45) ** 2)
    shade = 0.62 + 0.32 * view.side * x - 0.25 * np.clip(y + 1.05, 0, 1)
    if view.sitter.collar == "ruff":
        pleats = np.sin(turn * 17) * np.clip(out * 1.3 - 0.2, 0, 1)
        rim = 0.25 * np.exp(-(((out - 0.95) / 0.06) ** 2))
        colour = ramp(np.clip(shade + 0.20 * pleats + rim - 0.4 * step(0.62, 0.40, out), 0.12, 1), LINEN)
        ragged = np.maximum(out - 1 + 0.035 * np.sin(turn * 17), 0.40 - out)
        view.surface.lay("collar", window, view.edge(ragged * 0.5) * below_chin, colour, turn, 0.5)
    elif view.sitter.collar == "band":
        wide = np.sqrt((x / 1.12) ** 2 + ((y + 1.02) / 0.72) ** 2)
        edge = wide - 1 + 0.035 * np.abs(np.sin(turn * 9))
        neck = np.sqrt((x / 0.40) ** 2 + ((y + 0.92) / 0.30) ** 2) < 1
        split = np.exp(-((x / 0.02) ** 2)) * (wide > 0.3) * 0.5
        lace = 0.10 * np.sin(turn * 36) * np.sin(wide * 40) * (wide > 0.72)
        colour = ramp(np.clip(shade + lace - 0.45 * split, 0.1, 1), LINEN)
        view.surface.lay("collar", window, view.edge(edge * 0.6) * below_chin * ~neck, colour, turn, 0.4)
    elif view.sitter.collar == "fur":
        down = np.clip(-1.0 - y, 0, 9)
        hairs = noise(roll, x * 7, y * 7, 4, 0.7)
        inner, outer = 0.30 * np.clip(1 - down / 1.2, 0.05, 1), 0.80 + 0.16 * np.sin(2.2 * down)
        shape = np.maximum(np.maximum(inner - np.abs(x), np.abs(x) - outer), y - _shoulders(x) - 0.08)
        roundness = np.sqrt(np.clip(1 - ((np.abs(x) - 0.5) / 0.42) ** 2, 0, 1))
        value = 0.12 + 0.34 * roundness * (0.7 + 0.5 * view.side * x) + 0.16 * hairs
        colour = ramp(np.clip(value, 0.02, 0.9), shades((0.46, 0.31, 0.19)))
        shirt = np.maximum(np.abs(x) - inner - 0.03, y + 0.95)
        linen = ramp(np.clip(shade - 0.15, 0, 1), LINEN)
        view.surface.lay("collar", window, view.edge(shirt) * below_chin, linen, 1.5, 0.4)
        view.surface.lay(
            "collar", window, view.edge(shape + 0.05 * hairs, 2) * below_chin, colour, 1.2 + hairs, 0.1
        )
    elif view.sitter.collar == "plain":
        stand = np.abs(out * 0.5 - 0.26) - 0.085 * np.sqrt(np.clip((-1.03 - y) / 0.25, 0, 1))
        stand = np.maximum(stand, 0.02 - np.abs(x) * (y < -1.3))
        colour = ramp(np.clip(shade, 0, 1), LINEN)
        view.surface.lay("collar", window, view.edge(stand) * below_chin, colour, turn, 0.4)


def _mantle(view: View) -> None:
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
    shape = np.maximum(border - sx, y - _shoulders(x) - 0.10)
    height = (
        _body(view, x, y) + 0.26 * _cloth(roll, along, across) + 0.10 * np.exp(border - sx)
    ) * view.scale
    nx, ny, nz = normals(height, view.surface.pixel)
    light = lit(nx, ny, nz, view.light, 0.35) * 0.74 + 0.10 - 0.10 * np.clip(-2.2 - y, 0, 1)
    colour = ramp(np.clip(light, 0.06, 0.9), shades(CLOTH[view.sitter.mantle]))
    cast = np.exp(-np.clip(border - sx, 0, 9) / 0.10) * (y < _shoulders(x)) * 0.45
    view.surface.lay("", window, cast, (0.07, 0.045, 0.03))
    view.surface.lay("drapery", window, view.edge(shape), colour, np.nan, 0.15)


def _pearls(view: View) -> None:
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


# The head --------------------------------------------------------------------------------------------------


class _Seen:
    """The traced head, brought to the surface's pixels and painted."""

    def __init__(self, view: View) -> None:
        self.view = view
        relief = heads.trace(view.sitter.head, view.light)
        self.window = view.window(heads.LEFT, heads.TOP, heads.RIGHT, heads.BOTTOM)
        soft = 0.7 * view.surface.pixel / view.scale
        figure = step(soft, -soft, self._sample(relief.outline))
        border = self._sample(relief.border)
        self.material = figure[..., None] * step(-soft, soft, border)
        self.material[..., 0] = figure * step(-4 * soft, -2 * soft, border[..., 0])  # a little below the hair
        self.normal = self._sample(relief.normal)
        self.normal /= np.linalg.norm(self.normal, axis=2, keepdims=True) + 1e-6
        self.shadow = np.clip(self._sample(relief.shadow), 0, 1)
        x, y = view.head_units(self.window)
        seen = np.stack(np.broadcast_arrays(x, y, self._sample(relief.depth)), axis=-1)
        self.place = seen @ heads.rotation(view.sitter.head)  # in the head's frame
        self.x, self.y = x, y
        self.strands = self._strands()
        ends = step(
            -soft, soft, border[..., 1] + 0.022 * self.strands + 0.004
        )  # single hairs over the border
        self.material[..., 1] = figure * ends
        bare = step(-0.02, 0.02, np.maximum(0.50 - np.abs(x), _shoulders(x) + 0.01 - y))
        self.material[..., 0] *= np.where(y < -1.0, bare, 1)

    def _sample(self, values: Field) -> Field:
        """Bring a field from the grid of rays to the window's pixels."""
        if values.ndim == 3:
            return np.stack([self._sample(values[..., c]) for c in range(values.shape[2])], axis=-1)
        x, y = self.view.head_units(self.window)
        half = self.view.surface.pixel / self.view.scale / 2
        box = (
            x[0, 0] - half - heads.LEFT, heads.TOP - y[0, 0] - half,
            x[0, -1] + half - heads.LEFT, heads.TOP - y[-1, 0] + half,
        )  # fmt: skip
        rows, columns = values.shape
        left, upper, right, lower = np.clip(
            np.array(box) / heads.CELL + 0.5, 0, [columns, rows, columns, rows]
        )
        picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
        size = self.window.shape[1], self.window.shape[0]
        cut = float(left), float(upper), float(right), float(lower)
        return np.asarray(picture.resize(size, Image.Resampling.BICUBIC, box=cut))

    def above_chin(self, window: Window) -> Field:
        """Cover of face, hair and hat above the chin in another window."""
        whole = np.zeros((self.view.surface.height, self.view.surface.width), np.float32)
        upper = step(-0.99, -0.93, self.place[..., 1]) * (self.place[..., 2] > -0.12)
        solid = self.material[..., 0] * upper + (self.material[..., 1] + self.material[..., 2]) * (
            self.y > -1.0
        )
        whole[self.window.rows, self.window.columns] = np.clip(solid, 0, 1)
        return whole[window.rows, window.columns]

    def paint(self, everything: bool) -> None:
        """Lay skin, hair and hat; or only the hair and cloth that hang over the shoulders."""
        nx, ny, nz = np.moveaxis(self.normal, 2, 0)
        light = lit(nx, ny, nz, self.view.light, 0.10) * (0.15 + 0.85 * self.shadow)
        cover = self.material
        hanging = step(-0.85, -1.05, self.y) * np.ones(self.window.shape, np.float32)
        only = np.float32(1) if everything else hanging
        if everything:
            self._skin(cover[..., 0], light)
        self._hat(cover[..., 2] * only, light)
        self._hair(cover[..., 1] * only, light)

    def _skin(self, cover: Field, light: Field) -> None:
        sitter = self.view.sitter
        tones = SKIN[sitter.skin]
        hx, hy, hz = np.moveaxis(self.place, 2, 0)
        fall = 0.10 * np.clip(-0.9 - hy, 0, 1)
        towards = np.asarray(self.view.light) / np.linalg.norm(self.view.light) + np.array([0, 0, 1])
        gleam = np.clip(self.normal @ (towards / np.linalg.norm(towards)), 0, 1) ** 24 * self.shadow
        value = np.clip(0.11 + 0.74 * light + 0.12 * gleam - fall, 0, 1)
        colour = ramp(value, tones)
        box = _box((cover > 0) & (hy > -1.05) & (hz > 0.2))
        colour[box] = _features(colour[box], value[box], hx[box], hy[box], hz[box], sitter, self.view.side)
        flow = np.arctan2(-self.normal[..., 1], self.normal[..., 0]) + np.pi / 2
        grain = np.where(hy > -1.0, 0.62, 0.5) + 0.3 * (hz > 0.45) * (np.abs(hy + 0.25) < 0.55)
        neck = hy < -1.02 - 0.1 * hz
        view = self.view
        view.surface.lay("face", self.window, cover * ~neck, colour, flow, grain)
        view.surface.lay("neck", self.window, cover * neck, colour, flow, grain)

    def _strands(self) -> Field:
        """Light and dark along the hair, about [-1, 1]."""
        hx, hy, hz = np.moveaxis(self.place, 2, 0)
        around = np.arctan2(hx, hz + 0.15) * 5.0 + 0.35 * hy
        return noise(dice(self.view.seed, "hair"), around * 2.2, hy * 1.3, 3, 0.7)

    def _hair(self, cover: Field, light: Field) -> None:
        strands = self.strands
        value = np.clip(0.08 + 0.58 * light * (1 + 0.5 * strands) + 0.10 * strands, 0.02, 0.9)
        colour = ramp(value, shades(self.view.sitter.hair))
        nx, ny = self.normal[..., 0], self.normal[..., 1]
        flow = np.arctan2(1 - ny * ny, nx * ny + 0.15 * np.sign(nx))
        lip = (self.place[..., 1] > -0.56) & (self.place[..., 2] > 0.55)  # a moustache lets the skin through
        self.view.surface.lay("hair", self.window, cover * np.where(lip, 0.72, 1), colour, flow, 0.25)

    def _hat(self, cover: Field, light: Field) -> None:
        if not cover.any():
            return
        roll = dice(self.view.seed, "hat")
        white = self.view.sitter.hat in ("coif",) or (self.view.sitter.hat == "veil" and roll.random() < 0.6)
        name = str(roll.choice(["Black", "Black", "Red", "Brown", "Crimson", "Blue", "Ochre", "Green"]))
        tones = LINEN if white else shades(CLOTH[name])
        hx, hy, _ = np.moveaxis(self.place, 2, 0)
        folds = noise(roll, hx * 3 + hy * 2, hy * 3 - hx, 3) if self.view.folds else 0 * hx
        value = np.clip(0.08 + (0.78 if white else 0.62) * light * (1 + 0.25 * folds), 0.02, 0.95)
        flow = np.arctan2(-self.normal[..., 1], self.normal[..., 0]) + np.pi / 2
        self.view.surface.lay("headdress", self.window, cover, ramp(value, tones), flow, 0.25)


def _features(
    colour: Field, value: Field, x: Field, y: Field, z: Field, sitter: Sitter, side: float
) -> Field:
    """Draw blush, brows, eyes, mouth and age onto the skin; (x, y, z) are head coordinates."""
    front = step(0.25, 0.45, z)
    a = np.abs(x)
    tones = SKIN[sitter.skin]

    def tint(colour: Field, share: Field, towards: Colour) -> Field:
        return mix(colour, np.asarray(towards, np.float32) * (0.30 + 0.85 * value[..., None]), share * front)

    def dot(cx: float, cy: float, rx: float, ry: float) -> Field:
        return np.exp(-(((a - cx) / rx) ** 2) - ((y - cy) / ry) ** 2)

    red: Colour = (0.86, 0.36, 0.26) if sitter.skin < 3 else (0.52, 0.22, 0.14)
    warm = 0.34 if sitter.woman else 0.26
    colour = tint(colour, warm * dot(0.33, -0.28, 0.17, 0.15), red)
    colour = tint(colour, 0.22 * dot(0, -0.30, 0.10, 0.10), red)
    colour = tint(colour, 0.12 * dot(0, -0.84, 0.14, 0.10), red)
    if not sitter.woman:
        jaw = step(-0.36, -0.62, y) * (1 - dot(0, -0.57, 0.16, 0.08))
        colour = tint(colour, 0.22 * jaw, (0.42, 0.36, 0.32))
    dark: Colour = tuple(0.45 * part for part in tones[0])  # type: ignore[assignment]
    colour = _age(colour, a, y, front, sitter.age, tones[0])
    colour = _mouth(colour, value, x, y, front, sitter, red)
    brow = mix(np.asarray(sitter.hair) * 0.6, dark, 0.4)
    height = 0.200 + 0.035 * (1 - ((a - 0.30) / 0.17) ** 2)
    thick = (0.020 if sitter.woman else 0.030) * np.clip(1.25 - (a - 0.10) / 0.38, 0.25, 1)
    span = step(0.07, 0.14, a) * step(0.50, 0.38, a)
    line = np.exp(-(((y - height) / thick) ** 2)) * span
    colour = mix(colour, brow, (0.55 if sitter.woman else 0.68) * line * front)
    for eye in (-1, 1):
        box = _box((np.abs(x - eye * 0.285) < 0.19) & (np.abs(y) < 0.19) & (front > 0))
        ex, ey = x[box] - eye * 0.285, y[box] + 0.005
        colour[box] = _eye(colour[box], value[box], ex, ey, eye, front[box], sitter, side)
    return colour


def _box(where: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The smallest rectangle that holds every place."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _age(colour: Field, a: Field, y: Field, front: Field, age: float, shadow: Colour) -> Field:
    """Draw what the years leave: folds beside the mouth, bags under the eyes, lines on the brow."""
    beside = (
        np.exp(-(((a - 0.15 - 0.35 * (-0.34 - y)) / 0.025) ** 2))
        * step(-0.64, -0.56, y)
        * step(-0.30, -0.38, y)
    )
    below = np.exp(-(((y + 0.11 + 0.5 * (a - 0.285) ** 2 * -3) / 0.018) ** 2)) * (np.abs(a - 0.285) < 0.14)
    lines = np.sin(y * 60 + 2 * a) ** 6 * step(0.32, 0.38, y) * step(0.62, 0.52, y) * (a < 0.4)
    share = 0.12 * beside + age * (0.30 * beside + 0.22 * below + 0.16 * lines)
    return mix(colour, shadow, np.clip(share, 0, 1) * front)


def _mouth(
    colour: Field, value: Field, x: Field, y: Field, front: Field, sitter: Sitter, red: Colour
) -> Field:
    """Draw lips and the line between them."""
    half = 0.185
    e = np.clip(x / half, -1.3, 1.3)
    curve = -0.567 + 0.016 * e**2 - 0.010 * np.exp(-((e / 0.25) ** 2))
    inside = np.clip(1 - e * e, 0, 1)
    upper = curve + 0.048 * inside**0.8 * (1 - 0.25 * np.exp(-((e / 0.16) ** 2))) * sitter.head.lips
    lower = curve - 0.066 * inside**0.7 * sitter.head.lips
    lips = step(0.010, -0.010, y - upper) * step(-0.010, 0.010, y - lower) * (np.abs(e) < 1)
    tone = np.asarray(red, np.float32) * np.array([0.85, 0.80, 0.85], np.float32)
    shade = np.where(y > curve, 0.30, 0.38)[..., None] + 0.75 * value[..., None]
    strength = 0.62 if sitter.woman else 0.42
    colour = mix(colour, tone * shade, strength * lips * front)
    line = np.exp(-(((y - curve) / 0.011) ** 2)) * step(1.12, 0.92, np.abs(e))
    colour = mix(colour, (0.20, 0.07, 0.05), 0.75 * line * front)
    under = np.exp(-((x / 0.12) ** 2) - ((y + 0.70) / 0.035) ** 2)
    return mix(colour, SKIN[sitter.skin][0], 0.22 * under * front)


def _eye(
    colour: Field, value: Field, x: Field, y: Field, eye: int, front: Field, sitter: Sitter, side: float
) -> Field:
    """Draw one eye: white, iris, pupil, light, lids and lashes; (x, y) from its middle."""
    half = 0.142
    e = np.clip(x / half, -1.25, 1.25)
    inside = np.clip(1 - e * e, 0, 1)
    lean = 0.010 * e * eye
    upper = 0.062 * inside**0.7 * (1 - 0.12 * sitter.age) + lean
    lower = -0.042 * inside**0.8 + lean
    opening = step(0.006, -0.006, y - upper) * step(-0.006, 0.006, y - lower) * (np.abs(e) < 1) * front
    shade = (0.32 + 0.72 * value) * (1 - 0.45 * step(-0.035, 0.0, y - upper))
    white = np.array([0.84, 0.78, 0.70], np.float32) * shade[..., None]
    gaze = -0.062 * np.sin(sitter.head.yaw) * 1.2 + 0.012 * sitter.gaze
    out = np.hypot(x - gaze, y - 0.008)
    tones: list[Colour] = [(0.26, 0.15, 0.08), (0.30, 0.36, 0.38), (0.20, 0.12, 0.07), (0.30, 0.27, 0.14)]
    iris = np.asarray(tones[int(sitter.age * 97) % 4], np.float32) * (0.45 + 0.8 * shade)[..., None]
    ball = mix(white, iris, step(0.064, 0.052, out))
    ball = mix(ball, (0.03, 0.02, 0.02), step(0.032, 0.022, out))
    gleam = np.hypot(x - gaze - side * 0.020, y - 0.030)
    ball = mix(ball, (0.97, 0.95, 0.90), 0.9 * step(0.018, 0.010, gleam))
    colour = mix(colour, ball, opening)
    along = step(1.18, 0.98, np.abs(e)) * front
    lash = np.exp(-(((y - upper - 0.002) / 0.013) ** 2)) * along
    colour = mix(colour, (0.10, 0.05, 0.035), 0.85 * lash)
    below = np.exp(-(((y - lower) / 0.010) ** 2)) * along
    colour = mix(colour, (0.35, 0.17, 0.11), 0.40 * below)
    crease = np.exp(-(((y - upper - 0.042 - 0.01 * inside) / 0.013) ** 2)) * along
    colour = mix(colour, SKIN[sitter.skin][0], 0.42 * crease)
    lid = np.exp(-(((y - upper - 0.022) / 0.012) ** 2)) * along
    return mix(colour, SKIN[sitter.skin][3], 0.30 * lid * step(0.2, 0.6, value))
