"""Figures: templates, the maps that count most in a picture, the baseline's Grad-CAM, failure cases.

    python -m studies.semantic_maps.drawings

takes what `known` left with the same numbers. Blue raises, orange lowers, white does nothing: colours that
people with any usual colour blindness tell apart (Okabe and Ito 2008).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import keras
import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from image_machines import files
from image_machines.figures import STYLE
from image_machines.images import Picture, resize_linear
from image_machines.network.network import Network
from image_machines.network.semantic.explaining import Explained, explain, templates
from image_machines.network.semantic.variants import VARIANTS
from studies.semantic_maps import FIGURES, judging, known, lessons, summary

LOWERS, RAISES = "#d55e00", "#0072b2"
COLOURS = LinearSegmentedColormap.from_list("counts", [LOWERS, "white", RAISES])
THICKEST = 8  # points, of the frame of the attribute that counts most

Numbers = NDArray[np.float64]


def template_sheet(names: Sequence[str], rows: dict[str, Numbers]) -> Figure:
    """Templates (m, m, A), a row for each entry (such as learned and true), each in its own scale."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(1.5 * len(names) + 0.6, 1.75 * len(rows)), layout="constrained")
        grid = figure.subplots(len(rows), len(names), squeeze=False)
        for row, (what, values) in enumerate(rows.items()):
            for column, name in enumerate(names):
                axes, own = grid[row][column], values[..., column]
                most = max(float(np.abs(own).max()), 1e-9)
                axes.imshow(own, cmap=COLOURS, vmin=-most, vmax=most)
                axes.set(xticks=[], yticks=[], title=name if row == 0 else "")
                axes.set_ylabel(what if column == 0 else "")
    return figure


def map_sheet(
    picture: Picture, found: Explained, number: int, cells: int, border: int, beside: Numbers | None = None
) -> Figure:
    """A picture, the maps that count most in it, framed as thick as they count, and the baseline's map."""
    most = found.most(number)
    count = 1 + (beside is not None) + len(most)
    columns = min(count, 5)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2 * columns, 2.3 * -(-count // columns)), layout="constrained")
        places = iter(figure.subplots(-(-count // columns), columns, squeeze=False).ravel())
        _shown(next(places), picture, f"score {found.score[number]:.2f}")
        if beside is not None:
            _over(next(places), picture, beside, "baseline: Grad-CAM", "cividis")
        largest = max(float(np.abs(found.totals[number]).max()), 1e-9)
        for attribute in most:
            axes, counts = next(places), float(found.totals[number, attribute])
            seen = framed(found.contributions[number, ..., attribute], cells, border)
            _over(axes, picture, seen, f"{found.attributes[attribute]} {counts:+.2f}", None)
            axes.spines[:].set_visible(True)
            axes.spines[:].set(
                color=RAISES if counts > 0 else LOWERS, linewidth=THICKEST * abs(counts) / largest
            )
        for axes in places:
            axes.set_visible(False)
    return figure


def framed(values: Numbers, cells: int, border: int) -> Numbers:
    """A map (m, m) as large as the picture's, (cells, cells), with zeros where it was cropped."""
    return values if len(values) == cells else np.pad(values, border)


def grad_cam(network: Network, inputs: NDArray[np.float32], start: str = "") -> Numbers:
    """Grad-CAM (N, h, w) of a baseline that ends in averages and a linear score (Selvaraju and others 2017).

    There the gradient of the score is the same at every place, the channel's weight, so that no gradient has
    to be computed.
    """
    dense = network.graph.get_layer("score")
    pooled = network.graph.get_layer("pooling")
    begin = network.output(start) if start else network.graph.inputs[0]
    maps = np.asarray(keras.Model(begin, pooled.input).predict_on_batch(inputs), np.float64)
    return np.maximum(maps @ np.asarray(dense.get_weights()[0], np.float64)[0, 0, :, 0], 0)


def _shown(axes: mpl.axes.Axes, picture: Picture, title: str) -> None:
    axes.imshow(picture)
    axes.set(xticks=[], yticks=[], title=title)
    axes.spines[:].set_visible(False)


def _over(axes: mpl.axes.Axes, picture: Picture, values: Numbers, title: str, colours: str | None) -> None:
    """A map over the grey picture, in signed colours or in a sequence of them."""
    _shown(axes, picture, title)
    axes.imshow(picture.mean(axis=2), cmap="gray")
    large = resize_linear(values[..., None].astype(np.float32), picture.shape[:2])[..., 0]
    most = max(float(np.abs(large).max()), 1e-9)
    alpha = np.clip(np.abs(large) / most, 0, 1) * 0.8
    axes.imshow(large, cmap=colours or COLOURS, vmin=0 if colours else -most, vmax=most, alpha=alpha)


def save(figure: Figure, path: Path) -> None:
    """Write a figure in one piece."""
    with files.replacing(path) as temporary:
        figure.savefig(temporary, dpi=80)


def main() -> None:
    """Draw templates, the picture that is scored best and the worst failure."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=known.PICTURES)
    parser.add_argument("--epochs", type=int, default=known.EPOCHS)
    given = parser.parse_args()
    data = known.known(given.pictures)
    chosen = lessons.settings(given.epochs, 0)
    networks = {name: known.taught(data, chosen, name) for name in VARIANTS}
    side = len(data.templates)
    rows = {name: judging.inner(templates(each), side) for name, each in networks.items()}
    rows |= {"linear fit": judging.fitted(data)[0], "true": data.templates}
    save(template_sheet(known.PARTS, rows), FIGURES / "templates.png")
    own = data.part(2)
    values, plain = data.features.values[own], known.baseline(data, chosen)
    found = explain(networks["code"], values, start=summary.NAME, batch_size=lessons.AT_ONCE)
    errors = np.abs(found.score - data.scores[own, 0])
    for name, number in (("work", int(np.argmin(errors))), ("failure", int(np.argmax(errors)))):
        (beside,) = grad_cam(plain, np.asarray(values[number : number + 1], np.float32), summary.NAME)
        picture = data.paintings.pictures[own][number]
        sheet = map_sheet(picture, found, number, data.cells, lessons.BORDER, beside)
        save(sheet, FIGURES / f"{name}.png")


if __name__ == "__main__":
    main()
