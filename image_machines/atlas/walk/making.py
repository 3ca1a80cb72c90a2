"""Making the page of an atlas: a run's images, its collection and how its neurons answer, put together."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from image_machines.atlas.maps import layout
from image_machines.atlas.maps.layout import LEAST, Layout, Positions, Projection
from image_machines.atlas.store import Store
from image_machines.atlas.walk import accents, page
from image_machines.atlas.walk.accents import Accent
from image_machines.atlas.walk.answers import Answers, answers
from image_machines.atlas.walk.finished import Finished, Neuron, finished
from image_machines.atlas.walk.order import Order, order
from image_machines.atlas.walk.page import Atlas, State
from image_machines.attribution import basis
from image_machines.attribution.basis import Basis, NoCollection
from image_machines.network.models import open_network
from image_machines.network.network import Network
from image_machines.network.responses import Responses

log = logging.getLogger(__name__)

BY_NUMBER, IN_LAYERS = "By number", "By likeness, in layers"
WHOLE, EARLIER = "By likeness, whole network", "By likeness before fine-tuning"


@dataclass(frozen=True)
class Given:
    """What a page is made of: a ``run`` with a collection, a ``store`` of images, how neurons lie.

    ``more``: other pages beside it, by their title; ``accents``: works of each class to accentuate; ``cell``
    and ``longest``: pixels of an image and of a work on the page; ``address``: where it will be served.
    """

    run: Path
    store: Store
    projection: Projection
    title: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    accents: int = 0
    cell: int = 0
    longest: int = page.LONGEST
    address: str = page.ADDRESS


def make(given: Given, network: Network, before: Network | None, folder: str | Path) -> Path:
    """Write the page of a network's finished images, and of the one that it was ``before``, if any.

    Returns its ``index.html``. What was measured or laid out before is not done again. Raises ValueError
    where there are no images.
    """
    images = finished(given.store, network)
    placed = order(network, list(images.files))
    earlier = finished(given.store, before, images) if before is not None else None
    counterparts = _counterparts(placed, network, before)
    own = _basis(given.run, network, [layer for layer, _, _ in placed.layers])
    answered = answers(own.measured, placed.neurons) if own is not None else None
    past = _past(given.run, _as_large(before, network), counterparts) if own is not None else None
    states = [
        State("After fine-tuning" if before else network.name, _files(images, placed.neurons), answered)
    ]
    if earlier is not None:
        states.append(State("Before fine-tuning", _files(earlier, counterparts), past))
    found = _likeness(given.projection, [each for each in (answered, past) if each], Path(folder))
    layouts = _layouts(placed, found)
    return page.write(
        Atlas(
            given.title or f"The neurons of {network.name}",
            about(network, images, found, own),
            placed,
            states,
            layouts,
            (BY_NUMBER, IN_LAYERS),
            _speaks(own, placed.neurons),
            own.measured.records if own is not None else (),
            own.measured.pictures if own is not None else Path(),
            more=given.more,
            accents=_accents(given, network, own, Path(folder)),
            cell=given.cell,
            longest=given.longest,
        ),
        folder,
        given.address,
    )


def opened(store: Store, models: Sequence[str | Path]) -> tuple[Network, Network | None]:
    """The networks of a page: that named first, and that named second, or what the first was before.

    None where neither is named or has images.
    """
    network = open_network(models[0])
    if len(models) > 1:
        return network, open_network(models[1])
    if network.architecture and store.select(0, 1, model=network.architecture)[1]:
        return network, open_network(network.architecture)
    return network, None


def about(network: Network, images: Finished, found: Layout | None, own: Basis | None) -> str:
    """How the atlas came about, and how to read it, in sentences."""
    told = [
        f"Each picture is what one neuron of {network.name} looks for: an image that was changed step by "
        f"step until the neuron responded strongly ({images}). It is an image of what the machine takes "
        "something to be, and no proof that the neuron is for what one sees in it.",
        "The first layers, above, see a few pixels; the last the whole picture.",
    ]
    if own is not None:
        told.append(
            f"The collection has {own.measured.done:,} works. A neuron speaks for a class if the network's "
            f"verdict can be told by it: {own.sentence}. Periods and schools are those whose works it "
            "answers more than chance allows, among works of the same class."
        )
    if found is not None:
        projection = found.card["projection"]
        told.append(
            "By likeness, neurons lie near to those that the same works excite (UMAP with "
            f"{projection['neighbours']} neighbours, seed {projection['seed']}; {found.trustworthiness:.2f} "
            "trustworthy, where 1 is perfect and chance gives about 0.5)."
        )
    return " ".join(told)


def _counterparts(placed: Order, network: Network, before: Network | None) -> list[Neuron]:
    """Each neuron in the network before: the same, but for classes and layers that it had otherwise."""
    if before is None:
        return [("", number) for _, number in placed.neurons]
    same = {
        layer
        for layer, _, _ in placed.layers
        if (found := before.layers.get(layer.casefold())) is not None
        and found.width == network.find(layer).width
        and not network.gives_classes(network.find(layer))
    }
    return [(layer if layer in same else "", number) for layer, number in placed.neurons]


def _files(images: Finished, neurons: Sequence[Neuron]) -> list[Path | None]:
    return [images.files.get(neuron) for neuron in neurons]


def _basis(run: Path, network: Network, layers: Sequence[str]) -> Basis | None:
    """How the network answers the run's collection; None where there is none."""
    try:
        measured = basis.measured(network, run, log.info, layers)
    except NoCollection as error:
        log.warning("The page shows images alone: %s", error)
        return None
    return basis.of_responses(network, measured)


def _accents(given: Given, network: Network, own: Basis | None, folder: Path) -> list[Accent]:
    """The works of each class accentuated, as many as are asked for."""
    if own is None or not given.accents:
        return []
    works = accents.chosen(network, own.measured, given.accents)
    return accents.accents(network, works, own.measured.pictures, folder)


def _as_large(before: Network | None, network: Network) -> Network | None:
    """The network before, shown works as large as the network is: else sizes were compared, not networks."""
    if before is None or before.size == network.size:
        return before
    return replace(before, size=network.size, name=f"{before.name}-{network.size}px")


def _past(run: Path, before: Network | None, counterparts: Sequence[Neuron]) -> Answers | None:
    """How the network before answers the same works."""
    if before is None:
        return None
    layers = list(dict.fromkeys(layer for layer, _ in counterparts if layer))
    measured: Responses = basis.measured(before, run, log.info, layers)
    return answers(measured, counterparts)


def _likeness(projection: Projection, states: Sequence[Answers], folder: Path) -> Layout | None:
    """Where neurons lie by the works that excite them, those of all states in one plane, one after the other.

    None for too few. A neuron that answers all works alike has no place.
    """
    if not states:
        return None
    means = np.concatenate([state.means for state in states])
    readable = ~np.isnan(means[~np.isnan(means).all(axis=1)]).any(axis=0)
    rows = means[:, readable].copy()
    rows[~(np.ptp(rows, axis=1) > 0)] = np.nan
    if (~np.isnan(rows).any(axis=1)).sum() < LEAST:
        log.warning("Too few neurons to lay them out by likeness: at least %d are needed", LEAST)
        return None
    return layout.lay_out(rows, projection, folder / "layout.json", {"rows": "neurons, by their answers"})


def _layouts(placed: Order, found: Layout | None) -> Mapping[str, Positions]:
    layouts = {BY_NUMBER: placed.by_number}
    if found is None:
        return layouts
    count = len(placed.neurons)
    after, before = found.positions[:count], found.positions[count:]
    layouts |= {IN_LAYERS: placed.by_likeness(after), WHOLE: _with_silent(after)}
    return layouts | ({EARLIER: _with_silent(before)} if len(before) else {})


def _with_silent(positions: Positions) -> Positions:
    """The positions, those that have none in a row below the others."""
    silent = np.isnan(positions).any(axis=1)
    low, high = np.nanmin(positions, axis=0), np.nanmax(positions, axis=0)
    placed = positions.copy()
    placed[silent, 0] = np.linspace(low[0], high[0], int(silent.sum()))
    placed[silent, 1] = high[1] + 0.05 * (high[1] - low[1])
    return placed


def _speaks(own: Basis | None, neurons: Sequence[Neuron]) -> list[list[str]]:
    """The classes that each neuron speaks for."""
    if own is None:
        return [[] for _ in neurons]
    relevance = own.relevance
    column = {neuron: number for number, neuron in enumerate(relevance.neurons)}
    found = []
    for neuron in neurons:
        weights = (
            relevance.weights[:, column[neuron]] if neuron in column else np.zeros(len(relevance.classes))
        )
        found.append([name for name, weight in zip(relevance.classes, weights, strict=True) if weight > 0])
    return found
