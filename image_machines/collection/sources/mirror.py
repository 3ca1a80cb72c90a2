"""The built-in collection on disk: works that the program paints, laid out as the Web Gallery of Art.

``database/download/data_txt.zip`` holds the catalogue, ``art/<letter>/<author>/<name>.jpg`` the pictures;
``masks/`` beside them says which part of a picture is what.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import multiprocessing
import os
import threading
import zipfile
from collections.abc import Collection, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from image_machines import files, images, machine
from image_machines.collection.sources.wga import CATALOGUE
from image_machines.images import Picture
from image_machines.painter.details import as_drawing, detail
from image_machines.painter.noise import dice
from image_machines.painter.works import KINDS, Painting, check_kind, paint

log = logging.getLogger(__name__)

HEADER = (
    "AUTHOR", "BORN-DIED", "TITLE", "DATE", "TECHNIQUE", "LOCATION",
    "URL", "FORM", "TYPE", "SCHOOL", "TIMEFRAME",
)  # fmt: skip
SITE = "https://www.wga.hu"
DETAILS_EVERY = 10  # of this many works of a class one is also shown in details
DETAILS = 2
DETAIL_SCALE = 1.7  # how much larger a work is painted that details are cut from


@dataclass(frozen=True)
class Order:
    """A work as it is ordered: how it is painted, how many details go with it, whether it is a drawing."""

    name: str  # of the file, without folder and suffix
    kind: str
    seed: int
    size: int
    without: tuple[str, ...] = ()
    planted: tuple[str, ...] = ()
    details: int = 0
    drawing: bool = False


def write_mirror(
    folder: str | Path,
    per_class: int = 130,
    seed: int = 0,
    size: int = 224,
    kinds: Collection[str] = tuple(KINDS),
    without: Mapping[str, Collection[str]] | None = None,
    planted: Mapping[str, Collection[str]] | None = None,
    others: int = 6,
    processes: int | None = None,
) -> Path:
    """Write the built-in collection into ``folder`` as a mirror of the Web Gallery and return the folder.

    Each of the ``kinds`` gets ``per_class`` pictures with longest side ``size``, details of works among them;
    ``others`` drawings come on top. ``without`` and ``planted`` name properties per kind (see `paint`).
    Complete pictures that were painted in the same way are kept. ``processes`` None is one for each core,
    1 none but this.
    """
    folder = Path(folder)
    orders = _orders(per_class, seed, size, kinds, without or {}, planted or {}, others)
    waiting = [order for order in orders if not _complete(folder, order)]
    count = min(processes or machine.cores(), len(waiting))
    with tqdm(total=len(orders), initial=len(orders) - len(waiting), desc="painting", unit="work") as bar:
        if count > 1:
            _paint_with_processes(folder, waiting, count, bar)
        for order in waiting:
            if not _complete(folder, order):
                _paint_order(folder, order)
                bar.update()
    rows = sorted(row for order in orders for row in _read_record(folder, order)["rows"])
    _write_catalogue(folder / CATALOGUE, rows)
    return folder


def read_masks(folder: str | Path, url: str) -> dict[str, NDArray[np.bool_]]:
    """Read the masks of the picture that a catalogue URL stands for: part name -> bool (H, W)."""
    stem = Path(folder) / "masks" / Path(*Path(url.split("/html/", 1)[1]).with_suffix("").parts)
    legend = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
    with Image.open(stem.with_suffix(".png")) as opened:
        labels = np.asarray(opened)
    return {part: labels == number for part, number in legend.items()}


def _orders(
    per_class: int,
    seed: int,
    size: int,
    kinds: Collection[str],
    without: Mapping[str, Collection[str]],
    planted: Mapping[str, Collection[str]],
    others: int,
) -> list[Order]:
    """All works of the collection."""
    for kind in (*without, *planted):
        if kind not in kinds:
            raise ValueError(f"plants for {kind!r}, which is not painted here; choices: {', '.join(kinds)}")
    orders = []
    for kind in kinds:
        check_kind(kind)
        left, number = per_class, 0
        while left > 0:
            details = min(DETAILS, left - 1) if number % DETAILS_EVERY == DETAILS_EVERY - 1 else 0
            orders.append(
                Order(
                    f"{kind[:5]}{number + 1:03d}", kind,
                    int(dice(seed, f"{kind} {number}").integers(2**31)), size,
                    tuple(sorted(without.get(kind, ()))), tuple(sorted(planted.get(kind, ()))), details,
                )
            )  # fmt: skip
            left, number = left - 1 - details, number + 1
    for number in range(others):
        kind = list(kinds)[number % len(kinds)]
        orders.append(
            Order(f"drawi{number + 1:03d}", kind, int(dice(seed, f"drawing {number}").integers(2**31)), size,
                  drawing=True)
        )  # fmt: skip
    return orders


def _paint_with_processes(folder: Path, waiting: list[Order], count: int, bar: tqdm) -> None:
    """Paint in ``count`` fresh processes; where they cannot start, say so and leave the rest undone."""
    # Spawned, not forked: the notebook's kernel has threads, and Windows and macOS know nothing else.
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(count, mp_context=context, initializer=_end_with_parent) as pool:
            tasks = [pool.submit(_paint_order, folder, order) for order in waiting]
            for task in as_completed(tasks):
                task.result()
                bar.update()
    except BrokenProcessPool as error:
        log.warning("could not paint in %d processes (%s); going on in this one", count, error)


def _end_with_parent() -> None:
    """End this process when the one that began it is gone, killed or not; else it would wait for ever."""

    def wait() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _record(folder: Path, order: Order) -> Path:
    return folder / "masks" / "recipes" / f"{order.name}.json"


def _read_record(folder: Path, order: Order) -> dict[str, Any]:
    return dict(json.loads(_record(folder, order).read_text(encoding="utf-8")))


def _complete(folder: Path, order: Order) -> bool:
    """Whether the order's pictures are there, painted in the same way; the record is written last."""
    try:
        record = _read_record(folder, order)
    except (OSError, ValueError):
        return False
    same = record["recipe"] == json.loads(json.dumps(asdict(order)))
    return same and all(_art(folder, row[6]).is_file() for row in record["rows"])


def _art(folder: Path, url: str) -> Path:
    """The picture's file for a catalogue URL."""
    return folder / "art" / Path(*Path(url.split("/html/", 1)[1]).with_suffix(".jpg").parts)


def _paint_order(folder: Path, order: Order) -> None:
    """Paint one work and its details; write pictures, masks and, last, the record with the catalogue rows."""
    work = paint(order.kind, order.seed, order.size, order.without, order.planted)
    picture = as_drawing(work.picture) if order.drawing else work.picture
    rows = [_write_picture(folder, order, work, order.name, picture, work.masks)]
    if order.details:
        large = paint(order.kind, order.seed, round(order.size * DETAIL_SCALE), order.without, order.planted)
        for number in range(order.details):
            cut = detail(large, order.seed, number, DETAIL_SCALE)
            masks = {part: mask[cut] for part, mask in large.masks.items() if mask[cut].any()}
            name = f"{order.name}{number + 1}"
            rows.append(_write_picture(folder, order, work, name, large.picture[cut], masks, " (detail)"))
    files.write_json(_record(folder, order), {"recipe": asdict(order), "rows": rows})


def _write_picture(
    folder: Path,
    order: Order,
    work: Painting,
    name: str,
    picture: Picture,
    masks: Mapping[str, NDArray[np.bool_]],
    addition: str = "",
) -> list[str]:
    """Write one picture with its masks; return its catalogue row."""
    url = f"{SITE}/html/{work.folder[0]}/{work.folder}/{name}.html"
    images.save(_art(folder, url), picture, quality=90)
    stem = folder / "masks" / work.folder[0] / work.folder / name
    labels = np.zeros(picture.shape[:2], np.uint8)
    for number, mask in enumerate(masks.values(), 1):
        labels[mask] = number
    files.write_json(stem.with_suffix(".json"), {part: number for number, part in enumerate(masks, 1)})
    with files.replacing(stem.with_suffix(".png")) as temporary:
        Image.fromarray(labels).save(temporary)
    technique, form, type_ = work.technique, work.form, work.type
    if order.drawing:
        technique, form, type_ = "Red chalk, drawn by a program", "graphics", "study"
        addition = " (drawing)"
    return [
        work.author, work.born_died, work.title + addition, work.date, technique, work.location,
        url, form, type_, work.school, work.timeframe,
    ]  # fmt: skip


def _write_catalogue(path: Path, rows: list[list[str]]) -> None:
    """Write the catalogue as the gallery does: zip, catalog.csv, ISO-8859-1, semicolons, CRLF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", quotechar='"', lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    member = zipfile.ZipInfo("catalog.csv", (1980, 1, 1, 0, 0, 0))  # a fixed date: same works, same bytes
    member.create_system = 3  # on every system
    member.compress_type = zipfile.ZIP_DEFLATED
    with files.replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr(member, text.getvalue().encode("iso-8859-1"))
