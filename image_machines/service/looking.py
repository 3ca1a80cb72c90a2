"""Looking: a work in full, the neurons that it excites most, and the works nearest to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from image_machines.attribution import excitement
from image_machines.attribution.excitement import Floats
from image_machines.network.layers import UnknownLayer
from image_machines.network.network import Network
from image_machines.network.responses import Responses

NEURONS, MOST_NEURONS = 6, 50
NEAREST = 6
SAID = {  # of a work: what an answer calls it -> how columns of a catalogue do, the first that says something
    "life": ("born_died",),
    "school": ("school",),
    "period": ("timeframe", "period"),
    "technique": ("technique", "medium"),
    "place": ("location", "museum", "repository"),
    "rights": ("rights", "license", "licence", "credit"),
}
FREE = "painted by the program, free of rights"


def details(record: Mapping[str, str], painted: bool) -> dict[str, str | None]:
    """What the catalogue says of a work beyond artist, title and date."""
    said = {name: next(filter(None, map(record.get, columns)), None) for name, columns in SAID.items()}
    source = record.get("source") or ""
    return said | {
        "rights": said["rights"] or (FREE if painted else None),
        "source": source if source.startswith(("http://", "https://")) else None,
    }


def layers(network: Network, measured: Responses) -> list[str]:
    """The measured layers that stand for all, the last one first: the network's landmarks, or all."""
    known = [layer.name for layer in measured.layers]
    stations = [layer.name for layer in network.landmarks if layer.name in known]
    return (stations or known)[::-1]


def chief(network: Network, measured: Responses) -> str:
    """The layer that likeness is judged by: the last measured one that is a map and says no class."""
    known = {layer.name for layer in measured.layers}
    maps = [
        layer.name
        for layer in network.landmarks
        if layer.map_size and not network.gives_classes(layer) and layer.name in known
    ]
    return maps[-1] if maps else layers(network, measured)[0]


def row_of(measured: Responses, file: str) -> int:
    """The row of a work of the collection; raises UnknownLayer where it was not shown to the network."""
    for index, record in enumerate(measured.records[: measured.done]):
        if record["file"] == file:
            return index
    raise UnknownLayer(f"{file} was not yet shown to {measured.network}; the notebook explain.ipynb does it")


def of_work(
    network: Network, measured: Responses, file: str, layer: str, count: int
) -> tuple[dict[str, Any], Sequence[tuple[str, float]]]:
    """The look of a work of the collection, and its nearest works by file and likeness."""
    row = row_of(measured, file)
    tables = {name: excitement.table_of(measured, name, row) for name in (layer, chief(network, measured))}
    return told(network, measured, tables, layer, count, (row,))


def told(
    network: Network,
    measured: Responses,
    tables: Mapping[str, Floats],
    layer: str,
    count: int,
    without: Sequence[int] = (),
) -> tuple[dict[str, Any], Sequence[tuple[str, float]]]:
    """The look of a picture whose tables are these, of ``layer`` and of the chief one."""
    named = measured.layer(layer)
    excited = excitement.most_excited(measured, layer, tables[layer], count)
    by = chief(network, measured)
    near = excitement.nearest(measured, by, tables[by][0], NEAREST, without)
    look = {
        "model": network.name,
        "layer": layer,
        "layers": layers(network, measured),
        "pictures": measured.done,
        "neurons": [
            {"neuron": each.neuron, "class_name": network.class_name(named, each.neuron)}
            | {"activation": each.maximum, "rank": each.rank, "beyond": each.beyond}
            | {"box": {side: round(share, 5) for side, share in asdict(each.box).items()}}
            for each in excited
        ],
        "likened": by,
    }
    return look, [(measured.records[index]["file"], likeness) for index, likeness in near]
