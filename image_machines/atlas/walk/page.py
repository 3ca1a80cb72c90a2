"""Page: the folder that a browser opens, from disk or served, to walk through an atlas.

``index.html`` is the same for every atlas; ``atlas.js`` holds what it shows at first and ``layers/`` what it
tells of a layer's neurons; ``after/`` and ``before/`` are the images, as tiles, ``works/`` the works that
excite neurons most.
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
from image_machines.atlas.maps.layout import Positions
from image_machines.atlas.maps.parts import assembled
from image_machines.atlas.walk import accents
from image_machines.atlas.walk.accents import Accent
from image_machines.atlas.walk.answers import Answers
from image_machines.atlas.walk.order import Order
from image_machines.collection.captions import artist, caption
from image_machines.images import Picture

TEMPLATE = Path(__file__).with_name("page.html")
FOLDERS = ("after", "before")
ADDRESS = "http://127.0.0.1:8000"  # where `python -m http.server` serves a folder
CELLS = (32, 64, 80, 96, 128)
QUALITY = 70  # of the tiles: 10,000 images of 128 px shall be below 60 MB
LONGEST, WORK_QUALITY = 320, 80  # pixels of a work's longer side
COLUMN_NAMES = {"class": "Class", "timeframe": "Period", "school": "School", "technique": "Technique"}
FACETS = ("timeframe", "school")


@dataclass(frozen=True)
class State:
    """A network before or after fine-tuning: its ``title``, the files of its neurons' images, its answers.

    ``pictures`` and ``answers`` are in the order of the page; None for a neuron without an image, or where
    nothing is known.
    """

    title: str
    pictures: Sequence[Path | None]
    answers: Answers | None = None


@dataclass(frozen=True)
class Atlas:
    """All that a page shows. ``states``: the network, and where known the one that it was before.

    ``layouts``: by name, column and row, or any place, of each neuron; the first is that by number, and those
    of ``grids`` have a cell for each; with ``blocks`` layers are blocks of it. ``speaks``: the classes that
    each neuron speaks for. ``word``: what the page calls a neuron. ``more``: other pages, by their title.
    """

    title: str
    about: str
    order: Order
    states: Sequence[State]
    layouts: Mapping[str, Positions]
    grids: Sequence[str]
    speaks: Sequence[Sequence[str]] = ()
    records: Sequence[Mapping[str, str]] = ()
    works: Path = Path()  # the folder of the records' files
    blocks: bool = True
    word: str = "neuron"
    more: Mapping[str, str] = field(default_factory=dict)
    accents: Sequence[Accent] = ()
    cell: int = 0  # pixels of an image on the page, one of `CELLS`; 0: as large as they are, at most 128
    longest: int = LONGEST  # pixels of a work's longer side


def write(shown: Atlas, folder: str | Path, address: str = ADDRESS) -> Path:
    """Write the page and all it needs; returns ``index.html``. Tiles of the same images stay.

    ``address`` is where the folder will be served, for viewers of IIIF; the page itself needs none. Raises
    ValueError for a folder that holds something else under the names that a page needs.
    """
    folder, address = Path(folder), address.rstrip("/")
    if (folder / "index.html").exists() and not (folder / "atlas.js").is_file():
        raise ValueError(
            f"{folder / 'index.html'} is no atlas's and stays; write the atlas into another folder"
        )
    sheet = sheet_of(shown)
    sheets = {}
    for name, state in zip(FOLDERS, shown.states, strict=False):
        _tile(state, shown.order, sheet, folder / name, f"{address}/{name}")
        sheets[name] = state.title, sheet
    files.write_json(folder / "manifest.json", iiif.manifest(shown.title, sheets, address))
    works = _works(shown, folder)
    for number, (_, first, count) in enumerate(shown.order.layers):
        told = [_told(state, first, count, works) for state in shown.states]
        text = json.dumps([number, *told], separators=(",", ":"))
        files.write_text(folder / "layers" / f"{number}.js", f"told(...{text});\n")
    content = json.dumps(_content(shown, sheet, works), ensure_ascii=False, separators=(",", ":"))
    files.write_text(folder / "atlas.js", f"window.ATLAS = {content};\n")
    files.write_text(folder / "index.html", assembled(TEMPLATE))
    return folder / "index.html"


def sheet_of(shown: Atlas) -> pyramid.Sheet:
    """The sheet of the images: cells as large as the largest image, 128 px at most."""
    every = [path for state in shown.states for path in state.pictures if path is not None]
    largest = max(map(_side, every), default=pyramid.CELL)
    cell = shown.cell or next((side for side in CELLS if side >= largest), pyramid.CELL)
    if cell not in CELLS:
        raise ValueError(f"an image on the page has one of {', '.join(map(str, CELLS))} px, not {cell}")
    return pyramid.Sheet(int(shown.order.cells.max()) + 1, shown.order.columns, cell)


def _side(path: Path) -> int:
    with Image.open(path) as opened:
        return max(opened.size)


def _tile(state: State, order: Order, sheet: pyramid.Sheet, folder: Path, address: str) -> None:
    """The images as tiles, unless they are there."""
    stats = [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns) if path else () for path in state.pictures
    ]
    key = hashlib.sha256(repr((stats, sheet, address, QUALITY)).encode()).hexdigest()
    kept = folder / "kept.json"
    if kept.is_file() and json.loads(kept.read_text(encoding="utf-8"))["key"] == key:
        return
    shutil.rmtree(folder, ignore_errors=True)
    pyramid.write(_cells(state, order, sheet), sheet, folder, address, QUALITY)
    files.write_json(kept, {"key": key})


def _cells(state: State, order: Order, sheet: pyramid.Sheet) -> Iterator[Picture]:
    """The picture of every cell, empty ones too."""
    at = {int(cell): path for cell, path in zip(order.cells, state.pictures, strict=True)}
    for cell in tqdm(range(sheet.count), desc=state.title, unit="image", delay=1):
        path = at.get(cell)
        yield pyramid.EMPTY if path is None else pyramid.fitted(images.read(path), sheet.cell)


def _works(shown: Atlas, folder: Path) -> dict[int, dict[str, Any]]:
    """What the page says of each work among some neuron's strongest, by its row; a copy is written."""
    every = [each for state in shown.states if state.answers for each in state.answers.told if each]
    wanted = sorted({work[0] for told in every for work in told["top"]})
    found = {}
    for number, row in enumerate(tqdm(wanted, desc="works", unit="work", delay=1)):
        record = shown.records[row]
        found[row] = {"number": number} | _work(record, shown.works / record["file"], folder, shown.longest)
    return found


def _work(record: Mapping[str, str], file: Path, folder: Path, longest: int) -> dict[str, Any]:
    name = (
        f"works/{hashlib.sha256(str((file, file.stat().st_mtime_ns, longest)).encode()).hexdigest()[:16]}.jpg"
    )
    if not (folder / name).is_file():
        copy = Image.fromarray(images.read(file))
        copy.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        images.save(folder / name, np.asarray(copy), quality=WORK_QUALITY)
    with Image.open(folder / name) as opened:
        width, height = opened.size
    painted = record.get("source", "").startswith("builtin")
    return {
        "picture": name,
        "size": [width, height],
        "caption": caption(record),
        "artist": artist(record.get("author", "")),
        "title": record.get("title", ""),
        "date": record.get("date", ""),
        "painted": painted,
        "url": "" if painted else record.get("url", ""),
    }


def _told(
    state: State, first: int, count: int, works: Mapping[int, Mapping[str, Any]]
) -> list[dict[str, Any] | None] | None:
    """What the page tells of a layer's neurons, works by their number on the page."""
    if state.answers is None:
        return None
    return [
        each and each | {"top": [[works[row]["number"], *more] for row, *more in each["top"]]}
        for each in state.answers.told[first : first + count]
    ]


def _content(shown: Atlas, sheet: pyramid.Sheet, works: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """What the page needs to begin."""
    order, answered = shown.order, shown.states[0].answers
    groups = answered.selective.groups if answered else ()
    return {
        "title": shown.title,
        "about": shown.about,
        "sheet": sheet.to_json(),
        "at": order.cells.tolist(),
        "sheets": [
            {
                "path": name,
                "title": state.title,
                "blank": [i for i, path in enumerate(state.pictures) if not path],
            }
            for name, state in zip(FOLDERS, shown.states, strict=False)
        ],
        "layers": [{"name": name, "first": first, "count": count} for name, first, count in order.layers],
        "numbers": [number for _, number in order.neurons],
        "names": {
            place: order.names[each] for place, each in enumerate(order.neurons) if each in order.names
        },
        "layouts": [_layout(name, shown) for name in shown.layouts],
        "facets": _facets(shown),
        "groups": [
            [COLUMN_NAMES[column], value, count]
            for (column, value), count in zip(
                groups, answered.selective.works if answered else (), strict=True
            )
        ],
        "works": [
            {name: value for name, value in work.items() if name != "number"} for work in works.values()
        ],
        "collection": len(shown.records),
        "word": shown.word,
        "more": dict(shown.more),
        "accents": accents.to_json(shown.accents),
    }


def _layout(name: str, shown: Atlas) -> dict[str, Any]:
    """A layout in a square of side one, with the names of layers where it has them as blocks."""
    positions = shown.layouts[name]
    low = np.nanmin(positions, axis=0)
    extent = max(float((np.nanmax(positions, axis=0) - low).max()), 1e-9)
    unit = (positions - low) / extent
    found: dict[str, Any] = {"name": name, "points": np.round(unit, 5).tolist()}
    if name in shown.grids:
        found["cell"] = round(1 / extent, 6)
    if name in shown.grids and shown.blocks:
        corners = shown.order.by_number
        found["names"] = [
            {"words": layer, "at": np.round((corners[first] - low - 0.5) / extent, 5).tolist(), "block": True}
            for layer, first, _ in shown.order.layers
        ]
    return found | ({"rows": True} if shown.blocks and name == next(iter(shown.layouts)) else {})


def _facets(shown: Atlas) -> list[dict[str, Any]]:
    """What neurons can be chosen by: their layer, the class that they speak for, groups that they answer."""
    layers = [name for name, _, count in shown.order.layers for _ in range(count)]
    names = list(dict.fromkeys(layers))
    found = [_facet("layer", "Layer", [[name] for name in layers], names)] if len(names) > 1 else []
    found.append(_facet("speaks", "Speaks for", shown.speaks))
    if (answered := shown.states[0].answers) is not None:
        selective = answered.selective
        for column in FACETS:
            own = [index for index, group in enumerate(selective.groups) if group[0] == column]
            values = [
                [selective.groups[index][1] for index in own if stands[index]] for stands in selective.stands
            ]
            found.append(_facet(column, COLUMN_NAMES[column], values))
    return [each for each in found if each["values"]]


def _facet(
    name: str, label: str, of: Sequence[Sequence[str]], values: Sequence[str] | None = None
) -> dict[str, Any]:
    listed = list(values) if values is not None else sorted({value for each in of for value in each})
    number = {value: place for place, value in enumerate(listed)}
    return {
        "name": name,
        "label": label,
        "values": listed,
        "of": [[number[value] for value in each] for each in of],
    }
