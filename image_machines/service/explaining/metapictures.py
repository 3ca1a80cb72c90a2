"""A neuron's sheet for the page: how much of each picture is the method's, against the works of a run."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import images
from image_machines.images import Picture
from image_machines.network import scoring
from image_machines.network.network import Network
from image_machines.vision.metapictures import sheet, spectrum
from image_machines.vision.metapictures.methods import SIDE, methods
from image_machines.vision.metapictures.sheet import Sheets

MOST_WORKS = 300  # that pictures are compared with
FOLDER = "metapictures/page"  # of a run


def sheets_of(network: Network, run: Path | None) -> Sheets:
    """The sheets of a network's neurons; ValueError where there are no works to compare pictures with."""
    if run is None or not (run / "data").is_dir():
        raise ValueError("there is no collection beside this service, with whose works pictures are compared")
    return Sheets(network, spectrum.of_works(_works(run / "data"), SIDE), run / FOLDER, methods())


def _works(data: Path) -> Iterator[Picture]:
    """Works of a collection, drawn by chance, the same each time."""
    records = scoring.read_records(data)
    for index in np.random.default_rng(0).permutation(len(records))[:MOST_WORKS]:
        yield images.read(data / records[int(index)]["file"])


def told(sheets: Sheets, layer: str, neuron: int, method: str) -> dict[str, Any]:
    """What is answered of a picture; it is drawn unless it was before."""
    drawn = sheets.drawn(layer, neuron, method)
    png = base64.b64encode(Path(drawn.picture).read_bytes()).decode()
    return {
        "model": sheets.network.name,
        "layer": layer,
        "neuron": neuron,
        "method": method,
        "methods": sheet.compared(sheets.network, layer, sheets.ways),
        "picture": f"data:image/png;base64,{png}",
        "gradients": drawn.gradients,
        "excites": sheets.excites(layer, neuron, drawn),
        "forms": drawn.spectrum,
        "smoothness": drawn.variation,
    }
