"""What sources share: where they may keep what they fetch, and which of the pictures there decode."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from image_machines import images
from image_machines.collection.artworks import Artwork
from image_machines.collection.manners import Failure, Item, Manners
from image_machines.collection.threads import in_threads

Paths = dict[str, Path]  # an artwork's file name -> the picture on disk


@dataclass(frozen=True)
class Place:
    """Where a source keeps what it fetches, and how it behaves while it fetches."""

    folder: Path  # the data set's; each source has a folder of its own below ``sources/``
    manners: Manners = field(default_factory=Manners)
    built_in: Mapping[str, Any] = field(default_factory=dict)  # settings of painted.write_mirror

    def kept(self, name: str) -> Path:
        """The folder for what is fetched from the source of that name."""
        return self.folder / "sources" / re.sub(r"[^\w.-]+", "-", name)


def sort_out(
    artworks: Sequence[Artwork], items: Sequence[Item], failures: list[Failure]
) -> tuple[Paths, list[Failure]]:
    failed = {failure.path for failure in failures}
    paths = {
        work.file: item.path for work, item in zip(artworks, items, strict=True) if item.path not in failed
    }
    return paths, failures


def check(
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

    found = in_threads(look, list(places), manners.concurrent, "reading")
    paths = {
        work.file: place for work, place, failure in zip(artworks, places, found, strict=True) if not failure
    }
    return paths, [failure for failure in found if failure]
