"""Heads: a modelled head with hair and hat, turned as it is held.

The forms are signed distance fields in head units: the eyes lie on y = 0, the crown at y = 1, the chin at
y = -1; x goes to the right, y up, z to the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from image_machines.painter.colour import Colour, Field

Place = float | Field  # of a form along one axis: the same for all rays, or for each


@dataclass(frozen=True)
class Head:
    """The build of a head and what it wears; lengths are head units or factors near 1."""

    yaw: float = 0.0  # turn to the right, radians
    pitch: float = 0.0  # nod
    roll: float = 0.0  # tilt
    width: float = 1.0
    jaw: float = 1.0
    nose: float = 1.0
    brow: float = 1.0
    lips: float = 1.0
    neck: float = 1.0
    hair: str = "short"  # none, bald, short, long, bun, curls
    hat: str = "none"  # none, beret, brim, turban, coif, veil
    beard: float = 0.0  # length of the beard


def rotation(head: Head) -> Field:
    """The matrix that takes head coordinates to the viewer's."""
    cy, sy = np.cos(head.yaw), np.sin(head.yaw)
    cp, sp = np.cos(head.pitch), np.sin(head.pitch)
    cr, sr = np.cos(head.roll), np.sin(head.roll)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(tilt @ nod @ turn, np.float32)


def _ellipsoid(p: Field, centre: tuple[Place, Place, Place], radii: Colour) -> Field:
    """Approximate distance to an ellipsoid; ``p`` is (3, N)."""
    qx, qy, qz = ((p[i] - centre[i]) / radii[i] for i in range(3))
    near = np.sqrt(qx * qx + qy * qy + qz * qz) + 1e-6
    qx, qy, qz = qx / radii[0], qy / radii[1], qz / radii[2]
    return near * (near - 1) / (np.sqrt(qx * qx + qy * qy + qz * qz) + 1e-6)


def _ball(p: Field, centre: Colour, radius: float) -> Field:
    x, y, z = (p[i] - centre[i] for i in range(3))
    return np.sqrt(x * x + y * y + z * z) - radius


def _rod(p: Field, start: Colour, end: Colour, thick: float, thin: float) -> Field:
    """Distance to a rod whose radius goes from ``thick`` at the start to ``thin`` at the end."""
    axis = [b - a for a, b in zip(start, end, strict=True)]
    x, y, z = (p[i] - start[i] for i in range(3))
    share = np.clip((x * axis[0] + y * axis[1] + z * axis[2]) / sum(part * part for part in axis), 0, 1)
    x, y, z = x - share * axis[0], y - share * axis[1], z - share * axis[2]
    return np.sqrt(x * x + y * y + z * z) - (thick + (thin - thick) * share)


def _join(a: Field, b: Field, soft: float) -> Field:
    """The union of two forms, blended over ``soft``."""
    h = np.maximum(soft - np.abs(a - b), 0) / soft
    return np.minimum(a, b) - h * h * (soft * 0.25)


def _cut(a: Field, b: Field, soft: float) -> Field:
    """Form ``a`` without form ``b``, blended over ``soft``."""
    return -_join(-a, b, soft)


def skin(head: Head, p: Field, fine: bool = True) -> Field:
    """Distance to the bare head, neck and chest; ``fine`` False leaves the small forms out."""
    m = p.copy()
    m[0] = np.abs(p[0])  # the two halves are alike
    wide, jaw = head.width, head.jaw
    form = _ellipsoid(p, (0, 0.30, -0.10), (0.69 * wide, 0.71, 0.86))
    form = _join(form, _ellipsoid(p, (0, -0.22, 0.10), (0.545 * wide, 0.77, 0.59)), 0.22)
    form = _join(form, _ellipsoid(p, (0, -0.80, 0.40), (0.20 * jaw, 0.155, 0.20)), 0.22)
    form = _join(form, _ellipsoid(m, (0.33 * wide, -0.25, 0.40), (0.20, 0.20, 0.19)), 0.20)
    form = _join(form, _rod(p, (0, -0.5, -0.16), (0, -1.6, -0.3), 0.38 * head.neck, 0.43 * head.neck), 0.14)
    form = _join(form, _ellipsoid(p, (0, -2.05, -0.42), (1.62, 0.80, 0.56)), 0.40)
    if not fine:
        return form
    form = _join(form, _ellipsoid(m, (0.23, 0.19, 0.56), (0.25, 0.065, 0.075 * head.brow)), 0.17)
    form = _cut(form, _ellipsoid(m, (0.285, 0.02, 0.83), (0.18, 0.12, 0.20)), 0.13)
    form = _join(form, _ball(m, (0.285, -0.005, 0.50), 0.150), 0.05)
    tip = 0.86 + 0.06 * head.nose
    form = _join(form, _rod(p, (0, 0.15, 0.60), (0, -0.29, tip), 0.055, 0.090), 0.10)
    form = _join(form, _ball(m, (0.085, -0.325, tip - 0.11), 0.068), 0.05)
    form = _cut(form, _ball(m, (0.050, -0.395, tip - 0.06), 0.028), 0.03)
    form = _join(form, _ellipsoid(p, (0, -0.57, 0.56), (0.25, 0.17, 0.14)), 0.12)
    form = _join(form, _ellipsoid(p, (0, -0.528, 0.69), (0.155, 0.036, 0.050 * head.lips)), 0.06)
    form = _join(form, _ellipsoid(p, (0, -0.615, 0.675), (0.125, 0.045, 0.055 * head.lips)), 0.06)
    form = _cut(form, _ellipsoid(p, (0, -0.567, 0.765), (0.19, 0.010, 0.04)), 0.04)
    return _join(form, _ellipsoid(m, (0.70 * wide, -0.04, -0.10), (0.055, 0.185, 0.12)), 0.05)


def hair(head: Head, p: Field, bare: Field) -> Field | None:
    """Distance to the hair and beard, None where there are none; ``bare`` is the distance to the skin."""
    m = p.copy()
    m[0] = np.abs(p[0])
    forms = []
    if head.hair != "none":
        forms.append(_locks(head, p, m))
    if head.beard:
        forms.append(_beard(head, p, m, bare))
    return np.minimum.reduce(forms) if forms else None


def _locks(head: Head, p: Field, m: Field) -> Field:
    """Distance to the hair of the head; ``m`` is ``p`` with its two halves laid upon each other."""
    wide = head.width
    form = _ellipsoid(p, (0, 0.33, -0.16), (0.77 * wide, 0.78, 0.92))
    if head.hair in ("long", "curls"):
        form = _join(form, _ellipsoid(m, (0.62 * wide, -0.55, -0.15), (0.23, 0.98, 0.36)), 0.20)
    if head.hair == "bun" and head.hat == "none":
        form = _join(form, _ball(p, (0, 0.86, -0.72), 0.42), 0.06)
    high = 0.06 if head.hair == "bun" else 0.0  # hair that is combed back leaves more of the forehead
    face = _ellipsoid(p, (0, -0.30, 0.80), (0.585 * wide, 0.90 + high, 0.66 + high))
    form = _cut(form, face, 0.06)
    if head.hair == "bald":
        form = _cut(form, _ellipsoid(p, (0, 0.80, 0.12), (0.72, 0.62, 0.95)), 0.10)
    if head.hair in ("short", "bun", "bald"):
        form = _cut(form, _ellipsoid(m, (0.45, -1.05, 0.2), (0.8, 0.95, 1.4)), 0.1)
    if head.hair == "curls":
        form = form + 0.035 * np.sin(p[0] * 11) * np.sin(p[1] * 10) * np.sin(p[2] * 9)
    return form


def _beard(head: Head, p: Field, m: Field, bare: Field) -> Field:
    """Distance to a beard that lies on the jaw, leaves the mouth free and ends in a point."""
    jaw = _ellipsoid(p, (0, -0.80, 0.22), (0.56, 0.42, 0.56))
    coat = -_join(-(bare - 0.035 - 0.05 * min(head.beard, 1)), -jaw, 0.10)
    point = _ellipsoid(p, (0, -0.80 - 0.22 * head.beard, 0.40), (0.27, 0.18 + 0.24 * head.beard, 0.20))
    form = _join(coat, point, 0.16)
    form = _cut(form, _ellipsoid(p, (0, -0.555, 0.80), (0.175, 0.075, 0.3)), 0.04)
    form = _cut(form, _ellipsoid(m, (0.36, -0.36, 0.60), (0.27, 0.25, 0.40)), 0.06)
    lip = _ellipsoid(m, (0.11, -0.475 - 0.25 * np.maximum(m[0] - 0.1, 0), 0.72), (0.17, 0.045, 0.14))
    return np.minimum(form, -_join(-(bare - 0.035), -lip, 0.03))


def hat(head: Head, p: Field) -> Field | None:
    """Distance to what covers the head, None where nothing does."""
    wide = head.width
    if head.hat == "none":
        return None
    if head.hat in ("beret", "brim", "turban"):
        p = p.copy()
        p[1] -= 0.14 * p[2] - 0.10 * p[0] * np.sign(head.yaw)  # worn back and to one side
    if head.hat == "beret":
        band = _ellipsoid(p, (0, 0.56, -0.12), (0.79 * wide, 0.20, 0.90))
        return _join(band, _ellipsoid(p, (0.16 * np.sign(head.yaw), 0.82, -0.18), (1.06, 0.27, 1.0)), 0.10)
    if head.hat == "brim":
        bend = 0.10 * p[0] ** 2 * np.sign(p[0] * head.yaw)
        brim = _ellipsoid(np.stack([p[0], p[1] + bend, p[2]]), (0, 0.50, -0.08), (1.42, 0.085, 1.32))
        return _join(brim, _ellipsoid(p, (0, 0.74, -0.14), (0.76, 0.62, 0.84)), 0.10)
    if head.hat == "turban":
        form = _ellipsoid(p, (0, 0.66, -0.16), (0.93 * wide, 0.50, 1.0))
        return form + 0.035 * np.sin(p[1] * 15 + p[0] * 7 + p[2] * 3)
    shell = _ellipsoid(p, (0, 0.34, -0.20), (0.83 * wide, 0.85, 0.97))
    face = _ellipsoid(p, (0, -0.26, 0.86), (0.60 * wide, 0.94, 0.76))
    if head.hat == "coif":
        return _cut(_cut(shell, face, 0.04), _ellipsoid(p, (0, -1.2, 0.3), (1.4, 0.95, 1.8)), 0.06)
    fall = _ellipsoid(p, (0, -0.75, -0.36), (0.98, 1.45, 0.55))
    return _cut(_join(shell, fall, 0.25), _ellipsoid(p, (0, -0.55, 0.75), (0.66 * wide, 1.2, 0.95)), 0.05)


def distance(head: Head, p: Field, fine: bool = True) -> Field:
    """Distance to the nearest of skin, hair and hat."""
    bare = nearest = skin(head, p, fine)
    for form in (hair(head, p, bare), hat(head, p)):
        if form is not None:
            nearest = np.minimum(nearest, form)
    return nearest
