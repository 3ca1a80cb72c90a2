"""The figures of the study, laid out from finished pictures: seeds, before and after, shuffled, beside crops.

Run, after ``studies.gallery`` and ``studies.honesty``:

    python -m studies.sheets --licences SOURCES.csv

They go to ``studies/figures/``. Of paintings only small crops are shown, of works that the table of licences
(columns file, licence) marks CC0; without the table that figure is left out.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import images, notebooks
from image_machines.collection.catalog import caption
from image_machines.images import Picture
from image_machines.network import responses
from image_machines.network.responses import Responses, Work
from image_machines.service.store import Store
from studies import gallery, reading, relatives

FOLDER = notebooks.ROOT / "studies" / "figures"
TILE, CROPS = 220, 4


def main() -> None:
    """Lay out every figure anew."""
    parser = argparse.ArgumentParser(prog="python -m studies.sheets", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=relatives.RUN, help="the run of the profile paintings")
    parser.add_argument("--images", type=Path, default=gallery.FOLDER, help="the folder of finished images")
    parser.add_argument("--licences", type=Path, help="a table of the paintings' licences")
    given = parser.parse_args()
    found = json.loads(reading.RESULT.read_text(encoding="utf-8"))
    tuned = relatives.tuned_file(given.run)
    store = Store(given.images)
    save("seeds", seeds(store, tuned, found), 9)
    save("before-after", before_and_after(store, tuned, found), gallery.PAIRS)
    save("shuffled", shuffled(store, tuned, found), 6)
    save("neurons", neurons(store, tuned, found), 6)
    if given.licences:
        measured = responses.load(given.run / "responses")
        save("crops", beside_crops(store, tuned, found, measured, free_files(given.licences)), CROPS + 1)


Tiles = list[tuple[Picture, str]]


def save(name: str, tiles: Tiles, columns: int) -> None:
    """Lay tiles out in rows and keep them as a figure."""
    pictures, captions = zip(*tiles, strict=True)
    images.save(FOLDER / f"{name}.jpg", images.contact_sheet(pictures, captions, columns, TILE), quality=85)


def tile(store: Store, recipe: Any, words: str) -> tuple[Picture, str]:
    """A finished picture with its caption."""
    return images.read(store.file(store.path(recipe))), words


def seeds(store: Store, tuned: Path, found: Mapping[str, Any]) -> Tiles:
    """Each class from nine starts, by the paper's method."""
    planned = gallery.planned(
        tuned,
        "predictions",
        list(found["classes"]),
        gallery.MIDDLE,
        "paper-2018",
        gallery.SEEDS,
        gallery.OF_PAPER,
    )
    return [tile(store, each, f"{each.class_name}, seed {each.seed}") for each in planned]


def before_and_after(store: Store, tuned: Path, found: Mapping[str, Any]) -> Tiles:
    """Channels of `mixed10` that moved most, before and after; then those that moved least."""
    channels = gallery.pair_channels(found)
    tiles: Tiles = []
    for part in (channels[: gallery.PAIRS], channels[gallery.PAIRS :]):
        for file, when in ((relatives.before_file(), "before"), (tuned, "after")):
            planned = gallery.planned(file, "mixed10", part, gallery.MIDDLE, gallery.NEURON_PRESET)
            tiles += [tile(store, each, f"mixed10, channel {each.neuron}, {when}") for each in planned]
    return tiles


def shuffled(store: Store, tuned: Path, found: Mapping[str, Any]) -> Tiles:
    """The classes by two methods, in the fine-tuned network and in the one with shuffled weights."""
    tiles: Tiles = []
    for file, whose in ((tuned, ""), (relatives.shuffled_file(tuned), ", weights shuffled")):
        for preset, changes in (("paper-2018", gallery.OF_PAPER), ("fourier", None)):
            names = list(found["classes"])
            planned = gallery.planned(file, "predictions", names, gallery.MIDDLE, preset, range(1), changes)
            tiles += [tile(store, each, f"{each.class_name}, {preset}{whose}") for each in planned]
    return tiles


def neurons(store: Store, tuned: Path, found: Mapping[str, Any]) -> Tiles:
    """The six neurons that separate each class best, of each layer."""
    tiles: Tiles = []
    for layer in reversed(reading.LAYERS):
        for name in found["classes"]:
            numbers = [each["neuron"] for each in found["classes"][name]["neurons"][layer][:6]]
            planned = gallery.planned(tuned, layer, numbers, gallery.MIDDLE, gallery.NEURON_PRESET)
            tiles += [tile(store, each, f"{layer} {each.neuron}, for {name}") for each in planned]
    return tiles


def free_files(table: Path) -> set[str]:
    """The paths, below the gallery's address, of the works whose images are CC0."""
    with table.open(encoding="utf-8", newline="") as lines:
        return {row["file"] for row in csv.DictReader(lines) if "CC0" in row["licence"]}


def beside_crops(
    store: Store, tuned: Path, found: Mapping[str, Any], measured: Responses, free: set[str]
) -> Tiles:
    """The first neuron of each class in `mixed5` and `mixed10` beside what excites it in the free works."""
    tiles: Tiles = []
    for name in found["classes"]:
        for layer in ("mixed5", "mixed10"):
            (number,) = gallery.chosen({"classes": {name: found["classes"][name]}}, layer, 1)
            (recipe,) = gallery.planned(tuned, layer, [number], gallery.MIDDLE, gallery.NEURON_PRESET)
            tiles.append(tile(store, recipe, f"{layer}, channel {number}, for {name}"))
            works = [work for work in measured.top(layer, number, measured.done) if is_free(work, free)]
            tiles += [crop(measured, work) for work in works[:CROPS]]
    return tiles


def is_free(work: Work, free: set[str]) -> bool:
    return any(work.record["source"].endswith(file) for file in free)


def crop(measured: Responses, work: Work) -> tuple[Picture, str]:
    """The part of a work that excites the neuron, and the work's caption."""
    part = work.box.cut(images.read(measured.pictures / work.file))
    return np.ascontiguousarray(part), caption(work.record)


if __name__ == "__main__":
    main()
