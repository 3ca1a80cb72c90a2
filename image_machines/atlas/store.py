"""Finished images on disk and where they come from: put, find, list.

An image is decided by its `Recipe`. It lies under ``<folder>/<model>/<layer>/`` as a JPEG that holds its
provenance card, with the same card as JSON beside it; a ``check`` and a ``jury`` may join the JSON later: how
far the image can be trusted, and what other networks take it for. The folder is the truth; `Index` finds its
images fast, and the list of them for pages, ``index.json`` (and ``index.js``, for a page that is opened from
disk), is written from it. Loads no Keras.
"""

from __future__ import annotations

import errno
import io
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from image_machines import files, images
from image_machines.atlas import cards
from image_machines.atlas.cards import PREFIX
from image_machines.atlas.index import Index
from image_machines.atlas.recipe import Recipe
from image_machines.images import Picture
from image_machines.names import safe_name

UNFINISHED = "image-machines: unfinished"  # the comment inside a JPEG that still grows
PREVIEW_QUALITY = 85
FEW = 200  # images whose list is rewritten in a moment
INDEX_SHARE = 0.05  # of the time may go into rewriting the list
OWNER = ".owner"  # holds the process that keeps the folder in order


class DiskFull(OSError):
    """There is no room for another image."""


class Store:
    """The finished images of one folder, JPEGs of this quality. Its methods may be called from any thread.

    Paths that it gives and takes are as the page sees them: ``images/<model>/<layer>/<name>.jpg``.
    """

    def __init__(self, folder: str | Path, quality: int = images.QUALITY) -> None:
        self.folder, self.quality = Path(folder), quality
        self.folder.mkdir(parents=True, exist_ok=True)
        self.index = Index(self.folder)
        self._writing = threading.Lock()
        self._next_list = 0.0
        self._stale = False
        self._ownership: sqlite3.Connection | None = None

    # Reading

    def __len__(self) -> int:
        return len(self.index)

    def find(self, id: str) -> dict[str, Any] | None:
        """The entry of a finished image, None when there is no such image."""
        entry = self.index.find(id)
        return entry if entry is not None and self.file(entry["image"]).is_file() else None

    def finished(self) -> set[str]:
        """The ids of all images that are there."""
        self.index.refresh()
        return self.index.ids()

    def card(self, id: str) -> dict[str, Any] | None:
        """The whole card of a finished image."""
        entry = self.find(id)
        if entry is None:
            return None
        return {"id": id, **cards.read(self.file(entry["image"]).with_suffix(".json"))}

    def select(
        self, offset: int = 0, limit: int = 100, search: str | None = None, **filters: Any
    ) -> tuple[list[dict[str, Any]], int]:
        """One page of the entries, newest first, and how many there are in all.

        ``filters`` are names of an entry's keys with the value wanted; text is compared without case. Every
        word of ``search`` must stand in a caption, a class, a layer, ``layer:neuron``, a preset, ``seed 3``.
        """
        self.index.refresh()
        return self.index.select(offset, limit, filters, search)

    def bad(self) -> dict[str, str]:
        """The cards that are left out of the list, and why."""
        self.index.refresh()
        return self.index.bad()

    def file(self, path: str) -> Path:
        """The file on disk of a path as the page sees it; raises ValueError when it leads elsewhere."""
        parts = path.split("/")
        if parts[0] != PREFIX or any(part in ("", ".", "..") for part in parts):
            raise ValueError(f"{path!r} is not the path of an image")
        return self.folder.joinpath(*parts[1:])

    # Writing

    def path(self, recipe: Recipe) -> str:
        """Where the image lies or will lie; another image of the same description keeps its place."""
        known = self.index.find(recipe.id)
        if known is not None:
            return str(known["image"])
        parts = [PREFIX, safe_name(recipe.model, url=True), safe_name(recipe.layer, url=True), recipe.stem]
        card = self.file("/".join(parts) + ".json")
        if card.is_file() and _id_of(card) != recipe.id:
            parts[-1] += f"-{recipe.id[:6]}"
        return "/".join(parts) + ".jpg"

    def preview(self, path: str, picture: Picture) -> None:
        """Write an image that still grows, in one piece; it bears no card, and a finished one stays."""
        file, card = self.file(path), self.file(path).with_suffix(".json")
        if card.is_file():
            if file.is_file():
                return  # another process has finished it
            card.unlink()  # that of an image that somebody deleted
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "JPEG", quality=PREVIEW_QUALITY, comment=UNFINISHED.encode())
        with self._room(), files.replacing(file) as temporary:
            temporary.write_bytes(buffer.getvalue())

    def drop_preview(self, path: str) -> None:
        """Remove an image that will not be finished; a finished one stays."""
        file = self.file(path)
        if not file.with_suffix(".json").is_file():
            with suppress(FileNotFoundError):
                file.unlink()

    def put(self, recipe: Recipe, picture: Picture, **results: Any) -> dict[str, Any]:
        """Keep a finished image with its card; returns its entry.

        ``results`` join the card: ``activation``, ``seconds``, ``versions``, ``date``, ``warnings``. Raises
        ValueError for what would be no card.
        """
        (entry,) = self.put_all([(recipe, picture, results)])
        return entry

    def put_all(self, made: Iterable[tuple[Recipe, Picture, Mapping[str, Any]]]) -> list[dict[str, Any]]:
        """As `put`, several: the index takes them in at once."""
        entries = []
        with self._room():
            for recipe, picture, results in made:
                path = self.path(recipe)
                card = self._card(recipe, path, results)
                entries.append((cards.entry(card, path), self.file(path).with_suffix(".json")))
                images.save(self.file(path), picture, card, self.quality)
            self.index.put(entries)
            self._stale = True
            self.write_index(force=len(self) < FEW)
        return [entry.model_dump() for entry, _ in entries]

    def amend(self, id: str, **joined: Any) -> dict[str, Any] | None:
        """Let what was learned of a finished image later join its card; None where there is no such image."""
        entry = self.find(id)
        if entry is None:
            return None
        card = self.file(entry["image"]).with_suffix(".json")
        content = cards.read(card) | joined
        amended = cards.entry(content, entry["image"])
        with self._room():
            files.write_json(card, content)
            self.index.put([(amended, card)])
            self._stale = True
            self.write_index(force=len(self) < FEW)
        return amended.model_dump()

    def _card(self, recipe: Recipe, path: str, results: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **recipe.to_card(),
            "date": datetime.now(UTC).isoformat(timespec="milliseconds"),
            **results,
            "quality": self.quality,
            "command": f"python -m image_machines again {files.portable(self.file(path))}",
        }

    @contextmanager
    def _room(self) -> Iterator[None]:
        """Name a full disk as what it is."""
        try:
            yield
        except (OSError, sqlite3.OperationalError) as error:
            if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in str(error):
                raise DiskFull(f"the disk with {self.folder} is full: make room, and ask again") from error
            raise

    # What was asked for

    def remember(self, recipes: Iterable[Recipe]) -> None:
        """Keep in mind, beyond this process, that these images were asked for."""
        with self._room():
            self.index.remember(recipes)

    def forget(self, *ids: str) -> None:
        """They are done, or nobody wants them any more."""
        self.index.forget(ids)

    def remembered(self) -> list[Recipe]:
        """What was asked for and neither finished nor given up."""
        return self.index.remembered()

    # The list for pages

    def write_index(self, force: bool = True) -> bool:
        """Rewrite ``index.json`` and ``index.js``; without ``force`` only so often that it costs little."""
        started = time.monotonic()
        if not force and (not self._stale or started < self._next_list):
            return False
        with self._writing:
            self._stale = False
            self.index.refresh()
            text = list_text(self.index.texts())
            files.write_text(self.folder / "index.json", text)
            files.write_text(self.folder / "index.js", f"window.IMAGES = {text.rstrip()};\n")
            self._next_list = time.monotonic() + (time.monotonic() - started) / INDEX_SHARE
        return True

    # Order in the folder

    def own(self) -> int | None:
        """Become the one process that keeps the folder in order; the other's number where there is one."""
        file = self.folder / OWNER
        try:
            lock = sqlite3.connect(file.with_suffix(".lock"), timeout=0, isolation_level=None)
            lock.execute("begin exclusive")  # held until this process ends, however that comes about
        except sqlite3.OperationalError:
            with suppress(OSError, ValueError):
                return int(file.read_text(encoding="utf-8"))
            return 0
        self._ownership = lock
        files.write_text(file, f"{os.getpid()}\n")
        return None

    def disown(self) -> None:
        """Leave the order to others."""
        if self._ownership is not None:
            self._ownership.close()
            self._ownership = None

    def sweep(self) -> int:
        """Remove what an interrupted server left half grown; returns how many files that were."""
        swept = 0
        for file in self.folder.glob("*/*/*.jpg"):
            if not file.with_suffix(".json").is_file() and _is_unfinished(file):
                file.unlink(missing_ok=True)
                swept += 1
        return swept


def list_text(entries: Iterable[str]) -> str:
    """Entries in JSON as one text, one a line, in the form of the answer to GET /images."""
    lines = list(entries)
    body = ",\n".join(lines)
    return f'{{"images":[\n{body}\n],"total":{len(lines)},"next":null}}\n'


def _id_of(card: Path) -> str | None:
    with suppress(OSError, ValueError, TypeError):
        return Recipe.of_card(cards.read(card)).id
    return None


def _is_unfinished(file: Path) -> bool:
    with suppress(OSError, ValueError), Image.open(file) as opened:
        comment = opened.info.get("comment")
        return comment in (UNFINISHED, UNFINISHED.encode())
    return False
