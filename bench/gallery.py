"""How soon the page shows its first picture from disk, and how smoothly it scrolls, in Chromium.

A gallery of 5,000 images and a layer of 2,048 neurons, both opened from disk, without a service. The pictures
are those of the repository, each under many names. The first picture is there when it has been decoded; a
frame's time is the browser's own (requestAnimationFrame): drawing, decoding and painting all count.
Run: ``python -m bench gallery``
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import files, images, machine

ROOT = Path(__file__).resolve().parent.parent
IMAGES, NEURONS = 5000, 2048
SIDE = 301  # pixels of a picture
FRAMES, STEP = 240, 60  # of a ride, and pixels between two
OPENINGS = 5
WATCH = """
localStorage.setItem("image-machines-opening", "closed");
const look = () => {
  const there = document.querySelector("main img[data-seen]");
  if (there) window.firstPicture = performance.now(); else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
RIDE = """([frames, step]) => new Promise((done) => {
  const stamps = [];
  const next = (now) => {
    stamps.push(now);
    scrollBy(0, step);
    if (stamps.length < frames) requestAnimationFrame(next); else done(stamps);
  };
  requestAnimationFrame(next);
})"""


def results() -> list[dict[str, Any]]:
    """Measure, and return one row per number: name, value, bound, machine, versions."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = written(Path(folder)).as_uri()
        rows = [
            *_rows(browser, f"{page}#view=gallery", f"gallery of {IMAGES:,} images from disk"),
            *_rows(
                browser, f"{page}#view=layers&model=net&layer=last", f"layer of {NEURONS:,} neurons from disk"
            ),
        ]
        common = {"machine": machine.described(), "versions": {"chromium": browser.version}}
        browser.close()
    return [row | common for row in rows]


def written(folder: Path) -> Path:
    """The page beside so many images, of which one layer's are a part."""
    shutil.copy(ROOT / "interface.html", folder)
    sources = sorted((ROOT / "images").glob("*/*/*.jpg"))
    for number, source in enumerate(sources):
        images.save(folder / "pictures" / f"{number}.jpg", images.read(source, (SIDE, SIDE)))
    entries = []
    (folder / "images").mkdir()
    for number in range(IMAGES):
        os.link(folder / "pictures" / f"{number % len(sources)}.jpg", folder / "images" / f"{number}.jpg")
        entries.append(_entry(*(("last", number) if number < NEURONS else ("first", number - NEURONS))))
        entries[-1] |= {"id": f"x{number}", "image": f"images/{number}.jpg"}
    files.write_text(folder / "images" / "index.js", f"window.IMAGES = {json.dumps({'images': entries})};\n")
    return folder / "interface.html"


def _entry(layer: str, neuron: int) -> dict[str, Any]:
    """What the list says of an image."""
    made = {"model": "net", "octave": 4, "size": SIDE, "preset": "quick", "seed": 0, "settings": {}}
    said = {
        "class_name": None,
        "activation": 1.5,
        "seconds": 4.2,
        "check": None,
        "jury": None,
        "control": None,
    }
    place = {"layer": layer, "neuron": neuron, "title": f"{layer}, neuron {neuron} of {NEURONS}"}
    return made | said | place | {"date": "2026-01-01T00:00:00+00:00", "warnings": []}


def _rows(browser: Any, address: str, name: str) -> list[dict[str, Any]]:
    """The median of several openings, then a ride through what was opened last."""
    firsts, gaps = [], np.empty(0)
    for opening in range(OPENINGS):
        window = browser.new_page(viewport={"width": 1280, "height": 800})
        window.add_init_script(WATCH)
        window.goto(address)
        window.wait_for_function("window.firstPicture")
        firsts.append(window.evaluate("window.firstPicture") / 1000)
        if opening == OPENINGS - 1:
            gaps = np.diff(window.evaluate(RIDE, [FRAMES, STEP]))
        window.close()
    frames = [round(1000 / float(gaps.mean()), 1), f"longest gap {float(gaps.max()):.0f} ms"]
    return [
        {"name": f"{name}: seconds to the first picture", "value": _told(firsts), "bound": "<= 1"},
        {"name": f"{name}: frames a second while scrolling", "value": frames, "bound": ">= 59"},
    ]


def _told(values: list[float]) -> list[float]:
    """The median, then the quickest and the slowest."""
    return [round(value, 3) for value in (statistics.median(values), min(values), max(values))]
