"""The figures of the study, laid out from finished pictures: seeds, before and after, shuffled, beside crops.

Run, after ``studies.images_of_image_machines.pictures`` and ``studies.images_of_image_machines.honesty``:

    python -m studies.images_of_image_machines.sheets --licences SOURCES.csv

They go to ``figures/``; the notebook shows the same. Of paintings only small crops are shown, of
works that the table of licences (columns file, licence) marks CC0; without it that figure is left out.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import images
from image_machines.atlas.store import Store
from image_machines.collection.captions import caption
from image_machines.images import Picture
from image_machines.network import responses
from image_machines.network.responses import Example, Responses
from image_machines.vision.presets import preset as preset_of
from studies.common.results import Found
from studies.images_of_image_machines import FIGURES, pictures, reading, relatives

TILE, ACROSS, CROPS = 220, 6, 4
QUALITY = 75  # of the JPEGs: the largest of them stays below 800 KiB
LAYERS_OF_CROPS = ("mixed5", "mixed10")

Tiles = list[tuple[Picture, str]]


def main() -> None:
    """Lay out every figure anew."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=relatives.RUN, help="the run of the profile paintings")
    parser.add_argument("--images", type=Path, default=pictures.FOLDER, help="the folder of finished images")
    parser.add_argument("--licences", type=Path, help="a table of the paintings' licences")
    given = parser.parse_args()
    found, store = reading.read(), Store(given.images)
    save("classes", classes(store, found), len(found["classes"]), 320)
    save("seeds", seeds(store, found), len(pictures.SEEDS))
    pairs = before_and_after(store, found)
    save("before-after", pairs, len(pairs) // 4)
    save("shuffled", shuffled(store, found), 2 * len(found["classes"]))
    save("neurons", [each for layer in reading.LAYERS[::-1] for each in neurons(store, found, layer)], ACROSS)
    if given.licences:
        measured = responses.load(given.run / "responses")
        free = free_files(given.licences)
        save(
            "crops",
            [tile for each in LAYERS_OF_CROPS for tile in beside(store, found, measured, each, free)],
            CROPS + 1,
        )


def save(name: str, tiles: Tiles, columns: int, side: int = TILE) -> None:
    """Lay tiles out in rows and keep them as a figure."""
    shown, captions = zip(*tiles, strict=True)
    images.save(
        FIGURES / f"{name}.jpg", images.contact_sheet(shown, captions, columns, side), quality=QUALITY
    )


def picture(store: Store, **wanted: Any) -> Picture:
    """The newest finished picture with these values; raises ValueError that says how it is made."""
    octave = wanted.pop("octave", pictures.MIDDLE)
    size = preset_of(wanted["preset"]).at_octave(octave).sizes()[-1]
    entries, _ = store.select(limit=1, size=size, **wanted)
    if not entries:
        said = ", ".join(f"{name} {value}" for name, value in wanted.items())
        raise ValueError(f"no picture of {said}, {size} px; make it: python -m {pictures.__name__}")
    return images.read(store.file(entries[0]["image"]))


def class_pictures(
    store: Store, found: Found, preset: str, seed: int = 0, relative: str = ""
) -> list[Picture]:
    """The picture of every class, by one method; ``relative``: the ending of a relative's name."""
    model = found["network"]["name"] + relative
    wanted = {"model": model, "layer": "predictions", "preset": preset, "seed": seed}
    return [picture(store, class_name=name, **wanted) for name in found["classes"]]


def has(store: Store, model: str, layer: str, neuron: int) -> bool:
    """Whether there is a picture of a neuron; that of one that stayed silent, as its card says, is none."""
    size = preset_of(pictures.NEURON_PRESET).at_octave(pictures.MIDDLE).sizes()[-1]
    entries, _ = store.select(model=model, layer=layer, neuron=neuron, size=size)
    return any(not images.read_card(store.file(entry["image"])).get("warnings") for entry in entries)


def neuron_picture(store: Store, model: str, layer: str, neuron: int) -> Picture:
    """The picture of a neuron, in the preset of the gallery."""
    return picture(store, model=model, layer=layer, neuron=neuron, preset=pictures.NEURON_PRESET, seed=0)


def classes(store: Store, found: Found) -> Tiles:
    """The classes by the paper's method, below them by the preset of the gallery."""
    return [
        (shown, f"{name}, {preset}")
        for preset in ("paper-2018", pictures.NEURON_PRESET)
        for name, shown in zip(found["classes"], class_pictures(store, found, preset), strict=True)
    ]


def seeds(store: Store, found: Found) -> Tiles:
    """Each class from nine starts, by the paper's method."""
    every = [class_pictures(store, found, "paper-2018", seed) for seed in pictures.SEEDS]
    return [
        (shown[place], f"{name}, seed {seed}")
        for place, name in enumerate(found["classes"])
        for seed, shown in zip(pictures.SEEDS, every, strict=True)
    ]


def before_and_after(store: Store, found: Found) -> Tiles:
    """Channels of `mixed10` that moved most, before and after; then those that moved least."""
    networks = {"before": "InceptionV3", "after": found["network"]["name"]}
    most, least = (
        [
            neuron
            for neuron in part
            if all(has(store, model, "mixed10", neuron) for model in networks.values())
        ]
        for part in pictures.pair_channels(found)
    )
    columns = min(len(most), len(least), ACROSS)
    return [
        (neuron_picture(store, model, "mixed10", channel), f"mixed10, channel {channel}, {when}")
        for part in (most[:columns], least[:columns])
        for when, model in networks.items()
        for channel in part
    ]


def shuffled(store: Store, found: Found) -> Tiles:
    """The classes by two methods, in the fine-tuned network and in the one with shuffled weights."""
    return [
        (shown, f"{name}, {preset}{', shuffled' if relative else ''}")
        for relative in ("", "-shuffled")
        for preset in ("paper-2018", pictures.NEURON_PRESET)
        for name, shown in zip(
            found["classes"], class_pictures(store, found, preset, relative=relative), strict=True
        )
    ]


def shown_neurons(store: Store, found: Found, layer: str, name: str) -> list[int]:
    """The neurons of a layer that separate a class from the others and have a picture, best first."""
    ranked = [each["neuron"] for each in found["classes"][name]["neurons"][layer]]
    return [neuron for neuron in ranked if has(store, found["network"]["name"], layer, neuron)]


def neurons(store: Store, found: Found, layer: str) -> Tiles:
    """The neurons of a layer that separate each class best, of those that the method can show."""
    model = found["network"]["name"]
    return [
        (neuron_picture(store, model, layer, neuron), f"{layer} {neuron}, for {name}")
        for name in found["classes"]
        for neuron in shown_neurons(store, found, layer, name)[:ACROSS]
    ]


def free_files(table: Path) -> set[str]:
    """The paths, below the gallery's address, of the works whose images are CC0."""
    with table.open(encoding="utf-8", newline="") as lines:
        return {row["file"] for row in csv.DictReader(lines) if "CC0" in row["licence"]}


def beside(
    store: Store, found: Found, measured: Responses, layer: str, free: set[str] | None = None
) -> Tiles:
    """The neuron of a layer that separates each class best, and the works, or free works, it answers to."""
    tiles: Tiles = []
    for name in found["classes"]:
        number = shown_neurons(store, found, layer, name)[0]
        shown = neuron_picture(store, found["network"]["name"], layer, number)
        tiles.append((shown, f"{layer} {number}, for {name}"))
        works = measured.top(layer, number, measured.done)
        tiles += [crop(measured, each) for each in works if free is None or is_free(each, free)][:CROPS]
    return tiles


def is_free(work: Example, free: set[str]) -> bool:
    return any(work.record["source"].endswith(file) for file in free)


def crop(measured: Responses, work: Example) -> tuple[Picture, str]:
    """The part of a work that excites the neuron, and the work's caption."""
    part = work.box.cut(images.read(measured.pictures / work.file))
    return np.ascontiguousarray(part), caption(work.record)


if __name__ == "__main__":
    main()
