"""The reader's experiment in real Chromium: its questions, table, score; its interval beside SciPy's."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests import test_interface
from tests.test_interface import ROOT, StandIn, wait
from tests.test_tray_page import WORK

pytestmark = pytest.mark.browser

window = test_interface.window
CONDITIONS = ["image", "works", "both"]


class Asking(StandIn):
    """A stand-in that knows the experiment: in every question the work of the odd name is the stronger."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.waits = 1
        self.sent: list[str] = []
        self.drawn: list[dict[str, str]] = []
        for number in range(4):
            Image.new("RGB", (60, 40), (60 * number, 90, 30)).save(folder / "images" / f"work{number}.jpg")

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if method != "GET":
            self.sent.append(path)
        if path != "/experiment":
            return super().answer(method, path, query, body)
        self.drawn.append(query)
        if query["seed"] == "404":
            return 404, {"error": "no neuron of InceptionV3 has both an image and responses"}
        self.waits -= 1
        trials = [self.trial(number) for number in range(20)]
        return 200, {"model": query["model"], "seed": int(query["seed"]), "ready": self.waits < 0} | {
            "trials": trials
        }

    def trial(self, number: int) -> dict[str, Any]:
        def work(at: int, activation: float) -> dict[str, Any]:
            picture = f"images/work{at}.jpg"
            title = f"Work {at}"
            return (
                WORK
                | {"file": f"{at}.jpg", "title": title, "picture": picture, "crop": picture}
                | {"activation": activation}
            )

        condition = CONDITIONS[number % 3]
        pair = [work(1, 9.25), work(2, 0.5)]
        left, right = pair if number % 2 else pair[::-1]
        shown = [] if condition == "image" else [work(3, 9.5)] * 4
        image = next(iter(self.entries.values()))
        return {"condition": condition, "image": image, "works": shown, "left": left, "right": right}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Asking]:
    stand_in = Asking(tmp_path)
    stand_in.fill("mixed5", range(66, 67))
    stand_in.start()
    yield stand_in
    stand_in.stop()


def begun(window: Any, service: Asking, series: str = "7") -> None:
    window.goto(f"{service.page}#view=experiment")
    window.get_by_label("Series").fill(series)
    window.get_by_role("button", name="Begin").click()


def answer_all(window: Any, side: str = "") -> None:
    """Answer by keys: always on one side, or the stronger work."""
    for number in range(20):
        window.get_by_text(f"Question {number + 1} of 20").wait_for()
        stronger = "Left" if number % 2 else "Right"
        window.keyboard.press(f"Arrow{side or stronger}")


def table_saved(window: Any) -> tuple[str, list[dict[str, str]]]:
    with window.expect_download() as download:
        window.get_by_role("button", name="Save the answers as a table (CSV)").click()
    text = download.value.path().read_text("utf-8-sig")
    return text, list(csv.DictReader(io.StringIO(text, newline="")))


def test_what_is_shown_is_what_the_condition_says_and_nothing_is_given_away(
    window: Any, service: Asking
) -> None:
    begun(window, service)
    for number in range(3):
        window.get_by_text(f"Question {number + 1} of 20").wait_for()
        view = window.locator("#experiment-view")
        condition = CONDITIONS[number]
        assert view.get_by_alt_text("An image of what excites the neuron").count() == (condition != "works")
        assert view.locator(".works li").count() == (0 if condition == "image" else 4)
        wait(
            window,
            "[...document.querySelectorAll('#experiment-view img')].every((each) => each.naturalWidth)",
        )
        shown = view.inner_text()
        assert view.locator("a, button:not([data-side])").count() == 0, "no way to what is known"
        assert "Work 1" not in shown and "mixed5" not in shown and "9.25" not in shown
        view.get_by_role("button", name="Work A").click()
        assert window.evaluate("document.activeElement.id") == "experiment-title"
    assert service.drawn[0] == {"model": "InceptionV3", "seed": "7"}
    assert "seed=7" in window.url


def test_all_right_is_told_and_saved_as_a_table_and_nothing_is_sent(window: Any, service: Asking) -> None:
    begun(window, service)
    window.get_by_text("Question 1 of 20").wait_for()
    service.sent.clear()
    answer_all(window)
    window.get_by_role("heading", name="20 of 20 right").wait_for()
    assert window.get_by_text("More often right than chance would be.").is_visible()
    rows = window.locator(".scores tbody tr").all_inner_texts()
    assert [row.split("\t")[:4] for row in rows] == [
        ["its image", "7 of 7", "100%", "59% to 100%"],
        ["its works", "7 of 7", "100%", "59% to 100%"],
        ["both", "6 of 6", "100%", "54% to 100%"],
        ["all questions", "20 of 20", "100%", "83% to 100%"],
    ]
    _, answers = table_saved(window)
    assert [row["question"] for row in answers] == [str(number) for number in range(1, 21)]
    assert {row["correct"] for row in answers} == {"1"} and {row["series"] for row in answers} == {"7"}
    assert [row["condition"] for row in answers[:3]] == CONDITIONS
    assert (answers[1]["left"], answers[1]["answer"], answers[1]["left_activation"]) == (
        "1.jpg",
        "left",
        "9.25",
    )
    assert float(answers[0]["seconds"]) >= 0
    assert service.sent == []
    assert window.locator(".answers li").count() == 20
    window.locator(".answers a").first.click()
    window.get_by_role("dialog").get_by_role("heading", name="mixed5, neuron 66").wait_for()
    window.keyboard.press("Escape")
    window.get_by_role("heading", name="20 of 20 right").wait_for()


def test_always_the_same_side_is_no_more_than_chance_and_tables_are_scored_together(
    window: Any, service: Asking
) -> None:
    begun(window, service)
    answer_all(window, "Left")
    window.get_by_role("heading", name="10 of 20 right").wait_for()
    assert window.get_by_text("No more than chance could give.").is_visible()
    assert window.locator(".answers li", has_text="✗ Your answer: A").count() == 10
    own, rows = table_saved(window)
    other = own.replace('"left","0"', '"right","1"')
    assert sum(row["correct"] == "1" for row in rows) == 10

    def add(*tables: str) -> None:
        files = [
            {"name": f"{number}.csv", "mimeType": "text/csv", "buffer": text.encode()}
            for number, text in enumerate(tables)
        ]
        window.get_by_label("Add the tables of others").set_input_files(files)

    add("a,b\n1,2\n")
    window.locator("#experiment-view .notice").get_by_text(
        "0.csv is no table of answers that this page saved"
    ).wait_for()
    add(other, "\ufeff" + own)
    window.get_by_text("2 tables together").wait_for()
    assert "30 of 40" in window.locator(".scores .of-all").inner_text()
    window.get_by_role("button", name="Another series").click()
    window.get_by_role("button", name="Begin").wait_for()


def test_without_neurons_or_without_a_service_it_is_said_why(window: Any, service: Asking) -> None:
    begun(window, service, "404")
    window.get_by_text("no neuron of InceptionV3 has both an image and responses").first.wait_for()
    service.store.write_index()
    window.goto((service.folder / "interface.html").as_uri() + "#view=experiment")
    window.get_by_text("this needs the service. Start it with “make serve”.").wait_for()


def test_an_enlarged_image_leads_to_the_experiment(window: Any, service: Asking) -> None:
    window.goto(service.page + test_interface.place())
    window.get_by_role("link", name="Do the images help?").click()
    window.get_by_role("heading", name="Do the images help?").wait_for()
    assert not window.get_by_role("dialog").is_visible()


def test_the_interval_is_scipys(window: Any) -> None:
    stats = pytest.importorskip("scipy.stats")
    module = base64.b64encode((ROOT / "interface" / "interval.js").read_bytes()).decode()
    cases = [(right, asked) for asked in (1, 6, 7, 20, 61) for right in range(asked + 1)]
    cases += [(0, 400), (137, 400), (400, 400), (5210, 9000)]
    told = window.evaluate(
        """async ([module, cases]) => {
          const { interval, atLeast } = await import(`data:text/javascript;base64,${module}`);
          const told = cases.map(([right, asked]) => Object.values(interval(right, asked)));
          return [told, interval(14, 20, 0.99), atLeast(15, 20, 0.5)];
        }""",
        [module, cases],
    )
    for (right, asked), bounds in zip(cases, told[0], strict=True):
        exact = stats.binomtest(right, asked).proportion_ci(0.95, method="exact")
        assert bounds == pytest.approx([exact.low, exact.high], abs=1e-9), (right, asked)
    wider = stats.binomtest(14, 20).proportion_ci(0.99, method="exact")
    assert (told[1]["low"], told[1]["high"]) == pytest.approx((wider.low, wider.high), abs=1e-9)
    assert told[2] == pytest.approx(stats.binom.sf(14, 20, 0.5), rel=1e-9)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_and_nothing_scrolls_sideways(
    window: Any, service: Asking, scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    window.set_viewport_size({"width": width, "height": 844})
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def check(part: str) -> None:
        results = axe.run(window)
        assert results.violations_count == 0, f"{part}\n{results.generate_report()}"
        assert window.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, part

    window.goto(f"{service.page}#view=experiment")
    window.get_by_role("button", name="Begin").wait_for()
    check("begin")
    window.get_by_role("button", name="Begin").click()
    for number, condition in enumerate(CONDITIONS):
        window.get_by_text(f"Question {number + 1} of 20").wait_for()
        check(condition)
        window.keyboard.press("ArrowLeft")
    for number in range(3, 20):
        window.get_by_text(f"Question {number + 1} of 20").wait_for()
        window.keyboard.press("ArrowRight")
    window.locator(".answers li").nth(19).wait_for()
    check("score")
