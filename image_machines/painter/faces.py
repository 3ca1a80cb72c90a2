"""Faces: a traced head brought to the picture, with skin, hair and hat; eyes, mouth and years drawn on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from image_machines.painter import rays
from image_machines.painter.colour import Colour, Field, lit, mix, ramp, shades, step
from image_machines.painter.heads import rotation
from image_machines.painter.noise import dice, noise
from image_machines.painter.sitters import CLOTH, LINEN, SKIN, Sitter, Sitting, shoulder_line
from image_machines.painter.surface import Window


class SeenHead:
    """The traced head, brought to the surface's pixels and painted."""

    def __init__(self, view: Sitting) -> None:
        self.view = view
        relief = rays.trace(view.sitter.head, view.light)
        self.window = view.window(rays.LEFT, rays.TOP, rays.RIGHT, rays.BOTTOM)
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
        self.place = seen @ rotation(view.sitter.head)  # in the head's frame
        self.x, self.y = x, y
        self.strands = self._strands()
        ends = step(
            -soft, soft, border[..., 1] + 0.022 * self.strands + 0.004
        )  # single hairs over the border
        self.material[..., 1] = figure * ends
        bare = step(-0.02, 0.02, np.maximum(0.50 - np.abs(x), shoulder_line(x) + 0.01 - y))
        self.material[..., 0] *= np.where(y < -1.0, bare, 1)

    def _sample(self, values: Field) -> Field:
        """Bring a field from the grid of rays to the window's pixels."""
        if values.ndim == 3:
            return np.stack([self._sample(values[..., c]) for c in range(values.shape[2])], axis=-1)
        x, y = self.view.head_units(self.window)
        half = self.view.surface.pixel / self.view.scale / 2
        box = (
            x[0, 0] - half - rays.LEFT, rays.TOP - y[0, 0] - half,
            x[0, -1] + half - rays.LEFT, rays.TOP - y[-1, 0] + half,
        )  # fmt: skip
        rows, columns = values.shape
        left, upper, right, lower = np.clip(
            np.array(box) / rays.CELL + 0.5, 0, [columns, rows, columns, rows]
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
