"""What `make run` shows on a fresh machine: the images of its classes, and below from shuffled weights.

    make run
    python -m studies.images_of_image_machines.fresh

The figure is README's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from image_machines import images
from image_machines.atlas.opinions import of_card
from image_machines.atlas.store import Store
from image_machines.notebooks.chapters import folder
from studies.images_of_image_machines.sheets import Tiles, save


def main() -> None:
    """Lay out the figure anew."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=folder("demo"), help="the run of the profile demo")
    tiles = with_controls(Store(parser.parse_args().run / "images"))
    save("make-run", tiles, len(tiles) // 2, 320)


def with_controls(store: Store) -> Tiles:
    """The images of classes that a jury was asked about, then their controls."""
    entries, _ = store.select(limit=500, layer="predictions")
    judged = [entry for entry in entries if entry["jury"]]
    shown = sorted(judged, key=lambda entry: int(entry["neuron"]))
    heard = [of_card(store.card(entry["id"]) or {}) for entry in shown]
    pictures = [(images.read(store.file(each["image"])), str(each["class_name"])) for each in shown]
    controls = [
        (images.read(store.file(said.control)), f"{entry['class_name']}, shuffled weights")
        for entry, said in zip(shown, heard, strict=True)
        if said is not None
    ]
    return pictures + controls


if __name__ == "__main__":
    main()
