"""Making a map: pictures, a network, and what it sees in them, put together to a page."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from image_machines.atlas.maps import clusters, layout, page
from image_machines.atlas.maps.gathering import Gathered
from image_machines.atlas.maps.layout import Projection
from image_machines.atlas.maps.page import Map, Seen
from image_machines.atlas.measuring import Measuring
from image_machines.atlas.store import Store
from image_machines.attribution.excitement import pooled
from image_machines.names import few
from image_machines.network import responses, tables
from image_machines.network.layers import UnknownLayer
from image_machines.network.network import Network
from image_machines.network.responses import Responses

log = logging.getLogger(__name__)


def make(
    network: Network,
    gathered: Gathered,
    folder: str | Path,
    title: str,
    layer: str = "",
    projection: Projection | None = None,
    known: str | Path | None = None,
    finished: str | Path | None = None,
    workers: Measuring | None = None,
) -> Path:
    """Write the map of the pictures as the network sees them into ``folder``; returns its ``index.html``.

    ``layer`` is by default the last one with a map. Responses that lie in ``known`` already are not measured
    again; ``finished`` is a folder of finished images, for those of the classes. ``workers`` of a cluster
    measure and lay out in this process's place. Raises ValueError for too few pictures, UnknownLayer for a
    layer that there is not.
    """
    folder = Path(folder)
    chosen = network.layer(layer).name if layer else last_map(network)
    features = _features(network, gathered, chosen, folder / "responses", known, workers)
    of = {"network": network.name, "fingerprint": network.fingerprint, "layer": chosen}
    found = layout.lay_out(
        features, projection, folder / "layout.json", of, workers.project if workers else layout.projected
    )
    groups = clusters.named(clusters.density(found.positions), gathered.records)
    unread = [gathered.records[int(index)]["file"] for index in np.flatnonzero(np.isnan(features[:, 0]))]
    if unread:
        log.warning("not on the map, for they cannot be read: %d (%s)", len(unread), few(unread))
    judged = with_verdicts(network, gathered, known)
    return page.write(
        Map(title, about(network, chosen, found, len(groups)), judged, found.positions, groups,
            class_images(network, finished)),
        folder,
    )  # fmt: skip


def about(network: Network, layer: str, found: layout.Layout, groups: int) -> str:
    """How the map came about, in sentences."""
    pictures, projection = found.card["pictures"] - found.card["left_out"], found.card["projection"]
    how = f"layer {layer}, UMAP with {projection['neighbours']} neighbours, seed {projection['seed']}"
    return (
        f"{pictures:,} pictures lie near to those in which {network.name} sees the same ({how}). Distances "
        f"across the map mean little, neighbourhoods much: they are {found.trustworthiness:.2f} trustworthy, "
        f"where 1 is perfect and chance gives about 0.5. {groups} dense places; what a name says of one is "
        "shared by more of its works than chance allows."
    )


def last_map(network: Network) -> str:
    """The last layer that is a map, what the network sees before it says a class; raises UnknownLayer."""
    maps = [layer.name for layer in network.landmarks if layer.map_size and not network.gives_classes(layer)]
    if not maps:
        raise UnknownLayer(f"{network.name} has no layer with a map; name a layer")
    return maps[-1]


def with_verdicts(network: Network, gathered: Gathered, known: str | Path | None) -> Gathered:
    """The pictures, each with the class that the network names, where its answers were measured."""
    measured = _known(network, gathered, known)
    if measured is None or network.output_layer not in [layer.name for layer in measured.layers]:
        return gathered
    answers = np.array(measured.array(network.output_layer, "maximum"))
    place = {record["file"]: index for index, record in enumerate(measured.records[: measured.done])}
    names = network.unit_classes
    if not 2 <= len(names) == len(answers) or not all(record["file"] in place for record in gathered.records):
        return gathered
    own = [answers[:, place[record["file"]]] for record in gathered.records]
    told = ["" if np.isnan(row).any() else names[int(row.argmax())] for row in own]
    rows = [{**record, page.VERDICT: said} for record, said in zip(gathered.records, told, strict=True)]
    return Gathered(gathered.folder, rows)


def class_images(network: Network, finished: str | Path | None) -> list[Seen]:
    """The largest finished image of each of the network's classes; none where there are none."""
    if finished is None or not Path(finished).is_dir():
        return []
    store = Store(finished)
    entries, _ = store.select(0, len(store), model=network.name)
    best: dict[str, dict[str, object]] = {}
    for entry in entries:
        name = entry["class_name"]
        if name and entry["control"] is None and entry["size"] > (best.get(name) or {"size": 0})["size"]:
            best[name] = entry
    return [
        Seen(name, store.file(str(best[name]["image"])), str(best[name]["title"])) for name in sorted(best)
    ]


def _features(
    network: Network,
    gathered: Gathered,
    layer: str,
    folder: Path,
    known: str | Path | None,
    workers: Measuring | None = None,
) -> NDArray[np.float32]:
    """The layer's responses to the pictures, read where they were measured, measured otherwise."""
    wanted = [record["file"] for record in gathered.records]
    found = _known(network, gathered, known)
    if found is not None and layer in [each.name for each in found.layers]:
        place = {record["file"]: index for index, record in enumerate(found.records[: found.done])}
        if all(file in place for file in wanted):
            return pooled(found, layer)[[place[file] for file in wanted]]
    rows = workers.rows if workers else tables.rows
    measured = responses.measure(network, gathered.records, gathered.folder, [layer], folder, rows=rows)
    return pooled(measured, layer)


def _known(network: Network, gathered: Gathered, folder: str | Path | None) -> Responses | None:
    """What was measured of the network and these pictures already, None where nothing was."""
    if folder is None or not (Path(folder) / responses.RECORD).is_file():
        return None
    found = responses.load(folder)
    same = found.pictures.resolve() == gathered.folder.resolve()
    return found if same and found.fingerprint == network.fingerprint else None
