"""The README's tables."""

from __future__ import annotations

import json

import pytest

from image_machines import report

README = """# A
<!-- table: paintings -->
old
<!-- end of table -->
between
<!-- table: bench -->
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
def sources(tmp_path, monkeypatch):
    files = {"paintings": tmp_path / "paintings.json", "bench": tmp_path / "bench.json"}
    files["paintings"].write_text(json.dumps(METRICS))
    files["bench"].write_text(json.dumps(BENCH))
    monkeypatch.setattr(report, "SOURCES", files)
    return files


@pytest.mark.parametrize("name", report.SOURCES)
def test_the_readme_says_what_the_files_say(name):
    assert report.current(name) == report.table(name)


def test_tables_are_written_between_their_markers_and_nothing_else_changes(tmp_path, sources):
    readme = tmp_path / "README.md"
    readme.write_text(README)
    report.update(readme)
    written = readme.read_text()
    assert "| right on the validation set | 97.5% |" in written and "old" not in written
    assert (
        "| step | 1.04 | ≤ 1.05 |" in written
        and "| rate | 292; 280 | ≥ 256 |" in written
        and "seconds" not in written
    )
    assert written.startswith("# A\n<!-- table: paintings -->\n| what |") and written.endswith("-->\nafter\n")
    report.update(readme)
    assert readme.read_text() == written


def test_where_nothing_was_measured_there_is_no_table(tmp_path, sources):
    sources["bench"].unlink()
    readme = tmp_path / "README.md"
    readme.write_text(README)
    report.update(readme)
    assert report.current("bench", readme) == "" and report.current("paintings", readme) != ""


def test_a_run_without_metrics_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="no metrics.json in .*; run the chapters first"):
        report.keep_metrics(tmp_path)


def test_a_readme_without_the_place_for_a_table_says_so(tmp_path):
    (tmp_path / "README.md").write_text("# A")
    with pytest.raises(ValueError, match="no place for the table 'bench'"):
        report.current("bench", tmp_path / "README.md")
