"""Finished images on disk and where they come from: put, find, list.

An image is decided by its `Recipe`. It lies under ``<folder>/<model>/<layer>/`` as a JPEG that holds its
provenance card, with the same card as JSON beside it; a ``check`` may join the JSON later, a sentence on how
far the image can be trusted. The folder is the truth; the list of its images,
``index.json`` (and ``index.js``, for a page that is opened from disk), is rewritten from it and may be
deleted. Loads no Keras.
"""

from __future__ import annotations

import io
import json
import logging
import os
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from image_machines import files, images
from image_machines.atlas.recipe import Recipe
from image_machines.images import Picture
from image_machines.names import safe_name

log = logging.getLogger(__name__)

PREFIX = "images"  # what every path in an answer begins with: the folder's name beside the page
UNFINISHED = "image-machines: unfinished"  # the comment inside a JPEG that still grows
PREVIEW_QUALITY = 85
ENTRY_KEYS = (
    *("id", "image", "model", "layer", "neuron", "class_name", "octave", "size", "preset", "seed"),
    *("title", "activation", "seconds", "date", "settings", "check"),
)
SETTLED = 0.1  # seconds after which a folder's time of change can be relied on
FEW = 500  # images whose index is rewritten in a moment
INDEX_SHARE = 0.05  # of the time may go into rewriting the index


class Store:
    """The finished images of one folder, JPEGs of this quality. Its methods may be called from any thread.

    Paths that it gives and takes are as the page sees them: ``images/<model>/<layer>/<name>.jpg``.
    """

    def __init__(self, folder: str | Path, quality: int = images.QUALITY) -> None:
        self.folder, self.quality = Path(folder), quality
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._writing = threading.Lock()
        self._folders: dict[Path, tuple[int, dict[str, _Kept]]] = {}
        self._by_id: dict[str, dict[str, Any]] = {}
        self._newest_first: list[dict[str, Any]] | None = None
        self._next_index = 0.0
        self._stale = False
        self._recall_index()
        self.refresh()

    # --- reading ---

    def __len__(self) -> int:
        return len(self._entries())

    def find(self, id: str) -> dict[str, Any] | None:
        """The entry of a finished image, None when there is no such image."""
        with self._lock:
            entry = self._by_id.get(id)
        if entry is not None and not self.file(entry["image"]).is_file():
            return None
        return entry

    def card(self, id: str) -> dict[str, Any] | None:
        """The whole card of a finished image."""
        entry = self.find(id)
        if entry is None:
            return None
        return {"id": id, **images.read_card(self.file(entry["image"]).with_suffix(".json"))}

    def select(self, offset: int = 0, limit: int = 100, **filters: Any) -> tuple[list[dict[str, Any]], int]:
        """One page of the entries, newest first, and how many there are in all.

        ``filters`` are names of an entry's keys with the value wanted; text is compared without case.
        """
        self.refresh()
        wanted = {name: _folded(value) for name, value in filters.items() if value is not None}
        found = [
            entry
            for entry in self._entries()
            if all(_folded(entry.get(name)) == value for name, value in wanted.items())
        ]
        return found[offset : offset + limit], len(found)

    def file(self, path: str) -> Path:
        """The file on disk of a path as the page sees it; raises ValueError when it leads elsewhere."""
        parts = path.split("/")
        if parts[0] != PREFIX or any(part in ("", ".", "..") for part in parts):
            raise ValueError(f"{path!r} is not the path of an image")
        return self.folder.joinpath(*parts[1:])

    # --- writing ---

    def path(self, recipe: Recipe) -> str:
        """Where the image lies or will lie; another image of the same description keeps its place."""
        with self._lock:
            known = self._by_id.get(recipe.id)
            if known is not None:
                return str(known["image"])
        parts = [PREFIX, safe_name(recipe.model, url=True), safe_name(recipe.layer, url=True), recipe.stem]
        card = self.file("/".join(parts) + ".json")
        if card.is_file() and _id_of(card) != recipe.id:
            parts[-1] += f"-{recipe.id[:6]}"
        return "/".join(parts) + ".jpg"

    def preview(self, path: str, picture: Picture) -> None:
        """Write an image that still grows, in one piece; it bears no card."""
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "JPEG", quality=PREVIEW_QUALITY, comment=UNFINISHED.encode())
        with files.replacing(self.file(path)) as temporary:
            temporary.write_bytes(buffer.getvalue())

    def drop_preview(self, path: str) -> None:
        """Remove an image that will not be finished; a finished one stays."""
        file = self.file(path)
        if not file.with_suffix(".json").is_file():
            with suppress(FileNotFoundError):
                file.unlink()

    def put(self, recipe: Recipe, picture: Picture, **results: Any) -> dict[str, Any]:
        """Keep a finished image with its card; returns its entry.

        ``results`` join the card: ``activation``, ``seconds``, ``versions``, ``date``, ``warnings``.
        """
        path = self.path(recipe)
        images.save(self.file(path), picture, self._card(recipe, path, results), self.quality)
        self.refresh()
        self._stale = True
        self.write_index(force=len(self) < FEW)
        entry = self.find(recipe.id)
        if entry is None:
            raise OSError(f"{self.file(path)} was written but cannot be read back")
        return entry

    def _card(self, recipe: Recipe, path: str, results: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **recipe.to_card(),
            "date": datetime.now(UTC).isoformat(timespec="milliseconds"),
            **results,
            "quality": self.quality,
            "command": f"python -m image_machines again {files.portable(self.file(path))}",
        }

    def sweep(self) -> int:
        """Remove what an interrupted server left half grown; returns how many files that were."""
        swept = 0
        for file in self.folder.glob("*/*/*.jpg"):
            if not file.with_suffix(".json").is_file() and _is_unfinished(file):
                file.unlink(missing_ok=True)
                swept += 1
        return swept

    # --- the index ---

    def refresh(self) -> None:
        """Take in what changed in the folder; costs one look at each subfolder when nothing did."""
        with self._lock:
            present = dict(_subfolders(self.folder))
            for gone in self._folders.keys() - present.keys():
                del self._folders[gone]
                self._newest_first = None
            for folder, changed in present.items():
                known = self._folders.get(folder)
                if known is None or known[0] != changed or changed < 0:
                    self._folders[folder] = (changed, self._read_folder(folder, known[1] if known else {}))
            if self._newest_first is None:
                kept = [each.entry for _, files in self._folders.values() for each in files.values()]
                self._newest_first = sorted(kept, key=lambda entry: str(entry["date"]), reverse=True)
                self._by_id = {entry["id"]: entry for entry in reversed(self._newest_first)}

    def write_index(self, force: bool = True) -> bool:
        """Rewrite ``index.json`` and ``index.js``; without ``force`` only so often that it costs little."""
        started = time.monotonic()
        if not force and (not self._stale or started < self._next_index):
            return False
        with self._writing:
            self._stale = False
            self.refresh()
            text = index_text(self._entries())
            files.write_text(self.folder / "index.json", text)
            files.write_text(self.folder / "index.js", f"window.IMAGES = {text.rstrip()};\n")
            self._next_index = time.monotonic() + (time.monotonic() - started) / INDEX_SHARE
        return True

    def _entries(self) -> list[dict[str, Any]]:
        with self._lock:
            return self._newest_first or []

    def _recall_index(self) -> None:
        """Take entries from the last index, so that at the start only cards changed since then are read."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            index = self.folder / "index.json"
            written = index.stat().st_mtime_ns
            for entry in json.loads(index.read_text(encoding="utf-8"))["images"]:
                file = self.file(entry["image"])
                files = self._folders.setdefault(file.parent, (-1, {}))[1]
                files[file.stem] = _Kept(None, written, {name: entry[name] for name in ENTRY_KEYS})

    def _read_folder(self, folder: Path, known: Mapping[str, _Kept]) -> dict[str, _Kept]:
        """The entries of one subfolder; only cards that are new or changed are opened."""
        with os.scandir(folder) as found:
            items = {item.name: item for item in found if not item.name.startswith(".")}
        files: dict[str, _Kept] = {}
        for name, item in items.items():
            stem = name.removesuffix(".json")
            if stem == name or f"{stem}.jpg" not in items:
                continue
            changed, before = item.stat().st_mtime_ns, known.get(stem)
            current = before is not None and before.is_current(changed)
            entry = before.entry if before is not None and current else self._read_entry(folder / name)
            if entry is not None:
                files[stem] = _Kept(changed, 0, entry)
        if {stem: each.entry for stem, each in files.items()} != {s: each.entry for s, each in known.items()}:
            self._newest_first = None
        return files

    def _read_entry(self, card: Path) -> dict[str, Any] | None:
        """What the list says of an image, from its card; None, and a word in the log, for a bad one."""
        try:
            content = json.loads(card.read_text(encoding="utf-8"))
            relative = card.with_suffix(".jpg").relative_to(self.folder).as_posix()
            entry = {name: content.get(name) for name in ENTRY_KEYS}
            entry |= {"id": Recipe.of_card(content).id, "image": f"{PREFIX}/{relative}"}
            entry |= {"title": str(content.get("title") or card.stem), "date": str(content.get("date") or "")}
            entry["settings"] = content.get("changes") or {}
            return entry
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.warning("%s is not listed: %s", card, error)
            return None


@dataclass(frozen=True)
class _Kept:
    """An entry and the time of change of its card; from an index, only that it is older than the index."""

    changed: int | None
    index_written: int
    entry: dict[str, Any]

    def is_current(self, changed: int) -> bool:
        return self.changed == changed if self.changed is not None else changed <= self.index_written


def index_text(entries: Iterable[Mapping[str, Any]]) -> str:
    """The entries as JSON, one a line, in the form of the answer to GET /images."""
    lines = [json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries]
    body = ",\n".join(lines)
    return f'{{"images":[\n{body}\n],"total":{len(lines)},"next":null}}\n'


def _subfolders(folder: Path) -> Iterable[tuple[Path, int]]:
    """The folders of layers and when each last changed; -1 when so lately that it may change unseen."""
    unsettled = time.time_ns() - int(SETTLED * 1e9)
    for model in _folders_in(folder):
        for layer in _folders_in(model.path):
            changed = layer.stat().st_mtime_ns
            yield Path(layer.path), changed if changed < unsettled else -1


def _folders_in(folder: str | Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        return [item for item in found if item.is_dir()]


def _id_of(card: Path) -> str | None:
    with suppress(OSError, ValueError, TypeError):
        return Recipe.of_card(json.loads(card.read_text(encoding="utf-8"))).id
    return None


def _is_unfinished(file: Path) -> bool:
    with suppress(OSError, ValueError), Image.open(file) as opened:
        comment = opened.info.get("comment")
        return comment in (UNFINISHED, UNFINISHED.encode())
    return False


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
