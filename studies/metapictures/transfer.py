"""Transfer: what another network takes the pictures of classes for, and those that shuffled weights give.

    python -m studies.metapictures.transfer --judges MobileNetV2=FILE

The pictures are those that ``python -m studies.metapictures`` drew. The same classes are drawn by the same
methods from the network with its weights shuffled, which know no class; what is drawn already stays.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from image_machines import files
from image_machines.network import controls, models
from image_machines.network.network import Network
from image_machines.vision.metapictures.methods import methods
from image_machines.vision.metapictures.sheet import compared
from studies.common import measures
from studies.common.results import Row, rounded
from studies.metapictures import RESULTS
from studies.metapictures.classes import imagenet
from studies.metapictures.study import FOLDER, NETWORK, neurons
from studies.metapictures.tradeoff import pictures

FILE = RESULTS / "transfer.json"

log = logging.getLogger("image_machines.studies")


def main() -> None:
    """Draw what is missing, ask, write."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--judges", nargs="+", required=True, metavar="NETWORK=FILE")
    parser.add_argument("--methods", nargs="*", help="these only")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pictures are kept")
    given = parser.parse_args()
    network = models.build(NETWORK, include_top=True)
    judges = [imagenet(each) for each in given.judges]
    rows: list[Row] = []
    for row in asked(network, controls.shuffled(network), judges, given.folder, given.methods):
        rows.append(row)
        files.write_json(FILE, rows)


def asked(
    network: Network,
    control: Network,
    judges: Sequence[Network],
    folder: Path,
    chosen: Sequence[str] | None = None,
) -> Iterator[Row]:
    """For each method, class and judge: the class's rank and log-odds in its picture and in the control's."""
    classes = neurons(network)[0]
    scorers = {judge.name: measures.scorer(judge) for judge in judges}
    ways = methods()
    for name in chosen or compared(network, classes.layer, ways):
        both = [pictures(each, classes, name, ways[name], folder) for each in (network, control)]
        for judge, score in scorers.items():
            said = [score(shown) for shown in both]
            for index, number in enumerate(classes.numbers):
                own, shuffled = (_told(each[index], number) for each in said)
                yield {"method": name, "class": number, "judge": judge, "own": own, "shuffled": shuffled}
        log.info("%s", name)


def _told(odds: NDArray[np.float64], number: int) -> Row:
    return {"rank": int((odds > odds[number]).sum()) + 1, "odds": rounded(odds[number], 3)}


if __name__ == "__main__":
    main()
