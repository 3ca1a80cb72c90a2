"""How a collection excites neurons, asked of the running gateway; and what is told of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines import images
from image_machines.network import models, responses
from image_machines.network.network import Network
from image_machines.network.responses import Responses
from image_machines.service.measured import telling
from image_machines.service.measured.prepared import Prepared
from tests.test_api import Served

WORKS = 60


def collection(folder: Path) -> list[dict[str, str]]:
    """Bright portraits and dark landscapes, half of each by two hands; one work is broken."""
    random = np.random.default_rng(0)
    records = []
    for number in range(WORKS):
        kind = "portrait" if number % 2 else "landscape"
        file = f"val/{kind}/{number}.png"
        light = 160 if number % 2 else 0
        images.save(folder / file, random.integers(light, light + 90, (32, 32, 3)).astype(np.uint8))
        author = "AACHEN, Hans von" if number < 20 else "ROSA, Salvator"
        records.append({"file": file, "class": kind, "author": author, "title": f"Work {number}"})
        records[-1] |= {"school": "Italian" if number % 3 else "Dutch", "timeframe": "1601-1650"}
    (folder / records[7]["file"]).write_text("<html>404</html>")
    return records


@pytest.fixture(scope="module")
def network(tiny_network: Network) -> Network:
    """The tiny network, which began as another one that is called elder."""
    return replace(tiny_network, architecture="elder").with_graph(tiny_network.graph, size=32)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, network: Network) -> Path:
    """A run whose collection was shown to the network, and at one layer to the one that it began as."""
    folder = tmp_path_factory.mktemp("runs") / "measured"
    models.save(network, folder / "model" / "tiny.keras")
    records = collection(folder / "data")
    responses.measure(
        network, records, folder / "data", ["late", "features", "dense"], folder / "responses" / "tiny"
    )
    elder = replace(network, name="elder", fingerprint="sha256:elder")
    responses.measure(elder, records, folder / "data", ["features"], folder / "responses" / "elder")
    return folder


@pytest.fixture(scope="module")
def measured(run: Path) -> Responses:
    return responses.load(run / "responses" / "tiny")


@pytest.fixture(scope="module")
def service(run: Path) -> Iterator[Served]:
    started = Served(run).ready()
    yield started
    started.stop()


def ready(service: Served, path: str, **arguments: Any) -> Any:
    """An answer, once all of it is there."""
    until = time.monotonic() + 60
    while not (answer := service.json(path, params=arguments))["ready"]:
        assert time.monotonic() < until, answer
        time.sleep(0.05)
    return answer


def test_a_distribution_counts_every_work_that_could_be_read(service: Served) -> None:
    answer = ready(service, "/distributions/LATE/3", n=4)
    assert (answer["layer"], answer["neuron"], answer["pictures"]) == ("late", 3, WORKS - 1)
    assert sum(bar["works"] for bar in answer["bars"]) == WORKS - 1
    assert answer["bars"][-1]["high"] == pytest.approx(answer["most"])
    assert answer["least"] <= answer["median"] <= answer["most"]
    strongest = service.json("/responses/late/3", params={"n": 50})["works"]
    for bar in answer["bars"]:
        if bar["works"] and bar["rank"] <= 50:
            assert bar["low"] - 1e-5 <= strongest[bar["rank"] - 1]["activation"] <= bar["high"] + 1e-5
    assert [work["rank"] for work in answer["works"]] == [28, 29, 30, 31], "the middle of 59"
    assert service.picture(answer["works"][0]["crop"]).ndim == 3


def test_works_from_any_place_follow_those_before(service: Served) -> None:
    first = service.json("/responses/late/3", params={"n": 6})["works"]
    later = ready(service, "/distributions/late/3", at=4, n=3)["works"]
    assert [work["file"] for work in later] == [work["file"] for work in first[3:]]
    weakest = ready(service, "/distributions/late/3", at=WORKS - 2, n=9)["works"]
    assert [work["rank"] for work in weakest] == [WORKS - 2, WORKS - 1]
    assert ready(service, "/distributions/late/3", at=WORKS)["works"] == []


def test_the_strongest_are_held_against_chance(service: Served, measured: Responses) -> None:
    values = np.nan_to_num(np.array(measured.array("late", "maximum")))
    bright = np.array([record["class"] == "portrait" for record in measured.records])
    neuron = int((values[:, bright].mean(axis=1) - values[:, ~bright].mean(axis=1)).argmax())
    answer = service.json(f"/distributions/late/{neuron}")
    assert answer["strongest"] == 5
    found = {(group["column"], group["value"]): group for group in answer["groups"]}
    portrait = found["class", "portrait"]
    assert (portrait["strongest"], portrait["works"]) == (5 * portrait["share"], 29)
    assert portrait["share"] > portrait["chance"]
    assert portrait["low"] <= portrait["chance"] <= portrait["high"] <= 1
    assert found["author", "Hans von Aachen"]["works"] == 19
    assert {column for column, _ in found} == {"class", "school", "author"}, "one timeframe is no group"


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("distributions/early/0", 404, "no responses of 'early'"),
        ("distributions/late/24", 400, "late has neurons 0-23"),
        ("distributions/late/3?at=0", 400, "at must be a whole number from 1"),
        ("distributions/lates/3", 404, "no layer 'lates'"),
        ("layers/lates", 404, "no layer 'lates'"),
        ("layers/late?model=x", 404, "no model 'x'"),
    ],
)
def test_what_is_not_known_is_refused_in_a_sentence(
    service: Served, path: str, status: int, sentence: str
) -> None:
    answer = service.get(f"/{path}")
    assert (answer.status_code, sentence in answer.json()["error"]) == (status, True), answer.text


def test_the_neurons_of_a_layer_speak_for_classes(service: Served, measured: Responses) -> None:
    answer = ready(service, "/layers/LATE")
    assert (answer["layer"], answer["width"], answer["pictures"]) == ("late", 24, WORKS)
    assert {*filter(None, answer["classes"])} == {"portrait", "landscape"}
    mean = np.array(measured.array("late", "mean"))
    bright = np.array([record["class"] == "portrait" for record in measured.records])
    higher = np.nanmean(mean[:, bright], axis=1) > np.nanmean(mean[:, ~bright], axis=1)
    told = [(name == "portrait") == up for name, up in zip(answer["classes"], higher, strict=True) if name]
    assert all(told)
    assert all((far > 0) == bool(name) for name, far in zip(answer["classes"], answer["beyond"], strict=True))


def test_how_far_fine_tuning_moved_a_neuron_is_told_or_why_not(service: Served) -> None:
    at = {layer: ready(service, f"/layers/{layer}") for layer in ("features", "late", "early")}
    assert at["features"]["before"] == "elder"
    assert at["features"]["moved"] == pytest.approx([0] * 16, abs=1e-3), "it is the same network"
    assert (at["late"]["moved"], at["late"]["unmoved"]) == (None, "not measured before")
    assert (at["early"]["classes"], at["early"]["unmoved"]) == (None, "not measured")
    assert at["early"]["pictures"] == 0


def test_a_neuron_moved_as_far_as_the_order_of_the_works_changed(
    network: Network, measured: Responses, run: Path, tmp_path: Path
) -> None:
    other = replace(network, name="elder", fingerprint="sha256:other")
    past = responses.measure(other, measured.records, run / "data", ["features"], tmp_path)
    stored = np.load(tmp_path / "features-mean.npy", mmap_mode="r+")
    stored[0] = -stored[0]
    stored[1] = 0
    stored.flush()
    moved = telling.moved(measured, past, "features")
    assert moved[0] == pytest.approx(2, abs=1e-3)
    assert moved[1] == pytest.approx(1, abs=1e-3)
    assert moved[2:] == pytest.approx([0] * 14, abs=1e-3)
    assert telling.comparable(measured, [past], "features") is past
    assert telling.comparable(measured, [past], "late") is None
    assert telling.comparable(measured, [replace(past, size=64)], "features") is None


def test_the_bars_hold_all_works_of_a_neuron_that_answers_all_alike() -> None:
    bars = telling.bars(np.zeros(5))
    assert sum(bar.works for bar in bars) == 5
    assert {bar.rank for bar in bars if bar.works} == {1}


def test_what_takes_long_is_made_once() -> None:
    made, prepared = [], Prepared()
    until = time.monotonic() + 20
    while (value := prepared.get("key", lambda: made.append(1) or "there")) is None:
        assert time.monotonic() < until
    assert (value, made) == ("there", [1])
    prepared.close()
