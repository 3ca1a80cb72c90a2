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


def file_names(paths: Sequence[str], addresses: Sequence[str] | None = None) -> list[str]:
    """One file name for each picture: its path's folders and stem by hyphens, as in ``aachen-allegory.jpg``.

    No two are equal, whatever the case of their letters, and none depends on the order of the rows. Where
    names collide, and where an address has more than a path to it (``?id=7``), six or more digits of a hash
    are added: of the path, or of the whole address (by default the same) where several have the path.
    """
    names = [safe_name(unquote(path).replace("/", "-"), PICTURE_SUFFIXES) for path in paths]
    folded = [name.casefold() for name in names]
    asked = {at for at, address in enumerate(addresses or ()) if _is_asked(address)}
    holders = Counter(name for at, name in enumerate(folded) if at not in asked)
    shared = [at for at, name in enumerate(folded) if holders[name] > 1 or at in asked]
    sharing = Counter(paths[at] for at in shared)
    marks: dict[int, str] = {}
    for at in shared:
        is_told_by_path = sharing[paths[at]] == 1 and at not in asked
        identity = paths[at] if is_told_by_path or addresses is None else addresses[at]
        marks[at] = hashlib.sha256(identity.encode()).hexdigest()
    starts = Counter((folded[at], mark[:6]) for at, mark in marks.items())
    for at, mark in marks.items():
        stem, _, suffix = names[at].rpartition(".")
        digits = 6 if starts[folded[at], mark[:6]] == 1 else 16
        while holders.get(f"{stem}-{mark[:digits]}.{suffix}".casefold()) == 1:
            digits += 1
        names[at] = f"{stem}-{mark[:digits]}.{suffix}"
    return names


def _is_asked(address: str) -> bool:
    """Whether an address is a URL that says more than a path, as in ``…/view?id=7``."""
    return "://" in address and ("?" in address or "#" in address)
