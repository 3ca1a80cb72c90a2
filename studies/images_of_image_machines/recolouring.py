"""The blue of distance taken out of real paintings, and put into others, at the same lightness.

Three ways of taking it out of a landscape, each with controls that change colour as much, and no blue:

- `blue away` gives every blue pixel the mean colour of the others; controls: the others' hue turned;
- `upper half yellower` gives the upper half of a picture the mean b* of the lower;
- `cool colours yellower` gives every pixel at least that b*; controls of both: a* moved as far, same places.

A control goes towards red or towards green. Portraits and still lifes get the upper half bluer. What a
network makes of them is measured in `studies.images_of_image_machines.recoloured`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from image_machines.images import Picture
from studies.common.colours import to_lab, to_values

SOFT = 4.0  # b* over which a pixel counts as more and more blue
LARGEST_TURN = np.deg2rad(75)  # of the warm hues: further on they are no longer red or green but blue
UPPER, LOWER = 0.4, 0.6  # of the height: above, below; between them a change fades out
BLUER = 10.0  # b* that portraits and still lifes get: the mean of those landscapes that have a blue shift

Lab = NDArray[np.float64]  # colours (H, W, 3), or changes of their a* and b* (H, W, 2)
VERSIONS = 13  # of a landscape, as it is among them

DIRECTIONS = {"yellower": (0, 1), "bluer": (0, -1), "redder": (1, 0), "greener": (-1, 0)}  # of (a*, b*)

# version -> what it is compared with: of the same size of change, and no blue taken out
CONTROLS = {
    "blue away": ("others redder", "others greener"),
    "upper half yellower": ("upper half redder", "upper half greener"),
    "cool colours yellower": ("cool colours redder", "cool colours greener"),
    "upper half bluer": ("upper half redder", "upper half greener"),
}


def landscape_versions(picture: Picture) -> dict[str, Picture]:
    """A landscape without its blue in three ways, with the controls, with more blue, and in grey."""
    lab = to_lab(picture)
    changes = {
        "blue away": blue_away(lab),
        "others redder": others_turned(lab, -1),
        "others greener": others_turned(lab, 1),
        **upper_half(lab, blue_shift(lab)),
        **cool_colours(lab),
        "grey": -lab[..., 1:],
    }
    return {name: moved(picture, lab, change) for name, change in changes.items()}


def other_versions(picture: Picture) -> dict[str, Picture]:
    """A picture of another class with an upper half as much bluer as `BLUER`, the controls, and in grey."""
    lab = to_lab(picture)
    changes = {**upper_half(lab, BLUER), "grey": -lab[..., 1:]}
    return {name: moved(picture, lab, change) for name, change in changes.items()}


def blue_away(lab: Lab) -> Lab:
    """The change (H, W, 2) of a* and b* that gives blue pixels the mean colour of the others."""
    share = blueness(lab)
    if share.mean() > 0.99:
        return -share * lab[..., 1:]  # nothing else is left to take a colour from
    others = np.average(lab[..., 1:].reshape(-1, 2), axis=0, weights=1 - share.ravel())
    return share * (others - lab[..., 1:])


def blueness(lab: Lab) -> Lab:
    """How far each pixel (H, W, 1) counts as blue: b* below zero, wholly from `SOFT` below."""
    return np.clip(-lab[..., 2:] / SOFT, 0, 1)


def others_turned(lab: Lab, side: int) -> Lab:
    """The change that turns the hue of all that is not blue, by as much mean colour as `blue_away` changes.

    ``side`` is 1 towards green, -1 towards red. A picture of little colour is turned by 75 degrees at most.
    """
    weight = 1 - blueness(lab)
    wanted = np.linalg.norm(blue_away(lab), axis=-1).mean()
    there = (weight[..., 0] * np.linalg.norm(lab[..., 1:], axis=-1)).mean()
    angle = side * min(2 * np.arcsin(min(wanted / max(2 * there, 1e-9), 1)), LARGEST_TURN)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return weight * (lab[..., 1:] @ turn.T - lab[..., 1:])


def blue_shift(lab: Lab) -> float:
    """By how much b* the upper part of a picture is bluer than the lower; 0 where it is not."""
    height = len(lab)
    upper, lower = lab[: int(UPPER * height), :, 2], lab[int(LOWER * height) :, :, 2]
    return max(0.0, float(lower.mean() - upper.mean()))


def upper_half(lab: Lab, amount: float) -> dict[str, Lab]:
    """The changes that move the colour of the upper half by ``amount``, fading out at the middle."""
    place = (np.arange(len(lab)) + 0.5) / len(lab)
    fade = np.clip((LOWER - place) / (LOWER - UPPER), 0, 1)[:, None, None]
    amounts = np.broadcast_to(amount * fade, (*lab.shape[:2], 1))
    return {f"upper half {name}": amounts * way for name, way in DIRECTIONS.items()}


def cool_colours(lab: Lab) -> dict[str, Lab]:
    """The changes that move every colour less yellow than the lower part of the picture by what it lacks."""
    ground = lab[int(LOWER * len(lab)) :, :, 2].mean()
    lack = np.maximum(ground - lab[..., 2:], 0)
    return {f"cool colours {name}": lack * way for name, way in DIRECTIONS.items()}


def moved(picture: Picture, lab: Lab, change: Lab) -> Picture:
    """The picture with a* and b* changed and L* as it was.

    A colour that the screen cannot show at that lightness goes only as far as it can.
    """
    found = picture.copy()
    places = np.nonzero((np.abs(change) > 1e-9).any(axis=-1))
    colours, way, share = lab[places], change[places], np.ones(len(places[0]))
    values = to_values(_along(colours, way, share))
    outside = np.nonzero(~_can_be_shown(values))[0]
    low, high = np.zeros(len(outside)), np.ones(len(outside))
    for _ in range(8):
        middle = (low + high) / 2
        inside = _can_be_shown(to_values(_along(colours[outside], way[outside], middle)))
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    values[outside] = to_values(_along(colours[outside], way[outside], low))
    found[places] = (np.clip(values, 0, 1) * 255).round().astype(np.uint8)
    return found


def _along(colours: Lab, way: Lab, share: Lab) -> Lab:
    """Colours (N, 3) gone a share of their way (N, 2) in a* and b*."""
    return np.concatenate([colours[:, :1], colours[:, 1:] + share[:, None] * way], axis=1)


def _can_be_shown(values: Lab) -> NDArray[np.bool_]:
    return np.asarray(((values > -1e-4) & (values < 1 + 1e-4)).all(axis=-1))


def difference(first: Picture, second: Picture) -> float:
    """Mean colour difference of two pictures, CIE 1976; about 2 can be seen."""
    return float(np.linalg.norm(to_lab(first) - to_lab(second), axis=-1).mean())
