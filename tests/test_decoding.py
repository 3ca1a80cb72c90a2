"""Decoding: every kind of picture file becomes what a person sees, in 8 bits, or is refused."""

from __future__ import annotations

import io
import logging
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from image_machines import decoding, images
from image_machines.decoding import Conditions, UnreadablePicture


@pytest.fixture
def ramp():
    """A grey picture that holds every value from 0 to 255, and is neither symmetric nor square."""
    return np.arange(256, dtype=np.uint8).reshape(8, 32)


def saved(path, array, mode=None, **options):
    picture = Image.fromarray(array) if mode is None else Image.fromarray(array).convert(mode)
    picture.save(path, **options)
    return path


def grey(path, **more):
    read = images.read(path, **more)
    assert read.dtype == np.uint8 and (read == read[..., :1]).all()
    return read[..., 0]


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright(tmp_path, suffix, orientation):
    upright = np.zeros((48, 80, 3), np.uint8)
    upright[:16, :16], upright[:16, -16:], upright[-16:, :16] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    undo = {5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, orientation)
    stored = Image.fromarray(upright)
    if orientation > 1:
        stored = stored.transpose(decoding.TURNS[undo])
    exif = Image.Exif()
    exif[decoding.ORIENTATION] = orientation
    stored.save(tmp_path / f"a.{suffix}", exif=exif, **({"quality": 95} if suffix != "png" else {}))
    whole = images.read(tmp_path / f"a.{suffix}")
    assert whole.shape == upright.shape
    assert np.abs(whole.astype(int) - upright)[4:12, 4:12].max() < 40
    assert np.abs(whole.astype(int) - upright).mean() < 12
    small = images.read(tmp_path / f"a.{suffix}", (12, 20))
    assert small.shape == (12, 20, 3)
    for row, column, channel in ((1, 1, 0), (1, 18, 1), (10, 1, 2)):
        assert small[row, column].argmax() == channel and small[row, column].max() > 150


def test_notes_beside_the_picture_that_are_broken_do_no_harm(tmp_path, ramp):
    file = io.BytesIO()
    Image.fromarray(ramp).save(file, "JPEG", quality=100, exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01")
    (tmp_path / "a.jpg").write_bytes(file.getvalue())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image.Image, "getexif", lambda self: 1 / 0)
        assert np.abs(grey(tmp_path / "a.jpg").astype(int) - ramp).max() < 4


@pytest.mark.parametrize(
    ("kind", "content"),
    [(2, b"6\0\0\0"), (1, b"\6\0\0\0"), (7, b"\6abc"), (11, struct.pack("<f", 6.0)), (3, b"\x09\0\0\0")],
    ids=["text", "byte", "bytes", "fraction", "ninth"],
)
def test_an_orientation_that_is_none_turns_nothing(tmp_path, ramp, kind, content):
    file, count = io.BytesIO(), {2: 2, 7: 4}.get(kind, 1)
    notes = b"II*\0" + struct.pack("<IHHHI", 8, 1, 0x0112, kind, count) + content + b"\0" * 4
    Image.fromarray(ramp).save(file, "JPEG", quality=100, exif=b"Exif\0\0" + notes)
    (tmp_path / "a.jpg").write_bytes(file.getvalue())
    assert np.abs(grey(tmp_path / "a.jpg").astype(int) - ramp).max() < 4
    assert images.read(tmp_path / "a.jpg", ramp.shape).tolist() == images.read(tmp_path / "a.jpg").tolist()


@pytest.mark.parametrize("suffix", ["png", "tif", "jp2", "pgm"])
def test_sixteen_bits_keep_their_tones(tmp_path, ramp, suffix):
    options = {"irreversible": False} if suffix == "jp2" else {}
    path = saved(tmp_path / f"a.{suffix}", ramp.astype(np.uint16) * 257, **options)
    np.testing.assert_array_equal(grey(path), ramp)


def test_sixteen_bits_of_other_byte_orders_and_meanings(tmp_path, ramp):
    saved(tmp_path / "big.tif", (ramp.astype(">u2") * 257).astype(">u2"))
    np.testing.assert_array_equal(grey(tmp_path / "big.tif"), ramp)
    saved(tmp_path / "negative.tif", 65535 - ramp.astype(np.uint16) * 257, tiffinfo={decoding.PHOTOMETRIC: 0})
    with Image.open(tmp_path / "negative.tif") as opened:
        meaning = opened.tag_v2[decoding.PHOTOMETRIC]
    np.testing.assert_array_equal(grey(tmp_path / "negative.tif"), ramp if meaning == 0 else 255 - ramp)


def write_png(path, bits, colour, rows, clear=None):
    """A PNG as Pillow does not write them; ``clear`` is the value that is transparent."""
    channels = 3 if colour == 2 else 1

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    width = len(rows[0]) * 8 // bits // channels
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), bits, colour, 0, 0, 0))
    extra = chunk(b"tRNS", struct.pack(f">{channels}H", *clear)) if clear else b""
    data = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + extra + data + chunk(b"IEND", b""))
    return path


def test_sixteen_bit_colours(tmp_path):
    row = struct.pack(">6H", 65535, 32896, 0, 257, 514, 65535)
    plain = write_png(tmp_path / "plain.png", 16, 2, [row])
    assert images.read(plain).tolist() == [[[255, 128, 0], [1, 2, 255]]]
    clear = write_png(tmp_path / "clear.png", 16, 2, [row], (257, 514, 65535))
    assert images.read(clear).tolist() == [[[255, 128, 0], [255, 255, 255]]]


@pytest.mark.parametrize(("bits", "clear", "tones"), [
    (1, 1, [0, 7, 0, 0, 0, 7, 7, 7]), (1, 0, [7, 255, 7, 7, 7, 255, 255, 255]),
    (2, 2, [85, 0, 85, 255]), (2, 3, [85, 0, 85, 7]), (4, 7, [68, 7]), (8, 71, [7]), (8, 70, [71]),
])  # fmt: skip
def test_greys_of_few_bits_may_be_transparent(tmp_path, bits, clear, tones):
    path = write_png(tmp_path / "a.png", bits, 0, [bytes([0b01000111])], (clear,))
    assert grey(path, conditions=Conditions(ground="#070707")).tolist() == [tones]


@pytest.mark.parametrize(
    ("kind", "white"),
    [(np.float32, 1), (np.float32, 255), (np.float32, 65535), (np.int32, 255), (np.int32, 65535)],
)
def test_numbers_of_thirty_two_bits_whose_white_is_clear(tmp_path, ramp, kind, white):
    path = saved(tmp_path / "a.tif", (ramp / 255 * white).round(6).astype(kind))
    np.testing.assert_array_equal(grey(path), ramp)


def tiff(rows, bits, sign=1, colours=1, planes=1):
    """A plain TIFF of numbers (little-endian), in one strip, or one for each plane."""
    strips = [rows] if planes == 1 else [rows[..., colour] for colour in range(colours)]
    data = [strip.tobytes() for strip in strips]
    count, more = 12, 8 + 2 + 12 * 12 + 4
    outside = struct.pack(f"<{colours}H", *[bits] * colours)
    places = [more + 64 + sum(map(len, data[:index])) for index in range(len(data))]
    outside = outside.ljust(16, b"\0") + struct.pack(f"<{len(data)}I", *places)
    outside = outside.ljust(40, b"\0") + struct.pack(f"<{len(data)}I", *map(len, data))

    def one(tag, kind, value, number=1):
        return struct.pack("<HHII", tag, kind, number, value)

    height, width = rows.shape[:2]
    few = len(data) == 1
    entries = [
        one(256, 3, width), one(257, 3, height),
        one(258, 3, bits) if colours == 1 else one(258, 3, more, colours),
        one(259, 3, 1), one(262, 3, 2 if colours == 3 else 1),
        one(273, 4, places[0] if few else more + 16, len(data)), one(277, 3, colours), one(278, 3, height),
        one(279, 4, len(data[0]) if few else more + 40, len(data)), one(284, 3, planes), one(296, 3, 1),
        one(339, 3, sign),
    ]  # fmt: skip
    head = b"II*\0" + struct.pack("<IH", 8, count) + b"".join(entries) + b"\0" * 4
    return head + outside.ljust(64, b"\0") + b"".join(data)


def test_sixteen_bits_with_a_sign_are_half_as_many(tmp_path, ramp):
    (tmp_path / "a.tif").write_bytes(tiff((ramp.astype(np.int32) * 128).astype("<i2"), 16, sign=2))
    assert np.abs(grey(tmp_path / "a.tif").astype(int) - ramp).max() <= 1


def test_sixteen_bits_in_planes_are_refused_since_they_would_be_read_wrong(tmp_path, ramp):
    rows = np.stack([ramp] * 3, -1).astype("<u2") * 257
    (tmp_path / "a.tif").write_bytes(tiff(rows, 16, colours=3, planes=2))
    with pytest.raises(UnreadablePicture, match="its colours lie in planes of more than 8 bits"):
        images.read(tmp_path / "a.tif")
    (tmp_path / "a.tif").write_bytes(tiff(rows, 16, colours=3))
    np.testing.assert_array_equal(grey(tmp_path / "a.tif"), ramp)


@pytest.mark.parametrize(
    ("begin", "reason"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "it is a HEIC picture, and what is read is JPEG"),
        (b"8BPS\0\1" + b"\0" * 40, "it is a Photoshop file, and what is read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is a page, or a drawing in text, and"),
        (tiff(np.zeros((2, 2), "<f8"), 64, sign=3), "it is a damaged TIFF, or one of a rare kind"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "it is damaged"),
        (b"version https://git-lfs", "it begins as no picture does"),
        (b"", "it is empty"),
    ],
)
def test_what_is_no_picture_is_called_what_it_is(tmp_path, begin, reason):
    (tmp_path / "a.jpg").write_bytes(begin)
    with pytest.raises(UnreadablePicture, match=f"a.jpg is not a readable picture: {reason}"):
        images.read(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    "values", [[-1.0, 0.5], [0.0, 3.0], [0.0, 1000.0], [0.0, 1e6], [np.nan, 0.5], [0.0, np.inf]]
)
def test_numbers_whose_white_nobody_knows_are_refused(tmp_path, values):
    path = saved(tmp_path / "a.tif", np.array([values], np.float32))
    with pytest.raises(UnreadablePicture, match=r"a\.tif .* nothing says which of them is white"):
        images.read(path)


def test_other_modes(tmp_path, ramp):
    assert set(np.unique(grey(saved(tmp_path / "one.png", ramp, "1")))) == {0, 255}
    np.testing.assert_array_equal(grey(saved(tmp_path / "palette.png", ramp, "P")), ramp)
    np.testing.assert_array_equal(grey(saved(tmp_path / "alpha.png", ramp, "LA")), ramp)
    colours = np.array([[[250, 20, 20], [20, 250, 20], [250, 250, 250], [10, 10, 10]]], np.uint8).repeat(
        16, 0
    )
    colours = colours.repeat(16, 1)
    for name, options in (("ink.jpg", {"quality": 100, "subsampling": 0}), ("ink.tif", {})):
        read = images.read(
            saved(tmp_path / name, colours, "CMYK", **options)
        )  # Adobe stores a JPEG's inverted
        assert np.abs(read.astype(int) - colours).max() < 12
    dot = saved(tmp_path / "dot.png", np.array([[[1, 2, 3]]], np.uint8))
    assert images.read(dot).tolist() == [[[1, 2, 3]]] and images.read(dot, (2, 2)).shape == (2, 2, 3)


def test_lab_becomes_rgb(tmp_path):
    Image.new("LAB", (4, 4), (128, 128, 128)).save(tmp_path / "a.tif")
    assert images.read(tmp_path / "a.tif")[0, 0].tolist() == pytest.approx([119, 119, 119], abs=3)


def test_of_an_animation_it_is_the_first_picture(tmp_path):
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "blue")]
    for suffix in ("gif", "png", "webp"):
        frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
        assert images.read(tmp_path / f"a.{suffix}")[3, 4].tolist() == pytest.approx([255, 0, 0], abs=3)


def transparent(mode):
    """A picture, half of it red and opaque, the other half clear and black underneath."""
    picture = Image.new("RGBA", (8, 4), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 4, 4))
    if mode == "palette":
        picture = picture.convert("RGB").quantize(2)
        red = picture.getpixel((0, 0))
        picture.info["transparency"] = bytes([255 if index == red else 0 for index in range(2)])
    elif mode == "colour":
        picture = picture.convert("RGB")
        picture.info["transparency"] = (0, 0, 0)
    return picture


@pytest.mark.parametrize(("mode", "suffix"), [
    ("alpha", "png"), ("alpha", "webp"), ("alpha", "tif"), ("alpha", "gif"), ("palette", "png"),
    ("palette", "gif"), ("colour", "png"),
])  # fmt: skip
def test_what_is_transparent_lies_on_a_ground(tmp_path, mode, suffix):
    picture = transparent(mode)
    options = {"lossless": True} if suffix == "webp" else {}
    if "transparency" in picture.info:
        clear = picture.info["transparency"]
        options["transparency"] = clear.index(0) if suffix == "gif" else clear
    picture.save(tmp_path / f"a.{suffix}", **options)
    for conditions, ground in ((Conditions(), [255, 255, 255]), (Conditions(ground="#102030"), [16, 32, 48])):
        read = images.read(tmp_path / f"a.{suffix}", conditions=conditions)
        assert (read[0, 0].tolist(), read[0, 7].tolist()) == ([255, 0, 0], ground)
    assert not decoding.is_settled(tmp_path / f"a.{suffix}", Conditions(ground="#102030"))


def test_half_transparent_is_half_ground(tmp_path):
    Image.new("RGBA", (3, 3), (200, 0, 0, 128)).save(tmp_path / "a.png")
    assert images.read(tmp_path / "a.png")[1, 1].tolist() == pytest.approx([227, 127, 127], abs=1)
    Image.new("LA", (3, 3), (0, 0)).save(tmp_path / "b.png")
    assert images.read(tmp_path / "b.png").min() == 255


def test_sixteen_bit_grey_may_be_transparent(tmp_path):
    values = np.array([[0, 65535, 257 * 7]], np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png", transparency=257 * 7)
    with Image.open(tmp_path / "a.png") as opened:
        assert opened.info.get("transparency") == 257 * 7
    assert grey(tmp_path / "a.png").tolist() == [[0, 255, 255]]


def test_the_ground_is_said_once(tmp_path, caplog):
    Image.new("RGBA", (3, 3), (0, 0, 0, 0)).save(tmp_path / "a.png")
    decoding._say_once.cache_clear()
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            images.read(tmp_path / "a.png")
    assert caplog.text.count("laid on white (the setting ground)") == 1
    with pytest.raises(ValueError, match="ground is a colour by name or as '#rrggbb', .* not 'wite'"):
        images.read(tmp_path / "a.png", conditions=Conditions(ground="wite"))


def test_a_picture_over_the_safe_size_is_refused_until_a_setting_admits_it(tmp_path):
    saved(tmp_path / "a.png", np.zeros((200, 100), np.uint8))
    with pytest.raises(UnreadablePicture, match="100 x 200 pixels are 0.02 megapixels, more than"):
        images.read(tmp_path / "a.png", conditions=Conditions(megapixels=0.01))
    assert images.read(tmp_path / "a.png", conditions=Conditions(megapixels=0.02)).shape == (200, 100, 3)


def test_more_megapixels_than_pillow_itself_admits(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 89_478_485)  # as Pillow has it
    Image.new("1", (40_000, 10_000)).save(tmp_path / "a.png")
    with pytest.raises(UnreadablePicture, match="more than 178 megapixels; set megapixels higher"):
        images.read(tmp_path / "a.png", (10, 40))
    assert images.read(tmp_path / "a.png", (10, 40), Conditions(megapixels=400)).shape == (10, 40, 3)
    with pytest.raises(UnreadablePicture, match="are 400 megapixels, more than 178"):
        images.read(tmp_path / "a.png", (10, 40))


def test_a_suffix_is_no_proof(tmp_path, ramp):
    saved(tmp_path / "a.jpg", ramp, format="PNG")
    np.testing.assert_array_equal(grey(tmp_path / "a.jpg"), ramp)
    assert decoding.looks_like_picture(tmp_path / "a.jpg") and decoding.is_settled(
        tmp_path / "a.jpg", Conditions("red")
    )
    for name, data in (
        ("a.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        ("b.png", b""),
        ("c.png", b"<svg/>"),
    ):
        (tmp_path / name).write_bytes(data)
        assert not decoding.looks_like_picture(tmp_path / name)
        with pytest.raises(UnreadablePicture, match=name):
            images.read(tmp_path / name)
