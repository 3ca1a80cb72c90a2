"""Accents: works of a collection, and what a network would have liked to see more of in each.

Of each class the works that the network names most surely by it, accentuated for that class (`vision`'s
``accentuation``); kept in a folder, and never made twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import files, images
from image_machines.collection.captions import caption
from image_machines.network.network import Network
from image_machines.network.responses import Responses
from image_machines.vision import accentuation, objectives
from image_machines.vision.accentuation import STRENGTHS

SIDE = 256  # pixels of the longer side
FOLDER = "accents"
QUALITY = 88


@dataclass(frozen=True)
class Accent:
    """A work and what became of it; ``steps`` are the strengths, of which each has a picture and a score."""

    caption: str
    class_name: str
    painted: bool
    steps: Sequence[int]
    pictures: Sequence[str]  # below the page's folder
    scores: Sequence[float]


def chosen(network: Network, measured: Responses, each: int) -> list[tuple[str, Mapping[str, str]]]:
    """The works of each class that the network names by it most surely; none of a class that has no works."""
    found: list[tuple[str, Mapping[str, str]]] = []
    records = measured.records[: measured.done]
    verdicts = np.array(measured.array(network.output_layer, "maximum"))
    for number, name in enumerate(network.unit_classes):
        own = [row for row, record in enumerate(records) if record.get("class") == name]
        order = sorted(own, key=lambda row: -np.nan_to_num(verdicts[number, row], nan=-np.inf))
        found += [(name, measured.records[row]) for row in order[:each]]
    return found


def accents(
    network: Network,
    works: Sequence[tuple[str, Mapping[str, str]]],
    pictures: Path,
    folder: str | Path,
    strengths: Sequence[int] = STRENGTHS,
    side: int = SIDE,
) -> list[Accent]:
    """The works, each with its class, accentuated for it; their files lie below ``pictures``."""
    return [
        _accent(network, name, record, pictures / record["file"], Path(folder), strengths, side)
        for name, record in works
    ]


def _accent(
    network: Network,
    name: str,
    record: Mapping[str, str],
    file: Path,
    folder: Path,
    strengths: Sequence[int],
    side: int,
) -> Accent:
    settings = accentuation.settings_for(network, max(strengths), side).to_json()
    decisive = [network.fingerprint, name, str(file), file.stat().st_mtime_ns, list(strengths), settings]
    key = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]
    card = folder / FOLDER / f"{key}.json"
    if not card.is_file():
        objective = objectives.neuron(network, network.output_layer, name, "log-odds")
        found = accentuation.accentuate(network, images.read(file), objective, strengths, side)
        shown = {f"{each.steps}": each.picture for each in found} | {
            "added": accentuation.difference(found[-1], found[0])
        }
        for what, picture in shown.items():
            images.save(folder / FOLDER / f"{key}-{what}.jpg", picture, quality=QUALITY)
        told: dict[str, Any] = {
            "caption": caption(record),
            "class_name": name,
            "painted": record.get("source", "").startswith("builtin"),
            "steps": [each.steps for each in found],
            "pictures": [f"{FOLDER}/{key}-{what}.jpg" for what in shown],
            "scores": [round(each.activation, 2) for each in found],
        }
        files.write_json(card, told)
    return Accent(**json.loads(card.read_text(encoding="utf-8")))


def to_json(found: Sequence[Accent]) -> list[dict[str, Any]]:
    """What the page is told."""
    return [asdict(each) for each in found]
