"""Where pictures come from: a gallery on the web, a mirror of it, the built-in collection, or one's own.

Every source has a catalogue (`catalog.Catalogue`) and, for artworks of it, brings picture files that decode.
What is fetched over HTTP is kept in a folder per source, so that one source never passes for another.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from image_machines import files, images
from image_machines.collection import catalog, download, gallery
from image_machines.collection.catalog import Artwork, Catalogue
from image_machines.collection.download import Failure, Item, Manners

log = logging.getLogger(__name__)

BUILT_IN = "builtin"
CATALOGUE = "database/download/data_txt.zip"

Paths = dict[str, Path]  # an artwork's file name -> the picture on disk


class Source(Protocol):
    """A place that pictures come from."""

    def catalogue(self) -> Catalogue:
        """All artworks there are."""

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        """Bring the pictures of these artworks here; those that decode, and those that failed."""

    def origin(self, artwork: Artwork) -> str:
        """Where an artwork's picture is from, for the manifest."""

    def state(self) -> str:
        """Something that changes when the pictures there do; "" where that cannot be seen from here."""


def open_source(
    source: str,
    folder: str | Path,
    manners: Manners | None = None,
    built_in: Mapping[str, Any] | None = None,
) -> Source:
    """The source that a setting names; what has to be downloaded goes below ``folder``.

    ``source`` is "builtin", the base URL of the Web Gallery or of a server that mirrors it, a folder laid out
    like a mirror, a folder with a subfolder of pictures for each class, or a table (see catalog.parse_own).
    ``built_in`` are settings for gallery.write_mirror. Raises ValueError for anything else.
    """
    folder, manners = Path(folder), manners or Manners()
    if source == BUILT_IN:
        return BuiltIn(folder / "sources" / BUILT_IN, folder.parent / "mirror", manners, dict(built_in or {}))
    if urlsplit(source).scheme in ("http", "https"):
        name = re.sub(r"[^\w.-]+", "-", source.split("://", 1)[1].strip("/"))
        return Gallery(source.rstrip("/"), folder / "sources" / name, manners)
    path = Path(source).expanduser()
    if (path / CATALOGUE).is_file():
        return Mirror(path, manners)
    if path.is_dir():
        return ClassFolders(path, manners)
    if path.is_file():
        name = f"{path.stem}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]}"
        return OwnTable(path, folder / "sources" / name, manners)
    raise ValueError(f"source {source!r} is neither {BUILT_IN!r}, a URL, nor a file or folder that exists")


@dataclass(frozen=True)
class Gallery:
    """The Web Gallery of Art, or a server with the same layout."""

    base: str
    folder: Path
    manners: Manners

    def catalogue(self) -> Catalogue:
        """From the server where it is this machine; once fetched from another host, from disk."""
        kept = self.folder / Path(CATALOGUE).name
        if not kept.is_file() or download.is_local(self.base):
            try:
                data = download.read(f"{self.base}/{CATALOGUE}", self.manners)
            except download.ServerAway as error:
                if not kept.is_file():
                    raise
                log.warning("%s; going on with the catalogue fetched earlier", error)
                return catalog.parse(kept.read_bytes())
            found = catalog.parse(data)  # before it is kept: an error page never is
            with files.replacing(kept) as temporary:
                temporary.write_bytes(data)
            return found
        return catalog.parse(kept.read_bytes())

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        items = [Item(self.origin(work), self.folder / "pictures" / work.file) for work in artworks]
        return _sort_out(artworks, items, download.fetch(items, self.manners))

    def origin(self, artwork: Artwork) -> str:
        return f"{self.base}/{artwork.picture}"

    def state(self) -> str:
        return ""


@dataclass(frozen=True)
class BuiltIn:
    """The pictures that the program paints, served on this machine and fetched like any others."""

    folder: Path
    mirror: Path
    manners: Manners
    recipe: Mapping[str, Any] = field(default_factory=dict)

    def catalogue(self) -> Catalogue:
        gallery.write_mirror(self.mirror, **self.recipe)
        with self._served() as here:
            return here.catalogue()

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        with self._served() as here:
            return here.fetch(artworks)

    def origin(self, artwork: Artwork) -> str:
        return f"{BUILT_IN}:{artwork.picture}"

    def state(self) -> str:
        return repr(sorted(self.recipe.items()))

    @contextmanager
    def _served(self) -> Iterator[Gallery]:
        """A gallery on this machine; its files go below a name that says how they were painted."""
        recipe = hashlib.sha256(self.state().encode()).hexdigest()[:8]
        with gallery.serve(self.mirror) as base:
            yield Gallery(base, self.folder.with_name(f"{BUILT_IN}-{recipe}"), self.manners)


@dataclass(frozen=True)
class Mirror:
    """A folder laid out like the gallery's site; its pictures are used where they lie."""

    path: Path
    manners: Manners

    def catalogue(self) -> Catalogue:
        return catalog.parse((self.path / CATALOGUE).read_bytes())

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        return _check(artworks, [Path(self.origin(work)) for work in artworks], self.manners)

    def origin(self, artwork: Artwork) -> str:
        return str(self.path / unquote(artwork.picture))

    def state(self) -> str:
        return hashlib.sha256((self.path / CATALOGUE).read_bytes()).hexdigest()


@dataclass(frozen=True)
class ClassFolders:
    """A folder whose subfolders are classes, each with pictures, at any depth; used where they lie.

    A file named like another one with "detail" at its end shows the same work: ``spring.jpg``,
    ``spring (detail 2).jpg``.
    """

    path: Path
    manners: Manners

    def catalogue(self) -> Catalogue:
        found = self._pictures()
        files = catalog.file_names([path.relative_to(self.path).as_posix() for path in found])
        artworks = tuple(
            Artwork(0, file, str(path), self._work(path), {"class": path.relative_to(self.path).parts[0]})
            for file, path in zip(files, found, strict=True)
        )
        return Catalogue(artworks, ("class",))

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        return _check(artworks, [Path(work.picture) for work in artworks], self.manners)

    def origin(self, artwork: Artwork) -> str:
        return artwork.picture

    def state(self) -> str:
        lines = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in self._pictures()]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _pictures(self) -> list[Path]:
        classes = [path for path in sorted(self.path.iterdir()) if path.is_dir() and path.name[0] != "."]
        if not classes:
            raise ValueError(
                f"{self.path} has no subfolders: put the pictures of each class into a folder of its own, "
                f"named after the class (or give a mirror of the gallery, with {CATALOGUE})"
            )
        found = {
            folder: [path for path in sorted(folder.rglob("*")) if _is_named_picture(path)]
            for folder in classes
        }
        for folder, pictures in found.items():
            if not pictures:
                raise ValueError(f"no pictures in {folder}; they end in {', '.join(images.PICTURE_SUFFIXES)}")
        return [path for pictures in found.values() for path in pictures]

    def _work(self, path: Path) -> str:
        whole = re.sub(r"[\W_]*details?[\W_]*\d*[\W_]*$", "", path.stem, flags=re.IGNORECASE) or path.stem
        return (path.relative_to(self.path).parent / whole).as_posix()


@dataclass(frozen=True)
class OwnTable:
    """A table of one's own, with a path or a URL per picture (see catalog.parse_own)."""

    path: Path
    folder: Path
    manners: Manners

    def catalogue(self) -> Catalogue:
        try:
            return catalog.parse_own(self.path.read_bytes())
        except ValueError as error:
            raise ValueError(f"{self.path}: {error}") from None

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        near = [work for work in artworks if "://" not in work.picture]
        far = [work for work in artworks if "://" in work.picture]
        items = [Item(work.picture, self.folder / "pictures" / work.file) for work in far]
        paths, failures = _sort_out(far, items, download.fetch(items, self.manners)) if far else ({}, [])
        here, missing = _check(near, [Path(self.origin(work)) for work in near], self.manners)
        return {**paths, **here}, failures + missing

    def origin(self, artwork: Artwork) -> str:
        return artwork.picture if "://" in artwork.picture else str(self.path.parent / artwork.picture)

    def state(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def _is_named_picture(path: Path) -> bool:
    return path.suffix.lower() in images.PICTURE_SUFFIXES and path.name[0] != "." and path.is_file()


def _sort_out(
    artworks: Sequence[Artwork], items: Sequence[Item], failures: list[Failure]
) -> tuple[Paths, list[Failure]]:
    failed = {failure.path for failure in failures}
    paths = {
        work.file: item.path for work, item in zip(artworks, items, strict=True) if item.path not in failed
    }
    return paths, failures


def _check(
    artworks: Sequence[Artwork], places: Sequence[Path], manners: Manners
) -> tuple[Paths, list[Failure]]:
    """Which of the pictures that lie on this machine decode."""

    def look(place: Path) -> Failure | None:
        try:
            images.read(place)
        except images.UnreadablePicture as error:
            reason = (
                "no such file" if not place.exists() else str(error.__cause__).replace(str(place), "the file")
            )
            return Failure(str(place), place, reason)
        return None

    found = download.in_threads(look, list(places), manners.concurrent, "reading")
    paths = {
        work.file: place for work, place, failure in zip(artworks, places, found, strict=True) if not failure
    }
    return paths, [failure for failure in found if failure]
