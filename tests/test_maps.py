"""Maps: neighbours stay neighbours, clusters get the names that chance does not explain."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import hypergeom

from image_machines.atlas.maps import clusters, layout
from image_machines.atlas.maps.layout import Projection

GROUPS, EACH = 3, 20


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    """Three groups of twenty pictures that are alike, in 16 channels; the last picture cannot be read."""
    random = np.random.default_rng(0)
    centres = random.uniform(0, 4, (GROUPS, 16))
    rows = np.repeat(centres, EACH, axis=0) + random.normal(0, 0.2, (GROUPS * EACH, 16))
    return np.vstack([rows, np.full((1, 16), np.nan)]).astype(np.float32)


@pytest.fixture(scope="module")
def laid_out(features: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> tuple[layout.Layout, Path]:
    file = tmp_path_factory.mktemp("map") / "layout.json"
    return layout.lay_out(features, Projection(neighbours=8), file, {"network": "none"}), file


def test_what_is_alike_lies_together_and_what_cannot_be_read_lies_nowhere(
    laid_out: tuple[layout.Layout, Path],
) -> None:
    found, _ = laid_out
    assert np.isnan(found.positions[-1]).all() and not np.isnan(found.positions[:-1]).any()
    assert found.trustworthiness > 0.9
    assert (found.card["pictures"], found.card["left_out"]) == (61, 1)
    labels = clusters.density(found.positions)
    assert labels[-1] == clusters.NOWHERE
    groups = labels[:-1].reshape(GROUPS, EACH)
    assert all(np.unique(each[each >= 0]).size >= 1 for each in groups)
    assert not set(groups[0]) & set(groups[1]) - {clusters.NOWHERE}
    assert not set(groups[1]) & set(groups[2]) - {clusters.NOWHERE}


def test_a_layout_is_made_once_and_anew_for_another_seed(
    laid_out: tuple[layout.Layout, Path], features: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, file = laid_out
    anew = layout.lay_out(features, Projection(neighbours=8))
    assert np.array_equal(anew.positions, found.positions, equal_nan=True)
    other = layout.lay_out(features, Projection(neighbours=8, seed=1))
    assert not np.array_equal(other.positions, found.positions, equal_nan=True)
    monkeypatch.setattr(layout, "projected", lambda *_: pytest.fail("made twice"))
    again = layout.lay_out(features, Projection(neighbours=8), file)
    assert np.array_equal(again.positions, found.positions, equal_nan=True)
    assert again.card == json.loads(file.read_text())["card"]


def test_a_broken_file_is_told_of_and_made_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "layout.json"
    file.write_text('{"positions": [[0')
    assert layout.read(file) is None
    assert "is no layout and is made anew" in caplog.text


def test_side_by_side_every_picture_has_a_cell_near_its_neighbours() -> None:
    positions = np.random.default_rng(0).normal(np.repeat([[0, 0], [30, 5]], 20, axis=0), 1.0)
    cells = layout.side_by_side(positions)
    assert len({tuple(cell) for cell in cells.tolist()}) == 40
    assert cells.min() == 0 and cells.max(axis=0).tolist() == [7, 4]
    assert (cells[:20, 0] < 4).sum() >= 17 and (cells[20:, 0] >= 4).sum() >= 17
    assert layout.side_by_side(np.zeros((1, 2))).tolist() == [[0, 0]]


def test_too_few_pictures_get_a_sentence() -> None:
    rows = np.vstack([np.ones((3, 4)), np.full((9, 4), np.nan)])
    with pytest.raises(ValueError, match="at least 10 pictures that can be read, not 3"):
        layout.lay_out(rows)
    with pytest.raises(ValueError, match="at least 5 pictures, the map only 2"):
        clusters.density(np.array([[0, 0], [1, 1], [np.nan, np.nan]]))
    with pytest.raises(ValueError, match="metric is one of"):
        Projection(metric="cosinus")


LABELS = np.repeat([0, 1, 2, clusters.NOWHERE], [10, 10, 10, 30])


def records(random: np.random.Generator, planted: bool = True) -> list[dict[str, str]]:
    """Works by chance of two schools; nine of the first cluster have a fan in the title and are Dutch."""
    rows = [
        {
            "school": str(random.choice(["French", "Italian"])),
            "title": str(random.choice(["A Lady", "A Man"])),
        }
        for _ in LABELS
    ]
    for row in rows[:9] if planted else ():
        row |= {"school": "Dutch", "title": row["title"] + " with a Red Fan and Gloves"}
    return rows


def test_a_cluster_is_named_by_what_it_shares_beyond_chance() -> None:
    found = clusters.named(LABELS, records(np.random.default_rng(0)))
    assert [len(each.pictures) for each in found] == [10, 10, 10]
    assert [(each.column, each.value) for each in found[0].shared] == [("school", "Dutch")]  # and no "gloves"
    assert found[0].name == "Dutch school"
    assert str(found[0].shared[0]).endswith(": 9 of 10, by chance 1.5")
    assert [each.shared for each in found[1:]] == [(), ()]
    assert found[1].name == "nothing that the catalogue knows"
    dutch = next(each for each in found[0].shared if each.value == "Dutch")
    assert dutch.p == pytest.approx(hypergeom(60, 9, 10).sf(8))


def test_by_chance_alone_hardly_a_cluster_gets_a_name() -> None:
    random = np.random.default_rng(1)
    given = [clusters.named(LABELS, records(random, planted=False)) for _ in range(40)]
    assert sum(bool(each.shared) for found in given for each in found) <= 0.05 * 120 + 3


def test_details_of_one_work_count_once() -> None:
    rows = [{"school": "A", "work": str(number)} for number in range(40)]
    for row in rows[:10]:
        row |= {"school": "B", "work": "the same"}
    rows[20]["school"] = rows[21]["school"] = rows[22]["school"] = "B"
    labels = np.repeat([0, clusters.NOWHERE], [10, 30])
    assert clusters.named(labels, rows)[0].shared == ()
