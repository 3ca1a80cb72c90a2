"""Heads: a modelled head with hair and hat, turned and lit, seen straight on.

The forms are signed distance fields in head units: the eyes lie on y = 0, the crown at y = 1, the chin at
y = -1; x goes to the right, y up, z to the viewer. Parallel rays are followed to the surface and from there
to the light.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from image_machines.collection.brushwork import Colour, Field

NOTHING, SKIN, HAIR, HAT = 0, 1, 2, 3
LEFT, RIGHT, TOP, BOTTOM = -1.9, 1.9, 1.7, -2.7  # the part of the picture plane that is traced
CELL = 0.030  # distance of the rays


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
    hair: str = "short"  # none, short, long, bun, curls
    hat: str = "none"  # none, beret, brim, turban, coif, veil
    beard: float = 0.0  # length of the beard


@dataclass(frozen=True, eq=False)
class Relief:
    """What the rays found, on the grid of rays (rows from the top): material, depth, normal, light."""

    material: Field  # (H, W, 3) cover of skin, hair, hat
    depth: Field  # (H, W) z of the surface in the viewer's frame
    normal: Field  # (H, W, 3) in the viewer's frame
    shadow: Field  # (H, W) 1 in the light, 0 in cast shadow


def rotation(head: Head) -> Field:
    """The matrix that takes head coordinates to the viewer's."""
    cy, sy = np.cos(head.yaw), np.sin(head.yaw)
    cp, sp = np.cos(head.pitch), np.sin(head.pitch)
    cr, sr = np.cos(head.roll), np.sin(head.roll)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(tilt @ nod @ turn, np.float32)


# Forms -----------------------------------------------------------------------------------------------------


def _ellipsoid(p: Field, centre: Colour, radii: Colour) -> Field:
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


def hair(head: Head, p: Field) -> Field | None:
    """Distance to the hair and beard, None where there are none."""
    m = p.copy()
    m[0] = np.abs(p[0])
    wide = head.width
    if head.hair == "none":
        form = None
    else:
        form = _ellipsoid(p, (0, 0.33, -0.16), (0.77 * wide, 0.79, 0.92))
        if head.hair in ("long", "curls"):
            lock = _ellipsoid(m, (0.62 * wide, -0.55, -0.15), (0.23, 0.98, 0.36))
            form = _join(form, lock, 0.20)
        if head.hair == "bun":
            form = _join(form, _ball(p, (0, 0.72, -0.80), 0.40), 0.1)
        face = _ellipsoid(p, (0, -0.30, 0.80), (0.585 * wide, 0.93, 0.66))
        form = _cut(form, face, 0.06)
        if head.hair in ("short", "bun"):
            form = _cut(form, _ellipsoid(m, (0.45, -1.05, 0.2), (0.8, 0.95, 1.4)), 0.1)
        if head.hair == "curls":
            form = form + 0.035 * np.sin(p[0] * 11) * np.sin(p[1] * 10) * np.sin(p[2] * 9)
    if head.beard:
        beard = _ellipsoid(p, (0, -0.78 - 0.18 * head.beard, 0.36), (0.40, 0.30 + 0.22 * head.beard, 0.34))
        beard = _cut(beard, _ellipsoid(p, (0, -0.57, 0.75), (0.20, 0.085, 0.2)), 0.05)
        beard = _cut(beard, _ellipsoid(m, (0.40, -0.32, 0.55), (0.33, 0.24, 0.35)), 0.08)
        form = beard if form is None else np.minimum(form, beard)
    return form


def hat(head: Head, p: Field) -> Field | None:
    """Distance to what covers the head, None where nothing does."""
    wide = head.width
    if head.hat == "none":
        return None
    if head.hat == "beret":
        band = _ellipsoid(p, (0, 0.58, -0.12), (0.80 * wide, 0.17, 0.90))
        return _join(band, _ellipsoid(p, (0.14, 0.84, -0.18), (1.05, 0.27, 1.0)), 0.08)
    if head.hat == "brim":
        brim = _ellipsoid(p, (0, 0.66 - 0.0, -0.08), (1.45, 0.055, 1.35))
        return _join(brim, _ellipsoid(p, (0, 0.86, -0.14), (0.72, 0.55, 0.78)), 0.08)
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
    nearest = skin(head, p, fine)
    for form in (hair(head, p), hat(head, p)):
        if form is not None:
            nearest = np.minimum(nearest, form)
    return nearest


# Seeing ----------------------------------------------------------------------------------------------------


def trace(head: Head, light: Colour) -> Relief:
    """See the head from the front, lit from the direction ``light`` (viewer's frame)."""
    columns = np.arange(LEFT, RIGHT, CELL, dtype=np.float32)
    rows = np.arange(TOP, BOTTOM, -CELL, dtype=np.float32)
    shape = len(rows), len(columns)
    eye = np.stack([*np.meshgrid(columns, rows), np.full(shape, 1.5, np.float32)]).reshape(3, -1)
    turn = rotation(head)
    inverse = turn.T
    depth, hit = _march(head, inverse, eye)
    places = np.flatnonzero(hit)
    points = eye[:, places].copy()
    points[2] = depth[places]
    inside = inverse @ points
    normal = np.zeros((3, eye.shape[1]), np.float32)
    normal[2] = 1
    normal[:, places] = turn @ _gradient(head, inside)
    material = np.zeros((3, eye.shape[1]), np.float32)
    forms = [skin(head, inside), hair(head, inside), hat(head, inside)]
    known = np.stack([np.full(len(places), 9, np.float32) if form is None else form for form in forms])
    material[np.argmin(known, axis=0), places] = 1
    shadow = np.ones(eye.shape[1], np.float32)
    shadow[places] = _shadow(head, inside + 0.03 * (inverse @ normal[:, places]), inverse @ _unit(light))
    return Relief(
        material.T.reshape(*shape, 3), depth.reshape(shape), normal.T.reshape(*shape, 3), shadow.reshape(shape)
    )


def _unit(direction: Colour) -> Field:
    vector = np.asarray(direction, np.float32)
    return vector / np.linalg.norm(vector)


def _march(head: Head, inverse: Field, eye: Field) -> tuple[Field, Field]:
    """Follow every ray to the surface: its z there (or where it gave up), and whether it arrived."""
    depth = eye[2].copy()
    hit = np.zeros(len(depth), bool)
    active = np.arange(len(depth))
    for turn in range(26):
        points = eye[:, active].copy()
        points[2] = depth[active]
        gap = distance(head, inverse @ points, fine=turn > 3)
        if turn <= 3:
            gap = gap - 0.16  # the small forms stand out by less than this
        depth[active] -= np.maximum(gap, 0) if turn <= 3 else gap * 0.8
        if turn > 3:
            hit[active[gap < 0.004]] = True
        active = active[((gap >= 0.004) | (turn <= 3)) & (depth[active] > -1.4)]
        if not len(active):
            break
    return depth, hit


def _gradient(head: Head, inside: Field) -> Field:
    """Unit normals in the head's frame."""
    reach = np.float32(0.012)
    total = np.zeros_like(inside)
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        offset = np.array(corner, np.float32)[:, None]
        total += offset * distance(head, inside + reach * offset)
    return total / (np.linalg.norm(total, axis=0) + 1e-9)


def _shadow(head: Head, start: Field, towards: Field) -> Field:
    """How much light reaches each point, 0-1, with a soft border."""
    light = np.ones(start.shape[1], np.float32)
    way = np.full(start.shape[1], 0.05, np.float32)
    for _ in range(10):
        gap = distance(head, start + towards[:, None] * way)
        light = np.minimum(light, np.clip(9 * gap / way, 0, 1))
        way = way + np.clip(gap, 0.05, 0.35)
    return light
