"""Collections of others whose truth is known, read from tiny files of their formats."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studies.relevance.truth import folders, funnybirds, idx


def write(path: Path, picture: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture.astype(np.uint8)).save(path)
    return path


PLAIN = np.full((12, 10, 3), 90)


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    for name in ("red", "blue"):
        for number in (1, 2):
            write(tmp_path / "flowers" / name / f"image{number}.png", PLAIN + number)
            mask = np.zeros((12, 10, 3))
            mask[number] = 255
            write(tmp_path / "flowers_MASK" / name / f"mask{number}.png", mask)
    return tmp_path / "flowers"


def test_an8flowers_masks_go_with_the_pictures_in_their_order(flowers: Path) -> None:
    known = folders.an8flower(flowers)
    assert [(each.name, each.file.name, each.mask.name) for each in known[:2]] == [
        ("blue", "image1.png", "mask1.png"),
        ("blue", "image2.png", "mask2.png"),
    ]
    assert known[1].picture()[0, 0, 0] == 92
    assert np.flatnonzero(folders.white(known[1]).any(axis=1)).tolist() == [2]


def test_an8flower_without_a_mask_is_refused(flowers: Path) -> None:
    (flowers.with_name("flowers_MASK") / "red" / "mask1.png").unlink()
    with pytest.raises(ValueError, match="class 'red' has 2 pictures .* but 1 masks"):
        folders.an8flower(flowers)
    with pytest.raises(ValueError, match="no folder .*masks in NAME_MASK"):
        folders.an8flower(flowers / "red")


def test_a_mask_of_another_size_is_refused(flowers: Path) -> None:
    write(flowers.with_name("flowers_MASK") / "red" / "mask1.png", np.zeros((9, 10, 3)))
    known = [each for each in folders.an8flower(flowers) if each.name == "red"]
    with pytest.raises(ValueError, match=r"mask1.png is \(9, 10\) .*is \(12, 10\)"):
        folders.white(known[0])


def test_label_maps_are_regions_of_the_pictures_of_their_paths(tmp_path: Path) -> None:
    write(tmp_path / "pictures" / "art" / "d" / "lady.jpg", PLAIN)
    write(tmp_path / "pictures" / "art" / "d" / "without mask.jpg", PLAIN)
    labels = np.zeros((12, 10))
    labels[3:5] = 2
    file = write(tmp_path / "masks" / "art" / "d" / "lady.png", labels)
    known = folders.labelled(tmp_path / "pictures", tmp_path / "masks")
    assert [each.file.name for each in known] == ["lady.jpg"]
    found = folders.regions(known[0], {"background": 0, "clothing": 1, "face": 2})
    assert {name: int(each.sum()) for name, each in found.items()} == {"background": 100, "face": 20}
    with pytest.raises(ValueError, match="has the label 2, which is none of"):
        folders.regions(known[0], {"background": 0})
    write(file, np.zeros((12, 10, 3)))
    with pytest.raises(ValueError, match="has colours; a label map has one number a pixel"):
        folders.regions(known[0], {"background": 0})
    write(file.with_name("nobody.png"), labels)
    with pytest.raises(ValueError, match="nobody.png is the mask of no picture"):
        folders.labelled(tmp_path / "pictures", tmp_path / "masks")
    with pytest.raises(ValueError, match="no masks in"):
        folders.labelled(tmp_path / "pictures", tmp_path / "pictures")


def test_digits_are_read_from_idx_files(tmp_path: Path) -> None:
    digits, labels = np.arange(2 * 28 * 28).reshape(2, 28, 28) % 256, np.array([7, 1])
    (tmp_path / "images").write_bytes(
        b"\0\0\x08\x03" + _lengths(2, 28, 28) + digits.astype(np.uint8).tobytes()
    )
    (tmp_path / "labels.gz").write_bytes(gzip.compress(b"\0\0\x08\x01" + _lengths(2) + b"\x07\x01"))
    found, truth = idx.mnist(tmp_path / "images", tmp_path / "labels.gz")
    assert np.array_equal(found, digits) and np.array_equal(truth, labels)
    (tmp_path / "wide").write_bytes(b"\0\0\x0b\x01" + _lengths(2) + b"\x01\x00\xff\xff")
    assert idx.read(tmp_path / "wide").tolist() == [256, -1]


def test_what_is_no_idx_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no file"):
        idx.read(tmp_path / "none")
    (tmp_path / "text").write_bytes(b"hello")
    with pytest.raises(ValueError, match="is no idx file"):
        idx.read(tmp_path / "text")
    (tmp_path / "short").write_bytes(b"\0\0\x08\x01" + _lengths(9) + b"123")
    with pytest.raises(ValueError, match=r"announces \(9,\) but holds 3 bytes, not 9"):
        idx.read(tmp_path / "short")
    (tmp_path / "one").write_bytes(b"\0\0\x08\x01" + _lengths(1) + b"1")
    with pytest.raises(ValueError, match="not as many labels as pictures"):
        idx.mnist(tmp_path / "one", tmp_path / "one")


def _lengths(*axes: int) -> bytes:
    return b"".join(each.to_bytes(4) for each in axes)


@pytest.fixture
def aviary(tmp_path: Path) -> Path:
    bird = np.full((20, 20, 3), 60)
    write(tmp_path / "test" / "bird-00" / "003.jpg", bird)
    parts = np.zeros((20, 20, 3))
    parts[8, 8] = (255, 255, 0)
    parts[9, 8:10] = (255, 255, 253), (255, 255, 254)
    parts[0, 0] = (0, 0, 255)  # a tail that the crop leaves out
    write(tmp_path / "parts" / "bird-00" / "003.png", parts)
    for number, part in enumerate(funnybirds.PARTS):
        write(tmp_path / "interventions" / "bird-00" / f"003-without-{part}.jpg", bird + 20 * number)
    return tmp_path


def test_a_bird_has_its_parts_and_itself_without_each(aviary: Path) -> None:
    (bird,) = funnybirds.birds(aviary)
    assert bird.name == "bird-00" and bird.picture(12).shape == (12, 12, 3)
    found = bird.masks(12)
    assert {part: int(mask.sum()) for part, mask in found.items()} == {
        "beak": 1, "eye": 2, "foot": 0, "tail": 0, "wing": 0,
    }  # fmt: skip
    assert abs(int(bird.lacking("foot", 12).mean()) - 100) <= 1


def test_a_bird_that_lacks_a_file_is_refused(aviary: Path) -> None:
    with pytest.raises(ValueError, match="no middle of 40"):
        funnybirds.birds(aviary)[0].picture(40)
    write(aviary / "parts" / "bird-00" / "003.png", np.zeros((5, 5, 3)))
    with pytest.raises(ValueError, match="has another size than its bird"):
        funnybirds.birds(aviary)[0].masks(4)
    (aviary / "interventions" / "bird-00" / "003-without-eye.jpg").unlink()
    with pytest.raises(ValueError, match="lacks .*003-without-eye.jpg"):
        funnybirds.birds(aviary)
    with pytest.raises(ValueError, match="no birds in"):
        funnybirds.birds(aviary / "parts")
