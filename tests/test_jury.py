"""A jury: other networks say what they take an image of a class for, and its control."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from image_machines.atlas import jury, opinions
from image_machines.atlas.make import keep, make
from image_machines.atlas.opinions import Opinion, Verdict
from image_machines.atlas.plan import plan
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.network import applications, models, squeezenet
from image_machines.network.network import Network

SMALL = {"octaves": 2, "iterations": 2, "final_size": 40}


@pytest.fixture
def network(tiny_network: Network, tmp_path: Path) -> Network:
    """The tiny network from a file, as every network of a run is."""
    return models.load(models.save(tiny_network, tmp_path / "tiny.keras"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "images")


@pytest.fixture
def recipe(network: Network, store: Store) -> Recipe:
    """Of a finished image of the class landscape."""
    made = plan(network, "predictions", "landscape", 10, "paper-2018", changes=SMALL)
    keep(store, make(network, made))
    return made


@pytest.fixture
def juror(tiny_network: Network, tmp_path: Path) -> str:
    """A second network that knows the same classes, by its file."""
    second = replace(tiny_network, name="second")
    return str(models.save(second, tmp_path / "second.keras"))


def said(
    surest: str = "wig", own: float | None = None, control: str = "quilt", before: bool = False
) -> Opinion:
    return Opinion(
        juror="SqueezeNet",
        before=before,
        image=Verdict(class_name=surest, probability=0.31, own=own),
        control=Verdict(class_name=control, probability=0.004, own=None),
    )


@pytest.mark.parametrize(
    ("opinion", "sentence"),
    [
        (
            said(before=True),
            "SqueezeNet, before its training on these classes, takes it for “wig” (31%), and the same image "
            "from shuffled weights for “quilt” (less than 1%).",
        ),
        (said("Banana", 0.31), "SqueezeNet takes it for “Banana” as well (31%), and the same"),
        (said("slug", 0.02), "SqueezeNet takes it for “slug” (31%; “banana”: 2%), and the same"),
        (
            said(control="wig"),
            "for “wig” too (less than 1%): that says nothing of what was learned.",
        ),
    ],
)
def test_an_opinion_in_words(opinion: Opinion, sentence: str) -> None:
    assert sentence in opinions.sentence("banana", [opinion])


def test_what_was_heard_is_on_the_card_and_nobody_is_asked_twice(
    network: Network, store: Store, recipe: Recipe, juror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = jury.hear(network, store, recipe, [recipe.source, juror])
    assert heard is not None and [each.juror for each in heard.opinions] == ["second"]
    (opinion,) = heard.opinions
    assert opinion.image.own is not None and 0 < opinion.image.own <= opinion.image.probability
    assert (store.find(recipe.id) or {})["jury"] == heard.sentence
    control = (store.card(recipe.id) or {})["jury"]["control"]
    entries, _ = store.select(model="tiny-shuffled")
    assert [(entry["image"], entry["control"]) for entry in entries] == [(control, "shuffled")]
    monkeypatch.setattr(jury, "opinions", lambda *given: pytest.fail("asked twice"))
    assert jury.hear(network, store, recipe, [juror]) == heard


def test_a_control_differs_in_its_weights_alone(network: Network, recipe: Recipe) -> None:
    control, shuffled = jury.control_of(network, recipe)
    assert control.fingerprint == shuffled.fingerprint != recipe.fingerprint
    assert (control.settings, control.seed, control.objective) == (
        recipe.settings,
        recipe.seed,
        recipe.objective,
    )
    assert models.open_network(control.source).fingerprint == control.fingerprint


def test_without_jurors_nothing_is_drawn(network: Network, store: Store, recipe: Recipe) -> None:
    assert jury.hear(network, store, recipe, []) is None
    assert jury.hear(network, store, recipe, [recipe.source]) is None
    assert len(store) == 1


def test_a_juror_that_cannot_be_had_is_left_out(
    network: Network, store: Store, recipe: Recipe, juror: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard = jury.hear(network, store, recipe, ["no-such.keras", juror])
    assert heard is not None and [each.juror for each in heard.opinions] == ["second"]
    assert "no-such.keras is no juror" in caplog.text


def test_the_network_before_its_training_is_known_by_where_its_weights_came_from(
    network: Network, store: Store, recipe: Recipe, juror: str
) -> None:
    before = models.open_network(juror)
    weights = models.trained_from(before.source)
    changed = Recipe.of_card(recipe.to_card() | {"weights": weights})
    paths = (store.file(store.path(recipe)),) * 2
    assert [each.before for each in jury.opinions(changed, *paths, [juror])] == [True]
    assert [each.before for each in jury.opinions(recipe, *paths, [juror])] == [False]


def test_the_usual_jurors_are_those_whose_weights_are_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(applications, "KEPT", tmp_path)
    assert jury.at_hand() == ["SqueezeNet"]
    (tmp_path / applications.FETCHED["MobileNetV2"]).touch()
    assert jury.at_hand() == ["SqueezeNet", "MobileNetV2"]
    monkeypatch.setattr(squeezenet, "find_spec", lambda name: None)
    assert jury.at_hand() == ["MobileNetV2"]


def test_a_card_that_anybody_wrote_is_read_with_care(store: Store, recipe: Recipe) -> None:
    store.amend(recipe.id, jury={"sentence": "It is a wig."})
    assert (store.find(recipe.id) or {})["jury"] == "It is a wig."
    with pytest.raises(ValueError, match="jury must be text"):
        store.amend(recipe.id, jury=["a", "list"])
    assert store.amend("unknown", jury={}) is None
