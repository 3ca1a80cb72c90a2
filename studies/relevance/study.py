"""What the study looks at: a run's network and works, the responses, the relevant features of each class."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from image_machines import images
from image_machines.attribution import features
from image_machines.attribution.features import Feature, Relevance
from image_machines.attribution.heatmaps import shown
from image_machines.collection import manifest
from image_machines.images import Picture
from image_machines.network import models, responses
from image_machines.network.network import Network
from image_machines.network.responses import Responses


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """A network, the works it was shown, and the features that its classes go by.

    ``rows`` (works, neurons) are the responses, ``predictions`` (works,) the classes it named, by number;
    ``held_out`` (works,) those that the features were not chosen on.
    """

    folder: Path
    network: Network
    measured: Responses
    rows: NDArray[np.float64]
    predictions: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    relevance: Relevance

    def __repr__(self) -> str:
        neurons = len(self.relevance.neurons)
        return f"{self.network.name}, {len(self.rows)} works, {neurons} neurons in {len(self.layers)} layers"

    @cached_property
    def layers(self) -> list[str]:
        """The layers whose neurons may be features."""
        return list(dict.fromkeys(layer for layer, _ in self.relevance.neurons))

    def works(self, name: str, most: int) -> list[int]:
        """The first works held out that the network takes for a class."""
        number = self.relevance.classes.index(name)
        return [int(i) for i in np.flatnonzero(self.held_out & (self.predictions == number))[:most]]

    def picture(self, work: int) -> Picture:
        """The picture of a work."""
        return images.read(self.measured.pictures / self.measured.records[work]["file"])

    def images(self, works: list[int]) -> NDArray[np.float32]:
        """Works as the network sees them, (N, H, W, 3) in [-1, 1]."""
        return np.stack([shown(self.network, self.picture(work)) for work in works])

    def strength(self, feature: Feature) -> NDArray[np.float64]:
        """How strong a feature is in each work, 0-1: its share of its layer's length."""
        return self.rows[:, self.relevance.neurons.index((feature.layer, feature.neuron))]


def opened(folder: str | Path) -> Study:
    """The study of a run; responses are kept in ``relevance/`` of its folder, and not measured twice.

    Raises FileNotFoundError, which says what to do, where the run has no network.
    """
    folder = Path(folder)
    cards = sorted((folder / "model").glob("*.json"))
    if not cards:
        raise FileNotFoundError(f"no network in {folder / 'model'}; train it first: make run")
    network = models.load(cards[0].with_suffix(".keras"))
    layers = [layer.name for layer in network.landmarks if layer.map_size is not None]
    data = folder / "data"
    measured = responses.measure(
        network, manifest.read(data), data, [*layers, network.output_layer], folder / "relevance"
    )
    rows, neurons = features.responses_of(measured, layers)
    said = np.array(measured.array(network.output_layer, "maximum"))
    kept = ~np.isnan(said[0])
    predictions = np.where(kept, np.nan_to_num(said).argmax(axis=0), -1)
    held_out = kept & np.array([row["split"] == "val" for row in measured.records])
    relevance = features.relevant(
        rows[kept], neurons, predictions[kept], held_out[kept], network.unit_classes
    )
    return Study(folder, network, measured, rows, predictions, held_out, relevance)
