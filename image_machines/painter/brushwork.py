"""The painter's tools: a surface with colour, brush direction and parts; noise, light, strokes, varnish.

Colours are float32 RGB in [0, 1]. A scene lays flat or modelled areas on a Surface; `brush` then paints the
whole over again with strokes that follow the form, and `varnish` finishes it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

Field = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]
Stops = Sequence[Colour]


@dataclass(frozen=True)
class Manner:
    """How a workshop paints: what its works share, whatever they show."""

    stroke: float = 1.0  # breadth of the brush against the usual
    varnish: Colour = (1.0, 0.96, 0.87)  # tint of the aged varnish
    saturation: float = 1.0  # strength of the colours
    contrast: float = 1.0  # spread of light and dark
    relief: float = 1.0  # thickness of the paint
    cracks: float = 0.0  # strength of the craquelure, 0-1


def dice(seed: int, what: str) -> np.random.Generator:
    """Return the random generator for one thing of one work, so that leaving it out changes nothing else."""
    return np.random.default_rng([seed, zlib.crc32(what.encode())])


# Colour and light ------------------------------------------------------------------------------------------


def mix(first: ArrayLike, second: ArrayLike, share: ArrayLike) -> Field:
    """Mix two colours or colour fields; ``share`` (a number or (H, W)) is the part of the second."""
    a, b = np.asarray(first, np.float32), np.asarray(second, np.float32)
    part = np.asarray(share, np.float32)
    return a + (b - a) * (part[..., None] if part.ndim else part)


def ramp(value: Field, stops: Stops) -> Field:
    """Colour (…, 3) for light values in [0, 1]: from the first stop (shadow) to the last (highlight)."""
    table = np.asarray(stops, np.float32)
    places = np.linspace(0, len(table) - 1, 256)
    below = np.minimum(places.astype(int), len(table) - 2)
    share = (places - below).astype(np.float32)[:, None]
    lookup = table[below] * (1 - share) + table[below + 1] * share
    return lookup[np.clip(value * 255, 0, 255).astype(np.uint8)]


def shades(colour: Colour, dark: float = 0.16, warm: float = 0.5) -> Stops:
    """Five stops for a material: umber shadow, half shadow, its own colour, light, lead-white highlight."""
    base = np.asarray(colour, np.float32)
    umber = np.array([0.13, 0.075, 0.045], np.float32)
    deep = base * dark * (1 - warm) + umber * warm * (0.5 + base.mean())
    half = base * 0.48 + umber * 0.18
    light = base * 0.72 + np.array([0.98, 0.93, 0.80], np.float32) * 0.30
    white = base * 0.35 + np.array([1.0, 0.97, 0.88], np.float32) * 0.66
    return [colour_of(np.clip(stop, 0, 1)) for stop in (deep, half, base, light, white)]


def colour_of(values: ArrayLike) -> Colour:
    """Three numbers as a plain colour."""
    red, green, blue = (float(value) for value in np.asarray(values))
    return red, green, blue


def step(low: float, high: float, value: ArrayLike) -> Field:
    """Smooth step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((np.asarray(value, np.float32) - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def lit(nx: Field, ny: Field, nz: Field, light: Colour, wrap: float = 0.15) -> Field:
    """Diffuse light in [0, 1] on unit normals (y up, z to the viewer); ``wrap`` softens the terminator."""
    length = float(np.sqrt(sum(part * part for part in light)))
    fall = (nx * light[0] + ny * light[1] + nz * light[2]) / length
    return np.clip((fall + wrap) / (1 + wrap), 0, 1)


def normals(height: Field, pixel: float) -> tuple[Field, Field, Field]:
    """Unit normals (x right, y up, z to the viewer) of a height field with pixels ``pixel`` units apart."""
    slope_y, slope_x = np.gradient(height, pixel)
    length = 1 / np.sqrt(slope_x**2 + slope_y**2 + 1)
    return -slope_x * length, slope_y * length, length


# Noise -----------------------------------------------------------------------------------------------------

LATTICE = 64


def noise(dice: np.random.Generator, x: Field, y: Field, octaves: int = 4, gain: float = 0.5) -> Field:
    """Fractal value noise at (x, y), about [-1, 1], features one unit wide in the first octave.

    ``x`` (1, W) with ``y`` (H, 1) is much faster than two full (H, W) fields.
    """
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    amplitude, reach = 1.0, 0.0
    for octave in range(octaves):
        lattice = dice.uniform(-1, 1, (LATTICE, LATTICE)).astype(np.float32)
        total += amplitude * _smooth(lattice, x * 2**octave, y * 2**octave)
        reach += amplitude
        amplitude *= gain
    return total * np.float32(1.6 / reach)


def _smooth(lattice: Field, x: Field, y: Field) -> Field:
    """The lattice, repeated without end, at (x, y), smoothly interpolated."""
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = (x - column).astype(np.float32), (y - row).astype(np.float32)
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    left, right = column % LATTICE, (column + 1) % LATTICE
    upper, lower = row % LATTICE, (row + 1) % LATTICE
    if x.shape[0] == 1 and y.shape[1] == 1:
        rows = lattice[upper[:, 0]] * (1 - fy) + lattice[lower[:, 0]] * fy
        return rows[:, left[0]] * (1 - fx) + rows[:, right[0]] * fx
    above = lattice[upper, left] * (1 - fx) + lattice[upper, right] * fx
    below = lattice[lower, left] * (1 - fx) + lattice[lower, right] * fx
    return above * (1 - fy) + below * fy


def blur(values: Field, radius: float) -> Field:
    """Blur (H, W) or (H, W, C) over about ``radius`` pixels: reduced to means, then enlarged again."""
    cell = int(round(radius)) + 1
    if cell < 2:
        return values
    height, width = values.shape[:2]
    small = max(1, -(-height // cell)), max(1, -(-width // cell))
    return resize(resize(values, small, Image.Resampling.HAMMING), (height, width))


def resize(
    values: Field, shape: tuple[int, int], filter_: Image.Resampling = Image.Resampling.BICUBIC
) -> Field:
    """Resize (H, W) or (H, W, C) float fields to ``shape`` (height, width)."""
    if values.ndim == 3:
        return np.stack([resize(values[..., c], shape, filter_) for c in range(values.shape[2])], axis=-1)
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(picture.resize((shape[1], shape[0]), filter_))


# The surface -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Window:
    """A rectangle of a surface: its rows and columns, and their coordinates as (h, 1) and (1, w)."""

    rows: slice
    columns: slice
    x: Field
    y: Field

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.y.shape[0], self.x.shape[1]


@dataclass(eq=False)
class Surface:
    """What is being painted: colour, the brush's direction, fineness and the part at every pixel.

    ``unit`` pixels make one unit of length; (0, 0) is the middle, x goes right, y goes down.
    """

    height: int
    width: int
    unit: float
    colour: Field = field(init=False)
    flow: Field = field(
        init=False
    )  # direction of the strokes, radians, clockwise from the x axis; NaN: along the form
    grain: Field = field(init=False)  # 0: broad strokes; 1: kept as drawn
    labels: NDArray[np.uint8] = field(init=False)
    parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        shape = (self.height, self.width)
        self.colour = np.zeros((*shape, 3), np.float32)
        self.flow = np.zeros(shape, np.float32)
        self.grain = np.zeros(shape, np.float32)
        self.labels = np.zeros(shape, np.uint8)

    @property
    def pixel(self) -> float:
        """Length of one pixel in units."""
        return 1 / self.unit

    def window(self, left: float = -99, top: float = -99, right: float = 99, bottom: float = 99) -> Window:
        """Cut the rectangle between the borders (in units) out of the surface, at least two pixels a side."""
        columns = self._span(left, right, self.width)
        rows = self._span(top, bottom, self.height)
        x = (np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5 - self.width / 2) / self.unit
        y = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5 - self.height / 2) / self.unit
        return Window(rows, columns, x[None, :].astype(np.float32), y[:, None].astype(np.float32))

    def _span(self, low: float, high: float, length: int) -> slice:
        start = int(np.clip(np.floor(low * self.unit + length / 2), 0, length - 2))
        stop = int(np.clip(np.ceil(high * self.unit + length / 2), start + 2, length))
        return slice(start, stop)

    def lay(
        self,
        part: str,
        window: Window,
        cover: ArrayLike,
        colour: ArrayLike,
        flow: ArrayLike | None = None,
        grain: ArrayLike | None = None,
    ) -> None:
        """Lay ``colour`` over the window where ``cover`` (0-1) says; from one half on it is that part's."""
        where = window.rows, window.columns
        alpha = np.broadcast_to(np.asarray(cover, np.float32), window.shape)
        self.colour[where] = mix(self.colour[where], colour, alpha)
        covered = alpha > 0.5
        if part:
            if part not in self.parts:
                self.parts.append(part)
            self.labels[where][covered] = self.parts.index(part) + 1
        for mine, given in ((self.flow, flow), (self.grain, grain)):
            if given is not None:
                mine[where][covered] = np.broadcast_to(np.asarray(given, np.float32), window.shape)[covered]

    def edge(self, distance: ArrayLike, soft: float = 1.0) -> Field:
        """Cover from a signed distance in units (negative inside), ``soft`` pixels wide at the edge."""
        return np.clip(0.5 - np.asarray(distance, np.float32) * np.float32(self.unit / soft), 0, 1)


# Strokes ---------------------------------------------------------------------------------------------------


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
    centre_y = ((cell // across + jitter[0]) / down * height).astype(np.float32)
    centre_x = ((cell % across + jitter[1]) / across * width).astype(np.float32)
    row, column = np.minimum(centre_y.astype(int), height - 1), np.minimum(centre_x.astype(int), width - 1)
    wanted = error[row, column] > round_.error
    chosen = order[wanted[order]]
    if not len(chosen):
        return
    row, column = row[chosen], column[chosen]
    fine = 1 - 0.55 * surface.grain[row, column]
    angle = surface.flow[row, column] + turn[chosen]
    half = np.array([round_.length, round_.width], np.float32) * side * 0.5 * manner.stroke
    along, across_ = half[0] * fine[:, None], half[1] * fine[:, None]
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    u, v = _footprint(*half)
    # Strokes end where their part ends; broad ones only if their part is finely painted.
    part = surface.labels[row, column]
    free = (surface.grain[row, column] < 0.2) if round_.error < 0 else np.zeros(len(chosen), bool)
    owner = np.full(height * width, -1, np.int32)
    labels = surface.labels.ravel()
    some = max(1, 60_000 // len(u))  # so many strokes at a time stay within the processor's cache
    for start in range(0, len(chosen), some):
        now = slice(start, start + some)
        du = along[now] * u
        dv = across_[now] * v + bend[chosen[now]][:, None] * along[now] * (u * u)
        x = (centre_x[chosen[now]][:, None] + du * cosine[now] - dv * sine[now]).astype(np.int32)
        y = (centre_y[chosen[now]][:, None] + du * sine[now] + dv * cosine[now]).astype(np.int32)
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        reached = (y * width + x)[inside]
        names = np.broadcast_to(np.arange(start, start + len(x), dtype=np.int32)[:, None], x.shape)[inside]
        own = free[names] | (labels[reached] == part[names])
        owner[reached[own]] = names[own]  # of several strokes the last stays on top
    places = np.flatnonzero(owner >= 0)
    stroke = owner[places]
    dx = (places % width) + 0.5 - centre_x[chosen][stroke]
    dy = (places // width) + 0.5 - centre_y[chosen][stroke]
    uu = (dx * cosine[stroke, 0] + dy * sine[stroke, 0]) / along[stroke, 0]
    vv = (dy * cosine[stroke, 0] - dx * sine[stroke, 0]) / across_[stroke, 0]
    hairs = dice.uniform(-1, 1, 4096).astype(np.float32)
    hair = hairs[(chosen[stroke] * 37 + np.floor((vv + 1.5) * 5).astype(int)) % 4096]
    opacity = round_.opacity * np.clip(1.35 - 0.55 * (uu + 0.35 * hair), 0.35, 1)
    colour = np.clip(reference[row, column] + tint[chosen], 0, 1).astype(np.float32)[stroke]
    colour *= (1 + 0.045 * hair)[:, None]
    flat, bumps = canvas.reshape(-1, 3), relief.reshape(-1)
    flat[places] += (colour - flat[places]) * opacity[:, None].astype(np.float32)
    thick = (1 - np.minimum(vv * vv, 1)) * 0.6 + 0.4 * hair
    bumps[places] = bumps[places] * 0.4 + thick * round_.width * 25


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


# Finish ----------------------------------------------------------------------------------------------------


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
