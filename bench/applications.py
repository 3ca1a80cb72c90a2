"""Try every network that can be built by its name: a line for each, and ``bench/applications.json``.

Run: ``python -m bench.applications``, or ``python -m bench.applications VGG16 NASNetMobile`` for some. Each
is built with random weights, frozen to its middle, saved, loaded and climbed for two steps, in a process of
its own. What the file has already is kept and, without names, not tried again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from image_machines.images import FloatImage
from image_machines.network import gradient, heads, models
from image_machines.network.applications import architectures
from image_machines.network.forward import Reading, forward
from image_machines.network.network import Network
from image_machines.vision import features, objectives
from image_machines.vision.settings import Settings

TARGET = Path(__file__).resolve().parent / "applications.json"
SIZE, ITERATIONS = 96, 2  # of the image, and of the steps that it is climbed for


@dataclass(frozen=True)
class Tried:
    """What came of a network with random weights."""

    name: str
    parameters: int  # without its classifier
    layers: int  # with neurons
    learning: int  # layers that learn when it is frozen to its middle
    neuron: str  # whose image is climbed
    same: bool  # fingerprint, pixels, size and layers, after it was saved and loaded
    fits_any_size: bool
    activations: tuple[float, float]  # before the first step and after the last
    changed: float  # the largest change of a pixel
    finite: bool
    seconds: float


def tried(name: str, folder: Path) -> Tried:
    """Build, freeze, save, load and climb a network, through the functions that everybody calls."""
    began = time.perf_counter()
    base = models.build(name, None)
    network = heads.add_head(base, ["a", "b"], dense=0)
    maps = [layer for layer in base.layers.values() if layer.visualizable and layer.map_size]
    middle = maps[len(maps) // 2]
    learning = heads.freeze(network, middle.name)
    path = models.save(network, folder / f"{name}.keras")
    again = models.load(path)
    path.unlink()
    told = [
        (each.fingerprint, each.pixels, each.size, each.layers, each.landmarks) for each in (network, again)
    ]
    settings = Settings(
        octaves=1, final_size=SIZE, iterations=ITERATIONS, precision="float32", regularizers=()
    )
    first = features.first_image(settings, 0)
    neuron = _at_work(again, middle.name, first)
    objective = objectives.channel(middle.name, neuron)
    made = features.render(again, objective, settings)
    return Tried(
        name,
        base.graph.count_params(),
        sum(layer.visualizable for layer in base.layers.values()),
        len(learning),
        f"{middle.name}:{neuron}",
        told[0] == told[1],
        again.graph.input_shape[1:3] == (None, None),
        (features.activation(again, objective, first), made.activation),
        float(np.abs(made.image - first).max()),
        bool(np.isfinite(made.image).all()),
        round(time.perf_counter() - began, 1),
    )


def _at_work(network: Network, layer: str, image: FloatImage) -> int:
    """Neuron 0, or where that is off on the whole image the one that answers it most: two steps wake none."""
    (answer,) = forward(network, (Reading(layer),))(image[None])
    rows, columns = (slice(edge, side - edge) for side in answer.shape[1:3] for edge in [_border(side)])
    means = gradient.to_array(answer)[:, rows, columns].mean(axis=(0, 1, 2))
    return 0 if means[0] else int(means.argmax())


def _border(side: int) -> int:
    """Positions at an edge of a map that do not count in an objective."""
    return min(objectives.BORDER, (side - 1) // 2)


def main() -> None:
    """Try the networks named on the command line, by default all that the file lacks."""
    parser = argparse.ArgumentParser(prog="python -m bench.applications", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="network")
    parser.add_argument("--alone", action="store_true", help="in this process, with the row as JSON")
    options = parser.parse_args()
    if options.alone:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(asdict(tried(options.names[0], Path(folder)))))
        return
    rows: dict[str, Any] = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.is_file() else {}
    for name in options.names or [each for each in architectures() if each not in rows]:
        command = [sys.executable, "-m", "bench.applications", "--alone", name]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            print(f"{name} failed: {ended.stderr.strip().splitlines()[-1:]}", flush=True)
            continue
        rows[name] = json.loads(ended.stdout.splitlines()[-1])
        print(rows[name], flush=True)
        temporary = TARGET.with_suffix(".json.part")
        temporary.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        temporary.replace(TARGET)


if __name__ == "__main__":
    main()
