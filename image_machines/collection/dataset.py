"""From a source to a data set: classes of equal size in ``train/<class>/`` and ``val/<class>/``.

Artworks are selected by what the catalogue says, then only those pictures are downloaded that the classes
need. ``manifest.csv`` keeps what the catalogue says of each picture; ``dataset.json`` keeps the settings and
a fingerprint of the pictures, so that the same settings again do nothing.
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import logging
import os
import shutil
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from image_machines import files, images
from image_machines.collection import catalog, download, sources
from image_machines.collection.catalog import Artwork, Catalogue
from image_machines.collection.download import Failure, Manners
from image_machines.collection.sources import Source

log = logging.getLogger(__name__)

SPLITS = ("by-work", "random")
COLUMNS = ("file", "class", "split", "work", "source", *catalog.COLUMNS)
RECORD, MANIFEST, FAILURES = "dataset.json", "manifest.csv", "failures.csv"
CONDUCT = ("permission", "concurrent", "requests_per_second", "contact")  # change nothing in the result

Classes = dict[str, list[Artwork]]


@dataclass(frozen=True)
class Settings:
    """What to collect, from where, and how to divide it."""

    source: str = sources.BUILT_IN  # see sources.open_source
    search_dicts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # class -> {column: value}
    everything: bool = False  # download all pictures of the catalogue, not only those of the classes
    split: str = "by-work"  # "by-work": a work's details stay on one side; "random": as in the 2018 paper
    val_share: float = 0.1  # part of each class that is kept for validation
    pictures_per_class: int | None = None  # at most; None: as many as the smallest class has
    seed: int = 0  # of the choice and of the split
    permission: bool = False  # the owner of a host other than this machine has permitted the download
    concurrent: int = 8  # requests at once
    requests_per_second: float | None = None  # None: 8 to other hosts, as fast as it goes to this machine
    contact: str = ""  # an address that the User-Agent names
    built_in: Mapping[str, Any] = field(default_factory=dict)  # settings of gallery.write_mirror

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            raise ValueError(f"no split {self.split!r}; choices: {', '.join(SPLITS)}")
        if not 0 < self.val_share < 1:
            raise ValueError(f"val_share must lie between 0 and 1, not {self.val_share}")
        if self.pictures_per_class is not None and self.pictures_per_class < 2:
            raise ValueError(f"pictures_per_class must be at least 2, not {self.pictures_per_class}")

    @classmethod
    def of(cls, values: Any) -> Settings:
        """Settings from the attributes of another object, such as a notebook's; None means the default."""
        names = [item.name for item in fields(cls)]
        given = {name: getattr(values, name) for name in names if getattr(values, name, None) is not None}
        return cls(**given)

    def manners(self) -> Manners:
        """How to behave towards the server."""
        return Manners(**{name: getattr(self, name) for name in CONDUCT})


@dataclass(frozen=True)
class Picture:
    """An artwork of a class and its file."""

    artwork: Artwork
    path: Path
    digest: str  # SHA-256 of the file's bytes
    work: str


@dataclass(frozen=True, repr=False)
class Dataset:
    """A finished data set: its folder, its record (``dataset.json``) and its manifest's rows."""

    folder: Path
    record: Mapping[str, Any]
    rows: Sequence[Mapping[str, str]]

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


# ----------------------------------------------------------------------------------------------- choosing


def read_catalogue(settings: Settings, folder: str | Path) -> Catalogue:
    """The catalogue of the settings' source; ``folder`` is the data set's.

    The built-in collection is painted first where it is not there yet. Raises download.PermissionNeeded for
    another host without permission, and download.ServerAway when no server answers.
    """
    found = _source(settings, folder).catalogue()
    if found.problems:
        first = "; ".join(str(problem) for problem in found.problems[:3])
        log.warning("%d lines of the catalogue were mended or left out: %s", len(found.problems), first)
    return found


def select(catalogue: Catalogue, search_dicts: Mapping[str, Mapping[str, Any]] | None = None) -> Classes:
    """The artworks of each class, in the catalogue's order.

    A class is a query (see catalog.query). A collection that names classes itself, in subfolders or in a
    column ``class`` (or ``label``, ``category``), needs no queries; they hold there only where it has all the
    columns that they ask for. Artworks that several classes claim belong to none. Raises ValueError for fewer
    than two classes, a class without artworks, and names that cannot be folders.
    """
    wanted = {catalog.normal_column(column) for query in (search_dicts or {}).values() for column in query}
    if search_dicts and (wanted <= set(catalogue.columns) or "class" not in catalogue.columns):
        classes = {name: catalog.query(catalogue, query) for name, query in search_dicts.items()}
    elif "class" in catalogue.columns:
        if search_dicts:
            log.info("search_dicts is not used: the collection names its classes itself")
        classes = _named_classes(catalogue)
    else:
        raise ValueError(
            f"search_dicts must say what the classes are; columns: {', '.join(catalogue.columns)}"
        )
    _check_names(classes)
    return _without_shared(classes)


def _named_classes(catalogue: Catalogue) -> Classes:
    classes: Classes = defaultdict(list)
    for artwork in catalogue.artworks:
        if name := artwork.values["class"]:
            classes[name].append(artwork)
    return dict(sorted(classes.items()))


def _check_names(classes: Classes) -> None:
    if len(classes) < 2:
        raise ValueError(f"a network needs at least two classes to tell apart, not {list(classes)}")
    for name in classes:
        if catalog.safe_name(f"{name}.jpg") != f"{name}.jpg":
            raise ValueError(f"class {name!r} cannot be the name of a folder on every system")
    if len({name.casefold() for name in classes}) < len(classes):
        raise ValueError(f"class names must differ in more than case: {', '.join(classes)}")


def _without_shared(classes: Classes) -> Classes:
    claims = Counter(artwork.file for artworks in classes.values() for artwork in artworks)
    shared = sum(count > 1 for count in claims.values())
    if not shared:
        return classes
    log.warning("%d artworks belong to several classes and are left out", shared)
    kept = {name: [work for work in works if claims[work.file] == 1] for name, works in classes.items()}
    for name, works in kept.items():
        if not works:
            raise ValueError(f"class {name!r} has no artwork of its own: other classes claim them all")
    return kept


def _source(settings: Settings, folder: str | Path) -> Source:
    return sources.open_source(settings.source, folder, settings.manners(), settings.built_in)


# --------------------------------------------------------------------------------------------- collecting


class _Collector:
    """Brings pictures here, and remembers what failed."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.paths: sources.Paths = {}
        self.failures: dict[str, Failure] = {}

    def bring(self, artworks: Sequence[Artwork]) -> None:
        """Fetch the pictures of those artworks that were not tried before."""
        new = [work for work in artworks if work.file not in self.paths and work.file not in self.failures]
        if not new:
            return
        paths, failures = self.source.fetch(new)
        reasons = {failure.url: failure for failure in failures}
        self.paths |= paths
        for work in new:
            if work.file not in paths:
                self.failures[work.file] = reasons.get(self.source.origin(work)) or failures[0]

    def good(self, artworks: Sequence[Artwork]) -> list[Artwork]:
        return [work for work in artworks if work.file in self.paths]


def _draw(collector: _Collector, classes: Classes, most: int | None, seed: int) -> Classes:
    """Draw equally many artworks for each class and fetch their pictures; what fails is drawn anew.

    The order in which a class is drawn depends on its artworks, its name and the seed alone, so the same
    failures give the same choice.
    """
    orders = {name: _shuffled(works, name, seed) for name, works in classes.items()}
    size = min([len(order) for order in orders.values()] + ([most] if most else []))
    while True:
        missing: list[Artwork] = []
        tried = collector.paths.keys() | collector.failures.keys()
        for order in orders.values():
            good = len(collector.good(order))
            missing += [work for work in order if work.file not in tried][: max(0, size - good)]
        if not missing:
            break
        collector.bring(missing)
        size = min(size, *(_reachable(collector, order) for order in orders.values()))
    for name, order in orders.items():
        if len(collector.good(order)) < 2:
            raise ValueError(_too_few(name, order, collector))
    if most and size < most:
        smallest = min(orders, key=lambda name: len(orders[name]))
        log.info("every class gets %d pictures, not %d: %s has no more", size, most, smallest)
    return {name: collector.good(order)[:size] for name, order in orders.items()}


def _reachable(collector: _Collector, order: Sequence[Artwork]) -> int:
    return sum(work.file not in collector.failures for work in order)


def _shuffled(artworks: Sequence[Artwork], name: str, seed: int) -> list[Artwork]:
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return [artworks[index] for index in rng.permutation(len(artworks))]


def _too_few(name: str, order: Sequence[Artwork], collector: _Collector) -> str:
    failed = [collector.failures[work.file] for work in order if work.file in collector.failures]
    why = f"; {len(failed)} failed, the first: {failed[0].url}: {failed[0].reason}" if failed else ""
    good = len(collector.good(order))
    return f"class {name!r} has {good} pictures that can be read, and needs at least 2{why}"


# ---------------------------------------------------------------------------------------------- splitting


def split(
    classes: Mapping[str, Sequence[Picture]], how: str = "by-work", val_share: float = 0.1, seed: int = 0
) -> set[str]:
    """Choose the pictures for validation: the file names of ``val_share`` of each class, at least one.

    "by-work" takes whole works, over all classes, in random order, as long as they fit into what the classes
    still lack; so no work lies on both sides. "random" takes any pictures, as the 2018 paper does. Raises
    ValueError when a class's works are too large to leave some pictures on both sides.
    """
    rng = np.random.default_rng(seed)
    lack = {name: max(1, round(len(pictures) * val_share)) for name, pictures in classes.items()}
    works: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for name, pictures in classes.items():
        for picture in pictures:
            key = (picture.work,) if how == "by-work" else (name, picture.artwork.file)
            works[key].append((name, picture.artwork.file))
    chosen: set[str] = set()
    groups = list(works.values())
    for index in rng.permutation(len(groups)):
        sizes = Counter(name for name, _ in groups[index])
        if all(size <= lack[name] for name, size in sizes.items()):
            chosen.update(file for _, file in groups[index])
            for name, size in sizes.items():
                lack[name] -= size
    for name, pictures in classes.items():
        count = sum(picture.artwork.file in chosen for picture in pictures)
        if count in (0, len(pictures)):
            raise ValueError(
                f"class {name!r} cannot be split by work: its {len(pictures)} pictures show too few works; "
                f'take more pictures, a larger val_share, or split="random"'
            )
    return chosen


def describe(chosen: Classes, paths: sources.Paths, concurrent: int = 4) -> dict[str, list[Picture]]:
    """Add to each chosen artwork its file's hash; files with the same bytes show the same work."""
    every = [work for works in chosen.values() for work in works]
    hashes = download.in_threads(lambda work: _digest(paths[work.file]), every, concurrent, "fingerprints")
    digests = {work.file: digest for work, digest in zip(every, hashes, strict=True)}
    same = catalog.connected([(f"work {work.work}", digests[work.file]) for work in every])
    works = {work.file: every[first].work for work, first in zip(every, same, strict=True)}
    return {
        name: [Picture(work, paths[work.file], digests[work.file], works[work.file]) for work in artworks]
        for name, artworks in chosen.items()
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ----------------------------------------------------------------------------------------------- building


def build(settings: Settings, folder: str | Path, catalogue: Catalogue | None = None) -> Dataset:
    """Collect the pictures and divide them into ``train/`` and ``val/`` in ``folder``.

    Does nothing when the folder holds the data set of the same settings. With other settings ``train/`` and
    ``val/`` are replaced, and nothing is downloaded twice. Leaves ``manifest.csv``, ``failures.csv`` and
    ``dataset.json``. ``catalogue`` is the source's, where it has been read already. Raises what
    `read_catalogue`, `select` and `split` raise.
    """
    folder = Path(folder).resolve()
    source = _source(settings, folder)
    key = _key(settings, source)
    if (complete := load(folder, key)) is not None:
        return complete
    catalogue = catalogue or read_catalogue(settings, folder)
    classes = select(catalogue, settings.search_dicts)
    collector = _Collector(source)
    try:
        if settings.everything:
            collector.bring(catalogue.artworks)
        chosen = _draw(collector, classes, settings.pictures_per_class, settings.seed)
    finally:
        download.write_failures(folder / FAILURES, collector.failures.values())
    pictures = describe(chosen, collector.paths, settings.concurrent)
    val = split(pictures, settings.split, settings.val_share, settings.seed)
    rows = _rows(source, pictures, val)
    _place(folder, rows, pictures)
    if settings.everything:
        rows += _other_rows(
            source, folder, catalogue, classes, collector.paths, {row["file"] for row in rows}
        )
    _write_manifest(folder / MANIFEST, rows)
    record = {
        "settings": key,
        "counts": _counts(rows, pictures),
        "fingerprint": _fingerprint(rows, pictures),
        "catalogue": {"artworks": len(catalogue.artworks), "problems": len(catalogue.problems)},
        "failures": len(collector.failures),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    files.write_json(folder / RECORD, record)
    return Dataset(folder, record, rows)


def load(folder: str | Path, key: Mapping[str, Any] | None = None) -> Dataset | None:
    """The finished data set in a folder; None when there is none, or one of other settings than ``key``."""
    folder = Path(folder)
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        rows = read_manifest(folder)
    except (OSError, ValueError):
        return None
    if key is not None and record["settings"] != key:
        return None
    if not all((folder / row["file"]).is_file() for row in rows):
        return None
    return Dataset(folder, record, rows)


def _key(settings: Settings, source: Source) -> dict[str, Any]:
    """All that the result depends on, as JSON gives it back."""
    values = {name: value for name, value in asdict(settings).items() if name not in CONDUCT}
    return dict(json.loads(json.dumps({**values, "state": source.state()})))


def _rows(source: Source, classes: Mapping[str, Sequence[Picture]], val: set[str]) -> list[dict[str, str]]:
    """The manifest's rows for the pictures of the classes."""
    rows = []
    for name, pictures in classes.items():
        for picture in pictures:
            part = "val" if picture.artwork.file in val else "train"
            file = f"{part}/{name}/{picture.artwork.file}"
            rows.append(_row(source, picture.artwork, file, name, part) | {"work": picture.work})
    return sorted(rows, key=lambda row: row["file"])


def _row(source: Source, artwork: Artwork, file: str, name: str, part: str) -> dict[str, str]:
    own = {"file": file, "class": name, "split": part, "work": artwork.work, "source": source.origin(artwork)}
    return {**{column: "" for column in COLUMNS}, **artwork.values, **own}


def _other_rows(
    source: Source,
    folder: Path,
    catalogue: Catalogue,
    classes: Classes,
    paths: sources.Paths,
    taken: set[str],
) -> list[dict[str, str]]:
    """Rows, without a split, for pictures that were fetched but lie in no class's folder."""
    names = {work.file: name for name, works in classes.items() for work in works}
    used = {Path(file).name for file in taken}
    return [
        _row(source, work, os.path.relpath(paths[work.file], folder), names.get(work.file, ""), "")
        for work in catalogue.artworks
        if work.file in paths and work.file not in used
    ]


def _place(folder: Path, rows: Sequence[Mapping[str, str]], classes: Mapping[str, Sequence[Picture]]) -> None:
    """Put the pictures into new train/ and val/ folders, by hard links where possible, and swap them in."""
    origins = {picture.artwork.file: picture.path for pictures in classes.values() for picture in pictures}
    (folder / RECORD).unlink(missing_ok=True)
    for part in ("train", "val"):
        shutil.rmtree(folder / f".{part}", ignore_errors=True)
        for name in classes:
            (folder / f".{part}" / name).mkdir(parents=True)
    for row in tqdm(rows, desc="placing", unit=" pictures", delay=1):
        _link(origins[Path(row["file"]).name], folder / f".{row['file']}")
    for part in ("train", "val"):
        shutil.rmtree(folder / part, ignore_errors=True)
        (folder / f".{part}").rename(folder / part)


def _link(origin: Path, target: Path) -> None:
    try:
        os.link(origin, target)
    except OSError:
        shutil.copyfile(origin, target)


def _counts(
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


def _fingerprint(rows: Sequence[Mapping[str, str]], classes: Mapping[str, Sequence[Picture]]) -> str:
    digests = {picture.artwork.file: picture.digest for pictures in classes.values() for picture in pictures}
    lines = [f"{row['file']} {digests[Path(row['file']).name]}" for row in rows if row["split"]]
    return "sha256:" + hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _write_manifest(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    columns = list(dict.fromkeys([*COLUMNS, *(column for row in rows[:1] for column in row)]))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    files.write_text(path, text.getvalue())


# ------------------------------------------------------------------------------------------------ reading


def read_manifest(folder: str | Path) -> list[dict[str, str]]:
    """The rows of a data set's manifest, as dicts; ``file`` is a path below ``folder``.

    Columns: file, class, split ("train", "val", "" for others), work, source, then the catalogue's.
    """
    with (Path(folder) / MANIFEST).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contact_sheet(dataset: Dataset, name: str, count: int = 12, seed: int = 0) -> images.Picture:
    """``count`` pictures of a class on one sheet, drawn by seed, each with artist, title and date."""
    rows = [row for row in dataset.rows if row["class"] == name and row["split"]]
    order = np.random.default_rng(seed).permutation(len(rows))[:count]
    drawn = [rows[index] for index in sorted(order)]
    pictures = [images.read(dataset.folder / row["file"]) for row in drawn]
    return images.contact_sheet(pictures, [catalog.caption(row) for row in drawn], columns=4, tile=240)
