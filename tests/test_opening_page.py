"""The opening, the words and the making of an image, in Chromium: from disk and on a stand-in service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import fresh
from tests.test_interface import StandIn, place

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent
DISK = (ROOT / "interface.html").as_uri()
LANGUAGES = {"en": ("About", "Words", "Layer"), "de": ("Einführung", "Wörter", "Schicht")}
CARD = ROOT / "images/portrait-landscape-stilllife/mixed10/mixed10-739-quick-900px-seed0.json"


@pytest.fixture
def window(chromium: Any) -> Iterator[Any]:
    """A fresh window that nothing is kept in; fails the test on any error in the page's script."""
    with fresh(chromium, reduced_motion="reduce") as opened:
        yield opened


@pytest.fixture
def service(tmp_path: Path) -> Iterator[StandIn]:
    stand_in = StandIn(tmp_path)
    stand_in.start()
    yield stand_in
    stand_in.stop()


def steps(window: Any) -> list[str]:
    window.wait_for_function("document.querySelectorAll('#tour li').length === 3")
    return list(window.locator("#tour li").all_inner_texts())


def test_the_examples_of_the_opening_lie_in_the_gallery() -> None:
    script = (ROOT / "images" / "opening" / "index.js").read_text("utf-8")
    examples = json.loads(script.removeprefix("window.OPENING = ").rstrip().removesuffix(";"))
    entries = {e["id"]: e for e in json.loads((ROOT / "images" / "index.json").read_text("utf-8"))["images"]}
    assert entries[examples["class"]]["class_name"] and not entries[examples["neuron"]]["class_name"]
    assert len(examples["works"]) == 4
    for work in examples["works"]:
        assert work["title"] and "CC0" in work["rights"]
        with Image.open(ROOT / work["crop"]) as crop:
            assert min(crop.size) > 100


def test_from_disk_it_says_what_the_images_are_and_shows_a_class_a_neuron_and_works(window: Any) -> None:
    window.goto(DISK)
    window.locator("#tour .several img").nth(3).wait_for()
    told = window.locator("#opening").inner_text()
    assert "They are not paintings" in told and "Fabian Offert" in told
    paper = window.get_by_role("link", name="Images of Image Machines. Visual Interpretability")
    assert paper.get_attribute("href") == "https://doi.org/10.1007/978-3-030-11012-3_54"
    class_, neuron, works = steps(window)
    assert "“portrait”" in class_ and "mixed10, neuron 739 of 2048" in neuron
    assert "Berthe Morisot, Young Girl with Hat; " in works and "Art Institute of Chicago, CC0." in works
    shown = "[...document.querySelectorAll('#tour img')].every((each) => each.complete && each.naturalWidth)"
    window.wait_for_function(shown)
    window.locator("#tour a").nth(1).click()
    window.get_by_role("heading", name="mixed10, neuron 739 of 2048").wait_for()


def test_it_closes_stays_closed_and_is_found_again(window: Any) -> None:
    window.goto(DISK)
    opening = window.locator("#opening")
    opening.get_by_role("button", name="Close").click()
    opening.wait_for(state="hidden")
    assert window.evaluate("document.activeElement.id") == "to-about"
    window.reload()
    window.locator("#wall .tile").first.wait_for()
    assert opening.is_hidden()
    window.keyboard.press("Tab")
    window.get_by_role("link", name="About").click()
    opening.wait_for()
    assert opening.get_by_role("button", name="Close").is_hidden() and len(steps(window)) == 3
    assert window.locator("#wall").is_hidden()
    window.get_by_role("link", name="Gallery").click()
    opening.wait_for(state="hidden")


def test_with_a_service_the_works_are_those_that_it_measured(window: Any, service: StandIn) -> None:
    service.fill("predictions", range(1, 2))
    service.fill("mixed5", range(66, 67))
    Image.new("RGB", (60, 40)).save(service.folder / "images" / "work.jpg")
    work = {"rank": 1, "file": "x.jpg", "activation": 1, "mean": 1, "artist": "MORETTO", "title": "Christ"}
    work |= {"date": "1550", "class": None, "url": None, "picture": "images/work.jpg"}
    work |= {"crop": "images/work.jpg", "box": {"top": 0, "left": 0, "height": 1, "width": 1}}
    service.works = [work] * 9
    window.goto(service.page)
    window.locator("#tour .several img").nth(3).wait_for()
    class_, neuron, _ = steps(window)
    assert "“portrait”" in class_ and "mixed5, neuron 66 of 768" in neuron
    assert window.locator("#tour .several img").count() == 4
    assert window.locator("#tour .several img").first.get_attribute("alt") == "Christ, MORETTO"


def test_before_the_first_image_the_tour_says_that_it_comes(window: Any, service: StandIn) -> None:
    window.goto(service.page)
    window.get_by_text("as soon as an image of this kind is finished").first.wait_for()
    service.fill("predictions", range(1, 2))
    window.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    window.locator("#wall .tile[data-state=done]").wait_for()
    window.get_by_role("link", name="About").click()
    window.locator("#tour .frame img").first.wait_for()


def test_a_word_is_explained_by_the_keyboard_and_escape_closes_it(window: Any, service: StandIn) -> None:
    window.goto(service.page)
    mark = window.get_by_role("button", name="What does “Layer” mean?")
    mark.focus()
    window.keyboard.press("Enter")
    tip = window.locator("#tip")
    tip.get_by_text("Early ones answer to edges and colours").wait_for()
    box, word = tip.bounding_box(), mark.bounding_box()
    below, above = box["y"] >= word["y"] + word["height"], box["y"] + box["height"] <= word["y"]
    assert below or (above and box["y"] >= 0), "what is said of a word covers it"
    assert box["x"] + box["width"] <= 1280
    other = window.get_by_role("button", name="What does “Seed” mean?")
    other.focus()
    window.keyboard.press("Enter")
    tip.get_by_text("The same seed gives the same image").wait_for()
    window.keyboard.press("Escape")
    tip.wait_for(state="hidden")
    assert other.evaluate("mark => mark === document.activeElement")
    window.keyboard.press("Enter")
    tip.get_by_role("link", name="All words").click()
    window.get_by_role("heading", name="Words").wait_for()
    assert window.evaluate("document.activeElement.textContent") == "Seed"
    assert tip.is_hidden()


def test_a_mouse_need_only_rest_on_a_word_and_may_move_onto_what_it_says(
    window: Any, service: StandIn
) -> None:
    window.clock.install()
    window.goto(service.page)
    tip = window.locator("#tip")
    mark = window.get_by_role("button", name="What does “Layer” mean?")
    mark.hover()
    tip.wait_for()
    tip.get_by_text("Early ones").hover()
    window.clock.run_for(2000)
    assert tip.is_visible(), "it stays under the mouse"
    window.mouse.move(5, 5)
    tip.wait_for(state="hidden")
    mark.hover()
    tip.wait_for()
    mark.click()
    window.mouse.move(5, 5)
    window.clock.run_for(2000)
    assert tip.is_visible(), "what was pressed stays until it is closed"
    mark.click()
    tip.wait_for(state="hidden")


def test_in_the_enlarged_image_escape_closes_the_explanation_before_the_image(
    window: Any, service: StandIn
) -> None:
    service.fill("mixed5", range(66, 67))
    window.goto(service.page + place())
    window.locator("#facts").get_by_role("button", name="receptive field").click()
    window.locator("#tip").get_by_text("a keyhole").wait_for()
    window.keyboard.press("Escape")
    window.locator("#tip").wait_for(state="hidden")
    assert window.evaluate("document.getElementById('viewer').open")
    window.keyboard.press("Escape")
    window.wait_for_function("!document.getElementById('viewer').open")


@pytest.mark.parametrize(
    ("locale", "sentences"),
    [
        (
            "en-US",
            ["in 174 small steps", "through 10 octaves, each 1.2 times", "by up to 16 pixels", "November"],
        ),
        ("de-DE", ["in 174 kleinen Schritten", "jede 1,2-mal so groß", "um bis zu 16 Pixel", "21. November"]),
    ],
)
def test_how_an_image_was_made_is_told_in_prose_above_its_card(
    chromium: Any, service: StandIn, locale: str, sentences: list[str]
) -> None:
    card = json.loads(CARD.read_text("utf-8"))
    service.fill("mixed5", range(66, 67))
    service.store.card = lambda id: card  # type: ignore[method-assign]
    context = chromium.new_context(locale=locale)
    window = context.new_page()
    window.goto(service.page + place())
    window.locator("#card summary").click()
    made = window.locator("#card .made")
    made.locator("code").wait_for()
    told = made.inner_text()
    assert all(sentence in told for sentence in sentences), told
    assert card["command"] in told and "fingerprint" not in told
    made.locator("summary").click()
    assert json.loads(made.locator("pre").text_content())["fingerprint"] == card["fingerprint"]
    context.close()


def test_the_scale_of_a_number_is_told_where_the_card_knows_it(window: Any) -> None:
    window.goto(f"{DISK}?language=de#id=85f1ab31a9c9ee5e")
    facts = window.locator("#facts")
    facts.get_by_text("einer 2,8-mal so starken Antwort wie das Gemälde").wait_for()
    assert "Ein zweites Netz hält es für „portrait“, 100 %." in facts.inner_text()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_at_either_width(chromium: Any, language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    about, words, layer = LANGUAGES[language]
    for width in (390, 1280):
        context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        window = context.new_page()
        window.goto(f"{DISK}?language={language}")
        window.locator("#tour .several img").nth(3).wait_for()
        window.add_style_tag(content="* { transition: none !important }")

        def check(view: str, window: Any = window, width: int = width) -> None:
            assert window.evaluate("document.documentElement.scrollWidth") <= width, view
            results = axe.run(window)
            assert results.violations_count == 0, f"{view} {width}\n{results.generate_report()}"

        check("opening")
        window.locator("#opening .term").first.click()
        window.locator("#tip").wait_for()
        check("tip")
        window.keyboard.press("Escape")
        window.get_by_role("link", name=about, exact=True).click()
        check("about")
        window.goto(f"{DISK}?language={language}#view=glossary&term=layer")
        window.get_by_role("heading", name=words).wait_for()
        assert window.evaluate("document.activeElement.textContent") == layer
        check("glossary")
        window.evaluate("location.hash = '#id=85f1ab31a9c9ee5e'")
        window.locator("#card summary").click()
        check("image")
        context.close()
