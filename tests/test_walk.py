"""The page of an atlas: from the whole network to one neuron, by eye, by keyboard and by ear, from disk."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from image_machines import files, images
from image_machines.atlas.maps import parts
from image_machines.atlas.walk import page
from image_machines.atlas.walk.accents import Accent
from image_machines.atlas.walk.answers import BINS, answers
from image_machines.atlas.walk.making import BY_NUMBER, IN_LAYERS, WHOLE
from image_machines.atlas.walk.order import Order
from image_machines.atlas.walk.page import Atlas, State
from image_machines.network import responses
from image_machines.network.layers import Layer

WORKS = 48
LAYERS = {"early": 40, "late": 27, "predictions": 3}
NEURONS = [(layer, number) for layer, count in LAYERS.items() for number in range(count)]
NAMES = dict(zip([("predictions", 0), ("predictions", 1), ("predictions", 2)], "abc", strict=True))
SILENT = NEURONS.index(("late", 5))  # excited by no work


def colour(number: int) -> int:
    """The grey of a neuron's image."""
    return 40 + 3 * number


def records() -> list[dict[str, str]]:
    return [
        {
            "file": f"{number}.png",
            "class": "abc"[number % 3],
            "school": "Dutch" if number % 4 < 2 else "French",
            "timeframe": "1601-1650" if number < 24 else "1651-1700",
            "author": "PAINTER, Anna",
            "title": f"<b>Work</b> {number}",
            "source": "builtin:x",
        }
        for number in range(WORKS)
    ]


def measured(folder: Path, shift: int = 0) -> responses.Responses:
    """Responses of early and late in which each neuron answers one work most, ``early:0`` Dutch works."""
    random = np.random.default_rng(shift)
    layers = [
        Layer("early", "ReLU", 40, 75, 4, 30, 0.0, True),
        Layer("late", "ReLU", 27, 19, 16, 200, 0.0, True),
        Layer("predictions", "Dense", 3, None, None, None, None, True),
    ]
    for layer in layers:
        mean = random.gamma(1.0, 0.2, (layer.width, WORKS)).astype(np.float32)
        mean[np.arange(layer.width), (np.arange(layer.width) + shift) % WORKS] += 5
        if layer.name == "early":
            mean[0] += [2 * (number % 4 < 2) for number in range(WORKS)]
        if layer.name == "late":
            mean[5] = 0
        arrays = {"mean": mean, "maximum": 2 * mean, "norm": mean}
        arrays["place"] = np.full((layer.width, WORKS, 2), 9, np.uint16)
        for name, array in arrays.items():
            folder.mkdir(parents=True, exist_ok=True)
            np.save(folder / f"{layer.name}-{name}.npy", array)
    files.write_json(
        folder / responses.RECORD,
        {
            "network": "n",
            "fingerprint": "f",
            "size": 299,
            "layers": [vars(layer) for layer in layers],
            "folder": str(folder / "works"),
            "pictures": records(),
        },
    )
    (folder / "done").write_text(str(WORKS))
    return responses.load(folder)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of seventy neurons, each image of its own grey; before, 40 levels less, and no classes."""
    folder = tmp_path_factory.mktemp("atlas")
    for number in range(WORKS):
        images.save(folder / "works" / f"{number}.png", np.full((60, 90, 3), 5 * number, np.uint8))
    pictures: list[list[Path | None]] = [[], []]
    for number, (layer, _) in enumerate(NEURONS):
        for state, less in enumerate((0, 40)):
            file = folder / f"{state}-{number}.png"
            images.save(file, np.full((64, 64, 3), colour(number) - less, np.uint8))
            pictures[state].append(None if state and layer == "predictions" else file)
    before = [(layer if layer != "predictions" else "", number) for layer, number in NEURONS]
    after, past = measured(folder / "after"), measured(folder / "before", shift=1)
    placed = Order(NEURONS, NAMES)
    positions = np.random.default_rng(0).normal(size=(len(NEURONS), 2))
    positions[SILENT] = np.nan
    layouts = {BY_NUMBER: placed.by_number, IN_LAYERS: placed.by_likeness(positions)}
    layouts[WHOLE] = np.nan_to_num(positions, nan=3.0)
    shown = Atlas(
        "Seventy <i>neurons</i>",
        "How it came about.",
        placed,
        [
            State("After fine-tuning", pictures[0], answers(after, NEURONS)),
            State("Before fine-tuning", pictures[1], answers(past, before)),
        ],
        layouts,
        (BY_NUMBER, IN_LAYERS),
        [["a"] if number in (3, 50) else [] for number in range(len(NEURONS))],
        records(),
        folder / "works",
        more={"What late sees in the works": "sees-late/index.html"},
        accents=[Accent("Work 3", "a", True, [0, 8], ["x.jpg", "y.jpg", "z.jpg"], [1.5, 9.25])],
    )
    for name in "xyz":
        images.save(folder / "page" / f"{name}.jpg", np.full((20, 30, 3), 99, np.uint8))
    return page.write(shown, folder / "page")


def told(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "atlas.js").read_text().removeprefix("window.ATLAS = ")[:-2]))


def test_layers_are_blocks_in_order_and_neurons_keep_their_cells(written: Path) -> None:
    found = told(written.parent)
    columns = found["sheet"]["columns"]
    assert [(each["name"], each["first"], each["count"]) for each in found["layers"]] == [
        ("early", 0, 40),
        ("late", 40, 27),
        ("predictions", 67, 3),
    ]
    rows = [cell // columns for cell in found["at"]]
    assert rows[0] == 0 and rows[40] == rows[39] + 2 and rows[67] == rows[66] + 2
    assert found["at"][40] % columns == 0 and found["sheet"]["cell"] == 64
    by_number, in_layers = (np.array(each["points"]) for each in found["layouts"][:2])
    for each in found["layers"]:
        block = slice(each["first"], each["first"] + each["count"])
        assert {tuple(point) for point in by_number[block]} == {tuple(point) for point in in_layers[block]}
    assert np.array_equal(in_layers[SILENT], by_number[66])  # what no work excites lies last in its layer
    assert not np.array_equal(by_number[:40], in_layers[:40])


def test_tiles_show_each_neuron_in_its_cell_and_both_states_alike(written: Path) -> None:
    found = told(written.parent)
    sheet = found["sheet"]
    for state, less in (("after", 0), ("before", 40)):
        info = json.loads((written.parent / state / "info.json").read_text())
        assert (info["profile"], info["width"]) == ("level0", sheet["width"])
        scale = sheet["scales"][-1]
        size = f"{sheet['width'] // scale},{sheet['height'] // scale}"
        whole = images.read(written.parent / state / "full" / size / "0" / "default.jpg").astype(int)
        for number, at in enumerate(found["at"]):
            y, x = ((side * 64 + 32) // scale for side in divmod(at, sheet["columns"]))
            blank = state == "before" and number >= 67
            assert abs(whole[y, x] - (40 if blank else colour(number) - less)).max() <= 4, (state, number)
    assert found["sheets"][1]["blank"] == [67, 68, 69]
    manifest = json.loads((written.parent / "manifest.json").read_text())
    assert [each["label"]["en"] for each in manifest["items"]] == [
        ["After fine-tuning"],
        ["Before fine-tuning"],
    ]


def test_what_is_told_of_a_neuron_is_true_of_its_responses(written: Path) -> None:
    text = (written.parent / "layers" / "0.js").read_text()
    number, after, before = json.loads(f"[{text.removeprefix('told(...[').removesuffix(']);').strip()[:-3]}]")
    assert number == 0 and len(after) == len(before) == 40
    found = told(written.parent)
    strongest = [found["works"][each["top"][0][0]]["title"] for each in after]
    assert strongest == [f"<b>Work</b> {place % WORKS}" for place in range(40)]
    assert [found["works"][each["top"][0][0]]["title"] for each in before][:2] == [
        "<b>Work</b> 1",
        "<b>Work</b> 2",
    ]
    assert sum(after[0]["bars"]) == WORKS and len(after[0]["bars"]) == BINS and after[7]["bars"][-1] >= 1
    assert [found["groups"][group][:2] for group, _ in after[0]["groups"]] == [["School", "Dutch"]]
    assert all(work["painted"] and not work["url"] for work in found["works"])
    silent = json.loads((written.parent / "layers" / "1.js").read_text()[len("told(...") : -len(");\n")])[1][
        5
    ]
    assert silent["top"] == [] and silent["most"] == 0


def test_facets_are_what_neurons_speak_for_and_answer(written: Path) -> None:
    facets = {each["name"]: each for each in told(written.parent)["facets"]}
    assert facets["layer"]["values"] == ["early", "late", "predictions"]
    assert [number for number, each in enumerate(facets["speaks"]["of"]) if each] == [3, 50]
    dutch = facets["school"]["values"].index("Dutch")
    assert dutch in facets["school"]["of"][0]
    assert sum(dutch in each for each in facets["school"]["of"]) <= 4  # chance finds few


def test_what_is_no_atlas_s_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(ValueError, match="is no atlas's and stays; write the atlas into another folder"):
        page.write(Atlas("", "", Order(NEURONS), [], {}, ()), tmp_path)
    assert (tmp_path / "index.html").read_text() == "mine"


def settled(window: Any) -> None:
    window.wait_for_function(
        "!waiting && sheets.every((s) => s.levels.every((l) => l.tiles.every((t) => !t || t.picture)))"
    )


def grey(window: Any, number: int, pane: int = 0) -> int:
    """The grey of the atlas where a neuron lies in a pane."""
    settled(window)
    png = window.locator("#map").screenshot()
    x, y = window.evaluate(
        """([n, pane]) => { const [l, t, w, h] = place(n), [left, top] = view().corners[pane];
          return [left + l + w / 2, top + t + h / 2] }""",
        [number, pane],
    )
    return int(np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))[int(y), int(x)].astype(int).mean())


@pytest.mark.browser
def test_neurons_lie_in_their_layers_and_a_click_opens_one(window: Any) -> None:
    assert window.locator("#counts").inner_text() == "70 neurons"
    assert window.locator("#title").inner_text() == "Seventy <i>neurons</i>"
    for number in (0, 39, 40, 69):
        assert abs(grey(window, number) - colour(number)) <= 4
    window.evaluate("zoomToMiddle(largestScale() / 4, [X[45], Y[45]])")
    assert abs(grey(window, 45) - colour(45)) <= 4
    box = window.locator("#map").bounding_box()
    window.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert window.locator("#neuron-title").inner_text() == "late, neuron 5"
    window.get_by_text("No work of the collection excites this neuron.").first.wait_for()
    assert window.url.endswith("#neuron=late:5")
    window.keyboard.press("Escape")
    assert window.locator("#neuron").is_hidden()


@pytest.mark.browser
def test_a_neuron_has_its_images_works_distribution_and_before(window: Any) -> None:
    window.keyboard.press("/")
    window.keyboard.type("EARLY:0")
    assert window.locator("#counts").inner_text() == "1 of 70 neurons"
    window.keyboard.press("Enter")
    assert window.evaluate("document.activeElement.id") == "neuron-title"
    window.locator("#told svg").first.wait_for()
    assert window.locator("#neuron .pair img").count() == 2
    assert "<b>Work</b> 0" in window.locator("#told .works figcaption").first.inner_text()
    assert "All of them were painted by the program." in window.locator("#told").inner_text()
    assert window.locator("#told .works").count() == 2  # after and before
    assert "School Dutch" in window.locator("#told ul").first.inner_text()
    assert "were among the strongest before fine-tuning" in window.locator("#told").inner_text()
    for pane, less in ((0, 0), (1, 40)):
        figure = window.locator("#neuron .pair .part").nth(pane)
        shown = np.asarray(Image.open(io.BytesIO(figure.screenshot())).convert("RGB")).astype(int)
        middle = shown[shown.shape[0] // 4 : -shown.shape[0] // 4, shown.shape[1] // 4 : -shown.shape[1] // 4]
        assert abs(middle - (colour(0) - less)).max() <= 4
    assert window.locator("#told .works i").count() == 0
    window.get_by_role("button", name="Whole works").click()
    assert window.locator("#told .works i").count() == 2 * 9


@pytest.mark.browser
def test_before_and_after_lie_side_by_side_with_one_selection(window: Any) -> None:
    window.get_by_label("Before or after fine-tuning").select_option("Side by side")
    assert window.evaluate("view().corners.length") == 2
    for number in (2, 60):
        assert abs(grey(window, number, 0) - colour(number)) <= 4
        assert abs(grey(window, number, 1) - (colour(number) - 40)) <= 4
    box = window.locator("#map").bounding_box()
    x, y = window.evaluate(
        "() => { const [l, t, w, h] = place(60); return [view().width + l + w / 2, t + h / 2] }"
    )
    window.mouse.click(box["x"] + x, box["y"] + y)
    assert window.locator("#neuron-title").inner_text() == "late, neuron 20"
    window.get_by_label("Before or after fine-tuning").select_option("Before fine-tuning")
    assert abs(grey(window, 2) - (colour(2) - 40)) <= 4
    window.set_viewport_size({"width": 390, "height": 800})
    window.get_by_label("Before or after fine-tuning").select_option("Side by side")
    assert window.evaluate("view().corners[1][0]") == 0  # on a phone below each other
    window.evaluate("zoomToMiddle(state.fit * 3)")
    for height in (70, 800):  # a pane too low for its margins, and as it was
        window.set_viewport_size({"width": 390, "height": height})
        window.wait_for_function("canvas.height === canvas.clientHeight && !waiting")
        assert window.evaluate("state.scale / state.fit") == pytest.approx(3, rel=0.01)


@pytest.mark.browser
def test_search_and_filters_leave_what_fits(window: Any) -> None:
    for words, count in (("late:2", 1), ("late", 27), ("b", 1), ("early:4", 1), (":26", 2)):
        window.locator("#search").fill(words)
        assert window.locator("#counts").inner_text() == f"{count} of 70 neurons", words
    window.get_by_role("button", name="Show all").click()
    window.get_by_label("Speaks for").select_option("a")
    assert window.locator("#found button").all_inner_texts() == ["early:3", "late:10"]
    window.get_by_label("Layer", exact=True).select_option("late")
    assert window.locator("#found button").all_inner_texts() == ["late:10"]
    window.get_by_role("button", name="Show all").click()
    window.get_by_label("School").select_option("Dutch")
    assert "early:0" in window.locator("#found button").all_inner_texts()
    window.locator("#found button").first.click()
    assert window.locator("#neuron-title").inner_text() == "early, neuron 0"


@pytest.mark.browser
def test_small_ones_are_drawn_by_the_row_at_their_places(window: Any) -> None:
    window.evaluate("limits.small = 1000; drawNow()")
    for number in (0, 9, 10, 23, 39, 40, 66, 67, 69):
        assert abs(grey(window, number) - colour(number)) <= 4, number
    window.get_by_label("Speaks for").select_option("a")
    ground = window.evaluate("parseInt(/\\d+/.exec(colours.frame)[0])")
    for number, share in ((2, 0.14), (3, 1), (4, 0.14), (50, 1), (69, 0.14)):
        expected = share * colour(number) + (1 - share) * ground
        assert abs(grey(window, number) - expected) <= 6, number


@pytest.mark.browser
def test_many_come_from_a_picture_of_the_whole_at_their_places(window: Any) -> None:
    window.evaluate("limits.many = 10; measure()")
    for layout in (1, 2):
        window.get_by_label("Order of the neurons").select_option(str(layout))
        window.wait_for_function(
            "sheets[0].far?.done === 70 && sheets[0].far.key.startsWith(`${state.layout},`)"
        )
        above = window.evaluate(
            """[...Array(page.count).keys()].filter((n) => {
              const [l, t, w, h] = place(n); return at(l + w / 2, t + h / 2) === n; })"""
        )
        assert len(above) >= 10
        for number in above[:: len(above) // 5]:
            assert abs(grey(window, number) - colour(number)) <= 6, (layout, number)
    window.get_by_label("Order of the neurons").select_option(IN_LAYERS)
    window.get_by_label("Layer", exact=True).select_option("early")
    window.wait_for_function("sheets[0].far.done === 70 && sheets[0].far.key.includes(`,${state.version},`)")
    assert abs(grey(window, 5) - colour(5)) <= 6
    ground = window.evaluate("parseInt(/\\d+/.exec(colours.frame)[0])")
    assert abs(grey(window, 67) - (0.14 * colour(67) + 0.86 * ground)) <= 8  # filtered out, faint
    window.evaluate("zoomToMiddle(largestScale(), [X[5], Y[5]])")
    assert abs(grey(window, 5) - colour(5)) <= 4


@pytest.mark.browser
def test_accents_and_other_pages_are_beside_it(window: Any) -> None:
    said = window.locator("#accents figcaption").all_inner_texts()
    assert said == ["as it is: 1.5", "8 steps: 9.25", "what was added"]
    assert "Work 3, painted by the program: towards “a”" in window.locator("#accents").inner_text()
    link = window.get_by_role("link", name="What late sees in the works")
    assert link.get_attribute("href") == "sees-late/index.html"


@pytest.mark.browser
def test_layouts_pass_into_each_other_and_the_keyboard_walks(window: Any) -> None:
    window.emulate_media(reduced_motion="no-preference")
    before = window.evaluate("[...X]")
    window.get_by_label("Order of the neurons").select_option(WHOLE)
    window.wait_for_function("state.share === 1 && state.layout === 2")
    assert window.evaluate("[...X]") != before
    assert window.evaluate("page.layouts[2].points.every(([x], n) => Math.abs(x - X[n]) < 1e-9)")
    assert abs(grey(window, 66) - colour(66)) <= 4
    window.get_by_label("Order of the neurons").select_option(BY_NUMBER)
    window.wait_for_function("state.share === 1 && state.layout === 0")
    window.get_by_role("button", name="late (27 neurons)").click()
    assert window.evaluate("document.activeElement.id") == "map"
    window.keyboard.press("+")
    window.keyboard.press("Enter")
    assert window.locator("#neuron-title").inner_text().startswith("late, neuron")
    first = window.evaluate("state.chosen")
    window.keyboard.press("n")
    assert window.evaluate("state.chosen") == first + 1
    window.keyboard.press("p")
    assert window.evaluate("state.chosen") == first


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_wide_or_narrow(window: Any, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for width in (1280, 390):
        window.set_viewport_size({"width": width, "height": 800})
        window.evaluate("open(3, true)")
        window.locator("#told svg").first.wait_for()
        results = axe.run(window)
        assert results.violations_count == 0, f"{width}\n{results.generate_report()}"
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_committed_page_is_as_new_as_its_parts() -> None:
    committed = Path(__file__).parent.parent / "studies" / "atlas" / "page" / "index.html"
    assert committed.read_text("utf-8") == parts.assembled(page.TEMPLATE), (
        "python -m image_machines atlas-page"
    )
