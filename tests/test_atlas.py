"""An atlas: what is planned, in which order, what a failure costs, and that nothing is made twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines.atlas import aside, filling, make, whole
from image_machines.atlas.atlas import Wish, make_atlas
from image_machines.atlas.batches import work
from image_machines.atlas.estimate import Estimate, estimate, kind
from image_machines.atlas.filling import Outcome, fill, remaining
from image_machines.atlas.here import Here
from image_machines.atlas.progress import Progress, in_words
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.atlas.tasks import Drawn, Task, Trial, tasks
from image_machines.network import models
from image_machines.network.network import Network

SHORT = {"iterations": 3}
PICTURE = np.zeros((8, 8, 3), np.uint8)


@pytest.fixture(scope="module")
def network(tiny_network: Network) -> Network:
    return replace(tiny_network, opened_from="tiny.keras")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "images")


def planned(network: Network, *neurons: str, **options: Any) -> list[Recipe]:
    options = {"presets": ["paper-2018"], "size": 24, "changes": SHORT} | options
    return whole.recipes(network, neurons, **options)


class Pretender:
    """Makes nothing, and fails as it is told: by neuron, or a whole task."""

    def __init__(self, bad: Sequence[int] = (), broken: int = 0, lost: int = 0) -> None:
        self.bad, self.broken, self.lost = bad, broken, lost
        self.begun: list[Task] = []
        self.given: list[Task] = []

    def trial(self, task: Task, seconds: float) -> list[Trial]:
        return [Trial(first=0.0, rate=1.0)]

    def room(self) -> bool:
        return len(self.begun) < 2

    def begin(self, task: Task) -> None:
        self.given.append(task)
        self.begun.append(task)

    def finished(self, patience: float) -> list[Outcome]:
        task = self.begun.pop(0)
        if self.lost:
            self.lost -= 1
            return [Outcome(task)]
        if self.broken:
            self.broken -= 1
            return [Outcome(task, error="RuntimeError: no memory")]
        return [Outcome(task, [self.drawn(recipe) for recipe in task.recipes])]

    def drawn(self, recipe: Recipe) -> Drawn:
        bad = recipe.neuron in self.bad
        return Drawn(recipe, error="ArithmeticError: it ran away") if bad else Drawn(recipe, PICTURE)


def test_without_names_it_is_every_station_and_every_class(network: Network) -> None:
    wanted = whole.chosen(network)
    assert list(wanted) == [*(layer.name for layer in network.landmarks if layer.name in wanted)]
    assert wanted["predictions"] == [0, 1, 2]
    assert wanted["late"] == list(range(24))


@pytest.mark.parametrize(
    ("text", "layer", "numbers"),
    [
        ("LATE:3", "late", [3]),
        ("late:3,1", "late", [3, 1]),
        ("late:20-23", "late", [20, 21, 22, 23]),
        ("classes:portrait,2", "predictions", [0, 2]),
        ("classes", "predictions", [0, 1, 2]),
    ],
)
def test_neurons_are_named_as_a_reader_names_them(
    network: Network, text: str, layer: str, numbers: list[int]
) -> None:
    assert whole.chosen(network, [text]) == {layer: numbers}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("lat", "no layer 'lat'.*'late'"),
        ("late:0-24", "late has neurons 0-23, not 24"),
        ("late:x", "late has no neuron 'x'"),
        ("input_layer", "no layer|has no neurons of its own"),
    ],
)
def test_a_neuron_that_there_is_not_is_one_sentence(network: Network, text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        whole.chosen(network, [text])


@pytest.mark.parametrize("name", ["paper-2018", "quick", "fourier", "metapictures-2020"])
@pytest.mark.parametrize("size", [64, 75, 128, 224])
def test_an_image_has_the_size_that_was_asked_for(network: Network, name: str, size: int) -> None:
    (recipe,) = whole.recipes(network, ["late:0"], [name], size=size)
    assert recipe.size == size


def test_classes_come_first_then_a_look_at_every_layer_deepest_first_then_the_rest(network: Network) -> None:
    found = tasks(planned(network, "early", "late:0-7", "classes", seeds=[0, 1]), batch=4)
    assert [(task.first.layer, task.first.neuron, task.first.seed) for task in found[:5]] == [
        ("predictions", 0, 0),
        ("late", 0, 0),
        ("early", 0, 0),
        ("late", 4, 0),
        ("early", 4, 0),
    ]
    assert {task.first.seed for task in found[5:]} == {1}
    assert sum(map(len, found)) == 2 * (8 + 8 + 3)


def test_two_networks_are_looked_at_side_by_side(network: Network) -> None:
    other = replace(network, name="before", fingerprint="sha256:other")
    both = [recipe for each in (network, other) for recipe in planned(each, "early:0-5", "late:0-5")]
    found = [(task.first.layer, task.first.model, len(task)) for task in tasks(both, batch=4)]
    assert found[:4] == [(layer, model, 4) for layer in ("late", "early") for model in ("tiny", "before")]
    assert {size for *_, size in found[4:]} == {2}


def test_a_task_is_of_one_layer_preset_and_seed(network: Network) -> None:
    recipes = planned(network, "late:0-5", "early:0-5", presets=["paper-2018", "naive"], seeds=[0, 1])
    for task in tasks(recipes):
        shared = {(each.layer, each.preset, each.seed, json.dumps(each.settings)) for each in task.recipes}
        assert len(shared) == 1


def test_images_of_a_batch_are_those_of_single_runs_and_are_kept_with_the_same_cards(
    network: Network, store: Store
) -> None:
    (task,) = tasks(planned(network, "late:0-4", size=32))
    kept: list[Drawn] = []
    fill(store, [task], Here([network]), lambda outcome: kept.extend(outcome.drawn))
    for recipe, drawn in zip(task.recipes, kept, strict=True):
        alone = make.make(network, recipe)
        card = store.card(recipe.id)
        assert card is not None
        assert Recipe.of_card(card) == recipe
        said = {*recipe.to_card(), *alone.results, "date", "quality", "command"}
        assert card.keys() - {"id"} == said
        assert card["activation"] == pytest.approx(alone.activation, rel=1e-4)
        assert drawn.picture is not None
        assert np.abs(drawn.picture.astype(int) - alone.picture).max() <= 2


def test_what_is_finished_is_not_made_again(network: Network, store: Store) -> None:
    todo = tasks(planned(network, "late"), batch=8)
    first = Pretender()
    fill(store, todo[:2], first)
    rest = remaining(store, todo)
    assert rest == todo[2:]
    second = Pretender()
    fill(store, rest, second)
    made = [recipe.id for task in (*first.given, *second.given) for recipe in task.recipes]
    assert (len(made), len(set(made)), len(store)) == (24, 24, 24)
    assert remaining(store, todo) == []


def test_one_bad_image_takes_no_other_with_it_and_is_set_aside_with_its_reason(
    network: Network, store: Store
) -> None:
    todo, maker = tasks(planned(network, "late")), Pretender(bad=[5])
    filled = fill(store, todo, maker)
    assert (filled.made, filled.aside, len(store)) == (23, 1, 23)
    assert [len(task) for task in maker.given] == [16, 8, 1, 1]
    (entry,) = json.loads((store.folder / aside.FILE).read_text()).values()
    assert (entry["layer"], entry["neuron"], entry["reason"]) == ("late", 5, "ArithmeticError: it ran away")
    assert remaining(store, todo) == []
    assert [len(task) for task in remaining(store, todo, again=True)] == [1]
    assert not (store.folder / aside.FILE).exists()


def test_a_task_that_fails_is_tried_whole_then_image_by_image(network: Network, store: Store) -> None:
    todo, maker = tasks(planned(network, "early"), batch=8), Pretender(broken=2)
    assert fill(store, todo, maker).made == 8
    assert [len(task) for task in maker.given] == [8, 8, *[1] * 8]


def test_a_task_that_was_only_given_back_costs_no_try(network: Network, store: Store) -> None:
    todo, maker = tasks(planned(network, "early"), batch=8), Pretender(lost=7)
    assert fill(store, todo, maker).made == 8
    assert [len(task) for task in maker.given] == [8] * 8


def test_two_processes_do_not_fill_one_folder(network: Network, store: Store) -> None:
    with (
        filling.alone(store.folder),
        pytest.raises(ValueError, match="another process fills .*images"),
    ):
        fill(store, tasks(planned(network, "early")), Pretender())


def test_the_cost_is_told_from_trials_of_cheap_and_dear_layers(network: Network) -> None:
    todo = tasks(planned(network, "early", "features", "late"), batch=8)
    dear = network.costs

    def trial(task: Task, seconds: float) -> list[Trial]:
        return [Trial(first=2.0, rate=dear[task.first.layer])] * 2

    told = estimate(todo, [network], trial)
    assert told.workers == 2
    for task in todo:
        expected = dear[task.first.layer] * work(task) / len(task)
        assert told.images[kind(task.first)] == pytest.approx(expected)
    assert told.seconds(todo) > sum(map(told.of, todo)) / 2  # programs come first


def test_time_left_goes_by_the_pace(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    todo = tasks(planned(network, "late"), batch=6)
    clock = [0.0]
    monkeypatch.setattr("image_machines.atlas.progress.time.monotonic", lambda: clock[0])
    price = Estimate({kind(todo[0].first): 1.0}, {kind(todo[0].first): 4.0}, 1, 0.0)
    with Progress(todo, price) as progress:
        assert progress.left() == pytest.approx(28)
        clock[0] = 60.0
        progress(Outcome(todo[0], [Drawn(recipe, PICTURE) for recipe in todo[0].recipes]))
        assert progress.left() == pytest.approx(180)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (90, "90 s"), (3599, "1 h 0 min"), (7500, "2 h 5 min"), (200_000, "2 days 7 h")],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_an_atlas_says_what_it_costs_before_it_begins(
    network: Network, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = models.save(network, tmp_path / "tiny.keras")
    wish = Wish(
        models=[model],
        images=tmp_path / "images",
        neurons=["classes"],
        presets=["naive"],
        size=24,
        workers=0,
        seconds=0.1,
        price=True,
    )
    with caplog.at_level("INFO"):
        assert make_atlas(wish).made == 0
        assert make_atlas(replace(wish, price=False)).made == 3
        assert make_atlas(wish).made == 0
    assert "3 images are planned, 3 are left to make." in caplog.text
    assert "on one worker" in caplog.text
    assert "3 images are planned, 0 are left to make." in caplog.text


def test_what_an_atlas_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="batch must be at least 1, not 0"):
        Wish(models=["SqueezeNet"], images=tmp_path, batch=0)
