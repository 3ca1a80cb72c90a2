"""The repository keeps its word: commands, settings and notebooks are as the documents say."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import subprocess
import tomllib
from pathlib import Path

import nbformat
import pytest

from image_machines import images
from image_machines.notebooks import chapters, overrides, parameters, profiles
from image_machines.vision.presets import PAPER_2018

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = [ROOT / f"{chapter}.ipynb" for chapter in chapters.CHAPTERS]
STUDIES = sorted((ROOT / "studies").glob("*/*.ipynb"))
PROFILES = sorted(profiles.PROFILES.glob("*.toml"))
README = (ROOT / "README.md").read_text(encoding="utf-8")


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_readme_names_only_commands_that_make_knows():
    named = set(re.findall(r"\bmake ([a-z]+)", README))
    assert {"run", "test", "serve", "bench"} <= named <= make_targets()


def test_make_alone_says_what_there_is():
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"make ([a-z]+)", said)) == make_targets()


def test_what_the_pages_link_to_exists():
    for page in (ROOT / "README.md", ROOT / "bench" / "RESULTS.md", *(ROOT / "studies").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_the_readme_s_settings_exist():
    for text in re.findall(r'make run[^"\n]*SET="([^"]+)"', README):
        assert overrides.parse(text)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.stem)
def test_a_profile_sets_only_what_the_chapters_declare_and_in_their_types(profile):
    tables = tomllib.loads(profile.read_text(encoding="utf-8"))
    assert tables.keys() <= {"run", *chapters.CHAPTERS}
    declared = {
        chapter: {each.name: each for each in parameters.declared(ROOT / f"{chapter}.ipynb")}
        for chapter in chapters.CHAPTERS
    }
    declared["run"] = {name: each for table in declared.values() for name, each in table.items()}
    for table, values in tables.items():
        for each in values.pop("with", {}).values():
            values |= each
        for name, value in values.items():
            assert name in declared[table], f"[{table}] {name}"
            declared[table][name].check(value)


def test_a_setting_that_two_chapters_share_has_one_type():
    kinds: dict[str, set[tuple[type, ...]]] = {}
    for chapter in CHAPTERS:
        for parameter in parameters.declared(chapter):
            kinds.setdefault(parameter.name, set()).add(parameter.types)
    assert {name: types for name, types in kinds.items() if len(types) > 1} == {}


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_lists_every_setting_with_its_meaning_and_leaves_it_to_the_profile(chapter):
    cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
    (cell,) = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    for line in "".join(cell["source"]).splitlines():
        assert re.fullmatch(r'profile = "demo"  # .+|\w+: [\w |]+ = None  # .+', line), line


# what the profile `paper` does otherwise than the paper, and what the paper did
PAPER = {"split": "random", "concurrent": 250, "augment_validation": True, "preset": "paper-2018"}
OWN = {"source", "permission", "everything", "search_dicts", "seed", "precision", "mistakes", "name", "jury"}
OWN |= {"test batch_size", "layer", "neuron"}  # what the paper says nothing of


def what_the_paper_chose() -> dict[str, object]:
    """Chapter and parameter -> value, from the profile `paper` and the preset `paper-2018`."""
    median = PAPER_2018.regularizers[0]
    tables = profiles.read("paper")
    tables["explain"] |= {
        name: getattr(PAPER_2018, name)
        for name in ("octaves", "octave_scale", "final_size", "iterations", "step")
    } | {"median_every": median.every, "median_fsize": median.size}
    return {
        f"{chapter} {name}": PAPER.get(name, value)
        for chapter in chapters.CHAPTERS
        for name, value in tables[chapter].items()
        if not {name, f"{chapter} {name}"} & OWN
    }


def test_the_comments_say_what_the_paper_chose():
    said = {
        f"{chapter} {each.name}": ast.literal_eval(each.meaning.rpartition("; the paper: ")[2])
        for chapter in chapters.CHAPTERS
        for each in parameters.declared(chapters.notebook(chapter))
        if "; the paper: " in each.meaning
    }
    assert said == what_the_paper_chose()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_no_cell_takes_the_name_of_a_parameter_for_something_else(chapter):
    names = {each.name for each in parameters.declared(chapter)}
    for cell in nbformat.read(chapter, 4).cells:
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", ()):
            tree = ast.parse("\n".join(line for line in cell.source.splitlines() if line[:1] != "%"))
            stored = {
                node.id
                for node in ast.walk(tree)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            assert not stored & names, cell.source


@pytest.mark.parametrize("path", CHAPTERS + STUDIES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_notebook_is_clean(path):
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.cells[0].cell_type == "markdown" and notebook.cells[0].source.startswith("# ")
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)


def test_the_citation_and_the_readme_credit_the_origin():
    for document in (README, (ROOT / "CITATION.cff").read_text(encoding="utf-8")):
        assert "Offert" in document and "10.1007/978-3-030-11012-3_54" in document


def test_the_gallery_lists_every_image_and_each_card_names_its_file():
    pictures = {path.relative_to(ROOT).as_posix() for path in (ROOT / "images").glob("*/*/*.jpg")}
    index = json.loads((ROOT / "images" / "index.json").read_text(encoding="utf-8"))
    assert {entry["image"] for entry in index["images"]} == pictures
    script = (ROOT / "images" / "index.js").read_text(encoding="utf-8")
    assert json.loads(script.removeprefix("window.IMAGES = ").rstrip().removesuffix(";")) == index
    for picture in pictures:
        card = images.read_card(ROOT / picture)
        assert card["command"] == f"python -m image_machines again {picture}"
        beside = json.loads((ROOT / picture).with_suffix(".json").read_text(encoding="utf-8"))
        assert card == {name: value for name, value in beside.items() if name != "check"}


def test_the_page_is_as_new_as_its_parts():
    """Only `make page` needs npm: the page carries the fingerprint of what it was put together from."""
    interface = ROOT / "interface"
    parts = sorted(each for each in interface.iterdir() if each.suffix in {".js", ".css", ".html"})
    parts += sorted((interface / "languages").glob("*.json"))
    parts.append(ROOT / "image_machines" / "atlas" / "maps" / "parts" / "plane.js")
    joined = "\0".join(each.read_text("utf-8") for each in parts)
    made_of = hashlib.sha256(joined.encode()).hexdigest()
    assert made_of in (ROOT / "interface.html").read_text("utf-8"), "make page"
