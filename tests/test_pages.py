"""Pages: their tables come from files of numbers, and nothing else of them changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bench.page
from studies import report
from studies.common import pages
from studies.images_of_image_machines import page as study

PAGE = """# A
<!-- table: one -->
old
<!-- end of table -->
between
<!-- table: two -->
<!-- end of table -->
after
"""
METRICS = {
    "network": {"architecture": "InceptionV3", "frozen_up_to": "mixed5", "epochs": 5},
    "counts": {"a": {"train": 10, "val": 2}, "b": {"train": 10, "val": 2}},
    "accuracy": {"train": 1.0, "val": 0.975},
    "ece": 0.0123,
    "per_class": {"a": {"precision": 1.0, "recall": 0.95, "pictures": 2}},
    "seconds": {"training": 601.0},
}
BENCH = [
    {"name": "step", "value": 1.04321, "bound": "<= 1.05"},
    {"name": "rate", "value": [291.7, 280.1], "bound": ">= 256"},
    {"name": "seconds", "value": 3.0, "bound": None},
]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "page.md").write_text(PAGE)
    return tmp_path / "page.md"


@pytest.mark.parametrize(
    ("page", "name"),
    [
        pytest.param(page, name, id=f"{page.parent.name}/{page.name}-{name}")
        for page, tables in report.PAGES.items()
        for name in tables
    ],
)
def test_a_page_says_what_the_files_say_and_its_tables_end_with_their_line(page: Path, name: str) -> None:
    written = pages.current(page, name)
    assert written == report.PAGES[page][name]()
    assert written.endswith(" |\n" if written.startswith("|") else "\n")


def test_tables_are_written_between_their_markers_and_nothing_else_changes(page: Path) -> None:
    tables = {"one": lambda: study.paintings(METRICS), "two": lambda: bench.page.table(BENCH)}
    pages.update(page, tables)
    written = page.read_text()
    assert "| right on the validation set | 97.5% |" in written and "old" not in written
    assert "| step | 1.04 | ≤ 1.05 |" in written and "| rate | 292; 280 | ≥ 256 |" in written
    assert "seconds" not in written
    assert written.startswith("# A\n<!-- table: one -->\n| what |") and written.endswith("-->\nafter\n")
    pages.update(page, tables)
    assert page.read_text() == written


def test_a_bound_is_missed_where_the_first_number_says_so_and_says_why() -> None:
    slow = {"name": "xplique step / ours", "value": [1.1, 2.0], "bound": ">= 1.2"}
    assert "**missed**" in bench.page.table([slow]) and "**missed**" not in bench.page.table(BENCH)
    assert "bare gradient" in bench.page.missed([*BENCH, slow])
    assert bench.page.missed(BENCH) == "Every bound is met.\n"
    with pytest.raises(KeyError, match="no sentence"):
        bench.page.missed([slow | {"name": "another"}])


def test_every_measured_row_says_whether_the_processor_has_bfloat16() -> None:
    assert all(isinstance(row["bfloat16"], bool) for row in bench.page.read())


def test_the_readme_has_one_row_for_each_chief_number() -> None:
    assert len(bench.page.chief().splitlines()) == 2 + len(bench.page.CHIEF)


def test_a_table_without_its_last_newline_gets_one(page: Path) -> None:
    pages.update(page, {"one": lambda: "| a |\n| --- |"})
    assert "| --- |\n<!-- end of table -->" in page.read_text()


def test_a_backslash_in_a_table_stays_one(page: Path) -> None:
    pages.update(page, {"one": lambda: r"| \1 |"})
    assert pages.current(page, "one") == "| \\1 |\n"


def test_where_nothing_was_measured_there_is_no_table(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.page, "RESULTS", tmp_path / "none.json")
    pages.update(page, {"one": bench.page.table})
    assert pages.current(page, "one") == ""


def test_the_metrics_of_a_run_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "metrics.json").write_text(json.dumps(METRICS))
    monkeypatch.setattr(study, "METRICS", tmp_path / "kept.json")
    study.keep_metrics(tmp_path)
    assert "5 epochs, 10 minutes" in study.paintings()


def test_a_run_without_metrics_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no metrics.json in .*; run the chapters first"):
        study.keep_metrics(tmp_path)


def test_a_page_without_the_place_for_a_table_says_so(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# A")
    with pytest.raises(ValueError, match="no place for the table 'bench'"):
        pages.update(tmp_path / "page.md", {"bench": lambda: ""})
