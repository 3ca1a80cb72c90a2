"""The paper's figures: a picture is kept and not drawn again, the paper's way has its octaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from image_machines.vision import features
from studies.metapictures import paper


def test_the_papers_way_has_three_octaves_and_the_naive_one_nothing_but_the_gradient(
    tiny_network: Any,
) -> None:
    ways = paper.ways(tiny_network, 672, 2000)
    assert ways[paper.PAPER].sizes() == (298, 448, 672)
    assert ways[paper.PAPER].schedule() == (2000, 2000, 2000)
    assert ways[paper.NAIVE].regularizers == () and ways[paper.NAIVE].sizes() == (672,)


def test_a_picture_is_drawn_once(tiny_network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = paper.ways(tiny_network, 32, 2)[paper.PAPER]
    first = paper.drawn(tiny_network, 1, paper.PAPER, settings, tmp_path)
    assert first.shape == (32, 32, 3)
    monkeypatch.setattr(features, "render", lambda *_: pytest.fail("drawn again"))
    assert (paper.drawn(tiny_network, 1, paper.PAPER, settings, tmp_path) == first).all()
    with pytest.raises(pytest.fail.Exception, match="drawn again"):
        paper.drawn(tiny_network, 1, paper.NAIVE, settings, tmp_path)
