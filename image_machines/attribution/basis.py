"""The basis of explanations: how a network's neurons answer the collection, and which its classes go by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from image_machines import names
from image_machines.attribution import features
from image_machines.attribution.features import Relevance
from image_machines.network import responses, scoring
from image_machines.network.network import Network
from image_machines.network.responses import Responses

OFTEN = 8  # works of which a network must say a class, or its features are left open
HELD_OUT = 4  # of so many works one is held out, where the collection itself has held none out
Say = Callable[[str], None]


class NoCollection(ValueError):
    """There are no works to find features by."""

    def __init__(self) -> None:
        super().__init__("there is no collection to explain by: `make run` makes one")


@dataclass(frozen=True, eq=False)
class Basis:
    """What explanations of a network rest on: responses, the features of its classes, and a sentence."""

    measured: Responses
    relevance: Relevance
    sentence: str


def basis(network: Network, run: Path | None, say: Say) -> Basis:
    """The relevant features of a network's classes, by the works in a run's folder.

    ``say`` is told when the collection has to be shown to the network first. Raises NoCollection.
    """
    if run is None:
        raise NoCollection
    found = measured(network, run, say)
    return of_responses(network, found)


def of_responses(network: Network, measured: Responses) -> Basis:
    """As `basis`, of responses that are at hand, those of the output among them."""
    layers = _layers(network, measured)
    rows, neurons = features.responses_of(measured, layers)
    said = np.array(measured.array(network.output_layer, "maximum"))
    readable = ~np.isnan(said[0])
    predictions = np.where(readable, np.nan_to_num(said).argmax(axis=0), -1)
    counts = Counter(int(each) for each in predictions[readable])
    often = sorted(number for number, count in counts.items() if count >= OFTEN)
    chosen = np.isin(predictions, often)
    held_out = _held_out(measured.records, chosen)
    if len(often) < 2 or not 0 < held_out.sum() < chosen.sum():
        empty = Relevance(
            network.unit_classes, neurons, np.zeros((len(network.unit_classes), len(neurons))), 0.0, ()
        )
        return Basis(measured, empty, _too_few(network, len(often), int(readable.sum())))
    found = features.relevant(
        rows[chosen],
        neurons,
        np.searchsorted(often, predictions[chosen]),
        held_out[chosen],
        [network.unit_classes[number] for number in often],
    )
    return Basis(measured, _for_all(network, found, often), _sentence(found, int(held_out.sum())))


def measured(network: Network, run: Path, say: Say, layers: Sequence[str] = ()) -> Responses:
    """The responses of a network's chief layers, and of these, to a run's works; measured where they are not.

    Raises NoCollection.
    """
    wanted = list(dict.fromkeys([*_stations(network), *layers, network.output_layer]))
    for record in sorted((run / "responses").glob(f"**/{responses.RECORD}")):
        found = responses.load(record.parent)
        if (found.fingerprint, found.size) == (network.fingerprint, network.size) and _has(found, wanted):
            return found
    try:
        records = scoring.read_records(run / "data")
    except (OSError, ValueError):
        raise NoCollection from None
    say(
        f"{network.name} is shown the {len(records):,} works of the collection, once; that takes a minute "
        "or more"
    )
    folder = run / "responses" / names.safe_name(network.name, url=True)
    return responses.measure(network, records, run / "data", wanted, folder)


def _has(found: Responses, wanted: Sequence[str]) -> bool:
    """Whether responses are whole, and of these layers."""
    known = {layer.name for layer in found.layers}
    if found.done < len(found.records) or not known.issuperset(wanted):
        return False
    try:
        for layer in wanted:
            found.array(layer, "norm")
    except FileNotFoundError:
        return False
    return True


def _stations(network: Network) -> list[str]:
    return [layer.name for layer in network.stations]


def _layers(network: Network, measured: Responses) -> list[str]:
    known = {layer.name for layer in measured.layers}
    return [name for name in _stations(network) if name in known]


def _held_out(records: Sequence[Mapping[str, str]], chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The works that features are not chosen on: those not learned from, or each fourth."""
    split = [record.get("split") == "val" for record in records[: len(chosen)]]
    own = chosen & np.array(split, np.bool_)
    return own if 0 < own.sum() < chosen.sum() else chosen & (np.arange(len(chosen)) % HELD_OUT == 0)


def _for_all(network: Network, found: Relevance, often: Sequence[int]) -> Relevance:
    """The same for all classes of the network: no features of those that it named too seldom."""
    weights = np.zeros((len(network.unit_classes), found.weights.shape[1]))
    weights[list(often)] = found.weights
    return Relevance(network.unit_classes, found.neurons, weights, found.mu, found.curve)


def _sentence(found: Relevance, held_out: int) -> str:
    point = next(point for point in found.curve if point.mu == found.mu)
    count = int((found.weights != 0).any(axis=0).sum())
    return (
        f"{count} of {len(found.neurons):,} neurons are enough to name {point.accuracy:.0%} of {held_out:,} "
        "works held out as the network does"
    )


def _too_few(network: Network, often: int, works: int) -> str:
    return (
        f"of the {works:,} works of the collection {network.name} names fewer than two classes {OFTEN} times "
        f"({often}), so nothing tells which neurons its classes go by"
    )
