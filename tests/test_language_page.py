"""The language of the page in real Chromium: the browser's, or the one that a person chose."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent
CARD = {
    "model": "InceptionV3",
    "layer": "mixed5",
    "class_name": None,
    "octave": 4,
    "size": 301,
    "preset": "quick",
    "seed": 0,
    "settings": {},
    "warnings": [],
    "date": "2026-01-01T00:00:00+00:00",
}


@pytest.fixture
def page(tmp_path: Path) -> str:
    """The page on disk, beside 1,200 images."""
    shutil.copy(ROOT / "interface.html", tmp_path)
    (tmp_path / "images").mkdir()
    images = [
        CARD | {"id": f"x{i}", "neuron": i, "title": f"mixed5, neuron {i}", "image": "images/none.jpg"}
        for i in range(1200)
    ]
    (tmp_path / "images" / "index.js").write_text(f"window.IMAGES = {json.dumps({'images': images})};")
    return (tmp_path / "interface.html").as_uri()


@pytest.fixture
def open_in(chromium: Any) -> Iterator[Any]:
    """Opens pages in browsers of a given language; no error in their scripts may come."""
    contexts, errors = [], []

    def opened(address: str, locale: str) -> Any:
        contexts.append(chromium.new_context(locale=locale))
        contexts[-1].set_default_timeout(60_000)
        window = contexts[-1].new_page()
        window.on("pageerror", lambda error: errors.append(str(error)))
        window.goto(address)
        window.locator("#wall .tile").first.wait_for()
        return window

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def spoken(window: Any) -> tuple[str, str, str]:
    """The language that the page says it is in, and what it says."""
    lang = window.evaluate("document.documentElement.lang")
    return lang, window.locator("#to-works").inner_text(), window.locator("#counts").inner_text()


ENGLISH = ("en", "Works", "1,200 images")
GERMAN = ("de", "Werke", "1.200 Bilder")


@pytest.mark.parametrize(
    ("locale", "words"), [("en-GB", ENGLISH), ("de-AT", GERMAN), ("fr-FR", ENGLISH), ("de", GERMAN)]
)
def test_the_page_speaks_the_language_of_the_browser(
    open_in: Any, page: str, locale: str, words: Any
) -> None:
    assert spoken(open_in(page, locale)) == words


def test_a_chosen_language_is_remembered_and_the_place_is_kept(open_in: Any, page: str) -> None:
    window = open_in(f"{page}#view=wall&search=mixed5", "en-US")
    languages = window.get_by_role("group", name="Language").get_by_role("button")
    assert languages.all_text_contents() == ["DE Deutsch", "EN English"]
    window.get_by_role("button", name="Deutsch").click()
    window.get_by_role("link", name="Werke").wait_for()
    assert "view=wall&search=mixed5" in window.url
    assert window.get_by_role("button", name="Deutsch").get_attribute("aria-pressed") == "true"
    window.goto(page)
    window.get_by_role("link", name="Werke").wait_for()
    assert spoken(window) == GERMAN
    window.get_by_role("button", name="English").click()
    window.get_by_role("link", name="Works").wait_for()
    assert spoken(window) == ENGLISH


def test_a_search_may_be_worded_in_the_language_of_the_page(open_in: Any, page: str) -> None:
    window = open_in(page, "de-DE")
    for words in (
        "Neuron 66 Startwert 0",
        "verfahren:quick Neuron 66",
        "mixed5:66 Modell:InceptionV3",
        "neuron:66",
    ):
        window.get_by_role("searchbox").fill(words)
        window.get_by_text(f"1 Bild · gefunden zu „{words}“").wait_for()


def test_an_address_may_name_the_language_and_a_name_that_is_none_changes_nothing(
    open_in: Any, page: str
) -> None:
    assert spoken(open_in(f"{page}?language=de", "en-US")) == GERMAN
    assert spoken(open_in(f"{page}?language=constructor", "de-DE")) == GERMAN


def test_a_browser_that_keeps_nothing_still_changes_the_language(open_in: Any, page: str) -> None:
    window = open_in(page, "en-US")
    window.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
    window.reload()
    window.get_by_role("button", name="Deutsch").click()
    window.get_by_role("link", name="Werke").wait_for()
    assert "language=de" in window.url
