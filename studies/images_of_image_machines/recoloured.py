"""What becomes of a network's score for the landscape when a painting is recoloured.

See `studies.images_of_image_machines.recolouring` for the recolourings, and
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
from image_machines.network import models
from image_machines.network.network import Network
from image_machines.notebooks.chapters import ROOT
from studies.common import measures
from studies.common.results import Row, rounded
from studies.images_of_image_machines.recolouring import (
    CONTROLS,
    VERSIONS,
    difference,
    landscape_versions,
    other_versions,
)

FOLDER = ROOT / "runs" / "studies" / "recoloured"
SEEN = 1.0  # mean colour difference from which on a picture counts as changed
KEEP_EVERY = 20  # pictures: how many may be lost when a run is broken off


def run(model: str | Path, data: str | Path, landscape: str = "landscape", most: int | None = None) -> Row:
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
) -> Iterator[Row]:
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


def summary(rows: Sequence[Row], part: str, landscape: str) -> Row:
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
    found: Row = {
        "pictures": len(named),
        "log_odds": rounded(before["log_odds"].mean()),
        "named_landscape": int(named.sum()),
    }
    return found | {name: _change(name, table, before, landscape) for name in table}


def _change(name: str, table: Mapping[str, Row], before: Row, landscape: str) -> Row:
    after = table[name]
    seen = after["difference"] >= SEEN
    if not seen.any():
        return {"changed": 0}
    change = after["log_odds"] - before["log_odds"]
    was, now = before["verdict"] == landscape, after["verdict"] == landscape
    found = {
        "changed": int(seen.sum()),
        "colour_change": rounded(after["difference"][seen].mean(), 1),
        "mean": rounded(change[seen].mean()),
        "interval": measures.interval(change[seen]),
        "median": rounded(np.median(change[seen])),
        "share_lower": rounded((change[seen] < 0).mean()),
        "probability_change": rounded(_sure(after["log_odds"][seen]) - _sure(before["log_odds"][seen]), 4),
        "verdicts_lost": int((seen & was & ~now).sum()),
        "verdicts_won": int((seen & ~was & now).sum()),
    }
    if name in CONTROLS and set(CONTROLS[name]) <= set(table):
        controls = [table[each]["log_odds"] - before["log_odds"] for each in CONTROLS[name]]
        less = (change - np.mean(controls, axis=0))[seen]
        found["against_controls"] = rounded(less.mean())
        found["against_controls_interval"] = measures.interval(less)
        found["controls_colour_change"] = rounded(
            np.mean([table[each]["difference"][seen].mean() for each in CONTROLS[name]]), 1
        )
    return found


def _sure(odds: NDArray[np.float64]) -> float:
    return float((1 / (1 + np.exp(-odds))).mean())


def _column(rows: Sequence[Row], version: str, key: str) -> NDArray[Any]:
    return np.array([row[key] for row in rows if row["version"] == version])


def _write(path: Path, rows: Sequence[Row]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    files.write_text(path, text.getvalue())


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            row | {key: float(row[key]) for key in ("log_odds", "difference")}
            for row in csv.DictReader(lines)
        ]
