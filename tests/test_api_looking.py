"""A work in full, what it excites and what is near to it, asked of the running gateway."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import test_api_explanations
from tests.test_api import Served
from tests.test_api_explanations import CLASSES, HEIGHT, WIDTH, answered

run = test_api_explanations.run


@pytest.fixture(scope="module")
def service(run: Path) -> Iterator[Served]:
    """A service that has looked at the collection already."""
    started = Served(run).ready()
    test_api_explanations.explained(started, work="val/red/1.png")
    yield started
    started.stop()


def ready(service: Served, path: str, **asked: Any) -> dict[str, Any]:
    """An answer once its pictures are there."""
    until = time.monotonic() + 60
    while not (answer := service.json(path, params=asked))["ready"]:
        assert time.monotonic() < until, answer
        time.sleep(0.05)
    return dict(answer)


def test_a_work_is_told_in_full_with_all_its_pixels(service: Served, run: Path) -> None:
    told = ready(service, "/work", file="val/red/1.png")
    assert (told["artist"], told["title"], told["class"]) == ("Frans Hals", "Work 1 in red", "red")
    assert (told["school"], told["source"]) == ("Dutch", "http://127.0.0.1/1.png")
    assert told["rights"] is None and told["technique"] is None
    whole = service.get(f"/public/{told['whole']}")
    assert whole.content == (run / "data" / "val" / "red" / "1.png").read_bytes()
    assert service.picture(told["picture"]).shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("number", range(3))
def test_a_work_excites_the_neuron_of_its_colour_where_its_patch_is(service: Served, number: int) -> None:
    index = 1 + 4 * number
    _, (row, column), side = test_api_explanations.work(number, index)
    look = ready(service, "/looks", work=f"val/{CLASSES[number]}/{index}.png", layer="COLOURS")
    assert (look["model"], look["layer"], look["pictures"]) == ("colours", "colours", 60)
    first = look["neurons"][0]
    assert first["neuron"] == number and first["rank"] <= 20 and first["beyond"] > 0
    box = first["box"]
    middle = (box["top"] + box["height"] / 2) * HEIGHT, (box["left"] + box["width"] / 2) * WIDTH
    assert row - 2 <= middle[0] <= row + side + 2
    assert column - 2 <= middle[1] <= column + side + 2
    near = look["nearest"]
    assert len(near) == 6 and {each["class"] for each in near} == {CLASSES[number]}
    assert f"val/{CLASSES[number]}/{index}.png" not in {each["file"] for each in near}
    assert [each["likeness"] for each in near] == sorted((each["likeness"] for each in near), reverse=True)
    assert service.picture(near[0]["picture"]).shape == (HEIGHT, WIDTH, 3)


def test_a_picture_that_is_sent_is_looked_at_as_the_work_is(service: Served, run: Path) -> None:
    file = "val/blue/8.png"
    named = ready(service, "/looks", work=file)
    before = {path for path in run.rglob("*")}
    answer = service.post("/looks", data=(run / "data" / file).read_bytes())
    assert answer.status_code == 202, answer.text
    found = answered(service, answer.json())
    assert found["state"] == "done", found
    sent = found["look"]
    assert sent["work"] is None and named["work"] == file
    assert [each["neuron"] for each in sent["neurons"]] == [each["neuron"] for each in named["neurons"]]
    for mine, its in zip(sent["neurons"], named["neurons"], strict=True):
        assert mine["activation"] == pytest.approx(its["activation"], rel=1e-3)
        assert mine["box"] == its["box"]
    assert file in {each["file"] for each in sent["nearest"] if each["likeness"] > 0.999}
    assert {each["class"] for each in sent["nearest"]} == {"blue"}
    kept = {path for path in run.rglob("*")} - before
    assert all(path.parent == run / "images" / "works" for path in kept), kept


def test_a_layer_of_classes_names_them(service: Served) -> None:
    look = ready(service, "/looks", work="val/green/5.png", layer="classes", n=1)
    assert [each["class_name"] for each in look["neurons"]] == ["green"]
    assert look["likened"] == "colours"
    assert look["layers"][0] == "classes" and "colours" in look["layers"]


@pytest.mark.parametrize(
    ("path", "asked", "status", "sentence"),
    [
        ("/work", {}, 400, "file says which work is meant"),
        ("/work", {"file": "val/red/99.png"}, 404, "no work 'val/red/99.png' in the collection"),
        ("/work", {"file": "../model/colours.json"}, 404, "no work '../model/colours.json'"),
        ("/looks", {}, 400, "work says which work is meant"),
        ("/looks", {"work": "/etc/passwd"}, 404, "no work '/etc/passwd'"),
        ("/looks", {"work": "val/red/1.png", "layer": "late"}, 404, "no responses of 'late'"),
        ("/looks", {"work": "val/red/1.png", "model": "other"}, 404, "no model 'other'"),
        ("/looks", {"work": "val/red/1.png", "n": 51}, 400, "n must be a whole number from 1 to 50"),
    ],
)
def test_a_bad_question_is_answered_in_one_sentence(
    service: Served, path: str, asked: dict[str, Any], status: int, sentence: str
) -> None:
    answer = service.get(path, params=asked)
    assert (answer.status_code, sentence in answer.json()["error"]) == (status, True), answer.text


def test_what_is_no_picture_is_not_looked_at(service: Served) -> None:
    answer = service.post("/looks", data=b"<svg></svg>", headers={"Content-Type": "image/png"})
    assert (answer.status_code, "no picture" in answer.json()["error"]) == (400, True)
