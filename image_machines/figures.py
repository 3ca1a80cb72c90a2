"""Figures of the notebooks: curves, a confusion matrix, a reliability diagram, sheets of pictures.

Each function takes plain numbers and gives a matplotlib figure, drawn in one quiet style: no frames, thin
lines, one accent colour, so that the pictures stay the only colour on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from image_machines.images import Picture

INK, PALE, ACCENT = "#333333", "#b8b8b8", "#1f5a8a"
STYLE: dict[str, Any] = {
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.dpi": 110,
    "legend.frameon": False,
}


def curves(history: Sequence[Mapping[str, float]]) -> Figure:
    """Accuracy and loss over the epochs, in training (pale) and in validation (dark)."""
    with _figure(8, 2.8) as figure:
        for axes, measure in zip(figure.subplots(1, 2), ("accuracy", "loss"), strict=True):
            epochs = [row["epoch"] for row in history]
            for key, colour, label in ((measure, PALE, "training"), (f"val_{measure}", ACCENT, "validation")):
                values = [row[key] for row in history]
                axes.plot(epochs, values, color=colour, marker="o", markersize=3, label=label)
            axes.legend()
            axes.set(title=measure, xlabel="epoch")
            axes.xaxis.get_major_locator().set_params(integer=True)
    return figure


def confusion(table: NDArray[np.int64], classes: Sequence[str]) -> Figure:
    """How many pictures of each class (rows) were taken for each class (columns)."""
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    with _figure(1.6 + 0.9 * len(classes), 1.1 + 0.7 * len(classes)) as figure:
        axes = figure.subplots()
        axes.imshow(share, cmap="Greys", vmin=0, vmax=1.4, aspect="auto")
        for (row, column), count in np.ndenumerate(table):
            colour = "white" if share[row, column] > 0.7 else INK
            axes.text(column, row, str(count), ha="center", va="center", color=colour)
        places = range(len(classes))
        axes.set_xticks(places, classes)
        axes.set_yticks(places, classes)
        axes.set(xlabel="the network says", ylabel="the catalogue says")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    return figure


def reliability(bins: Sequence[Mapping[str, float]], error: float) -> Figure:
    """How often the network is right (upwards) where it is so and so sure (to the right); size: pictures."""
    with _figure(4, 3.6) as figure:
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=PALE, linewidth=1, zorder=1)
        most = max((each["pictures"] for each in bins), default=1)
        axes.scatter(
            [each["confidence"] for each in bins],
            [each["accuracy"] for each in bins],
            s=[20 + 180 * each["pictures"] / most for each in bins],
            color=ACCENT,
            alpha=0.8,
            linewidth=0,
            zorder=2,
        )
        axes.set(
            title=f"expected calibration error {error:.3f}",
            xlabel="how sure the network is",
            ylabel="how often it is right",
            xlim=(0, 1.05),
            ylim=(-0.05, 1.05),
        )
    return figure


def sheet(
    pictures: Sequence[Picture], captions: Sequence[str], columns: int = 5, side: float = 1.9
) -> Figure:
    """Pictures in rows, each with its caption below, broken into lines."""
    columns = max(min(columns, len(pictures)), 1)
    rows = max(-(-len(pictures) // columns), 1)
    with _figure(columns * side, rows * (side + 0.55)) as figure:
        grid = figure.subplots(rows, columns, squeeze=False)
        for place, axes in enumerate(grid.flat):
            axes.set(xticks=[], yticks=[], anchor="S")
            axes.spines[:].set_visible(False)
            if place < len(pictures):
                axes.imshow(pictures[place])
                axes.set_xlabel(_wrapped(captions[place]), fontsize=7, loc="left", va="top")
    return figure


def _wrapped(text: str, width: int = 30, lines: int = 4) -> str:
    return "\n".join(
        line for part in text.split("\n") for line in wrap(part, width, max_lines=lines, placeholder=" …")
    )


@contextmanager
def _figure(width: float, height: float) -> Iterator[Figure]:
    """A figure in the style, outside pyplot: it is shown where the notebook names it, and only there."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
