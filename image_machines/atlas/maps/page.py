"""Page: the folder that a browser opens, from disk or served, to walk through a map.

``index.html`` is the same for every map; ``map.js`` holds what it shows, ``tiles/`` the pictures,
``pictures/`` their larger copies, ``classes/`` what the network looks for in a class.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from image_machines import files, images
from image_machines.atlas.maps import iiif, pyramid
from image_machines.atlas.maps.clusters import Cluster
from image_machines.atlas.maps.gathering import Gathered
from image_machines.atlas.maps.layout import WIDER, Positions, side_by_side
from image_machines.atlas.maps.parts import assembled
from image_machines.attribution.distribution import cell
from image_machines.collection.captions import artist, caption
from image_machines.names import safe_name

TEMPLATE = Path(__file__).with_name("page.html")
LIKENESS, SIDE_BY_SIDE, ROWS = "By likeness", "By likeness, side by side", "In rows, by artist"
FEW = 3000  # pictures that can be laid side by side within seconds
TRAITS = 6  # of a cluster that are listed
VERDICT = "verdict"  # the column of what the network says
FACETS = {
    "class": "Class",
    VERDICT: "Verdict",
    "school": "School",
    "timeframe": "Period",
    "technique": "Technique",
    "author": "Artist",
}
MOST = 300  # values of a facet that can be chosen from; with more, the search is quicker
LARGE, QUALITY = 512, 85  # longest side of a larger copy, in pixels, and its quality


@dataclass(frozen=True)
class Seen:
    """What a network looks for in a class: the finished image and its caption."""

    name: str
    file: Path
    caption: str


@dataclass(frozen=True)
class Map:
    """All that a page shows; a picture whose position is NaN could not be read, and is named, not shown."""

    title: str
    about: str
    gathered: Gathered
    positions: Positions
    clusters: Sequence[Cluster]
    seen: Sequence[Seen] = ()
    facets: Mapping[str, str] = field(default_factory=lambda: FACETS)  # column -> what a person reads
    layouts: Mapping[str, Positions] = field(default_factory=dict)  # others; none: in rows, by artist


def write(shown: Map, folder: str | Path, address: str = "http://127.0.0.1:8000") -> Path:
    """Write the page and all it needs; returns ``index.html``. Tiles and copies of the same pictures stay.

    ``address`` is where the folder will be served, for viewers of IIIF; the page itself needs none. Raises
    ValueError for a folder that holds something else under the names that a map needs.
    """
    folder, address = Path(folder), address.rstrip("/")
    _check_free(folder)
    placed = [int(index) for index in np.flatnonzero(~np.isnan(shown.positions).any(axis=1))]
    every = shown.gathered.paths()
    paths = [every[index] for index in placed]
    sheet = pyramid.Sheet(len(placed))
    sizes = _tiled(paths, sheet, folder, f"{address}/tiles")
    works = [
        _work(shown.gathered.records[index], path, size)
        for index, path, size in zip(placed, paths, sizes, strict=True)
    ]
    records = [shown.gathered.records[index] for index in placed]
    number = {index: place for place, index in enumerate(placed)}
    others = {name: positions[placed] for name, positions in shown.layouts.items()} or {ROWS: _rows(records)}
    if len(placed) <= FEW:
        others = {SIDE_BY_SIDE: side_by_side(shown.positions[placed])} | others
    content = {
        "title": shown.title,
        "about": shown.about,
        "sheet": sheet.to_json(),
        "works": works,
        "facets": [found for key, label in shown.facets.items() if (found := _facet(key, label, records))],
        "layouts": [
            {"name": name, "points": _unit(positions)}
            for name, positions in {LIKENESS: shown.positions[placed], **others}.items()
        ],
        "clusters": [
            {"name": each.name, "shared": [str(trait) for trait in each.shared[:TRAITS]]}
            | {"works": [number[index] for index in each.pictures]}
            for each in shown.clusters
        ],
        "seen": [_seen(each, folder) for each in shown.seen],
        "left_out": [path.name for index, path in enumerate(every) if index not in number],
    }
    files.write_json(
        folder / "manifest.json", iiif.manifest(shown.title, {"tiles": (shown.title, sheet)}, address)
    )
    files.write_text(folder / "map.js", f"window.MAP = {json.dumps(content, ensure_ascii=False)};\n")
    files.write_text(folder / "index.html", assembled(TEMPLATE))
    return folder / "index.html"


def _check_free(folder: Path) -> None:
    """Raise ValueError where writing would take the place of what is no map's."""
    for name, mark in {"index.html": "map.js", "tiles": "tiles/kept.json"}.items():
        if (folder / name).exists() and not (folder / mark).is_file():
            raise ValueError(f"{folder / name} is no map's and stays; write the map into another folder")


def _tiled(paths: Sequence[Path], sheet: pyramid.Sheet, folder: Path, address: str) -> list[list[int]]:
    """The pictures as tiles and larger copies; returns width and height of each in its cell."""
    key, kept = _digest(paths, address), folder / "tiles" / "kept.json"
    if kept.is_file():
        before = json.loads(kept.read_text(encoding="utf-8"))
        if before["key"] == key:
            return list(before["sizes"])
    shutil.rmtree(folder / "tiles", ignore_errors=True)
    files.write_text(kept, json.dumps({"key": "unfinished"}))
    sizes: list[list[int]] = []
    pyramid.write(_copied(paths, folder, sizes), sheet, folder / "tiles", address)
    files.write_text(kept, json.dumps({"key": key, "sizes": sizes}))
    return sizes


def _copied(paths: Sequence[Path], folder: Path, sizes: list[list[int]]) -> Iterator[images.Picture]:
    """Each picture as it goes into its cell; its size there is noted, and a larger copy written."""
    for path in tqdm(paths, desc="tiles", unit="picture", delay=1):
        picture = images.read(path)
        target = folder / _large(path)
        if not target.is_file():
            copy = Image.fromarray(picture)
            copy.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS)
            images.save(target, np.asarray(copy), quality=QUALITY)
        small = pyramid.fitted(picture)
        sizes.append([small.shape[1], small.shape[0]])
        yield small


def _large(path: Path) -> str:
    """Where the larger copy of a picture lies; another one if the file changes."""
    return f"pictures/{_digest([path])[:16]}.jpg"


def _digest(paths: Sequence[Path], *more: str) -> str:
    """What changes when one of the files does."""
    stats = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return hashlib.sha256(repr((stats, more)).encode()).hexdigest()


def _work(record: Mapping[str, str], path: Path, size: Sequence[int]) -> dict[str, Any]:
    """What the page says of a work."""
    url = record.get("url", "")
    painted = record.get("source", "").startswith("builtin")
    return {
        "file": record.get("file", ""),
        "caption": caption(record),
        "artist": artist(record.get("author", "")),
        "title": record.get("title", ""),
        "date": record.get("date", ""),
        "size": list(size),
        "large": _large(path),
        "url": url if url.startswith("https://") and not painted else "",
    }


def _facet(column: str, label: str, records: Sequence[Mapping[str, str]]) -> dict[str, Any] | None:
    """The values of a column to choose from, and the number of each work's; None where there is no choice."""
    cells = [
        artist(cell(record, column)) if column == "author" else cell(record, column) for record in records
    ]
    values = sorted(set(cells) - {""})
    if not 2 <= len(values) <= MOST:
        return None
    numbers = {value: number for number, value in enumerate(values)}
    return {"name": column, "label": label, "values": values, "of": [numbers.get(each, -1) for each in cells]}


def _unit(positions: Positions) -> list[list[float]]:
    """The positions in a square of side one, neither stretched nor squeezed."""
    low = positions.min(axis=0)
    extent = max(float((positions.max(axis=0) - low).max()), 1e-9)
    return [[round(float(x), 4), round(float(y), 4)] for x, y in (positions - low) / extent]


def _rows(records: Sequence[Mapping[str, str]]) -> Positions:
    """A place in rows for each work: by artist, then by date and title."""
    names = [[cell(record, column) for column in ("author", "date", "title")] for record in records]
    order = sorted(range(len(records)), key=lambda index: names[index])
    columns = int(np.ceil(np.sqrt(WIDER * len(records))))
    positions = np.empty((len(records), 2))
    for place, index in enumerate(order):
        positions[index] = place % columns, place // columns
    return positions


def _seen(seen: Seen, folder: Path) -> dict[str, str]:
    """The copy of a class's image beside the page."""
    target = f"classes/{safe_name(seen.name, url=True)}.jpg"
    with files.replacing(folder / target) as temporary:
        shutil.copyfile(seen.file, temporary)
    return {"class": seen.name, "image": target, "caption": seen.caption}
