"""Paintings: portraits, landscapes and still lifes that the program paints itself.

A work comes from its kind and a seed, at any size; where its parts are is known. Named properties, such as
the folds of drapery or the blue of far hills, can be withheld or planted with the rest unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from image_machines.images import Picture
from image_machines.names import unknown
from image_machines.painter.brushwork import Manner, brush, varnish
from image_machines.painter.colour import lit, ramp, shades
from image_machines.painter.landscapes import paint_landscape
from image_machines.painter.noise import dice, resize
from image_machines.painter.portraits import paint_portrait
from image_machines.painter.still_lifes import paint_still_life
from image_machines.painter.surface import Surface

FINER = 1.4  # a work is painted this much larger than asked for, then reduced: edges turn smooth
SMALLEST = 16  # pixels of a picture's shorter side


@dataclass(frozen=True)
class Workshop:
    """A fictional workshop: its label, folder in the gallery, school, first and last year, manner."""

    author: str
    folder: str
    school: str
    years: tuple[int, int]
    manner: Manner


WARM, PALE, BROWN, COOL = (1.0, 0.95, 0.84), (1.0, 0.985, 0.95), (0.98, 0.90, 0.74), (0.97, 0.985, 0.97)
WORKSHOPS = (
    Workshop("WORKSHOP of the Blue Hand", "bluehand", "Northern", (1612, 1648), Manner(1.0, WARM, 0.95)),
    Workshop("WORKSHOP of the Broken Comb", "brokenco", "Northern", (1655, 1690),
             Manner(0.8, BROWN, 0.92, cracks=0.5)),
    Workshop("WORKSHOP of the Three Pears", "threepea", "Southern", (1560, 1598),
             Manner(0.75, WARM, 1.02, 1.1)),
    Workshop("WORKSHOP of the White Heron", "whiteher", "Western", (1752, 1795),
             Manner(1.1, PALE, 0.92, 0.95)),
    Workshop("WORKSHOP of the Grey Mill", "greymill", "Northern", (1625, 1649), Manner(1.0, WARM, 0.70, 1.0)),
    Workshop("WORKSHOP of the Red Thread", "redthrea", "Southern", (1510, 1545),
             Manner(0.7, WARM, 1.05, 1.05)),
    Workshop("WORKSHOP of the Night Lamp", "nightlam", "Southern", (1602, 1640),
             Manner(0.9, BROWN, 0.95, 1.3)),
    Workshop("WORKSHOP of the Quick Brush", "quickbru", "Western", (1808, 1848),
             Manner(1.45, PALE, 1.0, 1.05, relief=1.5)),
    Workshop("WORKSHOP of the Café Noir", "cafenoir", "Western", (1855, 1889),
             Manner(1.3, COOL, 0.86, 1.1, relief=1.3)),
    Workshop("WERKSTATT zum Grünen Krug", "gruenekr", "Eastern", (1705, 1742),
             Manner(0.9, WARM, 1.0, 1.0, relief=0.8, cracks=0.3)),
    Workshop("ATELIER de la Graine Dorée", "graindor", "Western", (1715, 1749), Manner(1.0, PALE, 1.0, 0.95)),
    Workshop("WORKSHOP of the Cracked Bell", "crackbel", "Eastern", (1455, 1498),
             Manner(0.6, BROWN, 1.02, 1.0, relief=0.5, cracks=1.0)),
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A class of works: who paints its scene, usual frames (width over height), what can be withheld."""

    paint: Callable[[Surface, int, frozenset[str]], str]
    frames: tuple[float, ...]
    properties: frozenset[str]


KINDS = {
    "portrait": Kind(paint_portrait, (0.74, 0.78, 0.80, 0.84, 0.88), frozenset({"drapery"})),
    "landscape": Kind(paint_landscape, (1.2, 1.3, 1.4, 1.55, 1.7), frozenset({"blue-shift"})),
    "still-life": Kind(paint_still_life, (0.9, 1.1, 1.2, 1.3, 1.4), frozenset({"drapery", "highlights"})),
}
PLANTS = frozenset({"seal"})  # what no kind has by nature and any can be given


@dataclass(frozen=True, eq=False)
class Painting:
    """One painting: the picture, the masks of its parts (bool (H, W), no two overlap), its entry.

    The entry's fields are those of the Web Gallery of Art.
    """

    kind: str
    seed: int
    properties: frozenset[str]
    picture: Picture
    masks: dict[str, NDArray[np.bool_]]
    author: str
    folder: str
    born_died: str
    title: str
    date: str
    technique: str
    location: str
    form: str
    type: str
    school: str
    timeframe: str


def paint(
    kind: str,
    seed: int,
    size: int | tuple[int, int] = 224,
    without: Collection[str] = (),
    planted: Collection[str] = (),
) -> Painting:
    """Paint the work that belongs to a kind ("portrait", "landscape", "still-life") and a seed.

    ``size`` is (height, width), or the longest side in pixels; then the frame comes from the seed.
    ``without`` names properties of the kind to leave out ("drapery", "blue-shift", "highlights"), ``planted``
    foreign ones to add ("seal"); everything else of the work stays as it is. Equal arguments give equal
    pixels. Raises ValueError for an unknown kind or property, or a size under 16 pixels.
    """
    properties = _properties(kind, without, planted)
    height, width = _frame(kind, seed, size)
    workshop = WORKSHOPS[dice(seed, "workshop").integers(len(WORKSHOPS))]
    surface = _surface(kind, height, width)
    title = KINDS[kind].paint(surface, seed, properties)
    if "seal" in properties:
        _plant_seal(surface)
    painted = varnish(
        brush(surface, dice(seed, "strokes"), workshop.manner), dice(seed, "varnish"), workshop.manner
    )
    picture = (np.clip(resize(painted, (height, width)), 0, 1) * 255).round().astype(np.uint8)
    first, last = workshop.years
    year = int(dice(seed, "date").integers(first, last + 1))
    return Painting(
        kind, seed, properties, picture, masks_of(surface, (height, width)),
        author=workshop.author, folder=workshop.folder, born_died=f"(active {first}-{last})", title=title,
        date=f"c. {year}" if year % 3 else str(year), technique="Oil on canvas, painted by a program",
        location="Built-in collection", form="painting", type=kind, school=workshop.school,
        timeframe=f"{(year - 1) // 50 * 50 + 1}-{((year - 1) // 50 + 1) * 50}",
    )  # fmt: skip


def check_kind(kind: str) -> str:
    """Return the kind; raises ValueError that lists the kinds when there is none of this name."""
    if kind not in KINDS:
        raise ValueError(unknown("kind of painting", kind, KINDS))
    return kind


def _properties(kind: str, without: Collection[str], planted: Collection[str]) -> frozenset[str]:
    """Return the properties that the work will have."""
    usual = KINDS[check_kind(kind)].properties
    for names, choices, what in ((without, usual, "be withheld from"), (planted, PLANTS, "be planted in")):
        for name in names:
            if name not in choices:
                listed = ", ".join(sorted(choices))
                raise ValueError(f"{name!r} cannot {what} a {kind}; choices: {listed}")
    return (usual - frozenset(without)) | frozenset(planted)


def _frame(kind: str, seed: int, size: int | tuple[int, int]) -> tuple[int, int]:
    """Return height and width in pixels."""
    if isinstance(size, int):
        frames = KINDS[kind].frames
        aspect = frames[dice(seed, "frame").integers(len(frames))]
        height, width = (size, round(size * aspect)) if aspect < 1 else (round(size / aspect), size)
    else:
        height, width = size
    if min(height, width) < SMALLEST:
        raise ValueError(f"a work of {height} x {width} pixels is too small; at least {SMALLEST} a side")
    return height, width


def _surface(kind: str, height: int, width: int) -> Surface:
    """An empty surface, finer than the picture; the usual frame of the kind just fits into it."""
    finer = max(FINER, 200 / max(height, width))
    tall, wide = round(height * finer), round(width * finer)
    usual = {"portrait": (1.0, 0.8), "still-life": (0.9, 1.0)}.get(kind, (1.0, 0.0))
    unit = min(tall / usual[0], wide / max(usual[1], 1e-3))
    return Surface(tall, wide, unit)


def masks_of(surface: Surface, shape: tuple[int, int]) -> dict[str, NDArray[np.bool_]]:
    """Where each part is to be seen in the picture; parts that ended up hidden are left out."""
    labels = np.asarray(
        Image.fromarray(surface.labels).resize((shape[1], shape[0]), Image.Resampling.NEAREST)
    )
    masks = {part: labels == number for number, part in enumerate(surface.parts, 1)}
    return {part: mask for part, mask in masks.items() if mask.any()}


def _plant_seal(surface: Surface) -> None:
    """Press a seal of red wax into the lower right corner."""
    radius = 0.035 * min(surface.height, surface.width) / surface.unit
    x = surface.width / surface.unit / 2 - 2 * radius
    y = surface.height / surface.unit / 2 - 2 * radius
    window = surface.window(x - 2 * radius, y - 2 * radius, x + 2 * radius, y + 2 * radius)
    nx, ny = (window.x - x) / radius, (y - window.y) / radius
    distance = np.hypot(nx, ny)
    ring = np.sign(distance - 0.62) * np.exp(-(((distance - 0.62) / 0.16) ** 2))
    nz = np.sqrt(np.clip(1.15 - distance**2, 0.05, 1))
    colour = ramp(
        lit(nx * 0.5 + nx * ring, ny * 0.5 + ny * ring, nz, (-0.6, 0.6, 0.6)), shades((0.66, 0.12, 0.08))
    )
    surface.lay("seal", window, surface.edge((distance - 1) * radius), colour, 0.0, 0.8)
