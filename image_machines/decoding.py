"""Decoding: any picture file -> 8 bits, RGB, upright, opaque; or refused in a sentence.

The one place that opens pictures: training, scoring, crops and page all see what comes out of here.
"""

from __future__ import annotations

import logging
import re
import struct
import zlib
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageColor, UnidentifiedImageError

log = logging.getLogger(__name__)

File = str | Path | BinaryIO
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "AVIF", "JPEG2000", "PPM")
SAFE = 178.0  # megapixels: what Pillow opens from strangers
MEGA = 1_000_000
TURNS = {  # EXIF's orientation -> what turns the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ORIENTATION, BITS, PHOTOMETRIC, PLANES, SIGN = 0x0112, 258, 262, 284, 339  # tags of EXIF and TIFF
KINDS = "JPEG, PNG, GIF, BMP, TIFF, WebP, AVIF, JPEG 2000 and PNM"
RARE_TIFF = "it is a damaged TIFF, or one of a rare kind; save it with 8 or 16 bits a channel"
UNREAD = (  # from which place, how a file goes on that is not read, and why
    *((0, sign, RARE_TIFF) for sign in (b"II*\0", b"MM\0*")),
    *((0, sign, "it is damaged") for sign in (b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF", b"\0\0\0\x0cjP")),
    *((4, sign, "it is damaged") for sign in (b"ftypavif", b"ftypavis")),
    *(
        (at, sign, f"it is {what}, and what is read is {KINDS}")
        for at, sign, what in (
            (4, b"ftyphei", "a HEIC picture"), (4, b"ftypmif1", "a HEIF picture"), (4, b"ftyp", "a film"),
            (0, b"8BPS", "a Photoshop file"), (0, b"%PDF", "a PDF"), (0, b"%!PS", "a PostScript file"),
            (0, b"\0\0\1\0", "an icon"), (0, b"<", "a page, or a drawing in text"), (0, b"PK\3\4", "a zip"),
        )
    ),
)  # fmt: skip
FEWER = {"L;2": 85, "L;4": 17}  # greys of 2 and 4 bits -> the step between them in 8
BROKEN = (  # what decoders raise over files that are not what they say
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError,
    OverflowError, MemoryError, struct.error, zlib.error,
)  # fmt: skip


class Unfit(ValueError):
    """A picture that decodes, but is too large or has values that nobody can interpret."""


class UnreadablePicture(ValueError):
    """A file that does not decode as a picture, or whose values cannot be understood."""

    def __init__(self, path: File, error: Exception) -> None:
        self.is_whole = isinstance(error, Unfit)  # the file is in order, but this program has no use for it
        reason = re.sub(rf" ?'?{re.escape(str(path))}'?", "", str(error)) or type(error).__name__
        is_obscure = reason.startswith(("decoder error", "could not create decoder"))
        self.reason = f"its data are broken ({reason})" if is_obscure else reason
        super().__init__(f"{path} is not a readable picture: {self.reason}")


@dataclass(frozen=True)
class Conditions:
    """What a picture file does not say by itself."""

    ground: str = "white"  # the colour behind what is transparent, by name or as "#rrggbb"
    megapixels: float = SAFE  # a larger picture is refused


USUAL = Conditions()


def decode(path: File, size: tuple[int, int] | None, conditions: Conditions) -> Image.Image:
    """The picture in a file, RGB; resized to ``size`` (height, width) by linear interpolation where given.

    Of several frames or pages it is the first. Raises UnreadablePicture with the file and the reason.
    """
    try:
        with _open(path, conditions) as opened:
            if size is not None:
                opened.draft("RGB", size if _lies(opened) else size[::-1])
            opaque = _on_ground(_eight_bits(opened), conditions.ground)
            turn = TURNS.get(_orientation(opened))  # after loading: Pillow turns a TIFF by itself
            upright = opaque if turn is None else opaque.transpose(turn)
            if size is not None and upright.size != size[::-1]:
                upright = upright.resize(size[::-1], Image.Resampling.BILINEAR)
            return upright
    except BROKEN as error:
        raise UnreadablePicture(path, error) from error


def is_settled(path: str | Path, conditions: Conditions) -> bool:
    """Whether the usual conditions give the same picture as these: it is opaque, and of a safe size."""
    if conditions == USUAL:
        return True
    with _open(path, conditions) as opened:
        small = opened.width * opened.height <= SAFE * MEGA
        return small and not opened.has_transparency_data


def looks_like_picture(path: File) -> bool:
    """Whether a file begins as a picture does, whatever its name."""
    try:
        with _open(path, USUAL):
            return True
    except Unfit:
        return True
    except BROKEN:
        return False


def _open(path: File, conditions: Conditions) -> Image.Image:
    if Image.MAX_IMAGE_PIXELS is not None:  # Pillow's own limit, which it keeps for the whole process
        Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, round(conditions.megapixels * MEGA))
    try:
        opened = Image.open(path, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise UnidentifiedImageError(_why_unread(path)) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large("it has", conditions) from None
    if opened.width * opened.height > conditions.megapixels * MEGA:
        opened.close()
        pixels = f"{opened.width} x {opened.height} pixels"
        raise _too_large(
            f"its {pixels} are {opened.width * opened.height / MEGA:.3g} megapixels,", conditions
        )
    return opened


def _why_unread(path: File) -> str:
    """Why a file is no picture of a kind that is read, by how it begins."""
    with Path(path).open("rb") if isinstance(path, str | Path) else nullcontext(path) as file:
        file.seek(0)
        begin = file.read(16)
    reasons = (reason for at, sign, reason in UNREAD if begin[at:].startswith(sign))
    return next(reasons, "it begins as no picture does" if begin else "it is empty")


def _too_large(what: str, conditions: Conditions) -> Unfit:
    limit = f"{conditions.megapixels:g} megapixels"
    return Unfit(f"{what} more than {limit}; set megapixels higher (in wga.ipynb) if you trust the file")


def _orientation(opened: Image.Image) -> int:
    """EXIF's orientation, 1 (upright) where it says none of its eight numbers."""
    try:
        found = opened.getexif().get(ORIENTATION)
    except Exception:  # what is broken in the notes beside a picture does not make the picture unreadable
        return 1
    return found if isinstance(found, int) and found in TURNS else 1


def _lies(opened: Image.Image) -> bool:
    """Whether height and width change places when the picture is turned upright."""
    return _orientation(opened) >= 5


def _eight_bits(opened: Image.Image) -> Image.Image:
    """The picture in a mode of 8 bits, loaded, with what says which of its pixels are transparent."""
    stored = str(next((tile[3] for tile in getattr(opened, "tile", ())), ""))
    if _tags(opened).get(PLANES) == 2 and max(_tags(opened).get(BITS, (8,))) > 8:
        raise Unfit("its colours lie in planes of more than 8 bits; save it with a pixel's colours together")
    opened.load()
    if opened.mode.startswith("I;16"):
        return _grey(np.asarray(opened).astype(np.float64) / _white(opened), opened)
    if opened.mode in ("I", "F"):
        return _grey(_by_range(np.asarray(opened).astype(np.float64), opened), opened)
    if opened.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(opened, lab, srgb, outputMode="RGB")
        assert converted is not None
        return converted
    clear = opened.info.get("transparency")  # as stored, while Pillow brings the pixels to 8 bits
    if stored.startswith("RGB;16") and isinstance(clear, tuple):
        opened.info["transparency"] = tuple(value >> 8 for value in clear)
    if stored in FEWER and isinstance(clear, int):
        opened.info["transparency"] = clear * FEWER[stored]
    return opened


def _white(opened: Image.Image) -> int:
    """The value of white in a picture of 16-bit numbers, of which a TIFF may use fewer bits."""
    bits = _tags(opened).get(BITS, (16,))[0]
    return int(2 ** (bits if 8 < bits < 16 else 16) - 1)


def _by_range(values: NDArray[np.float64], opened: Image.Image) -> NDArray[np.float64]:
    """Numbers of 32 bits as 0 to 1: such files do not say what white is, so only clear cases are taken."""
    low, high = float(values.min()), float(values.max())  # NaN fails all comparisons
    whites = [(1, 0), (255, 64), (65535, 16384)]  # each with the least that the largest number has then
    if opened.mode == "I" and opened.format in ("PNG", "PPM", "JPEG2000"):  # 16 bits in 32
        whites = [(65535, 0)]
    if opened.mode == "I" and _tags(opened).get(BITS) == (16,) and _tags(opened).get(SIGN) == (2,):
        whites = [(32767, 0)]
    for white, least in whites:
        if low >= 0 and least <= high <= white:
            return values / white
    raise Unfit(
        f"its numbers go from {low:g} to {high:g}, and nothing says which of them is white; save it with "
        "8 or 16 bits a channel, or with numbers from 0 to 1"
    )


def _grey(shares: NDArray[np.float64], opened: Image.Image) -> Image.Image:
    """A grey picture from shares of white, 0 to 1, with its transparency."""
    if _tags(opened).get(PHOTOMETRIC) == 0:
        shares = 1 - shares
    grey = Image.fromarray((shares * 255).round().astype(np.uint8))
    clear = opened.info.get("transparency")
    if clear is not None:
        grey.putalpha(Image.fromarray(np.where(np.asarray(opened) == clear, 0, 255).astype(np.uint8)))
    return grey


def _tags(opened: Image.Image) -> Any:
    """The tags of a TIFF; none of another file."""
    return getattr(opened, "tag_v2", {})


def _on_ground(picture: Image.Image, ground: str) -> Image.Image:
    """The picture as RGB, with a ground behind what is transparent."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    if layer.getchannel("A").getextrema() == (255, 255):
        return layer.convert("RGB")
    _say_once(ground)
    return Image.alpha_composite(Image.new("RGBA", layer.size, colour(ground)), layer).convert("RGB")


def colour(ground: str) -> tuple[int, int, int]:
    """Red, green and blue (0-255) of a colour by name or as "#rrggbb"; ValueError where it is none."""
    try:
        red, green, blue = ImageColor.getrgb(ground)[:3]
    except ValueError:
        raise ValueError(
            f"ground is a colour by name or as '#rrggbb', such as 'white', not {ground!r}"
        ) from None
    return red, green, blue


@cache
def _say_once(ground: str) -> None:
    log.warning("some pictures are transparent in places; they are laid on %s (the setting ground)", ground)
