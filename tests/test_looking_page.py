"""Works large enough to read, their own pages, and a picture of one's own, in real Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import test_api_explanations, test_interface_explanations
from tests.test_api import Served
from tests.test_interface_explanations import opened, page_of, wait

pytestmark = pytest.mark.browser

run = test_api_explanations.run
service = test_interface_explanations.service
window = test_interface_explanations.window

FILE = "val/red/1.png"
SEEN = """(() => {  // of the picture on the stage: left, top, width, height, and of the stage itself
  const box = (name) => document.querySelector(name).getBoundingClientRect();
  const [plane, stage] = [box(".plane"), box(".stage")];
  const [left, top] = [plane.left - stage.left, plane.top - stage.top];
  return [left, top, plane.width, plane.height, stage.width, stage.height];
})()"""
WHOLE = "document.querySelector('.looking dl a[href*=whole-]') !== null"


def enlarged(window: Any, service: Served) -> None:
    """The first work beside a neuron, large, once its whole file is there."""
    window.goto(page_of(service, "gallery", model="colours", layer="colours", neuron="0"))
    window.get_by_role("button", name="Enlarge Work").first.click()
    wait(window, WHOLE)


def test_a_work_beside_a_neuron_is_enlarged_to_its_whole_file_with_what_fired(
    window: Any, service: Served
) -> None:
    enlarged(window, service)
    dialog = window.get_by_role("dialog", name="Work")
    image = dialog.locator(".plane img")
    assert image.evaluate("(image) => [image.naturalWidth, image.naturalHeight]") == [48, 60]
    assert "/whole-" in image.get_attribute("src")
    assert "Frans Hals" in image.get_attribute("alt")
    facts = dialog.locator("dl").inner_text()
    for said in ("Artist", "Frans Hals", "School", "Italian", "The catalogue does not say.", "48 × 60 px"):
        assert said in facts
    left, top, width, height, across, down = window.evaluate(SEEN)
    assert height == pytest.approx(down, abs=1) and width == pytest.approx(down * 48 / 60, abs=1)
    assert left == pytest.approx((across - width) / 2, abs=1) and top == pytest.approx(0, abs=1)
    fired = dialog.locator(".fired")
    assert 0 < fired.bounding_box()["width"] < width
    dialog.get_by_label("Show what excites the neuron").uncheck()
    assert fired.is_hidden()
    window.keyboard.press("Escape")
    assert window.get_by_role("dialog", name="colours, neuron 0").is_visible()
    wait(window, "document.activeElement.classList.contains('enlarge')")


def test_it_is_zoomed_and_moved_by_keyboard(window: Any, service: Served) -> None:
    enlarged(window, service)
    before = window.evaluate(SEEN)
    assert window.evaluate("document.activeElement.className") == "stage"
    for key in "++":
        window.keyboard.press(key)
    larger = window.evaluate(SEEN)
    assert larger[2] == pytest.approx(before[2] * 1.4**2, rel=1e-3)
    window.keyboard.press("ArrowDown")
    assert window.evaluate(SEEN)[1] == pytest.approx(larger[1] - 60, abs=1)
    for _ in range(30):
        window.keyboard.press("ArrowDown")
    _, top, _, height, _, down = window.evaluate(SEEN)
    assert top + height == pytest.approx(down, abs=1)  # no further than its edge
    percent = window.locator(".zooming output").inner_text().replace(",", "")
    assert percent == f"{100 * height / 60:.0f}%"
    window.get_by_role("button", name="Zoom out").click()
    window.keyboard.press("0")
    assert window.evaluate(SEEN) == pytest.approx(before, abs=1)
    assert "neuron=0" in window.url  # arrows went to the picture, not to the next neuron


def test_it_is_zoomed_about_the_pointer_and_dragged(window: Any, service: Served) -> None:
    enlarged(window, service)
    stage = window.locator(".stage").bounding_box()
    x, y = stage["x"] + stage["width"] / 2 + 40, stage["y"] + 200
    left, top, width, height, *_ = window.evaluate(SEEN)
    place = (x - stage["x"] - left) / width, (y - stage["y"] - top) / height
    window.mouse.move(x, y)
    window.mouse.wheel(0, -600)
    wait(window, f"document.querySelector('.plane').getBoundingClientRect().width > {width * 2}")
    left, top, width, height, *_ = window.evaluate(SEEN)
    assert (x - stage["x"] - left) / width == pytest.approx(place[0], abs=0.01)
    assert (y - stage["y"] - top) / height == pytest.approx(place[1], abs=0.01)
    window.mouse.down()
    window.mouse.move(x - 30, y - 50, steps=4)
    window.mouse.up()
    moved = window.evaluate(SEEN)
    assert [moved[0] - left, moved[1] - top] == pytest.approx([-30, -50], abs=1)


def test_it_is_zoomed_by_two_fingers(chromium: Any, service: Served) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.set_default_timeout(60_000)
    window = context.new_page()
    enlarged(window, service)
    before = window.evaluate(SEEN)
    box = window.locator(".stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = context.new_cdp_session(window)

    def touch(kind: str, *apart: float) -> None:
        points = [{"x": x + each, "y": y, "id": number} for number, each in enumerate(apart)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -20, 20)
    for step in range(25, 61, 5):
        touch("touchMove", -step, step)
    touch("touchEnd")
    wait(window, f"document.querySelector('.plane').getBoundingClientRect().width > {before[2] * 2}")
    context.close()


def test_the_works_own_page_tells_what_it_excites_and_what_is_near(window: Any, service: Served) -> None:
    opened(window, service, FILE)
    window.locator("#why-seen .excited > li").first.wait_for()
    assert "Dutch" in window.locator("#why-facts dl").inner_text()
    first = window.locator("#why-seen .excited > li").first
    assert first.get_by_role("heading").inner_text() == "colours, neuron 0"
    told = first.inner_text()
    assert "of 60 works" in told
    first.get_by_role("button", name="Show where (colours, neuron 0)").click()
    wait(window, WHOLE)
    _, (row, column), side = test_api_explanations.work(0, 1)
    _, _, width, height, *_ = window.evaluate(SEEN)
    plane, fired = (window.locator(each).bounding_box() for each in (".plane", ".fired"))
    middle = [fired[a] - plane[a] + fired[b] / 2 for a, b in (("y", "height"), ("x", "width"))]
    assert row - 2 <= middle[0] / height * test_api_explanations.HEIGHT <= row + side + 2
    assert column - 2 <= middle[1] / width * test_api_explanations.WIDTH <= column + side + 2
    window.get_by_role("button", name="Close").last.click()
    window.get_by_label("Layer, from late to early").select_option("classes")
    window.locator("#why-seen .excited").get_by_role("heading", name="red").wait_for()
    near = window.locator("#why-seen .shelf a")
    assert near.count() == 6
    name = near.first.locator("b").inner_text()
    assert name.endswith("in red") and name != "Work 1 in red"
    near.first.click()
    window.get_by_role("heading", name=name, exact=True).wait_for()
    window.locator("#why-seen .excited > li").first.wait_for()
    assert "work=val%2Fred%2F" in window.url or "work=train%2Fred%2F" in window.url
    window.go_back()
    window.get_by_role("heading", name="Work 1 in red", exact=True).wait_for()


def test_a_picture_of_ones_own_gets_its_neurons_and_nearest_works(
    window: Any, service: Served, run: Path
) -> None:
    window.goto(page_of(service))
    window.locator("#shelf li").first.wait_for()
    window.get_by_label("Drop a picture here").set_input_files(run / "data" / "val" / "blue" / "1.png")
    window.locator("#why-seen .excited > li").first.wait_for()
    assert window.locator("#why-seen h4").first.inner_text() == "colours, neuron 2"
    near = window.locator("#why-seen .shelf b").all_inner_texts()
    assert len(near) == 6 and all(name.endswith("in blue") for name in near)
    assert window.locator("#why-facts dl").count() == 0
    window.get_by_role("button", name="Show where (colours, neuron 2)").click()
    image = window.locator(".plane img")
    wait(window, "document.querySelector('.plane img').naturalWidth === 48")
    assert image.get_attribute("src").startswith("blob:")
    assert window.locator(".fired").is_visible()
    window.keyboard.press("Escape")
    window.get_by_label("Show where it is (colours, neuron 2)").check()
    wait(window, "!document.getElementById('heat').hidden")
    window.get_by_role("button", name="Enlarge the picture").click()
    assert window.locator(".plane canvas").is_visible()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_and_nothing_scrolls_sideways(
    window: Any, service: Served, scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    window.set_viewport_size({"width": width, "height": 844})
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    opened(window, service, FILE)
    window.locator("#why-seen .shelf img[src]").first.wait_for()
    for part in ("#why", "#looking"):
        if part == "#looking":
            window.get_by_role("button", name="Show where (colours, neuron 0)").click()
            wait(window, WHOLE)
        window.evaluate("scrollTo(0, 0)")
        results = axe.run(window)
        assert results.violations_count == 0, f"{part}\n{results.generate_report()}"
        assert window.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, part
        assert window.evaluate(f"document.querySelector('{part}').scrollWidth") <= width, part


def test_it_speaks_german(chromium: Any, service: Served) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="de-DE")
    context.set_default_timeout(60_000)
    window = context.new_page()
    window.goto(page_of(service, work=FILE))
    window.get_by_role("heading", name="Neuronen, die darauf am stärksten ansprechen").wait_for()
    window.get_by_role("button", name="Zeigen, wo").first.click()
    window.get_by_role("button", name="Vergrößern", exact=True).wait_for()
    context.close()
