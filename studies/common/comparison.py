"""A sheet that compares presets: one row a preset, one column a neuron.

    python -m studies.common.comparison images/presets/InceptionV3.jpg mixed3:13 mixed5:66 --presets quick

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

from image_machines import images
from image_machines.atlas.make import keep, make
from image_machines.atlas.plan import plan
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.images import Picture
from image_machines.network.models import open_network
from image_machines.network.network import Network
from image_machines.vision import presets

GAP, HEAD, SIDE = (
    8,
    34,
    40,
)  # pixels: between pictures, for names of neurons above, of presets at the left
QUALITY = 82  # of the sheet's JPEG


def main() -> None:
    """Make what is missing, then lay it out."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("sheet", type=Path, help="the .jpg or .png to write")
    parser.add_argument("neurons", nargs="+", metavar="layer:neuron")
    parser.add_argument("--model", default="InceptionV3", help="a saved network, or an architecture")
    parser.add_argument("--octave", type=int, default=6, help="size, 1 to 10; default 6: 434 px")
    parser.add_argument("--presets", nargs="+", default=list(presets.PRESETS), choices=presets.PRESETS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pictures", type=Path, default=Path("runs/presets"), help="default: runs/presets")
    parser.add_argument("--tile", type=int, default=240, help="pixels of a picture on the sheet; default 240")
    given = parser.parse_args()
    network = open_network(given.model)
    store = Store(given.pictures)
    wanted = [
        planned(network, name, neuron, given.octave, given.seed)
        for name in given.presets
        for neuron in given.neurons
    ]
    for recipe in tqdm(wanted, unit="image"):
        if store.find(recipe.id) is None:
            keep(store, make(network, recipe))
    pictures = [images.read(store.file(store.path(recipe))) for recipe in wanted]
    images.save(given.sheet, laid_out(pictures, given.presets, given.neurons, given.tile), quality=QUALITY)


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


def planned(network: Network, preset: str, named: str, octave: int, seed: int) -> Recipe:
    """The recipe of one picture of the sheet."""
    layer, _, neuron = named.partition(":")
    return plan(network, layer, neuron, octave, preset, seed)


if __name__ == "__main__":
    main()
