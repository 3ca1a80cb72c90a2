"""Frames per second of a map's page in Chromium, from disk, with as many pictures as asked for.

    python -m bench.maps --pictures 5000
    python -m bench.maps --page runs/demo/map/index.html

In every frame the view moves in a circle while it zooms from the whole map to twelve times as near and back;
the time between frames is the browser's own (requestAnimationFrame): drawing, decoding and painting all
count. Writes ``bench/maps.json``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import files, images
from image_machines.atlas.maps import page
from image_machines.atlas.maps.gathering import Gathered
from image_machines.atlas.maps.page import Map

FILE = Path(__file__).with_name("maps.json")
FRAMES = 240
RIDE = """(frames) => new Promise((done) => {
  show();
  const fit = state.fit, width = canvas.clientWidth, height = canvas.clientHeight, stamps = [], spent = [];
  const step = (now) => {
    const turn = 2 * Math.PI * stamps.length / frames, began = performance.now();
    zoomTo(fit * (1 + 5.5 * (1 - Math.cos(turn))), width / 2, height / 2,
      [0.5 + 0.25 * Math.cos(turn), 0.4 + 0.25 * Math.sin(turn)]);
    drawNow();
    spent.push(performance.now() - began);
    stamps.push(now);
    if (stamps.length < frames) requestAnimationFrame(step); else done([stamps, spent]);
  };
  requestAnimationFrame(step);
})"""


def main() -> None:
    """Write a page where none is named, ride over it, keep the numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench.maps", description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=5000)
    parser.add_argument("--page", type=Path, help="a page that there is already")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shown = given.page or written(given.pictures, Path(folder))
        row = measured(shown.resolve())
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    kept = [each for each in kept if each["pictures"] != row["pictures"]] + [row]
    files.write_json(FILE, sorted(kept, key=lambda each: each["pictures"]))
    print(json.dumps(row, indent=2))


def written(count: int, folder: Path) -> Path:
    """A page of pictures of noise, as hard to pack as paintings, in thirty heaps."""
    random = np.random.default_rng(0)
    tones = random.integers(0, 255, (count, 12, 9, 3), dtype=np.uint8)
    for number, tone in enumerate(tones):
        picture = np.kron(tone, np.ones((10, 10, 1), np.uint8))
        images.save(folder / "pictures" / f"{number}.jpg", picture, quality=70)
    records = [{"file": f"{number}.jpg", "title": f"Noise {number}"} for number in range(count)]
    positions = random.normal(random.uniform(0, 20, (30, 2))[random.integers(0, 30, count)], 0.7)
    return page.write(
        Map("Noise", "", Gathered(folder / "pictures", records), positions, []), folder / "page"
    )


def measured(shown: Path) -> dict[str, Any]:
    """The second of two rides: by then the tiles are there."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        window = browser.new_page(viewport={"width": 1280, "height": 800})
        began = time.perf_counter()
        window.goto(shown.as_uri())
        window.wait_for_function("loaded.size > 0 && !waiting")
        first = time.perf_counter() - began
        rides = [window.evaluate(RIDE, FRAMES) for _ in range(2)]
        pictures, version = window.evaluate("works.length"), browser.version
        browser.close()
    return {"pictures": pictures, "chromium": version, "first_view_seconds": round(first, 2)} | {
        when: _summary(*ride) for when, ride in zip(("tiles_arriving", "tiles_there"), rides, strict=True)
    }


def _summary(stamps: list[float], spent: list[float]) -> dict[str, float]:
    gaps = np.diff(stamps)
    return {
        "frames_per_second": round(1000 / float(gaps.mean()), 1),
        "share_within_17_ms": round(float((gaps < 17.5).mean()), 3),
        "longest_gap_ms": round(float(gaps.max()), 1),
        "script_ms_median": round(float(np.median(spent)), 2),
        "script_ms_95": round(float(np.quantile(spent, 0.95)), 2),
    }


if __name__ == "__main__":
    main()
