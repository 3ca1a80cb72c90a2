"""The paper's reading, tested: drapery stands for the portrait, the blue of distance for the landscape.

    python -m studies.images_of_image_machines.hypotheses planted
    python -m studies.images_of_image_machines.hypotheses recoloured --model FILE ...
    python -m studies.images_of_image_machines.hypotheses figures

`planted` trains small networks on the built-in collection with and without each property (half an hour on two
cores); `recoloured` takes the blue out of real landscapes, for any number of networks (half an hour each),
and adds its numbers to those of others. Both go on where they were broken off. The numbers are in
``results/``, the figures in ``figures/``; one with real paintings stays in ``runs/studies/``.
"""

from __future__ import annotations

import argparse
import json
import logging
from functools import partial
from pathlib import Path

from image_machines import files
from image_machines.collection import dataset
from image_machines.decoding import UnreadablePicture
from image_machines.notebooks.chapters import ROOT
from studies.common.results import Row
from studies.images_of_image_machines import RESULTS, hypotheses_figures, planted, recoloured

log = logging.getLogger("image_machines.studies")

PLANTED, RECOLOURED = RESULTS / "planted.json", RESULTS / "recoloured.json"


def main() -> None:
    """Make what is missing of a part."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=("planted", "recoloured", "figures"))
    parser.add_argument("--seeds", type=int, default=3, help="planted: networks of each kind")
    parser.add_argument("--model", nargs="+", default=[], help="recoloured: files of networks")
    parser.add_argument("--data", default=ROOT / "runs/paintings/data", help="recoloured: paintings")
    parser.add_argument("--most", type=int, help="recoloured: pictures, at most; those of validation first")
    given = parser.parse_args()
    if given.part == "planted":
        files.write_json(PLANTED, planted.run(planted.Extent(seeds=tuple(range(given.seeds)))))
    for model in given.model if given.part == "recoloured" else ():
        keep(recoloured.run(model, given.data, most=given.most), given.data)
    if given.part == "figures":
        draw(given.data)


def draw(data: str | Path) -> None:
    """Draw the figures; those whose pictures are not on this machine stay as they are, and are named."""
    hypotheses_figures.draw_recoloured(read(RECOLOURED))
    for step, draw_one in (
        ("planted", partial(hypotheses_figures.draw_planted, read(PLANTED))),
        ("recoloured", partial(hypotheses_figures.draw_paintings, data)),
    ):
        try:
            draw_one()
        except (FileNotFoundError, UnreadablePicture) as error:
            log.warning("%s; the figure of the step %s stays as it is", error, step)


def keep(result: Row, data: str | Path) -> None:
    """Put a network's result into the file, in place of an earlier one of the same weights and data."""
    fingerprint = read(Path(data) / dataset.RECORD)["fingerprint"]
    earlier = read(RECOLOURED) if RECOLOURED.is_file() else {}
    known = earlier["networks"] if earlier.get("data") == fingerprint else []
    known = [each for each in known if each["fingerprint"] != result["fingerprint"]]
    files.write_json(RECOLOURED, {"data": fingerprint, "networks": [*known, result]})


def read(path: Path) -> Row:
    """A file of results."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
