"""Arrays and pictures: read, resize, tone, save with provenance.

Two forms go round the package. A *picture* is what people look at: ``uint8 (H, W, 3)``, RGB, 0-255. An
*image* is what the machine works on: ``float32 (H, W, 3)``, RGB, in [-1, 1]. Needs NumPy and Pillow only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from image_machines import files
from image_machines.decoding import USUAL, Conditions, UnreadablePicture, decode, looks_like_picture

Picture = NDArray[np.uint8]
FloatImage = NDArray[np.float32]

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp")
QUALITY = 92  # of a JPEG: nothing of a visualisation is lost to the eye
CARD_KEY = "image-machines"  # the PNG text chunk that holds a card


def read(path: str | Path, size: tuple[int, int] | None = None, conditions: Conditions = USUAL) -> Picture:
    """Read a picture file, optionally resized to ``size`` (height, width), as 8-bit RGB, upright and opaque.

    Raises UnreadablePicture, naming the file and the reason, when it does not decode to its last byte.
    """
    return np.asarray(decode(path, size, conditions))


def is_picture(path: str | Path) -> bool:
    """Whether the file decodes to its last byte as a picture."""
    try:
        read(path)
    except UnreadablePicture:
        return False
    return True


def from_picture(picture: NDArray[Any]) -> FloatImage:
    """Picture (0-255) to image ([-1, 1])."""
    return np.asarray(picture, np.float32) / np.float32(127.5) - np.float32(1)


def to_picture(image: NDArray[Any]) -> Picture:
    """Image ([-1, 1]) to picture (0-255): halve, centre, scale, clip, cut to 8 bits (Offert 2018)."""
    return np.clip((np.asarray(image, np.float32) / 2 + 0.5) * 255, 0, 255).astype(np.uint8)


def autotone(picture: NDArray[Any]) -> Picture:
    """Stretch each colour channel by itself to the full range 0-255; a flat channel stays as it is.

    Source: Offert 2018, section 3 ("colour channels of the final image normalised independently").
    """
    values = np.asarray(picture, np.float32)
    low, high = values.min(axis=(0, 1)), values.max(axis=(0, 1))
    flat = high == low
    stretched = (values - low) / np.where(flat, 1, high - low) * 255
    return np.where(flat, values, stretched).round().astype(np.uint8)


def resize_linear(image: NDArray[Any], size: tuple[int, int]) -> FloatImage:
    """Resize (H, W, C) to ``size`` (height, width) by linear interpolation between corner-aligned pixels.

    The corners keep their values, as in ``scipy.ndimage.zoom(order=1)``, which the 2018 loop uses.
    """
    rows = _interpolate(np.asarray(image, np.float64), size[0])
    return _interpolate(rows.swapaxes(0, 1), size[1]).swapaxes(0, 1).astype(np.float32)


def _interpolate(values: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Linear interpolation of the first axis to ``length`` samples, end to end."""
    if values.shape[0] == length:
        return values
    positions = np.linspace(0, values.shape[0] - 1, length) if length > 1 else np.zeros(1)
    below = np.minimum(positions.astype(int), max(values.shape[0] - 2, 0))
    above = np.minimum(below + 1, values.shape[0] - 1)
    weight = (positions - below)[:, None, None]
    return values[below] * (1 - weight) + values[above] * weight


def save(
    path: str | Path, picture: Picture, card: Mapping[str, Any] | None = None, quality: int = QUALITY
) -> Path:
    """Save a picture as .jpg or .png in one piece; a card goes inside the file and, as JSON, beside it.

    ``quality`` is JPEG's (1-95). The card's ``title``, where it has one, is the plain-language caption.
    """
    path = Path(path)
    text = json.dumps(card, ensure_ascii=True) if card is not None else None
    options: dict[str, Any] = {}
    if path.suffix.lower() in (".jpg", ".jpeg"):
        options = {"quality": quality, "subsampling": 0}
        if text is not None:
            options["comment"] = text.encode("ascii")
    elif path.suffix.lower() == ".png":
        if text is not None:
            chunks = PngInfo()
            chunks.add_text(CARD_KEY, text)
            options["pnginfo"] = chunks
    else:
        raise ValueError(f"cannot save a picture as {path.suffix!r}; choices: .jpg, .jpeg, .png")
    with files.replacing(path) as temporary:
        Image.fromarray(np.asarray(picture, np.uint8)).save(temporary, **options)
    if card is not None:
        files.write_json(path.with_suffix(".json"), card)
    return path


def meant_as_picture(path: Path) -> bool:
    """Whether a file is named as a picture is, or begins as one does."""
    return path.suffix.lower() in PICTURE_SUFFIXES or looks_like_picture(path)


def read_card(path: str | Path) -> dict[str, Any]:
    """Read the card inside a picture file, or the JSON beside it; raises ValueError when there is neither."""
    path = Path(path)
    with suppress(OSError, ValueError, UnidentifiedImageError), Image.open(path) as opened:
        text = opened.info.get(CARD_KEY) or opened.info.get("comment") or ""
        card = json.loads(text)
        if isinstance(card, dict):
            return card
    sidecar = path.with_suffix(".json")
    if sidecar.is_file():
        return dict(json.loads(sidecar.read_text(encoding="utf-8")))
    raise ValueError(f"{path} carries no card: neither inside the file nor as {sidecar.name} beside it")


def contact_sheet(
    pictures: Sequence[Picture], captions: Sequence[str] = (), columns: int = 6, tile: int = 160, gap: int = 8
) -> Picture:
    """Lay pictures out in rows on white, each fitted into a square of ``tile`` pixels, captions below."""
    caption_height = 18 if any(captions) else 0
    rows = -(-len(pictures) // columns)
    width = gap + columns * (tile + gap)
    height = gap + rows * (tile + caption_height + gap)
    sheet = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(sheet)
    font = _font(11)
    for index, picture in enumerate(pictures):
        left = gap + index % columns * (tile + gap)
        top = gap + index // columns * (tile + caption_height + gap)
        fitted = ImageOps.contain(Image.fromarray(picture), (tile, tile), Image.Resampling.LANCZOS)
        sheet.paste(fitted, (left + (tile - fitted.width) // 2, top + (tile - fitted.height) // 2))
        if index < len(captions):
            draw.text((left, top + tile + 2), _shorten(captions[index], tile, font), fill="black", font=font)
    return np.asarray(sheet)


def _font(size: int) -> Any:
    """DejaVu Sans where matplotlib brings it: Pillow's own font lacks the accents in painters' names."""
    found = find_spec("matplotlib")
    file = Path(found.origin or "").parent / "mpl-data/fonts/ttf/DejaVuSans.ttf" if found else None
    return ImageFont.truetype(file, size) if file and file.is_file() else ImageFont.load_default(size)


def _shorten(text: str, width: int, font: Any) -> str:
    """Cut a caption to ``width`` pixels, with an ellipsis where it is cut."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"
