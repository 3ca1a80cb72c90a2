"""The manifest: what is known of every picture of a data set, as rows of ``manifest.csv``."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from image_machines import files
from image_machines.collection import artworks
from image_machines.collection.artworks import Artwork, Catalogue
from image_machines.collection.classes import Classes
from image_machines.collection.sources import Paths, Source
from image_machines.collection.splits import Picture
from image_machines.decoding import USUAL, Conditions

MANIFEST = "manifest.csv"
COLUMNS = ("file", "class", "split", "work", "source", *artworks.COLUMNS)

Row = dict[str, str]


def class_rows(source: Source, classes: Mapping[str, Sequence[Picture]], val: set[str]) -> list[Row]:
    """The manifest's rows for the pictures of the classes."""
    rows = []
    for name, pictures in classes.items():
        for picture in pictures:
            part = "val" if picture.artwork.file in val else "train"
            file = f"{part}/{name}/{picture.artwork.file}"
            rows.append(_row(source, picture.artwork, file, name, part) | {"work": picture.work})
    return sorted(rows, key=lambda row: row["file"])


def _row(source: Source, artwork: Artwork, file: str, name: str, part: str) -> Row:
    own = {"file": file, "class": name, "split": part, "work": artwork.work, "source": source.origin(artwork)}
    return {**{column: "" for column in COLUMNS}, **artwork.values, **own}


def other_rows(
    source: Source,
    folder: Path,
    catalogue: Catalogue,
    classes: Classes,
    paths: Paths,
    taken: set[str],
) -> list[Row]:
    """Rows, without a split, for pictures that were fetched but lie in no class's folder."""
    names = {work.file: name for name, works in classes.items() for work in works}
    used = {Path(file).name for file in taken}
    return [
        _row(source, work, os.path.relpath(paths[work.file], folder), names.get(work.file, ""), "")
        for work in catalogue.artworks
        if work.file in paths and work.file not in used
    ]


def counts(
    rows: Sequence[Mapping[str, str]], classes: Mapping[str, Sequence[Picture]]
) -> dict[str, dict[str, int]]:
    parts = Counter((row["class"], row["split"]) for row in rows)
    return {
        name: {
            "train": parts[name, "train"],
            "val": parts[name, "val"],
            "works": len({picture.work for picture in pictures}),
        }
        for name, pictures in classes.items()
    }


def fingerprint(
    rows: Sequence[Mapping[str, str]], classes: Mapping[str, Sequence[Picture]], conditions: Conditions
) -> str:
    """Equal for equal pictures, read alike, in equal folders."""
    digests = {picture.artwork.file: picture.digest for pictures in classes.values() for picture in pictures}
    lines = [f"{row['file']} {digests[Path(row['file']).name]}" for row in rows if row["split"]]
    lines += [] if conditions.ground == USUAL.ground else [f"on {conditions.ground}"]
    return "sha256:" + hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def write(folder: Path, rows: Sequence[Mapping[str, str]]) -> None:
    columns = list(dict.fromkeys([*COLUMNS, *(column for row in rows[:1] for column in row)]))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    files.write_text(folder / MANIFEST, text.getvalue())


def read(folder: str | Path) -> list[Row]:
    """The rows of a data set's manifest, as dicts; ``file`` is a path below ``folder``.

    Columns: file, class, split ("train", "val", "" for others), work, source, then the catalogue's.
    """
    with (Path(folder) / MANIFEST).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
