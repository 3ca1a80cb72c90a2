"""The built-in collection: painted by the program, laid out as the Web Gallery of Art, on a local port.

``database/download/data_txt.zip`` holds the catalogue, ``art/<letter>/<author>/<name>.jpg`` the pictures;
``masks/`` beside them says which part of a picture is what. `serve` answers for it as the gallery would.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import multiprocessing
import os
import socket
import threading
import time
import zipfile
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from image_machines import files, images, machine
from image_machines.images import Picture
from image_machines.painter.brushwork import blur, dice
from image_machines.painter.works import KINDS, Work, check_kind, paint

__all__ = ["KINDS", "Work", "paint", "read_masks", "serve", "write_mirror"]

log = logging.getLogger(__name__)

HEADER = (
    "AUTHOR", "BORN-DIED", "TITLE", "DATE", "TECHNIQUE", "LOCATION",
    "URL", "FORM", "TYPE", "SCHOOL", "TIMEFRAME",
)  # fmt: skip
SITE = "https://www.wga.hu"
CATALOGUE = "database/download/data_txt.zip"
DETAILS_EVERY = 10  # of this many works of a class one is also shown in details
DETAILS = 2
DETAIL_SCALE = 1.7  # how much larger a work is painted that details are cut from


@dataclass(frozen=True)
class Entry:
    """One work of the mirror: its recipe, how many details go with it, whether it is a drawing."""

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
    Complete pictures of the same recipe are kept. ``processes`` None is one for each core, 1 none but this.
    """
    folder = Path(folder)
    entries = _entries(per_class, seed, size, kinds, without or {}, planted or {}, others)
    waiting = [entry for entry in entries if not _complete(folder, entry)]
    count = min(processes or machine.cores(), len(waiting))
    with tqdm(total=len(entries), initial=len(entries) - len(waiting), desc="painting", unit="work") as bar:
        if count > 1:
            _paint_with_processes(folder, waiting, count, bar)
        for entry in waiting:
            if not _complete(folder, entry):
                _paint_entry(folder, entry)
                bar.update()
    rows = sorted(row for entry in entries for row in _read_record(folder, entry)["rows"])
    _write_catalogue(folder / CATALOGUE, rows)
    return folder


def read_masks(folder: str | Path, url: str) -> dict[str, NDArray[np.bool_]]:
    """Read the masks of the picture that a catalogue URL stands for: part name -> bool (H, W)."""
    stem = Path(folder) / "masks" / Path(*Path(url.split("/html/", 1)[1]).with_suffix("").parts)
    legend = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
    with Image.open(stem.with_suffix(".png")) as opened:
        labels = np.asarray(opened)
    return {part: labels == number for part, number in legend.items()}


def _entries(
    per_class: int,
    seed: int,
    size: int,
    kinds: Collection[str],
    without: Mapping[str, Collection[str]],
    planted: Mapping[str, Collection[str]],
    others: int,
) -> list[Entry]:
    """The recipes of all works."""
    for kind in (*without, *planted):
        if kind not in kinds:
            raise ValueError(f"plants for {kind!r}, which is not painted here; choices: {', '.join(kinds)}")
    entries = []
    for kind in kinds:
        check_kind(kind)
        left, number = per_class, 0
        while left > 0:
            details = min(DETAILS, left - 1) if number % DETAILS_EVERY == DETAILS_EVERY - 1 else 0
            entries.append(
                Entry(
                    f"{kind[:5]}{number + 1:03d}", kind,
                    int(dice(seed, f"{kind} {number}").integers(2**31)), size,
                    tuple(sorted(without.get(kind, ()))), tuple(sorted(planted.get(kind, ()))), details,
                )
            )  # fmt: skip
            left, number = left - 1 - details, number + 1
    for number in range(others):
        kind = list(kinds)[number % len(kinds)]
        entries.append(
            Entry(f"drawi{number + 1:03d}", kind, int(dice(seed, f"drawing {number}").integers(2**31)), size,
                  drawing=True)
        )  # fmt: skip
    return entries


def _paint_with_processes(folder: Path, waiting: list[Entry], count: int, bar: Any) -> None:
    """Paint in ``count`` fresh processes; where they cannot start, say so and leave the rest undone."""
    # Spawned, not forked: the notebook's kernel has threads, and Windows and macOS know nothing else.
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(count, mp_context=context, initializer=_end_with_parent) as pool:
            tasks = [pool.submit(_paint_entry, folder, entry) for entry in waiting]
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


def _record(folder: Path, entry: Entry) -> Path:
    return folder / "masks" / "recipes" / f"{entry.name}.json"


def _read_record(folder: Path, entry: Entry) -> dict[str, Any]:
    return dict(json.loads(_record(folder, entry).read_text(encoding="utf-8")))


def _complete(folder: Path, entry: Entry) -> bool:
    """Whether the entry's pictures are there, painted after the same recipe; the record is written last."""
    try:
        record = _read_record(folder, entry)
    except (OSError, ValueError):
        return False
    same = record["recipe"] == json.loads(json.dumps(asdict(entry)))
    return same and all(_art(folder, row[6]).is_file() for row in record["rows"])


def _art(folder: Path, url: str) -> Path:
    """The picture's file for a catalogue URL."""
    return folder / "art" / Path(*Path(url.split("/html/", 1)[1]).with_suffix(".jpg").parts)


def _paint_entry(folder: Path, entry: Entry) -> None:
    """Paint one work and its details; write pictures, masks and, last, the record with the catalogue rows."""
    work = paint(entry.kind, entry.seed, entry.size, entry.without, entry.planted)
    picture = _as_drawing(work.picture) if entry.drawing else work.picture
    rows = [_write_picture(folder, entry, work, entry.name, picture, work.masks)]
    if entry.details:
        large = paint(entry.kind, entry.seed, round(entry.size * DETAIL_SCALE), entry.without, entry.planted)
        for number in range(entry.details):
            cut = _detail(large, entry, number)
            masks = {part: mask[cut] for part, mask in large.masks.items() if mask[cut].any()}
            name = f"{entry.name}{number + 1}"
            rows.append(_write_picture(folder, entry, work, name, large.picture[cut], masks, " (detail)"))
    files.write_json(_record(folder, entry), {"recipe": asdict(entry), "rows": rows})


def _detail(large: Work, entry: Entry, number: int) -> tuple[slice, slice]:
    """Cut a detail: the face first, where there is one; then the corners in turn."""
    rolls = dice(entry.seed, f"detail {number}")
    height, width = large.picture.shape[:2]
    tall = round(height / DETAIL_SCALE * float(rolls.uniform(0.8, 0.95)))
    wide = round(width / DETAIL_SCALE * float(rolls.uniform(0.8, 0.95)))
    down, right = float(rolls.uniform(0, 0.3)), float(rolls.uniform(0, 0.3))
    top = round((height - tall) * (down if number % 2 == 0 else 1 - down))
    left = round((width - wide) * (right if entry.seed % 2 == 0 else 1 - right))
    if "face" in large.masks and number == 0:
        rows, columns = np.nonzero(large.masks["face"])
        top = int(np.clip(rows.mean() - tall / 2, 0, height - tall))
        left = int(np.clip(columns.mean() - wide / 2, 0, width - wide))
    return slice(top, top + tall), slice(left, left + wide)


def _write_picture(
    folder: Path,
    entry: Entry,
    work: Work,
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
    if entry.drawing:
        technique, form, type_ = "Red chalk, drawn by a program", "graphics", "study"
        addition = " (drawing)"
    return [
        work.author, work.born_died, work.title + addition, work.date, technique, work.location,
        url, form, type_, work.school, work.timeframe,
    ]  # fmt: skip


def _as_drawing(picture: Picture) -> Picture:
    """Redraw a picture in red chalk on toned paper."""
    grey = picture.astype(np.float32) @ np.array([0.3, 0.59, 0.11], np.float32) / 255
    lines = np.clip((blur(grey, 4) - blur(grey, 1)) * 6, 0, 1)
    tone = np.clip(0.55 - blur(grey, 1), 0, 1) * 0.6
    chalk = np.clip(lines + tone, 0, 1)[..., None]
    paper, red = np.array([224, 206, 176], np.float32), np.array([128, 52, 34], np.float32)
    return (paper + (red - paper) * chalk).round().astype(np.uint8)


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


# The local port --------------------------------------------------------------------------------------------


class _Handler(SimpleHTTPRequestHandler):
    """Answers for files only, keeps connections open, waits the server's latency before each answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    server: _Server

    def do_GET(self) -> None:
        """Answer with a file, after the latency."""
        time.sleep(self.server.latency)
        super().do_GET()

    def list_directory(self, path: str | os.PathLike[str]) -> None:
        """Refuse: the gallery lists no folders."""
        self.send_error(404, "No such page")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log for those who look."""
        log.debug(format, *arguments)


class _Server(ThreadingHTTPServer):
    """A threaded server that closes its open connections when it stops."""

    request_queue_size = 128
    daemon_threads = True

    def __init__(self, folder: Path, latency: float, port: int) -> None:
        self.latency = latency
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), lambda *args: _Handler(*args, directory=str(folder)))

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection."""
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close and forget the connection."""
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what went wrong with a connection: mostly that the other side closed it."""
        log.debug("connection from %s ended", client_address, exc_info=True)


@contextmanager
def serve(folder: str | Path, latency: float = 0.0, port: int = 0) -> Iterator[str]:
    """Serve a mirror over HTTP on 127.0.0.1 while the block runs; yields its URL, "http://127.0.0.1:…".

    ``latency`` is how many seconds every answer is held back; ``port`` 0 takes a free one.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder} to serve")
    server = _Server(folder, latency, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        for connection in list(server.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        server.server_close()
        thread.join()
