"""A folder whose subfolders are classes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from image_machines import images
from image_machines.collection.artworks import Artwork, Catalogue
from image_machines.collection.manners import Failure, Manners
from image_machines.collection.names import file_names
from image_machines.collection.sources.place import Paths, Place, check
from image_machines.collection.sources.wga import CATALOGUE


@dataclass(frozen=True)
class ClassFolders:
    """A folder whose subfolders are classes, each with pictures, at any depth; used where they lie.

    A file named like another one with "detail" at its end shows the same work: ``spring.jpg``,
    ``spring (detail 2).jpg``.
    """

    path: Path
    manners: Manners

    @classmethod
    def open(cls, name: str, place: Place) -> ClassFolders | None:
        path = Path(name).expanduser()
        return cls(path, place.manners) if path.is_dir() else None

    def catalogue(self) -> Catalogue:
        found = self._pictures()
        files = file_names([path.relative_to(self.path).as_posix() for path in found])
        artworks = tuple(
            Artwork(0, file, str(path), self._work(path), {"class": path.relative_to(self.path).parts[0]})
            for file, path in zip(files, found, strict=True)
        )
        return Catalogue(artworks, ("class",))

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        return check(artworks, [Path(work.picture) for work in artworks], self.manners)

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


def _is_named_picture(path: Path) -> bool:
    return path.suffix.lower() in images.PICTURE_SUFFIXES and path.name[0] != "." and path.is_file()
