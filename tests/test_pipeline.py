"""Pictures to batches: found, decoded, warped, in an order that the seed decides."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from image_machines.network.augmentation import Augmentation, tint, warp
from image_machines.network.pipeline import Batches, Pictures, find_pictures, stream
from image_machines.network.pixels import PIXEL_RANGES, PixelRange

RGB = PIXEL_RANGES["-1..1"]


def paint(folder: Path, colour: tuple[int, int, int], count: int, seed: int, side: int = 40) -> None:
    """Files of one colour with a grain, so that no two are the same."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        grain = np.random.default_rng((seed, index)).integers(-30, 31, (side, side, 3))
        Image.fromarray(np.clip(grain + colour, 0, 255).astype(np.uint8)).save(folder / f"{index:03d}.png")


def smooth(side: int) -> np.ndarray:
    """A picture without hard edges, (side, side, 4)."""
    y, x = np.mgrid[:side, :side] / side
    waves = [np.sin(7 * x + 3 * y), np.cos(5 * x * y), np.sin(9 * y), 0 * x]
    return np.ascontiguousarray((np.stack(waves, -1) * 120 + 128) * [1, 1, 1, 0] + [0, 0, 0, 255]).astype(
        np.uint8
    )


def test_finds_pictures_of_sorted_classes(tmp_path: Path) -> None:
    paint(tmp_path / "b", (0, 0, 0), 2, 0)
    paint(tmp_path / "a", (0, 0, 0), 1, 0)
    (tmp_path / "a" / "notes.txt").write_text("no picture")
    paths, labels, classes = find_pictures(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "a/000.png",
        "b/000.png",
        "b/001.png",
    ]
    assert (labels, classes) == ([0, 1, 1], ["a", "b"])
    for empty in (tmp_path / "a", tmp_path / "nowhere"):
        with pytest.raises(ValueError, match="no pictures in .* a folder of pictures for each class"):
            find_pictures(empty)


def test_content_decides_what_is_a_picture_and_the_rest_is_counted_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paint(tmp_path / "a", (0, 0, 0), 2, 0)
    assert len(find_pictures(tmp_path)[0]) == 2 and caplog.text == ""
    (tmp_path / "a" / "000.png").rename(tmp_path / "a" / "scan")
    (tmp_path / "a" / "notes.txt").write_text("no picture")
    (tmp_path / "a" / ".hidden").write_text("no picture")
    (tmp_path / "a" / "more").mkdir()
    (tmp_path / "readme").write_text("no class")
    paths, _, _ = find_pictures(tmp_path)
    assert [path.name for path in paths] == ["001.png", "scan"]
    assert "pictures in a class's folder: 3 (readme, a/more, a/notes.txt)" in caplog.text


def test_warp_by_nothing_changes_nothing() -> None:
    picture = smooth(31)
    warped = warp(picture[None], np.array([[[1.0, 0, 0], [0, 1, 0]]]))[0]
    np.testing.assert_allclose(warped.astype(int), picture, atol=8)  # the last row and column lie 1/16 inside
    np.testing.assert_array_equal(warped[:-1, :-1, :3], picture[:-1, :-1, :3])


def test_warp_agrees_with_keras() -> None:
    picture = smooth(61)
    matrices = Augmentation().matrices(8, 61, (3,))
    for matrix, given in zip(matrices, warp(np.stack([picture] * 8), matrices)[..., :3], strict=True):
        row = np.append(matrix.ravel(), [0, 0]).astype(np.float32)
        expected = keras.ops.convert_to_numpy(
            keras.ops.image.affine_transform(
                picture[..., :3].astype(np.float32), row, "bilinear", fill_mode="nearest"
            )
        )
        assert np.abs(given - expected).mean() < 1
        assert np.abs(given - expected).max() < 8


def test_flip_mirrors() -> None:
    picture = smooth(32)
    matrices = Augmentation(0, 0, 0, 0, flip=True).matrices(40, 32, (1,))
    mirrored = [matrix for matrix in matrices if matrix[0, 0] < 0]
    assert 10 < len(mirrored) < 30
    np.testing.assert_allclose(
        warp(picture[None], np.stack(mirrored[:1]))[0].astype(int), picture[:, ::-1], atol=8
    )


def test_augmentation_stays_within_its_bounds() -> None:
    matrices = Augmentation(rotation=30, shift=0.2, shear=0, zoom=0.2, flip=False).matrices(2000, 101, (0,))
    zoom = np.hypot(matrices[:, 0, 0], matrices[:, 1, 0])
    angle = np.degrees(np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    moved = matrices @ [50, 50, 1] - 50
    for values, bound in ((zoom - 1, 0.2), (angle, 30), (moved, 20.2)):
        assert bound * 0.98 < np.abs(values).max() <= bound * 1.0001
        assert abs(values.mean()) < bound * 0.05


def batches(folder: Path, **options: object) -> Batches:
    paths, labels, classes = find_pictures(folder)
    return Batches(Pictures(paths, 16), labels, len(classes), RGB, 4, **options)  # type: ignore[arg-type]


def test_batches_show_every_picture_once_an_epoch(tmp_path: Path) -> None:
    for index, name in enumerate("abc"):
        paint(tmp_path / name, (90, 90, 90), 3, index)
    feed = batches(tmp_path, seed=1)
    first = [feed[index] for index in range(len(feed))]
    assert [len(pictures) for pictures, _ in first] == [4, 4, 1]
    assert np.concatenate([labels for _, labels in first]).sum(axis=0).tolist() == [3, 3, 3]
    assert all(np.abs(pictures).max() <= 1 for pictures, _ in first)
    seen = {pictures[0].tobytes() for batch in first for pictures in np.split(batch[0], len(batch[0]))}
    assert len(seen) == 9
    feed.on_epoch_end()
    assert not np.array_equal(feed[0][0], first[0][0])


@pytest.mark.parametrize("name", ["-1..1", "caffe", "L"])
def test_batches_are_moved_and_tinted_pictures_in_the_range_of_the_network(name: str, tmp_path: Path) -> None:
    paint(tmp_path / "a", (200, 90, 40), 3, 0)
    paint(tmp_path / "b", (20, 200, 90), 2, 1)
    pixels = PixelRange((1.0,), (0.0,), "L") if name == "L" else PIXEL_RANGES[name]
    paths, labels, classes = find_pictures(tmp_path)
    moved = Augmentation(colour=0.3)
    feed = Batches(Pictures(paths, 16), labels, len(classes), pixels, 5, seed=3, augmentation=moved)
    maps, tints = moved.matrices(5, 16, (3, 0, 1)), moved.tints(5, (3, 0, 2))
    for number, given in zip(feed.order, feed[0][0], strict=True):
        (warped,) = warp(feed.pictures[number][None], maps[number][None])
        colours = warped[..., :3] @ tints[number][:, :3].T + tints[number][:, 3]
        image = np.clip(colours, 0, 255).astype(np.float32)[None] / 127.5 - 1
        np.testing.assert_allclose(given, keras.ops.convert_to_numpy(pixels.apply(image))[0], atol=1e-3)


def test_batches_depend_on_seed_and_epoch_alone(tmp_path: Path) -> None:
    paint(tmp_path / "a", (200, 0, 0), 5, 0)
    paint(tmp_path / "b", (0, 200, 0), 5, 1)
    options = {"seed": 7, "augmentation": Augmentation()}
    walked, jumped = batches(tmp_path, **options), batches(tmp_path, **options, epoch=2)
    walked.on_epoch_end()
    walked.on_epoch_end()
    np.testing.assert_array_equal(walked[1][0], jumped[1][0])
    np.testing.assert_array_equal(walked[1][1], jumped[1][1])
    assert not np.array_equal(
        walked[1][0], batches(tmp_path, seed=8, augmentation=Augmentation(), epoch=2)[1][0]
    )


def test_pictures_too_many_to_keep_are_the_same(tmp_path: Path) -> None:
    paint(tmp_path / "a", (10, 20, 30), 3, 0)
    paths = sorted((tmp_path / "a").iterdir())
    kept, read = Pictures(paths, 16), Pictures(paths, 16, keep_bytes=0)
    for index in range(3):
        np.testing.assert_array_equal(kept[index], read[index])


def test_unreadable_training_pictures_are_left_out(tmp_path: Path) -> None:
    paint(tmp_path / "a", (10, 20, 30), 3, 0)
    paint(tmp_path / "b", (10, 20, 30), 3, 1)
    (tmp_path / "a" / "001.png").write_bytes(b"<html>not found</html>")
    feed = batches(tmp_path)
    assert list(feed.pictures.bad) == [1]
    assert sum(len(feed[index][0]) for index in range(len(feed))) == 5


def test_stream_reads_everything_in_order_and_names_what_it_cannot(tmp_path: Path) -> None:
    paint(tmp_path / "a", (10, 20, 30), 11, 0)
    paths = sorted((tmp_path / "a").iterdir())
    paths[4].write_bytes(b"")
    caffe = PIXEL_RANGES["caffe"]
    read = list(stream(paths, 16, caffe, batch_size=3))
    assert [index for indices, _, _ in read for index in indices] == [*range(4), *range(5, 11)]
    assert {index for _, _, bad in read for index in bad} == {4}
    image = Pictures(paths[:1], 16)[0][..., :3] / np.float32(127.5) - 1
    np.testing.assert_allclose(read[0][1][0], keras.ops.convert_to_numpy(caffe.apply(image)), atol=1e-3)


def test_tints_change_tone_and_tint_but_nothing_without_colour() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (8, 8, 4), dtype=np.uint8)
    picture[..., 3] = 255
    same = tint(picture[None], Augmentation().tints(1, (0,)))
    np.testing.assert_array_equal(same[0], picture[..., :3])
    tints = Augmentation(colour=0.3).tints(2, (0,))
    first, second = tint(np.stack([picture] * 2), tints)
    assert (np.abs(first - second) > 1).mean() > 0.5
    grey = np.array([[[[128, 128, 128, 255]]]], np.uint8)
    assert np.abs(tint(grey, tints[:1]) - 128).max() <= 0.3 * 1.3 * 127.5 + 1
