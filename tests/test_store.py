"""Finished images on disk: put, find, list, and what survives a restart."""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from image_machines import files, images
from image_machines.atlas import cards
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import DiskFull, Store

PICTURE = np.random.default_rng(0).integers(0, 255, (20, 20, 3), np.uint8)


def recipe(**changes: object) -> Recipe:
    plain = Recipe("net", "sha256:1", "mixed5", 66, "mixed5:66", 6, 434, "quick", {"step": 0.02}, width=768)
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "images")


@pytest.mark.parametrize(
    ("model", "weights", "control"),
    [
        ("net", "random, seed 0", "untrained"),
        ("net", "trained from random, seed 0", None),
        ("net", "imagenet (Keras Applications)", None),
        ("net-shuffled", "trained from imagenet", "shuffled"),
        ("net", "shuffled, trained from imagenet", "shuffled"),
        ("net", "", None),
    ],
)
def test_a_control_is_a_network_that_knows_nothing(
    store: Store, model: str, weights: str, control: str | None
) -> None:
    assert store.put(recipe(model=model, weights=weights), PICTURE)["control"] == control


def test_an_image_is_found_with_its_card_inside_the_file_and_beside_it(store: Store) -> None:
    entry = store.put(recipe(), PICTURE, activation=1.5, seconds=2.0, date="2020-01-01")
    assert entry["image"] == "images/net/mixed5/mixed5-066-quick-434px-seed0.jpg"
    file = store.file(entry["image"])
    assert images.read_card(file) == json.loads(file.with_suffix(".json").read_text())
    card = images.read_card(file)
    assert Recipe.of_card(card) == recipe()
    assert card["title"] == "mixed5, neuron 66 of 768"
    assert card["command"] == f"python -m image_machines again {file}"
    assert store.find(recipe().id) == entry
    assert (store.card(recipe().id) or {})["settings"] == {"step": 0.02}


def test_a_check_that_joins_the_card_later_is_listed(store: Store) -> None:
    file = store.file(store.put(recipe(), PICTURE)["image"])
    assert store.select()[0][0]["check"] is None
    card = file.with_suffix(".json")
    files.write_json(card, json.loads(card.read_text()) | {"check": "It can be trusted."})
    assert Store(store.folder).select()[0][0]["check"] == "It can be trusted."
    assert "check" not in images.read_card(file)


def test_a_store_of_another_quality_says_so_on_the_card(tmp_path: Path) -> None:
    sizes = []
    for quality in (60, 92):
        store = Store(tmp_path / str(quality), quality)
        file = store.file(store.put(recipe(), PICTURE)["image"])
        assert images.read_card(file)["quality"] == quality
        sizes.append(file.stat().st_size)
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"fingerprint": "sha256:2"},
        {"layer": "mixed4"},
        {"neuron": 65},
        {"objective": "mixed5:66, probability"},
        {"size": 520},
        {"settings": {"step": 0.03}},
        {"seed": 1},
    ],
)
def test_whatever_decides_an_image_changes_its_id(changes: dict[str, object]) -> None:
    assert recipe(**changes).id != recipe().id


def test_names_do_not_change_the_id() -> None:
    assert recipe(model="other", preset="mine", class_name="portrait").id == recipe().id


def test_a_class_stands_in_name_and_caption(store: Store) -> None:
    portrait = recipe(layer="predictions", neuron=1, class_name="still life / déjà vu")
    assert store.path(portrait).endswith("predictions-001-still_life_d_j_vu-quick-434px-seed0.jpg")
    assert portrait.title == "predictions, “still life / déjà vu”"


def test_custom_settings_and_an_equal_description_get_names_of_their_own(store: Store) -> None:
    changed = recipe(settings={"step": 0.5}, changes={"step": 0.5})
    assert store.path(changed).endswith(f"seed0-{changed.id[:6]}.jpg")
    store.put(recipe(), PICTURE)
    retrained = recipe(fingerprint="sha256:2")
    assert store.path(retrained).endswith(f"seed0-{retrained.id[:6]}.jpg")
    store.put(retrained, PICTURE)
    assert len(store) == 2


def test_a_restart_finds_everything_with_and_without_an_index(store: Store) -> None:
    for neuron in range(5):
        store.put(recipe(neuron=neuron), PICTURE, date=f"2020-01-0{neuron + 1}")
    store.write_index()
    before = store.select()
    assert Store(store.folder).select() == before
    (store.folder / "index.json").unlink()
    assert Store(store.folder).select() == before
    (store.folder / "index.json").write_text('{"images": [{"image": "half')
    assert Store(store.folder).select() == before


def test_what_changed_since_the_index_is_seen(store: Store) -> None:
    kept = store.put(recipe(), PICTURE)
    gone = store.put(recipe(neuron=1), PICTURE)
    store.write_index()
    store.file(gone["image"]).unlink()
    other = Store(store.folder)
    other.put(recipe(neuron=2), PICTURE)
    assert store.find(gone["id"]) is None
    assert {entry["neuron"] for entry in store.select()[0]} == {66, 2}
    assert store.find(kept["id"]) == kept


def test_filters_and_pages(store: Store) -> None:
    for neuron in range(6):
        store.put(
            recipe(neuron=neuron, layer="mixed5" if neuron % 2 else "mixed4", class_name="Portrait"),
            PICTURE,
            date=f"2020-01-0{neuron + 1}",
        )
    found, total = store.select(layer="MIXED5")
    assert ([entry["neuron"] for entry in found], total) == ([5, 3, 1], 3)
    assert [entry["neuron"] for entry in store.select(offset=1, limit=1, layer="mixed5")[0]] == [3]
    assert store.select(class_name="portrait", neuron=2, preset="quick", seed=0, octave=6)[1] == 1
    assert store.select(preset="maco") == ([], 0)


def test_a_growing_image_is_not_listed_and_goes_when_the_server_was_killed(store: Store) -> None:
    path = store.path(recipe())
    store.preview(path, PICTURE)
    assert images.is_picture(store.file(path))
    assert store.select() == ([], 0)
    by_hand = store.folder / "net" / "mixed5" / "by hand.jpg"
    images.save(by_hand, PICTURE)
    assert Store(store.folder).sweep() == 1
    assert not store.file(path).exists()
    assert by_hand.exists()


def test_dropping_a_preview_leaves_a_finished_image(store: Store) -> None:
    entry = store.put(recipe(), PICTURE)
    store.drop_preview(entry["image"])
    assert store.find(entry["id"]) is not None


def test_the_index_is_the_same_for_a_server_and_for_a_page_on_disk(store: Store) -> None:
    entry = store.put(recipe(), PICTURE)
    listed = json.loads((store.folder / "index.json").read_text())
    assert listed == {"images": [entry], "total": 1, "next": None}
    script = (store.folder / "index.js").read_text()
    assert script.startswith("window.IMAGES = ")
    assert json.loads(script.removeprefix("window.IMAGES = ").rstrip("; \n")) == listed


def test_the_index_of_many_images_is_rewritten_rarely_but_never_left_behind(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("image_machines.atlas.store.FEW", 0)
    monkeypatch.setattr("image_machines.atlas.store.INDEX_SHARE", 1e-9)
    for neuron in range(3):
        store.put(recipe(neuron=neuron), PICTURE)
    assert json.loads((store.folder / "index.json").read_text())["total"] == 1
    store.write_index()
    assert json.loads((store.folder / "index.json").read_text())["total"] == 3


def test_no_card_is_read_twice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for of a large folder, and a restart, are answered from the index."""
    entry = store.put(recipe(), PICTURE)
    folder = store.file(entry["image"]).parent
    card = json.loads((folder / f"{recipe().stem}.json").read_text())
    for neuron in range(300):
        (folder / f"{neuron}.jpg").touch()
        (folder / f"{neuron}.json").write_text(json.dumps({**card, "neuron": neuron, "seed": 1}))
    assert store.select()[1] == 301
    opened: list[Path] = []
    monkeypatch.setattr(cards, "read", lambda path: opened.append(path))
    for each in (store, Store(store.folder)):
        assert each.select(neuron=7, seed=1)[1] == 1
        assert each.select(search="seed 1")[1] == 300
    assert opened == []


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("Portrait", {0}),
        ("landscape", set()),  # it stands in the model's name only
        ("mixed5:6", {6}),
        ("mixed5:66", {66}),
        ("neuron 6", {6}),
        ("seed 3", {6}),
        ("SEED=3 quick", {6}),
        ("seed 30", set()),
        ("predic", {0}),
        ("maco", {66}),
        ("mixed5 maco", {66}),
        ("mixed5 portrait", set()),
        ("%", {0, 6, 66}),
        ("434 px", {0, 6, 66}),
    ],
)
def test_a_search_looks_through_captions_and_not_through_models(
    store: Store, search: str, found: set[int]
) -> None:
    named = {"model": "portrait-landscape-stilllife"}
    store.put(recipe(layer="predictions", neuron=0, class_name="portrait", seed=1, **named), PICTURE)
    store.put(recipe(neuron=6, seed=3, **named), PICTURE)
    store.put(recipe(neuron=66, preset="maco", seed=2, **named), PICTURE)
    assert {entry["neuron"] for entry in store.select(search=search)[0]} == found


def test_two_processes_on_a_folder_see_what_each_puts(store: Store) -> None:
    other = Store(store.folder)
    entry = store.put(recipe(), PICTURE)
    assert other.find(entry["id"]) == entry
    assert (store.own(), other.own()) == (None, os.getpid())
    store.disown()
    assert other.own() is None
    other.disown()
    other.preview(entry["image"], PICTURE[:5])
    with Image.open(store.file(entry["image"])) as before:
        assert before.size == (20, 20), "a finished image stays"


def test_a_damaged_index_is_made_anew(store: Store) -> None:
    store.put(recipe(), PICTURE)
    before = store.select()
    folder = store.folder.rename(store.folder.with_name("moved"))
    for file in folder.glob(".index*"):
        file.write_bytes(b"no database" * 500)
    assert Store(folder).select() == before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are text")
def test_a_name_that_is_no_text_is_set_aside(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    entry = store.put(recipe(), PICTURE)
    for suffix in (b".jpg", b".json"):
        name = os.fsdecode(b"D\xfcrer" + suffix)
        store.file(entry["image"]).with_name(name).write_bytes(b"{}")
    (store.folder / os.fsdecode(b"M\xfcller")).mkdir()
    assert store.select() == ([entry], 1)
    assert store.bad() == {"net/mixed5/D\ufffdrer.json": "its name is not UTF-8"}
    assert Store(store.folder).select() == ([entry], 1)


def test_a_full_disk_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(DiskFull, match="the disk with .* is full: make room"):
        store.put(recipe(), PICTURE)


def test_readers_never_see_half_an_index_or_half_an_image(store: Store) -> None:
    path = store.path(recipe(neuron=1000))
    store.preview(path, PICTURE)
    store.write_index()
    stop = threading.Event()

    def write() -> None:
        for neuron in range(100):
            store.preview(path, PICTURE)
            store.put(recipe(neuron=neuron), PICTURE)
            store.write_index()
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not stop.is_set():
        json.loads((store.folder / "index.json").read_text())
        images.read(store.file(path))
        store.select(layer="mixed5")
    writer.join()
    assert store.select()[1] == 100


GOOD = {**recipe().to_card(), "date": "2020-01-01"}


@pytest.mark.parametrize(
    "content",
    [
        *("", "[]", "{}", '{"layer": 3}', "\x00", "[" * 100_000, '{"a":' * 100_000),
        *(json.dumps(GOOD | {"activation": value}) for value in (float("nan"), float("inf"), "much", [1])),
        json.dumps(GOOD).replace('"seed": 0', '"seed": 1e999'),
        *(json.dumps(GOOD | {name: 10**400}) for name in ("neuron", "seed", "size", "octave", "seconds")),
        json.dumps(GOOD | {"neuron": 2**63}),
        json.dumps(GOOD | {"neuron": "66"}),
        json.dumps(GOOD | {"neuron": True}),
        json.dumps(GOOD | {"settings": [1]}),
        json.dumps(GOOD | {"settings": {"step": float("-inf")}}),
        json.dumps(GOOD | {"title": "x" * 3000}),
        json.dumps(GOOD | {"title": {"a": 1}}),
        json.dumps(GOOD | {"title": "\ud800"}),
        json.dumps(GOOD | {"class_name": 5}),
        json.dumps(GOOD | {"warnings": "none"}),
        json.dumps(GOOD | {"comment": "x" * 1_100_000}),
    ],
)
def test_a_bad_card_is_left_out_and_named(
    store: Store, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    entry = store.put(recipe(), PICTURE)
    bad = store.file(entry["image"]).with_name("bad.json")
    images.save(bad.with_suffix(".jpg"), PICTURE)
    bad.write_text(content)
    assert store.select() == ([entry], 1)
    assert caplog.text.count("net/mixed5/bad.json is not listed") == 1
    assert list(store.bad()) == ["net/mixed5/bad.json"]
    assert Store(store.folder).select() == ([entry], 1)
    assert caplog.text.count("net/mixed5/bad.json is not listed") == 2
    json.loads((store.folder / "index.json").read_text(), parse_constant=pytest.fail)
    bad.write_text(json.dumps(GOOD | {"neuron": 5}))
    assert store.select()[1] == 2
    assert store.bad() == {}


@pytest.mark.parametrize("path", ["images/../secret.jpg", "/etc/passwd", "images//x.jpg", "data/x.jpg", ""])
def test_no_path_leads_out_of_the_folder(store: Store, path: str) -> None:
    with pytest.raises(ValueError, match="not the path of an image"):
        store.file(path)


def test_every_image_that_was_ever_kept_is_still_a_recipe_under_its_id() -> None:
    folder = Path(__file__).resolve().parent.parent / "images"
    listed = {
        entry["image"]: entry["id"] for entry in json.loads((folder / "index.json").read_text())["images"]
    }
    cards = list(folder.glob("*/*/*.json"))
    assert len(cards) == len(listed)
    for card in cards:
        recipe = Recipe.of_card(json.loads(card.read_text()))
        assert listed[f"images/{card.relative_to(folder).with_suffix('.jpg').as_posix()}"] == recipe.id
        assert recipe == Recipe.of_card(images.read_card(card.with_suffix(".jpg")))


def test_a_filter_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no filter 'sise' \(did you mean 'size'"):
        Store(tmp_path).select(sise=434)
    assert Store(tmp_path).select(size=434) == ([], 0)
