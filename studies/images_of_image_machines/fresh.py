"""What `make run` shows: the images of its classes, and below each the same from shuffled weights.

    make run
    make run PROFILE=scratch
    python -m studies.images_of_image_machines.fresh

By the network that knows photographs, which is README's figure, and by the one that never saw any.
``results/fresh.json`` has what each got right, and what SqueezeNet takes its images for.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from image_machines import files, images
from image_machines.atlas.opinions import of_card
from image_machines.atlas.store import Store
from image_machines.notebooks.chapters import folder
from studies.common.results import Found, Row
from studies.images_of_image_machines import RESULTS
from studies.images_of_image_machines.sheets import Tiles, save

RESULT = RESULTS / "fresh.json"
FIGURES = {"demo": "make-run", "scratch": "from-nothing"}  # of a profile
CLASSES = ("landscape", "portrait", "still-life")
JUROR = "SqueezeNet"


def main() -> None:
    """Lay out the figures anew, and note what was found."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    for profile in FIGURES:
        parser.add_argument(f"--{profile}", type=Path, default=folder(profile), help="its run")
    given = vars(parser.parse_args())
    for profile, figure in FIGURES.items():
        tiles = with_controls(Store(given[profile] / "images"))
        save(figure, tiles, len(tiles) // 2, 320)
    files.write_json(RESULT, [found(run) for run in given.values()])


def with_controls(store: Store) -> Tiles:
    """The images of classes that a jury was asked about, then their controls."""
    shown = judged(store)
    heard = [of_card(store.card(entry["id"]) or {}) for entry in shown]
    pictures = [(images.read(store.file(each["image"])), str(each["class_name"])) for each in shown]
    controls = [
        (images.read(store.file(said.control)), f"{entry['class_name']}, shuffled weights")
        for entry, said in zip(shown, heard, strict=True)
        if said is not None
    ]
    return pictures + controls


def judged(store: Store) -> list[Found]:
    """The images of classes that a jury was asked about, in the classes' order."""
    entries, _ = store.select(limit=500, layer="predictions")
    return sorted((entry for entry in entries if entry["jury"]), key=lambda entry: int(entry["neuron"]))


def found(run: Path) -> Row:
    """What a run's network got right, and what the juror takes its images for."""
    metrics, store = json.loads((run / "metrics.json").read_text(encoding="utf-8")), Store(run / "images")
    return {
        "profile": metrics["profile"],
        "architecture": metrics["network"]["architecture"],
        "learned_from": sum(each["train"] for each in metrics["counts"].values()),
        "tested_on": sum(each["val"] for each in metrics["counts"].values()),
        "right": metrics["accuracy"]["val"],
        "taken_for": {str(entry["class_name"]): taken_for(store, entry) for entry in judged(store)},
    }


def taken_for(store: Store, entry: Found) -> Row:
    """What the juror takes an image and its control for."""
    heard = of_card(store.card(entry["id"]) or {})
    said = next((each for each in heard.opinions if each.juror == JUROR), None) if heard else None
    if said is None:
        raise ValueError(f"{JUROR} was not asked about {entry['image']}")
    return {"image": said.image.class_name, "control": said.control.class_name}


def summary() -> list[tuple[str, ...]]:
    """A row for each run: what it learned from, what is right, what its images are taken for."""
    return [
        (
            f"`{row['profile']}`",
            row["architecture"],
            f"{row['learned_from']} / {row['tested_on']}",
            f"{row['right']:.1%}",
            *("{image} (shuffled: {control})".format(**row["taken_for"][name]) for name in CLASSES),
        )
        for row in json.loads(RESULT.read_text(encoding="utf-8"))
    ]


if __name__ == "__main__":
    main()
