"""A contact sheet of the presets: one row a preset, one column a unit, every picture kept with its card.

Run: ``python -m bench.sheet images/presets mixed3:13 mixed5:66 --octave 6``, or, with the network of a run,
``--model runs/demo/model/NAME.keras``. What is there already is not made again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tqdm.auto import tqdm

from bench.features import network as inception
from image_machines import images
from image_machines.network import models
from image_machines.vision import features, objectives, presets


def main() -> None:
    """Make what is missing, then lay it out."""
    parser = argparse.ArgumentParser(prog="python -m bench.sheet", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("units", nargs="+", metavar="layer:neuron")
    parser.add_argument("--model", type=Path, help="a saved network; default: InceptionV3")
    parser.add_argument("--octave", type=int, default=6, help="size, 1 to 10; default 6: 434 px")
    parser.add_argument("--presets", nargs="+", default=list(presets.PRESETS), choices=presets.PRESETS)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    network = models.load(given.model) if given.model else inception()
    jobs = [(name, unit) for name in given.presets for unit in given.units]
    for name, unit in tqdm(jobs, unit="image"):
        path = target(given.folder, network.name, name, unit)
        if not path.is_file():
            make(path, network, name, unit, given.octave, given.seed)
    pictures = [images.read(target(given.folder, network.name, *job)) for job in jobs]
    sheet = images.contact_sheet(
        pictures, [f"{name} {unit}" for name, unit in jobs], len(given.units), tile=320
    )
    images.save(given.folder / f"{network.name}.jpg", sheet)


def target(folder: Path, network: str, preset: str, unit: str) -> Path:
    return folder / network / f"{unit.replace(':', '-')}-{preset}.jpg"


def make(path: Path, network: models.Network, preset: str, unit: str, octave: int, seed: int) -> None:
    """Make one picture and its card."""
    layer, _, number = unit.partition(":")
    settings = presets.preset(preset).at_octave(octave)
    neuron = int(number) if number.isdigit() else number
    result = features.render(
        network, objectives.neuron(network, layer, neuron, settings.score), settings, seed
    )
    card = {
        "title": f"{unit}, {preset}",
        "model": network.name,
        "fingerprint": network.fingerprint,
        "layer": layer,
        "neuron": neuron,
        "preset": preset,
        "settings": settings.to_json(),
        "seed": seed,
        "activation": result.activation,
        "seconds": round(result.seconds, 1),
        "warnings": list(result.warnings),
    }
    images.save(path, features.picture(result.image), card)


if __name__ == "__main__":
    main()
