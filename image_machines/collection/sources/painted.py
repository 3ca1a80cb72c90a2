"""The built-in collection as a source: painted by the program, then served on a local port and fetched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from image_machines.collection import server
from image_machines.collection.artworks import Artwork, Catalogue
from image_machines.collection.manners import Failure
from image_machines.collection.sources.mirror import write_mirror
from image_machines.collection.sources.place import Paths, Place
from image_machines.collection.sources.wga import WebGallery

BUILT_IN = "builtin"


@dataclass(frozen=True)
class Painted:
    """The pictures that the program paints, served on this machine and fetched like any others."""

    folder: Path
    mirror: Path
    place: Place

    @classmethod
    def open(cls, name: str, place: Place) -> Painted | None:
        if name != BUILT_IN:
            return None
        return cls(place.kept(BUILT_IN), place.folder.parent / "mirror", place)

    def catalogue(self) -> Catalogue:
        write_mirror(self.mirror, **self.place.built_in)
        with self._served() as here:
            return here.catalogue()

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        with self._served() as here:
            return here.fetch(artworks)

    def origin(self, artwork: Artwork) -> str:
        return f"{BUILT_IN}:{artwork.picture}"

    def state(self) -> str:
        return repr(sorted(self.place.built_in.items()))

    @contextmanager
    def _served(self) -> Iterator[WebGallery]:
        """A gallery on this machine; its files go below a name that says how they were painted."""
        painted = hashlib.sha256(self.state().encode()).hexdigest()[:8]
        with server.serve(self.mirror) as base:
            yield WebGallery(base, self.folder.with_name(f"{BUILT_IN}-{painted}"), self.place)
