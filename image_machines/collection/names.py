"""File names of pictures: one for each address, that every system takes and that no other picture has."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import unquote

from image_machines.images import PICTURE_SUFFIXES
from image_machines.names import safe_name

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*([^?#]*)")


def url_path(url: str) -> str:
    """The path of a URL (as urllib's urlsplit has it, in a fifth of the time), or of a path itself."""
    found = _URL.match(url)
    return found[1] if found else url


def steps(path: str) -> str:
    """A path or the path of a URL, without steps that lead nowhere or up."""
    parts = url_path(path).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def file_names(paths: Sequence[str]) -> list[str]:
    """One file name for each path: its folders and stem joined by hyphens, as in ``aachen-allegory.jpg``.

    No two are equal, whatever the case of their letters; where paths collide, each of them gets six digits
    of its own hash, so that a name depends neither on the order of the rows nor on where the run takes place.
    """
    plain = [safe_name(unquote(path).replace("/", "-"), PICTURE_SUFFIXES) for path in paths]
    counts = Counter(name.casefold() for name in plain)
    taken = {name for name, count in counts.items() if count == 1}
    names = []
    for path, name in zip(paths, plain, strict=True):
        if counts[name.casefold()] > 1:
            stem, dot, suffix = name.rpartition(".")
            digest = hashlib.sha256(path.encode()).hexdigest()
            length = next(n for n in range(6, 65) if f"{stem}-{digest[:n]}.{suffix}".casefold() not in taken)
            name = f"{stem}-{digest[:length]}.{suffix}"
            taken.add(name.casefold())
        names.append(name)
    return names
