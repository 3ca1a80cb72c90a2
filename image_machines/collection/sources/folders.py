"""A folder whose subfolders are classes, or are train/, val/ and test/ with classes inside."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from image_machines.collection.artworks import Artwork, Catalogue, part_of
from image_machines.collection.manners import Failure
from image_machines.collection.names import file_names
from image_machines.collection.sources.place import Paths, Place, check
from image_machines.collection.sources.wga import CATALOGUE
from image_machines.images import PICTURE_SUFFIXES, meant_as_picture
from image_machines.names import few

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClassFolder:
    """The pictures of a class, or of a class in one part of a collection that is divided."""

    name: str
    part: str  # "train", "val", "test", or "" where nothing is divided
    folder: Path

    def files(self) -> list[Path]:
        """All files, at any depth; what begins with a dot is none."""
        return _files_below(self.folder)

    def pictures(self) -> list[Path]:
        """The files that are named or begin as pictures do."""
        return [path for path in self.files() if meant_as_picture(path)]


@dataclass(frozen=True)
class ClassFolders:
    """A folder whose subfolders are classes, each with pictures, at any depth; used where they lie.

    Where the subfolders are called train, val and test (or training_set, validation, …), the classes are
    those inside, and the division is kept; so it is where each class is divided by itself. A file named like
    another one with "detail" at its end shows the same work: ``spring.jpg``, ``spring (detail 2).jpg``.
    """

    path: Path
    place: Place

    @classmethod
    def open(cls, name: str, place: Place) -> ClassFolders | None:
        path = Path(name).expanduser()
        return cls(path, place) if path.is_dir() else None

    def catalogue(self) -> Catalogue:
        found = [(each, path) for each in self._classes() for path in self._pictures_of(each)]
        self._tell_what_is_left_out({path for _, path in found})
        files = file_names([path.relative_to(self.path).as_posix() for _, path in found])
        artworks = tuple(
            Artwork(0, file, str(path), self._work(path), {"class": each.name}, each.part)
            for file, (each, path) in zip(files, found, strict=True)
        )
        return Catalogue(artworks, ("class",))

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        return check(artworks, [Path(work.picture) for work in artworks], self.place)

    def origin(self, artwork: Artwork) -> str:
        return artwork.picture

    def state(self) -> str:
        pictures = [path for each in self._classes() for path in each.pictures()]
        lines = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in pictures]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _classes(self) -> list[ClassFolder]:
        """The folders of classes; raises ValueError where there are none."""
        folders = _subfolders(self.path)
        if not folders:
            raise ValueError(
                f"{self.path} has no subfolders: put the pictures of each class into a folder of its own, "
                f"named after the class (or give a mirror of the gallery, with {CATALOGUE})"
            )
        parts = {folder: part for folder in folders if (part := part_of(folder.name))}
        training = [folder for folder, part in parts.items() if part == "train"]
        is_divided = training and (
            len(parts) == len(folders) or len(set(parts.values())) > 1 or all(map(_holds_classes, training))
        )
        if not is_divided:
            return [each for folder in folders for each in _of_class(folder)]
        spellings: dict[str, str] = {}  # one for "Cats" in train/ and "cats" in val/
        found = [
            ClassFolder(spellings.setdefault(_class_of(folder).casefold(), _class_of(folder)), part, folder)
            for outer, part in sorted(parts.items(), key=lambda item: item[1] != "train")
            for folder in _subfolders(outer)
        ]
        if not any(each.part == "train" for each in found):
            raise ValueError(f"{self.path} has a train folder without folders of classes in it")
        return found

    def _pictures_of(self, each: ClassFolder) -> list[Path]:
        pictures = each.pictures()
        if not pictures and each.part in ("", "train"):
            suffixes = ", ".join(PICTURE_SUFFIXES)
            raise ValueError(f"no pictures in {each.folder}; they mostly end in {suffixes}")
        return pictures

    def _tell_what_is_left_out(self, pictures: set[Path]) -> None:
        """Name the files that are no pictures, and the pictures that lie in no class's folder."""
        left = [path for path in _files_below(self.path) if path not in pictures]
        if left:
            names = few(path.relative_to(self.path).as_posix() for path in left)
            log.warning(
                "left out of %s, as no pictures or in no class's folder: %d (%s)", self.path, len(left), names
            )

    def _work(self, path: Path) -> str:
        whole = re.sub(r"[\W_]*details?[\W_]*\d*[\W_]*$", "", path.stem, flags=re.IGNORECASE) or path.stem
        return (path.relative_to(self.path).parent / whole).as_posix()


def _of_class(folder: Path) -> list[ClassFolder]:
    """The folder of a class; or its parts, where it is divided itself: cats/train, cats/val."""
    inner = _subfolders(folder)
    parts = {each: part for each in inner if (part := part_of(each.name))}
    if "train" in parts.values() and len(set(parts.values())) > 1 and len(parts) == len(inner):
        return [ClassFolder(_class_of(folder), part, each) for each, part in parts.items()]
    return [ClassFolder(_class_of(folder), "", folder)]


def _holds_classes(folder: Path) -> bool:
    """Whether a folder holds folders of pictures, and no pictures itself."""
    within = [path for path in folder.iterdir() if path.is_file() and not _is_hidden(Path(path.name))]
    inner = [ClassFolder("", "", each) for each in _subfolders(folder)]
    return not any(map(meant_as_picture, within)) and any(each.pictures() for each in inner)


def _files_below(folder: Path) -> list[Path]:
    """All files at any depth, links followed, in order; what begins with a dot is none."""
    found: list[Path] = []
    entered: set[str] = set()
    for place, inner, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in entered:  # a link that leads back
            inner.clear()
            continue
        entered.add(real)
        inner[:] = [name for name in inner if not _is_hidden(Path(name))]
        found += [Path(place, name) for name in names if not _is_hidden(Path(name))]
    return sorted(path for path in found if path.is_file())


def _class_of(folder: Path) -> str:
    """The class that a folder is named after, its accents stored as everywhere but in macOS's folders."""
    return unicodedata.normalize("NFC", folder.name)


def _subfolders(path: Path) -> list[Path]:
    here = path.resolve()
    return [
        each
        for each in sorted(path.iterdir())
        if each.is_dir() and not _is_hidden(Path(each.name)) and not here.is_relative_to(each.resolve())
    ]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
