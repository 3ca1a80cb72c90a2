"""A map's page: its tiles show the pictures, and it can be read from disk by eye, by keyboard and by ear."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from image_machines import images
from image_machines.atlas.maps import gathering, page, parts, pyramid
from image_machines.atlas.maps.clusters import Cluster, Shared
from image_machines.atlas.maps.gathering import Gathered
from image_machines.atlas.maps.page import Map, Seen

COUNT = 40
SCHOOLS = ("Dutch", "French")
FAN = Shared("title", "fan", 9, 10, 2.5, 1e-6, 1e-5)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of forty flat pictures, each of its own grey, the last of which has no place."""
    folder = tmp_path_factory.mktemp("pictures")
    records = []
    for number in range(COUNT):
        size = (60, 90) if number % 2 else (200, 150)
        images.save(folder / f"{number}.png", np.full((*size, 3), 40 + 5 * number, np.uint8))
        records.append(
            {
                "file": f"{number}.png",
                "author": f"PAINTER, {'Anna' if number < 20 else 'Émile'}",
                "title": f"<b>Lady</b> with a fan {number}" if number < 10 else f"Sea {number}",
                "date": "1640",
                "class": "portrait" if number < 20 else "landscape",
                "school": SCHOOLS[number % 2],
            }
        )
    positions = np.random.default_rng(0).normal(np.repeat([[0, 0], [9, 4]], 20, axis=0), 1.0)
    positions[-1] = np.nan
    cluster = Cluster(tuple(range(10)), (FAN,))
    seen = [Seen("portrait", folder / "3.jpg", "portrait, neuron 0")]
    images.save(folder / "3.jpg", np.full((64, 64, 3), 200, np.uint8))
    shown = Map(
        "Forty <i>pictures</i>", "How it came about.", Gathered(folder, records), positions, [cluster], seen
    )
    return page.write(shown, tmp_path_factory.mktemp("map"))


def test_every_level_of_the_pyramid_shows_every_picture_in_its_cell(written: Path) -> None:
    tiles = written.parent / "tiles"
    info = json.loads((tiles / "info.json").read_text())
    assert (info["width"], info["height"]) == (7 * 128, 6 * 128)
    assert info["tiles"] == [{"width": 512, "height": 512, "scaleFactors": [1, 2]}]
    assert (info["profile"], info["id"]) == ("level0", "http://127.0.0.1:8000/tiles")
    named = {path.relative_to(tiles).as_posix() for path in tiles.rglob("*.jpg")}
    assert named == {
        "0,0,512,512/512,512/0/default.jpg",
        "512,0,384,512/384,512/0/default.jpg",
        "0,512,512,256/512,256/0/default.jpg",
        "512,512,384,256/384,256/0/default.jpg",
        "0,0,896,768/448,384/0/default.jpg",
        "full/448,384/0/default.jpg",
    }
    small = images.read(tiles / "full/448,384/0/default.jpg").astype(int)
    for number in range(COUNT - 1):
        top, left = number // 7 * 64, number % 7 * 64
        assert abs(small[top + 10, left + 10] - (40 + 5 * number)).max() <= 3
    full = images.read(tiles / "0,0,512,512/512,512/0/default.jpg").astype(int)
    assert abs(full[10, 140] - 45).max() <= 3 and abs(full[100, 140] - pyramid.GROUND).max() <= 3


def test_a_large_sheet_needs_no_more_memory_than_a_band() -> None:
    sheet = pyramid.Sheet(10_048)
    assert (sheet.columns, sheet.width, sheet.height) == (101, 12_928, 12_800)
    assert sheet.scales == [1, 2, 4, 8, 16, 32]
    assert pyramid.Sheet(1).scales == [1]


def test_what_is_there_is_not_written_again(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = json.loads((written.parent / "map.js").read_text().removeprefix("window.MAP = ")[:-2])
    assert found["left_out"] == ["39.png"] and len(found["works"]) == 39
    assert {each["name"]: each["values"] for each in found["facets"]} == {
        "class": ["landscape", "portrait"],
        "school": ["Dutch", "French"],
        "author": ["Anna Painter", "Émile Painter"],
    }
    assert found["works"][1]["size"] == [90, 60] and found["works"][0]["size"] == [96, 128]
    assert all((written.parent / work["large"]).is_file() for work in found["works"])
    monkeypatch.setattr(pyramid, "write", lambda *_: pytest.fail("written again"))
    paths = [written.parent / work["large"] for work in found["works"]]
    (written.parent / "tiles" / "kept.json").write_text(
        json.dumps({"key": page._digest(paths, "there"), "sizes": [[1, 1]]})
    )
    assert page._tiled(paths, pyramid.Sheet(len(paths)), written.parent, "there") == [[1, 1]]


@pytest.mark.parametrize("name", ["index.html", "tiles/mine.jpg"])
def test_what_is_no_map_s_is_not_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(ValueError, match="is no map's and stays; write the map into another folder"):
        page.write(Map("", "", Gathered(tmp_path, []), np.empty((0, 2)), []), tmp_path)
    assert (tmp_path / name).read_text() == "mine"


def test_a_bare_folder_is_gathered_and_what_is_no_part_of_it_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no pictures in .*; they mostly end in"):
        gathering.gather(tmp_path, tmp_path / "kept")
    for name in ("one.png", "cats/two.png", ".hidden/three.png"):
        images.save(tmp_path / name, np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "notes.txt").write_text("none")
    found = gathering.gather(tmp_path, tmp_path / "kept")
    assert [dict(each) for each in found.records] == [
        {"file": "cats/two.png", "class": "cats"},
        {"file": "one.png", "class": ""},
    ]
    assert [each["file"] for each in found.only("CLASS", "Cats").records] == ["cats/two.png"]
    with pytest.raises(ValueError, match="no picture whose class is 'dogs'.*: cats"):
        found.only("class", "dogs")
    with pytest.raises(ValueError, match="no column 'school'"):
        found.only("school", "Dutch")


def grey(window: Any, number: int) -> int:
    """The grey of the map where a work lies; drawn before it is read."""
    png = window.locator("#map").screenshot()
    x, y = window.evaluate("n => { const [l, t, w, h] = place(n); return [l + w / 2, t + h / 2] }", number)
    return int(np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))[int(y), int(x)].astype(int).mean())


@pytest.mark.browser
def test_works_lie_on_the_map_as_themselves_and_a_click_opens_one(window: Any) -> None:
    assert window.locator("#counts").inner_text() == "39 pictures"
    assert window.locator("#title").inner_text() == "Forty <i>pictures</i>"
    assert "39.png" in window.locator("#left-out").inner_text()
    window.evaluate("zoomTo(state.fit * 6, 300, 300, [X[30], Y[30]])")
    window.wait_for_function("state.scale > state.fit * 5 && copies[30]?.picture || side() < 128")
    window.wait_for_function("!waiting")
    assert abs(grey(window, 30) - 190) <= 4
    box = window.locator("#map").bounding_box()
    window.mouse.click(box["x"] + 300, box["y"] + 300)
    assert window.locator("#work-title").inner_text() == "Sea 30"
    assert "Émile Painter" in window.locator("#work dl").inner_text()
    assert window.url.endswith("#work=30")
    assert window.locator("#near li").count() == 6
    window.keyboard.press("Escape")
    assert window.locator("#work").is_hidden()


@pytest.mark.browser
def test_search_filters_and_places_leave_what_fits(window: Any) -> None:
    window.keyboard.press("/")
    window.keyboard.type("emile sea")
    assert window.locator("#counts").inner_text() == "19 of 39 pictures"
    window.get_by_label("School").select_option("Dutch")
    assert window.locator("#counts").inner_text() == "10 of 39 pictures"
    window.get_by_role("button", name="Show all").click()
    assert window.locator("#counts").inner_text() == "39 pictures"
    window.get_by_role("button", name="“fan” (10)").click()
    assert window.locator("#counts").inner_text() == "10 of 39 pictures"
    assert "9 of 10, by chance 2.5" in window.locator("#places").inner_text()
    window.get_by_label("Class").select_option("portrait")
    assert window.locator("#seen").is_visible()
    assert window.locator("#seen img").get_attribute("alt") == "portrait, neuron 0"
    window.locator("#found button").first.click()
    assert window.locator("#work-title").inner_text() == "<b>Lady</b> with a fan 0"
    assert window.evaluate("document.activeElement.id") == "work-title"


@pytest.mark.browser
def test_the_keyboard_moves_zooms_and_opens(window: Any) -> None:
    window.locator("#map").focus()
    before = window.evaluate("[state.x, state.scale]")
    window.keyboard.press("ArrowRight")
    window.keyboard.press("+")
    after = window.evaluate("[state.x, state.scale]")
    assert after[0] > before[0] and after[1] > before[1]
    window.keyboard.press("0")
    window.keyboard.press("Enter")
    first = window.locator("#work-title").inner_text()
    window.keyboard.press("n")
    assert window.locator("#work-title").inner_text() != first
    window.get_by_label("Order of the map").select_option(page.ROWS)
    assert window.evaluate("[X[0], Y[0]]") == [0, 0]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_wide_or_narrow(window: Any, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for width in (1280, 390):
        window.set_viewport_size({"width": width, "height": 800})
        window.evaluate("open(3, true)")
        window.get_by_label("Class").select_option("portrait")
        results = axe.run(window)
        assert results.violations_count == 0, f"{width}\n{results.generate_report()}"
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_all_pages_are_rooms_of_the_same_colours() -> None:
    given = re.compile(r"(--[\w-]+):\s*([^;]+);")
    room = dict(given.findall((parts.FOLDER / "room.css").read_text(encoding="utf-8")))
    other = (Path(__file__).parent.parent / "interface.html").read_text(encoding="utf-8")
    theirs = dict(given.findall(other[: other.index("</style>")]))
    assert room.keys() >= {"--room", "--panel", "--frame", "--line", "--edge", "--text", "--quiet", "--veil"}
    assert {name: theirs.get(name) for name in room} == room


def test_a_page_is_one_file_with_its_parts(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    assert "/* part:" not in text
    for part in parts.FOLDER.iterdir():
        assert parts.EXPORTED.sub("", part.read_text(encoding="utf-8")).rstrip() in text
