"""Works and why the network says so, in real Chromium, on the running gateway."""

from __future__ import annotations

import base64
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from image_machines import images
from tests import test_api_explanations
from tests.conftest import OPENING_CLOSED, fresh
from tests.test_api import Served

pytestmark = pytest.mark.browser

run = test_api_explanations.run
ROOT = Path(__file__).resolve().parent.parent
BRIGHTEST = """() => {
  const canvas = document.getElementById("heat"), { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let best = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > data[4 * best + 3]) best = i / 4;
  return [Math.floor(best / width) / height, best % width / width, data[4 * best + 3]];
}"""

TOLD = """(document.activeElement.closest("label, .field, summary") ?? document.activeElement).innerText"""


@pytest.fixture(scope="module")
def service(run: Path) -> Iterator[Served]:
    """A service that has looked at the collection already."""
    started = Served(run).ready()
    test_api_explanations.explained(started, work="val/red/1.png")
    test_api_explanations.answered(started, started.json("/neurons/colours/0"))
    yield started
    started.stop()


@pytest.fixture
def window(chromium: Any) -> Iterator[Any]:
    """A fresh window that nothing is kept in; fails the test on any error in the page's script."""
    with fresh(chromium, OPENING_CLOSED) as opened:
        yield opened


def wait(window: Any, condition: str) -> None:
    """Until an expression holds in the page, whose policy forbids it to look for that itself."""
    until = time.monotonic() + 60
    while not window.evaluate(condition):
        assert time.monotonic() < until, condition
        window.wait_for_timeout(50)


def page_of(service: Served, view: str = "works", **words: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in words.items())
    return f"{service.url}/public/interface.html#view={view}{more}"


def opened(window: Any, service: Served, file: str = "val/red/1.png") -> None:
    """The sheet of a work, once it is explained."""
    window.goto(page_of(service, work=file))
    window.locator("#why-answer .features li, #why-answer .lead").first.wait_for()
    wait(window, "document.getElementById('why').ariaBusy === 'false'")


def test_a_work_is_chosen_and_explained(window: Any, service: Served) -> None:
    window.goto(service.url)
    window.get_by_role("link", name="Works").click()
    window.get_by_role("link", name="Work 1 in red").first.click()
    window.get_by_text("The network says red, ").wait_for()
    assert window.get_by_role("heading", name="Work 1 in red").is_visible()
    assert "#view=works&work=val%2Fred%2F1.png" in window.url
    first = window.locator(".features > li").first
    assert first.get_by_role("heading").inner_text() == "colours, neuron 0"
    assert "weight" in first.inner_text()
    window.keyboard.press("Escape")
    window.get_by_role("link", name="Work 1 in red").wait_for()
    wait(window, "document.activeElement.id === 'work val/red/1.png'")


def test_the_heat_lies_on_the_work_as_strong_as_the_slider_says(window: Any, service: Served) -> None:
    opened(window, service)
    _, (row, column), side = test_api_explanations.work(0, 1)
    height, width = test_api_explanations.HEIGHT, test_api_explanations.WIDTH
    window.get_by_label("Show where it is (colours, neuron 0)").check()
    wait(
        window, "document.getElementById('heat-of').textContent.startsWith('Bright where colours, neuron 0')"
    )
    y, x, alpha = window.evaluate(BRIGHTEST)
    assert (row - 2) / height <= y <= (row + side + 2) / height
    assert (column - 2) / width <= x <= (column + side + 2) / width
    assert alpha == pytest.approx(0.8 * 255, abs=2)
    slider = window.get_by_label("Strength of the heat")
    slider.focus()
    for _ in range(8):
        window.keyboard.press("ArrowLeft")
    assert window.evaluate(BRIGHTEST)[2] == pytest.approx(0.4 * 255, abs=2)
    slider.fill("0")
    assert window.evaluate(BRIGHTEST)[2] == 0
    box, over = window.locator("#why-picture").bounding_box(), window.locator("#heat").bounding_box()
    assert box == pytest.approx(over, abs=0.5)


def test_without_a_feature_the_verdict_is_asked_again(window: Any, service: Served) -> None:
    opened(window, service)
    window.get_by_label("Without this feature, colours, neuron 0").check()
    verdict = window.locator("#verdict")
    verdict.get_by_text("Without colours, neuron 0: red").wait_for()
    assert "instead of" in verdict.inner_text()
    assert "It now says" not in verdict.inner_text()  # all colours are equal then, and red is the first
    assert window.locator("#why-answer thead th").all_inner_texts() == ["class", "as it is", "without"]
    window.get_by_label("Without this feature, colours, neuron 0").uncheck()
    wait(window, "document.getElementById('verdict').textContent === ''")
    assert window.locator("#why-answer thead th").count() == 2


def test_a_feature_is_drawn_on_demand_and_shown_with_its_average_and_works(
    window: Any, service: Served
) -> None:
    opened(window, service)
    first = window.locator(".features > li").first
    first.get_by_text("Its average and its works").click()
    first.get_by_text("It speaks for red: weight").wait_for()
    first.get_by_role("img", name="The average of what excites colours, neuron 0").wait_for()
    first.get_by_text("times as strong in Dutch works").first.wait_for()
    wait(window, "document.querySelectorAll('.account .works img[src]').length === 18")
    first.get_by_role("button", name="Draw what colours, neuron 0 looks for").click()
    first.locator(".tile").wait_for()
    window.locator(".features .tile[data-state=done]").first.wait_for()


def test_a_neurons_sheet_tells_how_much_is_the_methods(window: Any, service: Served) -> None:
    window.goto(page_of(service, "gallery", layer="colours", neuron="1"))
    sheet = window.locator("#metapictures")
    sheet.get_by_text("How much of this is the method?").click()
    sheet.get_by_role("img", name="By none").wait_for()
    window.locator("#metapictures li:nth-child(5)").wait_for()
    first = window.locator("#metapictures li").first.inner_text()
    assert "1. no method: plain" in first and "excites 100 %" in first and "from the works" in first
    assert sheet.get_by_text("rank correlation").is_visible()
    assert window.locator(".curve circle").count() == window.locator("#metapictures li").count()
    sheet.get_by_label("is smooth").check()
    assert "neighbours differ by" in window.locator("#metapictures li").first.inner_text()
    window.keyboard.press("Escape")
    wait(window, "!document.getElementById('metapictures').querySelector('details').dataset.busy")


def test_ranks_and_the_best_of_both(window: Any) -> None:
    module = base64.b64encode((ROOT / "interface" / "ranks.js").read_bytes()).decode()
    told = window.evaluate(
        """async (module) => {
          const { rankCorrelation, frontier } = await import(`data:text/javascript;base64,${module}`);
          const points = [[1, 3], [0.4, 2.5], [0.6, 2], [0.2, 1]];
          const best = frontier(points.map(([excites, forms]) => ({ excites, forms })), "forms");
          const rising = rankCorrelation([1, 2, 3, 4], [10, 20, 40, 30]);
          return [rising, rankCorrelation([1, 2, 2], [3, 1, 1]), best.map(({ excites }) => excites)];
        }""",
        module,
    )
    assert told == [pytest.approx(0.8), pytest.approx(-1), [1, 0.6, 0.2]]


def test_a_picture_of_ones_own_is_explained_and_its_address_names_nothing(
    window: Any, service: Served, run: Path
) -> None:
    window.goto(page_of(service))
    window.locator("#shelf li").first.wait_for()
    window.get_by_label("Drop a picture here").set_input_files(run / "data" / "val" / "blue" / "1.png")
    window.get_by_text("The network says blue, ").wait_for()
    assert window.get_by_text("Your picture. The service keeps nothing of it.").is_visible()
    assert "work=" not in window.url
    window.get_by_label("Without this feature, colours, neuron 2").check()
    window.locator("#verdict").get_by_text("Without colours, neuron 2: blue").wait_for()


def test_a_picture_is_dropped(window: Any, service: Served, run: Path) -> None:
    window.goto(page_of(service))
    window.locator("#shelf li").first.wait_for()
    content = list((run / "data" / "val" / "green" / "4.png").read_bytes())
    drop = """([bytes, name]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([new Uint8Array(bytes)], name));
      for (const type of ["dragover", "drop"]) {
        const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
      }
    }"""
    window.evaluate(drop, [content, "mine.bin"])
    window.get_by_text("The network says green, ").wait_for()
    window.keyboard.press("Escape")
    window.evaluate(drop, [[1, 2, 3], "<img src=x onerror=alert(1)>.png"])
    window.get_by_text("What was sent is no picture").wait_for()
    assert window.get_by_role("heading", name="<img src=x onerror=alert(1)>.png").is_visible()


def test_a_picture_that_is_too_large_is_not_even_sent(window: Any, service: Served, tmp_path: Path) -> None:
    sent: list[str] = []
    window.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    window.goto(page_of(service))
    window.locator("#shelf li").first.wait_for()
    large = tmp_path / "large.png"
    large.write_bytes(b"\x89PNG" + b"\0" * 21 * 2**20)
    window.get_by_label("Drop a picture here").set_input_files(large)
    notice = window.locator("#works-view .notice")
    wait(window, "document.querySelector('#works-view .notice').textContent !== ''")
    assert notice.inner_text() == "large.png has 22 MB; at most 20 MB can be explained."
    assert not [each for each in sent if each.startswith("POST") and each.endswith("/explanations")]


def test_a_semantic_network_shows_its_maps_and_switches(window: Any, service: Served) -> None:
    opened(window, service)
    window.get_by_label("Asked of the network").select_option(label="parts")
    window.locator(".features.maps > li").first.wait_for()
    assert window.locator(".features.maps > li").count() == 3
    assert "Score: " in window.locator("#why-answer .lead").inner_text()
    name = window.locator(".features.maps h4").first.inner_text()
    window.get_by_label(f"Without it, {name}").check()
    assert window.locator("#verdict").inner_text().startswith(f"Without {name}: ")
    window.get_by_label(f"Show where it counts ({name})").check()
    assert window.locator("#heat").is_visible()
    window.get_by_label(f"Without it, {name}").uncheck()
    assert window.locator("#verdict").inner_text() == ""


def test_a_neuron_tells_what_it_counts_for(window: Any, service: Served) -> None:
    window.goto(page_of(service, "gallery", model="colours", layer="colours", neuron="0"))
    window.get_by_text("What it counts for: classes, average, catalogue").click()
    window.get_by_text("It speaks for red: weight").wait_for()
    window.get_by_text("In the catalogue:").wait_for()
    window.get_by_role("link", name="Why the network says what it says of Work").first.click()
    window.get_by_text("The network says ").wait_for()
    assert not window.locator("#viewer").is_visible()


def test_the_works_are_searched(window: Any, service: Served) -> None:
    window.goto(page_of(service))
    window.locator("#shelf li").nth(47).wait_for()
    window.get_by_role("button", name="Show more works").click()
    window.locator("#shelf li").nth(59).wait_for()
    window.get_by_role("searchbox").fill("work 19 green")
    window.get_by_text("1 work found for “work 19 green”.").wait_for()
    assert window.locator("#shelf li").count() == 1


def test_all_of_a_sheet_is_reached_by_keyboard(window: Any, service: Served) -> None:
    window.goto(page_of(service))
    window.locator("#shelf a").first.wait_for()
    window.locator("#shelf a").first.focus()
    window.keyboard.press("Enter")
    window.locator(".features > li").first.wait_for()
    reached = set()
    for _ in range(30):
        window.keyboard.press("Tab")
        reached.add(window.evaluate(TOLD))
    for part in ("Strength of the heat", "Show what speaks for", "Without this feature", "Its average"):
        assert any(part in text for text in reached), reached


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_and_nothing_scrolls_sideways(
    window: Any, service: Served, scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    window.set_viewport_size({"width": width, "height": 844})
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def check(part: str) -> None:
        window.evaluate(
            "scrollTo(0, 0)"
        )  # what is scrolled away counts as hidden, and its links as skip links
        results = axe.run(window)
        assert results.violations_count == 0, f"{part}\n{results.generate_report()}"
        assert window.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, part
        assert window.evaluate("document.getElementById('why').scrollWidth") <= width, part

    window.goto(page_of(service))
    wait(window, "[...document.querySelectorAll('#shelf img')].some((image) => image.naturalWidth)")
    check("works")
    opened(window, service)
    first = window.locator(".features > li").first
    first.get_by_text("Its average and its works").click()
    first.get_by_text("In the catalogue:").wait_for()
    window.get_by_label("Without this feature, colours, neuron 0").check()
    window.locator("#verdict").get_by_text("instead of").wait_for()
    check("explanation")
    window.get_by_label("Asked of the network").select_option(label="parts")
    window.locator(".features.maps > li").first.wait_for()
    check("attributes")


def test_from_disk_it_is_said_that_explanations_need_the_service(window: Any, tmp_path: Path) -> None:
    shutil.copy(ROOT / "interface.html", tmp_path)
    (tmp_path / "images").mkdir()
    window.goto((tmp_path / "interface.html").as_uri())
    window.get_by_role("link", name="Works").click()
    window.get_by_text("this needs the service. Start it with “make serve”.").wait_for()


def test_a_failed_question_is_told_in_the_sheet(
    window: Any, service: Served, run: Path, tmp_path: Path
) -> None:
    picture = (run / "data" / "val" / "red" / "1.png").read_bytes()
    torn = tmp_path / "torn.png"
    torn.write_bytes(picture[: len(picture) // 2])
    assert not images.is_picture(torn)
    window.goto(page_of(service))
    window.locator("#shelf li").first.wait_for()
    window.get_by_label("Drop a picture here").set_input_files(torn)
    window.get_by_text("This is no picture that can be read").wait_for()
