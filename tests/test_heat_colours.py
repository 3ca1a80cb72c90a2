"""The colours of heat are told apart by eyes that lack one of the three kinds of cones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray

from studies.relevance import showing

SCRIPT = Path(__file__).resolve().parent.parent / "interface" / "colours.js"
EYES = {  # linear RGB as such eyes see it: Machado, Oliveira and Fernandes 2009, severity 1
    "trichromat": np.eye(3),
    "protanope": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranope": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanope": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]  # of linear sRGB
WHITE = (0.9505, 1.0, 1.089)


def lab(colours: NDArray[np.float64], eye: str) -> NDArray[np.float64]:
    """CIELAB (N, 3) of sRGB colours (N, 3), 0-1, as an eye sees them."""
    linear = np.where(colours > 0.04045, ((colours + 0.055) / 1.055) ** 2.4, colours / 12.92)
    seen = np.clip(linear @ np.transpose(EYES[eye]), 0, 1) @ np.transpose(XYZ) / WHITE
    root = np.where(seen > (6 / 29) ** 3, np.cbrt(seen), seen / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def of_page(name: str) -> NDArray[np.float64]:
    """A colour or several of the page's script, 0-1."""
    (found,) = re.findall(rf"{name} = (\[\[.*?\]\]|\[.*?\])", SCRIPT.read_text(encoding="utf-8"))
    return np.atleast_2d(json.loads(found)) / 255


@pytest.mark.parametrize("eye", EYES)
def test_more_heat_is_lighter_to_all_eyes(eye: str) -> None:
    ramps = {
        "page": of_page("WARMTH"),
        "notebook": matplotlib.colormaps[showing.HEAT](np.linspace(0, 1, 5))[:, :3],
    }
    for where, colours in ramps.items():
        lightness = lab(colours, eye)[:, 0]
        assert (np.diff(lightness) > 10).all(), where


@pytest.mark.parametrize("eye", EYES)
def test_what_raises_and_what_lowers_differ_to_all_eyes(eye: str) -> None:
    raises, lowers = (lab(of_page(name), eye)[0] for name in ("RAISES", "LOWERS"))
    assert np.linalg.norm(raises - lowers) > 40  # CIE76; a just noticeable difference is 2.3
