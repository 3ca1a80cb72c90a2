"""The grid of strides in heatmaps, before and after the mending, for one network of each family.

    python -m studies.relevance.grids --pictures runs/demo/data/val
    python -m studies.relevance.grids --pictures ... --weights InceptionV3=FILE MobileNetV2=FILE

Weights are random (seed 0) where no file is given, but for SqueezeNet, whose real ones come with a package:
the grid belongs to the architecture. Heat is that of the channel that is strongest in each picture, at its
strongest position. Writes ``results/grids.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from image_machines import files, images
from image_machines.attribution.artefacts import energy_at_stride
from image_machines.attribution.gradients import maps_of, of_images
from image_machines.attribution.targets import Target, bound
from image_machines.network import models
from image_machines.network.layers import Layer
from image_machines.network.network import Network
from image_machines.network.rectifiers import Policy
from studies.common.measures import interval
from studies.common.pages import markdown
from studies.relevance import RESULTS

FILE = RESULTS / "grids.json"
NETWORKS = ("InceptionV3", "VGG16", "ResNet50", "MobileNetV2", "SqueezeNet", "small")
WAYS: dict[str, Policy] = {"guided backpropagation": "guided", "deconvnet": "deconvnet"}
SIDE, COARSEST = 192, 16  # pixels of a picture, and of the stride of the layer that is read


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m studies.relevance.grids")
    parser.add_argument("--pictures", type=Path, required=True, help="a folder with .jpg files below it")
    parser.add_argument("--weights", nargs="*", default=[], metavar="NETWORK=FILE")
    parser.add_argument("--most", type=int, default=12, help="pictures; default 12")
    given = parser.parse_args()
    measure(given.pictures, dict(each.split("=", 1) for each in given.weights), given.most)


def measure(pictures: Path, weights: Mapping[str, str], most: int = 12) -> None:
    """Measure and write, network by network; what is measured already is not repeated."""
    found = sorted(pictures.rglob("*.jpg"))
    chosen = found[:: max(len(found) // most, 1)][:most]
    shown = np.stack([images.from_picture(images.read(path, (SIDE, SIDE))) for path in chosen])
    rows = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    for name in NETWORKS:
        if any(row["network"] == name for row in rows):
            continue
        network = models.build(name, weights.get(name, "imagenet" if name == "SqueezeNet" else None))
        rows += measured(network, shown)
        files.write_json(FILE, rows)


def measured(network: Network, shown: np.ndarray) -> list[dict[str, object]]:
    """A row for each way of leading gradients back: the mean energy at the stride, before and after."""
    layer = read_layer(network)
    maps = maps_of(network, shown, layer.name)
    strongest = maps.max(axis=(1, 2)).argmax(axis=-1)
    targets = bound(network, [Target(layer.name, int(neuron)) for neuron in strongest])
    rows = []
    for way, relus in WAYS.items():
        row: dict[str, object] = {"network": network.name, "weights": network.source, "way": way}
        row |= {"layer": layer.name, "stride": layer.stride, "pictures": len(shown)}
        for when, strides in (("before", "grid"), ("after", "nearest")):
            slopes = of_images(network, shown, targets, relus, strides)[1]  # type: ignore[arg-type]
            energies = [energy_at_stride(np.abs(each).sum(axis=-1), layer.stride or 1) for each in slopes]
            row[when] = round(float(np.mean(energies)), 4)
            row[f"{when}_interval"] = interval(np.array(energies))
        rows.append(row)
    return rows


def read_layer(network: Network) -> Layer:
    """The last station whose stride is at most 16 pixels."""
    return [
        layer for layer in network.landmarks if layer.map_size and layer.stride and layer.stride <= COARSEST
    ][-1]


def table(rows: Sequence[dict[str, object]]) -> str:
    """Before and after, a line for each network and way."""
    lines = [
        [f"{row['network']}, `{row['layer']}`", str(row["weights"]), str(row["way"])]
        + [f"{row[when]:.1%}" for when in ("before", "after")]
        for row in rows
    ]
    return markdown(["network and layer", "weights", "method", "energy at the stride", "mended"], lines)


if __name__ == "__main__":
    main()
