"""The layers of a network on the page, in real Chromium, on the running gateway and from disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import pytest

from image_machines import images
from image_machines.network import models, responses
from image_machines.network.identity import fingerprint
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES
from tests.conftest import fresh
from tests.test_api import Served
from tests.test_interface_explanations import wait
from tests.test_measured import collection

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent
SHOWN = "[...document.querySelectorAll('#neurons li')].map((each) => each.innerText.split('\\n')[0])"


def branched() -> Network:
    """A stem, a block of three branches, one with a shortcut, and classes."""
    keras.utils.set_random_seed(0)
    layers = keras.layers

    def conv(tensor: Any, name: str, width: int = 8) -> Any:
        return layers.Conv2D(width, 3, padding="same", activation="relu", name=name)(tensor)

    inputs = keras.Input((None, None, 3))
    stem = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="stem")(inputs)
    parts = [
        conv(stem, "a1"),
        conv(conv(stem, "b1"), "b2"),
        layers.MaxPooling2D(3, 1, "same", name="c1")(stem),
    ]
    mixed = layers.Concatenate(name="mixed")(parts)
    added = layers.Add(name="added")([mixed, conv(conv(mixed, "d1", 24), "d2", 24)])
    pooled = layers.GlobalAveragePooling2D(name="pool")(added)
    graph = keras.Model(inputs, layers.Dense(2, activation="softmax", name="classes")(pooled))
    return Network(
        "branched",
        graph,
        PIXEL_RANGES["0..1"],
        ("dark", "bright"),
        fingerprint(graph, PIXEL_RANGES["0..1"]),
        "random",
        32,
        architecture="elder",
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a network of branches that saw the collection, and what it began as at one layer."""
    folder, network = tmp_path_factory.mktemp("runs") / "branched", branched()
    models.save(network, folder / "model" / "branched.keras")
    records = collection(folder / "data")
    responses.measure(network, records, folder / "data", ["stem", "mixed"], folder / "responses" / "own")
    elder = replace(network, name="elder", fingerprint="sha256:elder")
    responses.measure(elder, records, folder / "data", ["mixed"], folder / "responses" / "elder")
    return folder


@pytest.fixture(scope="module")
def service(run: Path) -> Iterator[Served]:
    started = Served(run, preset="quick").ready()
    yield started
    started.stop()


@pytest.fixture
def window(chromium: Any) -> Iterator[Any]:
    """A fresh window that nothing is kept in; fails the test on any error in the page's script."""
    with fresh(chromium, reduced_motion="reduce") as opened:
        yield opened


def page_of(service: Served, **words: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in words.items())
    return f"{service.url}/public/interface.html#view=layers{more}"


def test_the_diagram_shows_every_block_with_its_branches(window: Any, service: Served) -> None:
    window.goto(service.url)
    window.get_by_role("link", name="Layers", exact=True).click()
    window.get_by_role("heading", name="mixed", exact=True).wait_for()
    stations = window.locator(".floors h3").all_inner_texts()
    assert stations == ["stem", "mixed", "added", "classes"]
    ways = window.get_by_role("group", name="The ways to mixed")
    assert {link.get_attribute("href").split("layer=")[1] for link in ways.locator("a").all()} == {
        *("a1", "b1", "b2", "c1"),
    }
    assert window.get_by_text("3 ways side by side").count() == 1
    assert window.get_by_text("2 ways side by side").count() == 1, "the shortcut is a way"
    assert window.get_by_text("8 neurons · each place sees 3 of 299 pixels · none drawn yet").is_visible()
    lanes = {
        link.get_attribute("href").split("layer=")[1]: link.get_attribute("data-lane")
        for link in ways.locator("a").all()
    }
    assert lanes == {"a1": "0", "b1": "1", "b2": "1", "c1": "2"}


def test_arrows_walk_through_the_diagram_and_enter_opens_a_layer(window: Any, service: Served) -> None:
    window.goto(page_of(service))
    window.locator(".ways a").first.wait_for()
    assert window.locator('.ways a[tabindex="0"]').count() == 1
    window.locator('.ways a[tabindex="0"]').focus()
    here = "document.activeElement.getAttribute('aria-label').split(',')[0]"
    at = [window.evaluate(here)]
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "End", "Home"):
        window.keyboard.press(key)
        at.append(window.evaluate(here))
    assert at == ["a1", "b1", "b2", "d1", "pool", "a1"]
    window.keyboard.press("Enter")
    window.get_by_role("heading", name="a1", exact=True).wait_for()
    assert "view=layers&model=branched&layer=a1" in window.url


def test_a_layer_shows_all_its_neurons_and_draws_them(window: Any, service: Served) -> None:
    window.goto(page_of(service, layer="a1"))
    window.get_by_role("button", name="Draw the first 8:").click()
    assert window.locator("#neurons li").count() == 8
    window.locator("#neurons .tile[data-state=done] img[data-seen]").nth(7).wait_for(timeout=240_000)
    wait(window, "document.getElementById('drawn').textContent === '8 drawn'")
    assert window.locator("#drawing button").count() == 0
    window.locator("#neurons .open").nth(2).click()
    window.get_by_role("heading", name="a1, neuron 2 of 8").wait_for()
    assert "view=layers&model=branched&layer=a1" in window.get_by_role(
        "link", name="Its layer"
    ).get_attribute("href")
    window.keyboard.press("Escape")
    wait(window, "document.activeElement.closest('#neurons li')?.innerText.startsWith('2')")
    wait(window, "location.hash.includes('layer=a1') && !location.hash.includes('neuron=')")
    window.keyboard.press("ArrowRight")
    wait(window, "document.activeElement.closest('#neurons li').innerText.startsWith('3')")
    window.get_by_role("link", name="All layers").click()
    window.get_by_role("heading", name="mixed", exact=True).wait_for()


def test_what_waits_can_be_cancelled_where_it_was_asked_for(window: Any, service: Served) -> None:
    window.goto(page_of(service, layer="d2"))
    window.get_by_role("button", name="Draw the first 24:").click()
    window.get_by_role("button", name="Cancel these").click()
    wait(window, "/not yet drawn$/.test(document.getElementById('drawn').textContent)")
    wait(window, "!/on (its|their) way/.test(document.getElementById('drawn').textContent)")
    assert not service.empty()


def test_neurons_are_sorted_by_what_the_collection_tells(window: Any, service: Served) -> None:
    window.goto(page_of(service, layer="mixed"))
    window.locator("#neurons li").nth(23).wait_for()
    assert window.evaluate(SHOWN)[:4] == ["0", "1", "2", "3"]
    window.get_by_label("Order", exact=True).last.select_option("By the class they speak for")
    window.get_by_text("more than chance allows, by 60 works").wait_for()
    told = service.json("/layers/mixed")["classes"]
    order = [told[int(number)] for number in window.evaluate(SHOWN)]
    named = [name for name in order if name]
    labels = window.evaluate("[...document.querySelectorAll('#neurons a')].map((each) => each.ariaLabel)")
    assert [label.partition("drawn yet, ")[2] or None for label in labels] == order
    assert named == sorted(named) and order[len(named) :] == [None] * (24 - len(named))
    window.get_by_label("Order", exact=True).last.select_option("By how far fine-tuning moved them")
    window.get_by_text("differs from that in elder").wait_for()


def test_an_order_that_is_not_known_says_why(window: Any, service: Served) -> None:
    for layer, order, why in (
        ("stem", "By how far fine-tuning moved them", "not shown to elder, as which this network began"),
        ("a1", "By the class they speak for", "not shown to this layer"),
    ):
        window.goto(page_of(service, layer=layer))
        window.get_by_role("heading", name=layer, exact=True).wait_for()
        window.get_by_label("Order", exact=True).last.select_option(order)
        window.locator("#order-note").get_by_text(why).wait_for()
        assert window.evaluate(SHOWN)[:3] == ["0", "1", "2"]


@pytest.fixture
def gallery(tmp_path: Path) -> str:
    """The page on disk, beside images of two layers."""
    shutil.copy(ROOT / "interface.html", tmp_path)
    picture = images.read(sorted((ROOT / "images").glob("*/*/*.jpg"))[0], (64, 64))
    images.save(tmp_path / "images" / "one.jpg", picture)
    entry = {
        "model": "net",
        "octave": 1,
        "size": 174,
        "preset": "quick",
        "seed": 0,
        "settings": {},
        "date": "2026-01-01",
    }
    entry |= {"class_name": None, "warnings": [], "image": "images/one.jpg"}
    cards = [
        entry
        | {"id": f"{layer}{neuron}", "layer": layer, "neuron": neuron, "title": f"{layer}, neuron {neuron}"}
        for layer in ("mixed10", "mixed2")
        for neuron in (3, 66, 700)
    ]
    (tmp_path / "images" / "index.js").write_text(f"window.IMAGES = {json.dumps({'images': cards})};")
    return (tmp_path / "interface.html").as_uri()


def test_from_disk_the_layers_of_which_images_exist_are_shown(window: Any, gallery: str) -> None:
    window.goto(gallery + "#view=layers")
    window.get_by_role("heading", name="mixed2").wait_for()
    assert window.locator(".floors h3").all_inner_texts() == ["mixed2", "mixed10"]
    assert window.locator(".peek img").count() == 6
    window.get_by_role("link", name="mixed10", exact=True).click()
    window.locator("#neurons img[data-seen]").nth(2).wait_for()
    assert window.evaluate(SHOWN) == ["3", "66", "700"]
    assert window.locator("#drawing button").count() == 0
    window.get_by_label("Order", exact=True).last.select_option("By the class they speak for")
    window.get_by_text("needs the service").wait_for()


def test_a_layer_of_two_thousand_neurons_loads_the_pictures_in_sight(
    window: Any, gallery: str, tmp_path: Path
) -> None:
    index = tmp_path / "images" / "index.js"
    card = json.loads(index.read_text().removeprefix("window.IMAGES = ").rstrip(";"))["images"][0]
    cards = [card | {"id": f"x{i}", "neuron": i, "title": f"mixed10, neuron {i}"} for i in range(2000)]
    index.write_text(f"window.IMAGES = {json.dumps({'images': cards})};")
    window.goto(gallery + "#view=layers&model=net&layer=mixed10")
    window.locator("#neurons img[data-seen]").nth(20).wait_for()
    assert window.locator("#neurons li").count() == 2000
    assert window.locator("#neurons .tile").count() < 300
    last = window.locator("#neurons li").last
    assert "neuron 1999" in last.locator("a").get_attribute("aria-label")
    last.scroll_into_view_if_needed()
    last.locator("img[data-seen]").wait_for()
    assert window.locator("#neurons .tile").count() < 900


def test_the_wall_is_offered_where_images_have_several_sizes(
    window: Any, gallery: str, tmp_path: Path
) -> None:
    window.goto(gallery)
    window.locator("#wall .tile").nth(5).wait_for()
    assert window.get_by_role("link", name="Wall", exact=True).is_hidden()
    index = tmp_path / "images" / "index.js"
    cards = json.loads(index.read_text().removeprefix("window.IMAGES = ").rstrip(";"))["images"]
    larger = cards[0] | {"id": "larger", "octave": 4, "size": 301}
    index.write_text(f"window.IMAGES = {json.dumps({'images': [*cards, larger]})};")
    window.reload()
    window.get_by_role("link", name="Wall", exact=True).click()
    window.get_by_text("Each image in all its sizes").wait_for()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_and_nothing_is_cut_off(
    window: Any, service: Served, scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    window.set_viewport_size({"width": width, "height": 800})
    for words, selector in (({}, ".ways a"), ({"layer": "mixed"}, "#drawing button")):
        window.goto("about:blank")
        window.goto(page_of(service, **words))
        window.locator(selector).first.wait_for()
        results = axe.run(window)
        assert results.violations_count == 0, f"{words}\n{results.generate_report()}"
        assert window.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
