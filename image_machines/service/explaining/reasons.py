"""Reasons: what is computed of works and neurons, as plain values that another process can read."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from image_machines import decoding, images
from image_machines.atlas.cards import PREFIX
from image_machines.attribution import averages, distribution, explanation, features, heatmaps, targets
from image_machines.attribution.basis import Basis, NoCollection, Say, basis
from image_machines.attribution.features import Feature, Relevance
from image_machines.attribution.heatmaps import Heat
from image_machines.decoding import Conditions, UnreadablePicture
from image_machines.images import Picture
from image_machines.network import models
from image_machines.network.network import Network
from image_machines.network.semantic import head
from image_machines.network.semantic.head import SemanticNetwork
from image_machines.network.tables import of_picture
from image_machines.service import looking
from image_machines.service.explaining import mapping, metapictures, semantic
from image_machines.vision.metapictures.sheet import Sheets

MEGAPIXELS = 60.0  # of a picture that somebody sends
HEAT_SIDE = 320  # pixels of the longer side
CHANCES = 5  # classes whose probability is told

Silent = Sequence[tuple[str, int]]


class Reasons:
    """Answers questions about works; networks and their features are opened and found once.

    ``run`` is the folder of a run: its works lie in ``data``, responses in ``responses``. Averages are
    kept below ``kept``. ``pixels`` and ``classes`` are for networks that do not say them themselves.
    """

    def __init__(
        self,
        say: Say,
        run: str | None,
        kept: str,
        pixels: str | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        self.say, self.kept, self.told = say, Path(kept), (pixels, classes)
        self.run = Path(run) if run is not None else None
        self._networks: dict[str, Network] = {}
        self._bases: dict[str, Basis] = {}
        self._semantic: dict[str, SemanticNetwork] = {}
        self._sheets: dict[str, Sheets] = {}

    def explanation(self, source: str, picture: bytes | str, features: int) -> dict[str, Any]:
        """Why a network says of a picture what it says."""
        network, shown = self._network(source), read(picture)
        verdict = _verdict(network, explanation.without(network, shown, []))
        heat = heatmaps.heatmap(network, shown, targets.of_class(network, verdict["class_name"]))
        relevance, sentence = self._relevance(source)
        supports = (
            () if relevance is None else explanation.explain(network, shown, relevance, features).supports
        )
        told = [
            {
                "layer": each.feature.layer,
                "neuron": each.feature.neuron,
                "weight": each.feature.weight,
                "response": min(each.contribution / each.feature.weight, 1.0),
                "contribution": each.contribution,
                "heat": drawn(each.heat),
            }
            for each in supports
        ]
        return verdict | {"heat": drawn(heat), "supports": told, "silent": [], "basis": sentence}

    def verdict(self, source: str, picture: bytes | str, silent: Silent) -> dict[str, Any]:
        """What a network says of a picture when these neurons are silent."""
        network = self._network(source)
        chosen = [Feature(layer, neuron, 0.0) for layer, neuron in silent]
        chances = explanation.without(network, read(picture), chosen)
        said = {"heat": None, "supports": [], "silent": [str(each) for each in chosen], "basis": ""}
        return _verdict(network, chances) | said

    def look(self, source: str, picture: bytes, layer: str, count: int) -> tuple[dict[str, Any], Any]:
        """The neurons of a layer that a picture excites most, and its nearest works by file and likeness."""
        network, measured = self._network(source), self._basis(source).measured
        chosen = measured.layer(layer or looking.chief(network, measured)).name
        names = list(dict.fromkeys([chosen, looking.chief(network, measured)]))
        tables = of_picture(network, names, read(picture, (measured.size, measured.size)))
        return looking.told(network, measured, dict(zip(names, tables, strict=True)), chosen, count)

    def map(self, source: str, beside: str) -> dict[str, Any]:
        """Make the map of the collection as a network sees it, in a folder beside the images."""
        measured = self._basis(source).measured
        assert self.run is not None  # or nothing was measured
        self.say("The works are being laid out by what the network sees in them; that takes a minute or more")
        return mapping.made(self._network(source), measured, self.run, Path(beside), self.kept)

    def account(self, source: str, layer: str, neuron: int) -> dict[str, Any]:
        """What a neuron counts for, looks like on average, and where in the catalogue it is at home."""
        network, found = self._network(source), self._basis(source)
        measured = found.measured
        known = measured.layer(layer)
        strength = _strength(found, known.name, neuron)
        records = measured.records[: len(strength)]
        groups = distribution.groups(
            strength, records, within=[record.get("class", "") for record in records]
        )
        works = min(int((~np.isnan(strength)).sum()), averages.WORKS)
        return {
            "model": network.name,
            "layer": known.name,
            "neuron": neuron,
            "classes": _spoken(found, known.name, neuron),
            "basis": found.sentence,
            "average": self._average(found, known.name, neuron),
            "averaged": works,
            "distribution": distribution.sentence(groups),
            "groups": [asdict(group) | {"stands": group.stands, "says": str(group)} for group in groups],
        }

    def attributes(self, file: str, picture: bytes | str, score: str) -> dict[str, Any]:
        """How a semantic network scores a picture."""
        if file not in self._semantic:
            self._semantic[file] = head.load(file)
        return semantic.told(self._semantic[file], read(picture), score)

    def metapicture(self, source: str, layer: str, neuron: int, method: str) -> dict[str, Any]:
        """A neuron's picture by a method, and how much of it is the method's."""
        if source not in self._sheets:
            self.say("The works are being looked at")
            self._sheets[source] = metapictures.sheets_of(self._opened(source), self.run)
        return metapictures.told(self._sheets[source], layer, neuron, method)

    def _network(self, source: str) -> Network:
        """A network that tells several classes apart, with names for them."""
        network = self._opened(source)
        if network.answer is None or network.answer.units < 2:
            raise ValueError(f"{network.name} does not tell several classes apart: nothing to explain")
        if not network.classes:
            numbered = tuple(f"class {number}" for number in range(network.answer.units))
            network = self._networks[source] = replace(network, classes=numbered)
        return network

    def _opened(self, source: str) -> Network:
        if source not in self._networks:
            self._networks[source] = models.open_network(source, *self.told)
        return self._networks[source]

    def _relevance(self, source: str) -> tuple[Relevance | None, str]:
        """The features of a network's classes, None where there are none, and a sentence about them."""
        try:
            found = self._basis(source)
        except NoCollection as error:
            return None, str(error)
        return found.relevance if found.relevance.weights.any() else None, found.sentence

    def _basis(self, source: str) -> Basis:
        if source not in self._bases:
            self._bases[source] = basis(self._network(source), self.run, self.say)
        return self._bases[source]

    def _average(self, found: Basis, layer: str, neuron: int) -> str:
        """The path of a neuron's average; what is there is not made again."""
        measured = found.measured
        key = json.dumps([measured.fingerprint, str(measured.folder), measured.done, layer, neuron])
        name = f"works/average-{hashlib.sha256(key.encode()).hexdigest()[:16]}.jpg"
        if not (self.kept / name).is_file():
            images.save(self.kept / name, averages.average(measured, layer, neuron))
        return f"{PREFIX}/{name}"


def read(picture: bytes | str, size: tuple[int, int] | None = None) -> Picture:
    """A picture from a file, or from the bytes of one; raises ValueError where it is none, or too large.

    It is resized to ``size`` (height, width) where that is given.
    """
    if isinstance(picture, str):
        return images.read(picture, size)
    try:
        return np.asarray(decoding.decode(io.BytesIO(picture), size, Conditions(megapixels=MEGAPIXELS)))
    except UnreadablePicture as error:
        if error.is_whole:
            reason = error.reason.partition("; set megapixels")[0]
            raise ValueError(f"this picture is of no use here: {reason}") from None
        raise ValueError(f"this is no picture that can be read: {error.reason}") from None


def drawn(heat: Heat) -> str:
    """Heat (H, W), 0-1, as a small grey PNG in a data: URL; its largest value is white."""
    small = Image.fromarray(heat.astype(np.float32))
    if max(small.size) > HEAT_SIDE:
        small.thumbnail((HEAT_SIDE, HEAT_SIDE), Image.Resampling.BOX)
    values = np.asarray(small)
    values = values / max(float(values.max()), 1e-12)
    file = io.BytesIO()
    Image.fromarray((values * 255).round().astype(np.uint8)).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _verdict(network: Network, chances: dict[str, float]) -> dict[str, Any]:
    """The most probable classes."""
    order = sorted(chances.items(), key=lambda pair: -pair[1])[:CHANCES]
    name, probability = order[0]
    told = [{"name": each, "probability": min(chance, 1.0)} for each, chance in order]
    return {
        "model": network.name,
        "class_name": name,
        "probability": min(probability, 1.0),
        "chances": told,
    }


def _strength(found: Basis, layer: str, neuron: int) -> np.ndarray:
    """How strong a neuron is in each work: its share of its layer's length."""
    rows, _ = features.responses_of(found.measured, [layer])
    return rows[:, neuron]


def _spoken(found: Basis, layer: str, neuron: int) -> list[dict[str, Any]]:
    """The classes that a neuron speaks for, and against, the most first."""
    relevance = found.relevance
    if (layer, neuron) not in relevance.neurons:
        return []
    own = relevance.weights[:, relevance.neurons.index((layer, neuron))]
    told = [
        {
            "name": relevance.classes[number],
            "weight": float(own[number]),
            "rank": int((relevance.weights[number] > own[number]).sum()) + 1 if own[number] > 0 else None,
            "features": int((relevance.weights[number] > 0).sum()),
        }
        for number in map(int, np.flatnonzero(own))
    ]
    return sorted(told, key=lambda each: -float(each["weight"]))
