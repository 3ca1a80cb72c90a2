"""Why a network says so, asked of the running gateway: a planted feature is found, and lies where it is."""

from __future__ import annotations

import base64
import io
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import psutil
import pytest
from PIL import Image

from image_machines import images
from image_machines.collection import manifest
from image_machines.network import models
from image_machines.network.identity import fingerprint
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES
from image_machines.network.semantic import explaining
from image_machines.network.semantic import head as heads
from tests.test_api import Served

CLASSES = ("red", "green", "blue")
HEIGHT, WIDTH = 60, 48
WORKS = 20  # of each class
PARTS = ("warm", "cold", "bright")


def looks_for_colours() -> Network:
    """A network whose channel k answers to colour k alone, the fourth to all that is bright; class k is k."""
    inputs = keras.Input((None, None, 3))
    maps = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="colours")(inputs)
    mean = keras.layers.GlobalAveragePooling2D(name="mean")(maps)
    graph = keras.Model(inputs, keras.layers.Dense(3, activation="softmax", name="classes")(mean))
    kernel = np.zeros((3, 3, 3, 4))
    kernel[..., :3] = np.eye(3) * 1.5 - 0.5
    kernel[..., 3] = 0.2
    graph.get_layer("colours").set_weights([kernel / 9, np.array([-0.02] * 3 + [0])])
    graph.get_layer("classes").set_weights([np.vstack([np.eye(3) * 60, np.zeros(3)]), np.zeros(3)])
    pixels = PIXEL_RANGES["0..1"]
    return Network("colours", graph, pixels, CLASSES, fingerprint(graph, pixels), "by hand", size=48)


def work(number: int, seed: int) -> tuple[np.ndarray, tuple[int, int], int]:
    """A grey picture with a patch of one colour, its corner and side: large in Dutch works."""
    random = np.random.default_rng(seed)
    picture = random.integers(60, 120, (HEIGHT, WIDTH, 1)).repeat(3, axis=2).astype(np.uint8)
    side = 22 if seed % 2 else 10
    row, column = (int(random.integers(0, length - side)) for length in (HEIGHT, WIDTH))
    picture[row : row + side, column : column + side] = 30
    picture[row : row + side, column : column + side, number] = 250
    return picture, (row, column), side


def reads_parts(folder: Path) -> None:
    """A semantic network with weights as a training might leave them."""
    semantic = heads.add_semantic_head(models.build("small", None, seed=1), PARTS, 64, layer="relu3_1")
    dice = np.random.default_rng(0)
    for layer in semantic.network.graph.layers:
        if layer.name.endswith(("_raises", "_lowers")):
            layer.set_weights([dice.uniform(0, 1, weight.shape) for weight in layer.get_weights()])
        elif layer.name in (*semantic.scores, heads.MAPS):
            layer.set_weights([dice.normal(0, 1, weight.shape) for weight in layer.get_weights()])
    heads.save(semantic, folder / "semantic_maps" / "parts.keras", {"name": "parts"})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run: a network, and works of which nobody has asked anything yet."""
    folder = tmp_path_factory.mktemp("runs") / "colours"
    models.save(looks_for_colours(), folder / "model" / "colours.keras")
    rows = []
    for number, name in enumerate(CLASSES):
        for index in range(WORKS):
            split = "val" if index % 4 < 2 else "train"
            file = f"{split}/{name}/{index}.png"
            images.save(folder / "data" / file, work(number, index)[0])
            school = "Dutch" if index % 2 else "Italian"
            rows.append(
                {"file": file, "class": name, "split": split, "author": "HALS, Frans", "school": school}
                | {"title": f"Work {index} in {name}", "source": f"http://127.0.0.1/{index}.png"}
            )
    manifest.write(folder / "data", rows)
    reads_parts(folder)
    return folder


@pytest.fixture(scope="module")
def service(run: Path) -> Iterator[Served]:
    started = Served(run)
    yield started.ready()
    started.stop()


def answered(service: Served, inquiry: dict[str, Any], *states: str) -> dict[str, Any]:
    """A question once it is answered."""
    until = time.monotonic() + 240
    while time.monotonic() < until:
        inquiry = service.json(f"/inquiries/{inquiry['id']}")
        if inquiry["state"] in (states or ("done", "failed")):
            return inquiry
        time.sleep(0.05)
    raise AssertionError(inquiry)


def explained(service: Served, picture: bytes = b"", **asked: Any) -> dict[str, Any]:
    answer = service.post("/explanations", params=asked, data=picture)
    assert answer.status_code == 202, answer.text
    found = answered(service, answer.json())
    assert found["state"] == "done", found
    return dict(found["explanation"])


def heat(drawn: str) -> np.ndarray:
    kind, _, text = drawn.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))


@pytest.mark.parametrize("number", range(3))
def test_a_planted_feature_is_found_first_and_its_heat_lies_on_it(service: Served, number: int) -> None:
    index = 1 + 4 * number
    _, (row, column), side = work(number, index)
    found = explained(service, work=f"val/{CLASSES[number]}/{index}.png")
    assert found["class_name"] == CLASSES[number]
    assert found["chances"][0] == {"name": CLASSES[number], "probability": found["probability"]}
    assert sum(each["probability"] for each in found["chances"]) == pytest.approx(1)
    assert found["supports"], found["basis"]
    first = found["supports"][0]
    assert (first["layer"], first["neuron"]) == ("colours", number)
    assert first["contribution"] == pytest.approx(first["weight"] * first["response"])
    for drawn in (first["heat"], found["heat"]):
        values = heat(drawn)
        assert values.shape == (HEIGHT, WIDTH)
        highest = np.unravel_index(values.argmax(), values.shape)
        assert row - 2 <= highest[0] <= row + side + 1
        assert column - 2 <= highest[1] <= column + side + 1
    assert "enough to name 100% of 30 works held out as the network does" in found["basis"]


def test_without_its_feature_the_verdict_falls(service: Served) -> None:
    file = "val/green/5.png"
    before, after = explained(service, work=file), explained(service, work=file, silent="COLOURS:1")
    assert before["class_name"] == "green"
    assert after["class_name"] != "green"
    assert (after["silent"], after["supports"], after["heat"]) == (["colours:1"], [], None)
    kept = explained(service, work=file, silent="colours:3")
    chances = [[each["probability"] for each in found["chances"]] for found in (before, kept)]
    assert chances[0] == pytest.approx(chances[1], rel=1e-4)  # the fourth speaks for no class


def test_a_picture_that_is_sent_is_answered_as_the_work_is_and_kept_nowhere(
    service: Served, run: Path
) -> None:
    file = "val/blue/8.png"
    named = explained(service, work=file)
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*") if path != service.log}
    sent = explained(service, (run / "data" / file).read_bytes())
    assert sent == {**named, "work": None}
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*") if path != service.log} == before


def test_the_bytes_decide_what_a_picture_is(service: Served, run: Path) -> None:
    picture = (run / "data" / "val" / "red" / "1.png").read_bytes()
    for kind in ("text/html", "application/json", "image/svg+xml"):
        answer = service.post("/explanations", data=picture, headers={"Content-Type": kind})
        assert answer.status_code == 202
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for none in (svg, b"GIF", b"\x00" * 1000, b"%PDF-1.4", b'{"work": "val/red/1.png"}'):
        answer = service.post("/explanations", data=none, headers={"Content-Type": "image/png"})
        assert answer.status_code == 400
        assert "what was sent is no picture" in answer.json()["error"]


def test_a_broken_or_endless_picture_fails_in_a_sentence_and_harms_nothing(service: Served) -> None:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)).save(file, "PNG")
    torn = service.post("/explanations", data=file.getvalue()[:5000]).json()
    assert "this is no picture that can be read" in answered(service, torn)["error"]
    file = io.BytesIO()
    Image.new("L", (12_000, 12_000)).save(file, "PNG")
    large = service.post("/explanations", data=file.getvalue()).json()
    assert "144 megapixels, more than 60 megapixels" in answered(service, large)["error"]
    assert explained(service, work="val/red/1.png")["class_name"] == "red"


def test_at_most_twenty_megabytes_are_taken(service: Served, run: Path) -> None:
    picture = (run / "data" / "val" / "red" / "1.png").read_bytes()
    limit = 20 * 2**20
    assert explained(service, picture + b"\0" * (limit - len(picture)))["class_name"] == "red"
    answer = service.post("/explanations", data=picture + b"\0" * (limit - len(picture) + 1))
    assert (answer.status_code, answer.json()["error"]) == (413, f"the body is longer than {limit} bytes")
    assert service.post("/jobs", data=picture + b"\0" * 70_000).status_code == 413


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ({}, 400, "name a work of the collection, or send a picture; neither came"),
        ({"work": "val/red/99.png"}, 404, "no work 'val/red/99.png' in the collection (did you mean"),
        ({"work": "../model/colours.json"}, 404, "no work '../model/colours.json'"),
        ({"work": "/etc/passwd"}, 404, "no work '/etc/passwd'"),
        ({"work": "val/red/1.png", "model": "other"}, 404, "no model 'other'"),
        ({"work": "val/red/1.png", "silent": "colour:1"}, 404, "no layer 'colour' (did you mean 'colours'?)"),
        ({"work": "val/red/1.png", "silent": "colours:4"}, 400, "colours has neurons 0-3, not 4"),
        ({"work": "val/red/1.png", "silent": ",".join(["colours:1"] * 101)}, 400, "at most 100 neurons"),
        ({"work": "val/red/1.png", "features": 10}, 400, "features must be a whole number from 1 to 9"),
    ],
)
def test_a_bad_question_is_answered_in_one_sentence(
    service: Served, asked: dict[str, Any], status: int, sentence: str
) -> None:
    answer = service.post("/explanations", params=asked)
    assert answer.status_code == status
    assert sentence in answer.json()["error"]


def test_a_work_and_a_picture_are_one_too_many(service: Served, run: Path) -> None:
    picture = (run / "data" / "val" / "red" / "1.png").read_bytes()
    answer = service.post("/explanations", params={"work": "val/red/1.png"}, data=picture)
    assert (answer.status_code, "both came" in answer.json()["error"]) == (400, True)
    assert service.get("/inquiries/none").status_code == 404


def test_an_account_of_a_neuron(service: Served) -> None:
    account = answered(service, service.json("/neurons/COLOURS/0"))["account"]
    assert account == answered(service, service.json("/neurons/colours/0"))["account"]
    (spoken, *others) = account["classes"]
    assert (spoken["name"], spoken["rank"]) == ("red", 1)
    assert spoken["weight"] > 0
    assert all(each["rank"] is None for each in others if each["weight"] < 0)
    mean = service.picture(account["average"])
    middle = mean[mean.shape[0] // 2, mean.shape[1] // 2].astype(int)
    assert middle[0] > middle[1] + 40  # red lies in the middle of what excites it
    assert account["averaged"] == 3 * WORKS
    assert "times as strong in Dutch works (30) as chance allows" in account["distribution"]
    assert {group["value"] for group in account["groups"]} == {"Dutch", "Italian"}
    assert all(group["stands"] == (group["q"] <= 0.05) for group in account["groups"])
    assert service.get("/neurons/colours/4").status_code == 400
    assert service.get("/neurons/colour/1").status_code == 404


def test_a_neuron_is_drawn_by_a_method_and_what_is_the_methods_is_told(service: Served, run: Path) -> None:
    plain = answered(service, service.json("/metapictures/COLOURS/0"))["metapicture"]
    assert (plain["method"], plain["excites"], plain["methods"][0]) == ("none", 1, "none")
    assert len(plain["methods"]) >= 12 and "none, four times as long" not in plain["methods"]
    assert heat(plain["picture"]).shape == (112, 112, 3)
    smooth = answered(service, service.json("/metapictures/colours/0?method=total variation"))["metapicture"]
    assert smooth["smoothness"] < plain["smoothness"]
    assert smooth["gradients"] == plain["gradients"] and 0 < smooth["excites"] != 1
    kept = {file: file.stat().st_mtime_ns for file in (run / "metapictures").rglob("*.png")}
    again = answered(service, service.json("/metapictures/colours/0?method=total variation"))["metapicture"]
    assert again == smooth
    assert {file: file.stat().st_mtime_ns for file in (run / "metapictures").rglob("*.png")} == kept
    assert len(kept) == 2


def test_of_a_class_the_square_is_no_method_and_an_unknown_method_is_named(service: Served) -> None:
    refused = service.get("/metapictures/classes/red?method=quadratic objective")
    assert refused.status_code == 404
    assert "no method 'quadratic objective'" in refused.json()["error"]
    assert service.get("/metapictures/colours/4").status_code == 400


def test_the_works_are_listed_searched_and_shown(service: Served) -> None:
    first = service.json("/works", params={"limit": 2, "class": "GREEN"})
    assert (first["total"], first["next"]) == (WORKS, 2)
    assert [each["class"] for each in first["works"]] == ["green"] * 2
    found = service.json("/works", params={"search": "HALS 19 blue"})
    assert [each["title"] for each in found["works"]] == ["Work 19 in blue"]
    until = time.monotonic() + 20
    while not found["ready"] and time.monotonic() < until:
        found = service.json("/works", params={"search": "HALS 19 blue"})
    assert service.picture(found["works"][0]["picture"]).shape == (HEIGHT, WIDTH, 3)
    assert (found["works"][0]["artist"], found["works"][0]["painted"]) == ("Frans Hals", False)
    assert service.json("/works", params={"search": "nobody"})["works"] == []


def test_a_semantic_network_is_explained_by_its_own_sum(service: Served, run: Path) -> None:
    (known,) = service.json("/semantic-networks")["networks"]
    assert known == {"name": "parts", "attributes": list(PARTS), "scores": ["score"]}
    answer = service.post("/attributes", params={"work": "val/red/1.png"})
    found = answered(service, answer.json())["attributes"]
    assert sorted(each["name"] for each in found["maps"]) == sorted(PARTS)
    for each in found["maps"]:
        assert np.sum(each["cells"]) == pytest.approx(each["counts"])
    counted = [each["counts"] for each in found["maps"]]
    assert counted == sorted(counted, key=abs, reverse=True)
    assert found["bias"] + sum(counted) + found["others"] == pytest.approx(found["score"], rel=1e-5)
    semantic = heads.load(run / "semantic_maps" / "parts.keras")
    picture = images.read(run / "data" / "val" / "red" / "1.png", (64, 64))
    own = explaining.explain(semantic, semantic.network.pixels.from_pictures(picture[None]))
    assert found["score"] == pytest.approx(own.score[0], rel=1e-4)
    cells = len(found["maps"][0]["cells"])
    assert found["margin"] == pytest.approx(2 / (cells + 4))
    sent = service.post("/attributes", data=(run / "data" / "val" / "red" / "1.png").read_bytes())
    assert answered(service, sent.json())["attributes"] == {**found, "work": None}
    assert service.post("/attributes", params={"work": "val/red/1.png", "network": "x"}).status_code == 404
    assert service.post("/attributes", params={"work": "val/red/1.png", "score": "x"}).status_code == 400


def explainer(service: Served) -> psutil.Process:
    """The process that explains: of the kernel's two the one that began last."""
    spawned = [
        each
        for each in psutil.Process(service.process.pid).children(recursive=True)
        if "spawn_main" in " ".join(each.cmdline())
    ]
    return max(spawned, key=lambda each: each.create_time())


def test_all_else_is_answered_while_an_explanation_takes_long(service: Served) -> None:
    explained(service, work="val/red/1.png")
    process = explainer(service)
    process.suspend()
    try:
        first = service.post("/explanations", params={"work": "val/red/1.png"}).json()
        answered(service, first, "working")
        waiting = [service.post("/explanations", params={"work": "val/red/1.png"}) for _ in range(17)]
        assert [each.status_code for each in waiting] == [202] * 16 + [429]
        assert "16 questions wait already" in waiting[-1].json()["error"]
        assert waiting[3].json()["position"] == 4
        assert service.json("/status")["models"] == 1
    finally:
        process.resume()
    assert answered(service, waiting[15].json())["state"] == "done"


def test_a_process_that_dies_fails_its_question_and_another_one_answers(service: Served) -> None:
    explained(service, work="val/red/1.png")
    process = explainer(service)
    process.suspend()
    first = service.post("/explanations", params={"work": "val/red/1.png"}).json()
    answered(service, first, "working")
    process.send_signal(signal.SIGKILL)
    assert answered(service, first)["error"] == "the process that explains works ended; ask again"
    assert explained(service, work="val/red/1.png")["class_name"] == "red"


def test_the_responses_that_it_measured_are_found_again(service: Served, run: Path) -> None:
    explained(service, work="val/red/1.png")
    told = json.loads((run / "responses" / "colours" / "responses.json").read_text())
    assert told["fingerprint"] == looks_for_colours().fingerprint
    layer = next(each for each in service.json("/models/colours")["layers"] if each["name"] == "colours")
    assert layer["responses"]
