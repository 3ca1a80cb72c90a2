"""Pictures fetched over HTTP, each known by its whole address, whatever else a table holds."""

from __future__ import annotations

import io
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from image_machines import images
from image_machines.collection import dataset
from image_machines.collection.selection import Selection
from image_machines.collection.sources import open_source


class Handler(BaseHTTPRequestHandler):
    """A museum's server: every number, wherever it stands in the address, is another picture."""

    def do_GET(self):
        self.server.asked.append(self.path)
        number = int(re.search(r"\d+|$", self.path)[0] or 0)
        file = io.BytesIO()
        Image.new("RGB", (8, 8), (number, 255 - number, 7)).save(file, "PNG")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(file.getvalue())

    def log_message(self, format, *arguments):
        pass


@contextmanager
def museum():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        server.base = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def server():
    with museum() as server:
        yield server


def write(folder, lines):
    path = folder / "table.csv"
    path.write_text("\n".join(["image,class", *lines]), encoding="utf-8")
    return path


def number_of(path):
    return int(images.read(path)[0, 0, 0])


def fetched(table, folder):
    """Address -> the number of the picture that lies under its name."""
    source = open_source(str(table), Selection().place(folder))
    artworks = source.catalogue().artworks
    paths, failures = source.fetch(artworks)
    assert not failures
    return {work.picture: number_of(paths[work.file]) for work in artworks}


def test_addresses_that_differ_only_in_their_query_are_as_many_pictures(server, tmp_path):
    lines = [f"{server.base}/view.jpg?id={number},{'ab'[number % 2]}" for number in range(120)]
    found = fetched(write(tmp_path, lines), tmp_path / "data")
    assert found == {line.rpartition(",")[0]: number for number, line in enumerate(lines)}
    server.asked.clear()
    assert fetched(write(tmp_path, lines[::-1]), tmp_path / "data") == found
    assert not server.asked, "the order of the rows decides nothing"
    built = dataset.build(Selection(source=str(write(tmp_path, lines))), tmp_path / "data")
    assert {name: count["train"] + count["val"] for name, count in built.counts.items()} == {"a": 60, "b": 60}
    for row in built.rows:
        assert number_of(tmp_path / "data" / row["file"]) == int(row["source"].rpartition("=")[2])


def test_a_table_that_becomes_another_takes_no_picture_for_another(server, tmp_path):
    data = tmp_path / "data"
    assert set(fetched(write(tmp_path, [f"{server.base}/view?id=7,a"]), data).values()) == {7}
    assert set(fetched(write(tmp_path, [f"{server.base}/view?id=8,a"]), data).values()) == {8}
    with museum() as other:
        for number, base in ((5, server.base), (6, other.base), (5, server.base), (6, other.base)):
            address = f"{base}/{number}/a.jpg"
            assert fetched(write(tmp_path, [f"{address},a"]), data) == {address: number}
        one, two = (f"{base}/pictures/one.jpg" for base in (server.base, other.base))
        other.asked.clear()
        for address in (one, two, one, two):
            fetched(write(tmp_path, [f"{address},a"]), data)
        assert other.asked == ["/pictures/one.jpg"], "what was fetched once is kept"
        assert server.asked.count("/pictures/one.jpg") == 1


def test_what_was_downloaded_before_is_not_asked_for_again(server, tmp_path):
    table = write(tmp_path, [f"{server.base}/a/5.jpg,a", f"{server.base}/b/6.jpg,b"])
    first = fetched(table, tmp_path / "data")
    (index,) = tmp_path.rglob("addresses.json")
    index.unlink()  # as earlier versions left it
    server.asked.clear()
    assert fetched(table, tmp_path / "data") == first and not server.asked
    assert sorted(path.name for path in tmp_path.rglob("pictures/*")) == ["a-5.jpg", "b-6.jpg"]


def test_paths_with_backslashes_are_found_on_every_system(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        images.save(tmp_path / name / "a.png", np.full((4, 4, 3), 9, np.uint8))
    assert set(fetched(write(tmp_path, [r"one\a.png,x", "two/a.png,y"]), tmp_path / "data").values()) == {9}
