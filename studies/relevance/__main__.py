"""The study of ``RESULTS.md``, step by step; a step that is done already for this network is not repeated.

    python -m studies.relevance --run runs/demo
    python -m studies.relevance --run runs/demo --grids InceptionV3=FILE MobileNetV2=FILE
    python -m studies.relevance --paintings MIRROR --masks MASKS --inception FILE --catalogue FILE

``--grids`` adds the table of grids, with files of weights. ``--paintings`` first fine-tunes InceptionV3 on
the real paintings that have no mask (``truth/paintings.py``). What is killed goes on where it was.
``python -m studies.relevance.truth`` makes the rest, and ``make report`` the tables.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import files
from image_machines.attribution import distribution
from studies.relevance import RESULTS, artists, grids, parts, removing
from studies.relevance.study import Study, opened
from studies.relevance.truth import paintings

log = logging.getLogger("image_machines.studies")

BUILT_IN, REAL = "built-in", "paintings"  # folders of results
NETWORK, PART = "network.json", "part.json"  # whose results these are; a step that is under way
FIRST = 8  # features of each class that are named
EACH = {BUILT_IN: 1000, REAL: 12}  # works of each class, held out, that neurons are silenced in

Keep = Callable[[Any], None]


def main() -> None:
    """Run the steps in their order."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog="python -m studies.relevance", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, help="the folder of a finished run")
    parser.add_argument("--paintings", help="a mirror of the gallery, a folder")
    parser.add_argument("--masks", type=Path, help="label maps of the portraits that are not learned from")
    parser.add_argument("--catalogue", help="a catalogue that tells school and time of the artists")
    parser.add_argument("--inception", default="imagenet", help="file of weights of InceptionV3")
    parser.add_argument(
        "--grids", nargs="*", metavar="NETWORK=FILE", help="measure grids, with these weights"
    )
    given = parser.parse_args()
    if given.run is not None:
        measure(opened(given.run), RESULTS / BUILT_IN, EACH[BUILT_IN])
        if given.grids is not None:
            grids.measure(given.run / "data" / "val", dict(each.split("=", 1) for each in given.grids))
    if given.paintings is not None:
        weights = {"InceptionV3": given.inception}
        paintings.taught(given.paintings, given.masks, "InceptionV3", weights)
        tuned = paintings.FOLDER / "model" / "InceptionV3" / "paintings-InceptionV3.keras"
        study = opened(paintings.FOLDER, tuned)
        if given.catalogue:
            study = replace(study, told=tuple(artists.told(study.records, given.catalogue)))
        measure(study, RESULTS / REAL, EACH[REAL])


def measure(study: Study, folder: Path, each: int) -> None:
    """The steps that a folder of results lacks for this network."""
    begin(study, folder)
    tested = [work for name in study.relevance.classes for work in study.works(name, each)]
    part = folder / PART
    for name, step in STEPS.items():
        if not (folder / f"{name}.json").is_file():
            log.info("%s", name)
            done = json.loads(part.read_text(encoding="utf-8")) if part.is_file() else []
            files.write_json(
                folder / f"{name}.json", step(study, tested, done, partial(files.write_json, part))
            )
            part.unlink(missing_ok=True)


def begin(study: Study, folder: Path) -> None:
    """Note whose results these are, and put away those of another network."""
    network = study.network
    now: dict[str, Any] = {name: getattr(network, name) for name in ("name", "architecture", "fingerprint")}
    seen = study.predictions >= 0
    classes = [row["class"] for row in study.measured.records]
    right = np.array([network.unit_classes[each] for each in study.predictions]) == np.array(classes)
    now |= {"size": network.size, "works": int(seen.sum()), "held_out": int(study.held_out.sum())}
    now |= {"accuracy": round(float(right[study.held_out].mean()), 4), "neurons": study.rows.shape[1]}
    file = folder / NETWORK
    if not file.is_file() or json.loads(file.read_text(encoding="utf-8")) != now:
        for name in (*STEPS, "part"):
            (folder / f"{name}.json").unlink(missing_ok=True)
        files.write_json(file, now)


def choice(study: Study, *_: Any) -> list[dict[str, Any]]:
    """Every third value of mu, and the chosen one."""
    curve = study.relevance.curve
    return [
        {**vars(point), "chosen": point.mu == study.relevance.mu}
        for index, point in enumerate(curve)
        if index % 3 == 0 or point.mu == study.relevance.mu
    ]


def heaviest(study: Study, *_: Any) -> list[dict[str, Any]]:
    """The heaviest features of each class."""
    return [
        {"class": name, "layer": each.layer, "neuron": each.neuron, "weight": round(each.weight, 3)}
        | {"sees": study.sees(each)}
        for name in study.relevance.classes
        for each in study.relevance.of(name)[:FIRST]
    ]


def falls(study: Study, tested: list[int], done: list[dict[str, Any]], keep: Keep) -> list[dict[str, Any]]:
    """The features silenced in works held out."""
    rows: list[dict[str, Any]] = []
    given = study.images(tested)
    for row in removing.falls(study.network, given, study.rows[tested], study.relevance, done=done):
        keep(rows := [*rows, row])
    return rows


def specific(study: Study, tested: list[int], *_: Any) -> list[dict[str, Any]]:
    """A class's features silenced in its own works and in those of others."""
    learned = study.learned_from
    known = study.rows[learned], study.predictions[learned]
    return removing.specific(study.network, study.images(tested), study.rows[tested], study.relevance, known)


def concepts(study: Study, tested: list[int], *_: Any) -> list[dict[str, object]]:
    """Concepts beside channels, in the last layer that is a map."""
    return parts.compared(study, study.layers[-1], study.learned_from, tested)


def spread(study: Study, *_: Any) -> list[dict[str, Any]]:
    """Where in the catalogue the two heaviest features of each class are stronger than chance allows."""
    subjects = [row["class"] for row in study.records]
    rows = []
    for name in study.relevance.classes:
        for feature in study.relevance.of(name)[:2]:
            found = distribution.groups(study.strength(feature), study.records, within=subjects)
            said = {"class": name, "feature": str(feature), "groups": len(found)}
            rows.append(said | {"standing": [dict(vars(group)) for group in found if group.stands]})
            rows[-1]["sentence"] = distribution.sentence(found)
    return rows


STEPS: Mapping[str, Callable[..., Any]] = {
    "choice": choice,
    "features": heaviest,
    "removing": falls,
    "specific": specific,
    "parts": concepts,
    "distribution": spread,
}


if __name__ == "__main__":
    main()
