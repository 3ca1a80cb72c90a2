"""The blue of distance taken out of real paintings, and put into others, at the same lightness.

Three ways of taking it out of a landscape, each with controls that change colour as much, and no blue:

- `blue away` gives every blue pixel the mean colour of the others; controls: the others' hue turned;
- `upper half yellower` gives the upper half of a picture the mean b* of the lower;
- `cool colours yellower` gives every pixel at least that b*; controls of both: a* moved as far, same places.

A control goes towards red or towards green. Portraits and still lifes get the upper half bluer. See
`studies.images_of_image_machines.hypotheses` for the commands.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from image_machines import files, images
from image_machines.collection import manifest
from image_machines.images import Picture
from image_machines.network import models
from image_machines.network.network import Network
from image_machines.notebooks.chapters import ROOT
from studies.common import measures
from studies.common.colours import to_lab, to_values

FOLDER = ROOT / "runs" / "studies" / "recoloured"
SOFT = 4.0  # b* over which a pixel counts as more and more blue
LARGEST_TURN = np.deg2rad(75)  # of the warm hues: further on they are no longer red or green but blue
UPPER, LOWER = 0.4, 0.6  # of the height: above, below; between them a change fades out
BLUER = 10.0  # b* that portraits and still lifes get: the mean of those landscapes that have a blue shift
SEEN = 1.0  # mean colour difference from which on a picture counts as changed

Lab = NDArray[np.float64]  # colours (H, W, 3), or changes of their a* and b* (H, W, 2)
VERSIONS = 13  # of a landscape, as it is among them
KEEP_EVERY = 20  # pictures: how many may be lost when a run is broken off

DIRECTIONS = {"yellower": (0, 1), "bluer": (0, -1), "redder": (1, 0), "greener": (-1, 0)}  # of (a*, b*)

# version -> what it is compared with: of the same size of change, and no blue taken out
CONTROLS = {
    "blue away": ("others redder", "others greener"),
    "upper half yellower": ("upper half redder", "upper half greener"),
    "cool colours yellower": ("cool colours redder", "cool colours greener"),
    "upper half bluer": ("upper half redder", "upper half greener"),
}


# --- colours --------------------------------------------------------------------------------------------


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


# --- scores ---------------------------------------------------------------------------------------------


def run(
    model: str | Path, data: str | Path, landscape: str = "landscape", most: int | None = None
) -> dict[str, Any]:
    """Show a network every picture in every version; what becomes of the landscape's score, class by class.

    The scores of single pictures are kept in ``runs/studies/recoloured/``; those that are there are not made
    again. ``most`` ends after that many pictures: those kept for validation come first, then landscapes.
    """
    network = models.load(model)
    path = FOLDER / f"{network.fingerprint[7:15]}.csv"
    found = _read(path) if path.is_file() else []
    known = {row["file"] for row in found}
    rows = [row for row in manifest.read(data) if row["split"]]
    rows.sort(key=lambda row: (row["split"] != "val", row["class"] != landscape))
    rows = rows[:most]
    waiting = [row for row in rows if row["file"] not in known]
    log_odds = measures.scorer(network, VERSIONS)
    for number, row in enumerate(tqdm(waiting, desc="recolouring", unit="picture"), 1):
        found += score(network, log_odds, row, data, landscape)
        if number % KEEP_EVERY == 0 or number == len(waiting):
            _write(path, found)
    chosen = {row["file"] for row in rows}
    found = [row for row in found if row["file"] in chosen]
    return {
        "model": files.portable(model),
        "fingerprint": network.fingerprint,
        "parts": {
            part: {
                name: summary([row for row in found if row["class"] == name], part, landscape)
                for name in network.classes
            }
            for part in ("val", "all")
        },
    }


def score(
    network: Network, log_odds: measures.Scorer, row: Mapping[str, str], data: str | Path, landscape: str
) -> Iterator[dict[str, Any]]:
    """One row for each version of a picture: log-odds of a landscape, verdict, mean change of colour."""
    picture = images.read(Path(data) / row["file"], (network.size, network.size))
    make = landscape_versions if row["class"] == landscape else other_versions
    shown = {"as it is": picture, **make(picture)}
    for (version, each), answer in zip(shown.items(), log_odds(list(shown.values())), strict=True):
        yield {
            **{key: row[key] for key in ("file", "class", "split")},
            "version": version,
            "log_odds": round(float(answer[network.classes.index(landscape)]), 4),
            "verdict": network.classes[int(answer.argmax())],
            "difference": round(difference(picture, each), 3),
        }


def summary(rows: Sequence[Mapping[str, Any]], part: str, landscape: str) -> dict[str, Any]:
    """For each version of one class's pictures: how the landscape's score differs from the picture's own.

    Only pictures count that the version changes by `SEEN` or more. ``against_controls`` is the change less
    the mean change under both controls, picture by picture.
    """
    versions = list(dict.fromkeys(row["version"] for row in rows))
    chosen = [row for row in rows if part in ("all", row["split"])]
    table = {
        name: {key: _column(chosen, name, key) for key in ("log_odds", "verdict", "difference")}
        for name in versions
    }
    before = table.pop("as it is")
    named = before["verdict"] == landscape
    found: dict[str, Any] = {
        "pictures": len(named),
        "log_odds": _rounded(before["log_odds"].mean()),
        "named_landscape": int(named.sum()),
    }
    return found | {name: _change(name, table, before, landscape) for name in table}


def _change(
    name: str, table: Mapping[str, Mapping[str, Any]], before: Mapping[str, Any], landscape: str
) -> dict[str, Any]:
    after = table[name]
    seen = after["difference"] >= SEEN
    if not seen.any():
        return {"changed": 0}
    change = after["log_odds"] - before["log_odds"]
    was, now = before["verdict"] == landscape, after["verdict"] == landscape
    found = {
        "changed": int(seen.sum()),
        "colour_change": _rounded(after["difference"][seen].mean(), 1),
        "mean": _rounded(change[seen].mean()),
        "interval": measures.interval(change[seen]),
        "median": _rounded(np.median(change[seen])),
        "share_lower": _rounded((change[seen] < 0).mean()),
        "probability_change": _rounded(_sure(after["log_odds"][seen]) - _sure(before["log_odds"][seen]), 4),
        "verdicts_lost": int((seen & was & ~now).sum()),
        "verdicts_won": int((seen & ~was & now).sum()),
    }
    if name in CONTROLS and set(CONTROLS[name]) <= set(table):
        controls = [table[each]["log_odds"] - before["log_odds"] for each in CONTROLS[name]]
        less = (change - np.mean(controls, axis=0))[seen]
        found["against_controls"] = _rounded(less.mean())
        found["against_controls_interval"] = measures.interval(less)
        found["controls_colour_change"] = _rounded(
            np.mean([table[each]["difference"][seen].mean() for each in CONTROLS[name]]), 1
        )
    return found


def _sure(odds: NDArray[np.float64]) -> float:
    return float((1 / (1 + np.exp(-odds))).mean())


def _column(rows: Sequence[Mapping[str, Any]], version: str, key: str) -> NDArray[Any]:
    return np.array([row[key] for row in rows if row["version"] == version])


def _rounded(value: Any, digits: int = 2) -> float:
    return round(float(value), digits)


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    files.write_text(path, text.getvalue())


def _read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            row | {key: float(row[key]) for key in ("log_odds", "difference")}
            for row in csv.DictReader(lines)
        ]
