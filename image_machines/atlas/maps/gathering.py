"""Gathering: which pictures a map shows, from a run's collection, any source of pictures or a bare folder."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from image_machines.collection import manifest, sources
from image_machines.collection.selection import Selection
from image_machines.images import PICTURE_SUFFIXES, meant_as_picture
from image_machines.names import unknown

log = logging.getLogger(__name__)

Record = Mapping[str, str]


@dataclass(frozen=True)
class Gathered:
    """Rows with a ``file``, a path below ``folder`` or a whole one, and what the catalogue says of each."""

    folder: Path
    records: Sequence[Record]

    def paths(self) -> list[Path]:
        """The files."""
        return [self.folder / record["file"] for record in self.records]

    def only(self, column: str, value: str) -> Gathered:
        """Those whose cell is ``value``, in any case; raises ValueError with the choices where none is."""
        cells = [_cell(record, column) for record in self.records]
        if not any(cell is not None for cell in cells):
            raise ValueError(unknown("column", column, dict.fromkeys(key for r in self.records for key in r)))
        kept = [
            record
            for record, cell in zip(self.records, cells, strict=True)
            if (cell or "").casefold() == value.casefold()
        ]
        if not kept:
            raise ValueError(
                unknown(f"picture whose {column} is", value, sorted({cell for cell in cells if cell}))
            )
        return Gathered(self.folder, kept)


def gather(source: str | Path, kept: str | Path) -> Gathered:
    """The pictures of a source: a data set's folder, a folder of pictures, a mirror, a table, "builtin".

    ``kept`` is where a source keeps what it fetches. Raises ValueError for a folder without pictures, and
    what `sources.open_source` raises.
    """
    folder = Path(source).expanduser()
    if (folder / manifest.MANIFEST).is_file():
        return Gathered(folder, [row for row in manifest.read(folder) if row["split"]])
    if folder.is_dir() and not _is_laid_out(folder):
        return _bare(folder)
    opened = sources.open_source(str(source), Selection(source=str(source)).place(kept))
    works = opened.catalogue().artworks
    paths, failures = opened.fetch(works)
    if failures:
        log.warning("%d pictures cannot be read, the first: %s", len(failures), failures[0].url)
    rows = [
        {**work.values, "work": work.work, "file": str(paths[work.file])}
        for work in works
        if work.file in paths
    ]
    return Gathered(Path(), rows)


def _is_laid_out(folder: Path) -> bool:
    """Whether a folder is a mirror of the gallery, which has a catalogue."""
    return (folder / "database").is_dir()


def _bare(folder: Path) -> Gathered:
    """All pictures in a folder, at any depth; its subfolders are classes."""
    rows = []
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in below.parts)
        if not hidden and path.is_file() and meant_as_picture(path):
            name = below.parts[0] if len(below.parts) > 1 else ""
            rows.append({"file": below.as_posix(), "class": name})
    if not rows:
        raise ValueError(f"no pictures in {folder}; they mostly end in {', '.join(PICTURE_SUFFIXES)}")
    return Gathered(folder, rows)


def _cell(record: Record, column: str) -> str | None:
    return next((value for key, value in record.items() if key.casefold() == column.casefold()), None)
