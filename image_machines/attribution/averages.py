"""Average visualisations: the parts of the works that excite a neuron most, laid over each other.

Each crop is what the strongest position of a work's map sees, its middle in the middle of the average,
whatever edge of the work it overhangs. Source: Oramas, Wang and Tuytelaars 2019, "Visual explanation by
interpretation", section on average visualisations.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from image_machines import images
from image_machines.images import Picture
from image_machines.network.layers import Layer, check_neuron
from image_machines.network.responses import LARGEST_CROP, Responses

WORKS = 100
GREY = 127.5  # where no work reaches


def average(measured: Responses, layer: str, neuron: int, works: int = WORKS, side: int = 160) -> Picture:
    """The mean crop (side, side, 3) of the works that excite a neuron most."""
    found = measured.layer(layer)
    check_neuron(found, neuron)
    total = count = np.zeros((1, 1, 1))
    for index in strongest(measured, found, neuron, works):
        picture = images.read(
            measured.pictures / measured.records[index]["file"], (measured.size, measured.size)
        )
        row, column = map(int, measured.array(found.name, "place")[neuron, index])
        crop = aligned(picture, found, row, column)
        total = total + np.nan_to_num(crop)
        count = count + ~np.isnan(crop)
    mean = np.where(count > 0, total / np.maximum(count, 1), GREY)
    small = Image.fromarray(np.broadcast_to(mean, (*mean.shape[:2], 3)).round().astype(np.uint8))
    return np.asarray(small.resize((side, side), Image.Resampling.BICUBIC))


def strongest(measured: Responses, layer: Layer, neuron: int, works: int) -> list[int]:
    """The rows of the works that excite a neuron most, strongest first; unreadable ones are left out."""
    maximum = np.array(measured.array(layer.name, "maximum")[neuron])
    order = np.argsort(-np.nan_to_num(maximum, nan=-np.inf), kind="stable")
    return [int(index) for index in order[:works] if not np.isnan(maximum[index])]


def aligned(picture: Picture, layer: Layer, row: int, column: int) -> NDArray[np.float64]:
    """What a position of a map sees of a square picture, its middle in the middle; NaN beyond the edges.

    The whole picture for a layer without a map; at most half its side, as in `responses.crop_box`.
    """
    size = picture.shape[0]
    if layer.stride is None or layer.receptive_field is None or layer.centre is None:
        return picture.astype(np.float64)
    half = max(round(min(layer.receptive_field, LARGEST_CROP * size) / 2), 1)
    middle = [round(layer.centre + position * layer.stride) for position in (row, column)]
    padded = np.full((size + 2 * half, size + 2 * half, 3), np.nan)
    padded[half : half + size, half : half + size] = picture
    top, left = (min(max(each, 0), size - 1) for each in middle)
    return padded[top : top + 2 * half, left : left + 2 * half]
