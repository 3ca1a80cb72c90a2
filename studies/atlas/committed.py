"""The atlas that is shown first: neurons of every mixed layer of an InceptionV3, fine-tuned and before.

    python -m studies.atlas.committed AFTER.keras BEFORE.keras --images runs/atlas/images

Whatever ends it, the same command goes on from there. Fine-tuning leaves the layers up to ``mixed5`` as they
are; of those above it there are twice as many neurons.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from image_machines.atlas import whole
from image_machines.atlas.atlas import Wish, make_tasks
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.tasks import Task, tasks
from image_machines.network import models
from image_machines.network.network import Network

PRESET, SIZE = "quick", 80  # pixels of an image's side: 75 are the least that reach mixed10
CHANGES = {"iterations": (40, 0, 0, 36, 0, 14, 0, 8, 0, 16), "step": 0.016}  # fewer and longer steps
KEPT, CHANGED = 64, 128  # neurons of a layer that fine-tuning leaves as it is, and of one above
ABOVE = 5  # the last layer that it leaves as it is: mixed5
FAMOUS = {"mixed5": 66}  # a neuron that other images of the project show


def main(arguments: Sequence[str] | None = None) -> None:
    """Make what is not finished."""
    parser = argparse.ArgumentParser(prog="python -m studies.atlas.committed", description=__doc__)
    parser.add_argument("models", nargs="+", help="a file of the fine-tuned network, and of the one before")
    parser.add_argument("--images", type=Path, default=Path("runs/atlas/images"), help="a folder")
    parser.add_argument("--workers", type=int, help="processes of this machine; default: as many as it bears")
    parser.add_argument("--batch", type=int, default=16, help="images that are made together")
    parser.add_argument("--seconds", type=float, default=20, help="for saying what it will cost; 0: not said")
    parser.add_argument("--price", action="store_true", help="say what it will cost, and make nothing")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given.images.mkdir(parents=True, exist_ok=True)
    networks = [models.open_network(model) for model in given.models]
    make_tasks(networks, planned(networks, given.batch), Wish(**vars(given)))


def planned(networks: Sequence[Network], batch: int) -> list[Task]:
    """The same neurons of every network, and the classes of those that have some."""
    return tasks((recipe for network in networks for recipe in recipes(network)), batch)


def recipes(network: Network) -> Iterator[Recipe]:
    """Of one network."""
    yield from whole.recipes(network, neurons(network), [PRESET], size=SIZE, changes=CHANGES)


def neurons(network: Network) -> list[str]:
    """As `whole.recipes` has them: spread evenly over the numbers of every mixed layer, and the classes."""
    found = []
    for number, layer in enumerate(each for each in network.landmarks if each.name.startswith("mixed")):
        count = min(KEPT if number <= ABOVE else CHANGED, layer.width)
        spread = np.linspace(0, layer.width - 1, count).astype(int)
        if layer.name in FAMOUS:
            spread[np.abs(spread - FAMOUS[layer.name]).argmin()] = FAMOUS[layer.name]
        found.append(f"{layer.name}:{','.join(map(str, spread))}")
    return found + ([whole.CLASSES] if network.classes_layer else [])


if __name__ == "__main__":
    main()
