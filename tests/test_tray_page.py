"""Images picked and compared, in real Chromium: the tray, the screen, what is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests import test_interface
from tests.test_interface import StandIn, place, tiles, wait

pytestmark = pytest.mark.browser

service, window = test_interface.service, test_interface.window
WORK = {
    "rank": 1,
    "file": "christ.jpg",
    "activation": 4.5,
    "mean": 1.0,
    "artist": "MORETTO da Brescia",
    "title": "<b>Christ with an Angel</b>",
    "date": "1550",
    "class": "portrait",
    "painted": False,
    "url": None,
    "picture": "images/work.jpg",
    "crop": "images/work.jpg",
    "box": {"top": 0.25, "left": 0.5, "height": 0.5, "width": 0.25},
}


def with_works(service: StandIn) -> None:
    """Nine works for every neuron, whose pictures are there."""
    Image.new("RGB", (60, 40), (90, 60, 30)).save(service.folder / "images" / "work.jpg")
    service.works = [WORK | {"rank": rank} for rank in range(1, 10)]


def settled(window: Any) -> None:
    """Until the works and pictures of the comparison are there."""
    wait(window, "[...document.images].every((image) => !image.src || image.complete)")


def settings(window: Any, number: int) -> dict[str, tuple[str, bool]]:
    """What is said of an image of the comparison, and whether it is in bold."""
    rows = window.locator(".columns > li").nth(number).locator("dt, dd").all()
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return {
        name.inner_text(): (value.inner_text(), value.locator("strong").count() == 1) for name, value in pairs
    }


def test_images_are_picked_on_tiles_by_key_and_enlarged_and_stand_beside_each_other(
    window: Any, service: StandIn
) -> None:
    with_works(service)
    service.fill("mixed5", range(66, 67), seed=[0, 1], preset=["paper-2018", "quick"])
    window.goto(service.page)
    tiles(window).nth(3).wait_for()
    tiles(window).nth(0).hover()
    tiles(window).nth(0).get_by_role("button", name="Pick to compare: mixed5, neuron 66 of 768").click()
    tray = window.get_by_role("region", name="Picked to compare")
    tray.get_by_text("One picked").wait_for()
    assert not tray.get_by_role("link", name="Compare").is_visible()
    tiles(window).nth(0).locator(".open").focus()
    window.keyboard.press("ArrowRight")
    window.keyboard.press("c")
    tray.get_by_text("2 images picked").wait_for()
    window.reload()
    tray.get_by_text("2 images picked").wait_for()
    tiles(window).nth(2).locator(".open").click()
    window.locator("#viewer").get_by_role("button", name="Pick to compare", exact=True).click()
    tray.get_by_text("3 images picked").wait_for()
    window.keyboard.press("c")
    tray.get_by_text("2 images picked").wait_for()
    window.keyboard.press("c")
    tray.get_by_role("link", name="Compare").click()
    window.get_by_role("heading", name="mixed5 · 66").wait_for()
    assert not tray.is_visible()
    assert window.locator(".columns > li").count() == 3
    assert len({column.bounding_box()["y"] for column in window.locator(".columns > li").all()}) == 1


def test_what_differs_is_bold_and_told(window: Any, service: StandIn) -> None:
    with_works(service)
    service.fill("mixed5", range(66, 67), seed=[0, 1])
    ids = ",".join(service.entries)
    window.goto(f"{service.page}#view=compare&images={ids}")
    window.get_by_text("Different: seed.").wait_for()
    first, second = settings(window, 0), settings(window, 1)
    assert (first["seed"], second["seed"]) == (("0", True), ("1", True))
    assert [name for name, (_, is_bold) in first.items() if is_bold] == ["seed"]
    assert first["neuron"] == second["neuron"] == ("66", False)
    assert first["activation"] == ("7.25", False)
    works = window.locator("#compare-view > section .works li")
    works.nth(8).wait_for()
    assert window.get_by_role("heading", name="The works that excite this neuron most").count() == 1


def test_neurons_have_their_own_works_and_differing_cards_are_told_whole(
    window: Any, service: StandIn
) -> None:
    with_works(service)
    service.fill("mixed5", range(66, 67))
    service.fill("predictions", range(1), preset="fourier")
    window.goto(f"{service.page}#view=compare&images={','.join([*service.entries, 'gone'])}")
    window.locator(".columns > li").nth(1).locator(".works li").nth(5).wait_for()
    assert window.locator(".columns .works li").count() == 12
    assert window.locator(".columns cite").first.inner_text() == "<b>Christ with an Angel</b>"
    assert window.get_by_text("1 of them not here").is_visible()
    window.get_by_text("The one setting that differs").click()
    table = window.locator(".all-settings")
    assert table.get_by_role("row", name="objective").inner_text().split("\t") == [
        "objective",
        "channel",
        "logit",
    ]
    assert table.get_by_role("row", name="fingerprint").count() == 0, "of one network"


def test_no_more_than_four_are_picked(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(5))
    window.goto(service.page)
    tiles(window).nth(4).wait_for()
    tiles(window).nth(0).locator(".open").focus()
    for _ in range(5):
        window.keyboard.press("c")
        window.keyboard.press("ArrowRight")
    window.locator("#line .notice").get_by_text("4 images are picked, as many as can be").wait_for()
    tray = window.get_by_role("region", name="Picked to compare")
    assert tray.get_by_role("listitem").count() == 4
    tray.get_by_role("button", name="Take away mixed5").first.click()
    assert tray.get_by_role("listitem").count() == 3
    tray.get_by_role("button", name="Put all back").click()
    assert not tray.is_visible()


def test_a_comparison_is_linked_kept_changed_and_opened_by_its_older_address(
    window: Any, service: StandIn
) -> None:
    service.fill("mixed5", range(64, 67))
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ids = list(service.entries)
    window.goto(f"{service.page}?token=secret#view=wall&chosen={','.join(ids)}")
    window.get_by_role("heading", name="mixed5 · 64, mixed5 · 65, mixed5 · 66").wait_for()
    window.get_by_role("link", name="Take away mixed5, neuron 65").click()
    wait(window, "document.querySelectorAll('.columns > li').length === 2")
    window.get_by_role("button", name="Copy link").click()
    window.get_by_role("button", name="Copied").wait_for()
    link = window.evaluate("navigator.clipboard.readText()")
    assert "secret" not in link and ids[1] not in link
    window.get_by_label("A title, for later").fill("Houses, and no houses")
    window.get_by_role("button", name="Keep").click()
    window.get_by_role("heading", name="Houses, and no houses").wait_for()
    window.goto("about:blank")
    window.goto(link)
    window.get_by_role("heading", name="Houses, and no houses").wait_for()
    window.get_by_role("button", name="Pick others").click()
    window.get_by_role("region", name="Picked to compare").get_by_text("2 images picked").wait_for()
    window.get_by_role("link", name="Favourites").click()
    kept = window.get_by_role("region", name="Comparisons")
    kept.get_by_role("link", name="Houses, and no houses").click()
    wait(window, "document.querySelectorAll('.columns > li').length === 2")
    window.go_back()
    kept.get_by_role("button", name="Remove the comparison Houses").click()
    assert not kept.is_visible()


def test_an_image_enlarged_from_a_comparison_leads_back_to_it(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(64, 66))
    window.goto(f"{service.page}#view=compare&images={','.join(service.entries)}")
    window.get_by_role("link", name="Open mixed5, neuron 65 of 768").click()
    window.get_by_role("dialog").get_by_role("heading", name="neuron 65").wait_for()
    window.get_by_label("Your note").fill("roofs")
    window.keyboard.press("Escape")
    window.locator(".columns .note").get_by_text("roofs").wait_for()
    assert "view=compare" in window.url


def test_the_talk_page_carries_the_works_and_stands_alone(window: Any, service: StandIn) -> None:
    with_works(service)
    service.fill("mixed5", range(64, 66))
    window.goto(f"{service.page}#view=compare&images={','.join(service.entries)}")
    window.locator(".columns .works li").nth(11).wait_for()
    with window.expect_download() as download:
        window.get_by_role("button", name="Save as a page for a talk").click()
    talk = download.value.path().read_text("utf-8")
    assert "http" not in talk and "<b>Christ" not in talk
    shown = window.context.new_page()
    shown.set_content(talk)
    shown.wait_for_function("[...document.images].every((image) => image.naturalWidth)")
    assert shown.locator(".screen").count() == 3, "one for both, and one for each"
    assert shown.locator(".screen").nth(0).locator(".works li").count() == 8
    assert shown.get_by_text("MORETTO da Brescia").first.is_visible()


def test_a_comparison_is_printed_whole(window: Any, service: StandIn) -> None:
    with_works(service)
    service.fill("mixed5", range(64, 66))
    window.goto(f"{service.page}#view=compare&images={','.join(service.entries)}")
    window.locator(".columns .works li").nth(11).wait_for()
    window.evaluate("void (window.print = () => { window.printed = true })")
    window.get_by_role("button", name="Print").click()
    wait(window, "window.printed")
    window.emulate_media(media="print", color_scheme="dark")
    window.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert window.locator(".columns .works li").nth(11).is_visible()
    assert not window.get_by_role("button", name="Copy link").is_visible()
    assert window.evaluate("getComputedStyle(document.body).backgroundColor") == test_interface.LIGHT


def test_from_disk_images_are_compared_without_their_works(window: Any, tmp_path: Path) -> None:
    shelf = StandIn(tmp_path)
    shelf.fill("mixed5", range(64, 66))
    window.goto((tmp_path / "interface.html").as_uri())
    tiles(window).nth(1).wait_for()
    tiles(window).nth(0).locator(".open").focus()
    window.keyboard.press("c")
    window.keyboard.press("ArrowRight")
    window.keyboard.press("c")
    window.get_by_role("link", name="Compare").click()
    window.get_by_text("The works beside the images come from the service").wait_for()
    window.get_by_role("button", name="Save as a page for a talk").click()
    window.locator("#compare-view").get_by_label("Choose the folder").set_input_files(tmp_path / "images")
    with window.expect_download() as download:
        window.get_by_role("button", name="Save as a page for a talk").click()
    assert download.value.path().read_text("utf-8").count("data:image/jpeg;base64,") == 4


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_and_nothing_scrolls_sideways(
    window: Any, service: StandIn, scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with_works(service)
    service.fill("mixed5", range(64, 68), preset=["quick"])
    service.fill("predictions", range(1), preset=["fourier"])
    window.set_viewport_size({"width": width, "height": 844})
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def check(part: str) -> None:
        results = axe.run(window)
        assert results.violations_count == 0, f"{part}\n{results.generate_report()}"
        assert window.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, part

    window.goto(service.page)
    tiles(window).nth(4).wait_for()
    tiles(window).nth(0).locator(".open").focus()
    for _ in range(4):
        window.keyboard.press("c")
        window.keyboard.press("ArrowRight")
    window.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    check("tray")
    window.evaluate("hash => { location.hash = hash }", place(neuron=64))
    window.get_by_role("dialog").get_by_role("heading", name="neuron 64").wait_for()
    check("tray over an enlarged image")
    window.evaluate(
        "hash => { location.hash = hash }", f"#view=compare&images={','.join([*service.entries][-4:])}"
    )
    window.locator(".columns .works li").nth(15).wait_for()
    settled(window)
    window.get_by_text("The one setting that differs").wait_for()
    check("comparison")
    window.get_by_label("A title, for later").fill("Houses")
    window.get_by_role("button", name="Keep").click()
    window.evaluate("location.hash = '#view=favourites'")
    window.get_by_role("link", name="Houses").wait_for()
    check("kept comparisons")
