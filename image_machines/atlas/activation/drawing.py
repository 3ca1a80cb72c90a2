"""Drawing: the image of each direction of a layer, kept in a folder and never drawn twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from image_machines import images
from image_machines.atlas.activation.cells import Cell
from image_machines.atlas.activation.positions import Floats
from image_machines.atlas.make import toned
from image_machines.atlas.maps.pyramid import GROUND
from image_machines.atlas.whole import at_size
from image_machines.images import Picture
from image_machines.network.network import Network
from image_machines.vision import features, objectives
from image_machines.vision.presets import fitting, preset
from image_machines.vision.settings import Settings

BATCH = 16
SIZE = 96  # pixels of an image


def settings_for(network: Network, size: int = SIZE, preset_name: str = "") -> Settings:
    """The preset that suits a network, or this one, at a size."""
    name = preset_name or fitting(network)
    octave, changes = at_size(name, size)
    return preset(name).replace(**changes).at_octave(octave)


def draw(
    network: Network, layer: str, directions: Floats, settings: Settings, folder: str | Path, seed: int = 0
) -> list[Path]:
    """The files of the directions' (N, channels) images; those that are there are not drawn again."""
    folder = Path(folder)
    paths = [folder / f"{_key(network, layer, each, settings, seed)}.jpg" for each in directions]
    missing = [number for number, path in enumerate(paths) if not path.is_file()]
    with tqdm(total=len(missing), desc=f"{network.name} {layer}", unit="image", delay=1) as progress:
        for start in range(0, len(missing), BATCH):
            chosen = missing[start : start + BATCH]
            filled = chosen + chosen[-1:] * (BATCH - len(chosen))  # another size would be compiled anew
            batch = [objectives.direction(layer, directions[number]) for number in filled]
            for frame in features.visualize_batch(network, batch, settings, seed):
                last = frame
            for number, image in zip(chosen, last.images, strict=False):
                images.save(paths[number], toned(image), _card(network, layer, settings, seed))
            progress.update(len(chosen))
    return paths


def mosaic(places: Sequence[Cell], paths: Sequence[Path]) -> Picture:
    """The images at the places of their cells, on grey."""
    pictures = [images.read(path) for path in paths]
    side = max(picture.shape[0] for picture in pictures)
    rows, columns = (1 + max(getattr(cell, name) for cell in places) for name in ("row", "column"))
    whole = np.full((rows * side, columns * side, 3), GROUND, np.uint8)
    for cell, picture in zip(places, pictures, strict=True):
        top, left = cell.row * side, cell.column * side
        whole[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return whole


def _key(network: Network, layer: str, direction: Floats, settings: Settings, seed: int) -> str:
    card = json.dumps(_card(network, layer, settings, seed), sort_keys=True)
    rounded = np.round(np.asarray(direction, np.float64), 5) + 0.0
    return hashlib.sha256(card.encode() + rounded.tobytes()).hexdigest()[:16]


def _card(network: Network, layer: str, settings: Settings, seed: int) -> dict[str, Any]:
    """What decides an image beside its direction."""
    given = {"network": network.name, "fingerprint": network.fingerprint, "layer": layer, "seed": seed}
    return given | {"objective": f"direction({layer})", "settings": settings.to_json()}
