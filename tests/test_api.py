"""The service as others meet it: the real kernel gateway on a free port, with the tiny network."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image

from image_machines import images
from image_machines.network import models, responses
from image_machines.network.network import Network
from image_machines.service import api

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "explain.ipynb"
START = """
import json, logging, sys
from image_machines.service.serve import serve
logging.basicConfig()
sys.exit(serve(**json.loads(sys.argv[1])))
"""
SMALL = {"octaves": 10, "iterations": 2, "final_size": 60}  # an image in milliseconds
LONG = {"octaves": 10, "iterations": 10_000, "final_size": 60}  # an image that nobody waits for
ENDED = ("done", "failed", "cancelled")


class Served:
    """A service in a process of its own, and a client of it."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder, self.token = folder, options.get("token", "")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        settings = {"folder": str(folder), "preset": "paper-2018", "port": self.port}
        self.log = folder / "service.log"
        self.session = requests.Session()
        self.url = f"http://127.0.0.1:{self.port}"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", START, json.dumps({**settings, "notebook": str(NOTEBOOK), **options})],
                cwd=ROOT,
                stderr=log,
                stdout=log,
                env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
            )

    def ready(self) -> Served:
        """Wait until it answers; its log is the message when it never does."""
        until = time.monotonic() + 240
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if self.get("/status").status_code:
                    return self
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.1)
        self.process.kill()
        self.process.wait()
        raise AssertionError(self.log.read_text())

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.url + path, timeout=120, **options)

    def json(self, path: str, **options: Any) -> Any:
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        if body is not None:
            options["json"] = body
        return self.session.post(self.url + path, timeout=120, **options)

    def submit(
        self, neuron: Any = 0, octave: Any = 1, status: int = 202, **body: Any
    ) -> list[dict[str, Any]]:
        body = {"layer": "features", "neuron": neuron, "octave": octave, "settings": SMALL, **body}
        answer = self.post("/jobs", body)
        assert answer.status_code == status, answer.text
        return list(answer.json()["jobs"])

    def wait(self, job: dict[str, Any], *states: str) -> dict[str, Any]:
        """Wait until a job is in one of the states (done, when none is named)."""
        states = states or ("done",)
        until = time.monotonic() + 240
        while time.monotonic() < until:
            job = self.json(f"/jobs/{job['id']}")
            if job["state"] in states:
                return job
            assert job["state"] not in ENDED, job
            time.sleep(0.02)
        raise AssertionError(f"{job} never was {states}")

    def delete(self, job: dict[str, Any]) -> requests.Response:
        return self.session.delete(f"{self.url}/jobs/{job['id']}", timeout=120)

    def empty(self) -> list[dict[str, Any]]:
        """Cancel whatever waits or runs."""
        answer = self.session.delete(f"{self.url}/jobs", timeout=60)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["jobs"])

    def picture(self, path: str) -> np.ndarray:
        answer = self.get(f"/public/{path}")
        assert answer.status_code == 200, answer.text
        return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB"))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory, tiny_network: Network) -> Path:
    """The folder of a finished run: a model, a second one, and what excites the first."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    second = replace(tiny_network, name="second")
    models.save(second, folder / "model" / "second.keras")
    saved = models.save(tiny_network, folder / "model" / "tiny.keras")
    os.utime(folder / "model" / "second.keras", (1, 1))
    random = np.random.default_rng(0)
    records = []
    for number in range(12):
        picture = random.integers(0, 255, (60, 40, 3), np.uint8)
        images.save(folder / "data" / "val" / "portrait" / f"{number}.jpg", picture)
        records.append(
            {
                "file": f"val/portrait/{number}.jpg",
                "class": "portrait",
                "author": "AACHEN, Hans von",
                "title": f"Work {number}",
                "date": "1600",
                "url": "http://127.0.0.1/html/a/aachen/work.html",
                "source": f"builtin:portrait/{number}" if number % 2 else f"http://127.0.0.1/{number}.jpg",
            }
        )
    network = models.load(saved)
    network = network.with_graph(network.graph, size=32)
    responses.measure(network, records, folder / "data", ["late"], folder / "responses" / "tiny")
    return folder


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., Served]]:
    """Start a service; it ends with the tests."""
    started: list[Served] = []

    def start(folder: Path, **options: Any) -> Served:
        started.append(Served(folder, **options))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()


@pytest.fixture(scope="session")
def others(run: Path, serve: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Served]:
    """Services started in other ways, side by side, since most of a start is waiting for TensorFlow."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("token", "open")}
    for folder in folders.values():
        shutil.copytree(run / "model", folder / "model")
    return {
        "token": serve(folders["token"], host="0.0.0.0", token="secret word"),
        "open": serve(folders["open"], allow_origin="null"),
    }


@pytest.fixture(scope="session")
def gateway(run: Path, serve: Any, others: Any) -> Served:
    (run / "2018.html").write_text("<title>2018</title>")
    (run / "secret.txt").write_text("secret")
    return serve(run).ready()


@pytest.fixture
def service(gateway: Served) -> Iterator[Served]:
    """The service, its queue empty."""
    yield gateway
    gateway.empty()


def test_the_call_of_2018_answers_at_once_with_an_image_that_grows(service: Served) -> None:
    answer = service.get("/activations/FEATURES/5/1")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    path = answer.text
    assert path == "images/tiny/features/features-005-paper-2018-174px-seed0.jpg"
    assert service.picture(path).shape[2] == 3
    assert service.get("/activations/features/5/1").text == path
    job = next(job for job in service.json("/jobs")["jobs"] if job["image"] == path)
    shapes = set()
    while service.json(f"/jobs/{job['id']}")["state"] != "done":
        shapes.add(service.picture(path).shape[0])
    assert service.picture(path).shape == (174, 174, 3)
    assert shapes <= {96, 174}
    assert service.get("/activations/features/5/1").text == path


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("featurez/0/1", 404, "no layer 'featurez' (did you mean 'features'"),
        ("features/16/1", 400, "features has neurons 0-15, not 16"),
        ("features/x/1", 400, "features has no neuron 'x'"),
        ("features/-1/1", 400, "features has no neuron '-1'"),
        ("features/0/0", 400, "octave must be a whole number from 1 to 10, not '0'"),
        ("features/0/11", 400, "octave must be a whole number from 1 to 10, not '11'"),
        ("features/0/1.5", 400, "octave must be a whole number"),
        ("features/0/1?preset=none", 400, "no preset 'none'"),
        ("features/0/1?seed=-1", 400, "seed must be a whole number from 0"),
        ("features/0/1?model=x", 404, "no model 'x'"),
        ("predictions/potrait/1", 400, "did you mean 'portrait'"),
        ("__class__/0/1", 404, "no layer '__class__'"),
        ("features/%7B__import__('os')%7D/1", 400, "has no neuron"),
        ("%F0%9F%8E%A8/0/1", 404, "no layer"),
        ("features/%FF/1", 400, "Bad Request"),
    ],
)
def test_a_bad_call_is_answered_in_one_sentence(
    gateway: Served, path: str, status: int, sentence: str
) -> None:
    answer = gateway.get(f"/activations/{path}")
    assert answer.status_code == status
    assert sentence in answer.json()["error"]


def test_a_class_may_be_named(service: Served) -> None:
    path = service.get("/activations/predictions/Still-Life/1").text
    assert path == "images/tiny/predictions/predictions-002-still-life-paper-2018-174px-seed0.jpg"


def watch_it_grow(chromium: Any, address: str, neuron: int, last: int = 174) -> set[int]:
    """Ask for an image on the page of 2018; the widths that it had until it had the last one."""
    page = chromium.new_page()
    page.goto(address)
    page.fill("#neuron", str(neuron))
    page.click("button")
    page.wait_for_selector("img")
    widths: set[int] = set()
    until = time.monotonic() + 30
    while last not in widths and time.monotonic() < until:
        widths.add(page.evaluate("document.querySelector('img').naturalWidth"))
        page.wait_for_timeout(20)
    assert page.inner_text(f"[id='{neuron}x1']").strip() == f"Features:{neuron}x1"
    page.close()
    return widths


@pytest.mark.browser
def test_the_page_of_2018_works_as_it_is(service: Served, chromium: Any) -> None:
    page = (ROOT / "tests" / "page_2018.html").read_text().replace(":6006", f":{service.port}")
    (service.folder / "then.html").write_text(page)
    service.submit(0, 9, settings=LONG, seed=14)  # so that the placeholder is seen first
    widths = watch_it_grow(chromium, f"{service.url}/public/then.html", 6, last=96)
    assert widths <= {0, 96}
    service.empty()
    assert 174 in watch_it_grow(chromium, f"{service.url}/public/then.html", 7)


@pytest.mark.browser
def test_the_page_of_2018_works_from_disk_when_that_is_allowed(
    others: dict[str, Served], chromium: Any
) -> None:
    service = others["open"].ready()
    page = (ROOT / "tests" / "page_2018.html").read_text().replace(":6006", f":{service.port}")
    (service.folder / "then.html").write_text(page)
    assert 174 in watch_it_grow(chromium, (service.folder / "then.html").as_uri(), 5)


def test_the_models_are_described(gateway: Served, tiny_network: Network) -> None:
    listed = gateway.json("/models")["models"]
    assert [model["name"] for model in listed] == ["tiny", "second"]
    assert [model["architecture"] for model in listed] == [tiny_network.architecture] * 2
    model = gateway.json("/models/TINY")
    assert model["fingerprint"] == tiny_network.fingerprint
    assert model["classes"] == ["portrait", "landscape", "still-life"]
    assert model["classes_layer"] == "predictions"
    assert model["sizes"] == [174, 209, 251, 301, 361, 434, 520, 625, 750, 900]
    layers = {layer["name"]: layer for layer in model["layers"]}
    assert layers["late"] == {
        "name": "late",
        "kind": "Conv2D",
        "width": 24,
        "map_size": 75,
        "stride": 4,
        "receptive_field": 13,
        "visualizable": True,
        "landmark": True,
        "responses": True,
        "sources": ["features"],
        "block": "late",
        "branch": None,
    }
    assert layers["predictions"]["map_size"] is None
    assert not layers["features"]["responses"]
    assert gateway.get("/models/third").status_code == 404


def test_the_presets_hold_every_parameter(gateway: Served) -> None:
    presets = gateway.json("/presets")
    paper = next(each for each in presets["presets"] if each["name"] == "paper-2018")
    assert paper["settings"]["iterations"] == 100
    assert paper["sizes"][0] == 174
    assert presets["default"] == "paper-2018"
    assert all(each["title"].endswith(".") for each in presets["presets"])


def test_a_request_is_every_combination_of_its_lists(service: Served) -> None:
    jobs = service.submit([0, 1, 1], [1, 2], seed=[0, 7])
    assert len(jobs) == 8
    done = [service.wait(job) for job in jobs]
    assert {(job["neuron"], job["octave"], job["seed"], job["size"]) for job in done} == {
        (neuron, octave, seed, size)
        for neuron in (0, 1)
        for octave, size in ((1, 11), (2, 13))
        for seed in (0, 7)
    }
    for job in done:
        assert service.picture(job["image"]).shape == (job["size"], job["size"], 3)
        assert job["settings"] == {"iterations": 2, "final_size": 60}
        assert (job["progress"], job["seconds_left"], job["position"]) == (1, None, None)
    assert [job["id"] for job in service.submit([0, 1], [1, 2], seed=[0, 7], status=200)] == [
        job["id"] for job in jobs
    ]


def test_an_estimate_begins_nothing(service: Served) -> None:
    (known,) = service.submit(2)
    service.wait(known)
    before = len(service.json("/jobs")["jobs"])
    body = {"layer": "features", "neuron": [2, 3], "octave": 1, "settings": SMALL}
    estimate = service.post("/estimates", body).json()
    assert (estimate["new"], estimate["done"]) == (1, 1)
    assert [job["seconds"] > 0 for job in estimate["jobs"]] == [False, True]
    assert estimate["seconds"] == pytest.approx(sum(job["seconds"] for job in estimate["jobs"]))
    assert len(service.json("/jobs")["jobs"]) == before


def test_a_more_urgent_job_takes_over_and_the_other_resumes(service: Served) -> None:
    (long,) = service.submit(0, 1, settings=LONG)
    long = service.wait(long, "rendering")
    (urgent,) = service.submit(0, 2, seed=1)
    service.wait(urgent)
    paused = service.wait(long, "rendering", "paused")
    while service.json(f"/jobs/{long['id']}")["progress"] <= paused["progress"]:
        time.sleep(0.02)


def test_higher_octaves_go_first(service: Served) -> None:
    (long,) = service.submit(0, 10, settings=LONG, seed=2)
    service.wait(long, "rendering")
    jobs = [service.submit(0, octave, seed=3)[0] for octave in (1, 3, 2)]
    jobs = service.json("/jobs", params={"ids": ",".join(job["id"] for job in jobs)})["jobs"]
    assert {job["octave"]: job["position"] for job in jobs} == {3: 1, 2: 2, 1: 3}
    assert service.json("/status")["rendering"] == [long["id"]]
    assert service.json("/status")["queued"] == 3


def test_cancel(service: Served) -> None:
    long, waiting = service.submit([0, 1], 3, settings=LONG, seed=4)
    service.wait(long, "rendering")
    for job in (waiting, long):
        answer = service.delete(job)
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
        again = service.delete(job)
        assert (again.status_code, again.json()["error"]) == (409, f"job {job['id']} is cancelled already")
    (next_,) = service.submit(1, 1, seed=4)
    service.wait(next_)
    assert service.get(f"/public/{long['image']}").status_code == 404
    assert service.delete(next_).status_code == 409
    assert service.delete({"id": "unknown"}).status_code == 404


def test_cancel_some_or_all(service: Served) -> None:
    jobs = service.submit([0, 1, 2, 3], 3, settings=LONG, seed=13)
    ids = {"ids": f"{jobs[1]['id']},{jobs[2]['id']},unknown"}
    answer = service.session.delete(f"{service.url}/jobs", params=ids, timeout=120).json()["jobs"]
    assert {job["id"] for job in answer} == {jobs[1]["id"], jobs[2]["id"]}
    assert {job["id"] for job in service.empty()} == {jobs[0]["id"], jobs[3]["id"]}
    assert service.empty() == []
    assert service.json("/status")["queued"] == 0


def test_jobs_are_listed_newest_first_and_paged(service: Served) -> None:
    made = [service.wait(service.submit(neuron, 1, seed=5)[0]) for neuron in range(3)]
    first = service.json("/jobs", params={"limit": 2, "state": "done"})
    assert [job["id"] for job in first["jobs"]] == [made[2]["id"], made[1]["id"]]
    rest = service.json("/jobs", params={"limit": 2, "offset": first["next"], "state": "done"})
    assert rest["jobs"][0]["id"] == made[0]["id"]
    assert service.get("/jobs", params={"state": "asleep"}).status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ("", 400, "the body is not JSON"),
        ("{", 400, "the body is not JSON"),
        ("[]", 400, "must be a JSON object, not list"),
        ("[" * 20000, 400, "the body is not JSON"),
        ('{"layer": "features"}', 400, "neuron is missing"),
        ('{"layer": 3, "neuron": 0}', 400, "layer must be text, not 3"),
        ('{"layer": "features", "neuron": 0.5}', 400, "neuron must be a whole number or text, not 0.5"),
        ('{"layer": "features", "neuron": true}', 400, "neuron must be a whole number or text, not true"),
        ('{"layer": "features", "neuron": []}', 400, "neuron is an empty list"),
        ('{"layer": "features", "neuron": 0, "octave": 99}', 400, "octave must be from 1 to 10, not 99"),
        ('{"layer": "features", "neuron": 0, "seed": -1}', 400, "seed must be from 0"),
        ('{"layer": "features", "neuron": 0, "neurn": 1}', 400, "no key 'neurn' (did you mean 'neuron'?)"),
        ('{"layer": "features", "neuron": 0, "settings": {"step": NaN}}', 400, "NaN is not a number"),
        ('{"layer": "features", "neuron": 0, "settings": {"stp": 1}}', 400, "no setting 'stp'"),
        (
            '{"layer": "features", "neuron": 0, "settings": {"final_size": 8000}, "octave": 10}',
            400,
            "too much",
        ),
        ('{"layer": "features", "neuron": 0, "settings": {"regularizers": 1}}', 400, "are a list"),
        ('{"layer": "\\ud800", "neuron": 0}', 400, "layer must be text"),
        ('{"layer": "nope", "neuron": 0}', 404, "no layer 'nope'"),
        ('{"model": "nope", "layer": "features", "neuron": 0}', 404, "no model 'nope'"),
        (json.dumps({"layer": "f", "neuron": 0, "seed": list(range(1001))}), 413, "at most 1000 images"),
        ('{"layer": "' + "x" * 70000 + '"}', 413, "longer than 65536 bytes"),
    ],
)
def test_a_bad_body_is_answered_in_one_sentence(
    gateway: Served, body: str, status: int, sentence: str
) -> None:
    answer = gateway.post("/jobs", data=body.encode("utf-8", "surrogatepass"))
    assert answer.status_code == status
    assert sentence in answer.json()["error"]


def test_a_body_that_is_not_text_is_refused(gateway: Served) -> None:
    assert gateway.post("/jobs", data=b"\xff\xfe").status_code == 400


def test_a_full_queue_says_so(service: Served) -> None:
    (long,) = service.submit(0, 10, settings=LONG, seed=6)
    service.wait(long, "rendering")
    jobs = service.submit(list(range(16)), 1, seed=list(range(100, 162)), settings=LONG)
    assert len(jobs) == 992
    answer = service.post(
        "/jobs", {"layer": "features", "neuron": list(range(16)), "seed": 99, "settings": SMALL}
    )
    assert answer.status_code == 429
    assert "holds 992 of 1000 images, 16 more do not fit" in answer.json()["error"]
    assert service.get("/activations/late/1/9").status_code == 200


def test_two_clients_at_once_share_one_queue(service: Served) -> None:
    with ThreadPoolExecutor(2) as clients:
        first, second = clients.map(
            lambda _: requests.post(
                f"{service.url}/jobs",
                json={"layer": "early", "neuron": list(range(8)), "octave": 1, "settings": SMALL},
                timeout=120,
            ).json()["jobs"],
            range(2),
        )
    assert [job["id"] for job in first] == [job["id"] for job in second]
    for job in first:
        service.wait(job)


def test_two_hundred_requests_while_rendering_lose_nothing(service: Served) -> None:
    (long,) = service.submit(0, 9, settings=LONG, seed=8)
    service.wait(long, "rendering")

    def ask(number: int) -> tuple[int, str]:
        path = f"/activations/late/{number % 24}/1?seed={number // 24}"
        answer = requests.get(service.url + path, timeout=60)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(ask, range(200)))
    assert {status for status, _ in answers} == {200}
    expected = [
        f"images/tiny/late/late-{number % 24:03d}-paper-2018-174px-seed{number // 24}.jpg"
        for number in range(200)
    ]
    assert [path for _, path in answers] == expected
    listed = {job["image"] for job in service.json("/jobs", params={"limit": 500})["jobs"]}
    assert set(expected) <= listed


def test_an_image_is_whole_whenever_it_is_fetched(service: Served) -> None:
    (job,) = service.submit(4, 8, settings={"octaves": 10, "final_size": 300, "iterations": 30}, seed=9)
    stop = threading.Event()
    seen: list[int] = []

    def watch() -> None:
        session = requests.Session()
        while not stop.is_set():
            answer = session.get(f"{service.url}/public/{job['image']}", timeout=120)
            Image.open(io.BytesIO(answer.content)).load()
            seen.append(len(answer.content))

    watchers = [threading.Thread(target=watch) for _ in range(3)]
    for watcher in watchers:
        watcher.start()
    service.wait(job)
    stop.set()
    for watcher in watchers:
        watcher.join()
    assert len(set(seen)) > 1


def test_an_image_fetched_again_is_the_new_one(service: Served) -> None:
    """A browser that asks whether its copy is still good is never told so of a picture that has grown."""
    (job,) = service.submit(5, 1, seed=10, settings=LONG)
    first = service.get(f"/public/{job['image']}")
    again = service.get(f"/public/{job['image']}", headers={"If-None-Match": first.headers["ETag"]})
    service.delete(job)
    (small,) = service.submit(5, 1, seed=10)
    service.wait(small)
    kept = service.get(f"/public/{small['image']}")
    held = {"If-None-Match": kept.headers["ETag"]}
    assert service.get(f"/public/{small['image']}", headers=held).status_code == 304
    assert again.status_code in (200, 304)
    (service_file,) = (service.folder / small["image"],)
    service_file.write_bytes(service_file.read_bytes() + b" ")
    assert service.get(f"/public/{small['image']}", headers=held).status_code == 200


def test_finished_images_with_their_cards(service: Served) -> None:
    (job,) = service.submit("landscape", 2, layer="predictions", seed=11)
    service.wait(job)
    found = service.json("/images", params={"class": "LANDSCAPE", "seed": 11})
    assert found["total"] == 1
    (image,) = found["images"]
    assert (image["id"], image["layer"], image["neuron"], image["octave"]) == (job["id"], "predictions", 1, 2)
    assert service.json("/images", params={"class": "portrait", "seed": 11})["total"] == 0
    card = service.json(f"/images/{image['id']}")
    assert card == {"id": image["id"], **images.read_card(service.folder / image["image"])}
    assert card["settings"]["final_size"] == 60
    assert set(card["changes"]) == {"iterations", "final_size"}
    assert card["versions"]["keras"]
    assert card["command"].startswith("python -m image_machines again ")
    assert service.get("/images/unknown").status_code == 404
    assert service.get("/images", params={"limit": 0}).status_code == 400
    page = service.json("/images", params={"limit": 1})
    assert (len(page["images"]), page["next"]) == (1, 1)


def test_other_networks_say_what_they_take_a_class_for(service: Served) -> None:
    (job,) = service.submit("landscape", 1, layer="predictions", seed=12)
    service.wait(job)
    until = time.monotonic() + 120
    while not (answer := service.json(f"/images/{job['id']}/jury"))["ready"]:
        assert answer["heard"] is None and time.monotonic() < until
        time.sleep(0.1)
    heard = answer["heard"]
    said = {each["juror"]: each for each in heard["opinions"]}
    assert "tiny" not in said and said["second"]["image"]["own"] is not None
    assert service.picture(heard["control"]).shape == service.picture(job["image"]).shape
    (entry,) = service.json("/images", params={"class": "landscape", "model": "tiny", "seed": 12})["images"]
    assert entry["jury"] == heard["sentence"]
    assert service.json(f"/images/{job['id']}")["jury"] == heard
    assert service.get("/images/unknown/jury").status_code == 404


def test_nobody_is_asked_about_a_neuron_that_is_no_class(service: Served) -> None:
    (job,) = service.submit(3, 1, seed=12)
    service.wait(job)
    assert service.json(f"/images/{job['id']}/jury") == {"ready": True, "heard": None}


def test_the_works_that_excite_a_neuron(service: Served) -> None:
    answer = service.json("/responses/LATE/3", params={"n": 4})
    until = time.monotonic() + 20
    while not answer["ready"]:
        assert time.monotonic() < until
        answer = service.json("/responses/late/3", params={"n": 4})
    assert answer["pictures"] == 12
    urls = {work["url"] for work in answer["works"] if not work["painted"]}
    assert urls <= {"http://127.0.0.1/html/a/aachen/work.html"}
    assert all(work["url"] is None for work in answer["works"] if work["painted"])
    for work in answer["works"]:
        assert work["painted"] == bool(int(work["title"].removeprefix("Work ")) % 2)
    assert [work["rank"] for work in answer["works"]] == [1, 2, 3, 4]
    for work in answer["works"]:
        assert work["artist"] == "Hans von Aachen"
        assert work["title"].startswith("Work ")
        assert service.picture(work["picture"]).shape == (60, 40, 3)
        rows, columns, _ = service.picture(work["crop"]).shape
        assert rows <= 31
        assert columns <= 21
    strengths = [work["activation"] for work in answer["works"]]
    assert strengths == sorted(strengths, reverse=True)
    assert "no responses of 'features'" in service.get("/responses/features/3").json()["error"]
    assert service.get("/responses/features/3").status_code == 404
    assert service.get("/responses/late/24").status_code == 400
    assert service.get("/responses/late/3", params={"n": 51}).status_code == 400


def test_the_readers_experiment(service: Served) -> None:
    for job in service.submit([0, 3, 5], 1, layer="late"):
        service.wait(job)
    call = {"n": 6, "seed": 2}
    answer = service.json("/experiment", params=call)
    until = time.monotonic() + 20
    while not answer["ready"]:
        assert time.monotonic() < until
        answer = service.json("/experiment", params=call)
    trials = answer["trials"]
    assert (answer["model"], answer["seed"]) == ("tiny", 2)
    assert sorted(trial["condition"] for trial in trials) == ["both"] * 2 + ["image"] * 2 + ["works"] * 2
    for trial in trials:
        image, pair = trial["image"], [trial["left"], trial["right"]]
        assert image["layer"] == "late"
        path = f"/responses/late/{image['neuron']}"
        order = [work["file"] for work in service.json(path, params={"n": 12})["works"]]
        stronger, weaker = sorted(pair, key=lambda work: -work["activation"])
        assert stronger["rank"] == order.index(stronger["file"]) + 1 <= 6 < weaker["rank"] <= 12
        shown = [work["file"] for work in trial["works"]]
        assert shown == (
            []
            if trial["condition"] == "image"
            else [file for file in order[:5] if file != stronger["file"]][:4]
        )
        assert service.picture(pair[0]["picture"]).shape == (60, 40, 3)
    assert "no model 'none'" in service.get("/experiment", params={"model": "none"}).json()["error"]
    assert service.get("/experiment", params={"n": 2}).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/public/../secret.txt",
        "/public/%2e%2e/secret.txt",
        "/public/..%2fsecret.txt",
        "/public/secret.txt",
        "/public/images/../secret.txt",
        "/public/images/..%2f..%2fmodel%2ftiny.json",
        "/public/images/%2e%2e/%2e%2e/model/tiny.json",
        "/public/images//etc/passwd",
        "/public//etc/passwd",
        "/public/images/%00",
        "/public/model/tiny.json",
        "/public/service.log",
        "/public/images/.hidden.jpg",
        "/public/images/link.jpg",
        "/public/images/",
        "/public/images/tiny",
        "/public/",
        "/_api/source",
        "/explain.ipynb",
        "/secret.txt",
        "/api",
    ],
)
def test_nothing_but_images_and_pages_is_reachable(gateway: Served, path: str) -> None:
    (gateway.folder / "images" / ".hidden.jpg").write_text("secret")
    link = gateway.folder / "images" / "link.jpg"
    if not link.is_symlink():
        link.symlink_to(gateway.folder / "secret.txt")
    with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{gateway.port}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    status = int(answer.split()[1])
    assert status in (400, 403, 404)
    assert b"secret" not in answer.partition(b"\r\n\r\n")[2].replace(path.encode(), b"")
    assert set(json.loads(answer.partition(b"\r\n\r\n")[2])) == {"error"}


def test_the_page_and_the_pages_beside_the_images_are_served(gateway: Served) -> None:
    assert gateway.get("/").url == f"{gateway.url}/public/interface.html"
    assert gateway.get("/public/interface.html").text == (ROOT / "interface.html").read_text("utf-8")
    assert "2018" in gateway.get("/public/2018.html").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example:6006"},
        {"Host": "127.0.0.1.evil.example"},
    ],
)
def test_a_page_of_another_origin_may_start_nothing(gateway: Served, headers: dict[str, str]) -> None:
    before = gateway.json("/jobs")["total"]
    for answer in (
        gateway.get("/activations/features/9/1", headers=headers),
        gateway.post("/jobs", {"layer": "features", "neuron": 9}, headers=headers),
        gateway.session.options(f"{gateway.url}/jobs", headers=headers, timeout=120),
    ):
        if answer.request.method != "OPTIONS" or "Sec-Fetch-Site" not in headers:
            assert (answer.status_code, list(answer.json())) == (403, ["error"])
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert gateway.json("/jobs")["total"] == before


def test_its_own_page_may_ask_by_any_name_of_the_loopback(gateway: Served) -> None:
    for host in ("127.0.0.1", "localhost"):
        origin = f"http://{host}:{gateway.port}"
        answer = gateway.get("/status", headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, origin)


def test_a_method_that_is_not_for_the_resource(gateway: Served) -> None:
    for method, path in (("PUT", "/jobs"), ("PATCH", "/status"), ("DELETE", "/public/interface.html")):
        answer = gateway.session.request(method, gateway.url + path, timeout=120)
        assert answer.status_code == 405
        assert "is not for this resource" in answer.json()["error"]
        assert "GET" in answer.headers["Allow"]
    assert gateway.get("/nowhere").status_code == 404


def test_the_worker_never_speaks_into_an_answer(service: Served) -> None:
    """Standard output is the answer to whoever asks, so nothing of ours may print: every answer parses."""
    (job,) = service.submit(0, 2, seed=12, settings={"octaves": 10, "final_size": 60, "iterations": 200})
    for _ in range(100):
        assert service.json("/status")["models"] == 2
    service.wait(job)


def test_everywhere_else_a_token_is_needed(others: dict[str, Served]) -> None:
    service = others["token"].ready()
    secret = {"Authorization": "token secret word"}
    for path in (
        "/status",
        "/activations/features/0/1",
        "/public/interface.html",
        "/public/images/index.json",
    ):
        for headers in ({}, {"Authorization": "token wrong"}, {"Authorization": "secret word"}):
            answer = requests.get(service.url + path, headers=headers, timeout=120)
            assert (answer.status_code, answer.json()["error"]) == (401, "the token is missing or wrong")
    page = requests.get(f"{service.url}/", headers={"Accept": "text/html,*/*"}, timeout=120)
    assert (page.status_code, page.headers["Content-Type"]) == (401, "text/html; charset=utf-8")
    assert "A token is needed" in page.text
    assert requests.get(f"{service.url}/status", headers=secret, timeout=120).status_code == 200
    assert requests.get(f"{service.url}/status?token=secret+word", timeout=120).status_code == 200
    elsewhere = {**secret, "Host": "machine.example:6006"}
    assert requests.get(f"{service.url}/status", headers=elsewhere, timeout=120).status_code == 200
    browser = requests.Session()
    assert browser.get(f"{service.url}/?token=secret+word", timeout=120).status_code == 200
    assert browser.get(f"{service.url}/status", timeout=120).status_code == 200
    foreign = {"Origin": "http://evil.example"}
    assert (
        browser.get(f"{service.url}/activations/features/0/1", headers=foreign, timeout=120).status_code
        == 403
    )


def test_an_allowed_origin_gets_the_header_of_the_notebook(others: dict[str, Served]) -> None:
    service = others["open"].ready()
    from_disk = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    answer = service.get("/activations/features/0/1", headers=from_disk)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "null")
    asked = service.session.options(
        f"{service.url}/jobs", headers={**from_disk, "Access-Control-Request-Method": "POST"}, timeout=120
    )
    assert asked.status_code == 204
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in asked.headers["Access-Control-Allow-Headers"]
    assert service.get("/status", headers={"Origin": "http://evil.example"}).status_code == 403


def test_finished_work_survives_a_restart(others: dict[str, Served], serve: Any) -> None:
    service = others["open"].ready()
    (job,) = service.submit(1, 1)
    service.wait(job)
    (unfinished,) = service.submit(2, 1, settings=LONG)
    service.wait(unfinished, "rendering")
    made = (service.folder / job["image"]).stat().st_mtime_ns
    assert service.stop() == 0
    listed = json.loads((service.folder / "images" / "index.json").read_text())["images"]
    assert [image["id"] for image in listed][0] == job["id"]
    again = serve(service.folder).ready()
    assert not (service.folder / unfinished["image"]).exists()
    (kept,) = again.submit(1, 1, status=200)
    assert (kept["state"], kept["image"]) == ("done", job["image"])
    assert (service.folder / job["image"]).stat().st_mtime_ns == made
    others["restarted"] = again


def test_a_kernel_that_dies_ends_the_service(others: dict[str, Served]) -> None:
    service = others["restarted"]
    children = subprocess.run(
        ["ps", "--ppid", str(service.process.pid), "-o", "pid="], capture_output=True, text=True, check=True
    )
    for child in children.stdout.split():
        os.kill(int(child), signal.SIGKILL)
    assert service.process.wait(30) == 1
    assert "the kernel died" in service.log.read_text()


def test_a_service_that_cannot_start_says_why(serve: Any, tmp_path: Path) -> None:
    service = serve(tmp_path, models=["nowhere.keras"])
    assert service.process.wait(60) == 1
    assert "the service cannot start: FileNotFoundError: no model at nowhere.keras" in service.log.read_text()


@pytest.fixture(scope="module")
def reticent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that says neither its pixels nor its classes."""
    import keras

    layers = keras.layers
    inputs = keras.Input((None, None, 3))
    tensor = layers.Conv2D(4, 3, activation="relu", name="features")(inputs)
    tensor = layers.Dense(2, activation="softmax", name="out")(layers.GlobalAveragePooling2D()(tensor))
    file = tmp_path_factory.mktemp("reticent") / "mine.keras"
    keras.Model(inputs, tensor).save(file)
    return file


def test_a_model_that_does_not_say_its_pixels_is_asked_for_them(serve: Any, reticent: Path) -> None:
    service = serve(reticent.parent, models=[str(reticent)])
    assert service.process.wait(120) == 1
    (line,) = [line for line in service.log.read_text().splitlines() if "cannot start" in line]
    assert "mine.keras does not say" in line and "give pixels=, one of '-1..1', '0..1', '0..255'" in line
    assert "Traceback" not in service.log.read_text()


def test_it_is_served_with_the_pixels_and_classes_that_are_given(serve: Any, reticent: Path) -> None:
    service = serve(reticent.parent, models=[str(reticent)], pixels="0..255", classes=["cat", "dog"]).ready()
    assert service.json("/models/mine")["classes"] == ["cat", "dog"]
    (job,) = service.submit("dog", layer="out")
    assert service.wait(job)["class_name"] == "dog"
    assert service.picture(job["image"]).shape == (11, 11, 3)
    assert service.stop() == 0


def test_a_client_that_goes_away_leaves_no_traceback(service: Served) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", service.port)) as connection:
            connection.sendall(
                f"GET /models/tiny HTTP/1.1\r\nHost: 127.0.0.1:{service.port}\r\n\r\n".encode()
            )
    assert service.json("/status")["models"] == 2
    assert "Traceback" not in service.log.read_text()


def test_the_way_of_2018_to_start_names_the_new_one() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    gateway = [str(Path(sys.executable).with_name("jupyter")), "kernelgateway"]
    gateway += ["--KernelGatewayApp.api=kernel_gateway.notebook_http", f"--port={port}"]
    started = subprocess.run(
        [*gateway, "--KernelGatewayApp.seed_uri=explain.ipynb"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert started.returncode != 0
    assert "make serve" in started.stderr


def test_a_gateway_that_lends_kernels_to_notebooks_is_left_alone() -> None:
    kernel = "from image_machines.notebooks import gateway; gateway.refuse_others(); print('went on')"
    call = f"subprocess.run([sys.executable, '-c', {kernel!r}], capture_output=True, text=True)"
    lender = f"import subprocess, sys; print({call}.stdout, 'alive')"
    environment = {name: value for name, value in os.environ.items() if name != "KG_API"}
    environment |= {"KERNEL_GATEWAY": "1", "IMAGE_MACHINES_SERVICE": ""}
    done = subprocess.run(
        [sys.executable, "-c", lender], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.stdout.split() == ["went", "on", "alive"]


def test_every_resource_is_described_and_every_description_is_a_resource(gateway: Served) -> None:
    notebook = json.loads(NOTEBOOK.read_text())
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    handlers = {source.splitlines()[0] for source in sources if source.startswith("# ")}
    described = set()
    for path, operations in api.description()["paths"].items():
        for method, operation in operations.items():
            line = f"{method.upper()} {path.replace('{', ':').replace('}', '')}"
            described |= {f"# {line}", f"# ResponseInfo {line}"}
            assert f"| `{line}` | {operation['summary']} |" in NOTEBOOK.read_text()
    assert described == {line for line in handlers if " /" in line}
    assert gateway.json("/openapi") == api.description()


def test_the_gateway_keeps_to_its_description(gateway: Served) -> None:
    """Schemathesis makes up requests, good and bad, and holds the answers against the description."""
    report, description = gateway.folder / "schemathesis.txt", gateway.folder / "openapi.json"
    description.write_text(gateway.get("/openapi").text)
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    with report.open("w") as output:
        ended = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("schemathesis")), "run"),
                str(description),
                *("--url", gateway.url, "--checks", checks, "--phases", "examples,fuzzing"),
                *("--max-examples", "12", "--seed", "1", "--generation-database", "none", "--no-color"),
                *("--request-timeout", "30", "--mode", "all"),
            ],
            cwd=gateway.folder,
            stdout=output,
            stderr=output,
            timeout=120,
        )
    assert ended.returncode == 0, report.read_text()[-6000:]
    gateway.empty()
