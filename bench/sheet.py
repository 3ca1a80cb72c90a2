"""A contact sheet of the presets: one row a preset, one column a unit.

Run: ``python -m bench.sheet images/presets/InceptionV3.jpg mixed3:13 mixed5:66 --presets quick paper-2018``,
or, with the network of a run, ``--model runs/paintings/model/NAME.keras`` and ``predictions:landscape``. The
single pictures are kept, each with its card, in ``--pictures``; what is there already is not made again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tqdm.auto import tqdm

from bench.features import network as inception
from image_machines import images
from image_machines.images import Picture
from image_machines.network import models
from image_machines.vision import features, objectives, presets

GAP, HEAD, SIDE = 8, 34, 40  # pixels: between pictures, for the units' names above, the presets' at the left
QUALITY = 82  # of the sheet's JPEG


def main() -> None:
    """Make what is missing, then lay it out."""
    parser = argparse.ArgumentParser(prog="python -m bench.sheet", description=__doc__.splitlines()[0])
    parser.add_argument("sheet", type=Path, help="the .jpg or .png to write")
    parser.add_argument("units", nargs="+", metavar="layer:neuron")
    parser.add_argument("--model", type=Path, help="a saved network; default: InceptionV3")
    parser.add_argument("--octave", type=int, default=6, help="size, 1 to 10; default 6: 434 px")
    parser.add_argument("--presets", nargs="+", default=list(presets.PRESETS), choices=presets.PRESETS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pictures", type=Path, default=Path("runs/presets"), help="default: runs/presets")
    parser.add_argument("--tile", type=int, default=240, help="pixels of a picture on the sheet; default 240")
    given = parser.parse_args()
    network = models.load(given.model) if given.model else inception()
    jobs = [(name, unit) for name in given.presets for unit in given.units]
    for name, unit in tqdm(jobs, unit="image"):
        path = target(given.pictures, network.name, name, unit)
        if not path.is_file():
            make(path, network, name, unit, given.octave, given.seed)
    pictures = [images.read(target(given.pictures, network.name, *job)) for job in jobs]
    images.save(given.sheet, laid_out(pictures, given.presets, given.units, given.tile), quality=QUALITY)


def laid_out(pictures: Sequence[Picture], rows: Sequence[str], columns: Sequence[str], tile: int) -> Picture:
    """The pictures, row by row, under the names of the columns and beside those of the rows."""
    step = tile + GAP
    sheet = Image.new("RGB", (SIDE + len(columns) * step, HEAD + len(rows) * step), "white")
    for index, picture in enumerate(pictures):
        small = Image.fromarray(picture).resize((tile, tile), Image.Resampling.LANCZOS)
        sheet.paste(small, (SIDE + index % len(columns) * step, HEAD + index // len(columns) * step))
    for index, name in enumerate(columns):
        sheet.paste(written(name, tile, HEAD), (SIDE + index * step, 0))
    for index, name in enumerate(rows):
        turned = written(name, tile, SIDE).transpose(Image.Transpose.ROTATE_90)
        sheet.paste(turned, (0, HEAD + index * step))
    return np.asarray(sheet)


def written(text: str, width: int, height: int) -> Image.Image:
    """A line of text in the middle of a strip."""
    strip = Image.new("RGB", (width, height), "white")
    size = min(24, int(1.7 * width / len(text)))
    ImageDraw.Draw(strip).text(
        (width / 2, height / 2), text, "black", ImageFont.load_default(size), anchor="mm"
    )
    return strip


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
