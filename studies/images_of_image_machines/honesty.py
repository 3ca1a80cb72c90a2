"""Checks that stand next to the pictures: are they the network's, and how far may they be read?

Run, after ``studies.images_of_image_machines.pictures``:

    python -m studies.images_of_image_machines.honesty

Every finished picture of the fine-tuned network is shown to that network as a painting is, and to a second
one, trained from another start. ``results/honesty.json`` has a row for each.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from image_machines import files
from image_machines.atlas.store import Store
from image_machines.network import models, responses
from image_machines.network.network import Network
from image_machines.network.responses import Responses
from studies.common.results import Found, Row
from studies.images_of_image_machines import RESULTS, pictures, reading, relatives

RESULT = RESULTS / "honesty.json"


def main() -> None:
    """Measure every picture."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=relatives.RUN, help="the run of the profile paintings")
    parser.add_argument("--second", type=Path, default=relatives.SECOND, help="the second network's file")
    parser.add_argument("--images", type=Path, default=pictures.FOLDER, help="the folder of finished images")
    given = parser.parse_args()
    tuned, second = models.load(relatives.tuned_file(given.run)), models.load(given.second)
    paintings = responses.load(given.run / "responses")
    entries = entries_of(given.images, tuned)
    layers = [*reading.LAYERS, "predictions"]
    own = shown(tuned, entries, given.images, layers, "responses-images")
    other = shown(second, entries, given.images, ["predictions"], "responses-images-second")
    said = np.array(other.array("predictions", "mean")).T
    rows = []
    for place, entry in enumerate(entries):
        values, best = strengths(own, tuned, entry), strengths(paintings, tuned, entry)
        surest = int(said[place].argmax())
        judged = {"class": second.classes[surest], "probability": round(float(said[place, surest]), 4)}
        rows.append(
            {
                "image": entry["image"],
                **{
                    name: entry[name]
                    for name in ("title", "layer", "neuron", "class_name", "preset", "size", "seed")
                },
                "reached": round(float(values[place] / np.nanmax(best)), 3),
                "second": judged,
                "shuffled": counterpart(given.images, entry),
            }
        )
    files.write_json(RESULT, {"second": second.fingerprint, "pictures": rows})
    write_down(Store(given.images), rows)


def entries_of(folder: Path, tuned: Network) -> list[Row]:
    """The finished pictures of the fine-tuned network, by path."""
    entries, _ = Store(folder).select(limit=10_000, model=tuned.name)
    return sorted(entries, key=lambda entry: str(entry["image"]))


def shown(
    network: Network, entries: Sequence[Found], folder: Path, layers: Sequence[str], name: str
) -> Responses:
    """The responses of a network to the pictures, squeezed to its size as paintings are."""
    records = [{"file": str(entry["image"]).removeprefix("images/")} for entry in entries]
    return responses.measure(network, records, folder, layers, relatives.FOLDER / name)


def strengths(found: Responses, network: Network, entry: Found) -> NDArray[np.float64]:
    """How strongly each picture of a collection excites the entry's neuron: the mean of its map.

    Of a class it is the logit, before the softmax, since probabilities of 1 cannot be compared.
    """
    if entry["layer"] != "predictions":
        return np.array(found.array(entry["layer"], "mean")[entry["neuron"]], np.float64)
    kernel, bias = network.graph.get_layer("predictions").get_weights()
    dense = np.array(found.array("dense", "mean"), np.float64)
    return np.asarray(kernel[:, entry["neuron"]] @ dense + bias[entry["neuron"]])


def counterpart(folder: Path, entry: Found) -> str | None:
    """The picture of the same neuron and preset in the network with shuffled weights, where there is one."""
    path = Path(str(entry["image"]).removeprefix("images/"))
    layer = folder / f"{entry['model']}-shuffled" / path.parent.name
    wanted = {name: entry[name] for name in ("neuron", "preset", "size", "seed")}
    for card in sorted(layer.glob("*.json")):
        content = json.loads(card.read_text(encoding="utf-8"))
        if {name: content.get(name) for name in wanted} == wanted:
            return f"images/{card.with_suffix('.jpg').relative_to(folder).as_posix()}"
    return None


def write_down(store: Store, rows: Sequence[Found]) -> None:
    """Put each picture's line beside it, where the page finds it."""
    for row in rows:
        card = store.file(row["image"]).with_suffix(".json")
        content = json.loads(card.read_text(encoding="utf-8"))
        files.write_json(card, content | {"check": sentence(row)})
    store.write_index()


def read() -> list[Row]:
    """The row of every picture."""
    return list(json.loads(RESULT.read_text(encoding="utf-8"))["pictures"])


def of_classes(rows: Sequence[Found], preset: str, seed: int = 0) -> list[Found]:
    """The rows of the classes' pictures by one method, in the order of the classes."""
    found = [row for row in rows if row["class_name"] and (row["preset"], row["seed"]) == (preset, seed)]
    smallest = min(row["size"] for row in found)
    return sorted((row for row in found if row["size"] == smallest), key=lambda row: int(row["neuron"]))


def sentence(row: Found) -> str:
    """The checks of one picture in one plain line."""
    second = row["second"]
    return (
        f"Shown like a painting, it excites the neuron {row['reached']:.1f} times as much as the painting "
        f"that excites it most; a second network takes it for a {second['class']} "
        f"({second['probability']:.0%})."
    )


if __name__ == "__main__":
    main()
