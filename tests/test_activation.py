"""The activation atlas: cells hold what lies together, directions whiten, both networks the same places."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from image_machines import images
from image_machines.atlas.activation import cells, drawing, making, positions
from image_machines.atlas.activation.positions import Positions
from image_machines.atlas.maps import layout
from image_machines.network.layers import Layer
from image_machines.network.network import Network
from image_machines.network.unfolding import reseeded
from image_machines.vision import features, objectives
from image_machines.vision.presets import preset

LAYER = Layer("late", "Conv2D", 6, 10, 4, 13, 0.0, True)


def placed(vectors: np.ndarray) -> Positions:
    count = len(vectors)
    places = np.stack(np.divmod(np.arange(count) % 9, 3), axis=1)
    return Positions(LAYER, 40, vectors.astype(np.float32), np.arange(count) // 3, places)


def test_cells_hold_what_lies_together_and_enough_of_it() -> None:
    random = np.random.default_rng(0)
    corners = np.repeat([[0, 0], [1, 0], [0, 1]], 20, axis=0) + random.uniform(-0.01, 0.01, (60, 2))
    found = cells.cells(np.vstack([corners, [[1, 1], [1, 1]]]), across=2, least=5)
    assert [(cell.row, cell.column) for cell in found] == [(0, 0), (0, 1), (1, 0)]
    assert [set(cell.members) for cell in found] == [set(range(start, start + 20)) for start in (0, 20, 40)]


def test_a_stray_position_does_not_press_all_others_into_one_cell() -> None:
    random = np.random.default_rng(0)
    found = cells.cells(np.vstack([random.uniform(0, 1, (300, 2)), [[500, 500]]]), across=4)
    assert len(found) == 16


def test_a_direction_points_to_what_is_a_cell_s_own() -> None:
    random = np.random.default_rng(0)
    vectors = random.uniform(0, 0.1, (200, 6))
    vectors[:, 0] += 5  # answers everywhere
    vectors[:100, 1] += 1
    vectors[100:, 2] += 1
    found = [cells.Cell(0, 0, tuple(range(100))), cells.Cell(0, 1, tuple(range(100, 200)))]
    given = placed(vectors)
    assert (np.argmax(cells.means(given, found), axis=1) == 0).all()
    whitened = cells.directions(given, found)
    assert np.argmax(whitened, axis=1).tolist() == [1, 2]
    assert np.linalg.norm(whitened, axis=1) == pytest.approx(1, abs=1e-6)


def test_whitened_positions_have_unit_covariance() -> None:
    vectors = np.random.default_rng(0).normal(size=(500, 6)) @ np.random.default_rng(1).normal(size=(6, 6))
    inverse = cells.whitening(vectors.astype(np.float32))
    covariance = vectors.T @ vectors / 500
    ridge = cells.RIDGE * np.trace(covariance) / 6
    assert inverse @ (covariance + ridge * np.eye(6)) == pytest.approx(np.eye(6), abs=1e-4)


def test_typical_places_are_of_different_works_and_most_like_the_mean() -> None:
    vectors = np.ones((12, 6))
    vectors[0] = [9, 0, 0, 0, 0, 0]
    vectors[4] = [1.1, 1, 1, 1, 1, 1]
    chosen = cells.typical(placed(vectors), cells.Cell(0, 0, tuple(range(12))), 9)
    works = [member // 3 for member in chosen]
    assert sorted(works) == [0, 1, 2, 3]
    assert 0 not in chosen


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twelve works, dark and light, and one that cannot be read."""
    random = np.random.default_rng(0)
    for number in range(12):
        name = "dark" if number % 2 else "light"
        picture = random.integers(0, 90, (40, 30, 3)) + 160 * (name == "light")
        images.save(tmp_path / "data" / "train" / name / f"{number:02d}.png", picture.astype(np.uint8))
    (tmp_path / "data" / "train" / "dark" / "99.jpg").write_bytes(b"\xff\xd8\xff no more")
    return tmp_path / "data"


def test_places_are_different_seeded_and_the_vectors_are_the_map_s(tiny_network: Network, data: Path) -> None:
    paths = sorted(data.rglob("*.*"))
    found = positions.drawn(tiny_network, "late", paths, each=4, size=40)
    assert len(found.works) == 4 * 12 and len(set(found.works.tolist())) == 12
    for work in set(found.works.tolist()):
        assert len({tuple(each) for each in found.places[found.works == work]}) == 4
    again = positions.drawn(tiny_network, "late", paths, each=4, size=40)
    assert np.array_equal(found.vectors, again.vectors)
    other = positions.drawn(tiny_network, "late", paths, each=4, seed=1, size=40)
    assert not np.array_equal(found.places, other.places)
    image = images.from_picture(images.read(paths[found.works[0]], (40, 40)))
    row, column = (int(each) for each in found.places[0])
    for number in (0, 7):
        value = features.activation(
            tiny_network, objectives.unit("late", number, row or 0, column or 0), image
        )
        assert value == pytest.approx(float(found.vectors[0, number]), abs=1e-4)
    with pytest.raises(ValueError, match="dense has no map: it says nothing of places"):
        positions.drawn(tiny_network, "dense", paths)


def test_a_page_shows_the_same_places_before_and_after(
    tiny_network: Network, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    liveliest = lambda rows, _: rows[:, np.argsort(rows.std(axis=0))[-2:]].astype(float)  # noqa: E731
    monkeypatch.setattr(layout, "projected", liveliest)
    monkeypatch.setattr(positions, "BATCH", 4)
    before = replace(tiny_network.with_graph(reseeded(tiny_network.graph, 1)), name="earlier")
    settings = preset("naive").replace(final_size=32, iterations=2)
    wish = making.Wish(data, "late", each=6, across=3, settings=settings)
    page = making.make(wish, tiny_network, before, tmp_path / "page")
    found = json.loads((page.parent / "atlas.js").read_text().removeprefix("window.ATLAS = ")[:-2])
    assert found["word"] == "cell" and "72 places of 12 works" in found["about"]
    assert [each["title"] for each in found["sheets"]] == ["After fine-tuning", "Before fine-tuning"]
    assert [each["blank"] for each in found["sheets"]] == [[], []]
    assert found["layouts"][0]["cell"] and "rows" not in found["layouts"][0]
    told = json.loads((page.parent / "layers" / "0.js").read_text()[len("told(...") : -len(");\n")])[1]
    assert len(told) == len(found["numbers"]) and all(each["top"] for each in told)
    assert any(fact.endswith("of the places") for fact in told[0]["facts"])
    drawings = {path: path.stat().st_mtime_ns for path in (tmp_path / "page" / "images").glob("*.jpg")}
    assert len(drawings) == 2 * len(told) >= 4
    both = [images.read(page.parent / f"{name}.jpg").shape for name in ("after", "before")]
    assert both[0] == both[1] and max(both[0][:2]) <= 3 * 32
    monkeypatch.setattr(features, "visualize_batch", lambda *_: pytest.fail("drawn twice"))
    making.make(wish, tiny_network, before, tmp_path / "page")
    assert {path: path.stat().st_mtime_ns for path in drawings} == drawings


def test_an_image_of_a_direction_climbs_it(tiny_network: Network, tmp_path: Path) -> None:
    direction = np.zeros((2, 24), np.float32)
    direction[0, 3] = direction[1, 5] = 1
    settings = preset("naive").replace(final_size=48, iterations=20)
    paths = drawing.draw(tiny_network, "late", direction, settings, tmp_path)
    climbed = [images.from_picture(images.read(path)) for path in paths]
    noise = features.first_image(settings, 0)
    for number, image in zip((3, 5), climbed, strict=True):
        objective = objectives.channel("late", number)
        assert features.activation(tiny_network, objective, image) > features.activation(
            tiny_network, objective, noise
        )
