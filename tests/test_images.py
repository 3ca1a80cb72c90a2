"""Arrays and pictures."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from image_machines import images


@pytest.fixture
def picture() -> images.Picture:
    return np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)


def test_a_picture_survives_the_way_to_an_image_and_back(picture):
    image = images.from_picture(picture)
    assert image.dtype == np.float32
    assert image.min() >= -1 and image.max() <= 1
    np.testing.assert_allclose(images.to_picture(image).astype(int), picture, atol=1)


def test_to_picture_clips_what_lies_outside_the_range():
    assert images.to_picture(np.array([[[-3.0, 0.0, 3.0]]])).tolist() == [[[0, 127, 255]]]


def test_autotone_stretches_each_colour_by_itself_and_leaves_a_flat_one():
    values = np.zeros((2, 2, 3), np.uint8)
    values[..., 0] = [[10, 20], [30, 40]]
    values[..., 1] = [[100, 100], [100, 200]]
    values[..., 2] = 7
    toned = images.autotone(values)
    assert toned[..., 0].tolist() == [[0, 85], [170, 255]]
    assert toned[..., 1].tolist() == [[0, 0], [0, 255]]
    assert (toned[..., 2] == 7).all()


@pytest.mark.parametrize("size", [(20, 30), (61, 83), (40, 50), (1, 1)])
def test_resize_linear_is_scipys_zoom_of_order_one(size):
    image = np.random.default_rng(1).normal(size=(40, 50, 3)).astype(np.float32)
    factors = (size[0] / 40, size[1] / 50, 1)
    resized = images.resize_linear(image, size)
    np.testing.assert_allclose(resized, ndimage.zoom(image, factors, order=1), rtol=2e-7, atol=1e-7)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_card_travels_inside_the_file_and_beside_it(tmp_path, picture, suffix):
    card = {"title": "mixed5, channel 66 of 768", "painter": "Žena", "settings": {"step": 0.01}}
    path = images.save(tmp_path / f"deep/down{suffix}", picture, card)
    assert json.loads(path.with_suffix(".json").read_text(encoding="utf-8")) == card
    path.with_suffix(".json").unlink()
    assert images.read_card(path) == card
    assert images.read(path).shape == picture.shape


def test_a_png_keeps_every_pixel(tmp_path, picture):
    np.testing.assert_array_equal(images.read(images.save(tmp_path / "a.png", picture)), picture)


def test_a_picture_without_a_card_says_so(tmp_path, picture):
    with pytest.raises(ValueError, match="carries no card"):
        images.read_card(images.save(tmp_path / "a.png", picture))


def test_an_unknown_suffix_is_refused_with_the_choices(tmp_path, picture):
    with pytest.raises(ValueError, match=r"'.tga'; choices: .jpg, .jpeg, .png"):
        images.save(tmp_path / "a.tga", picture)


def test_a_truncated_picture_and_a_page_named_jpg_are_unreadable(tmp_path, picture):
    whole = images.save(tmp_path / "whole.jpg", picture)
    truncated = tmp_path / "truncated.jpg"
    truncated.write_bytes(whole.read_bytes()[:-200])
    page = tmp_path / "page.jpg"
    page.write_text("<html>Not found</html>")
    assert images.is_picture(whole)
    for path in (truncated, page, tmp_path / "absent.jpg"):
        assert not images.is_picture(path)
        with pytest.raises(images.UnreadablePicture, match=path.name):
            images.read(path)


def test_greys_and_palettes_read_as_rgb(tmp_path):
    Image.new("L", (8, 6), 100).save(tmp_path / "grey.png")
    Image.new("P", (8, 6)).save(tmp_path / "palette.gif")
    assert images.read(tmp_path / "grey.png").shape == (6, 8, 3)
    assert images.read(tmp_path / "palette.gif", size=(3, 4)).shape == (3, 4, 3)


def test_a_contact_sheet_has_a_tile_for_every_picture(picture):
    sheet = images.contact_sheet(
        [picture] * 5, ["a very long caption that does not fit"] * 5, columns=3, tile=60
    )
    assert sheet.shape == (8 + 2 * (60 + 18 + 8), 8 + 3 * (60 + 8), 3)
    assert (sheet != 255).any(axis=2).mean() > 0.3
