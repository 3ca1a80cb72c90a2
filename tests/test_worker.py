"""The process that makes images: the same images, and what happens when it fails, is given up, or dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines import images
from image_machines.atlas import drawing, make, worker
from image_machines.atlas.costs import Costs
from image_machines.atlas.job import CANCELLED, DONE, FAILED, PAUSED, RENDERING, Job
from image_machines.atlas.plan import plan
from image_machines.atlas.queue import Queue
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.atlas.worker import Failed, Worker
from image_machines.network import models

SHORT = {"octaves": 10, "final_size": 60, "iterations": 3}
LONG = {"octaves": 10, "final_size": 60, "iterations": 10_000}


@pytest.fixture(scope="module")
def network(tiny_network: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return models.load(models.save(tiny_network, tmp_path_factory.mktemp("model") / "tiny.keras"))


@pytest.fixture(scope="module")
def process(network: Any) -> Iterator[Worker]:
    made = Worker([network.opened_from])
    yield made
    made.close()


@pytest.fixture
def running(process: Worker, network: Any, tmp_path: Path) -> Iterator[Queue]:
    made = Queue({"": process}, Store(tmp_path / "images"), Costs({network.name: network}))
    yield made
    made.cancel_all()
    made.close()


def ask(network: Any, neuron: int = 0, changes: dict[str, Any] = SHORT, octave: int = 1) -> Recipe:
    return plan(network, "features", neuron, octave, "paper-2018", changes=changes)


def wait_for(job: Job, *states: str) -> Job:
    until = time.monotonic() + 60
    while job.state not in (states or (DONE,)):
        assert time.monotonic() < until, job
        time.sleep(0.005)
    return job


def frame_at(done: float, network: Any, neuron: int) -> make.Frame:
    """The frame that is so far done, made in this process."""
    return next(frame for frame in make.frames(network, ask(network, neuron)) if frame.done == done)


def pid(process: Worker) -> int:
    return int(process._process.pid)


def test_it_makes_the_very_same_images(network: Any, process: Worker) -> None:
    here, there = make.make(network, ask(network)), None
    for frame in process(ask(network)):
        there = frame.image, frame.activation, frame.done
    assert there is not None
    assert np.array_equal(there[0], here.image)
    assert there[1:] == (here.activation, 1)


def test_a_frame_is_of_its_own_image_until_that_is_dropped(network: Any, process: Worker) -> None:
    one, other = process(ask(network, 1)), process(ask(network, 2))
    first, second = next(one), next(other)
    expected = [frame_at(first.done, network, 1).image, frame_at(second.done, network, 2).image]
    assert np.array_equal(first.image, expected[0])
    assert np.array_equal(second.image, expected[1])
    one.close()
    assert np.array_equal(second.image, expected[1])
    with pytest.raises(Failed, match="KeyError"):
        first.image  # noqa: B018


def test_what_waits_is_dropped_without_waiting_for_a_step(network: Any, process: Worker) -> None:
    waiting = process(ask(network, 1))
    next(waiting)
    with process._lock:  # as whoever takes a step holds it
        thread = threading.Thread(target=waiting.close)
        thread.start()
        thread.join(60)
        assert not thread.is_alive()


def test_an_error_keeps_its_words_and_the_process_goes_on(network: Any, process: Worker) -> None:
    before = process.generation
    with pytest.raises(Failed, match="UnknownLayer: no layer 'nowhere'"):
        next(process(replace(ask(network), layer="nowhere")))
    assert next(process(ask(network))).done > 0
    assert process.generation == before


def test_it_gives_way(process: Worker) -> None:
    process.ready()
    until = time.monotonic() + 30
    while os.getpriority(os.PRIO_PROCESS, pid(process)) < drawing.NICE:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_process_that_dies_costs_one_image(network: Any, process: Worker, running: Queue) -> None:
    (paused,), _ = running.submit([ask(network, 1, LONG)])
    wait_for(paused, RENDERING)
    while not paused.progress:
        time.sleep(0.005)
    (urgent,), _ = running.submit([ask(network, 2, LONG, octave=2)])
    wait_for(paused, PAUSED)
    while not urgent.progress:
        time.sleep(0.005)
    os.kill(pid(process), signal.SIGKILL)
    wait_for(urgent, FAILED)
    assert urgent.error == "the process that makes images ended, by signal 9"
    (short,), _ = running.submit([ask(network, 3, octave=3)])
    assert images.is_picture(running.store.file(wait_for(short).path))
    wait_for(paused, RENDERING)
    while not paused.progress:
        time.sleep(0.005)


def test_a_step_that_nobody_wants_is_given_up(
    network: Any, process: Worker, running: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PATIENCE", 0.0)
    (job,), _ = running.submit([ask(network, 4, LONG)])
    while not job.progress:
        time.sleep(0.005)
    os.kill(pid(process), signal.SIGSTOP)  # a step that never ends
    running.cancel(job.id)
    wait_for(job, CANCELLED)
    (next_,), _ = running.submit([ask(network, 5)])
    wait_for(next_)
