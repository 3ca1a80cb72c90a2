"""The study of ``RESULTS.md``, step by step; a step that is done already for this network is not repeated.

    python -m studies.relevance --run runs/demo
    python -m studies.relevance --run runs/demo --weights InceptionV3=FILE MobileNetV2=FILE

``--weights`` are for the table of grids. ``python -m studies.relevance.truth`` makes the rest, and
``make report`` the tables.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import files
from image_machines.network.network import Network
from studies.relevance import RESULTS, grids, parts, removing
from studies.relevance.study import Study, opened

NETWORK = RESULTS / "network.json"  # whose results these are

log = logging.getLogger("image_machines.studies")


def main() -> None:
    """Run the steps in their order."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog="python -m studies.relevance", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="the folder of a finished run")
    parser.add_argument("--weights", nargs="*", default=[], metavar="NETWORK=FILE")
    given = parser.parse_args()
    study = opened(given.run)
    begin(study.network)
    for name, step in STEPS.items():
        target = RESULTS / f"{name}.json"
        if not target.is_file():
            log.info("%s", name)
            files.write_json(target, step(study))
    if not grids.FILE.is_file():
        sys.argv[1:] = ["--pictures", str(given.run / "data" / "val"), "--weights", *given.weights]
        grids.main()


def begin(network: Network) -> None:
    """Note whose results these are, and put away those of another network."""
    now = {
        "network": network.name,
        "architecture": network.architecture,
        "fingerprint": network.fingerprint,
    }
    if not NETWORK.is_file() or json.loads(NETWORK.read_text(encoding="utf-8")) != now:
        for name in STEPS:
            (RESULTS / f"{name}.json").unlink(missing_ok=True)
        files.write_json(NETWORK, now)


def choice(study: Study) -> list[dict[str, Any]]:
    """Every third value of mu, and the chosen one."""
    curve = study.relevance.curve
    return [
        {**vars(point), "chosen": point.mu == study.relevance.mu}
        for index, point in enumerate(curve)
        if index % 3 == 0 or point.mu == study.relevance.mu
    ]


def falls(study: Study) -> list[dict[str, object]]:
    """The features silenced in all the works held out."""
    works = [int(work) for work in np.flatnonzero(study.held_out)]
    return removing.falls(study.network, study.images(works), study.rows[works], study.relevance)


def concepts(study: Study) -> list[dict[str, object]]:
    """Concepts beside channels, in the last layer that is a map."""
    learned = [int(work) for work in np.flatnonzero(~study.held_out & (study.predictions >= 0))]
    tested = [int(work) for work in np.flatnonzero(study.held_out)]
    return parts.compared(study, study.layers[-1], learned, tested)


STEPS: dict[str, Callable[[Study], Any]] = {"choice": choice, "removing": falls, "parts": concepts}


if __name__ == "__main__":
    main()
