"""What a reader keeps, taken along: notes as a file, citations, links that last; in real Chromium."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests import test_interface
from tests.test_interface import ROOT, StandIn, place, tiles, wait

pytestmark = pytest.mark.browser

service, window = test_interface.service, test_interface.window
KIND = "notes of Images of Image Machines"
GALLERY = "http://gallery.example/machines/"


def saved(window: Any) -> dict[str, Any]:
    with window.expect_download() as download:
        window.get_by_role("button", name="Save notes as a file (JSON)").click()
    return dict(json.loads(download.value.path().read_text("utf-8")))


def taken(window: Any, content: Any) -> None:
    """Choose a file of this content."""
    text = content if isinstance(content, str) else json.dumps(content)
    file = {"name": "notes.json", "mimeType": "application/json", "buffer": text.encode()}
    window.get_by_label("Take in a file of notes").set_input_files(file)


def said(window: Any, words: str) -> None:
    window.locator("#line .notice").get_by_text(words).wait_for()


def noted(window: Any, service: StandIn, note: str, neuron: int = 66) -> None:
    window.goto(service.page + place(neuron=neuron))
    window.get_by_role("button", name="☆ Favourite").click()
    window.get_by_label("Your note").fill(note)
    window.keyboard.press("Escape")
    window.get_by_role("link", name="Favourites").click()


def test_notes_favourites_and_comparisons_travel_in_a_file(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(65, 68))
    ids = list(service.entries)
    window.goto(f"{service.page}#view=compare&images={ids[0]},{ids[1]}")
    window.get_by_label("A title, for later").fill("Two of them")
    window.get_by_role("button", name="Keep").click()
    noted(window, service, 'little "houses"\nwith roofs')
    content = saved(window)
    assert content["kind"] == KIND and content["version"] == 1
    [image] = content["images"]
    assert image["id"] == ids[1] and image["star"] and image["note"] == 'little "houses"\nwith roofs'
    assert image["title"] == "mixed5, neuron 66 of 768" and "layer=mixed5" in image["link"]
    assert [(each["title"], each["images"]) for each in content["comparisons"]] == [("Two of them", ids[:2])]
    window.evaluate("localStorage.clear()")
    window.reload()
    taken(window, content)
    said(window, "Taken in: 1 favourite, 1 note, 1 comparison.")
    tiles(window).nth(0).wait_for()
    window.get_by_role("link", name="Two of them").wait_for()
    again = saved(window)
    assert again["images"] == content["images"] and again["comparisons"] == content["comparisons"]
    taken(window, content)
    said(window, "All that the file says was here already.")


@pytest.mark.parametrize(
    ("choice", "note"),
    [
        ("Keep yours", "mine"),
        ("Take the file’s", "<i>theirs</i>"),
        ("Keep both", "mine\n\n<i>theirs</i>"),
        (None, "mine"),
    ],
)
def test_nothing_is_overwritten_without_asking(
    choice: str | None, note: str, window: Any, service: StandIn
) -> None:
    service.fill("mixed5", range(66, 68))
    ids = list(service.entries)
    noted(window, service, "mine")
    images = [{"id": ids[0], "note": "<i>theirs</i>", "title": "mixed5, neuron 66"}]
    images += [{"id": ids[1], "note": "another"}, {"id": "far-away", "star": True}]
    taken(window, {"kind": KIND, "version": 1, "images": images})
    dialog = window.get_by_role("dialog", name="Two notes on one thing")
    dialog.get_by_text("says something else than you in one place").wait_for()
    if choice is None:
        window.keyboard.press("Escape")
        said(window, "Nothing was taken in.")
    else:
        dialog.get_by_label(choice).check()
        dialog.get_by_role("button", name="Take in", exact=True).click()
        said(
            window, "Taken in: 1 favourite, 1 note, 1 place as you chose. 1 image of the file is not in this"
        )
    kept = {image["id"]: image["note"] for image in saved(window)["images"]}
    assert kept[ids[0]] == note
    assert set(kept) == ({ids[0]} if choice is None else {*ids, "far-away"})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "what it holds is not JSON"),
        ("[1]", "it does not say that it is one"),
        ({"kind": KIND, "version": 2}, "The file is of version 2, and this page reads version 1"),
        ({"kind": KIND, "version": 1, "images": {}}, "its images are no list"),
        ({"kind": KIND, "version": 1, "images": [{"id": "a"}, {"id": "__proto__"}]}, "image 2: it has no id"),
        ({"kind": KIND, "version": 1, "images": [{"id": "a", "note": 3}]}, "at most 20,000 letters"),
        ({"kind": KIND, "version": 1, "images": [{"id": "a", "star": "yes"}]}, "neither true nor false"),
        ({"kind": KIND, "version": 1, "comparisons": [{"images": "a,b"}]}, "damaged at comparison 1"),
        ("x" * (5 * 2**20 + 1), "more than 5 MB"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(
    content: Any, sentence: str, window: Any, service: StandIn
) -> None:
    service.fill("mixed5", range(66, 67))
    noted(window, service, "mine")
    before = window.evaluate("JSON.stringify({...localStorage})")
    taken(window, content)
    said(window, sentence)
    assert window.evaluate("JSON.stringify({...localStorage})") == before


def bibtex_fields(text: str) -> dict[str, str]:
    """The fields of an entry, whose braces must be balanced."""
    assert text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")
    return dict(re.findall(r"^  (\w+) = \{(.*)\},$", text, re.MULTILINE))


def test_an_image_is_cited_in_a_sentence_and_for_bibtex(window: Any, service: StandIn) -> None:
    service.fill("mixed5", range(66, 67))
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.goto(service.page + place())
    window.get_by_text("Cite this image").click()
    [id] = service.entries
    version = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert version
    sentence = window.locator("#cite-text").inner_text()
    assert sentence.startswith(
        "The Images of Image Machines authors: mixed5, neuron 66 of 768. Image of what"
    )
    for part in ("InceptionV3, before fine-tuning, sha256:Inception", "paper-2018", "301 × 301 px", "seed 0"):
        assert part in sentence
    assert f"version {version[1]}. Made on November 20, 2025. Image {id}." in sentence
    assert "127.0.0.1" not in sentence and window.get_by_text("leads to this machine alone").is_visible()
    fields = bibtex_fields(window.locator("#cite-bibtex").inner_text())
    assert fields["author"] == "{The Images of Image Machines authors}"
    assert (fields["year"], fields["date"]) == ("2025", "2025-11-20") and "url" not in fields
    window.get_by_label("Author, as it shall stand there").fill("Käte O_Hara & Sons {100%}")
    fields = bibtex_fields(window.locator("#cite-bibtex").inner_text())
    assert fields["author"] == r"Käte O\_Hara \& Sons \{100\%\}"
    window.get_by_role("button", name="Copy for BibTeX").click()
    window.get_by_role("button", name="Copied").wait_for()
    assert window.evaluate("navigator.clipboard.readText()").startswith(f"@misc{{imagemachines-{id},")
    window.reload()
    window.get_by_text("Cite this image").click()
    window.locator("#cite-text").get_by_text("Käte O_Hara & Sons {100%}: mixed5").wait_for()


def published(window: Any, folder: Path) -> None:
    """Serve a folder as any web space does, under a name that others can reach."""

    def answer(route: Any) -> None:
        url = route.request.url.split("?")[0].split("#")[0]
        file = folder / url.removeprefix(GALLERY)
        if url.startswith(GALLERY) and file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(status=404, body="<h1>Not found</h1>", content_type="text/html")

    window.context.route("http://gallery.example/**", answer)


def test_the_link_of_an_image_opens_it_in_a_published_gallery(window: Any, tmp_path: Path) -> None:
    shelf = StandIn(tmp_path)
    shelf.fill("mixed5", range(64, 68), seed=[0, 1])
    published(window, tmp_path)
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = f"{GALLERY}interface.html"
    window.goto(page)
    tiles(window).nth(7).wait_for()
    window.evaluate("hash => { location.hash = hash }", place(neuron=65))
    window.get_by_role("dialog").get_by_role("heading", name="neuron 65").wait_for()
    window.get_by_text("Cite this image").click()
    sentence = window.locator("#cite-text").inner_text()
    link = sentence.split(" ")[-1]
    assert link.startswith(f"{page}#") and "sha256:" in sentence, "the card lies beside the image"
    assert bibtex_fields(window.locator("#cite-bibtex").inner_text())["url"] == link
    id = next(id for id, entry in shelf.entries.items() if (entry["neuron"], entry["seed"]) == (65, 1))
    for address in (link, f"{page}#id={id}", f"{page}#layer=mixed5&neuron=65&seed=1"):
        window.goto("about:blank")
        window.goto(address)
        window.get_by_role("dialog").get_by_role("heading", name="neuron 65").wait_for()
        wait(window, "document.querySelector('#large img').naturalWidth === 301")
    assert window.get_by_text("seed 1").first.is_visible()


def test_from_disk_the_link_of_an_image_opens_it(window: Any, tmp_path: Path) -> None:
    shelf = StandIn(tmp_path)
    shelf.fill("mixed5", range(64, 66))
    page = (tmp_path / "interface.html").as_uri()
    for address in (f"#id={next(iter(shelf.entries))}", place(neuron=64)):
        window.goto("about:blank")
        window.goto(page + address)
        window.get_by_role("dialog").get_by_role("heading", name="neuron 64").wait_for()
        wait(window, "document.querySelector('#large img').naturalWidth === 301")
    window.get_by_text("Cite this image").click()
    assert "file:" not in window.locator("#cite-text").inner_text()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_and_nothing_scrolls_sideways(
    window: Any, service: StandIn, scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    service.fill("mixed5", range(66, 67))
    window.set_viewport_size({"width": width, "height": 844})
    window.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def check(part: str) -> None:
        results = axe.run(window)
        assert results.violations_count == 0, f"{part}\n{results.generate_report()}"
        for box in ("documentElement", "getElementById('taking')", "getElementById('viewer')"):
            assert window.evaluate(f"document.{box}.scrollWidth - innerWidth") <= 0, f"{part}: {box}"

    noted(window, service, "mine " * 30)
    check("favourites")
    images = [{"id": next(iter(service.entries)), "note": "theirs " * 40, "title": "mixed5, neuron 66"}]
    taken(window, {"kind": KIND, "version": 1, "images": images})
    window.get_by_role("dialog", name="Two notes on one thing").wait_for()
    check("two notes")
    window.keyboard.press("Escape")
    window.evaluate("hash => { location.hash = hash }", place())
    window.get_by_text("Cite this image").click()
    window.locator("#cite-bibtex").wait_for()
    check("citation")
