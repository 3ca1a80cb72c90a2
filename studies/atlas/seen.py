"""What a network sees in real works, before fine-tuning and after: activation atlases of two of its layers.

    python -m studies.atlas.seen --data RUN/data --model RUN/model/NAME.keras --weights FILE.weights.h5

``--weights`` are those that the network began with. The pages open from disk, in ``runs/studies/atlas/seen``.
Deep layers need larger images to show a form. Writes ``figures/seen-LAYER.jpg``, after fine-tuning and, where
it changed anything, before; and ``results/seen.json``. What is drawn stays.
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path

import numpy as np
from PIL import Image

from image_machines import files, images
from image_machines.atlas.activation import cells, drawing, making
from image_machines.atlas.activation.making import Wish
from image_machines.atlas.activation.positions import drawn
from image_machines.atlas.maps.pyramid import GROUND
from image_machines.images import Picture
from image_machines.network import models, scoring
from image_machines.network.network import Network
from image_machines.notebooks.chapters import ROOT
from studies.atlas import FIGURES, RESULTS
from studies.common.pages import Tables, markdown
from studies.common.results import Row, rounded

FOLDER = ROOT / "runs" / "studies" / "atlas" / "seen"
FILE = RESULTS / "seen.json"
LAYERS = {"mixed5": 96, "mixed8": 192}  # pixels of a cell's image
GAP, SIDE = 24, 1152  # pixels between both networks' images, and of the longer side of one's
SAME = 0.999  # cosine of directions that are the same


def main() -> None:
    """Make the page of each layer, keep its picture and its numbers."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of a run's works")
    parser.add_argument("--model", type=Path, required=True, help="the fine-tuned network")
    parser.add_argument("--weights", default="imagenet", help="what it began with (default: imagenet)")
    parser.add_argument("--layers", nargs="*", default=list(LAYERS), choices=LAYERS)
    parser.add_argument("--out", type=Path, default=FOLDER)
    given = parser.parse_args()
    network = models.load(given.model)
    before = models.build(network.architecture, given.weights)
    rows: list[Row] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    for layer in given.layers:
        settings = drawing.settings_for(network, LAYERS[layer])
        wish, folder = Wish(given.data, layer, settings=settings), given.out / layer
        row = {"layer": layer, "size": LAYERS[layer]} | measured(wish, network, before, folder)
        making.make(wish, network, before, folder)
        images.save(FIGURES / f"seen-{layer}.jpg", shown(folder, min(row["cosine"]) < SAME), quality=70)
        rows = [each for each in rows if each["layer"] != layer] + [row]
        files.write_json(FILE, rows)


def measured(wish: Wish, network: Network, before: Network, folder: Path) -> Row:
    """How many places and cells there are, and how far fine-tuning turned the direction of each cell."""
    paths = [wish.data / record["file"] for record in scoring.read_records(wish.data)]
    own = drawn(network, wish.layer, paths, wish.each, wish.seed)
    past = drawn(before, wish.layer, paths, wish.each, wish.seed, own.size)
    found, laid_out = making.laid(own, wish, folder)
    cosines = np.sum(cells.directions(own, found) * cells.directions(past, found), axis=1)
    return {
        "works": len(set(own.works.tolist())),
        "places": len(own.works),
        "cells": len(found),
        "trustworthiness": rounded(laid_out.trustworthiness),
        "cosine": [rounded(each) for each in np.quantile(cosines, [0.1, 0.5, 0.9])],
    }


def shown(folder: Path, changed: bool) -> Picture:
    """The images after fine-tuning, and on their right, if it changed anything, those from before."""
    after, before = (smaller(images.read(folder / f"{name}.jpg")) for name in ("after", "before"))
    if not changed:
        return after
    gap = np.full((after.shape[0], GAP, 3), GROUND, np.uint8)
    return np.concatenate([after, gap, before], axis=1)


def smaller(picture: Picture) -> Picture:
    """A picture of all cells, its longer side at most `SIDE` pixels."""
    small = Image.fromarray(picture)
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return np.asarray(small)


def table() -> str:
    """A row for each layer."""
    rows = [
        [
            each["layer"],
            f"{each['places']:,} places of {each['works']:,} works",
            str(each["cells"]),
            f"{each['trustworthiness']:.2f}",
            "{:.2f} ({:.2f} to {:.2f})".format(*(each["cosine"][place] for place in (1, 0, 2))),
        ]
        for each in json.loads(FILE.read_text(encoding="utf-8"))
    ]
    return markdown(
        ["layer", "noted", "cells", "the layout's trustworthiness", "cosine of a cell's direction, before"],
        rows,
    )


TABLES: Tables = {"seen": table}


if __name__ == "__main__":
    main()
