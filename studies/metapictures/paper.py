"""The paper's own figures: its classes, naive and by its method in full, three octaves to 672 px.

    python -m studies.metapictures.paper --networks SqueezeNet MobileNetV2=FILE

Hours on two cores, minutes on a graphics card; every picture is kept as soon as it is drawn, and not drawn
again. ``--classes`` draws some only, so that several processes may share the work. Where all pictures are
there, the figures and ``results/paper.json`` are written: how sure the network is of what it is shown, and
which rank the other networks give the class.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from image_machines import files, images
from image_machines.images import Picture
from image_machines.names import safe_name
from image_machines.network.network import Network
from image_machines.notebooks.chapters import ROOT
from image_machines.vision import features, objectives, presets
from image_machines.vision.parametrizations import Bounded
from image_machines.vision.settings import Settings
from studies.common.results import Row, rounded
from studies.metapictures import FIGURES, RESULTS, legibility
from studies.metapictures.classes import SHOWN, imagenet

FOLDER = ROOT / "runs" / "metapictures" / "paper"
NAIVE, PAPER = "naive", "as in the paper"
TILE = 300  # pixels of a picture in the figure

log = logging.getLogger("image_machines.studies")


def main() -> None:
    """Draw what is missing; then measure and show, if all is there."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(
        prog="python -m studies.metapictures.paper", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--networks", nargs="+", required=True, metavar="NETWORK=FILE")
    parser.add_argument("--classes", nargs="*", type=int, default=SHOWN, help="numbers of ImageNet's classes")
    parser.add_argument("--size", type=int, default=presets.METAPICTURES_2020.final_size, help="in pixels")
    parser.add_argument("--iterations", type=int, default=presets.METAPICTURES_2020.iterations)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pictures are kept")
    given = parser.parse_args()
    networks = [imagenet(each) for each in given.networks]
    settings = {network.name: ways(network, given.size, given.iterations) for network in networks}
    for network in networks:
        for number in given.classes:
            for way, each in settings[network.name].items():
                drawn(network, number, way, each, given.folder)
    places = [(network, number, way) for network in networks for number in SHOWN for way in (NAIVE, PAPER)]
    if all(file(*place, given.folder).is_file() for place in places):
        show(networks, settings, given.folder)


def ways(network: Network, size: int, iterations: int) -> dict[str, Settings]:
    """The naive image, and the paper's method with so many iterations in each of its octaves.

    Its long steps carry a network that normalises nothing out of what can be shown; there pixels are bent
    into their range, and a class is set against all others.
    """
    paper = presets.METAPICTURES_2020.replace(final_size=size, iterations=iterations)
    inside = paper.replace(parametrization=Bounded(), score="log-odds")
    return {
        NAIVE: presets.NAIVE.replace(final_size=size),
        PAPER: paper if normalises(network) else inside,
    }


def normalises(network: Network) -> bool:
    """Whether a network's layers normalise what they answer, which keeps pixels in range."""
    return any(type(layer).__name__ == "BatchNormalization" for layer in network.graph.layers)


def file(network: Network, number: int, way: str, folder: Path) -> Path:
    """Where a picture lies."""
    return folder / safe_name(network.name, url=True) / f"{number}-{safe_name(way, url=True)}.png"


def drawn(network: Network, number: int, way: str, settings: Settings, folder: Path) -> Picture:
    """A class's picture, from its file or drawn now and kept there."""
    kept = file(network, number, way, folder)
    if not kept.is_file():
        climbed = objectives.neuron(network, network.output_layer, number, settings.score)
        made = features.render(network, climbed, settings)
        images.save(kept, features.picture(made.image))
        log.info("%s, %s, %s: %.0f s", network.name, network.classes[number], way, made.seconds)
    return images.read(kept)


def show(networks: Sequence[Network], settings: dict[str, dict[str, Settings]], folder: Path) -> None:
    """The rows, and a figure for each network."""
    rows: list[Row] = []
    for network in networks:
        others, own_ways = [judge for judge in networks if judge is not network], settings[network.name]
        places = [(number, way) for number in SHOWN for way in own_ways]
        pictures = [drawn(network, *place, own_ways[place[1]], folder) for place in places]
        own = [
            row_of(network, *place, picture, others) for place, picture in zip(places, pictures, strict=True)
        ]
        captions = [f"{row['class']}, {row['way']}: {row['sure']:.2f}" for row in own]
        sheet = images.contact_sheet(pictures, captions, columns=2 * len(own_ways), tile=TILE)
        images.save(FIGURES / f"paper-{safe_name(network.name, url=True)}.jpg", sheet, quality=82)
        rows += own
    told = {name: {way: each.to_json() for way, each in own.items()} for name, own in settings.items()}
    files.write_json(RESULTS / "paper.json", {"ways": told, "rows": rows})


def row_of(network: Network, number: int, way: str, picture: Picture, others: Sequence[Network]) -> Row:
    """How sure the network is of a picture as it is shown, and which rank others give the class."""
    sure = features.activation(network, objectives.probability(number), images.from_picture(picture))
    said = {judge.name: legibility.features(judge, judge.output_layer, [picture])[0] for judge in others}
    ranks = {name: int((each > each[number]).sum()) + 1 for name, each in said.items()}
    return {
        "network": network.name,
        "class": network.classes[number],
        "way": way,
        "sure": rounded(sure, 4),
        "ranks": ranks,
    }


if __name__ == "__main__":
    main()
