"""Files: written in one piece, named so that every system takes the name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; it takes its place when the block ends without an error.

    Readers see the old file or the new one, never half of either.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}-{uuid4().hex[:8]}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def portable(path: str | Path) -> str:
    """A path as others can use it: from the working folder where it lies below it, with forward slashes."""
    path = Path(path)
    with suppress(ValueError):
        path = path.resolve().relative_to(Path.cwd())
    return path.as_posix()


def write_text(path: str | Path, text: str) -> None:
    """Write a text file in one piece, UTF-8."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | Path, value: Any) -> None:
    """Write a JSON file in one piece, indented, in the order given."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
