"""Sources: where pictures come from. A new one is a small class of its own in SOURCES.

Every source has a catalogue (`artworks.Catalogue`) and, for artworks of it, brings picture files that decode.
What is fetched over HTTP is kept in a folder per source, so that one source never passes for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self

from image_machines.collection.artworks import Artwork, Catalogue
from image_machines.collection.manners import Failure
from image_machines.collection.sources.folders import ClassFolders
from image_machines.collection.sources.painted import Painted
from image_machines.collection.sources.place import Paths, Place
from image_machines.collection.sources.table import OwnTable
from image_machines.collection.sources.wga import Mirror, WebGallery


class Source(Protocol):
    """A place that pictures come from."""

    @classmethod
    def open(cls, name: str, place: Place) -> Self | None:
        """The source that a setting names, where it is one of this kind."""

    def catalogue(self) -> Catalogue:
        """All artworks there are."""

    def fetch(self, artworks: Sequence[Artwork]) -> tuple[Paths, list[Failure]]:
        """Bring the pictures of these artworks here; those that decode, and those that failed."""

    def origin(self, artwork: Artwork) -> str:
        """Where an artwork's picture is from, for the manifest."""

    def state(self) -> str:
        """Something that changes when the pictures there do; "" where that cannot be seen from here."""


SOURCES: dict[str, type[Source]] = {  # in the order in which they are asked
    '"builtin"': Painted,
    "the URL of the Web Gallery or of a server that mirrors it": WebGallery,
    "a folder laid out like a mirror": Mirror,
    "a folder with a subfolder of pictures for each class": ClassFolders,
    "a table": OwnTable,
}


def open_source(name: str, place: Place) -> Source:
    """The source that a setting names; raises ValueError, with the kinds that there are, where it is none."""
    if not name.strip():
        raise ValueError(f"source says nothing: it must be {', '.join(SOURCES)}")
    for kind in SOURCES.values():
        if (source := kind.open(name, place)) is not None:
            return source
    raise ValueError(f"source {name!r} is none: it must be {', '.join(SOURCES)} that exists")
