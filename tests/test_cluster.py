"""Workers in processes of their own: killed, refused, without a resource; the same images as here."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client

from image_machines import images
from image_machines.atlas import cluster, connecting, version, whole
from image_machines.atlas.cluster import Cluster
from image_machines.atlas.filling import Outcome, fill
from image_machines.atlas.here import Here
from image_machines.atlas.maps import layout
from image_machines.atlas.measuring import Measuring
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.atlas.tasks import Drawn, Task, tasks
from image_machines.images import Picture
from image_machines.network import responses
from image_machines.network.network import Network
from image_machines.network.tables import Row

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def local() -> Iterator[Client]:
    """Two workers of one thread; a new one begins where one is killed."""
    with connecting.local(2, threads=1) as made:
        yield made


@pytest.fixture
def client(local: Client) -> Client:
    """Both workers, though the test before killed one."""
    local.wait_for_workers(2, timeout=300)
    return local


@pytest.fixture(scope="module")
def network(tiny_network: Network) -> Network:
    return replace(tiny_network, opened_from="tiny.keras")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "images")


def planned(network: Network, *neurons: str) -> list[Recipe]:
    changes = {"iterations": 20, "precision": "exact"}
    return whole.recipes(network, neurons, ["paper-2018"], size=40, changes=changes)


def nothing() -> Callable[[Task], list[Drawn]]:
    """What draws nothing; it travels whole, so that workers need no module of tests."""

    def draw(task: Task) -> list[Drawn]:
        return [Drawn(recipe, np.zeros((8, 8, 3), np.uint8)) for recipe in task.recipes]

    return draw


class Seen:
    """Every picture that came; after some of the tasks a worker is killed."""

    def __init__(self, client: Client | None = None, kills_after: tuple[int, ...] = ()) -> None:
        self.client, self.kills_after = client, kills_after
        self.pictures: dict[str, Picture] = {}
        self.times: Counter[str] = Counter()
        self.killed: list[int] = []
        self.outcomes = 0

    def __call__(self, outcome: Outcome) -> None:
        for each in outcome.drawn:
            if each.picture is not None:
                self.pictures[each.recipe.id] = each.picture
                self.times[each.recipe.id] += 1
        self.outcomes += 1
        if self.client is not None and self.outcomes in self.kills_after:
            running = self.client.run(os.getpid, on_error="ignore").values()
            self.killed.append(random.Random(self.outcomes).choice(sorted(running)))
            os.kill(self.killed[-1], signal.SIGKILL)


@pytest.mark.slow
def test_workers_killed_at_random_lose_nothing_and_no_bit_of_an_image(
    client: Client, network: Network, store: Store, tmp_path: Path
) -> None:
    todo = tasks(planned(network, "early", "late", "classes"), batch=4)
    there, here = Seen(client, kills_after=(2, 5)), Seen()
    filled = fill(store, todo, Cluster(client, [network]), there)
    fill(Store(tmp_path / "here"), todo, Here([network]), here)
    assert len(set(there.killed)) == 2
    assert (filled.made, filled.aside, len(store)) == (35, 0, 35)
    assert there.times == here.times == Counter(recipe.id for task in todo for recipe in task.recipes)
    for id, picture in here.pictures.items():
        assert np.array_equal(there.pictures[id], picture)


def test_workers_stay_though_the_client_forgets_them_for_a_moment(
    client: Client,
    network: Network,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(cluster, "LOOKS_EVERY", 0.05)
    maker = Cluster(client, [], work=nothing())
    maker.finished(0.0)
    monkeypatch.setattr(client, "scheduler_info", lambda **_: {"workers": {}})
    monkeypatch.setattr(client, "_scheduler_identity", {"workers": {}})
    assert fill(store, tasks(planned(network, "late"), batch=4), maker).made == 24
    assert "gone" not in caplog.text


def test_what_fails_there_is_set_aside_here_with_its_reason(
    client: Client, network: Network, store: Store
) -> None:
    bad = replace(planned(network, "late:0")[0], layer="nowhere")
    filled = fill(store, [Task((bad,))], Cluster(client, [network]))
    assert (filled.made, filled.aside) == (0, 1)
    assert "no layer 'nowhere'" in (store.folder / "set-aside.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_responses_from_workers_one_of_them_killed_are_those_from_here(
    client: Client, network: Network, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    random = np.random.default_rng(0)
    for number in range(40):
        images.save(tmp_path / f"{number}.jpg", random.integers(0, 255, (40, 50, 3), np.uint8))
    (tmp_path / "7.jpg").write_text("no picture")
    records = [{"file": f"{number}.jpg"} for number in range(40)]
    small = network.with_graph(network.graph, size=32)
    maker = Measuring(Cluster(client, [small]))

    def killing(*arguments: Any) -> Iterator[list[Row]]:
        for number, rows in enumerate(maker.rows(*arguments)):
            if number == 1:
                os.kill(min(client.run(os.getpid, on_error="ignore").values()), signal.SIGKILL)
            yield rows

    given = small, records, tmp_path, ["early", "late"]
    there = responses.measure(*given, tmp_path / "there", batch_size=4, rows=killing)
    assert "7.jpg" in caplog.text
    here = responses.measure(*given, tmp_path / "here", batch_size=4)
    assert there.done == here.done == 40
    for layer in ("early", "late"):
        for value in responses.VALUES:
            found, wanted = (each.array(layer, value) for each in (there, here))
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_a_worker_lays_out_as_this_process_does(client: Client) -> None:
    features = np.random.default_rng(0).normal(0, 1, (30, 8)).astype(np.float32)
    projection = layout.Projection(neighbours=5, seed=3)
    there = layout.lay_out(features, projection, project=Measuring(Cluster(client, [])).project)
    assert there.positions == pytest.approx(layout.lay_out(features, projection).positions, abs=1e-3)


def test_pictures_that_no_worker_can_measure_end_the_work_with_the_reason(
    client: Client, network: Network, tmp_path: Path
) -> None:
    maker = Measuring(Cluster(client, [network]))
    with pytest.raises(RuntimeError, match=r"pictures from 0\.jpg on: .*nowhere"):
        list(maker.rows(network, ["nowhere"], [tmp_path / "0.jpg"], 4))


def test_a_trial_tells_what_a_task_costs_on_every_worker(client: Client, network: Network) -> None:
    (task,) = tasks(planned(network, "late:0-3"))
    tried = Cluster(client, [network]).trial(task, 0.1)
    assert len(tried) == 2
    assert all(each.first > 0 and each.rate > 0 for each in tried)


def test_a_worker_with_another_version_is_refused_in_a_sentence(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cluster, "project", lambda: "9.9.9 (code 12345678)")
    monkeypatch.setattr(cluster, "LOOKS_EVERY", 0.0)
    maker = Cluster(client, [], work=nothing())
    maker.finished(0.0)
    assert not maker.room()
    said = f"gets no work: it has version {version.project()} of the project, not 9.9.9 (code 12345678)"
    assert caplog.text.count(said) == 2
    maker.finished(0.0)
    assert caplog.text.count(said) == 2


def test_only_workers_with_the_resource_get_work(
    client: Client, network: Network, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    maker = Cluster(client, [], label="GPU", work=nothing())
    maker.finished(0.0)
    assert not maker.room()
    assert "no worker is there yet" in caplog.text
    address = client.scheduler.address
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
    worker = subprocess.Popen(
        [*command, "--resources", "GPU=1", "--no-dashboard"], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        filled = fill(store, tasks(planned(network, "late"), batch=4), maker)
    finally:
        worker.terminate()
        worker.wait()
    assert filled.made == 24


def test_a_scheduler_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "CONNECTING", 0.2)
    with (
        pytest.raises(ValueError, match="no scheduler answers at 'tcp://127.0.0.1:9'"),
        connecting.connected([], "tcp://127.0.0.1:9"),
    ):
        pass


def test_a_scheduler_that_is_gone_ends_the_work(
    network: Network, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "LOOKS_EVERY", 0.0)
    with connecting.local(1, threads=1) as made:
        maker = Cluster(made, [], work=nothing())
        made.close()
        with pytest.raises(ConnectionError, match="the scheduler is gone; the same command goes on"):
            fill(store, tasks(planned(network, "late")), maker)


def test_what_decides_an_image_decides_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for text in (b"a = 1\n", b"a = 1\r\n", b"a = 2\n"):
        (tmp_path / "atlas").mkdir(exist_ok=True)
        (tmp_path / "atlas" / "make.py").write_bytes(text)
        monkeypatch.setattr(version, "PACKAGE", tmp_path)
        monkeypatch.setattr(version, "DECISIVE", ("atlas",))
        found.append(version.project.__wrapped__())
    assert found[0] == found[1] != found[2]
