"""Forms: balls and turned bodies on a table, their light, shine and shadow.

Units: the usual picture is 0.9 high and one wide, (0, 0) its middle, y goes down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from image_machines.painter.colour import Colour, Field, Stops, lit, mix, ramp
from image_machines.painter.surface import Surface, Window

TILT = 0.24  # how far a level circle opens to the viewer: its height over its width


Profile = list[tuple[float, float]]  # (height, radius) from the foot up, as parts of the whole height


@dataclass(frozen=True)
class View:
    """What the hands that paint one still life share."""

    surface: Surface
    seed: int
    side: float  # where the light comes from: -1 left, 1 right
    back: float  # y of the table's far edge
    front: float  # y of its near edge
    gloss: bool  # whether highlights are set

    @property
    def light(self) -> Colour:
        """Direction to the light, y up."""
        return self.side * 0.66, 0.55, 0.52


def cast_shadow(view: View, x: float, y: float, radius: float, tall: float) -> None:
    """Cast the shadow of a thing that stands at (x, y) onto the table."""
    reach = min(tall, 0.30) * 0.75
    window = view.surface.window(x - radius * 2 - reach, view.back, x + radius * 2 + reach, y + radius)
    along = -view.side * (window.x - x)
    stretch = np.where(along > 0, radius * 1.05 + reach, radius * 1.05)
    dark = np.exp(
        -((along / stretch) ** 4) - ((window.y - y + 0.16 * np.clip(along, 0, 1)) / (radius * 0.42)) ** 2
    )
    view.surface.lay("", window, np.clip(dark * 0.85, 0, 0.72), (0.06, 0.04, 0.03))


def _radius(profile: Profile, height: Field) -> tuple[Field, Field]:
    """Radius and its slope at a height, along a smooth curve through the profile's points."""
    fine = np.linspace(0, 1, 240)
    places, radii = np.asarray(profile).T
    curve = np.interp(fine, places, radii)
    padded = np.pad(curve, 12, mode="reflect", reflect_type="odd")
    curve = np.convolve(padded, np.hanning(27)[1:-1] / np.hanning(27).sum(), mode="valid")
    slope = np.gradient(curve, fine)
    return np.interp(height, fine, curve).astype(np.float32), np.interp(height, fine, slope).astype(
        np.float32
    )


@dataclass(frozen=True, eq=False)
class Form:
    """A turned form on the surface: cover, normals and own coordinates."""

    window: Window
    cover: Field
    normal: tuple[Field, Field, Field]
    across: Field  # -1 left border to 1 right border
    height: Field  # 0 foot to 1 top


def turn(view: View, profile: Profile, x: float, y: float, tall: float, lean: float = 0.0) -> Form:
    """Turn a profile about its axis; the foot stands at (x, y), the axis leans by an angle."""
    wide = max(radius for _, radius in profile) * tall
    reach = max(tall, wide) * 1.25
    if lean:
        window = view.surface.window(x - reach, y - reach, x + reach, y + reach)
    else:
        window = view.surface.window(x - wide * 1.1, y - tall * 1.1, x + wide * 1.1, y + wide * 0.5)
    cosine, sine = np.cos(lean), np.sin(lean)
    u = (window.x - x) * cosine + (window.y - y) * sine
    v = -(window.x - x) * sine + (window.y - y) * cosine
    tilt = 0.0 if lean else TILT
    radius, _ = _radius(profile, np.clip(-v / tall, 0, 1))
    bulge = tilt * np.sqrt(np.clip((radius * tall) ** 2 - u**2, 0, None))
    height = (bulge - v) / tall
    radius, slope = _radius(profile, np.clip(height, 0, 1))
    across = u / np.maximum(radius * tall, 1e-4)
    nx = np.clip(across, -1, 1)
    nz = np.sqrt(1 - nx**2)
    ny = -slope
    length = np.sqrt(1 + ny**2)
    nx, ny, nz = nx / length, ny / length, nz / length
    nx, ny = nx * cosine + ny * sine, ny * cosine - nx * sine
    shape = np.maximum((np.abs(across) - 1) * radius * tall, np.maximum(-height, height - 1) * tall)
    return Form(window, view.surface.edge(shape), (nx, ny, nz), nx, height)


def ball(view: View, x: float, y: float, rx: float, ry: float, lean: float = 0.0) -> Form:
    """A ball or an egg around (x, y)."""
    reach = max(rx, ry) * 1.15
    window = view.surface.window(x - reach, y - reach, x + reach, y + reach)
    cosine, sine = np.cos(lean), np.sin(lean)
    u = ((window.x - x) * cosine + (window.y - y) * sine) / rx
    v = (-(window.x - x) * sine + (window.y - y) * cosine) / ry
    out = np.hypot(u, v)
    limit = np.maximum(out, 1)
    nu, nv = u / limit, v / limit
    nz = np.sqrt(np.clip(1 - nu**2 - nv**2, 0, 1))
    normal = nu * cosine - nv * sine, -(nu * sine + nv * cosine), nz
    return Form(window, view.surface.edge((out - 1) * min(rx, ry)), normal, u, -v)


def shine(view: View, form: Form, sharp: float, strength: float) -> Field:
    """Highlight of a lamp on a form; nothing where highlights are withheld."""
    if not view.gloss:
        return np.zeros(form.window.shape, np.float32)
    half = np.asarray(view.light) / np.linalg.norm(view.light) + np.array([0, 0, 1])
    half = half / np.linalg.norm(half)
    facing = sum(n * float(h) for n, h in zip(form.normal, half, strict=True))
    return strength * np.clip(facing, 0, 1) ** sharp


def model(view: View, form: Form, tones: Stops, gloss: float, sharp: float = 40) -> Field:
    """Colour a form: light, a little light thrown back by the table, a highlight."""
    light = lit(*form.normal, view.light, 0.08)
    back = 0.10 * np.clip(-form.normal[0] * view.side - 0.3, 0, 1) + 0.05 * np.clip(-form.normal[1], 0, 1)
    colour = ramp(np.clip(0.07 + 0.66 * light + back, 0, 1), tones)
    return mix(colour, (1.0, 0.97, 0.90), np.clip(shine(view, form, sharp, gloss), 0, 1))
