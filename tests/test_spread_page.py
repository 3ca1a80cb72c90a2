"""All works of a neuron, not only the strongest, on its sheet: in real Chromium, on the running gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import test_layers_page
from tests.test_api import Served
from tests.test_interface_explanations import wait

pytestmark = pytest.mark.browser

run = test_layers_page.run
window = test_layers_page.window


@pytest.fixture(scope="module")
def service(run: Path) -> Iterator[Served]:
    started = Served(run, preset="quick").ready()
    yield started
    started.stop()


def opened(window: Any, service: Served, neuron: int = 1) -> None:
    """The sheet of a neuron, once its works are there."""
    address = f"{service.url}/public/interface.html#model=branched&layer=mixed&neuron={neuron}"
    window.goto(f"{address}&octave=1&preset=quick&seed=0")
    window.locator("#spread .shares").wait_for()
    wait(window, "document.querySelectorAll('#spread .works .crop[src]').length === 8")


def test_the_middle_and_the_weakest_works_stand_beside_the_strongest(window: Any, service: Served) -> None:
    opened(window, service)
    assert window.get_by_role("heading", name="All 59 works, not only the strongest").is_visible()
    assert window.get_by_role("heading", name="From the middle: places 28 to 31").is_visible()
    assert window.get_by_role("heading", name="The weakest: places 56 to 59").is_visible()
    middle = service.json("/distributions/mixed/1", params={"at": 28, "n": 4})["works"]
    shown = window.locator("#spread .works").first.locator("cite").all_inner_texts()
    assert shown == [work["title"] for work in middle]


def test_every_bar_says_how_many_works_it_has_and_shows_some(window: Any, service: Served) -> None:
    opened(window, service)
    told = service.json("/distributions/mixed/1")
    bars = window.locator(".bars button")
    assert bars.count() == len(told["bars"]) == 24
    labels = bars.evaluate_all("all => all.map((each) => each.ariaLabel)")
    assert [int(label.split()[0]) for label in labels] == [bar["works"] for bar in told["bars"]]
    window.locator('.bars button[tabindex="0"]').focus()
    window.keyboard.press("End")
    assert window.evaluate("document.activeElement === document.querySelector('.bars button:last-child')")
    assert window.evaluate("document.getElementById('viewer-title').textContent").startswith(
        "mixed, neuron 1 "
    )
    window.keyboard.press("Enter")
    window.get_by_role("heading", name="From the chosen bar: places 1 to").wait_for()
    assert bars.last.get_attribute("aria-pressed") == "true"
    strongest = window.locator("#works cite").first.inner_text()
    window.locator("#spread .works").first.get_by_text(strongest, exact=True).wait_for()


def test_the_shares_say_what_chance_would_give(window: Any, service: Served) -> None:
    opened(window, service)
    groups = service.json("/distributions/mixed/1")["groups"]
    table = window.get_by_role("table", name="What the 5 strongest works are")
    portrait = next(group for group in groups if group["value"] == "portrait")
    row = table.get_by_role("row", name="portrait").inner_text().replace("\xa0", " ")
    assert f"{100 * portrait['share']:.0f} %" in row
    assert f"{100 * portrait['chance']:.0f} % (" in row
    assert window.get_by_text("Nothing is told by Period").is_visible()
    assert table.locator("tr.stands").count() == sum(group["stands"] for group in groups)


def test_without_responses_there_is_no_distribution(window: Any, service: Served) -> None:
    address = f"{service.url}/public/interface.html#model=branched&layer=a1&neuron=1"
    window.goto(f"{address}&octave=1&preset=quick&seed=0")
    window.get_by_text("The collection has not been shown to this layer yet").wait_for()
    assert window.locator("#spread").is_hidden()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation(window: Any, service: Served, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    window.set_viewport_size({"width": width, "height": 800})
    opened(window, service)
    results = axe.run(window)
    assert results.violations_count == 0, results.generate_report()
    assert window.evaluate("document.getElementById('viewer').scrollWidth - innerWidth") <= 0
