"""Making a map: the network's own layer, pictures that cannot be read, what is measured already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines import images
from image_machines.atlas.maps import layout, making, ordering
from image_machines.atlas.maps.gathering import Gathered, gather
from image_machines.attribution import excitement
from image_machines.network import responses
from image_machines.network.layers import UnknownLayer


@pytest.fixture
def pictures(tmp_path: Path) -> Gathered:
    """Twelve pictures in two classes, and a file that only says that it is one."""
    random = np.random.default_rng(0)
    for number in range(12):
        name = "dark" if number < 6 else "light"
        picture = random.integers(0, 90, (40, 30, 3)) + (160 if name == "light" else 0)
        images.save(tmp_path / "own" / name / f"{number:02d}.png", picture.astype(np.uint8))
    (tmp_path / "own" / "light" / "99.jpg").write_bytes(b"\xff\xd8\xff no more")
    return gather(tmp_path / "own", tmp_path)


@pytest.fixture(autouse=True)
def no_umap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two channels in place of UMAP, which compiles for long and is tried elsewhere."""
    monkeypatch.setattr(layout, "projected", lambda rows, projection: rows[:, :2].astype(float))


def shown(page: Path) -> dict[str, Any]:
    return dict(json.loads((page.parent / "map.js").read_text().removeprefix("window.MAP = ")[:-2]))


def test_a_folder_of_one_s_own_becomes_a_map(
    tiny_network: Any, pictures: Gathered, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = making.make(tiny_network, pictures, tmp_path / "map", "Mine")
    found = shown(page)
    assert (found["title"], len(found["works"]), found["left_out"]) == ("Mine", 12, ["99.jpg"])
    assert "not on the map, for they cannot be read: 1 (light/99.jpg)" in caplog.text
    assert (
        "12 pictures lie near to those in which tiny sees the same (layer late, UMAP with 15"
        in found["about"]
    )
    assert found["facets"][0]["values"] == ["dark", "light"]
    card = json.loads((tmp_path / "map" / "layout.json").read_text())["card"]
    assert card["of"] == {"network": "tiny", "fingerprint": tiny_network.fingerprint, "layer": "late"}


def test_what_was_measured_already_is_read_for_a_part_too(
    tiny_network: Any, pictures: Gathered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = responses.measure(
        tiny_network, pictures.records, pictures.folder, ["features", "late"], tmp_path / "known"
    )
    monkeypatch.setattr(responses, "measure", lambda *_, **__: pytest.fail("measured twice"))
    few = Gathered(pictures.folder, pictures.records[2:])
    rows = making._features(tiny_network, few, "late", tmp_path / "new", tmp_path / "known")
    assert np.array_equal(rows, excitement.pooled(known, "late")[2:], equal_nan=True)
    with pytest.raises(pytest.fail.Exception, match="measured twice"):
        making._features(tiny_network, few, "early", tmp_path / "new", tmp_path / "known")


def test_bad_orders_get_a_sentence(tiny_network: Any, pictures: Gathered, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 10 pictures that can be read, not 6"):
        making.make(tiny_network, pictures.only("class", "dark"), tmp_path / "map", "Few")
    with pytest.raises(UnknownLayer, match="no layer 'lte' .did you mean 'late'"):
        making.make(tiny_network, pictures, tmp_path / "map", "Wrong", layer="lte")
    with pytest.raises(ValueError, match="named by column=value, such as class=portrait, not 'portrait'"):
        ordering.order(tmp_path, only="portrait")
    with pytest.raises(ValueError, match="there is no collection in .*: `make run` makes one, or name"):
        ordering.order(tmp_path / "none")
