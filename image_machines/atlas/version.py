"""Which version of the project this is: its number, and a digest of the code that images depend on."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
DECISIVE = ("images.py", "files.py", "network", "vision", "atlas")


@cache
def project() -> str:
    """Such as "0.1.0 (code 3f2a9c41)"; checkouts that differ only in the ends of lines are the same."""
    digest = hashlib.sha256()
    for file in sorted(_sources()):
        digest.update(file.relative_to(PACKAGE).as_posix().encode())
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return f"{_number()} (code {digest.hexdigest()[:8]})"


def _sources() -> list[Path]:
    places = [PACKAGE / name for name in DECISIVE]
    return [file for place in places for file in (place.rglob("*.py") if place.is_dir() else [place])]


def _number() -> str:
    try:
        return version("image-machines")
    except PackageNotFoundError:
        return "not installed"
