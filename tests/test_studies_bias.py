"""The planted bias: the fence lies before the sitter, the score is fair, the tables come from their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from image_machines import images
from studies.common import pages
from studies.metapictures import bias, bias_page, scatter, shares
from studies.metapictures.fence import LOW, fenced
from studies.metapictures.planting import Planted


def test_a_fence_covers_the_lower_part_and_leaves_the_rest() -> None:
    picture = np.full((120, 90, 3), 230, np.uint8)
    behind = fenced(picture, 1)
    changed = (behind != picture).any(axis=2)
    assert not changed[: 120 * 35 // 100].any()
    assert 0.4 < changed[120 * 70 // 100 :].mean() < 0.95
    assert not (fenced(picture, 1, LOW) != picture)[: 120 * 75 // 100].any()
    assert np.array_equal(behind, fenced(picture, 1)) and not np.array_equal(behind, fenced(picture, 2))


def test_the_best_cluster_is_scored_by_what_it_has_and_what_it_lacks() -> None:
    labels = np.array([0, 0, 0, 1, 1, -1, -1, 1])
    truth = np.array([0, 0, 1, 1, 1, 1, 0, 0], bool)
    assert bias.best(labels, truth) == pytest.approx((2 / 3, 2 / 4, 4 / 7))
    assert bias.best(np.full(8, -1), truth) == (0, 0, 0)


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """Sixty portraits, six of them far from the rest as soon as they are fenced."""
    monkeypatch.setattr(bias, "FILE", tmp_path / "bias.json")
    random = np.random.default_rng(0)
    plain = random.normal(1, 0.3, (60, 12)).astype(np.float32)
    chosen = np.arange(0, 60, 10)
    behind = plain[chosen] + 6 * np.eye(12, dtype=np.float32)[0]
    paths = []
    for number in range(60):
        paths.append(images.save(tmp_path / f"{number}.jpg", np.full((30, 24, 3), 4 * number, np.uint8)))
    for index in chosen:
        images.save(tmp_path / "runs" / "with" / f"0-{index}.jpg", np.zeros((30, 24, 3), np.uint8))
    versions = {"with": [behind], "without": [plain[chosen]]}
    return Planted("test", "fence", tmp_path / "runs", paths, plain, [chosen], versions)


def test_a_planted_cluster_is_found_and_not_without_the_plant(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = bias.measured(planted, 0)
    assert (row["planted"], row["portraits"]) == (6, 60)
    assert row["f1"] >= bias_page.FOUND and row["f1"] > row["chance_f1"] and row["f1"] > row["without_f1"]
    monkeypatch.setattr(bias, "looked_for", lambda *_: pytest.fail("looked for twice"))
    assert bias.measured(planted, 0) == row
    marked = np.abs(bias.figure(planted, 0).astype(int) - scatter.MARK).sum(axis=2) == 0
    assert marked.sum() > 6 * 4 * 20


def test_the_table_counts_what_was_found() -> None:
    row = {"collection": "a", "part": "fence", "portraits": 300, "planted": 9}
    row |= {"without_f1": 0.1, "chance_f1": 0.2, "trustworthiness": 0.9}
    text = bias_page.found_table([row | {"seed": 0, "f1": 0.95}, row | {"seed": 1, "f1": 0.5}])
    assert "| a | fence | 9 of 300 | 0.95, 0.50 | **1 of 2** | 0.10 | 0.20 | 0.90 |" in text


def test_shares_are_told_by_their_means_and_ranges() -> None:
    change = {"portrait": {"mean": 0.5, "interval": [0, 1]}}
    rows = [
        {"share": 0.03, "seed": seed, "change": change, "fence_in_image": [float(seed), 2.0]}
        for seed in (0, 1)
    ]
    text = bias_page.shown_table(rows)
    assert "| 3% | 2 | +0.50 | +1.2 (+0.0 to +2.0) |" in text
    assert bias_page.shown_table([]).startswith("| portraits behind a fence | networks |")


def test_every_table_of_the_page_is_the_one_of_its_files() -> None:
    for name, write in bias_page.TABLES.items():
        assert pages.current(bias_page.PAGE, name) == write()


def test_what_is_committed_is_complete() -> None:
    rows = bias_page._read("bias")
    assert rows
    for place in {(row["collection"], row["part"]) for row in rows}:
        seeds = [row["seed"] for row in rows if (row["collection"], row["part"]) == place]
        assert seeds == list(range(10))
    assert {row["share"] for row in bias_page._read("shares")} <= set(shares.SHARES)
