"""From a source to a data set: classes of equal size in ``train/<class>/`` and ``val/<class>/``.

Artworks are selected by what the catalogue says, then only those pictures are downloaded that the classes
need. ``manifest.csv`` keeps what the catalogue says of each picture; ``dataset.json`` keeps the selection and
a fingerprint of the pictures, so that the same selection again does nothing.
"""

from __future__ import annotations

import html
import json
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from image_machines import files, images
from image_machines.collection import download, manifest, sources, splits
from image_machines.collection.artworks import Catalogue
from image_machines.collection.captions import caption
from image_machines.collection.classes import Classes, select
from image_machines.collection.draw import Collector, draw
from image_machines.collection.manifest import Row
from image_machines.collection.selection import Selection
from image_machines.collection.sources import Source
from image_machines.collection.splits import Picture
from image_machines.decoding import MEGA, USUAL, Conditions, is_settled

log = logging.getLogger(__name__)

RECORD, FAILURES = "dataset.json", "failures.csv"


@dataclass(frozen=True, repr=False)
class Dataset:
    """A finished data set: its folder, its record (``dataset.json``) and its manifest's rows."""

    folder: Path
    record: Mapping[str, Any]
    rows: Sequence[Row]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Class -> split -> number of pictures."""
        return dict(self.record["counts"])

    @property
    def fingerprint(self) -> str:
        """Equal for equal pictures in equal folders."""
        return str(self.record["fingerprint"])

    def __repr__(self) -> str:
        counts = ", ".join(f"{name} {c['train']} + {c['val']}" for name, c in self.counts.items())
        return f"Dataset({str(self.folder)!r}: {counts})"

    def _repr_html_(self) -> str:
        lines = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{count['train']}</td><td>{count['val']}</td>"
            f"<td>{count['works']}</td></tr>"
            for name, count in self.counts.items()
        )
        return f"<table><tr><th>class</th><th>train</th><th>val</th><th>works</th></tr>{lines}</table>"


def read_catalogue(selection: Selection, folder: str | Path) -> Catalogue:
    """The catalogue of the selection's source; ``folder`` is the data set's.

    The built-in collection is painted first where it is not there yet. Raises download.PermissionNeeded for
    another host without permission, and download.ServerAway when no server answers.
    """
    found = sources.open_source(selection.source, selection.place(folder)).catalogue()
    if found.problems:
        first = "; ".join(str(problem) for problem in found.problems[:3])
        log.warning("%d lines of the catalogue were mended or left out: %s", len(found.problems), first)
    return found


def build(selection: Selection, folder: str | Path, catalogue: Catalogue | None = None) -> Dataset:
    """Collect the pictures and divide them into ``train/`` and ``val/`` in ``folder``.

    Does nothing when the folder holds the data set of the same selection. With another one ``train/`` and
    ``val/`` are replaced, and nothing is downloaded twice. Leaves ``manifest.csv``, ``failures.csv`` and
    ``dataset.json``. ``catalogue`` is the source's, where it has been read already. Raises what
    `read_catalogue`, `select` and `splits` raise.
    """
    folder = Path(folder).resolve()
    source = sources.open_source(selection.source, selection.place(folder))
    key = _key(selection, source)
    if (complete := load(folder, key)) is not None:
        return complete
    catalogue = catalogue or read_catalogue(selection, folder)
    classes = select(catalogue, selection.search_dicts, selection.suggested)
    parts = splits.given(classes)
    collector = Collector(source)
    try:
        if selection.everything:
            collector.bring(catalogue.artworks)
        chosen = _draw(collector, parts or {"": classes}, selection)
    finally:
        download.write_failures(folder / FAILURES, collector.failures.values())
    whole = {name: [work for each in chosen.values() for work in each[name]] for name in classes}
    pictures = splits.describe(whole, collector.paths, selection.concurrent)
    if parts:
        val = {work.file for works in chosen["val"].values() for work in works}
        splits.tell_of_shared_works(pictures, val)
    else:
        val = splits.split(pictures, selection.split, selection.val_share, selection.seed)
    rows = manifest.class_rows(source, pictures, val)
    _place(folder, rows, pictures, selection.conditions())
    if selection.everything:
        taken = {row["file"] for row in rows}
        others = manifest.other_rows(source, folder, catalogue, classes, collector.paths, taken)
        rows += [_settled(folder, row, selection.conditions()) for row in others]
    manifest.write(folder, rows)
    record = {
        "settings": key,
        "counts": manifest.counts(rows, pictures),
        "fingerprint": manifest.fingerprint(rows, pictures, selection.conditions()),
        "catalogue": {"artworks": len(catalogue.artworks), "problems": len(catalogue.problems)},
        "failures": len(collector.failures),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    files.write_json(folder / RECORD, record)
    return Dataset(folder, record, rows)


def _draw(collector: Collector, parts: Mapping[str, Classes], selection: Selection) -> dict[str, Classes]:
    """The drawn artworks of each part: of the one of a collection that is not divided, or of its two."""
    if len(parts) == 1:
        return {
            part: draw(collector, classes, selection.pictures_per_class, selection.seed)
            for part, classes in parts.items()
        }
    most = splits.most_of_each(parts, selection.pictures_per_class)
    return {
        part: draw(collector, classes, most[part], selection.seed, least=1) for part, classes in parts.items()
    }


def load(folder: str | Path, key: Mapping[str, Any] | None = None) -> Dataset | None:
    """The finished data set in a folder; None when there is none, or one with another ``key``."""
    folder = Path(folder)
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        rows = manifest.read(folder)
    except (OSError, ValueError):
        return None
    if key is not None and record["settings"] != key:
        return None
    if not all((folder / row["file"]).is_file() for row in rows):
        return None
    return Dataset(folder, record, rows)


def _key(selection: Selection, source: Source) -> dict[str, Any]:
    """All that the result depends on, as JSON gives it back."""
    return dict(json.loads(json.dumps({**selection.key(), "state": source.state()}, default=_plain)))


def _plain(value: Any) -> Any:
    """A set, a range or a number of NumPy's as JSON has it."""
    if isinstance(value, range):
        return f"{value}"
    return sorted(value, key=str) if isinstance(value, set | frozenset) else value.item()


def _place(
    folder: Path, rows: Sequence[Row], classes: Mapping[str, Sequence[Picture]], conditions: Conditions
) -> None:
    """Put the pictures into new train/ and val/ folders, by hard links where possible, and swap them in."""
    origins = {picture.artwork.file: picture.path for pictures in classes.values() for picture in pictures}
    (folder / RECORD).unlink(missing_ok=True)
    for part in ("train", "val"):
        shutil.rmtree(folder / f".{part}", ignore_errors=True)
        for name in classes:
            (folder / f".{part}" / name).mkdir(parents=True)
    for row in tqdm(rows, desc="placing", unit=" pictures", delay=1):
        _put(origins[Path(row["file"]).name], folder / f".{row['file']}", conditions)
    for part in ("train", "val"):
        shutil.rmtree(folder / part, ignore_errors=True)
        (folder / f".{part}").rename(folder / part)


def _put(origin: Path, target: Path, conditions: Conditions) -> None:
    """The picture itself; or, where only the data set's own conditions show it so, what that shows."""
    if not is_settled(origin, conditions):
        picture = Image.fromarray(images.read(origin, conditions=conditions))
        shrink = (picture.width * picture.height / (USUAL.megapixels * MEGA)) ** 0.5
        if shrink > 1:
            picture = picture.resize((int(picture.width / shrink), int(picture.height / shrink)))
        picture.save(target, "PNG")  # whatever its suffix: pictures are known by their content
        return
    try:
        os.link(origin, target)
    except OSError:
        shutil.copyfile(origin, target)


def _settled(folder: Path, row: Row, conditions: Conditions) -> Row:
    """The row of a picture of no class; what only these conditions show so is kept in ``others/``."""
    origin = folder / row["file"]
    if is_settled(origin, conditions):
        return row
    (folder / "others").mkdir(exist_ok=True)
    _put(origin, folder / "others" / origin.name, conditions)
    return row | {"file": f"others/{origin.name}"}


def conditions(folder: str | Path) -> Conditions:
    """How the picture files of a finished data set were read, for other pictures that shall be seen alike."""
    built = load(folder)
    chosen = built.record["settings"] if built else {}
    return Conditions(chosen.get("ground", USUAL.ground), chosen.get("megapixels", USUAL.megapixels))


def contact_sheet(dataset: Dataset, name: str, count: int = 12, seed: int = 0) -> images.Picture:
    """``count`` pictures of a class on one sheet, drawn by seed, each with artist, title and date."""
    rows = [row for row in dataset.rows if row["class"] == name and row["split"]]
    order = np.random.default_rng(seed).permutation(len(rows))[:count]
    drawn = [rows[index] for index in sorted(order)]
    pictures = [images.read(dataset.folder / row["file"]) for row in drawn]
    return images.contact_sheet(pictures, [caption(row) for row in drawn], columns=4, tile=240)
