"""A table of one's own: a path or a URL for each picture, and what is known of it."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from image_machines.collection.artworks import Artwork, Catalogue, Problem, in_order, part_of
from image_machines.collection.manners import Failure
from image_machines.collection.names import file_names
from image_machines.collection.sources.pages import picture_path, short_path
from image_machines.collection.sources.place import Paths, Place, Shelf, check
from image_machines.collection.tables import read_table, unpack
from image_machines.collection.works import connected, title_key
from image_machines.names import few

log = logging.getLogger(__name__)

PICTURE_COLUMNS = (
    *("file", "path", "filename", "picture", "image", "image_url", "url", "link"),
    *("file_name", "filepath", "file_path", "image_path", "img"),
)
PART_COLUMNS = ("split", "subset", "partition", "set")
MISSING = ("nan", "null", "n/a", "#n/a", "<na>")  # what tools write for a class that is not known
SYNONYMS = {
    "artist": "author",
    "painter": "author",
    "name": "title",
    "year": "date",
    "medium": "technique",
    "label": "class",
    "category": "class",
}


@dataclass(frozen=True)
class OwnTable:
    """A table of one's own, with a path or a URL per picture (see `parse`)."""

    path: Path
    folder: Path
    place: Place

    @classmethod
    def open(cls, name: str, place: Place) -> OwnTable | None:
        path = Path(name).expanduser()
        if not path.is_file():
            return None
        digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
        return cls(path, place.kept(f"{path.stem}-{digest}"), place)

    def catalogue(self) -> Catalogue:
        try:
            return parse(self.path.read_bytes())
        except ValueError as error:
            raise ValueError(f"{self.path}: {error}") from None

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        near = [work for work in artworks if not _is_far(work.picture)]
        far = [work for work in artworks if _is_far(work.picture)]
        shelf = Shelf(self.folder / "pictures", self.place)
        paths, failures = shelf.bring(far, [work.picture for work in far]) if far else ({}, [])
        here, missing = check(near, [Path(self.origin(work)) for work in near], self.place)
        return {**paths, **here}, failures + missing

    def origin(self, artwork: Artwork) -> str:
        if _is_far(artwork.picture):
            return artwork.picture
        named = artwork.picture.removeprefix("file://localhost").removeprefix("file://")
        if WINDOWS.match(named):
            return named
        spellings = (named, named.replace("\\", "/"), unquote(named))
        places = [self.path.parent / Path(name).expanduser() for name in spellings]
        return str(next((place for place in places if place.exists()), places[0]))

    def state(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def parse(data: bytes) -> Catalogue:
    """Read a table of one's own: delimited by ``,``, ``;`` or tab, in UTF-8 or ISO-8859-1, with a header.

    The picture stands in the first of these columns that there is: file, path, filename, picture, image,
    image_url, url, link: a path (from the table's folder) or a URL. All other columns can be queried
    by their own names; ``artist`` and ``painter`` also count as author, ``name`` as title, ``year`` as date,
    ``medium`` as technique, ``label`` and ``category`` as class. A
    column ``work`` says which pictures show one work; without it, author and title do (see title_key). A
    column ``split`` (or subset, partition, set) that says train, val or test is kept.
    Raises ValueError, listing the columns, when none of them holds pictures.
    """
    table = read_table(unpack(data))
    there = [name for name in PICTURE_COLUMNS if name in table.columns]
    column = next((name for name in there if any(row[name] for row in table.rows)), None)
    if there and column is None:
        raise ValueError(f"the table names no picture: nothing stands in its column {there[0]}")
    if column is None:
        raise ValueError(
            f"the table has no column of pictures; its columns: {', '.join(table.columns)}; "
            f"one of them must be called: {', '.join(PICTURE_COLUMNS)}"
        )
    own_names = _own_names(table.columns)
    columns = tuple(own_names.get(name, name) for name in table.columns)
    found: dict[str, tuple[int, dict[str, str]]] = {}
    problems = list(table.problems)
    for line, row in zip(table.lines, table.rows, strict=True):
        picture, values = _own_picture(row[column]), dict(zip(columns, row.values(), strict=True))
        if values.get("class", "").casefold() in MISSING:
            problems.append(Problem(line, f"class is {values['class']!r}, taken as empty"))
            values["class"] = ""
        if not picture:
            problems.append(Problem(line, f"left out: nothing in column {column}"))
        elif picture in found:
            problems.append(Problem(line, f"left out: {_same(values, *found[picture])}"))
        else:
            found[picture] = line, values
    files = file_names([short_path(picture) for picture in found], list(found))
    keys = [title_key(values) for _, values in found.values()]
    firsts = connected([[key] if key else [] for key in keys])
    artworks = tuple(
        Artwork(line, file, picture, values.get("work") or Path(files[first]).stem, values)
        for (picture, (line, values)), file, first in zip(found.items(), files, firsts, strict=True)
    )
    return Catalogue(_divided(artworks), columns, in_order(problems), own_names)


def _same(values: Mapping[str, str], line: int, earlier: Mapping[str, str]) -> str:
    """That a picture stands in an earlier line, and whether it is of another class there."""
    one, other = values.get("class"), earlier.get("class")
    return f"the same picture as line {line}" + (
        f", where its class is {other!r}, not {one!r}" if one != other else ""
    )


def _divided(artworks: tuple[Artwork, ...]) -> tuple[Artwork, ...]:
    """The artworks with their parts, where a column says train, val or test of each, or nothing."""
    column = next((name for name in PART_COLUMNS for work in artworks[:1] if name in work.values), None)
    cells = [work.values[column].casefold() for work in artworks] if column else []
    if "train" not in map(part_of, cells):
        return artworks
    if strange := [cell for cell in cells if cell and not part_of(cell)]:
        log.warning(
            "the column %s is not taken for the division of the collection: %d rows say neither train, val "
            "nor test, but %s", column, len(strange), few(dict.fromkeys(map(repr, strange)), 3),
        )  # fmt: skip
        return artworks
    return tuple(replace(work, part=part_of(cell)) for work, cell in zip(artworks, cells, strict=True))


WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")  # a path from a root of Windows


def _is_far(picture: str) -> bool:
    return "://" in picture and not picture.startswith("file://")


def _own_picture(cell: str) -> str:
    """The picture itself where the cell names one of the gallery's pages."""
    address = urlsplit(cell)
    is_page = address.path.lower().startswith("/html/") and address.path.lower().endswith((".html", ".htm"))
    if address.scheme in ("http", "https") and is_page and not address.query:
        with suppress(ValueError):
            return urljoin(cell, f"/{picture_path(cell)}")
    return cell


def _own_names(columns: Sequence[str]) -> dict[str, str]:
    """The table's words for columns that have another word in catalogues; each of those is taken once."""
    found: dict[str, str] = {}
    for name in columns:
        word = SYNONYMS.get(name)
        if word and word not in columns and word not in found.values():
            found[name] = word
    return found
