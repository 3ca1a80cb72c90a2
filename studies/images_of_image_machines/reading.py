"""What the fine-tuned network's neurons answer to: top works, neurons that separate the classes, what moved.

Run, after ``make run PROFILE=paintings``:

    python -m studies.images_of_image_machines.reading --inception WEIGHTS

It reads the responses of every neuron to every painting, has them measured for the network as it was before,
and writes ``results/reading.json``.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from image_machines import files
from image_machines.collection.captions import caption
from image_machines.network import models, responses
from image_machines.network.responses import Responses
from studies.common.results import Found, Row
from studies.images_of_image_machines import RESULTS, relatives

log = logging.getLogger("image_machines.studies")

RESULT = RESULTS / "reading.json"
LAYERS = ("mixed5", "mixed10", "dense")
LEARNED = ("mixed6", "mixed7", "mixed8", "mixed9", "mixed10")
NEURONS = 16  # kept for each class and layer
MOVED = 12
SILENT = 0.01
WORKS = 6


def main() -> None:
    """Write the reading."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=relatives.RUN, help="the run of the profile paintings")
    parser.add_argument("--inception", default="imagenet", help="the file of weights that it began with")
    given = parser.parse_args()
    found = responses.load(given.run / "responses")
    network = models.read_card(relatives.tuned_file(given.run))
    before = measure_before(given.inception, found)
    files.write_json(
        RESULT,
        {
            "network": {"name": found.network, "fingerprint": found.fingerprint},
            "paintings": found.done,
            "classes": {name: read_class(found, name, network["classes"]) for name in network["classes"]},
            "moved": {layer: moved(before, found, layer) for layer in LEARNED},
        },
    )


def read() -> Row:
    """What `main` found."""
    return dict(json.loads(RESULT.read_text(encoding="utf-8")))


def responses_in(folder: Path, network: Mapping[str, str]) -> Responses | None:
    """The responses in a folder, None where there are none or, with a warning, another network's."""
    if not folder.is_dir():
        return None
    found = responses.load(folder)
    if found.fingerprint != network["fingerprint"]:
        log.warning(
            "The responses in %s are those of %s (%s), not of the network that this study reads (%s), so "
            "titles stand in for the paintings; to read your own: python -m %s",
            files.portable(folder),
            found.network,
            found.fingerprint[:19],
            network["fingerprint"][:19],
            "studies.images_of_image_machines.reading",
        )
        return None
    return found


def measure_before(weights: str, after: Responses) -> Responses:
    """The responses of the network as it was before, to the same paintings."""
    network = models.load(relatives.before_file(weights))
    folder = relatives.FOLDER / "responses-before"
    return responses.measure(network, after.records, after.pictures, LEARNED, folder)


def read_class(found: Responses, name: str, classes: Sequence[str]) -> Row:
    """The works that the network is surest of, and the neurons of each layer that stand for the class."""
    return {
        "top": described(found, "predictions", list(classes).index(name)),
        "neurons": {layer: separating(found, layer, name) for layer in LAYERS},
    }


def described(found: Responses, layer: str, neuron: int, count: int = WORKS) -> list[Row]:
    """The works that excite a neuron most, as captions."""
    return [
        {"work": caption(work.record), "split": work.record["split"], "response": round(work.maximum, 4)}
        for work in found.top(layer, neuron, count)
    ]


def separating(found: Responses, layer: str, name: str, count: int = NEURONS) -> list[Row]:
    """The neurons whose mean response tells a class best from the others, best first.

    They are chosen on the paintings the network learned from; how well they separate is told for both. The
    measure is the area under the ROC curve: how often a painting of the class excites the neuron more than
    one of another class does.
    """
    areas = {part: separation(found, layer, name, part) for part in ("train", "val")}
    order = np.argsort(-areas["train"], kind="stable")[:count]
    return [
        {
            "neuron": int(neuron),
            "area": {part: round(float(area[neuron]), 4) for part, area in areas.items()},
            "works": described(found, layer, int(neuron)),
        }
        for neuron in order
    ]


def separation(found: Responses, layer: str, name: str, part: str) -> NDArray[np.float64]:
    """For each neuron of a layer the area under the curve, over the paintings of one part."""
    means = np.array(found.array(layer, "mean"))
    records = found.records[: found.done]
    chosen = np.array([record["split"] == part for record in records]) & ~np.isnan(means[0])
    inside = np.array([record["class"] == name for record in records])[chosen]
    return np.array([roc_auc_score(inside, each[chosen]) for each in means])


def speaking(means: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which neurons tell pictures apart at all: with a hundredth of the spread that the middle one has."""
    spread = means.std(axis=1)
    return np.asarray(spread > SILENT * np.median(spread))


def moved(before: Responses, after: Responses, layer: str) -> Found:
    """How far the channels of a layer moved in training: 1 - correlation of their responses to the paintings.

    0: a channel ranks the paintings as before; 1: what it ranked by is gone. Channels that are silent before
    or after have no value; ``silent_between`` has the first and the last of them.
    """
    first, second = (np.array(each.array(layer, "mean"), np.float64) for each in (before, after))
    usable = ~np.isnan(first[0]) & ~np.isnan(second[0])
    first, second = first[:, usable], second[:, usable]
    alive = speaking(first) & speaking(second)
    pairs = zip(first[alive], second[alive], strict=True)
    distance = np.array([1 - np.corrcoef(pair)[0, 1] for pair in pairs])
    numbers = np.flatnonzero(alive)
    order = np.argsort(-distance, kind="stable")
    return {
        "median": round(float(np.median(distance)), 4),
        "channels": len(alive),
        "silent": int((~alive).sum()),
        "silent_between": [int(place) for place in np.flatnonzero(~alive)[[0, -1]]]
        if not alive.all()
        else None,
        "most": [
            {"neuron": int(numbers[place]), "distance": round(float(distance[place]), 4)}
            for place in order[:MOVED]
        ],
        "least": [
            {"neuron": int(numbers[place]), "distance": round(float(distance[place]), 4)}
            for place in order[::-1][:MOVED]
        ],
    }


if __name__ == "__main__":
    main()
