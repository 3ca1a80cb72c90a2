"""Finished: which of a store's images a page shows of a network, one a neuron, all made alike."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from image_machines.atlas import cards
from image_machines.atlas.store import Store
from image_machines.network.network import Network

log = logging.getLogger(__name__)

Neuron = tuple[str, int]  # a layer's name and a number
Making = tuple[str, int, int, str]  # preset, seed, size, and the changes to the preset


@dataclass(frozen=True)
class Finished:
    """The files of a network's images by neuron, and how they were made."""

    files: Mapping[Neuron, Path]
    preset: str
    seed: int
    size: int
    changes: str  # to the preset, as JSON

    def __str__(self) -> str:
        return f"preset {self.preset}, seed {self.seed}, {self.size} px"


def finished(store: Store, network: Network, like: Finished | None = None) -> Finished:
    """The images that most neurons of a network have: of one preset, seed and size, with the same changes.

    ``like`` asks for those made as these were. Images of another network of the same name are left out.
    Raises ValueError where there are none.
    """
    entries, _ = store.select(0, len(store), model=network.name)
    made: dict[Making, dict[Neuron, dict[str, Any]]] = {}
    for entry in entries:
        changes = json.dumps(entry["settings"], sort_keys=True)
        key = entry["preset"], entry["seed"], entry["size"], changes
        made.setdefault(key, {}).setdefault((entry["layer"], entry["neuron"]), entry)
    if like is not None:
        alike = like.preset, like.seed, like.size, like.changes
        made = {key: found for key, found in made.items() if key == alike}
    if not made:
        raise ValueError(f"{store.folder} holds no images of {network.name}{_made(like)}")
    counts = Counter({key: len(found) for key, found in made.items()})
    key = max(counts, key=lambda each: (counts[each], each[2]))
    files = {neuron: store.file(str(entry["image"])) for neuron, entry in made[key].items()}
    own = {neuron: file for neuron, file in files.items() if _is_of(network, neuron, file)}
    if len(own) < len(files):
        log.warning("%d images are of another network called %s", len(files) - len(own), network.name)
    if not own:
        raise ValueError(f"the images in {store.folder} are of another network called {network.name}")
    return Finished(own, *key)


def _made(like: Finished | None) -> str:
    return f" made as the others were ({like})" if like is not None else ""


def _is_of(network: Network, neuron: Neuron, file: Path) -> bool:
    """Whether an image was made of this network, and it has that neuron."""
    layer = network.layers.get(neuron[0].casefold())
    if layer is None or neuron[1] >= layer.width or not file.is_file():
        return False
    return bool(cards.read(file.with_suffix(".json")).get("fingerprint") == network.fingerprint)
