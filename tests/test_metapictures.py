"""A neuron's sheet: pictures are kept, shares are of the plain one, works are compared as squares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines.vision import features
from image_machines.vision.metapictures import sheet, spectrum
from image_machines.vision.metapictures.methods import FREE, LONGER, PLAIN, methods
from image_machines.vision.metapictures.sheet import Sheets


@pytest.fixture
def sheets(tiny_network: Any, tmp_path: Path) -> Sheets:
    random = np.random.default_rng(0)
    works = [random.integers(0, 256, (40, 50, 3), np.uint8) for _ in range(3)]
    return Sheets(tiny_network, spectrum.of_works(works, 32), tmp_path, methods(32, 6))


def test_a_picture_is_drawn_once_and_what_it_excites_is_a_share_of_the_plain_one(
    sheets: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    blurred = sheets.drawn("features", 3, "blur")
    plain = sheets.drawn("features", 3, PLAIN)
    assert plain.gradients == blurred.gradients == 6
    assert sheets.excites("features", 3, plain) == 1
    assert sheets.excites("features", 3, blurred) == pytest.approx(blurred.activation / plain.activation)
    monkeypatch.setattr(features, "render", lambda *_: pytest.fail("drawn again"))
    assert sheets.drawn("features", 3, "blur") == blurred
    with pytest.raises(pytest.fail.Exception, match="drawn again"):
        sheets.drawn("features", 3, "jitter")


def test_of_a_neuron_that_nothing_excites_there_is_no_share(
    sheets: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "activation", lambda *_: 0.0)
    plain = sheets.drawn("features", 3, PLAIN)
    with pytest.raises(ValueError, match="not even the plain picture excites features:3"):
        sheets.excites("features", 3, plain)


def test_methods_are_compared_that_take_as_many_gradients(tiny_network: Any) -> None:
    known = sheet.compared(tiny_network, "features", methods())
    assert known[0] == PLAIN and not {FREE, LONGER} & set(known)
    assert len(sheet.compared(tiny_network, tiny_network.output_layer, methods())) == len(known) - 1


def test_the_middle_of_a_work_is_compared() -> None:
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, 20:40] = 200
    assert (spectrum.square(wide, 20) == 200).all()
    assert spectrum.square(wide, 10).shape == (10, 10, 3)
