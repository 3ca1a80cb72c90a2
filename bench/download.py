"""How fast pictures come in: a catalogue as long as the gallery's, and downloads from a slow local server.

The server takes 50 ms over every answer. At 16 requests at once no downloader can get more than
16 / 0.05 s = 320 a second. Client and server are two processes on the same two cores; every picture is
decoded before it counts.
Run: ``taskset -c 0,1 python -m bench.download``
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import images, machine
from image_machines.collection import download, server
from image_machines.collection.manners import Item, Manners
from image_machines.collection.sources import wga

LATENCY = 0.05  # seconds
CONCURRENT = 16
IDEAL = CONCURRENT / LATENCY
PICTURES = 1920  # six seconds at the ideal rate
BOUND = 0.8
REPEATS = 3
ROWS = 46_713


def results() -> list[dict[str, Any]]:
    """Measure, and return one row per number: name, value, bound, machine, versions."""
    rates = sorted(measure() for _ in range(REPEATS))
    versions = {name: version(name) for name in ("gevent", "requests", "pillow")}
    common = {
        "machine": f"{machine.described()}, server on the same cores",
        "versions": {"python": platform.python_version(), **versions},
    }
    rate = rates[len(rates) // 2]
    return [
        {
            "name": f"download, {CONCURRENT} at once, latency {LATENCY} s: share of {IDEAL:.0f}/s",
            "value": round(rate / IDEAL, 3),
            "bound": f">= {BOUND}",
            **common,
        },
        {
            "name": "download: pictures per second, each decoded (median of 3; lowest, highest)",
            "value": [round(rate), round(rates[0]), round(rates[-1])],
            "bound": f">= {BOUND * IDEAL:.0f}",
            **common,
        },
        {
            "name": f"catalogue of {ROWS:,} rows: seconds to read (best of 3)",
            "value": round(min(read_catalogue() for _ in range(3)), 2),
            "bound": "< 1",
            **common,
        },
    ]


def read_catalogue() -> float:
    """Seconds to read a catalogue with as many rows as the gallery's; every third row shows a detail."""
    lines = ["AUTHOR;BORN-DIED;TITLE;DATE;TECHNIQUE;LOCATION;URL;FORM;TYPE;SCHOOL;TIMEFRAME"]
    for number in range(ROWS):
        author, work, part = number // 30, number // 3, ("", " (detail)", " (detail 2)")[number % 3]
        url = f"https://www.wga.hu/html/p/painter{author}/{work:07d}{number % 3}.html"
        title = f"View of the Village with {work} Trees{part}"
        lines.append(
            f"PAINTER, Number {author};(b. 1600, Here, d. 1650, There);{title};c. 1630;"
            f"Oil on canvas, 50 x 70 cm;Museum of this, City;{url};painting;landscape;Dutch;1601-1650"
        )
    data = "\r\n".join(lines).encode("iso-8859-1")
    start = time.perf_counter()
    found = wga.parse(data)
    seconds = time.perf_counter() - start
    if len(found.artworks) != ROWS:
        raise RuntimeError(f"{len(found.artworks)} artworks of {ROWS} rows")
    return seconds


def measure() -> float:
    """Pictures per second over one download of `PICTURES` files of about 12 kB."""
    with tempfile.TemporaryDirectory() as scratch:
        root, target = Path(scratch, "site"), Path(scratch, "pictures")
        write_pictures(root)
        server = subprocess.Popen(
            [sys.executable, "-m", "bench.download", "serve", str(root)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            base = server.stdout.readline().strip()
            items = [Item(f"{base}/{n}.jpg", target / f"{n}.jpg") for n in range(PICTURES)]
            start = time.perf_counter()
            failures = download.fetch(items, Manners(concurrent=CONCURRENT))
            seconds = time.perf_counter() - start
        finally:
            server.kill()
            server.wait()
            if server.stdout is not None:
                server.stdout.close()
    if failures:
        raise RuntimeError(f"{len(failures)} of {PICTURES} downloads failed: {failures[0].reason}")
    return PICTURES / seconds


def write_pictures(folder: Path, distinct: int = 24) -> None:
    """Pictures of 224 x 180 px with the detail of a small painting, each under many names."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(distinct):
        coarse = images.resize_linear(rng.normal(0, 0.4, (23, 28, 3)).astype(np.float32), (180, 224))
        picture = images.to_picture(coarse + rng.normal(0, 0.04, coarse.shape))
        images.save(folder / f"{number}.jpg", picture, quality=90)
    for number in range(distinct, PICTURES):
        (folder / f"{number}.jpg").hardlink_to(folder / f"{number % distinct}.jpg")


def serve(folder: str) -> None:
    """Serve a folder, every answer held back by `LATENCY`; prints the address."""
    with server.serve(folder, latency=LATENCY) as base:
        print(base, flush=True)
        time.sleep(3600)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    else:
        print(json.dumps(results(), indent=2))
