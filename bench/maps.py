"""How fast the pages with a canvas are in Chromium, from disk: an atlas of neurons, a map of pictures.

    python -m bench maps
    python -m bench.maps --page runs/demo/map/index.html

An atlas is of InceptionV3's layers; its pictures are stand-ins, made of the gallery's, which are as hard to
pack as real ones. In every frame the view moves in a circle while it zooms from the whole to twelve times as
near and back; the time between frames is the browser's own (requestAnimationFrame): drawing, decoding and
painting all count. The first view is there when the tiles in sight are. No graphics card is used.
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
from PIL import Image

from image_machines import images, machine
from image_machines.atlas.maps import page
from image_machines.atlas.maps.gathering import Gathered
from image_machines.atlas.maps.page import Map
from image_machines.atlas.walk import page as walk
from image_machines.atlas.walk.answers import Answers, histogram
from image_machines.atlas.walk.making import BY_NUMBER, IN_LAYERS, WHOLE
from image_machines.atlas.walk.order import Order
from image_machines.atlas.walk.page import Atlas, State
from image_machines.attribution.selectivity import selectivity

ROOT = Path(__file__).resolve().parent.parent
FRAMES = 240
NEURONS, PICTURES = 10_048, 5_000
RIDDEN = "frames a second, share within 17 ms, longest gap, script ms: median, 95 %"
WORKS = 400  # of the stand-in for a collection
LAYERS = {"mixed0": 256, "mixed1": 288, "mixed2": 288, "mixed3": 768, "mixed4": 768, "mixed5": 768}
LAYERS |= {"mixed6": 768, "mixed7": 768, "mixed8": 1280, "mixed9": 2048, "mixed10": 2048}
THERE = """loaded.size > 0 && !waiting && sheets.every((sheet) => sheet.levels.every(
  ({ tiles }) => tiles.every((tile) => !tile || tile.picture)))"""
RIDE = """(frames) => new Promise((done) => {
  show();
  const fit = state.fit, stamps = [], spent = [];
  const step = (now) => {
    const turn = 2 * Math.PI * stamps.length / frames, began = performance.now();
    zoomToMiddle(fit * (1 + 5.5 * (1 - Math.cos(turn))),
      [0.5 + 0.25 * Math.cos(turn), 0.4 + 0.25 * Math.sin(turn)]);
    cancelAnimationFrame(waiting); waiting = 0;  // drawn here, once a frame, to time it
    drawNow();
    spent.push(performance.now() - began);
    stamps.push(now);
    if (stamps.length < frames) requestAnimationFrame(step); else done([stamps, spent]);
  };
  requestAnimationFrame(step);
})"""


def results() -> list[dict[str, Any]]:
    """Measure both pages, and return one row per number: name, value, bound, machine, versions."""
    rows = []
    for kind, count, write, most in (
        ("atlas", NEURONS, atlas_of, "<= 60"),
        ("map", PICTURES, written, ""),
    ):
        with tempfile.TemporaryDirectory() as folder:
            found = measured(write(count, Path(folder)).resolve())
        page, versions = f"{kind} of {count:,}", {"chromium": found["chromium"]}
        common = {"machine": machine.described(), "versions": versions}
        least = min(each["frames_per_second"] for each in found["rides"].values())
        for name, value, bound in (
            (f"{page}: seconds to the first view from disk", found["first_view_seconds"], "<= 1"),
            (f"{page}: frames a second, of at most 60, in the slowest order", least, ">= 58"),
            (f"{page}: megabytes", found["megabytes"], most),
            *(
                (f"{page}, {ride}: {RIDDEN}", list(each.values()), "")
                for ride, each in found["rides"].items()
            ),
        ):
            rows.append({"name": name, "value": value, "bound": bound, **common})
    return rows


def main() -> None:
    """Ride over a page that there is already."""
    parser = argparse.ArgumentParser(prog="python -m bench.maps", description=__doc__.splitlines()[0])
    parser.add_argument("--page", type=Path, required=True)
    print(json.dumps(measured(parser.parse_args().page.resolve()), indent=2))


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


def atlas_of(count: int, folder: Path) -> Path:
    """An atlas's page of that many neurons of InceptionV3, with stand-ins for images, works and answers."""
    random = np.random.default_rng(0)
    neurons = [(name, number) for name, width in LAYERS.items() for number in range(width)][:count]
    real = [images.read(path) for path in sorted((ROOT / "images").glob("*/*/*.jpg"))]
    pictures = []
    for number in range(count):
        pictures.append(folder / "images" / f"{number}.jpg")
        images.save(pictures[-1], _stand_in(real, random))
    records = []
    for number in range(WORKS):
        records.append(
            {"file": f"{number}.jpg", "title": f"Noise {number}", "school": f"School {number % 7}"}
        )
        records[-1] |= {"timeframe": f"{1500 + 50 * (number % 8)}", "class": f"class {number % 3}"}
        images.save(folder / "works" / f"{number}.jpg", _stand_in(real, random, 320))
    placed = Order(neurons)
    heaps = random.normal(random.uniform(0, 20, (30, 2))[random.integers(0, 30, count)], 0.7)
    layouts = {BY_NUMBER: placed.by_number, IN_LAYERS: placed.by_likeness(heaps), WHOLE: heaps}
    state = State("After fine-tuning", pictures, _answers(records, count, random))
    speaks = [[f"class {number % 3}"] if number % 50 == 0 else [] for number in range(count)]
    shown = Atlas(
        "Stand-ins", "", placed, [state], layouts, (BY_NUMBER, IN_LAYERS), speaks, records, folder / "works"
    )
    return walk.write(shown, folder / "page")


def _stand_in(real: list[images.Picture], random: np.random.Generator, side: int = 128) -> images.Picture:
    """A real image, smaller, turned, its colours exchanged."""
    small = Image.fromarray(real[random.integers(len(real))]).resize((side, side), Image.Resampling.LANCZOS)
    turned = np.rot90(np.asarray(small), random.integers(4))
    return np.ascontiguousarray(turned[..., random.permutation(3)])


def _answers(records: list[dict[str, str]], count: int, random: np.random.Generator) -> Answers:
    """Answers by chance."""
    means = random.gamma(1.0, 1.0, (count, len(records))).astype(np.float32)
    told = [
        {
            "top": [
                [int(work), round(float(mean[work]), 3), 250, 250, 500, 500] for work in np.argsort(-mean)[:9]
            ],
            "bars": histogram(mean),
            "most": 9.123,
            "middle": 1.234,
            "groups": [[0, 1.25], [1, 1.5]],
            "mean": 1.0,
        }
        for mean in means
    ]
    return Answers(means, told, selectivity(means, records, ("class", "timeframe", "school")))


def measured(shown: Path) -> dict[str, Any]:
    """The second of two rides in each order of the page: by then the tiles are there."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        window = browser.new_page(viewport={"width": 1280, "height": 800})
        began = time.perf_counter()
        window.goto(shown.as_uri())
        window.wait_for_function(THERE)
        first = time.perf_counter() - began
        rides = {}
        for layout, name in enumerate(window.evaluate("page.layouts.map((each) => each.name)")):
            window.evaluate("(layout) => { layOut(layout, 0); show(); }", layout)
            for when in ("tiles_arriving", "tiles_there"):
                rides[f"{name}: {when}"] = _summary(*window.evaluate(RIDE, FRAMES))
        pictures, version = window.evaluate("page.count"), browser.version
        browser.close()
    size = sum(file.stat().st_size for file in shown.parent.rglob("*") if file.is_file()) / 1e6
    return {
        "pictures": pictures,
        "chromium": version,
        "first_view_seconds": round(first, 2),
        "megabytes": round(size, 1),
        "rides": rides,
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
