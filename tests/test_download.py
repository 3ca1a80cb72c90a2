"""The downloader against a real server on this machine that misbehaves in every way it should survive."""

from __future__ import annotations

import io
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from image_machines import images
from image_machines.collection import download
from image_machines.collection.manners import Item, Manners, PermissionNeeded, ServerAway, require_permission

ROOT = Path(__file__).resolve().parent.parent
QUICK = Manners(first_pause=0.01, timeout=2, attempts=3)


def jpeg(number=0, size=(40, 30)):
    """A small picture that differs by number."""
    file = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 255, (*size, 3), np.uint8)
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


PICTURE = jpeg()


class Server(ThreadingHTTPServer):
    """Counts visits and notes their times; the first part of a path says how to answer."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.visits = Counter()
        self.times = []
        self.agents = set()
        self.gone = False
        self.release = threading.Event()
        self.under_way = self.most_under_way = 0
        self.lock = threading.Lock()

    def handle_error(self, request, address):
        pass  # clients that hang up are part of the tests

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *arguments):
        pass

    def do_GET(self):
        if self.server.gone:
            self.close_connection = True
            return
        with self.server.lock:
            self.server.visits[self.path] += 1
            self.server.times.append(time.monotonic())
            self.server.agents.add(self.headers["User-Agent"])
            self.server.under_way += 1
            self.server.most_under_way = max(self.server.most_under_way, self.server.under_way)
            visit = self.server.visits[self.path]
        try:
            getattr(self, self.path.split("/")[1].partition(".")[0])(visit)
        finally:
            with self.server.lock:
                self.server.under_way -= 1

    def answer(self, body=PICTURE, status=200, kind="image/jpeg", length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def good(self, visit):
        self.answer()

    def numbered(self, visit):
        self.answer(jpeg(int(self.path.rpartition("/")[2].partition(".")[0])))

    def slowish(self, visit):
        time.sleep(0.05)
        self.numbered(visit)

    def held(self, visit):
        self.server.release.wait()
        self.numbered(visit)

    def missing(self, visit):
        self.answer(b"no such page", 404, "text/plain")

    def forbidden(self, visit):
        self.answer(b"go away", 403, "text/plain")

    def broken_once(self, visit):
        self.answer() if visit > 1 else self.answer(b"oops", 500, "text/plain")

    def broken(self, visit):
        self.answer(b"oops", 502, "text/plain")

    def busy_seconds(self, visit):
        self.answer() if visit > 1 else self.answer(b"", 429, Retry_After="1")

    def busy_date(self, visit):
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        self.answer() if visit > 1 else self.answer(b"", 503, Retry_After=date)

    def busy_silently(self, visit):
        self.answer() if visit > 1 else self.answer(b"", 429)

    def busy_for_long(self, visit):
        self.answer(b"", 429, Retry_After="7200")

    def reset_once(self, visit):
        if visit > 1:
            return self.answer()
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # close with a reset
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True

    def hangs_once(self, visit):
        time.sleep(2.0 if visit == 1 else 0)
        self.answer()

    def trickles(self, visit):
        self.send_response(200)
        self.send_header("Content-Length", str(len(PICTURE)))
        self.end_headers()
        for byte in PICTURE:
            self.wfile.write(bytes([byte]))
            time.sleep(0.05)

    def cut_once(self, visit):
        if visit > 1:
            return self.answer()
        self.close_connection = True
        self.answer(PICTURE[:300], length=len(PICTURE))

    def short_once(self, visit):
        self.answer() if visit > 1 else self.answer(PICTURE[:300])

    def page(self, visit):
        self.answer(b"<!DOCTYPE html><h1>Sorry, we are rebuilding</h1>", kind="text/html")

    def mislabelled(self, visit):
        self.answer(kind="text/plain")

    def noise(self, visit):
        self.answer(b"\x00" * 500)

    def unfit(self, visit):
        file = io.BytesIO()
        Image.fromarray(np.array([[0, 3]], np.float32)).save(file, "TIFF")
        self.answer(file.getvalue())

    def moved(self, visit):
        self.answer(b"", 302, Location="/good/moved.jpg")

    def round_and_round(self, visit):
        self.answer(b"", 302, Location=self.path)

    def elsewhere(self, visit):
        self.answer(b"", 302, Location="http://paintings.invalid/x.jpg")


@contextmanager
def serving():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server():
    with serving() as server:
        yield server


def items(server, folder, *names):
    return [Item(f"{server.base}/{name}", folder / name.replace("/", "-")) for name in names]


def fetch_one(server, folder, name, manners=QUICK):
    (item,) = items(server, folder, name)
    failures = download.fetch([item], manners)
    return (failures[0].reason if failures else None), item.path


@pytest.mark.parametrize(
    ("name", "visits"),
    [
        ("good/a.jpg", 1),
        ("broken_once/a.jpg", 2),
        ("busy_silently/a.jpg", 2),
        ("reset_once/a.jpg", 2),
        ("cut_once/a.jpg", 2),
        ("short_once/a.jpg", 2),
        ("mislabelled/a.jpg", 1),
        ("moved/a.jpg", 1),
    ],
)
def test_what_passes_by_itself_is_tried_again(server, tmp_path, name, visits):
    reason, path = fetch_one(server, tmp_path, name)
    assert reason is None and path.read_bytes() == PICTURE
    assert server.visits["/" + name] == visits
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("name", "visits", "reason"),
    [
        ("missing/a.jpg", 1, "404 Not Found"),
        ("forbidden/a.jpg", 1, "403 Forbidden"),
        ("page/a.jpg", 1, "not a picture but a page (text/html) that begins b'<!DOCTYPE html>"),
        ("broken/a.jpg", 3, "502 Bad Gateway (3 tries)"),
        ("noise/a.jpg", 3, "not a whole picture: it begins as no picture does (3 tries)"),
        ("unfit/a.jpg", 1, "its numbers go from 0 to 3, and nothing says which of them is white"),
        ("round_and_round/a.jpg", 6, "more than 5 redirects"),
        ("elsewhere/a.jpg", 1, "redirected to another host, paintings.invalid, not followed"),
    ],
)
def test_what_cannot_be_had_is_named_and_leaves_nothing(server, tmp_path, name, visits, reason):
    found, path = fetch_one(server, tmp_path, name, Manners(first_pause=0.01, attempts=3, permission=True))
    assert found is not None and found.startswith(reason)
    assert server.visits["/" + name] == visits
    assert not list(tmp_path.iterdir())


def test_a_server_that_hangs_or_trickles_is_given_up_and_asked_again(server, tmp_path):
    hasty = Manners(first_pause=0.01, timeout=0.3, attempts=2)
    reason, path = fetch_one(server, tmp_path, "hangs_once/a.jpg", hasty)
    assert reason is None and path.is_file()
    assert fetch_one(server, tmp_path, "trickles/a.jpg", Manners(timeout=0.1, attempts=1))[0] == (
        "still not whole after 1 seconds (1 tries)"
    )


@pytest.mark.parametrize("name", ["busy_seconds/a.jpg", "busy_date/a.jpg"])
def test_retry_after_is_obeyed_by_all_requests(server, tmp_path, name):
    names = [name, *(f"slowish/{n}.jpg" for n in range(60))]
    assert not download.fetch(items(server, tmp_path, *names), Manners(concurrent=4, first_pause=0.01))
    gaps = np.diff(server.times)
    assert gaps.max() > 0.8, "nobody asks while the server wants to be left alone"
    assert server.visits["/" + name] == 2


def test_a_server_that_wants_to_be_left_alone_for_long_is_left_alone(server, tmp_path):
    names = [f"busy_for_long/{n}.jpg" for n in range(50)]
    with pytest.raises(ServerAway, match="asks to be left alone for 120 minutes; run this again"):
        download.fetch(items(server, tmp_path, *names), Manners(concurrent=4))
    assert sum(server.visits.values()) <= 4


def test_a_few_failures_never_stop_the_rest(server, tmp_path):
    names = [f"numbered/{n}.jpg" for n in range(80)]
    bad = ["missing/a.jpg", "page/b.jpg", "broken/c.jpg", "noise/d.jpg"]
    failures = download.fetch(items(server, tmp_path, *names[:40], *bad, *names[40:]), QUICK)
    assert [failure.path.name for failure in failures] == [name.replace("/", "-") for name in bad]
    assert len(list(tmp_path.iterdir())) == 80
    for number in range(80):
        assert (tmp_path / f"numbered-{number}.jpg").read_bytes() == jpeg(number)
    download.write_failures(tmp_path / "failures.csv", failures)
    lines = (tmp_path / "failures.csv").read_text().splitlines()
    assert lines[:2] == ["url,file,reason", f"{server.base}/missing/a.jpg,missing-a.jpg,404 Not Found"]
    assert len(lines) == 5


def test_complete_files_are_not_asked_for_again(server, tmp_path):
    wanted = items(server, tmp_path, *(f"numbered/{n}.jpg" for n in range(10)))
    download.fetch(wanted[:6], QUICK)
    download.fetch(wanted, QUICK)
    assert set(server.visits.values()) == {1} and len(server.visits) == 10


def test_no_more_at_once_and_no_faster_than_allowed(server, tmp_path):
    wanted = items(server, tmp_path, *(f"slowish/{n}.jpg" for n in range(30)))
    download.fetch(wanted, Manners(concurrent=3))
    assert server.most_under_way <= 3
    server.times.clear()
    again = [Item(item.url, item.path.with_name(f"again-{item.path.name}")) for item in wanted]
    download.fetch(again, Manners(concurrent=8, requests_per_second=40))
    assert server.times[-1] - server.times[0] > 29 / 40 * 0.95


def test_the_user_agent_says_who_asks(server, tmp_path):
    fetch_one(server, tmp_path, "good/a.jpg", Manners(contact="someone@example.org"))
    (agent,) = server.agents
    assert agent.startswith("image-machines/") and agent.endswith("someone@example.org)")


def test_a_server_that_is_away_is_one_sentence(tmp_path):
    with serving() as server:
        wanted = items(server, tmp_path, *(f"good/{n}.jpg" for n in range(100)))
    with pytest.raises(ServerAway, match=r"nothing answers at 127.0.0.1:\d+ \(connection refused\); when"):
        download.fetch(wanted, QUICK)
    with pytest.raises(ServerAway, match="data_txt.zip cannot be had: connection refused"):
        download.read(f"{server.base}/data_txt.zip", QUICK)


def test_one_server_away_does_not_stop_the_downloads_from_another(server, tmp_path):
    closed = items(server, tmp_path / "closed", *(f"good/{n}.jpg" for n in range(40)))
    closed = [Item(item.url.replace("127.0.0.1", "127.0.0.2"), item.path) for item in closed]
    near = items(server, tmp_path, *(f"numbered/{n}.jpg" for n in range(40)))
    mixed = [item for pair in zip(closed, near, strict=True) for item in pair]
    assert len(download.fetch(mixed, QUICK)) == 40
    assert all(item.path.is_file() for item in near)


def test_a_server_that_goes_away_stops_the_download_and_what_came_stays(tmp_path):
    with serving() as server:
        wanted = items(server, tmp_path, *(f"slowish/{n}.jpg" for n in range(400)))
        timer = threading.Timer(0.5, setattr, (server, "gone", True))
        timer.start()
        with pytest.raises(ServerAway, match="run this again, and it goes on from here"):
            download.fetch(wanted, Manners(concurrent=4, timeout=0.3, attempts=2, first_pause=0.01))
        timer.join()
    came = [path for path in tmp_path.iterdir() if path.suffix == ".jpg"]
    assert came and all(images.is_picture(path) for path in came)


def test_an_error_on_this_side_ends_the_download_at_once(server, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    wanted = items(server, tmp_path / "file", "good/a.jpg")
    with pytest.raises(OSError):
        download.fetch(wanted, QUICK)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.wga.hu/x.jpg",
        "http://localhost.example.org/x.jpg",
        "http://127.0.0.1@example.org/x.jpg",
        "http://127.0.0.1.example.org/x.jpg",
        "http://192.168.0.1/x.jpg",
        "http://2130706433/x.jpg",
        "http:///x.jpg",
    ],
)
def test_nothing_is_fetched_from_another_host_without_permission(tmp_path, url):
    with pytest.raises(PermissionNeeded, match="is yours to obtain from its owner"):
        download.fetch([Item("http://127.0.0.1:9/x.jpg", tmp_path / "a.jpg"), Item(url, tmp_path / "b.jpg")])
    with pytest.raises(PermissionNeeded):
        download.read(url)


def test_the_gallery_is_named_as_having_no_policy():
    with pytest.raises(PermissionNeeded, match="The Web Gallery of Art states no policy on automated"):
        require_permission("https://www.wga.hu/x.zip", False)
    require_permission("https://www.wga.hu/x.zip", True)


@pytest.mark.parametrize("url", ["http://localhost:8000/x", "http://127.1.2.3/x", "http://[::1]:80/x"])
def test_this_machine_needs_no_permission(url):
    require_permission(url, False)


@pytest.mark.parametrize("permission", [True, False])
def test_a_redirect_is_no_way_round_permission(server, tmp_path, permission):
    manners = Manners(permission=permission, first_pause=0.01)
    assert "not followed" in fetch_one(server, tmp_path, "elsewhere/a.jpg", manners)[0]


@pytest.mark.parametrize("value", [{"concurrent": 0}, {"requests_per_second": 0.0}, {"attempts": 0}])
def test_manners_that_cannot_be_are_refused(value):
    with pytest.raises(ValueError, match=f"{next(iter(value))} must be above 0, not 0"):
        Manners(**value)


def test_a_killed_download_goes_on_where_it_stopped(server, tmp_path):
    names = [*(f"slowish/{n}.jpg" for n in range(60)), *(f"held/{n}.jpg" for n in range(60, 120))]
    wanted = items(server, tmp_path, *names)
    script = textwrap.dedent(
        f"""
        from pathlib import Path
        from image_machines.collection.download import fetch
        from image_machines.collection.manners import Item, Manners
        folder = Path({str(tmp_path)!r})
        names = {names!r}
        fetch([Item(f"{server.base}/{{name}}", folder / name.replace("/", "-")) for name in names],
              Manners(concurrent=4))
        """
    )
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.DEVNULL)

    def whole():  # what is still being written begins with a dot, which glob("*") would match
        return {path.name for path in tmp_path.glob("[!.]*.jpg")}

    try:
        while len(whole()) < 20:
            assert process.poll() is None, "the download ended by itself"
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()
        server.release.set()
    there = whole()
    assert 20 <= len(there) <= 60
    assert all(images.is_picture(tmp_path / name) for name in there)
    (tmp_path / ".slowish-7-0123abcd.jpg").write_bytes(PICTURE[:100])
    server.visits.clear()
    assert not download.fetch(wanted, QUICK)
    assert {path.name for path in tmp_path.iterdir()} == {item.path.name for item in wanted}
    assert not there & {path.lstrip("/").replace("/", "-") for path in server.visits}
