"""The page in real Chromium, against a stand-in for the service on loopback that keeps the same contract."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pytest
from PIL import Image

from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.network import imagenet
from tests.conftest import OPENING_CLOSED, fresh

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent
SIZES = [174, 209, 251, 301, 361, 434, 520, 625, 750, 900]
CLASSES = ["landscape", "portrait", "still life"]
PRESETS = {
    "quick": "A rough image in a few seconds.",
    "paper-2018": "Median filter and octaves, as in Images of Image Machines (2018).",
    "fourier": "Painted in frequencies, with jitter and rotation.",
}
LAYERS: list[tuple[str, str, int, int | None, int | None, int | None]] = [
    ("conv2d_1", "Conv2D", 32, 147, 2, 7),
    ("mixed2", "Concatenate", 288, 35, 8, 87),
    ("mixed5", "Concatenate", 768, 17, 16, 139),
    ("mixed10", "Concatenate", 2048, 8, 32, 1311),
    ("predictions", "Dense", 3, None, None, None),
]


class StandIn:
    """The service's answers without a network: a job's image is finished after a few questions about it.

    ``hold`` keeps jobs as they are. ``asked`` lists the ids of every question about jobs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "images")
        self.jobs: dict[str, dict[str, Any]] = {}
        self.recipes: dict[str, Recipe] = {}
        self.entries: dict[str, dict[str, Any]] = {}
        self.works: list[dict[str, Any]] = []
        self.works_ready = True
        self.locked = False
        self.extra: list[dict[str, Any]] = []
        self.left_out: list[dict[str, str]] = []
        self.heard: dict[str, dict[str, Any]] = {}
        self.deliberating: set[str] = set()
        self.asked: list[list[str]] = []
        self.fetched: list[str] = []
        self.hold = False
        self.step = 0.34
        self.port = 0
        self.models = ["InceptionV3", "InceptionV3-paintings"]
        self.architectures = {"InceptionV3": "InceptionV3", "InceptionV3-paintings": "InceptionV3"}
        self.classes = CLASSES
        self.layers_come = threading.Event()
        self.layers_come.set()
        shutil.copy(ROOT / "interface.html", folder)

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.port}/public/interface.html"

    def start(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), partial(Handler, self))
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if self.locked:
            return 401, {"error": "the token is missing or wrong"}
        match method, path.strip("/").split("/"):
            case "GET", ["status"]:
                return 200, self.status()
            case "GET", ["models"]:
                models = [
                    {"name": name, "source": "a test", "architecture": self.architectures.get(name, "")}
                    for name in self.models
                ]
                return 200, {"models": models}
            case "GET", ["models", name]:
                self.layers_come.wait(30)
                return 200, self.model(unquote(name))
            case "GET", ["presets"]:
                presets = [
                    {"name": name, "title": title, "settings": {"octaves": 10}, "sizes": SIZES}
                    for name, title in PRESETS.items()
                ]
                return 200, {"presets": presets, "default": "paper-2018"}
            case "POST", ["estimates"]:
                return 200, self.estimate(body)
            case "POST", ["jobs"]:
                return self.submit(body)
            case "GET", ["jobs"]:
                return 200, self.list_jobs(query)
            case "DELETE", ["jobs", id]:
                return 200, self.cancel(self.jobs[id])
            case "DELETE", ["jobs"]:
                jobs = [self.cancel(job) for job in self.jobs.values() if job["state"] != "done"]
                return 200, {"jobs": jobs, "total": len(jobs), "next": None}
            case "GET", ["images"]:
                return 200, self.list_images(int(query.get("offset", 0)), int(query.get("limit", 100)))
            case "GET", ["images", id, "jury"]:
                return 200, {"ready": not self.asked_jury(id), "heard": self.heard.get(id)}
            case "GET", ["images", id]:
                return 200, self.store.card(id)
            case "GET", ["responses", layer, neuron]:
                answer = {"model": self.models[0], "layer": layer, "neuron": int(neuron), "class_name": None}
                return 200, answer | {"ready": self.works_ready, "pictures": 863, "works": self.works}
        return 404, {"error": f"there is no {path}"}

    def asked_jury(self, id: str) -> bool:
        """Whether a jury still deliberates; it has an opinion when it is asked again."""
        pending = id in self.deliberating
        self.deliberating.discard(id)
        return pending

    def cancel(self, job: dict[str, Any]) -> dict[str, Any]:
        job.update(state="cancelled", seconds_left=None, position=None)
        return job

    def status(self) -> dict[str, Any]:
        running = [job["id"] for job in self.jobs.values() if job["state"] == "rendering"]
        waiting = [job for job in self.jobs.values() if job["state"] == "queued"]
        return {
            "version": "1",
            "queued": len(waiting),
            "limit": 100,
            "rendering": running,
            "preset": "paper-2018",
            "models": len(self.models),
            "images": len(self.entries) + len(self.extra),
            "left_out": self.left_out,
        }

    def model(self, name: str) -> dict[str, Any]:
        keys = ["name", "kind", "width", "map_size", "stride", "receptive_field"]
        layers = [dict(zip(keys, row, strict=True)) for row in LAYERS]
        layers[-1]["width"] = len(self.classes)
        for layer in layers:
            known = layer["name"] != "conv2d_1"
            layer |= {"visualizable": True, "landmark": known, "responses": known}
        return {
            "name": name,
            "fingerprint": f"sha256:{name}",
            "source": "a test",
            "classes": self.classes,
            "classes_layer": "predictions",
            "sizes": SIZES,
            "layers": layers,
        }

    def asked_for(self, body: dict[str, Any]) -> list[Recipe]:
        def each(name: str, standard: Any) -> list[Any]:
            value = body.get(name, standard)
            return value if isinstance(value, list) else [value]

        width = {row[0]: row[2] for row in LAYERS}[body["layer"]]
        named = body["layer"] == "predictions"
        return [
            Recipe(
                model=body.get("model", self.models[0]),
                fingerprint=f"sha256:{body.get('model', self.models[0])}",
                layer=body["layer"],
                neuron=neuron,
                objective="logit" if named else "channel",
                octave=octave,
                size=SIZES[octave - 1],
                preset=preset,
                settings={"preset": preset},
                seed=seed,
                width=width,
                class_name=self.classes[neuron] if named else None,
            )
            for neuron in each("neuron", 0)
            for octave in each("octave", 6)
            for preset in each("preset", "paper-2018")
            for seed in each("seed", 0)
        ]

    def estimate(self, body: dict[str, Any]) -> dict[str, Any]:
        recipes = self.asked_for(body)
        jobs = [
            {"id": recipe.id, "neuron": recipe.neuron, "octave": recipe.octave, "size": recipe.size}
            | {"preset": recipe.preset, "seed": recipe.seed}
            | {"seconds": 0 if recipe.id in self.entries else recipe.size**2 / 9000}
            for recipe in recipes
        ]
        return {"seconds": sum(job["seconds"] for job in jobs), "seconds_waiting": 0, "jobs": jobs}

    def submit(self, body: dict[str, Any]) -> tuple[int, Any]:
        wrong = set(body) - {"model", "layer", "neuron", "octave", "preset", "seed", "settings"}
        if wrong or not isinstance(body.get("model", ""), str):
            return 400, {"error": f"this is no request: {body}"}
        recipes = self.asked_for(body)
        if len(recipes) > 1000:
            return 413, {"error": f"a request may ask for 1,000 images, not {len(recipes)}"}
        jobs = []
        for recipe in recipes:
            if recipe.id in self.entries or self.jobs.get(recipe.id, {}).get("state") not in (
                None,
                "cancelled",
                "failed",
            ):
                jobs.append(self.jobs.get(recipe.id) or self.new_job(recipe, state="done", progress=1))
                continue
            self.recipes[recipe.id] = recipe
            self.jobs[recipe.id] = job = self.new_job(recipe)
            self.store.preview(job["image"], np.full((recipe.size, recipe.size, 3), 128, np.uint8))
            jobs.append(job)
        return 202, {"jobs": jobs, "total": len(jobs), "next": None}

    def new_job(self, recipe: Recipe, **changes: Any) -> dict[str, Any]:
        names = ["id", "model", "layer", "neuron", "class_name", "octave", "size", "preset", "seed", "title"]
        return {
            **{name: getattr(recipe, name) for name in names},
            "settings": {},
            "state": "queued",
            "image": self.store.path(recipe),
            "version": 0,
            "progress": 0,
            "activation": None,
            "seconds": 0,
            "seconds_left": 10,
            "position": len(self.jobs) + 1,
            "created": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
            "error": None,
            "warnings": [],
        } | changes

    def list_jobs(self, query: dict[str, str]) -> dict[str, Any]:
        ids = unquote(query["ids"]).split(",") if "ids" in query else None
        if ids is not None:
            self.asked.append(ids)
            if not self.hold:
                self.work()
        jobs = [job for job in reversed(self.jobs.values()) if ids is None or job["id"] in ids]
        if "state" in query:
            jobs = [job for job in jobs if job["state"] == query["state"]]
        return {"jobs": jobs, "total": len(jobs), "next": None}

    def work(self) -> None:
        """Render the most urgent job a step further."""
        open_ = [job for job in self.jobs.values() if job["state"] in ("queued", "rendering")]
        if not open_:
            return
        job = max(open_, key=lambda job: (job["state"] == "rendering", job["octave"]))
        recipe = self.recipes[job["id"]]
        job["progress"] = min(1, job["progress"] + self.step)
        job["version"] += 1
        job.update(
            state="rendering", position=None, activation=1.5, seconds_left=round(9 * (1 - job["progress"]))
        )
        picture = self.picture(recipe, job["progress"])
        if job["progress"] < 1:
            self.store.preview(job["image"], picture)
        else:
            self.finish(recipe, picture)
            job.update(state="done", seconds_left=None)

    def picture(self, recipe: Recipe, progress: float) -> Any:
        """A picture that tells one image from another: coloured waves."""
        y, x = np.mgrid[: recipe.size, : recipe.size] / recipe.size
        digits = np.frombuffer(hashlib.sha256(recipe.id.encode()).digest(), np.uint8)[:9].reshape(3, 3) / 16
        waves = [np.sin(digits[c, 0] * x + digits[c, 1] * y + digits[c, 2]) for c in range(3)]
        return (np.stack(waves, 2) * 127 * progress + 128).clip(0, 255).astype(np.uint8)

    def finish(self, recipe: Recipe, picture: Any, date: str = "2025-11-20T20:00:00+00:00") -> dict[str, Any]:
        entry = self.store.put(
            recipe, picture, activation=7.25, seconds=12.5, versions={"keras": "3"}, date=date, warnings=[]
        )
        self.entries[recipe.id] = entry
        return entry

    def list_images(self, offset: int, limit: int) -> dict[str, Any]:
        entries = [*reversed(self.entries.values()), *self.extra]
        end = offset + limit
        return {
            "images": entries[offset:end],
            "total": len(entries),
            "next": end if end < len(entries) else None,
        }

    def fill(self, layer: str, neurons: range, octaves: tuple[int, ...] = (4,), **changes: Any) -> None:
        """Finished images of these neurons."""
        for recipe in self.asked_for({"layer": layer, "neuron": [*neurons], "octave": [*octaves], **changes}):
            self.finish(recipe, self.picture(recipe, 1))
        self.store.write_index()


class Handler(BaseHTTPRequestHandler):
    """JSON at the root, files under /public/."""

    def __init__(self, service: StandIn, *arguments: Any) -> None:
        self.service = service
        super().__init__(*arguments)

    def handle_any(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        if url.path.startswith("/public/"):
            file = self.service.folder / unquote(url.path).removeprefix("/public/")
            if file.suffix == ".jpg":
                self.service.fetched.append(file.name)
            status, content = (200, file.read_bytes()) if file.is_file() else (404, b"")
            kind = {".html": "text/html", ".jpg": "image/jpeg", ".js": "text/javascript"}.get(file.suffix, "")
        else:
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            status, value = self.service.answer(self.command, url.path, query, body)
            kind, content = "application/json", json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(ConnectionError):  # a picture that is no longer wanted
            self.wfile.write(content)

    do_GET = do_POST = do_DELETE = handle_any

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: the tests say what went wrong."""


@pytest.fixture
def window(chromium: Any) -> Iterator[Any]:
    """A fresh window that nothing is kept in; fails the test on any error in the page's script."""
    with fresh(chromium, OPENING_CLOSED, patience=120, accept_downloads=True) as opened:
        yield opened


@pytest.fixture
def service(tmp_path: Path) -> Iterator[StandIn]:
    stand_in = StandIn(tmp_path)
    stand_in.start()
    yield stand_in
    stand_in.stop()


def tiles(page: Any, state: str = "") -> Any:
    """The tiles of the present view, all or those in one state."""
    return page.locator(f'#wall .tile[data-state="{state}"]' if state else "#wall .tile")


DARK, LIGHT = "rgb(19, 19, 19)", "rgb(251, 251, 250)"


def room(page: Any) -> str:
    """The colour of the room."""
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def wait(page: Any, condition: str) -> None:
    """Until an expression holds in the page."""
    page.wait_for_function(condition)


def place(layer: str = "mixed5", neuron: int = 66, octave: int = 4, preset: str = "paper-2018") -> str:
    """The address' end that opens one image."""
    model = "InceptionV3"
    return f"#model={model}&layer={layer}&neuron={neuron}&octave={octave}&preset={preset}&seed=0"


def test_first_view_shows_the_finished_images_without_typing(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(64, 68))
    window.goto(service.page)
    tiles(window).nth(3).wait_for()
    wait(window, "document.querySelectorAll('#wall img[data-seen]').length === 4")
    assert window.locator("#counts").inner_text() == "4 images"
    assert "neuron 66 of 768" in window.locator("#wall img").nth(2).get_attribute("alt")
    assert window.get_by_label("Layer", exact=True).input_value() == "predictions"
    groups = window.locator("#layer optgroup").evaluate_all("all => all.map((group) => group.label)")
    assert [group.split(":")[0] for group in groups] == [
        "The classes",
        "Late",
        "Middle",
        "Early",
        "All other layers, in order",
    ]


def test_gallery_shows_the_largest_size_and_the_wall_every_size(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(2), (1, 3, 5))
    window.goto(service.page)
    tiles(window).nth(1).wait_for()
    assert tiles(window).count() == 2
    window.get_by_role("link", name="Wall").click()
    tiles(window).nth(5).wait_for()
    boxes = [tile.bounding_box() for tile in tiles(window).all()]
    assert boxes[0]["y"] == boxes[1]["y"] < boxes[2]["y"]  # neurons across, sizes down
    assert boxes[0]["width"] < boxes[2]["width"] < boxes[4]["width"]


def test_files_that_are_set_aside_are_named(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(66, 68))
    service.left_out = [{"file": "a/b/c.json", "reason": "it is nested <b>too</b> deeply"}]
    page = window
    page.goto(service.page)
    page.get_by_text("1 file set aside, no card of an image").click()
    assert page.locator("#left-out li").inner_text() == "a/b/c.json: it is nested <b>too</b> deeply"
    service.left_out = []
    wait(page, "document.querySelector('#left-out').hidden")


def test_render_shows_a_tile_at_once_that_grows_until_it_is_finished(window: Any, service: StandIn) -> None:
    service.hold = True
    window.goto(service.page)
    window.get_by_label("Layer", exact=True).select_option("mixed5")
    assert "sees 139 px of a 299 px picture" in window.locator("#layer-hint").inner_text()
    window.get_by_label("Neuron", exact=True).fill("66")
    wait(window, "document.getElementById('estimate').textContent.includes('1 image: about 10 s')")
    window.get_by_role("button", name="Render").click()
    tiles(window, "queued").wait_for()
    service.hold, service.step = False, 0.1
    tiles(window, "rendering").wait_for()
    shown = "document.querySelector('#wall img[data-seen]')?.src ?? ''"
    wait(window, f"({shown}).includes('v=2')")
    early = window.locator("#wall progress").evaluate("bar => bar.value")
    wait(window, f"document.querySelector('#wall progress').value > {early} && ({shown}).match(/v=[4-9]/)")
    tiles(window, "done").wait_for()
    assert window.locator("#wall progress").is_hidden()
    polled = len(service.asked)
    window.wait_for_timeout(1000)
    assert len(service.asked) == polled, "a finished tile is not asked about"


def test_only_unfinished_images_are_asked_about(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(20))
    service.hold = True
    window.goto(service.page)
    window.get_by_label("Layer", exact=True).select_option("mixed10")
    window.get_by_label("Neuron", exact=True).fill("3-5, 9")
    window.get_by_role("button", name="Render").click()
    tiles(window, "queued").nth(3).wait_for()
    service.asked.clear()
    with window.expect_response("**/jobs?*ids=*"), window.expect_response("**/jobs?*ids=*"):
        pass
    assert service.asked and all(set(ids) == set(service.jobs) for ids in service.asked)


def test_what_others_ask_for_appears_without_reloading(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(2))
    window.goto(service.page)
    tiles(window).nth(1).wait_for()
    look_round = "document.dispatchEvent(new Event('visibilitychange'))"
    service.fill("mixed10", range(1))
    window.evaluate(look_round)
    tiles(window, "done").nth(2).wait_for()
    service.hold = True
    service.submit({"layer": "mixed5", "neuron": 7, "octave": 2})
    window.evaluate(look_round)
    tiles(window, "queued").wait_for()


def test_a_wrong_neuron_is_answered_with_one_sentence(window: Any, service: StandIn) -> None:
    window.goto(service.page)
    window.get_by_label("Layer", exact=True).select_option("mixed5")
    window.get_by_label("Neuron", exact=True).fill("768")
    window.get_by_role("button", name="Render").click()
    assert window.locator("#estimate").inner_text() == (
        "mixed5 has the neurons 0 to 767; 768 is not among them."
    )
    assert window.get_by_label("Neuron", exact=True).get_attribute("aria-invalid") == "true"
    assert not service.jobs
    window.get_by_label("Layer", exact=True).select_option("predictions")
    window.get_by_label("Neuron", exact=True).fill("Still life, portrait")
    window.get_by_role("button", name="Render").click()
    tiles(window).nth(1).wait_for()
    assert {job["class_name"] for job in service.jobs.values()} == {"still life", "portrait"}


SEEDS_OF_66 = {"layer": "mixed5", "neuron": 66, "octave": 4, "seed": [0, 1, 2]}
CONTROL = "portrait-landscape-stilllife-shuffled"


def test_a_click_on_render_before_the_layers_are_there_is_carried_out(window: Any, service: StandIn) -> None:
    service.layers_come.clear()
    service.hold = True
    window.goto(service.page)
    window.get_by_role("button", name="Render").click()
    window.locator("#estimate").get_by_text("Waiting for the model’s layers").wait_for()
    service.layers_come.set()
    tiles(window, "queued").wait_for()
    assert [job["layer"] for job in service.jobs.values()] == ["predictions"]


def test_the_neuron_that_was_typed_stays_when_another_model_is_chosen(window: Any, service: StandIn) -> None:
    service.hold = True
    window.goto(service.page)
    window.get_by_label("Neuron", exact=True).fill("2")
    service.layers_come.clear()
    window.get_by_label("Model", exact=True).select_option("InceptionV3-paintings")
    window.get_by_role("button", name="Render").click()
    service.layers_come.set()
    tiles(window, "queued").wait_for()
    [job] = service.jobs.values()
    assert (job["model"], job["neuron"]) == ("InceptionV3-paintings", 2)


def test_search_leaves_the_models_name_alone_unless_it_is_asked_for(window: Any, service: StandIn) -> None:
    service.models = [CONTROL.removesuffix("-shuffled"), CONTROL]
    service.fill("predictions", range(3))
    service.fill("predictions", range(3), model=CONTROL)
    service.fill("mixed5", range(66, 68), seed=[0, 3])
    window.goto(service.page)
    tiles(window).nth(9).wait_for()
    for words, number in [
        ("portrait", 2),
        ("seed 3", 2),
        ("mixed5:66", 2),
        ("mixed5:66 seed 3", 1),
        ("301 px", 10),
        ("control", 3),
        (f"model:{service.models[0]}", 7),
        (f"model:{CONTROL} portrait", 1),
        ("paper-2018 landscape", 2),
    ]:
        window.get_by_role("searchbox").fill(words)
        assert tiles(window).count() == number, words


def test_captions_say_what_tells_the_shown_images_apart(window: Any, service: StandIn) -> None:
    service.models = ["InceptionV3", CONTROL.removesuffix("-shuffled"), CONTROL]
    service.architectures = dict.fromkeys(service.models, "InceptionV3")
    service.fill("mixed5", range(66, 67), seed=[0, 1, 2])
    window.goto(service.page)
    tiles(window).nth(2).wait_for()
    captions = "[...document.querySelectorAll('#wall .caption')].map((caption) => caption.innerText)"
    method = "as in the 2018 paper (paper-2018)"
    seeds = [f"mixed5 · 66\nseed {seed} · 301 px · {method}" for seed in range(3)]
    assert sorted(window.evaluate(captions)) == seeds
    service.fill("mixed5", range(66, 67), model=CONTROL)
    service.fill("mixed5", range(66, 67), model=service.models[1])
    window.reload()
    tiles(window).nth(4).wait_for()
    models = {caption.split("\n")[2] for caption in window.evaluate(captions)}
    assert models == {"InceptionV3, before fine-tuning", service.models[1], f"control (shuffled): {CONTROL}"}
    bottoms = window.locator("#wall .caption").evaluate_all("all => all.map((each) => each.scrollHeight)")
    assert len(set(bottoms)) == 1
    window.evaluate("location.hash = '#view=wall'")
    window.locator("#wall .label").get_by_text(f"seed 2 · {method}").wait_for()


@pytest.mark.parametrize(
    ("began_as", "captions"),
    [
        ("SqueezeNet", {"SqueezeNet, before fine-tuning", "MobileNetV2", "tuned"}),
        ("", {"SqueezeNet", "MobileNetV2", "tuned"}),
    ],
)
def test_a_network_is_one_before_fine_tuning_only_beside_one_that_began_as_it(
    began_as: str, captions: set[str], window: Any, service: StandIn
) -> None:
    service.models = ["SqueezeNet", "MobileNetV2", "tuned"]
    service.architectures = {"SqueezeNet": "SqueezeNet", "MobileNetV2": "MobileNetV2", "tuned": began_as}
    for model in service.models:
        service.fill("mixed5", range(66, 67), model=model)
    window.goto(service.page)
    tiles(window).nth(2).wait_for()
    shown = "[...document.querySelectorAll('#wall .caption')].map((caption) => caption.innerText)"
    assert {caption.split("\n")[2] for caption in window.evaluate(shown)} == captions


def test_controls_come_after_what_they_control_and_nothing_is_offered_that_cannot_be_drawn(
    window: Any, service: StandIn
) -> None:
    service.models = [CONTROL.removesuffix("-shuffled")]
    service.fill("predictions", range(3))
    service.fill("predictions", range(3), model=CONTROL)  # newer, and of a network that the service has not
    window.goto(service.page)
    tiles(window).nth(5).wait_for()
    captions = window.evaluate(
        "[...document.querySelectorAll('#wall .caption')].map((each) => each.innerText)"
    )
    assert [CONTROL in caption for caption in captions] == [False] * 3 + [True] * 3
    tiles(window).nth(0).click()
    window.locator("#sizes .missing").first.wait_for()
    assert window.locator("#larger").is_visible()
    window.keyboard.press("Escape")
    tiles(window).nth(5).click()
    window.locator("#facts").get_by_text("control (shuffled)").wait_for()
    wait(window, "document.querySelectorAll('#sizes .missing, #methods .missing').length === 0")
    assert not window.locator("#larger").is_visible() and not window.locator("#render").is_visible()


def test_class_names_may_have_semicolons_and_commas(window: Any, service: StandIn) -> None:
    service.classes = ["still life; fruit", "portrait, half-length", "landscape"]
    service.hold = True
    window.goto(service.page)
    neuron = window.get_by_label("Neuron", exact=True)
    wait(window, "document.getElementById('neuron').value === 'still life; fruit'")
    neuron.fill("landscape; Portrait, half-length, still life; fruit")
    window.get_by_role("button", name="Render").click()
    tiles(window, "queued").nth(2).wait_for()
    assert [job["neuron"] for job in service.jobs.values()] == [2, 1, 0]


def test_a_network_that_knows_imagenet_is_asked_for_a_banana_by_name(window: Any, service: StandIn) -> None:
    service.classes = list(imagenet.class_names())
    service.hold = True
    window.goto(service.page)
    neuron = window.get_by_label("Neuron", exact=True)
    wait(window, "document.getElementById('neuron').value === 'tench'")
    offered = window.locator("#classes option").evaluate_all("all => all.map((each) => each.value)")
    assert len(offered) == 1000 and {"banana", "violin", "chainlink fence"} < set(offered)
    assert "or a number, 0 to 999" in window.locator("#neuron-hint").inner_text()
    neuron.fill("Banana")
    window.get_by_role("button", name="Render").click()
    tiles(window, "queued").wait_for()
    assert [job["neuron"] for job in service.jobs.values()] == [954]
    assert tiles(window, "queued").get_by_text("banana").count()


def test_cancel_stops_an_image_and_it_can_be_rendered_again(window: Any, service: StandIn) -> None:
    service.hold = True
    window.goto(service.page)
    window.get_by_role("button", name="Render").click()
    tiles(window, "queued").wait_for()
    window.get_by_role("button", name="Cancel predictions").click()
    tiles(window, "cancelled").wait_for()
    service.hold = False
    tiles(window).click()
    window.locator("#viewer").get_by_role("button", name="Render", exact=False).first.click()
    wait(window, "document.querySelector('#large .tile').dataset.state === 'done'")


def test_enlarged_image_leads_to_neighbours_sizes_seeds_methods_and_models(
    window: Any, service: StandIn
) -> None:
    service.fill("mixed5", range(64, 67), (2, 4))
    service.fill("mixed5", range(66, 67), seed=1)
    service.fill("mixed5", range(66, 67), model="InceptionV3-paintings")
    window.goto(service.page)
    window.locator("#wall").get_by_alt_text("neuron 66 of 768 of InceptionV3:").first.click()
    viewer = window.get_by_role("dialog")
    viewer.get_by_role("heading", name="mixed5, neuron 66 of 768").wait_for()
    assert "sees 139 px of a 299 px picture" in window.locator("#facts").inner_text()
    strip = "#{} .tile, #{} .missing"
    for aspect, number, missing in [("sizes", 10, 8), ("seeds", 9, 7), ("methods", 3, 2), ("models", 2, 0)]:
        window.locator(strip.format(aspect, aspect)).nth(number - 1).wait_for()
        assert window.locator(strip.format(aspect, aspect)).count() == number
        assert window.locator(f"#{aspect} .missing").count() == missing
    viewer.get_by_role("link", name="Previous neuron: 65").click()
    viewer.get_by_role("heading", name="neuron 65").wait_for()
    window.keyboard.press("ArrowRight")
    viewer.get_by_role("heading", name="neuron 66").wait_for()
    viewer.get_by_role("button", name="Render larger: 361 px, about 14 s").click()
    window.locator("#facts").get_by_text("361 × 361 px").wait_for()
    wait(window, "document.querySelector('#large .tile').dataset.state === 'done'")
    viewer.get_by_role("button", name="Render all 2").click()  # the other two methods
    wait(window, "document.querySelectorAll('#methods .tile[data-state=done]').length === 3")
    viewer.get_by_role("link", name="All of this neuron").click()
    viewer.wait_for(state="hidden")
    wait(window, "document.querySelectorAll('#wall .tile').length === 7")
    assert window.get_by_role("searchbox").input_value() == "mixed5:66"


def test_enlarged_image_shows_the_works_that_excite_the_neuron(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(66, 67))
    for name in ("whole", "crop"):
        Image.new("RGB", (60, 40)).save(service.folder / "images" / f"{name}.jpg")
    work = {
        "rank": 1,
        "file": "moretto-christ.jpg",
        "activation": 4.5,
        "mean": 1.0,
        "artist": "MORETTO da Brescia",
        "title": "<b>Christ with an Angel</b>",
        "date": "1550",
        "class": "portrait",
        "url": "javascript:alert(1)",
        "picture": "images/whole.jpg",
        "crop": "images/crop.jpg",
        "box": {"top": 0.25, "left": 0.5, "height": 0.5, "width": 0.25},
    }
    service.works = [work, work | {"rank": 2, "title": None, "url": "https://www.wga.hu/x.html"}]
    window.goto(service.page + place())
    cards = window.locator("#works li")
    cards.nth(1).wait_for()
    assert cards.nth(0).inner_text().split("\n") == [
        "MORETTO da Brescia",
        "<b>Christ with an Angel</b>",
        "1550 · portraitWhy?",
    ]
    assert cards.nth(0).locator("cite a").count() == 0, "an address that is no web page is not linked"
    assert cards.nth(1).get_by_role("link", name="moretto-christ.jpg", exact=True).get_attribute("href")
    box, whole = cards.nth(0).locator("i").bounding_box(), cards.nth(0).locator(".whole").bounding_box()
    assert box["x"] - whole["x"] == pytest.approx(whole["width"] / 2, abs=1)


def test_works_are_shown_once_their_pictures_are_ready_and_never_broken(
    window: Any, service: StandIn
) -> None:
    service.fill("mixed5", range(66, 67))
    service.works_ready = False
    painted = {
        "rank": 1,
        "file": "crackbel-lands013.jpg",
        "activation": 4.5,
        "mean": 1.0,
        "artist": "Workshop of the Cracked Bell",
        "title": "Bridge",
        "date": "c. 1495",
        "class": "landscape",
        "url": "https://www.wga.hu/html/c/crackbel/lands013.html",
        "picture": "images/whole.jpg",
        "crop": "images/crop.jpg",
        "box": {"top": 0.25, "left": 0.5, "height": 0.5, "width": 0.25},
    }
    real = painted | {"artist": "Workshop of REMBRANDT", "url": "https://www.wga.hu/html/r/rembrand/1.html"}
    service.works = [painted, real, real | {"painted": True}, real | {"crop": "images/none.jpg"}]
    window.goto(service.page + place())
    window.locator("#works-state").get_by_text("being made ready").wait_for()
    assert not {"whole.jpg", "crop.jpg", "none.jpg"} & set(service.fetched)
    boxes = window.locator("#works img")
    assert boxes.count() == 8 and not any(box.is_visible() for box in boxes.all())
    for name in ("whole", "crop"):
        Image.new("RGB", (60, 40)).save(service.folder / "images" / f"{name}.jpg")
    service.works_ready = True
    window.locator("#works-state").get_by_text("the part that fired").wait_for()
    cards = window.locator("#works li")
    cards.get_by_text("This picture cannot be shown.").wait_for()
    texts = [card.inner_text() for card in cards.all()]
    assert ["painted by the program · landscape" in text for text in texts] == [True, False, True, False]
    assert [card.locator("cite a").count() for card in cards.all()] == [0, 1, 0, 1]
    assert "1495" not in texts[0]
    broken = "[...document.querySelectorAll('#works img')].filter((image) => !image.naturalWidth).length"
    wait(window, f"{broken} === 0")


def test_the_page_says_how_far_the_seeds_differ(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(66, 67), seed=[0, 1, 2])
    window.goto(service.page + place())
    window.locator("#seeds").get_by_text("The images of these 3 seeds").wait_for()
    pictures = [service.picture(recipe, 1).astype(float) for recipe in service.asked_for(SEEDS_OF_66)]
    pairs = np.corrcoef([picture.reshape(-1) for picture in pictures])[np.triu_indices(3, 1)]
    words = window.locator(".likeness").inner_text()
    assert float(words.split("correlate with ")[1].split(";")[0]) == pytest.approx(pairs.mean(), abs=0.02)


def test_what_was_checked_of_an_image_stands_under_it(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(66, 67))
    (entry,) = service.entries.values()
    entry["check"] = "Shown like a painting, it excites the neuron twice as much as any of them."
    window.goto(service.page + place())
    window.locator("#facts").get_by_text(entry["check"]).wait_for()


def test_what_other_networks_take_an_image_for_stands_under_it_once_they_were_asked(
    window: Any, service: StandIn
) -> None:
    service.fill("predictions", range(1))
    (entry,) = service.entries.values()
    service.deliberating = {entry["id"]}
    sentence = (
        "SqueezeNet takes it for “wig” (31%), and the same image from shuffled weights for “quilt” (9%)."
    )
    service.heard = {entry["id"]: {"sentence": sentence, "control": "images/a/b.jpg", "opinions": []}}
    window.goto(service.page + place("predictions", 0))
    window.get_by_text("Other networks are being asked what they take it for.").wait_for()
    window.locator("#jury").get_by_text(sentence).wait_for()
    link = window.get_by_role("link", name="The image from shuffled weights")
    assert link.get_attribute("href").endswith("/public/images/a/b.jpg")


def test_nobody_is_asked_about_what_is_no_image_of_a_class(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(66, 67))
    (entry,) = service.entries.values()
    service.deliberating = {entry["id"]}
    window.goto(service.page + place())
    window.locator("#facts").get_by_text("Activation reached").wait_for()
    assert service.deliberating and window.locator("#jury").inner_text() == ""


def test_card_says_how_an_image_was_made_and_download_keeps_it(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(66, 67))
    window.goto(service.page + place())
    window.get_by_text("How it was made").click()
    window.get_by_text("python -m image_machines again").wait_for()
    with window.expect_download() as download:
        window.get_by_role("link", name="Download").click()
    with Image.open(download.value.path()) as image:
        assert json.loads(image.info["comment"])["neuron"] == 66


def test_a_link_reopens_the_same_view(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(64, 68))
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.goto(service.page + "?token=secret#view=wall&search=mixed5")
    tiles(window).nth(1).click()
    window.get_by_role("heading", name="neuron 65").wait_for()
    assert "view=wall" in window.url
    window.get_by_role("button", name="Copy link").click()
    window.get_by_role("button", name="Copied").wait_for()
    link = window.evaluate("navigator.clipboard.readText()")
    assert "neuron=65" in link and "id=" in link and "secret" not in link + window.url
    window.goto("about:blank")
    window.goto(link)
    window.get_by_role("heading", name="neuron 65").wait_for()
    window.goto("about:blank")
    window.goto(service.page + place(neuron=7))
    window.get_by_text("Not rendered yet.").wait_for()
    window.go_back()


def test_search_narrows_by_layer_number_class_and_method(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(64, 68))
    service.fill("predictions", range(3), preset="fourier")
    window.goto(service.page)
    tiles(window).nth(6).wait_for()
    for words, number in [("mixed5", 4), ("66", 1), ("portrait", 1), ("fourier", 3), ("mixed5 six", 0)]:
        window.get_by_role("searchbox").fill(words)
        assert tiles(window).count() == number, words
    assert "Nothing of that name" in window.locator("#empty").inner_text()


def test_favourites_and_notes_are_kept_and_exported(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(66, 68))
    window.goto(service.page + place())
    window.get_by_role("button", name="☆ Favourite").click()
    window.get_by_label("Your note").fill('little "houses", with roofs\n=1+1')
    window.reload()
    window.get_by_role("button", name="★ Favourite").wait_for()
    assert window.get_by_label("Your note").input_value().startswith("little")
    window.keyboard.press("Escape")
    window.get_by_role("link", name="Favourites 1").click()
    wait(window, "document.querySelectorAll('#wall .tile').length === 1")
    with window.expect_download() as download:
        window.get_by_role("button", name="Save as a table (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"), newline="")))
    assert [row["neuron"] for row in rows] == ["66"] and rows[0]["note"].startswith('little "houses"')
    assert "layer=mixed5" in rows[0]["link"]
    with window.expect_download() as download:
        window.get_by_role("button", name="Save as a page for a talk").click()
    talk = download.value.path().read_text("utf-8")
    assert "data:image/jpeg;base64," in talk and "http" not in talk and "neuron 66 of 768" in talk
    shown = window.context.new_page()
    shown.set_content(talk)
    shown.wait_for_function("document.images[0].naturalWidth === 301")


def test_page_opened_from_disk_is_a_gallery_of_what_is_finished(window: Any, tmp_path: Path) -> None:
    shelf = StandIn(tmp_path)
    shelf.fill("mixed5", range(64, 68), (2, 4))
    window.goto((tmp_path / "interface.html").as_uri())
    tiles(window).nth(3).wait_for()
    wait(window, "document.querySelectorAll('#wall img[data-seen]').length === 4")
    assert window.get_by_role("button", name="Render").count() == 0
    tiles(window).nth(1).click()
    window.get_by_role("heading", name="neuron 65").wait_for()
    wait(window, "document.querySelectorAll('#sizes .tile').length === 2")
    window.keyboard.press("ArrowRight")
    window.get_by_role("heading", name="neuron 66").wait_for()
    window.get_by_role("button", name="☆ Favourite").click()
    window.keyboard.press("Escape")
    window.get_by_role("link", name="Favourites 1").click()
    window.get_by_role("button", name="Save as a page for a talk").click()
    window.get_by_label("Choose the folder").set_input_files(tmp_path / "images")
    with window.expect_download() as download:
        window.get_by_role("button", name="Save as a page for a talk").click()
    assert "data:image/jpeg;base64," in download.value.path().read_text("utf-8")


def test_from_disk_nothing_is_offered_that_needs_the_service(window: Any, tmp_path: Path) -> None:
    shelf = StandIn(tmp_path)
    shelf.fill("mixed5", range(66, 67), preset=["paper-2018", "quick"])
    [changed] = shelf.asked_for({"layer": "mixed5", "neuron": 66, "octave": 4, "preset": "fourier"})
    entry = shelf.finish(changed, shelf.picture(changed, 1))
    index = tmp_path / "images" / "index.js"
    shelf.store.write_index()
    text = index.read_text("utf-8")
    first, second = text.split(f'"{entry["id"]}"')
    index.write_text(
        first + f'"{entry["id"]}"' + second.replace('"settings":{}', '"settings":{"blur":2}', 1), "utf-8"
    )
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    window.goto((tmp_path / "interface.html").as_uri())
    tiles(window).nth(2).wait_for()
    window.get_by_alt_text("fourier").first.click()
    window.locator("#methods .tile").nth(2).wait_for()
    assert window.locator("#viewer .missing").count() == 0
    assert not [url for url in asked if "null" in url or url.endswith("/jobs")]


def test_a_page_from_disk_is_reached_by_keyboard(window: Any, tmp_path: Path) -> None:
    shelf = StandIn(tmp_path)
    shelf.fill("mixed5", range(3), seed=[0, 1])
    window.goto((tmp_path / "interface.html").as_uri())
    tiles(window).nth(5).wait_for()
    press = window.keyboard.press
    window.locator("body").press("/")
    window.keyboard.type("mixed5:1")
    press("Enter")
    assert window.evaluate("document.activeElement.querySelector('img').alt").startswith(
        "What excites mixed5, neuron 1 of 768"
    )
    press("Enter")
    window.get_by_role("heading", name="mixed5, neuron 1 of 768").wait_for()
    window.locator("#seeds .tile").nth(1).wait_for()
    reached: list[str] = []
    while "compare" not in reached and len(reached) < 20:
        press("Tab")
        reached.append(window.evaluate("document.activeElement.className || document.activeElement.id"))
    press("Enter")
    window.get_by_role("heading", name="mixed5 · 1").wait_for()
    assert window.locator(".columns > li").count() == 2


def test_a_wrong_token_is_told_in_a_sentence_that_stays(window: Any, service: StandIn) -> None:
    service.locked = True
    window.goto(service.page)
    window.get_by_role("alert").get_by_text("does not take this page’s token").wait_for()
    assert window.locator("#empty").is_hidden()
    service.locked = False
    window.get_by_role("button", name="Try now").click()
    window.get_by_role("alert").wait_for(state="hidden")
    window.get_by_role("button", name="Render").wait_for()


def test_the_room_is_the_systems_until_a_person_chooses_one(window: Any, service: StandIn) -> None:
    for scheme, colour in (("dark", DARK), ("light", LIGHT)):
        window.emulate_media(color_scheme=scheme)
        window.goto(service.page)
        assert room(window) == colour
    window.get_by_role("button", name="Light").click()
    assert room(window) == DARK
    window.reload()
    assert room(window) == DARK
    assert window.get_by_role("button", name="Light").get_attribute("aria-pressed") == "false"
    window.get_by_role("button", name="Light").click()
    window.emulate_media(color_scheme="dark")
    assert room(window) == DARK, "back at the system's choice the room follows it again"


def test_render_covers_nothing_of_the_form_in_a_low_window(window: Any, service: StandIn) -> None:
    window.set_viewport_size({"width": 1280, "height": 720})
    window.goto(service.page)
    window.locator("#preset-hint").get_by_text("Another seed").wait_for()
    render, hint = window.get_by_role("button", name="Render"), window.locator("#preset-hint")
    wait(window, "document.getElementById('estimate').textContent !== ''")
    top = render.bounding_box()["y"]
    assert hint.bounding_box()["y"] + hint.bounding_box()["height"] <= top
    assert top + render.bounding_box()["height"] < 720
    window.set_viewport_size({"width": 1280, "height": 480})
    fields, button = window.locator(".fields").bounding_box(), render.bounding_box()
    assert fields["y"] + fields["height"] <= button["y"] and button["y"] + button["height"] < 480
    for width in (1024, 900):
        window.set_viewport_size({"width": width, "height": 600})
        assert window.locator("header.top").bounding_box()["height"] < 90, "the head of the page has one line"
        assert render.bounding_box()["y"] + render.bounding_box()["height"] < 600
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_service_that_goes_away_is_told_and_recovered_from(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(3))
    service.hold = True
    window.goto(service.page)
    tiles(window).nth(2).wait_for()
    window.get_by_role("button", name="Render").click()
    tiles(window, "queued").wait_for()
    service.stop()
    window.get_by_role("alert").get_by_text("The service does not answer").wait_for()
    assert tiles(window, "done").count() == 3
    service.jobs.clear()  # as after a restart
    service.start()
    window.get_by_role("button", name="Try now").click()
    window.locator("#line").get_by_text("The service is back").wait_for()
    assert window.get_by_role("alert").count() == 0
    tiles(window, "lost").wait_for()
    window.reload()
    tiles(window, "lost").wait_for()
    window.get_by_role("button", name="Render it again").click()
    tiles(window, "queued").wait_for()
    assert tiles(window).count() == 4
    service.hold = False
    tiles(window, "done").nth(3).wait_for()
    assert window.get_by_role("button", name="again").count() == 0


def test_what_is_drawn_comes_first_and_the_queue_hides_nothing(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(20))
    service.submit({"layer": "mixed10", "neuron": list(range(300)), "octave": 2})
    for number, job in enumerate(service.jobs.values(), 1):
        job["position"] = number
    service.work()
    service.hold = True
    window.goto(service.page)
    wait(window, "document.querySelectorAll('#wall .tile').length > 12")
    states = [tile.get_attribute("data-state") for tile in tiles(window).all()[:12]]
    assert states == ["rendering"] + ["queued"] * 6 + ["done"] * 5
    window.get_by_role("button", name="Cancel all 300").click()
    tiles(window, "cancelled").nth(5).wait_for()
    assert {job["state"] for job in service.jobs.values()} == {"cancelled"}
    assert tiles(window).nth(6).get_attribute("data-state") == "done"


def test_the_time_that_is_left_is_steady_and_in_words(window: Any, service: StandIn) -> None:
    service.hold = True
    window.goto(service.page)
    window.get_by_role("button", name="Render").click()
    tiles(window, "queued").wait_for()
    [job] = service.jobs.values()
    text = "document.querySelector('#wall .state').textContent"
    told: list[float] = []
    for number, seconds in enumerate([500, 60, 8, 240, 40, 120, 55]):
        job.update(state="rendering", progress=0.05 + number / 100 + (number > 0) / 20, seconds_left=seconds)
        wait(window, f"{text}.startsWith('{round(job['progress'] * 100)} %')")
        if number == 0:
            assert window.evaluate(text) == "5 %", "before the first tenth it is not known"
        else:
            told.append(window.evaluate("document.querySelector('#wall .state').textContent"))
    assert {words.split(" · ")[1] for words in told} <= {"about a minute left", "about half a minute left"}


def test_everything_is_reached_by_keyboard(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(12))
    window.goto(service.page + "#view=gallery")
    window.get_by_label("Order", exact=True).select_option("layer")
    tiles(window).nth(11).wait_for()
    press = window.keyboard.press
    focused = "document.activeElement.closest('.tile')?.querySelector('img').alt ?? ''"
    press("Escape")
    window.locator("body").press("/")
    assert window.evaluate("document.activeElement.id") == "search"
    press("Enter")
    assert "neuron 0 of" in window.evaluate(focused)
    press("ArrowRight")
    press("ArrowDown")
    assert "neuron 5 of" in window.evaluate(focused), "four columns: one to the right, one down"
    press("ArrowUp")
    press("ArrowLeft")
    press("End")
    assert "neuron 11 of" in window.evaluate(focused)
    press("Enter")
    window.get_by_role("heading", name="neuron 11 of 768").wait_for()
    press("ArrowLeft")
    window.get_by_role("heading", name="neuron 10 of 768").wait_for()
    press("Escape")
    wait(window, "!document.getElementById('viewer').open")
    assert "neuron 10 of" in window.evaluate(focused), "closing leads back to the image last seen"
    window.get_by_label("Model", exact=True).focus()
    seen = []
    for _ in range(14):
        seen.append(window.evaluate("document.activeElement.id || document.activeElement.textContent"))
        press("Tab")
    fields = ["model", "layer", "neuron", "any", "octave", "growing", "preset", "seed", "Render"]
    assert [each for each in seen if each != "?"] == fields, "a word's explanation is on the way, too"
    assert seen.count("?") == 5


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_no_violation_from_disk(window: Any, tmp_path: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    shelf = StandIn(tmp_path)
    shelf.fill("mixed5", range(3), (2, 4), seed=[0, 1])
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    window.goto((tmp_path / "interface.html").as_uri())
    tiles(window).nth(5).wait_for()
    shown = "document.querySelectorAll('#wall .tile').length"
    for view, condition in (
        ("#view=gallery", f"{shown} === 6"),
        ("#view=wall&search=mixed5:1", f"{shown} === 4"),
        ("#view=favourites", f"{shown} === 0"),
        (place(neuron=1), "document.getElementById('viewer').open"),
    ):
        window.evaluate("hash => { location.hash = hash }", view)
        wait(window, condition)
        results = axe.run(window)
        assert results.violations_count == 0, f"{view}\n{results.generate_report()}"


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_no_violation(window: Any, service: StandIn, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    service.fill("mixed5", range(3), (2, 4))
    service.hold = True
    window.goto(service.page)
    window.emulate_media(color_scheme=scheme)
    window.get_by_role("button", name="Render").click()
    tiles(window, "queued").wait_for()
    window.add_style_tag(content="* { transition: none !important }")
    shown = "document.querySelectorAll('#wall .tile').length"
    opened = "document.getElementById('viewer-title').textContent"
    for view, condition in (
        ("#view=gallery", f"{shown} === 4"),
        ("#view=wall", f"{shown} === 7"),
        ("#view=favourites", f"{shown} === 0"),
        (place(neuron=1), f"{opened}.includes('neuron 1 ')"),
        (place(neuron=9), f"{opened}.includes('neuron 9 ')"),
    ):
        window.evaluate("hash => { location.hash = hash }", view)
        wait(window, condition)
        results = axe.run(window)
        assert results.violations_count == 0, f"{view}\n{results.generate_report()}"


def test_five_thousand_images_stay_light(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(1))
    [entry] = service.entries.values()
    service.extra = [
        entry | {"id": f"x{i}", "neuron": i, "title": f"mixed5, channel {i}"} for i in range(1, 5000)
    ]
    window.goto(service.page)
    wait(window, "document.getElementById('counts').textContent === '5,000 images'")
    assert tiles(window).count() < 60
    window.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    wait(window, "Number(document.querySelectorAll('#wall li')[9].ariaPosInSet) > 2000")
    window.evaluate("scrollTo(0, document.body.scrollHeight)")
    wait(window, "[...document.querySelectorAll('#wall li')].some((tile) => tile.ariaPosInSet === '5000')")
    assert tiles(window).count() < 60
    assert window.evaluate("document.querySelectorAll('*').length") < 1500
    window.evaluate("location.hash = '#view=wall'")
    wait(window, "document.querySelectorAll('#wall .label').length > 4")
    assert window.evaluate("document.querySelectorAll('*').length") < 1500


def test_narrow_screens_have_no_sideways_scrolling(window: Any, service: StandIn) -> None:
    service.fill("predictions", range(3), (2, 4))
    window.set_viewport_size({"width": 360, "height": 740})
    window.goto(service.page)
    tiles(window).nth(2).wait_for()
    overflow = "document.documentElement.scrollWidth - innerWidth"
    assert window.evaluate(overflow) <= 0
    window.get_by_text("Choose a neuron and render it").click()
    assert window.evaluate(overflow) <= 0
    for view, selector in (("#view=wall", "#wall .label"), (place("predictions", 1), "#seeds .missing")):
        window.evaluate("hash => { location.hash = hash }", view)
        window.locator(selector).first.wait_for()
        assert window.evaluate(overflow) <= 0
    assert window.evaluate("document.getElementById('viewer').scrollWidth") <= 360


def test_paper_is_light_and_motion_can_be_reduced(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(3))
    window.goto(service.page)
    tiles(window).nth(2).wait_for()
    window.emulate_media(media="print", reduced_motion="reduce", color_scheme="dark")
    window.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert window.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 251, 250)"
    assert window.locator("#panel").is_hidden()
    assert (
        window.evaluate("getComputedStyle(document.querySelector('#wall img')).transitionProperty") == "none"
    )
    window.evaluate("dispatchEvent(new Event('afterprint'))")
    window.emulate_media(media="screen", color_scheme="dark")
    assert room(window) == DARK


def test_all_of_a_view_is_printed_with_captions_once_its_pictures_have_come(
    window: Any, service: StandIn
) -> None:
    service.fill("mixed5", range(90))
    window.goto(service.page + "#view=wall")
    tiles(window).nth(9).wait_for()
    assert tiles(window).count() < 90
    shown = "document.querySelectorAll('#wall img[data-seen]').length"
    window.evaluate(f"void (window.print = () => {{ window.printed = {shown} }})")
    window.keyboard.press("Control+p")
    wait(window, "window.printed === 90")
    window.emulate_media(media="print")
    window.evaluate("dispatchEvent(new Event('beforeprint'))")
    boxes = [tile.bounding_box() for tile in tiles(window).all()[:4]]
    assert boxes[0]["y"] == boxes[2]["y"] < boxes[3]["y"], "three in a row, in the flow of the pages"
    assert boxes[0]["y"] < 300, "the first page begins with images"
    assert window.locator("#wall .caption").first.is_visible()
    window.evaluate("dispatchEvent(new Event('afterprint'))")
    assert window.locator("#wall .caption").first.is_hidden()


def test_an_enlarged_image_is_printed_over_as_many_pages_as_it_needs(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(66, 67))
    Image.new("RGB", (60, 40)).save(service.folder / "images" / "work.jpg")
    work = {"rank": 1, "file": "x.jpg", "activation": 1, "mean": 1, "artist": "MORETTO", "title": "Christ"}
    work |= {"date": "1550", "class": None, "url": None, "picture": "images/work.jpg"}
    work |= {"crop": "images/work.jpg", "box": {"top": 0, "left": 0, "height": 1, "width": 1}}
    service.works = [work] * 30
    window.goto(service.page + place())
    window.locator("#works li").nth(29).wait_for()
    window.emulate_media(media="print")
    window.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not window.evaluate("document.getElementById('viewer').matches(':modal')")
    assert window.locator("#viewer").bounding_box()["height"] > 1600
    assert window.locator("#works li").nth(29).get_by_text("Christ").is_visible()
    window.evaluate("dispatchEvent(new Event('afterprint'))")
    window.emulate_media(media="screen")
    assert window.evaluate("document.getElementById('viewer').matches(':modal')")
    window.get_by_role("heading", name="mixed5, neuron 66").wait_for()


def test_the_real_service_renders_what_the_page_asks_for(
    window: Any, tiny_network: Any, tmp_path: Path
) -> None:
    from test_api import Served

    from image_machines.network import models

    models.save(tiny_network, tmp_path / "model" / "tiny.keras")
    served = Served(tmp_path, preset="quick").ready()
    try:
        window.goto(served.url)
        window.get_by_label("Layer", exact=True).select_option("features")
        window.get_by_label("Neuron", exact=True).fill("3")
        window.get_by_label("Size", exact=True).select_option("1")
        window.get_by_text("1 image: about").wait_for()
        window.get_by_role("button", name="Render").click()
        tiles(window, "done").wait_for()
        tiles(window).click()
        window.get_by_role("heading", name="features, neuron 3 of 16").wait_for()
        window.get_by_text("How it was made").click()
        window.get_by_text("python -m image_machines again").wait_for()
        window.keyboard.press("Escape")
        window.get_by_label("Neuron", exact=True).fill("4-6")
        window.get_by_label("Size", exact=True).select_option("10")
        window.get_by_role("button", name="Render").click()
        window.locator("#wall .tile[data-state=rendering] img[data-seen][src*='v=']").wait_for()
        for number in (1, 2, 3):
            window.locator("#wall .cancel:visible").first.click()
            tiles(window, "cancelled").nth(number - 1).wait_for()
        served.stop()
        window.get_by_role("alert").get_by_text("The service does not answer").wait_for()
        assert tiles(window, "done").count() == 1
    finally:
        served.process.kill()
        served.process.wait()
