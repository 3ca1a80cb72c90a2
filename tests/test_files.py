"""Files in one piece, and how their paths are told."""

from __future__ import annotations

import pytest

from image_machines import files


def test_a_path_is_told_from_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert files.portable(tmp_path / "runs" / "demo") == files.portable("runs/demo") == "runs/demo"
    assert files.portable(tmp_path.parent) == tmp_path.parent.as_posix()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")
    with pytest.raises(RuntimeError), files.replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
