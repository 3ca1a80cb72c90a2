"""A neuron's sheet: its picture by each method, what this excites, and how near it is to works."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from image_machines import files, images
from image_machines.network.network import Network
from image_machines.vision import features, objectives
from image_machines.vision.metapictures import spectrum
from image_machines.vision.metapictures.methods import FREE, LONGER, PLAIN, QUADRATIC
from image_machines.vision.metapictures.spectrum import Numbers
from image_machines.vision.objectives import Objective
from image_machines.vision.settings import Settings


@dataclass(frozen=True)
class Drawn:
    """A picture: its file, the gradients that it took, what it excites, and two distances from works.

    ``spectrum`` is that of coarse and fine forms, in powers of ten; ``variation`` is that of neighbouring
    pixels, 0-1.
    """

    method: str
    picture: str
    gradients: int
    activation: float
    spectrum: float
    variation: float


@dataclass(frozen=True, eq=False)
class Sheets:
    """The sheets of a network's neurons, against the mean spectrum of works; what ``folder`` holds stays."""

    network: Network
    works: Numbers
    folder: Path
    ways: Mapping[str, Settings]

    def drawn(self, layer: str, neuron: int, method: str, seed: int = 0) -> Drawn:
        """A neuron's picture by a method, from the folder, or drawn now and kept there."""
        settings = self.ways[method]
        told = [self.network.fingerprint, layer, neuron, method, settings.to_json(), seed]
        told += [hashlib.sha256(self.works.tobytes()).hexdigest()]
        name = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]
        row, file = self.folder / f"{name}.json", self.folder / f"{name}.png"
        if not (row.is_file() and file.is_file()):
            climbed = objective(self.network, layer, neuron, method)
            made = features.render(self.network, climbed, settings, seed).image
            picture = images.to_picture(np.clip(made, -1, 1))
            shown = images.from_picture(picture)
            found = Drawn(
                method,
                str(file),
                sum(settings.schedule()),
                features.activation(self.network, objective(self.network, layer, neuron), shown),
                spectrum.distance(picture, self.works),
                spectrum.variation(picture),
            )
            images.save(file, picture)
            files.write_json(row, asdict(found))
        return Drawn(**json.loads(row.read_text(encoding="utf-8")) | {"picture": str(file)})

    def excites(self, layer: str, neuron: int, drawn: Drawn, seed: int = 0) -> float:
        """What a picture excites, of what the plain one does; ValueError where that does nothing."""
        plain = self.drawn(layer, neuron, PLAIN, seed).activation
        if plain <= 0:
            raise ValueError(f"not even the plain picture excites {layer}:{neuron}: there is no share of it")
        return drawn.activation / plain


def compared(network: Network, layer: str, ways: Iterable[str]) -> list[str]:
    """The methods of a sheet: those that take as many gradients, in pixels' range."""
    return [name for name in drawn_apart(network, layer, ways) if name not in (FREE, LONGER)]


def drawn_apart(network: Network, layer: str, ways: Iterable[str]) -> list[str]:
    """The methods that make a picture of their own: the square of a class changes a step's length alone."""
    of_class = layer == network.output_layer
    return [name for name in ways if not (of_class and name == QUADRATIC)]


def objective(network: Network, layer: str, number: int, method: str = PLAIN) -> Objective:
    """What a method climbs: a channel's mean or its squares', or a class's log-odds."""
    if method == QUADRATIC:
        return objectives.quadratic(layer, number)
    return objectives.neuron(network, layer, number, "log-odds")
