"""Figures: they draw, whatever the numbers."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from image_machines import figures

ROW = {"epoch": 1, "accuracy": 0.5, "val_accuracy": 0.4, "loss": 1.0, "val_loss": 1.2}
BIN = {"low": 0.9, "high": 1.0, "pictures": 3, "confidence": 0.95, "accuracy": 1.0}
GREY = np.full((20, 30, 3), 128, np.uint8)


def drawn(figure: Figure) -> np.ndarray:
    file = BytesIO()
    figure.savefig(file, format="png")
    with Image.open(file) as opened:
        return np.asarray(opened.convert("RGB"))


@pytest.mark.parametrize(
    "figure",
    [
        figures.curves([ROW]),
        figures.curves([ROW, ROW | {"epoch": 2, "loss": 0.4}]),
        figures.confusion(np.array([[3, 1], [0, 0]]), ["portrait", "landscape"]),
        figures.reliability([BIN], 0.05),
        figures.reliability([], 0.0),
        figures.sheet([GREY] * 7, ["Someone, Something, 1600"] * 7, columns=3),
        figures.sheet([GREY], ["a very long caption that goes on and on " * 5 + "\nand another line"]),
        figures.sheet([], []),
    ],
)
def test_draws(figure: Figure) -> None:
    pixels = drawn(figure)
    assert pixels.ndim == 3 and min(pixels.shape[:2]) > 50


def test_sheet_shows_its_pictures() -> None:
    red = np.zeros((40, 40, 3), np.uint8)
    red[..., 0] = 255
    pixels = drawn(figures.sheet([red, GREY], ["red", "grey"]))
    assert (pixels == [255, 0, 0]).all(axis=2).mean() > 0.1
    assert (pixels == [128, 128, 128]).all(axis=2).mean() > 0.1
