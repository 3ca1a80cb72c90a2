"""The brush: a workshop's manner, strokes that follow the form, and the varnish over them.

A scene lays flat or modelled areas on a `Surface`; `brush` paints the whole over again, `varnish` finishes
it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from image_machines.painter.colour import Colour, Field, mix
from image_machines.painter.noise import blur, noise, resize
from image_machines.painter.surface import Surface


@dataclass(frozen=True)
class Manner:
    """How a workshop paints: what its works share, whatever they show."""

    stroke: float = 1.0  # breadth of the brush against the usual
    varnish: Colour = (1.0, 0.96, 0.87)  # tint of the aged varnish
    saturation: float = 1.0  # strength of the colours
    contrast: float = 1.0  # spread of light and dark
    relief: float = 1.0  # thickness of the paint
    cracks: float = 0.0  # strength of the craquelure, 0-1


@dataclass(frozen=True)
class Pass:
    """One round of strokes; lengths as parts of the picture's mean side."""

    length: float
    width: float
    spacing: float
    error: float  # a stroke is laid where the picture still differs by this much; below 0: everywhere
    opacity: float


PRIMING: Colour = (0.36, 0.27, 0.19)  # the warm ground below everything

PASSES = (
    Pass(length=0.150, width=0.040, spacing=0.030, error=-1, opacity=0.95),
    Pass(length=0.070, width=0.0170, spacing=0.0145, error=0.022, opacity=0.9),
    Pass(length=0.032, width=0.0075, spacing=0.0085, error=0.035, opacity=0.85),
)


def follow(surface: Surface) -> None:
    """Where no direction is given (NaN), let the strokes run along the forms, as the light shows them."""
    unknown = np.isnan(surface.flow)
    if not unknown.any():
        return
    small = max(8, surface.height // 3), max(8, surface.width // 3)
    grey = blur(resize(surface.colour, small), 1).mean(axis=2, dtype=np.float32)
    slope_y, slope_x = np.gradient(grey)
    xx, yy, xy = (blur(part, 2) for part in (slope_x**2, slope_y**2, slope_x * slope_y))
    double = np.stack([np.cos(a := np.arctan2(2 * xy, xx - yy) + np.pi), np.sin(a)], axis=-1)
    cosine, sine = np.moveaxis(resize(double, surface.flow.shape), 2, 0)
    surface.flow[unknown] = 0.5 * np.arctan2(sine, cosine)[unknown]


def brush(surface: Surface, dice: np.random.Generator, manner: Manner) -> Field:
    """Paint the surface over again with strokes, broad first and fine where it still differs; (H, W, 3)."""
    follow(surface)
    side = float(np.sqrt(surface.height * surface.width))
    canvas = mix(surface.colour, PRIMING, 0.3)
    relief = np.zeros(canvas.shape[:2], np.float32)
    for round_ in PASSES:
        reference = blur(surface.colour, round_.width * side * 0.08)
        error = np.abs(reference - canvas).mean(axis=2)
        _lay_strokes(surface, reference, error, canvas, relief, round_, side, dice, manner)
    keep = (0.12 + 0.80 * surface.grain)[..., None]
    painted = canvas + (surface.colour - canvas) * keep
    return painted * (1 + _emboss(relief, side) * manner.relief * (1 - 0.75 * surface.grain))[..., None]


@dataclass(frozen=True, eq=False)
class Strokes:
    """The strokes of one round in the order that they are laid; every array has an entry for each."""

    number: NDArray[np.int64]  # of the stroke among all that the round could lay
    x: Field  # of the middle, in pixels
    y: Field
    row: NDArray[np.int64]  # of the pixel there
    column: NDArray[np.int64]
    along: Field  # (N, 1) half the length in pixels
    across: Field  # (N, 1) half the width
    cosine: Field  # (N, 1) of the direction
    sine: Field
    bend: Field  # (N, 1) how far the ends curve off, as a share of the length
    tint: Field  # (N, 3) added to the colour

    def on_canvas(self, now: slice, u: Field, v: Field) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Columns and rows (n, P) that places (u, v) of some of the strokes fall on."""
        du = self.along[now] * u
        dv = self.across[now] * v + self.bend[now] * self.along[now] * (u * u)
        x = self.x[now][:, None] + du * self.cosine[now] - dv * self.sine[now]
        y = self.y[now][:, None] + du * self.sine[now] + dv * self.cosine[now]
        return x.astype(np.int32), y.astype(np.int32)

    def places(self, stroke: NDArray[np.int32], x: Field, y: Field) -> tuple[Field, Field]:
        """Where in its stroke, from -1 to 1 along and across, each pixel lies."""
        dx, dy = x - self.x[stroke], y - self.y[stroke]
        cosine, sine = self.cosine[stroke, 0], self.sine[stroke, 0]
        return (
            (dx * cosine + dy * sine) / self.along[stroke, 0],
            (dy * cosine - dx * sine) / self.across[stroke, 0],
        )


def _lay_strokes(
    surface: Surface,
    reference: Field,
    error: Field,
    canvas: Field,
    relief: Field,
    round_: Pass,
    side: float,
    dice: np.random.Generator,
    manner: Manner,
) -> None:
    """Lay one round of strokes onto ``canvas`` and ``relief``, in place."""
    half = np.array([round_.length, round_.width], np.float32) * side * 0.5 * manner.stroke
    strokes = _drawn(surface, error, round_, half, side, dice, manner)
    if not len(strokes.number):
        return
    owner = _owners(surface, strokes, half, broad=round_.error < 0)
    places = np.flatnonzero(owner >= 0)
    stroke = owner[places]
    width = error.shape[1]
    u, v = strokes.places(stroke, (places % width) + 0.5, (places // width) + 0.5)
    hairs = dice.uniform(-1, 1, 4096).astype(np.float32)
    hair = hairs[(strokes.number[stroke] * 37 + np.floor((v + 1.5) * 5).astype(int)) % 4096]
    opacity = round_.opacity * np.clip(1.35 - 0.55 * (u + 0.35 * hair), 0.35, 1)
    shown = reference[strokes.row, strokes.column] + strokes.tint
    colour = np.clip(shown, 0, 1).astype(np.float32)[stroke]
    colour *= (1 + 0.045 * hair)[:, None]
    flat, bumps = canvas.reshape(-1, 3), relief.reshape(-1)
    flat[places] += (colour - flat[places]) * opacity[:, None].astype(np.float32)
    thick = (1 - np.minimum(v * v, 1)) * 0.6 + 0.4 * hair
    bumps[places] = bumps[places] * 0.4 + thick * round_.width * 25


def _drawn(
    surface: Surface,
    error: Field,
    round_: Pass,
    half: Field,
    side: float,
    dice: np.random.Generator,
    manner: Manner,
) -> Strokes:
    """The strokes of a round, one in each cell of a grid, where the picture still differs enough."""
    height, width = error.shape
    spacing = round_.spacing * manner.stroke
    down, across = max(1, round(height / side / spacing)), max(1, round(width / side / spacing))
    count = down * across
    jitter = dice.uniform(0, 1, (2, count)).astype(np.float32)
    turn = dice.normal(0, 0.22, count).astype(np.float32)
    bend = dice.normal(0, 0.10, count).astype(np.float32)
    tint = dice.normal(0, 1, (count, 3)).astype(np.float32) * 0.008 + dice.normal(0, 0.020, (count, 1))
    order = dice.permutation(count)
    cell = np.arange(count)
    y = ((cell // across + jitter[0]) / down * height).astype(np.float32)
    x = ((cell % across + jitter[1]) / across * width).astype(np.float32)
    row, column = np.minimum(y.astype(int), height - 1), np.minimum(x.astype(int), width - 1)
    wanted = error[row, column] > round_.error
    chosen = order[wanted[order]]
    row, column = row[chosen], column[chosen]
    fine = (1 - 0.55 * surface.grain[row, column])[:, None]
    angle = (surface.flow[row, column] + turn[chosen])[:, None]
    return Strokes(
        chosen, x[chosen], y[chosen], row, column, half[0] * fine, half[1] * fine,
        np.cos(angle), np.sin(angle), bend[chosen][:, None], tint[chosen],
    )  # fmt: skip


def _owners(surface: Surface, strokes: Strokes, half: Field, broad: bool) -> NDArray[np.int32]:
    """For each pixel the stroke that covers it, -1 for none; of several the last stays on top.

    Strokes end where their part ends; broad ones only if their part is finely painted.
    """
    height, width = surface.labels.shape
    u, v = _footprint(*half)
    part = surface.labels[strokes.row, strokes.column]
    free = (surface.grain[strokes.row, strokes.column] < 0.2) & broad
    owner = np.full(height * width, -1, np.int32)
    labels = surface.labels.ravel()
    some = max(1, 60_000 // len(u))  # so many strokes at a time stay within the processor's cache
    for start in range(0, len(part), some):
        x, y = strokes.on_canvas(slice(start, start + some), u, v)
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        reached = (y * width + x)[inside]
        names = np.broadcast_to(np.arange(start, start + len(x), dtype=np.int32)[:, None], x.shape)[inside]
        own = free[names] | (labels[reached] == part[names])
        owner[reached[own]] = names[own]
    return owner


def _footprint(along: float, across: float) -> tuple[Field, Field]:
    """Places (u, v) in [-1, 1] that fill a stroke of these half sizes in pixels; its ends are rounded."""
    u = np.linspace(-1, 1, max(3, int(along * 2 / 0.85)), dtype=np.float32)
    v = np.linspace(-1, 1, max(2, int(across * 2 / 0.85)), dtype=np.float32)
    grid_u, grid_v = (part.ravel() for part in np.meshgrid(u, v))
    return grid_u, grid_v * np.sqrt(np.maximum(1 - grid_u**4, 0.05))


def _emboss(relief: Field, side: float) -> Field:
    """Light and dark that a thick layer of paint takes from a lamp above left, about ±0.1."""
    soft = blur(relief, side / 900)
    slope = np.zeros_like(soft)
    slope[1:, 1:] = soft[1:, 1:] - soft[:-1, :-1]
    return np.clip(slope * side / 320 * 0.22, -0.10, 0.10)


def varnish(painted: Field, dice: np.random.Generator, manner: Manner) -> Field:
    """Finish a painting: saturation, contrast, canvas weave, craquelure, dark corners, a tint of varnish."""
    height, width = painted.shape[:2]
    side = float(np.sqrt(height * width))
    grey = painted @ np.array([0.3, 0.59, 0.11], np.float32)
    colour = mix(grey[..., None], painted, manner.saturation)
    colour = np.clip(colour, 0, 1)
    colour = mix(colour, colour * colour * (3 - 2 * colour), manner.contrast - 0.75)
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / side
    x = (np.arange(width, dtype=np.float32)[None, :] + 0.5) / side
    weave = 0.010 * np.sin(x * 900 + 0.6 * np.sin(y * 41)) * np.sin(y * 900 + 0.6 * np.sin(x * 37))
    grime = 0.030 * noise(dice, x * 5, y * 5, 3)
    corner = ((x - x.mean()) / x.max() * 2) ** 2 + ((y - y.mean()) / y.max() * 2) ** 2
    shade = (1 + weave + grime) * (1 - 0.10 * np.clip(corner - 0.5, 0, 2))
    if manner.cracks:
        shade = shade * (1 - 0.11 * manner.cracks * _cracks(dice, x, y))
    return np.clip(colour * shade[..., None] * np.asarray(manner.varnish, np.float32), 0, 1)


def _cracks(dice: np.random.Generator, x: Field, y: Field) -> Field:
    """Fine lines where a smooth field passes through zero, 0-1: a net of craquelure."""
    warp_x = x + 0.02 * noise(dice, x * 18, y * 18, 2)
    warp_y = y + 0.02 * noise(dice, x * 18, y * 18, 2)
    net = np.minimum(
        np.abs(noise(dice, warp_x * 26, warp_y * 26, 2)), np.abs(noise(dice, warp_x * 17, warp_y * 34, 2))
    )
    return np.clip(1 - net * 14, 0, 1)
