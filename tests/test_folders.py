"""Folders of one's own: classes, parts that somebody divided before, files that are no pictures."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from image_machines import images
from image_machines.collection import dataset
from image_machines.collection.selection import Selection
from image_machines.decoding import Conditions


def paint(path, number=0, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(number).integers(0, 255, (24, 20, 3), np.uint8)
    Image.fromarray(pixels).save(path, **options)


def fill(folder, count, first=0):
    for number in range(count):
        paint(folder / f"{number}.png", first + number)


def build(source, folder, **changes):
    return dataset.build(Selection(source=str(source), **changes), folder)


def halves(built):
    return {name: (count["train"], count["val"]) for name, count in built.counts.items()}


@pytest.fixture
def root(tmp_path):
    return tmp_path / "own"


@pytest.mark.parametrize("names", [
    ("train", "val"), ("Train", "valid"), ("TRAINING", "Validation"), ("train", "test"), ("training", "dev"),
    ("training_set", "test_set"), ("Train Images", "valid-data"),
])  # fmt: skip
def test_a_division_that_is_there_is_kept(root, tmp_path, caplog, names):
    train, val = names
    for part, cats, dogs in ((train, 9, 7), (val, 3, 4)):
        fill(root / part / "cats", cats, 100 * len(part))
        fill(root / part / "dogs" / "small", dogs, 1000 * len(part))
    built = build(root, tmp_path / "data")
    assert halves(built) == {"cats": (7, 3), "dogs": (7, 3)}
    for row in built.rows:
        theirs = Path(row["source"]).relative_to(root).parts
        assert theirs[0] == (train if row["split"] == "train" else val) and theirs[1] == row["class"]
    assert "the division of the collection is kept: 16 pictures for training, 7 of " in caplog.text


def test_of_three_parts_the_test_is_left_out_and_that_is_said(root, tmp_path, caplog):
    for first, (part, count) in enumerate((("train", 8), ("val", 4), ("test", 5))):
        fill(root / part / "cats", count, 1000 * first)
        fill(root / part / "dogs", count, 1000 * first + 500)
    built = build(root, tmp_path / "data", pictures_per_class=6)
    assert halves(built) == {"cats": (4, 2), "dogs": (4, 2)}, "in the proportion they have"
    assert "; 10 others are left out" in caplog.text
    assert not [row for row in built.rows if "/test/" in row["source"]]
    again = build(root, tmp_path / "all", everything=True)
    assert sum("/test/" in row["source"] for row in again.rows if not row["split"]) == 10


def test_a_test_folder_without_classes_and_a_train_folder_alone(root, tmp_path, caplog):
    fill(root / "train/cats", 8)
    fill(root / "train/dogs", 8, 100)
    alone = build(root, tmp_path / "alone", val_share=0.25)
    assert halves(alone) == {"cats": (6, 2), "dogs": (6, 2)}
    fill(root / "test", 3, 200)
    beside = build(root, tmp_path / "beside", val_share=0.25)
    assert halves(beside) == halves(alone) and "folder: 3 (test/0.png, " in caplog.text


def test_the_spelling_of_a_class_may_differ_and_a_class_that_a_part_lacks_is_named(root, tmp_path):
    for first, part in enumerate(("train/Cats", "train/dogs", "val/cats", "val/dogs")):
        fill(root / part, 3, 100 * first)
    assert halves(build(root, tmp_path / "data")) == {"Cats": (3, 3), "dogs": (3, 3)}
    shutil.rmtree(root / "val/dogs")
    with pytest.raises(ValueError, match="class 'dogs' has no pictures in val"):
        build(root, tmp_path / "data")


def test_copies_on_both_sides_of_a_division_are_told(root, tmp_path, caplog):
    for first, part in enumerate(("train/cats", "train/dogs", "val/cats", "val/dogs")):
        fill(root / part, 3, 100 * first)
    shutil.copy(root / "train/cats/0.png", root / "val/cats/copy.png")
    shutil.copy(root / "train/cats/1.png", root / "val/cats/0.png")
    build(root, tmp_path / "data", seed=1)
    build(root, tmp_path / "other", seed=2)
    assert "pictures for validation show works, or are copies, of pictures for training" in caplog.text


def test_trains_may_be_a_class(root, tmp_path):
    for first, name in enumerate(("train", "bus", "car")):
        fill(root / name, 4, 100 * first)
    assert set(build(root, tmp_path / "data").counts) == {"train", "bus", "car"}
    fill(root / "val/cats", 2)
    shutil.rmtree(root / "bus")
    shutil.rmtree(root / "car")
    with pytest.raises(ValueError, match="own has a train folder without folders of classes in it"):
        build(root, tmp_path / "data")


def test_classes_that_are_divided_each_by_itself(root, tmp_path, caplog):
    for first, name in enumerate(("cats", "dogs")):
        fill(root / name / "train", 6, 1000 * first)
        fill(root / name / "val", 3, 1000 * first + 500)
    built = build(root, tmp_path / "data")
    assert halves(built) == {"cats": (6, 3), "dogs": (6, 3)}
    assert all(f"/{row['split']}/" in row["source"] for row in built.rows)
    assert "the division of the collection is kept: 12 pictures for training, 6 of 'val'" in caplog.text


def test_what_lies_beside_a_train_folder_is_no_class(root, tmp_path, caplog):
    fill(root / "train/cats", 6)
    fill(root / "train/dogs", 6, 100)
    fill(root / "notes", 2, 200)
    assert set(build(root, tmp_path / "data").counts) == {"cats", "dogs"}
    assert "in no class's folder: 2 (notes/0.png, notes/1.png)" in caplog.text


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")
def test_links_are_followed_but_not_in_circles(root, tmp_path):
    fill(root / "cats", 4)
    fill(tmp_path / "elsewhere", 4, 100)
    (root / "dogs").mkdir()
    (root / "dogs/inner").symlink_to(tmp_path / "elsewhere")
    (root / "dogs/back").symlink_to(root / "dogs")
    (root / "again").symlink_to(root)
    assert halves(build(root, tmp_path / "data")) == {"cats": (3, 1), "dogs": (3, 1)}


def test_files_are_pictures_by_their_content(root, tmp_path, caplog):
    fill(root / "cats", 4)
    fill(root / "dogs", 4, 100)
    paint(root / "cats/scan", 5, format="PNG")
    paint(root / "dogs/photo.JFIF", 6, format="JPEG")
    paint(root / "dogs/old.JPG", 7)
    paint(root / "cats/wrong.jpg", 8, format="PNG")
    paint(root / "stray.png", 9)
    (root / "cats/notes.txt").write_text("none")
    (root / "dogs/paper.pdf").write_bytes(b"%PDF-1.4")
    (root / "dogs/.DS_Store").write_bytes(b"\0")
    (root / "__MACOSX/cats").mkdir(parents=True)
    (root / "__MACOSX/cats/._0.png").write_bytes(b"\0")
    built = build(root, tmp_path / "data")
    assert halves(built) == {"cats": (5, 1), "dogs": (5, 1)}
    names = {Path(row["file"]).name for row in built.rows}
    assert {"cats-scan.jpg", "cats-wrong.jpg", "dogs-old.jpg", "dogs-photo.JFIF.jpg"} <= names
    (line,) = [line for line in caplog.messages if "left out" in line]
    assert line == (
        f"left out of {root}, as no pictures or in no class's folder: "
        "3 (cats/notes.txt, dogs/paper.pdf, stray.png)"
    )


def test_a_class_that_keeps_the_others_small_is_named(root, tmp_path, caplog):
    for name, count in (("cats", 30), ("dogs", 5), ("birds", 12)):
        fill(root / name, count, 100 * count)
    build(root, tmp_path / "data")
    assert (
        "every class gets 5 pictures: 'dogs' has no more; left out of the others: birds 7, cats 25"
        in caplog.text
    )
    caplog.clear()
    build(root, tmp_path / "data", pictures_per_class=10)
    assert "every class gets 5 pictures, not 10: 'dogs' has no more" in caplog.text
    caplog.clear()
    build(root, tmp_path / "data", pictures_per_class=4)
    assert not caplog.messages


def test_an_error_names_the_class_at_fault(root, tmp_path):
    fill(root / "cats", 9)
    fill(root / "dogs", 1, 100)
    with pytest.raises(ValueError, match="class 'dogs' has 1 pictures that can be read, and needs"):
        build(root, tmp_path / "data")
    for number in range(5):
        (root / f"dogs/broken{number}.jpg").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match="class 'dogs' has 1 pictures .*; [45] failed, the first: .*broken"):
        build(root, tmp_path / "data")


def test_the_data_set_lies_on_the_ground_that_the_selection_names(root, tmp_path):
    fill(root / "cats", 4)
    fill(root / "dogs", 3, 100)
    clear = Image.new("RGBA", (9, 9), (0, 0, 0, 0))
    clear.save(root / "dogs/clear.png")
    read = {}
    for ground in ("white", "red"):
        built = build(root, tmp_path / ground, ground=ground)
        (row,) = [row for row in built.rows if "clear" in row["file"]]
        read[ground] = images.read(tmp_path / ground / row["file"])[4, 4].tolist()
        read[built.fingerprint] = None
    assert read["white"] == [255, 255, 255] and read["red"] == [255, 0, 0] and len(read) == 4
    with pytest.raises(ValueError, match="ground is a colour by name or as '#rrggbb', .* not 'rde'"):
        Selection(ground="rde")


def test_a_picture_over_the_safe_size_is_left_out_until_the_selection_admits_it(root, tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)  # put back afterwards
    fill(root / "cats", 3)
    fill(root / "dogs", 2, 100)
    Image.new("1", (20_000, 9_000)).save(root / "dogs/large.png")
    small = build(root, tmp_path / "small")
    assert halves(small)["dogs"] == (1, 1)
    assert "megapixels" in (tmp_path / "small" / dataset.FAILURES).read_text()
    large = build(root, tmp_path / "large", megapixels=200)
    assert halves(large)["dogs"] == (2, 1)
    (row,) = [row for row in large.rows if "large" in row["file"]]
    assert images.read(tmp_path / "large" / row["file"], (9, 20), Conditions()).shape == (9, 20, 3)


def test_every_picture_of_the_collection_lies_on_the_same_ground(root, tmp_path):
    fill(root / "cats", 2)
    fill(root / "dogs", 2, 100)
    for number in range(9):
        Image.new("RGBA", (9, 9), (number, 0, 0, 0)).save(root / f"dogs/clear{number}.png")
    built = build(root, tmp_path / "data", ground="blue", everything=True)
    clear = [row for row in built.rows if "clear" in row["file"]]
    assert len(clear) == 9 and {row["split"] for row in clear} >= {""}
    for row in clear:
        assert images.read(tmp_path / "data" / row["file"])[4, 4].tolist() == [0, 0, 255]
    assert dataset.conditions(tmp_path / "data") == Conditions(ground="blue")
    assert build(root, tmp_path / "data", ground="blue", everything=True).record == built.record


def test_a_class_may_have_an_accent_however_the_folder_stores_it(root, tmp_path):
    fill(root / "cafe\u0301", 3)
    fill(root / "dogs", 3, 100)
    assert set(build(root, tmp_path / "data").counts) == {"caf\u00e9", "dogs"}


def test_queries_may_hold_sets_and_the_numbers_of_numpy(tmp_path):
    for number in range(6):
        paint(tmp_path / f"{number}.png", number)
    lines = [f"{number}.png,{1500 + number}" for number in range(6)]
    (tmp_path / "table.csv").write_text("\n".join(["file,year", *lines]))
    queries = {
        "early": {"year": {1500, 1501}},
        "late": {"year": [np.int64(1503), 1504.0, "1505"]},
        "all": {"year": range(1400, 1600)},
    }
    with pytest.raises(ValueError, match="class 'early' has no artwork of its own"):
        build(tmp_path / "table.csv", tmp_path / "data", search_dicts=queries)
    queries = {"early": {"year": range(1490, 1503)}, "late": queries["late"]}
    built = build(tmp_path / "table.csv", tmp_path / "data", search_dicts=queries)
    assert halves(built) == {"early": (2, 1), "late": (2, 1)}
    assert build(tmp_path / "table.csv", tmp_path / "data", search_dicts=queries).record == built.record
