"""Sitters: who is portrayed, how built, in what clothes and colours.

Sitters are measured in head units (see heads.py), y up; the view knows where they are in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from image_machines.painter.colour import Colour, Field, shades
from image_machines.painter.heads import Head
from image_machines.painter.noise import dice
from image_machines.painter.surface import Surface, Window

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
class Sitting:
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


HATS = {
    "woman": ("none", "none", "none", "coif", "veil", "turban", "beret"),
    "man": ("none", "none", "beret", "brim", "turban", "brim"),
}


HAIRCUTS = {"woman": ("bun", "bun", "long", "curls"), "man": ("short", "short", "long", "curls", "bald")}


COLLARS = {
    "woman": ("ruff", "band", "chemise", "scoop", "fur", "scoop"),
    "man": ("ruff", "band", "plain", "fur", "plain"),
}


def choose_sitter(seed: int) -> Sitter:
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


def shoulder_line(x: Field) -> Field:
    """Height of the shoulder line over x, in head units (y up)."""
    q = np.abs(x) / 1.60
    return -1.18 - 0.10 * q - 0.44 * q**2 - 4.0 * np.clip(q - 0.98, 0, None) ** 2
