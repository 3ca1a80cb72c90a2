"""The built-in collection: how it lies on disk, how it is served."""

from __future__ import annotations

import csv
import gc
import http.client
import io
import json
import os
import socket
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from image_machines import images
from image_machines.collection import server
from image_machines.collection.sources.mirror import DETAILS, HEADER, read_masks, write_mirror
from image_machines.painter.works import KINDS


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mirror(tmp_path_factory.mktemp("mirror"), 13, seed=1, size=64, processes=1, others=3)


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
    assert tuple(rows[0]) == HEADER
    for kind in KINDS:
        assert sum(row["FORM"] == "painting" and row["TYPE"] == kind for row in rows) == 13
    assert sum(row["FORM"] == "graphics" for row in rows) == 3
    assert len({row["URL"] for row in rows}) == len(rows)
    assert any("é" in row["AUTHOR"] or "ü" in row["AUTHOR"] for row in rows)
    for row in rows:
        picture = images.read(mirror / "art" / f"{_picture(row)}.jpg")
        masks = read_masks(mirror, row["URL"])
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
    write_mirror(mirror, 13, seed=1, size=64, processes=2, others=3)
    assert {path: path.read_bytes() for path in mirror.rglob("*") if path.is_file()} == before
    recipe = json.loads(next((mirror / "masks" / "recipes").glob("*.json")).read_text())["recipe"]
    assert recipe["size"] == 64
    same = {path for path, time in untouched.items() if path.stat().st_mtime_ns == time}
    assert len(untouched) - len(same) <= DETAILS


def test_mirror_plants_in_one_class_only(tmp_path: Path) -> None:
    write_mirror(
        tmp_path, 2, seed=2, size=48, kinds=("portrait", "landscape"), others=0, processes=1,
        planted={"portrait": ("seal",)}, without={"landscape": ("blue-shift",)},
    )  # fmt: skip
    for row in _rows((tmp_path / "database/download/data_txt.zip").read_bytes()):
        assert ("seal" in read_masks(tmp_path, row["URL"])) == (row["TYPE"] == "portrait")
    with pytest.raises(ValueError, match="plants for 'still-lif'"):
        write_mirror(tmp_path, 2, planted={"still-lif": ("seal",)})


def test_server_answers_for_the_gallery_and_keeps_the_connection(mirror: Path) -> None:
    with server.serve(mirror, latency=0.001) as url:
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
    with pytest.raises(OSError), server.serve(mirror / "nowhere"):
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
        "from image_machines.collection.sources.mirror import write_mirror\n"
        f"if __name__ == '__main__':\n    write_mirror({str(tmp_path)!r}, 60, processes=2)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(server.__file__).parents[2])}
    program = subprocess.Popen([sys.executable, script], env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: any(tmp_path.rglob("art/*/*/*.jpg")))
        painters = {pid for pid, parent in processes().items() if parent == program.pid}
    finally:
        program.kill()
        program.wait()
    assert len(painters) >= 2
    wait_until(lambda: not painters & processes().keys())


def test_a_client_that_goes_away_early_leaves_no_trace(mirror: Path, caplog, capfd) -> None:
    (mirror / "large.bin").write_bytes(bytes(2**24))
    with caplog.at_level("DEBUG", logger="image_machines"), server.serve(mirror) as url:
        address = urlsplit(url)
        for _ in range(5):
            client = socket.create_connection((address.hostname, address.port))
            client.sendall(b"GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
            client.recv(1000)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()  # with a reset
        wait_until(lambda: any("went away early" in line for line in caplog.messages))
        socket.create_connection((address.hostname, address.port)).close()
        connection = http.client.HTTPConnection(address.netloc, timeout=60)
        assert _get(connection, "/large.bin")[0] == 200
        connection.close()
    gc.collect()
    assert not any(record.exc_info for record in caplog.records)
    assert "Traceback" not in caplog.text and "Traceback" not in capfd.readouterr().err
    (mirror / "large.bin").unlink()
