"""The study of ``RESULTS.md``; pictures that are there already are not made again.

    python -m studies.metapictures --collection runs/demo/data
    python -m studies.metapictures --collection runs/paintings/data --judges MobileNetV2=FILE

``--generator`` is one that `studies.metapictures.generator` trained; ``--judges`` are networks that know the
same 1,000 classes, each with its file of weights; without a file its ImageNet weights are fetched.
``make report`` writes the tables.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from image_machines import files, images
from image_machines.names import safe_name
from image_machines.network import models
from image_machines.network.network import Network
from image_machines.vision.metapictures.methods import SIDE, methods
from studies.common.results import Row
from studies.metapictures import FIGURES, RESULTS, showing
from studies.metapictures.classes import SHOWN, imagenet
from studies.metapictures.study import FOLDER, NETWORK, dead, last_map, neurons, works
from studies.metapictures.tradeoff import measure, picture_file, reader

CLASSES = FIGURES / "classes.jpg"

log = logging.getLogger("image_machines.studies")


def main() -> None:
    """Draw and measure what is missing, then write the rows and the figures."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(
        prog="python -m studies.metapictures", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--collection", type=Path, required=True, help="the data of a finished run")
    parser.add_argument("--judges", nargs="*", default=[], metavar="NETWORK=FILE")
    parser.add_argument("--generator", type=Path, help="one more method: a natural image prior, in its file")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pictures are kept")
    given = parser.parse_args()
    network = models.build(NETWORK, include_top=True)
    judges = [imagenet(each) for each in given.judges]
    shown = works(given.collection)
    eye = judges[0] if judges else network
    units = neurons(network)
    against = reader(shown, eye, last_map(eye), SIDE, judges)
    rows = measure(network, units, against, given.folder, methods(generator=given.generator))
    unread = dead(units, {(row["layer"], row["neuron"]) for row in rows})
    told = {"network": network.fingerprint, "works": len(shown), "eye": eye.name, "dead": unread}
    files.write_json(RESULTS / "curve.json", {**told, "rows": rows})
    draw(network, rows, given.folder)
    if judges and not CLASSES.is_file():
        showing.classes(judges[0]).savefig(CLASSES, dpi=110)


def draw(network: Network, rows: list[Row], folder: Path) -> None:
    """The sheets of the paper's classes, and the curve."""
    FIGURES.mkdir(exist_ok=True)
    layer = network.output_layer
    for number in SHOWN:
        own = [row for row in rows if (row["layer"], row["neuron"]) == (layer, number)]
        files_of = (picture_file(folder, network, layer, number, row["method"], 0) for row in own)
        pictures = [images.read(file) for file in files_of]
        showing.sheet(pictures, own).savefig(
            FIGURES / f"{safe_name(network.classes[number], url=True)}.jpg", dpi=110
        )
    showing.curve(rows).savefig(FIGURES / "curve.png", dpi=130)


if __name__ == "__main__":
    main()
