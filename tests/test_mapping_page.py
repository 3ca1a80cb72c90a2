"""The map of the collection within the page: made by the service, and the way from a work to it and back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from image_machines.atlas.maps import layout
from image_machines.service.explaining import mapping
from image_machines.service.explaining.reasons import Reasons
from tests import test_api_explanations, test_interface_explanations
from tests.test_api import Served
from tests.test_api_explanations import answered
from tests.test_interface_explanations import ROOT, page_of, wait

pytestmark = pytest.mark.browser

run = test_api_explanations.run
window = test_interface_explanations.window

FILE = "val/green/5.png"
HELD = "document.getElementById('map-frame')?.contentDocument?.getElementById('work-title')?.textContent"


@pytest.fixture(scope="module")
def made(run: Path) -> dict[str, Any]:
    """What the service's process answers that makes the map; by two channels in place of UMAP, for speed."""
    reasons = Reasons(lambda sentence: None, str(run), str(run / "images"))
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(layout, "projected", lambda rows, projection: rows[:, :2].astype(float))
        return reasons.map(str(run / "model" / "colours.keras"), str(run))


@pytest.fixture(scope="module")
def service(run: Path, made: dict[str, Any]) -> Iterator[Served]:
    """A service beside which a map lies."""
    started = Served(run).ready()
    yield started
    started.stop()


@pytest.mark.slow
def test_a_service_without_a_map_makes_one(run: Path, tmp_path: Path) -> None:
    for part in ("model", "data"):
        shutil.copytree(run / part, tmp_path / part)
    service = Served(tmp_path).ready()
    asked = service.json("/map")
    assert asked["state"] in ("waiting", "working")
    assert service.json("/map")["id"] == asked["id"]  # it is made once
    found = answered(service, asked)
    assert (found["state"], found["map"]) == ("done", {"path": "map/index.html"}), found
    assert service.get("/public/map/index.html").status_code == 200
    service.stop()


def test_the_map_is_found_and_nothing_but_its_page_is_served(
    service: Served, made: dict[str, Any], run: Path
) -> None:
    assert made == {"path": "map/index.html"}
    assert mapping.found(run, "another network") is None
    again = service.json("/map", params={"model": "colours"})
    assert (again["state"], again["map"]) == ("done", {"path": "map/index.html"})
    assert "<canvas" in service.get("/public/map/index.html").text
    script = service.get("/public/map/map.js").text
    told = json.loads(script.removeprefix("window.MAP = ").rstrip()[:-1])
    assert {work["file"] for work in told["works"]} >= {FILE, "train/red/2.png"}
    facets = {each["name"]: each for each in told["facets"]}
    assert facets["verdict"]["values"] == ["blue", "green", "red"]
    named = [facets["verdict"]["values"][number] for number in facets["verdict"]["of"]]
    classes = [work["file"].split("/")[1] for work in told["works"]]
    assert sum(a == b for a, b in zip(named, classes, strict=True)) >= 55
    assert service.get(f"/public/map/{told['works'][0]['large']}").status_code == 200
    for kept in ("layout.json", "tiles/kept.json", "../data/manifest.csv", "%2e%2e/data/manifest.csv"):
        assert service.get(f"/public/map/{kept}").status_code == 404, kept
    assert service.get("/map", params={"model": "other"}).status_code == 404


@pytest.mark.parametrize("path", ["map/../secret.jpg", "map/%2e%2e/secret.jpg", "map-x/../secret.jpg"])
def test_no_dots_lead_out_of_the_map(service: Served, run: Path, path: str) -> None:
    (run / "secret.jpg").write_bytes(b"secret")
    connection = HTTPConnection("127.0.0.1", service.port)
    connection.request("GET", f"/public/{path}")  # as it is: other clients take the dots out
    assert connection.getresponse().status == 404
    connection.close()


def test_from_the_map_to_a_work_and_back(window: Any, service: Served) -> None:
    window.goto(service.url)
    window.get_by_role("link", name="Map").click()
    frame = window.frame_locator("#map-frame")
    frame.locator("#counts").get_by_text("60 pictures").wait_for()
    assert frame.locator("#title").is_hidden()
    frame.get_by_label("Verdict").select_option("green")
    frame.get_by_label("School").select_option("Dutch")
    frame.locator("#found button").first.click()
    name = frame.locator("#work-title").inner_text()
    assert name.endswith("in green")
    frame.get_by_role("link", name="What it excites").click()
    window.get_by_role("heading", name=name, exact=True).wait_for()
    window.locator("#why-seen .excited > li").first.wait_for()
    window.get_by_role("link", name="Its place on the map").click()
    wait(window, f"{HELD} === {json.dumps(name)}")
    assert not window.locator("#why").is_visible()


def test_a_link_to_a_work_on_the_map_lasts(window: Any, service: Served) -> None:
    window.goto(page_of(service, "map", work=FILE))
    wait(window, f"{HELD} === 'Work 5 in green'")
    window.get_by_role("button", name="Light").click()
    room = "document.getElementById('map-frame').contentDocument.documentElement.dataset.room"
    wait(window, f"{room} === document.documentElement.dataset.room")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation(window: Any, service: Served, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    window.set_viewport_size({"width": width, "height": 844})
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for address in (page_of(service, "map", work=FILE), f"{service.url}/public/map/index.html#file={FILE}"):
        window.goto(address)
        seen = HELD if "view=map" in address else "document.getElementById('work-title').textContent"
        wait(window, f"{seen} === 'Work 5 in green'")
        results = axe.run(window)
        assert results.violations_count == 0, f"{address}\n{results.generate_report()}"
        assert window.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_from_disk_the_map_is_that_beside_the_page(window: Any, service: Served, tmp_path: Path) -> None:
    shutil.copy(ROOT / "interface.html", tmp_path)
    (tmp_path / "images").mkdir()
    window.goto(f"{(tmp_path / 'interface.html').as_uri()}#view=map")
    window.get_by_text("There is no map beside this page").wait_for()
    shutil.copytree(service.folder / "map", tmp_path / "map")
    window.reload()
    window.frame_locator("#map-frame").locator("#counts").get_by_text("60 pictures").wait_for()
