"""What sources share: where they may keep what they fetch, and which of the pictures there decode."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from image_machines import files, images
from image_machines.collection import download
from image_machines.collection.artworks import Artwork
from image_machines.collection.manners import Failure, Item, Manners
from image_machines.collection.threads import in_threads
from image_machines.decoding import USUAL, Conditions

ADDRESSES = "addresses.json"

Paths = dict[str, Path]  # an artwork's file name -> the picture on disk


@dataclass(frozen=True)
class Place:
    """Where a source keeps what it fetches, and how it behaves while it fetches."""

    folder: Path  # the data set's; each source has a folder of its own below ``sources/``
    manners: Manners = field(default_factory=Manners)
    conditions: Conditions = USUAL
    built_in: Mapping[str, Any] = field(default_factory=dict)  # of mirror.write_mirror

    def kept(self, name: str) -> Path:
        """The folder for what is fetched from the source of that name."""
        return self.folder / "sources" / re.sub(r"[^\w.-]+", "-", name)


@dataclass(frozen=True)
class Shelf:
    """A folder of pictures fetched over HTTP; ``addresses.json`` beside it says where each file is from."""

    folder: Path
    place: Place

    def bring(self, artworks: Sequence[Artwork], urls: Sequence[str]) -> tuple[Paths, list[Failure]]:
        """Fetch the pictures that are not there yet; those that are there, and those that failed."""
        self._claim({work.file: work.picture for work in artworks})
        items = [Item(url, self.folder / work.file) for work, url in zip(artworks, urls, strict=True)]
        failures = download.fetch(items, self.place.manners, conditions=self.place.conditions)
        failed = {failure.path for failure in failures}
        paths = {
            work.file: item.path
            for work, item in zip(artworks, items, strict=True)
            if item.path not in failed
        }
        return paths, failures

    def _claim(self, wanted: Mapping[str, str]) -> None:
        """Let each name stand for its address, and keep what another address left under it aside.

        A name may have belonged to another picture, when the table or the catalogue was another one.
        """
        index = self.folder.with_name(ADDRESSES)
        known = json.loads(index.read_text(encoding="utf-8")) if index.is_file() else {}
        for file, address in wanted.items():
            if known.get(file, address) != address and (self.folder / file).is_file():
                (self.folder / file).replace(self._aside(file, known[file]))
        files.write_json(index, {**known, **wanted})
        for file, address in wanted.items():
            aside = self._aside(file, address)
            if aside.is_file() and not (self.folder / file).is_file():
                aside.replace(self.folder / file)

    def _aside(self, file: str, address: str) -> Path:
        path = self.folder / file
        return path.with_name(f"{path.stem}-{hashlib.sha256(address.encode()).hexdigest()[:16]}{path.suffix}")


def check(artworks: Sequence[Artwork], places: Sequence[Path], place: Place) -> tuple[Paths, list[Failure]]:
    """Which of the pictures that lie on this machine decode."""

    def look(path: Path) -> Failure | None:
        try:
            images.read(path, conditions=place.conditions)
        except images.UnreadablePicture as error:
            reason = "no such file" if not path.exists() else error.reason
            return Failure(str(path), path, reason)
        return None

    found = in_threads(look, list(places), place.manners.concurrent, "reading")
    paths = {
        work.file: path for work, path, failure in zip(artworks, places, found, strict=True) if not failure
    }
    return paths, [failure for failure in found if failure]
