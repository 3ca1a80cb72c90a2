"""The queue: order, giving way, cancelling, failing, and that none of it changes an image."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines import images
from image_machines.atlas import again, costs, make, queue
from image_machines.atlas.costs import Costs
from image_machines.atlas.job import CANCELLED, DONE, ENDED, FAILED, PAUSED, RENDERING, Ended, Job, QueueFull
from image_machines.atlas.plan import plan as planned
from image_machines.atlas.queue import Queue
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import DiskFull, Store
from image_machines.network.network import Network
from image_machines.vision import features, octaves
from image_machines.vision.features import Frame
from image_machines.vision.presets import preset

SMALL = {"final_size": 60, "iterations": 6, "octaves": 10}


@pytest.fixture(scope="module")
def network(tiny_network: Network) -> Network:
    return replace(tiny_network, opened_from="tiny.keras")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "images")


@pytest.fixture
def start(network: Network, store: Store) -> Iterator[Callable[..., Queue]]:
    """Start a renderer; it is closed at the end."""
    started: list[Queue] = []

    def begin(frames: Any = None, **options: Any) -> Queue:
        frames = frames or (lambda recipe: make.frames(network, recipe))
        workers = {device: frames for device in options.pop("devices", [""])}
        made = Queue(workers, store, Costs({network.name: network}), **options)
        started.append(made)
        return made

    yield begin
    for each in started:
        each.close()


@pytest.fixture
def ask(network: Network) -> Callable[..., Recipe]:
    def plan(neuron: int = 0, octave: int = 2, **options: Any) -> Recipe:
        layer = options.pop("layer", "features")
        changes = {**SMALL, **options.pop("changes", {})}
        return planned(network, layer, neuron, octave, "paper-2018", changes=changes, **options)

    return plan


def wait_for(job: Job, *states: str) -> Job:
    """Wait until the job is in one of the states (done, when none is named)."""
    states = states or (DONE,)
    until = time.monotonic() + 30
    while job.state not in states:
        assert time.monotonic() < until, f"{job} never was {states}"
        assert job.state not in ENDED, job
        time.sleep(0.002)
    return job


class Gate:
    """Frames that wait, each, for leave: the test decides when the next iteration happens."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.order: list[tuple[int, int, int]] = []
        self.leave = threading.Semaphore(0)
        self.waited = 0

    def __call__(self, recipe: Recipe) -> Iterator[Frame]:
        for frame in make.frames(self.network, recipe):
            self.waited += 1
            self.leave.acquire()
            self.order.append((recipe.neuron, recipe.octave, frame.iteration))
            yield frame

    def open(self, iterations: int = 1000) -> None:
        self.leave.release(iterations)

    def wait_after(self, iterations: int) -> None:
        """Wait until so many iterations are done and the next one waits for leave."""
        while self.waited <= iterations:
            time.sleep(0.002)


def test_an_image_is_there_at_once_grows_and_is_kept(
    start: Any, ask: Any, store: Store, network: Network
) -> None:
    gate = Gate(network)
    running = start(gate)
    (job,), new = running.submit([ask()])
    file = store.file(job.path)
    assert (new, images.read(file).shape) == (1, (96, 96, 3))
    gate.open(1)
    while job.version < 2:
        time.sleep(0.002)
    assert images.read(file).shape == (11, 11, 3)
    assert not file.with_suffix(".json").exists()
    gate.open()
    wait_for(job)
    assert images.read(file).shape == (13, 13, 3)
    card = images.read_card(file)
    assert card["activation"] == job.activation
    assert card["fingerprint"] == network.fingerprint
    assert (job.progress, job.seconds_left()) == (1.0, None)


def test_the_image_is_the_engines_own(start: Any, ask: Any, store: Store, network: Network) -> None:
    (job,), _ = start().submit([ask()])
    wait_for(job)
    *_, last = make.frames(network, ask())
    expected = features.picture(last.image)
    images.save(store.folder / "expected.jpg", expected)
    assert np.array_equal(images.read(store.folder / "expected.jpg"), images.read(store.file(job.path)))


def test_higher_octaves_first_then_first_come_first_served(start: Any, ask: Any, network: Network) -> None:
    gate = Gate(network)
    running = start(gate)
    (first,), _ = running.submit([ask(0, 9)])
    wait_for(first, RENDERING)
    jobs, _ = running.submit([ask(3, 1), ask(2, 2), ask(1, 2), ask(0, 3)])
    assert running.positions() == {job.id: place for job, place in zip(jobs, (4, 2, 3, 1), strict=True)}
    gate.open()
    for job in jobs:
        wait_for(job)
    assert list(dict.fromkeys(neuron_octave[:2] for neuron_octave in gate.order)) == [
        (0, 9),
        (0, 3),
        (2, 2),
        (1, 2),
        (3, 1),
    ]


def test_a_more_urgent_job_takes_over_after_the_iteration_and_the_other_resumes(
    start: Any, ask: Any, store: Store, network: Network
) -> None:
    gate = Gate(network)
    running = start(gate)
    (patient,), _ = running.submit([ask(0, 1)])
    gate.open(2)
    gate.wait_after(2)
    (urgent,), _ = running.submit([ask(1, 2)])
    gate.open(1)
    wait_for(patient, PAUSED)
    assert running.positions() == {patient.id: 1}
    assert patient.seconds_left() is not None
    gate.open()
    wait_for(urgent)
    wait_for(patient)
    assert gate.order == [
        *((0, 1, iteration) for iteration in (1, 2, 3)),
        *((1, 2, iteration) for iteration in (1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6)),
        *((0, 1, iteration) for iteration in (4, 5, 6)),
    ]
    *_, alone = make.frames(network, ask(0, 1))
    images.save(store.folder / "alone.jpg", features.picture(alone.image))
    assert np.array_equal(images.read(store.folder / "alone.jpg"), images.read(store.file(patient.path)))


def test_the_same_request_twice_is_one_job(start: Any, ask: Any, network: Network) -> None:
    gate = Gate(network)
    running = start(gate)
    (one, two), new = running.submit([ask(), ask()])
    (three,), newer = running.submit([ask()])
    assert (one is two is three, new, newer) == (True, 1, 0)
    gate.open()
    wait_for(one)
    (four,), newest = running.submit([ask()])
    assert (four is one, newest, len(running.jobs())) == (True, 0, 1)


def test_finished_work_survives_a_restart(start: Any, ask: Any, store: Store) -> None:
    (job,), _ = start().submit([ask()])
    wait_for(job)
    before = store.file(job.path).stat().st_mtime_ns

    def never(recipe: Recipe) -> Iterator[Frame]:
        raise AssertionError("rendered again")

    (again,), new = start(never).submit([ask()])
    assert (again.state, again.path, again.activation, new) == (DONE, job.path, job.activation, 0)
    assert store.file(job.path).stat().st_mtime_ns == before


def test_an_image_that_was_deleted_is_made_again(start: Any, ask: Any, store: Store) -> None:
    running = start()
    (job,), _ = running.submit([ask()])
    wait_for(job)
    store.file(job.path).unlink()
    (again,), new = running.submit([ask()])
    assert (again is job, new) == (False, 1)
    wait_for(again)
    assert images.is_picture(store.file(job.path))


def test_cancel_while_rendering_and_while_waiting(
    start: Any, ask: Any, store: Store, network: Network
) -> None:
    gate = Gate(network)
    running = start(gate)
    (running_job, waiting), _ = running.submit([ask(0, 2), ask(1, 1)])
    gate.open(2)
    gate.wait_after(2)
    for job in (waiting, running_job):
        assert running.cancel(job.id).shown_state == CANCELLED
        with pytest.raises(Ended, match="is cancelled already"):
            running.cancel(job.id)
    gate.open(1)
    while running_job.state != CANCELLED:
        time.sleep(0.002)
    assert len(gate.order) == 3
    assert not store.file(running_job.path).exists()
    assert not store.file(waiting.path).exists()
    with pytest.raises(KeyError):
        running.cancel("unknown")
    (anew,), new = running.submit([ask(0, 2)])
    gate.open()
    assert (new, wait_for(anew).state) == (1, DONE)
    with pytest.raises(Ended, match="is done already"):
        running.cancel(anew.id)


def test_asked_for_again_while_its_cancel_is_under_way(
    start: Any, ask: Any, store: Store, network: Network
) -> None:
    gate = Gate(network)
    running = start(gate)
    (job,), _ = running.submit([ask()])
    wait_for(job, RENDERING)
    running.cancel(job.id)
    (anew,), new = running.submit([ask()])
    assert (anew is not job, new) == (True, 1)
    gate.open()
    wait_for(anew)
    assert images.is_picture(store.file(anew.path))
    assert running.get(job.id) is anew


def test_a_failing_job_is_recorded_and_the_worker_lives(
    start: Any, ask: Any, store: Store, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    def frames(recipe: Recipe) -> Iterator[Frame]:
        for frame in make.frames(network, recipe):
            if recipe.neuron == 0 and frame.iteration == 3:
                raise ArithmeticError("the third iteration is too much")
            yield frame

    running = start(frames)
    (bad, good), _ = running.submit([ask(0, 2), ask(1, 1)])
    wait_for(good)
    assert (bad.state, bad.error) == (FAILED, "ArithmeticError: the third iteration is too much")
    assert "the third iteration is too much" in caplog.text
    assert not store.file(bad.path).exists()
    (retried,), new = running.submit([ask(0, 2)])
    assert (retried is not bad, new) == (True, 1)


def test_an_image_that_is_not_finite_fails(start: Any, ask: Any, network: Network) -> None:
    def frames(recipe: Recipe) -> Iterator[Frame]:
        for frame in make.frames(network, recipe):
            yield replace(frame, _images=lambda: np.full((1, 11, 11, 3), np.nan, np.float32))

    (job,), _ = start(frames).submit([ask()])
    wait_for(job, FAILED)
    assert job.error == "ArithmeticError: the image is not finite any more: its ascent ran away"


def test_a_full_queue_takes_all_or_none(start: Any, ask: Any, network: Network) -> None:
    gate = Gate(network)
    running = start(gate, limit=3)
    (first,), _ = running.submit([ask(0, 10)])
    wait_for(first, RENDERING)
    running.submit([ask(1), ask(2)])
    with pytest.raises(QueueFull, match="holds 2 of 3 images, 2 more do not fit"):
        running.submit([ask(3), ask(4)])
    assert len(running.jobs()) == 3
    assert running.submit([ask(1), ask(2), ask(3)])[1] == 1
    gate.open()


def test_every_device_has_its_worker_and_keeps_what_it_began(start: Any, ask: Any, network: Network) -> None:
    gate = Gate(network)
    running = start(gate, devices=("first", "second"))
    jobs, _ = running.submit([ask(0, 1), ask(1, 1)])
    for job in jobs:
        wait_for(job, RENDERING)
    devices = {job.id: job.device for job in jobs}
    assert set(devices.values()) == {"first", "second"}
    urgent, _ = running.submit([ask(2, 2), ask(3, 2)])
    gate.open()
    for job in (*jobs, *urgent):
        wait_for(job)
    assert {job.id: job.device for job in jobs} == devices


def test_many_clients_at_once_lose_nothing(start: Any, ask: Any, store: Store) -> None:
    running = start()
    wanted = [ask(neuron, octave) for neuron in range(8) for octave in (1, 2)]
    threads = [threading.Thread(target=running.submit, args=(wanted[i::4] + wanted,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for job in running.jobs():
        wait_for(job)
    assert {job.id for job in running.jobs()} == {recipe.id for recipe in wanted}
    assert store.select()[1] == len(wanted)


def test_the_estimate_learns(network: Network, ask: Any) -> None:
    known = Costs({network.name: network})
    guess = known.seconds(ask())
    assert guess > 0
    work = features.cost(features.Settings.from_json(ask().settings))
    known.learn(ask(), 1.0, 7.0, 0.0)
    assert known.seconds(ask()) == pytest.approx(7.0, abs=0.01)
    assert known.seconds(ask(octave=10)) > 7.0
    assert work > 0
    assert known.seconds(ask(layer="early")) != guess


@pytest.mark.parametrize("guess", [0.05, 1, 20])
def test_what_is_left_is_steady_after_the_first_tenth(guess: float) -> None:
    """The estimate is far off, small octaves take longer for their share, a step stalls."""
    sizes = [int(900 / 1.2**k) for k in reversed(range(10))]
    steps = [size**2 / sum(100 * each**2 for each in sizes) for size in sizes for _ in range(100)]
    seconds = [60 * share * (1.6 if place < 500 else 1) for place, share in enumerate(steps)]
    pace, progress = costs.Pace(guess * sum(seconds)), 0.0
    for place, share in enumerate(steps[:-1]):
        pace.observe(share, seconds[place] + (30 if place == 700 else 0))
        progress += share
        if 0.1 <= progress <= 0.99:
            assert 0.5 <= pace.left(progress) / sum(seconds[place + 1 :]) <= 2, (progress, guess)


@pytest.mark.parametrize("guess", [0.05, 1, 20])
def test_what_is_left_was_right_in_a_run_that_was_watched(guess: float) -> None:
    """InceptionV3, mixed5:66, quick, 900 px, on one core that others used as well; each size is compiled."""
    watched = np.loadtxt(Path(__file__).with_name("recorded_run.csv"), delimiter=",", skiprows=1)
    done = np.concatenate(octaves.shares(octaves.octaves(preset("quick").at_octave(10))))
    done = done[done >= watched[0, 1]]
    clock = np.interp(done, watched[:, 1], watched[:, 0])
    pace = costs.Pace(guess * clock[-1])
    for share, seconds, progress, now in zip(
        np.diff(done), np.diff(clock), done[1:-1], clock[1:-1], strict=False
    ):
        pace.observe(share, seconds)
        if progress >= 0.1:
            assert 0.5 <= pace.left(progress) / (clock[-1] - now) <= 2, (progress, guess)


def test_an_image_is_made_again_from_its_file_alone(
    start: Any, ask: Any, store: Store, network: Network, tmp_path: Path
) -> None:
    from image_machines.network import models

    saved = models.save(network, tmp_path / "runs" / "demo" / "model" / "tiny.keras")
    (job,), _ = start().submit([ask()])
    wait_for(job)
    alone = tmp_path / "alone.jpg"
    alone.write_bytes(store.file(job.path).read_bytes())
    made = again.again(alone, model=saved)
    assert (made.difference, made.path) == (0, tmp_path / "alone-again.jpg")
    assert np.array_equal(images.read(made.path), images.read(alone))
    card = images.read_card(made.path)
    assert card["activation"] == job.activation
    again.again(store.file(job.path), model=saved)
    assert store.select()[1] == 1
    assert again.find_network(job.recipe, [tmp_path / "runs"]).opened_from == str(saved)
    with pytest.raises(ValueError, match="not at hand"):
        again.find_network(job.recipe, [tmp_path / "nowhere"])


def test_a_request_names_what_is_wrong_with_it(network: Network) -> None:
    def plan(
        layer: str = "features", neuron: Any = 0, octave: int = 1, name: str = "paper-2018", **changes: Any
    ):
        return planned(network, layer, neuron, octave, name, changes=changes)

    assert plan("PREDICTIONS", "Still-Life").neuron == 2
    assert plan("predictions", "Still-Life").class_name == "still-life"
    assert plan("Features", "3").neuron == 3
    for message, bad in {
        "no layer 'featurs'.*did you mean 'features'": {"layer": "featurs"},
        "neurons 0-15, not 16": {"neuron": 16},
        "no neuron 'portrait'; its numbers are 0-15": {"neuron": "portrait"},
        "no neuron 'portrat'.*did you mean 'portrait'.*classes: portrait": {
            "layer": "predictions",
            "neuron": "portrat",
        },
        "octaves go from 1 to 10, not 11": {"octave": 11},
        "no preset 'paper'": {"name": "paper"},
        "no setting 'stepp'": {"stepp": 1},
        "octave is a value of its own": {"octave": 1, "changes": 1},
        "final_size must be at most 8192": {"final_size": 100_000, "octave": 10},
        "iterations must be at most 10000": {"iterations": 10**9},
        "regularizers are a list": {"regularizers": 5},
    }.items():
        if bad.pop("changes", None):
            with pytest.raises(ValueError, match=message):
                planned(network, "features", 0, 1, "paper-2018", changes={"octave": 3})
            continue
        with pytest.raises(ValueError, match=message):
            plan(**bad)  # type: ignore[arg-type]


def test_what_a_killed_server_left_can_be_asked_for_again(
    start: Any, ask: Any, store: Store, network: Network
) -> None:
    gate = Gate(network)
    first = start(gate)
    first.submit([ask(0), ask(1)])
    gate.open(1)
    gate.wait_after(1)
    first.cancel(ask(1).id)
    other = Store(store.folder)  # as after a kill: nothing was put in order
    other.sweep()
    anew = Queue({"": lambda recipe: make.frames(network, recipe)}, other, Costs({network.name: network}))
    anew.recall(lambda recipe: recipe.fingerprint == network.fingerprint)
    (left,) = anew.jobs()
    assert (left.id, left.state, left.error) == (ask(0).id, FAILED, queue.INTERRUPTED)
    (again_,), new = anew.submit([ask(0)])
    wait_for(again_)
    assert (new, other.remembered()) == (1, [])
    anew.close()
    gate.open()


def test_a_full_disk_begins_nothing_of_a_batch(
    start: Any, ask: Any, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = start()
    kept, preview = [], store.preview

    def full(path: str, picture: Any) -> None:
        if len(kept) == 2:
            raise DiskFull("the disk is full")
        kept.append(path)
        preview(path, picture)

    monkeypatch.setattr(store, "preview", full)
    with pytest.raises(DiskFull, match="the disk is full"):
        running.submit([ask(neuron, 1) for neuron in range(4)])
    assert (running.jobs(), store.remembered()) == ([], [])
    assert not any(store.file(path).exists() for path in kept)
