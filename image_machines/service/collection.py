"""The collection: the works of a run, by their names, as they are listed and asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from image_machines.collection import manifest
from image_machines.names import nearest
from image_machines.network import scoring
from image_machines.service.requests import Refused

Record = dict[str, str]

SEARCHED = ("author", "title", "date", "class", "school", "timeframe", "technique")


class Collection:
    """The works in the ``data`` folder of a run; none without a run."""

    def __init__(self, run: str | Path | None) -> None:
        self.folder = Path(run) / "data" if run is not None else None
        self._read: tuple[int, list[Record]] | None = None

    @property
    def records(self) -> Sequence[Record]:
        """A row for each work; read again when the manifest was written since."""
        if self.folder is None:
            return []
        file = self.folder / manifest.MANIFEST
        changed = file.stat().st_mtime_ns if file.is_file() else 0
        if self._read is None or self._read[0] != changed:
            self._read = changed, self._records()
        return self._read[1]

    def path(self, file: str) -> Path:
        """The picture of a work; raises Refused for one that is not in the collection."""
        if self.folder is None or not any(record["file"] == file for record in self.records):
            hint = nearest(file, [record["file"] for record in self.records])
            raise Refused(404, f"no work {file!r} in the collection{hint}")
        return self.folder / file

    def select(self, file: str | None, class_: str | None, search: str | None) -> list[Record]:
        """The works of a name, of a class, in whose artist, title, date or class every word stands."""
        words = (search or "").casefold().split()
        return [
            record
            for record in self.records
            if (file is None or record["file"] == file)
            and (class_ is None or record.get("class", "").casefold() == class_.casefold())
            and all(word in _words(record) for word in words)
        ]

    def _records(self) -> list[Record]:
        assert self.folder is not None
        try:
            return list(scoring.read_records(self.folder))
        except (OSError, ValueError):
            return []


def _words(record: Record) -> str:
    return " ".join(record.get(column) or "" for column in SEARCHED).casefold()
