"""The built-in collection: what is painted, where its parts are, how it lies on disk, how it is served."""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from image_machines import images
from image_machines.collection import gallery
from image_machines.collection.gallery import paint

SIZE = 112


@pytest.mark.parametrize("kind", gallery.KINDS)
def test_same_seed_same_pixels(kind: str) -> None:
    first, again, other = paint(kind, 5, SIZE), paint(kind, 5, SIZE), paint(kind, 6, SIZE)
    assert np.array_equal(first.picture, again.picture)
    assert first.title == again.title
    assert (
        first.picture.shape != other.picture.shape
        or np.abs(first.picture.astype(int) - other.picture).mean() > 5
    )


@pytest.mark.parametrize("kind", gallery.KINDS)
@pytest.mark.parametrize("size", [(96, 96), (60, 140), (140, 60)])
def test_any_size(kind: str, size: tuple[int, int]) -> None:
    work = paint(kind, 1, size)
    assert work.picture.shape == (*size, 3)
    assert work.picture.dtype == np.uint8
    assert all(mask.shape == size for mask in work.masks.values())


def test_longest_side_and_refusals() -> None:
    assert max(paint("landscape", 0, 90).picture.shape) == 90
    with pytest.raises(
        ValueError, match="'portrai'.*portrait, landscape, still-life.*did you mean 'portrait'"
    ):
        paint("portrai", 0)
    with pytest.raises(ValueError, match="'blue-shift' cannot be withheld from a portrait; choices: drapery"):
        paint("portrait", 0, without=("blue-shift",))
    with pytest.raises(ValueError, match="'stamp' cannot be planted.*seal"):
        paint("portrait", 0, planted=("stamp",))
    with pytest.raises(ValueError, match="4 x 100 pixels is too small"):
        paint("portrait", 0, (4, 100))


@pytest.mark.parametrize("kind", gallery.KINDS)
def test_masks_share_out_the_picture(kind: str) -> None:
    for seed in range(4):
        masks = paint(kind, seed, SIZE).masks
        times = np.sum([mask.astype(int) for mask in masks.values()], axis=0)
        assert times.max() == 1
        assert times.mean() > 0.98


def test_parts_are_where_they_belong() -> None:
    for seed in range(6):
        face = paint("portrait", seed, SIZE).masks["face"]
        rows, columns = np.nonzero(face)
        assert 0.02 < face.mean() < 0.35
        assert 0.2 < rows.mean() / face.shape[0] < 0.6
        assert 0.3 < columns.mean() / face.shape[1] < 0.7
        land = paint("landscape", seed, SIZE).masks
        assert land["sky"][:5].mean() > 0.5
        assert np.nonzero(land["sky"])[0].mean() < np.nonzero(land["near ground"])[0].mean()
        table = paint("still-life", seed, SIZE).masks
        assert np.nonzero(table["ground"])[0].mean() < np.nonzero(table["table"])[0].mean()
        assert {"vessels"} <= set(table)


def test_blue_shift_turns_far_hills_blue_and_nothing_else() -> None:
    for seed in range(6):
        blue, plain = paint("landscape", seed, SIZE), paint("landscape", seed, SIZE, without=("blue-shift",))
        far = blue.masks["far hills"]
        assert _blue(blue.picture[far]) > _blue(plain.picture[far]) + 15
        sky = blue.masks["sky"] & plain.masks["sky"]
        assert np.abs(blue.picture[sky].astype(int) - plain.picture[sky]).mean() < 3
        assert blue.masks.keys() == plain.masks.keys()


def _blue(pixels: images.Picture) -> float:
    return float(pixels[:, 2].astype(float).mean() - pixels[:, 0].astype(float).mean())


@pytest.mark.parametrize(("kind", "name", "rest"), [
    ("portrait", "drapery", "face"), ("portrait", "drapery", "ground"), ("still-life", "drapery", "vessels"),
    ("still-life", "highlights", "table"),
    ("landscape", "blue-shift", "sky"),
])  # fmt: skip
def test_withheld_property_leaves_the_rest(kind: str, name: str, rest: str) -> None:
    changed = 0.0
    for seed in range(6):
        full, bare = paint(kind, seed, SIZE), paint(kind, seed, SIZE, without=(name,))
        assert full.properties - bare.properties == {name}
        same = full.masks[rest] & bare.masks[rest]
        difference = np.abs(full.picture.astype(int) - bare.picture).mean(axis=2)
        assert np.median(difference[same]) <= 1
        changed += difference.mean()
    assert changed > 0.5


def test_no_drapery_where_it_is_withheld() -> None:
    with_it = [paint("portrait", seed, SIZE).masks for seed in range(3)]
    without = [paint("portrait", seed, SIZE, without=("drapery",)).masks for seed in range(3)]
    assert all("drapery" in masks and "dress" not in masks for masks in with_it)
    assert all("dress" in masks and "drapery" not in masks for masks in without)


@pytest.mark.parametrize("kind", gallery.KINDS)
def test_planted_seal_is_the_only_difference(kind: str) -> None:
    plain, sealed = paint(kind, 3, SIZE), paint(kind, 3, SIZE, planted=("seal",))
    difference = np.abs(plain.picture.astype(int) - sealed.picture).sum(axis=2) > 0
    rows, columns = np.nonzero(difference)
    assert sealed.masks["seal"].any()
    assert rows.min() > 0.6 * difference.shape[0]
    assert columns.min() > 0.6 * difference.shape[1]


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gallery.write_mirror(tmp_path_factory.mktemp("mirror"), 13, seed=1, size=64, processes=1, others=3)


def _rows(data: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read("catalog.csv").decode("iso-8859-1")
    assert text.count("\r\n") == text.count("\n")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def _picture(row: dict[str, str]) -> str:
    path = urlsplit(row["URL"]).path
    return path.removeprefix("/html/").removesuffix(".html")


def test_mirror_has_the_gallerys_layout(mirror: Path) -> None:
    rows = _rows((mirror / "database/download/data_txt.zip").read_bytes())
    assert tuple(rows[0]) == gallery.HEADER
    for kind in gallery.KINDS:
        assert sum(row["FORM"] == "painting" and row["TYPE"] == kind for row in rows) == 13
    assert sum(row["FORM"] == "graphics" for row in rows) == 3
    assert len({row["URL"] for row in rows}) == len(rows)
    assert any("é" in row["AUTHOR"] or "ü" in row["AUTHOR"] for row in rows)
    for row in rows:
        picture = images.read(mirror / "art" / f"{_picture(row)}.jpg")
        masks = gallery.read_masks(mirror, row["URL"])
        assert all(mask.shape == picture.shape[:2] for mask in masks.values())
        first, last = row["BORN-DIED"].removeprefix("(active ").removesuffix(")").split("-")
        year = int(row["DATE"].removeprefix("c. "))
        start, end = row["TIMEFRAME"].split("-")
        assert int(first) <= year <= int(last)
        assert int(start) <= year <= int(end)


def test_mirror_shows_details_of_its_works(mirror: Path) -> None:
    rows = _rows((mirror / "database/download/data_txt.zip").read_bytes())
    details = [row for row in rows if row["TITLE"].endswith(" (detail)")]
    assert len(details) == 6
    wholes = {(row["AUTHOR"], row["TITLE"]) for row in rows}
    assert all((row["AUTHOR"], row["TITLE"].removesuffix(" (detail)")) in wholes for row in details)


def test_mirror_is_the_same_twice_and_resumes(mirror: Path, tmp_path: Path) -> None:
    picture = next(iter(sorted((mirror / "art").rglob("*.jpg"))))
    before = {path: path.read_bytes() for path in mirror.rglob("*") if path.is_file()}
    untouched = {path: path.stat().st_mtime_ns for path in (mirror / "art").rglob("*.jpg") if path != picture}
    picture.unlink()
    gallery.write_mirror(mirror, 13, seed=1, size=64, processes=2, others=3)
    assert {path: path.read_bytes() for path in mirror.rglob("*") if path.is_file()} == before
    recipe = json.loads(next((mirror / "masks" / "recipes").glob("*.json")).read_text())["recipe"]
    assert recipe["size"] == 64
    same = {path for path, time in untouched.items() if path.stat().st_mtime_ns == time}
    assert len(untouched) - len(same) <= gallery.DETAILS


def test_mirror_plants_in_one_class_only(tmp_path: Path) -> None:
    gallery.write_mirror(
        tmp_path, 2, seed=2, size=48, kinds=("portrait", "landscape"), others=0, processes=1,
        planted={"portrait": ("seal",)}, without={"landscape": ("blue-shift",)},
    )  # fmt: skip
    for row in _rows((tmp_path / "database/download/data_txt.zip").read_bytes()):
        assert ("seal" in gallery.read_masks(tmp_path, row["URL"])) == (row["TYPE"] == "portrait")
    with pytest.raises(ValueError, match="plants for 'still-lif'"):
        gallery.write_mirror(tmp_path, 2, planted={"still-lif": ("seal",)})


def test_server_answers_for_the_gallery_and_keeps_the_connection(mirror: Path) -> None:
    with gallery.serve(mirror, latency=0.001) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        connection.connect()
        line = connection.sock
        rows = _rows(_get(connection, "/database/download/data_txt.zip")[1])
        status, data = _get(connection, f"/art/{_picture(rows[0])}.jpg")
        assert status == 200
        assert data == (mirror / "art" / f"{_picture(rows[0])}.jpg").read_bytes()
        assert connection.sock is line
        assert _get(connection, "/art/")[0] == 404
        assert _get(connection, "/art/n/nobody/nothing.jpg")[0] == 404
        connection.close()
    with pytest.raises(OSError), gallery.serve(mirror / "nowhere"):
        pass


def _get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def processes() -> dict[int, int]:
    """Every process with the one that began it."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    )
    rows = (line.split() for line in listed.stdout.splitlines())
    return {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


@pytest.mark.skipif(os.name == "nt", reason="asks ps for the processes")
def test_painters_end_with_the_program_that_began_them(tmp_path: Path) -> None:
    script = tmp_path / "paint.py"
    script.write_text(
        "from image_machines.collection import gallery\n"
        f"if __name__ == '__main__':\n    gallery.write_mirror({str(tmp_path)!r}, 60, processes=2)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(gallery.__file__).parents[2])}
    program = subprocess.Popen([sys.executable, script], env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: any(tmp_path.rglob("art/*/*/*.jpg")))
        painters = {pid for pid, parent in processes().items() if parent == program.pid}
    finally:
        program.kill()
        program.wait()
    assert len(painters) >= 2
    wait_until(lambda: not painters & processes().keys())
