"""The short form of the study, which the notebook shows: fewer neurons and smaller pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from image_machines import images
from image_machines.images import Picture
from image_machines.network import models
from image_machines.network.network import Network
from image_machines.vision.metapictures.methods import PLAIN, methods
from image_machines.vision.settings import Settings
from studies.common.results import Row
from studies.common.runs import network_file
from studies.metapictures import showing
from studies.metapictures.study import last_map, neurons, works
from studies.metapictures.tradeoff import measure, picture_file, reader

NETWORK = "SqueezeNet"  # knows ImageNet's classes, and comes with the program
LIVES = (PLAIN, "median", "Fourier", "all together")


@dataclass(frozen=True, eq=False, repr=False)
class Short:
    """A network, the rows of its neurons' pictures, and where these lie."""

    network: Network
    ways: dict[str, Settings]
    rows: list[Row]
    folder: Path

    def __repr__(self) -> str:
        units = {(row["layer"], row["neuron"]) for row in self.rows}
        return (
            f"{self.network.name}, {len(units)} neurons, {len(self.ways)} methods, {len(self.rows)} pictures"
        )

    @property
    def shown(self) -> list[tuple[str, int]]:
        """A class and a channel of the middle: the first of each that has rows."""
        kinds = {row["kind"]: (row["layer"], row["neuron"]) for row in reversed(self.rows)}
        return [kinds[kind] for kind in ("class", "middle channel") if kind in kinds]

    def name(self, unit: tuple[str, int]) -> str:
        """A neuron as a reader knows it."""
        layer, number = unit
        return self.network.class_name(self.network.find(layer), number) or f"{layer}:{number}"

    def sheet(self, unit: tuple[str, int]) -> tuple[list[Picture], list[Row]]:
        """A neuron's pictures by every method, and their rows."""
        own = [row for row in self.rows if (row["layer"], row["neuron"]) == unit]
        files = [picture_file(self.folder, self.network, *unit, row["method"], row["seed"]) for row in own]
        return [images.read(file) for file in files], own

    def lives(self, chosen: Sequence[str] = LIVES) -> dict[str, list[Picture]]:
        """The lives of the class's picture by a few methods."""
        layer, number = self.shown[0]
        return {name: showing.life(self.network, layer, number, name, self.ways[name]) for name in chosen}


def prior(run: Path) -> Path | None:
    """The generator that learned the works of a run, None where none was trained."""
    found = sorted((run / "generators").glob("*.keras"))
    return found[0] if found else None


def opened(run: str | Path, most: int, side: int, gradients: int) -> Short:
    """The short study against a run's works; FileNotFoundError says what to do where there is no run."""
    run = Path(run)
    network = models.build(NETWORK, include_top=True)
    eye = models.load(network_file(run))
    folder, ways = run / "metapictures", methods(side, gradients, prior(run))
    given = reader(works(run / "data"), eye, last_map(eye), side)
    rows = measure(network, neurons(network, most, most), given, folder, ways)
    return Short(network, ways, rows, folder)
