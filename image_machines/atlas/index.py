"""The index of a folder of images: an SQLite file in the folder, which several processes may read and write.

The cards are the truth. The index holds what they say, so that a page of the list costs no look at them; it
takes in what changed in the folder, and may be deleted: it is made anew from the cards.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from image_machines.atlas import cards
from image_machines.atlas.cards import PREFIX, Entry
from image_machines.atlas.recipe import Recipe
from image_machines.names import unknown

log = logging.getLogger(__name__)

FILE = ".index.sqlite"  # in the folder of images; hidden, so that no page gets it
VERSION = 3  # of the tables below: another one is made anew
PATIENCE = 10.0  # seconds to wait for another process that writes
SETTLED = 0.1  # seconds after which a folder's time of change can be relied on
FILTERS = ("model", "layer", "neuron", "class_name", "octave", "size", "preset", "seed")
TABLES = f"""
create table images (path text primary key, folder text, changed integer, id text, date text,
  {", ".join(FILTERS)}, words text, entry text) without rowid;
create index by_id on images (id);
create index by_date on images (date desc, path);
create index by_folder on images (folder);
create table bad (path text primary key, folder text, changed integer, reason text);
create table folders (path text primary key, changed integer);
create table begun (id text primary key, recipe text);
"""
UNKNOWN = "\ufffd"  # stands in a file's name for what is not UTF-8
NEWEST_FIRST = "order by date desc, path"


class Index:
    """The entries of one folder. Its methods may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._named: set[tuple[str, str]] = set()
        self._database = self._opened()
        weakref.finalize(self, self._database.close)
        self.refresh()
        self._name_bad()

    # Reading

    def __len__(self) -> int:
        return int(self._rows("select count(*) from images")[0][0])

    def ids(self) -> set[str]:
        """The ids of every entry."""
        return {id for (id,) in self._rows("select id from images")}

    def find(self, id: str) -> dict[str, Any] | None:
        """The newest entry of that id."""
        rows = self._rows(f"select entry from images where id = ? {NEWEST_FIRST} limit 1", [id])
        return json.loads(rows[0][0]) if rows else None

    def select(
        self, offset: int, limit: int, filters: Mapping[str, Any], search: str | None
    ) -> tuple[list[dict[str, Any]], int]:
        """One page of the entries, newest first, and how many there are in all.

        Raises ValueError for a filter that there is not.
        """
        for name in filters.keys() - set(FILTERS):
            raise ValueError(unknown("filter", name, FILTERS))
        wanted = {f"{name} is ?": _folded(value) for name, value in filters.items() if value is not None}
        conditions = [*wanted, *("instr(words, ?)" for _ in cards.sought(search or ""))]
        values = [*wanted.values(), *cards.sought(search or "")]
        where = f"where {' and '.join(conditions)}" if conditions else ""
        with self._lock:
            total = self._rows(f"select count(*) from images {where}", values)[0][0]
            page = self._rows(
                f"select entry from images {where} {NEWEST_FIRST} limit ? offset ?", [*values, limit, offset]
            )
        return [json.loads(text) for (text,) in page], int(total)

    def texts(self) -> list[str]:
        """Every entry as JSON, newest first."""
        return [text for (text,) in self._rows(f"select entry from images {NEWEST_FIRST}")]

    def bad(self) -> dict[str, str]:
        """The cards that are left out, by their path, and why."""
        return dict(self._rows("select path, reason from bad order by path"))

    # Writing

    def put(self, written: Iterable[tuple[Entry, Path]]) -> None:
        """Take in entries whose cards were just written."""
        with self._writing() as write:
            for entry, card in written:
                place = card.relative_to(self.folder).as_posix()
                write(*_inserted(entry, place, card.stat().st_mtime_ns))

    def refresh(self) -> None:
        """Take in what changed in the folder; costs one look at each subfolder when nothing did."""
        with self._lock:
            present = dict(_subfolders(self.folder))
            known = dict(self._rows("select path, changed from folders"))
            changed = [path for path, when in present.items() if when < 0 or known.get(path) != when]
            gone = known.keys() - present.keys()
            if not changed and not gone:
                return
            work = [step for path in changed for step in self._changes(path, present[path], known.get(path))]
            for path in gone:
                work += [(f"delete from {table} where folder = ?", [path]) for table in ("images", "bad")]
                work.append(("delete from folders where path = ?", [path]))
            if work:
                with self._writing() as write:
                    for step in work:
                        write(*step)
                self._name_bad()

    # What was asked for and is not done

    def remember(self, recipes: Iterable[Recipe]) -> None:
        """Keep in mind that these images were asked for."""
        rows = [(recipe.id, json.dumps(recipe.to_card())) for recipe in recipes]
        with self._writing() as write:
            for row in rows:
                write("insert or replace into begun values (?, ?)", row)

    def forget(self, ids: Iterable[str]) -> None:
        """They are done, or nobody wants them any more."""
        with self._writing() as write:
            for id in ids:
                write("delete from begun where id = ?", [id])

    def remembered(self) -> list[Recipe]:
        """What was asked for, and neither finished nor given up, before the process ended."""
        return [Recipe.of_card(json.loads(text)) for (text,) in self._rows("select recipe from begun")]

    # Inside

    def _opened(self) -> sqlite3.Connection:
        """The index as it is; made anew when it is damaged, in memory where nothing can be written."""
        try:
            return _open(self.folder / FILE)
        except sqlite3.OperationalError as error:
            log.warning("the index of %s is kept in memory: %s", self.folder, error)
            return _open(":memory:")
        except sqlite3.DatabaseError as error:
            log.warning("the index of %s is made anew: %s", self.folder, error)
            for file in self.folder.glob(f"{FILE}*"):
                file.unlink(missing_ok=True)
            return _open(self.folder / FILE)

    def _name_bad(self) -> None:
        """Name in the log, once, each card that is left out."""
        for path, reason in self.bad().items():
            if (path, reason) not in self._named:
                self._named.add((path, reason))
                log.warning("%s is not listed: %s", path, reason)

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        """All that is written in the block, or nothing."""
        with self._lock:
            self._database.execute("begin immediate")
            try:
                yield self._database.execute
                self._database.execute("commit")
            except BaseException:
                self._database.execute("rollback")
                raise

    def _changes(self, folder: str, when: int, known: int | None) -> list[tuple[str, list[Any]]]:
        """What brings the index up to a subfolder; only cards that are new or changed are opened."""
        listed = dict(self._rows("select path, changed from images where folder = ?", [folder]))
        bad = dict(self._rows("select path, changed from bad where folder = ?", [folder]))
        found = dict(_cards(self.folder, folder))
        work: list[tuple[str, list[Any]]] = []
        for path, changed in found.items():
            if changed not in (listed.get(path), bad.get(path)):
                work += self._read(path, changed)
        for table, paths in (("images", listed), ("bad", bad)):
            work += [(f"delete from {table} where path = ?", [path]) for path in paths.keys() - found.keys()]
        if when >= 0 or known is None:
            work.append(("insert or replace into folders values (?, ?)", [folder, when]))
        return work

    def _read(self, path: str, changed: int) -> list[tuple[str, list[Any]]]:
        """What puts an image into the index, or sets its card aside."""
        try:
            if UNKNOWN in path:
                raise ValueError("its name is not UTF-8")
            image = f"{PREFIX}/{path.removesuffix('.json')}.jpg"
            entry = cards.entry(cards.read(self.folder / path), image)
            return [("delete from bad where path = ?", [path]), _inserted(entry, path, changed)]
        except (OSError, ValueError, TypeError, AttributeError) as error:
            reason = f"{error}"[:300]
            return [
                ("delete from images where path = ?", [path]),
                (
                    "insert or replace into bad values (?, ?, ?, ?)",
                    [path, path.rpartition("/")[0], changed, reason],
                ),
            ]


def _open(file: Path | str) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=PATIENCE, check_same_thread=False, isolation_level=None)
    database.execute("pragma journal_mode = wal")
    database.execute("pragma synchronous = off")  # a crash of the machine costs the index, never a card
    if database.execute("pragma user_version").fetchone()[0] != VERSION:
        tables = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        drops = "".join(f"drop table {name};" for (name,) in tables)
        database.executescript(f"begin immediate; {drops} {TABLES} pragma user_version = {VERSION}; commit;")
    return database


def _inserted(entry: Entry, path: str, changed: int) -> tuple[str, list[Any]]:
    filters = [_folded(getattr(entry, name)) for name in FILTERS]
    text = json.dumps(entry.model_dump(), ensure_ascii=False, separators=(",", ":"))
    folder = path.rpartition("/")[0]
    values = [path, folder, changed, entry.id, entry.date, *filters, cards.words(entry), text]
    return f"insert or replace into images values ({', '.join('?' * len(values))})", values


def _cards(root: Path, folder: str) -> Iterator[tuple[str, int]]:
    """The cards beside images in a subfolder, and when each changed."""
    with os.scandir(root / folder) as found:
        items = {item.name: item for item in found if not item.name.startswith(".")}
    for name, item in items.items():
        if name.endswith(".json") and f"{name.removesuffix('.json')}.jpg" in items:
            yield f"{folder}/{_as_text(name)}", item.stat().st_mtime_ns


def _subfolders(folder: Path) -> Iterator[tuple[str, int]]:
    """The folders of layers and when each last changed; -1 when so lately that it may change unseen."""
    unsettled = time.time_ns() - int(SETTLED * 1e9)
    for model in _folders_in(folder):
        for layer in _folders_in(model.path):
            changed = layer.stat().st_mtime_ns
            yield f"{model.name}/{layer.name}", changed if changed < unsettled else -1


def _folders_in(folder: str | Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        return [item for item in found if item.is_dir() and UNKNOWN not in _as_text(item.name)]


def _as_text(name: str) -> str:
    """A file's name as text, with a sign for what is not UTF-8 in it."""
    return os.fsencode(name).decode(errors="replace")


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
