"""The pyramids of a page open in viewers of other makers, OpenSeadragon and Mirador."""

from __future__ import annotations

import functools
import http.server
import io
import json
import os
import shutil
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from image_machines import files
from image_machines.atlas.maps import iiif, pyramid

VIEWERS = {"openseadragon": "6.1.1", "mirador": "4.0.0"}
COUNT, CELL = 100, 128
pytestmark = [pytest.mark.slow, pytest.mark.browser]


def colour(number: int) -> tuple[int, int, int]:
    """Of a cell; neighbours differ much."""
    return 40 + number * 37 % 200, 40 + number * 71 % 200, 40 + number * 113 % 200


@pytest.fixture(scope="module")
def viewers() -> Path:
    """The two packages, as npm has them, outside of the tree; fetched once a machine."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm, with which the two viewers come: apt-get install npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "image-machines" / "viewers"
    for name, version in VIEWERS.items():
        if not (cache / f"{name}-{version}").is_dir():
            cache.mkdir(parents=True, exist_ok=True)
            packing = [npm, "pack", f"{name}@{version}", "--pack-destination", str(cache)]
            done = subprocess.run(packing, capture_output=True, text=True, timeout=300, cwd=cache)
            if done.returncode:
                pytest.skip(f"npm cannot fetch {name}: {done.stderr.strip()[-200:]}")
            with (
                tarfile.open(cache / f"{name}-{version}.tgz") as archive,
                files.replacing(cache / f"{name}-{version}") as temporary,
            ):
                archive.extractall(temporary, filter="data")
    return cache


@pytest.fixture(scope="module")
def served(viewers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """The address of a folder with a pyramid, its manifest and the viewers, and what was not found there."""
    folder, missed = tmp_path_factory.mktemp("served"), []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def send_error(self, code: int, *more: Any) -> None:
            missed.append(f"{code} {self.path}")
            super().send_error(code, *more)

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=folder)
    ) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        sheet = pyramid.Sheet(COUNT)
        cells = (np.full((CELL, CELL, 3), colour(number), np.uint8) for number in range(COUNT))
        pyramid.write(cells, sheet, folder / "tiles", f"{address}/tiles", quality=95)
        files.write_json(
            folder / "manifest.json", iiif.manifest("Cells", {"tiles": ("Cells", sheet)}, address)
        )
        for name, version in VIEWERS.items():
            (folder / name).symlink_to(viewers / f"{name}-{version}" / "package")
        _write_pages(folder, address)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield address, missed
        server.shutdown()
        thread.join()


def _write_pages(folder: Path, address: str) -> None:
    options = {"id": "v", "tileSources": f"{address}/tiles/info.json", "drawer": "canvas"}
    options |= {"prefixUrl": "openseadragon/build/openseadragon/images/", "immediateRender": True}
    pages = {
        "openseadragon": ("build/openseadragon/openseadragon.min.js", "viewer = OpenSeadragon", options),
        "mirador": (
            "dist/mirador.min.js",
            "viewer = Mirador.viewer",
            {"id": "v", "windows": [{"manifestId": f"{address}/manifest.json"}]},
        ),
    }
    for name, (script, call, given) in pages.items():
        (folder / f"{name}.html").write_text(
            '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
            '<div id="v" style="position:absolute;inset:0"></div>'
            f'<script src="{name}/{script}"></script><script>const {call}({json.dumps(given)})</script>'
        )


@pytest.fixture
def window(chromium: Any) -> Iterator[Any]:
    window = chromium.new_page(viewport={"width": 1000, "height": 800})
    window.set_default_timeout(120_000)
    yield window
    window.close()


def seen(window: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(window.screenshot())).convert("RGB")).astype(int)


def test_openseadragon_shows_every_cell_from_far_and_near(window: Any, served: tuple[str, list[str]]) -> None:
    address, missed = served
    window.goto(f"{address}/openseadragon.html")
    there = "viewer.world.getItemCount() && viewer.world.getItemAt(0).getFullyLoaded()"
    window.wait_for_function(there)
    point = """(xy) => {
      const p = viewer.viewport.imageToViewerElementCoordinates(new OpenSeadragon.Point(...xy));
      return [Math.round(p.x), Math.round(p.y)] }"""
    middles = [(number % 10 * CELL + CELL / 2, number // 10 * CELL + CELL / 2) for number in range(COUNT)]
    picture = seen(window)
    for number, middle in enumerate(middles):
        x, y = window.evaluate(point, middle)
        assert abs(picture[y, x] - colour(number)).max() <= 6, number
    window.evaluate("viewer.viewport.zoomTo(4, undefined, true)")
    window.wait_for_function(there)
    picture = seen(window)
    for number in (44, 45, 54, 55):
        x, y = window.evaluate(point, middles[number])
        assert abs(picture[y, x] - colour(number)).max() <= 3, number
    assert missed == []


def test_mirador_opens_the_manifest_and_shows_every_cell(window: Any, served: tuple[str, list[str]]) -> None:
    address, missed = served
    window.goto(f"{address}/mirador.html")
    bare = [colour(number) for number in range(COUNT - 10)]  # controls lie over the last row
    until = time.monotonic() + 120
    while time.monotonic() < until and not (shown := _every_colour(seen(window), bare)):
        window.wait_for_timeout(500)
    assert shown
    assert missed == []


def _every_colour(picture: np.ndarray, colours: list[tuple[int, int, int]]) -> bool:
    pixels = picture[::8, ::8].reshape(-1, 3)
    return all((abs(pixels - each).max(axis=1) <= 6).sum() >= 9 for each in colours)
