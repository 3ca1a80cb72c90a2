"""A head as it is seen straight on: parallel rays followed to its surface, and from there to the light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from image_machines.painter.colour import Colour, Field
from image_machines.painter.heads import Head, distance, hair, hat, rotation, skin

LEFT, RIGHT, TOP, BOTTOM = -1.75, 1.75, 1.65, -2.3  # the part of the picture plane that is traced
CELL = 0.033  # distance of the rays
HIT = 0.005  # a ray this close has arrived


@dataclass(frozen=True, eq=False)
class Relief:
    """What the rays found, on their grid (rows from the top); fields run on a little past the borders."""

    outline: Field  # (H, W) distance from the figure's outline, negative inside, cut at about one cell
    border: Field  # (H, W, 3) how far skin, hair, hat each lie before the nearest other: positive where seen
    depth: Field  # (H, W) z of the surface in the viewer's frame
    normal: Field  # (H, W, 3) in the viewer's frame
    shadow: Field  # (H, W) 1 in the light, 0 in cast shadow


def trace(head: Head, light: Colour) -> Relief:
    """See the head from the front, lit from the direction ``light`` (viewer's frame)."""
    columns = np.arange(LEFT, RIGHT, CELL, dtype=np.float32)
    rows = np.arange(TOP, BOTTOM, -CELL, dtype=np.float32)
    shape = len(rows), len(columns)
    eye = np.stack([*np.meshgrid(columns, rows), np.full(shape, 1.5, np.float32)]).reshape(3, -1)
    turn = rotation(head)
    inverse = turn.T
    depth, gap = _march(head, inverse, eye)
    places = np.flatnonzero(gap < 2.5 * CELL)
    points = eye[:, places].copy()
    points[2] = depth[places]
    inside = inverse @ points
    normal = np.zeros((3, eye.shape[1]), np.float32)
    normal[2] = 1
    normal[:, places] = turn @ _gradient(head, inside)
    bare = skin(head, inside)
    forms = [bare, hair(head, inside, bare), hat(head, inside)]
    known = np.stack([np.full(len(places), 1, np.float32) if form is None else form for form in forms])
    border = np.full((3, eye.shape[1]), -1, np.float32)
    for number in range(3):
        border[number, places] = np.minimum(known[number - 1], known[number - 2]) - known[number]
    shadow = np.ones(eye.shape[1], np.float32)
    shadow[places] = _shadow(head, inside + 0.03 * (inverse @ normal[:, places]), inverse @ _unit(light))
    outline = np.where(gap < HIT, -0.5 * CELL, np.minimum(gap, CELL))
    return Relief(
        outline.reshape(shape), np.clip(border, -0.1, 0.1).T.reshape(*shape, 3), depth.reshape(shape),
        normal.T.reshape(*shape, 3), shadow.reshape(shape),
    )  # fmt: skip


def _unit(direction: Colour) -> Field:
    vector = np.asarray(direction, np.float32)
    return vector / np.linalg.norm(vector)


def _march(head: Head, inverse: Field, eye: Field) -> tuple[Field, Field]:
    """Follow every ray: z of the place where it meets the surface or passes it closest, and how close."""
    depth = eye[2].copy()
    nearest = np.full(len(depth), 9, np.float32)
    closest = depth.copy()
    active = np.arange(len(depth))
    for turn in range(64):  # few rays, those that graze a form, need more than 20
        fine = turn > 3
        points = eye[:, active].copy()
        points[2] = depth[active]
        gap = distance(head, inverse @ points, fine)
        if fine:
            better = gap < nearest[active]
            nearest[active[better]] = gap[better]
            closest[active[better]] = depth[active[better]]
        # The small forms stand out by less than 0.16, so the first steps need not know them.
        depth[active] -= gap * 0.8 if fine else np.maximum(gap - 0.16, 0)
        active = active[(not fine) | (gap >= HIT) & (depth[active] > -1.4)]
        if not len(active):
            break
    return closest, nearest


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
