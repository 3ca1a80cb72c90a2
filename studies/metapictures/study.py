"""What the study looks at: a network that knows 1,000 classes, 50 of its neurons, the works, the judges."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from image_machines import images
from image_machines.collection import manifest
from image_machines.images import Picture
from image_machines.network.network import Network
from image_machines.notebooks.chapters import ROOT
from studies.metapictures.classes import SHOWN
from studies.metapictures.tradeoff import Neurons

FOLDER = ROOT / "runs" / "metapictures"  # where pictures are kept
NETWORK = "SqueezeNet"
CLASSES, CHANNELS = 18, 16  # how many classes, and how many channels of each of two layers
MOST_WORKS = 600


def neurons(
    network: Network, classes: int = CLASSES, channels: int = CHANNELS, seed: int = 0
) -> list[Neurons]:
    """Classes, among them the paper's, and channels of a middle and a late layer, drawn by chance."""
    random = np.random.default_rng(seed)
    maps = network.stations
    middle, late = maps[len(maps) // 2], maps[-1]
    shown = [number for number in SHOWN if number < len(network.classes)][:classes]
    others = np.setdiff1d(np.arange(len(network.unit_classes)), shown)
    drawn = random.choice(others, min(classes - len(shown), len(others)), replace=False)
    found = [Neurons("class", network.output_layer, (*shown, *sorted(int(each) for each in drawn)))]
    for kind, layer in (("middle channel", middle), ("late channel", late)):
        chosen = random.choice(layer.width, min(channels, layer.width), replace=False)
        found.append(Neurons(kind, layer.name, tuple(sorted(int(each) for each in chosen))))
    return found


def works(data: str | Path, most: int = MOST_WORKS, seed: int = 0) -> list[Picture]:
    """Works of a downloaded collection, drawn by chance; FileNotFoundError says what to do without one."""
    data = Path(data)
    records = manifest.read(data)
    chosen = np.random.default_rng(seed).permutation(len(records))[:most]
    return [images.read(data / records[int(each)]["file"]) for each in sorted(chosen)]


def last_map(network: Network) -> str:
    """The last layer of a network that is a map, whose features tell works apart."""
    return network.stations[-1].name


def dead(units: Sequence[Neurons], measured: set[tuple[str, int]]) -> int:
    """How many neurons have no row: the naive picture does not excite them, so that no share can be taken."""
    return sum((chosen.layer, number) not in measured for chosen in units for number in chosen.numbers)
