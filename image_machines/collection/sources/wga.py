"""The Web Gallery of Art: its server, or a mirror of it on disk."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from image_machines import files
from image_machines.collection import download
from image_machines.collection.artworks import Artwork, Catalogue, Problem, in_order
from image_machines.collection.manners import Failure, ServerAway, is_local
from image_machines.collection.names import file_names
from image_machines.collection.sources import pages
from image_machines.collection.sources.place import Paths, Place, Shelf, check
from image_machines.collection.tables import read_table, unpack

log = logging.getLogger(__name__)

CATALOGUE = "database/download/data_txt.zip"


@dataclass(frozen=True)
class WebGallery:
    """The Web Gallery of Art, or a server with the same layout."""

    base: str
    folder: Path
    place: Place

    @classmethod
    def open(cls, name: str, place: Place) -> WebGallery | None:
        if urlsplit(name).scheme not in ("http", "https"):
            return None
        return cls(name.rstrip("/"), place.kept(name.split("://", 1)[1].strip("/")), place)

    def catalogue(self) -> Catalogue:
        """From the server where it is this machine; once fetched from another host, from disk."""
        kept = self.folder / Path(CATALOGUE).name
        if not kept.is_file() or is_local(self.base):
            try:
                data = download.read(f"{self.base}/{CATALOGUE}", self.place.manners)
            except ServerAway as error:
                if not kept.is_file():
                    raise
                log.warning("%s; going on with the catalogue fetched earlier", error)
                return parse(kept.read_bytes())
            found = parse(data)  # before it is kept: an error page never is
            with files.replacing(kept) as temporary:
                temporary.write_bytes(data)
            return found
        return parse(kept.read_bytes())

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        shelf = Shelf(self.folder / "pictures", self.place)
        return shelf.bring(artworks, [self.origin(work) for work in artworks])

    def origin(self, artwork: Artwork) -> str:
        return f"{self.base}/{artwork.picture}"

    def state(self) -> str:
        return ""


@dataclass(frozen=True)
class Mirror:
    """A folder laid out like the gallery's site; its pictures are used where they lie."""

    path: Path
    place: Place

    @classmethod
    def open(cls, name: str, place: Place) -> Mirror | None:
        path = Path(name).expanduser()
        return cls(path, place) if (path / CATALOGUE).is_file() else None

    def catalogue(self) -> Catalogue:
        return parse((self.path / CATALOGUE).read_bytes())

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        return check(artworks, [Path(self.origin(work)) for work in artworks], self.place)

    def origin(self, artwork: Artwork) -> str:
        return str(self.path / unquote(artwork.picture))

    def state(self) -> str:
        return hashlib.sha256((self.path / CATALOGUE).read_bytes()).hexdigest()


def parse(data: bytes) -> Catalogue:
    """Read the gallery's catalogue from the bytes of its zip, or of the file inside.

    Rows without a page to follow, or for a picture that an earlier row has, are left out and reported.
    Raises ValueError when the bytes hold no table with a column URL.
    """
    table = read_table(unpack(data))
    if "url" not in table.columns:
        raise ValueError(f"the catalogue has no column URL; columns: {', '.join(table.columns)}")
    found: dict[str, tuple[int, dict[str, str]]] = {}
    problems = list(table.problems)
    for line, values in zip(table.lines, table.rows, strict=True):
        try:
            picture = pages.picture_path(values["url"])
        except ValueError as error:
            problems.append(Problem(line, f"left out: {error}"))
            continue
        if picture in found:
            problems.append(Problem(line, f"left out: the same picture as line {found[picture][0]}"))
        else:
            found[picture] = line, values
    files = file_names([pages.short_path(picture) for picture in found])
    works = pages.group_works([values for _, values in found.values()], list(found), files)
    artworks = tuple(
        Artwork(line, file, picture, values.get("work") or work, values)
        for (picture, (line, values)), file, work in zip(found.items(), files, works, strict=True)
    )
    return Catalogue(artworks, table.columns, in_order(problems))
