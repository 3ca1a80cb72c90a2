"""The works that excite a neuron, as pictures beside the images: the whole, and the part that fired.

Pictures of the collection lie where only the owner looks; what is shown of them is copied, small, to
``<images>/works/``. Copies are made by a thread of its own, so that an answer never waits for them.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from image_machines import files, images
from image_machines.atlas.cards import PREFIX
from image_machines.collection import captions
from image_machines.network import responses
from image_machines.network.layers import UnknownLayer
from image_machines.network.network import Network
from image_machines.network.responses import Box, Example, Responses

log = logging.getLogger(__name__)

FOLDER = "works"
BUILT_IN = "builtin:"  # what the source of a work that the program painted begins with
LONGEST_SIDE = 512  # pixels of a copy
CROP_SIDE = 256
QUALITY = 88
SHOWN = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}  # what browsers read, and how it is called


class Works:
    """What `responses.measure` left in ``folder`` and its subfolders, for whichever model asks."""

    def __init__(self, images_folder: str | Path, folder: str | Path | None = None) -> None:
        self.images = Path(images_folder)
        self.folder = Path(folder) if folder is not None else None
        self._read: dict[Path, tuple[int, Responses]] = {}
        self._pool = ThreadPoolExecutor(1, "works")
        self._failed: set[str] = set()
        self._under_way: set[str] = set()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def layers(self, network: Network) -> set[str]:
        """The layers of the model whose responses are known."""
        found = self._find(network)
        return {layer.name for layer in found.layers} if found is not None and found.done else set()

    def top(self, network: Network, layer: str, neuron: int, count: int) -> dict[str, Any]:
        """The strongest works with the paths of their copies, and whether all copies are there already.

        Raises UnknownLayer when the collection was not shown to this model, or not at this layer.
        """
        found = self.measured(network)
        return {"pictures": found.done, **self.examples(found, layer, neuron, 1, count)}

    def examples(self, found: Responses, layer: str, neuron: int, rank: int, count: int) -> dict[str, Any]:
        """Works from a place on in the order of all, the strongest first, and whether all is ready."""
        chosen = found.order(layer, neuron)[rank - 1 : rank - 1 + count]
        works = found.examples(layer, neuron, chosen)
        shown = [self.example(found, place, work) for place, work in enumerate(works, rank)]
        return {"ready": self.are_shown(shown), "works": shown}

    def measured(self, network: Network) -> Responses:
        """The model's responses; raises UnknownLayer when the collection was not shown to it."""
        found = self._find(network)
        if found is None:
            raise UnknownLayer(
                f"the collection was not yet shown to {network.name}: its responses are made by explain.ipynb"
            )
        return found

    def of(self, name: str, size: int) -> list[Responses]:
        """The responses of a network of that name, at hand or not, that was shown the works at that size."""
        names = (name, f"{name}-{size}px")
        return [found for found in self._all() if found.network in names]

    def _find(self, network: Network) -> Responses | None:
        """The model's responses, None where there are none."""
        return next((each for each in self._all() if each.fingerprint == network.fingerprint), None)

    def _all(self) -> Iterator[Responses]:
        """All responses that there are, each read again when it was written since."""
        for record in sorted(self.folder.glob(f"**/{responses.RECORD}")) if self.folder is not None else ():
            done = record.with_name("done")
            changed = max(file.stat().st_mtime_ns for file in (record, done) if file.is_file())
            if record not in self._read or self._read[record][0] != changed:
                self._read[record] = changed, responses.load(record.parent)
            yield self._read[record][1]

    def describe(self, record: Mapping[str, str]) -> dict[str, Any]:
        """What is said of a work of the collection."""
        painted = str(record.get("source") or "").startswith(BUILT_IN)
        return {
            "file": record["file"],
            "artist": captions.artist(record["author"]) if record.get("author") else None,
            "title": record.get("title") or None,
            "date": record.get("date") or None,
            "class": record.get("class") or None,
            "painted": painted,
            "url": None if painted else record.get("url") or None,
        }

    def shown(self, source: Path, box: Box | None = None) -> str:
        """The path of a copy of a work's picture, or of a part; it is made where it is not there yet."""
        name = _name(source, box)
        return self._begun(name, source, lambda: self._copy(name, source, box))

    def whole(self, source: Path) -> str:
        """The path of a work's file as it is, or of all its pixels where browsers do not read its format."""
        kind = _kind(source)
        name = f"{Path(_name(source, None)).stem.replace('work', 'whole')}{kind or '.jpg'}"
        return self._begun(name, source, lambda: self._copy_whole(name, source, kind))

    def are_ready(self, paths: Iterable[str]) -> bool:
        """Whether copies are there, but for those that cannot be made."""
        names = {Path(path).name for path in paths}
        return all(name in self._failed or (self.images / FOLDER / name).is_file() for name in names)

    def are_shown(self, works: Iterable[Mapping[str, Any]]) -> bool:
        """Whether the copies of these works are there: of each the whole, and the part that fired."""
        return self.are_ready([work[part] for work in works for part in ("picture", "crop")])

    def example(self, found: Responses, rank: int, work: Example) -> dict[str, Any]:
        """What is said of a work that is shown beside a neuron."""
        source = found.pictures / work.file
        return self.describe(work.record) | {
            "rank": rank,
            "activation": work.maximum,
            "mean": work.mean,
            "picture": self.shown(source),
            "crop": self.shown(source, work.box),
            "box": {name: round(value, 5) for name, value in vars(work.box).items()},
        }

    def _begun(self, name: str, source: Path, make: Callable[[], None]) -> str:
        """The path of a copy of a file, which is made unless it is there, on its way, or cannot be."""
        known = name in self._under_way or name in self._failed
        if not known and not (self.images / FOLDER / name).is_file():
            self._under_way.add(name)
            self._pool.submit(self._make, name, source, make)
        return f"{PREFIX}/{FOLDER}/{name}"

    def _make(self, name: str, source: Path, make: Callable[[], None]) -> None:
        try:
            make()
        except (OSError, ValueError) as error:
            self._failed.add(name)
            log.warning("%s cannot be shown: %s", source, error)
        finally:
            self._under_way.discard(name)

    def _copy(self, name: str, source: Path, box: Box | None) -> None:
        picture = images.read(source)
        copy(self.images / FOLDER / name, picture if box is None else box.cut(picture), box is not None)

    def _copy_whole(self, name: str, source: Path, kind: str) -> None:
        picture = images.read(source)  # or it is none that may be shown
        if not kind:
            images.save(self.images / FOLDER / name, picture)
            return
        with files.replacing(self.images / FOLDER / name) as temporary:
            shutil.copyfile(source, temporary)


def copy(target: Path, picture: images.Picture, is_crop: bool) -> None:
    """Write a small copy of a picture, in one piece."""
    small = Image.fromarray(np.ascontiguousarray(picture))
    side = CROP_SIDE if is_crop else LONGEST_SIDE
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    images.save(target, np.asarray(small), quality=QUALITY)


def _kind(source: Path) -> str:
    """How a file of that format ends that browsers read; empty for any other, and where it is none."""
    try:
        with Image.open(source) as opened:
            return SHOWN.get(opened.format or "", "")
    except (OSError, ValueError, Image.DecompressionBombError):
        return ""


def _name(source: Path, box: Box | None) -> str:
    """A file name for a copy that stays the same for the same picture and part."""
    part: Mapping[str, float] = vars(box) if box is not None else {}
    text = json.dumps([str(source), {name: round(value, 4) for name, value in part.items()}], sort_keys=True)
    kind = "crop" if box is not None else "work"
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.jpg"
