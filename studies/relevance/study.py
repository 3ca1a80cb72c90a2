"""What the study looks at: a run's network and works, the responses, the relevant features of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from studies.common.runs import network_file


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """A network, the works it was shown, and the features that its classes go by.

    ``rows`` (works, neurons) are the responses, ``predictions`` (works,) the classes it named, by number;
    ``held_out`` (works,) those that the features were not chosen on. ``told``: the works' records, where
    another catalogue tells more of them than their own.
    """

    folder: Path
    network: Network
    measured: Responses
    rows: NDArray[np.float64]
    predictions: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    relevance: Relevance
    told: tuple[Mapping[str, str], ...] = ()

    def __repr__(self) -> str:
        neurons = len(self.relevance.neurons)
        return f"{self.network.name}, {len(self.rows)} works, {neurons} neurons in {len(self.layers)} layers"

    @property
    def records(self) -> Sequence[Mapping[str, str]]:
        """What is known of the works."""
        return self.told or self.measured.records

    @cached_property
    def layers(self) -> list[str]:
        """The layers whose neurons may be features."""
        return list(dict.fromkeys(layer for layer, _ in self.relevance.neurons))

    @cached_property
    def learned_from(self) -> list[int]:
        """The works that the features were chosen on."""
        return [int(work) for work in np.flatnonzero(~self.held_out & (self.predictions >= 0))]

    def sees(self, feature: Feature) -> int:
        """How many pixels of a picture a feature looks at from one place, along either side."""
        field = self.network.find(feature.layer).receptive_field or self.network.size
        return int(min(field, self.network.size))

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


def opened(folder: str | Path, network: str | Path | None = None) -> Study:
    """The study of a run; responses are kept in ``relevance/`` of its folder, and not measured twice.

    ``network`` is the file of another network than the run's. Raises FileNotFoundError, which says what to
    do, where the run has none.
    """
    folder = Path(folder).resolve()  # responses know their pictures by their path
    loaded = models.load(network or network_file(folder))
    records = manifest.read(folder / "data")
    held_out = np.array([row["split"] == "val" for row in records])
    return learned(folder, folder / "data", loaded, records, held_out)


def learned(
    folder: Path,
    data: Path,
    network: Network,
    records: Sequence[Mapping[str, str]],
    held_out: NDArray[np.bool_],
) -> Study:
    """The features of a network's classes, chosen on those pictures of ``data`` that are not held out."""
    layers = [layer.name for layer in network.stations]
    measured = responses.measure(
        network, records, data, [*layers, network.output_layer], folder / "relevance"
    )
    rows, neurons = features.responses_of(measured, layers)
    said = np.array(measured.array(network.output_layer, "maximum"))
    kept = ~np.isnan(said[0])
    predictions = np.where(kept, np.nan_to_num(said).argmax(axis=0), -1)
    relevance = features.relevant(
        rows[kept], neurons, predictions[kept], held_out[kept], network.unit_classes
    )
    return Study(folder, network, measured, rows, predictions, kept & held_out, relevance)
