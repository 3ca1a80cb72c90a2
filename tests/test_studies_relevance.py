"""The study of relevance: its draws are fair, its page comes from its files, its notebook asks for little."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from image_machines.attribution.features import Relevance
from image_machines.collection import manifest
from image_machines.collection.sources.mirror import write_mirror
from image_machines.notebooks import chapters
from image_machines.notebooks.parameters import declared
from studies.common import pages
from studies.relevance import artists, page, removing, showing
from studies.relevance.truth import paintings

RELEVANCE = Relevance(
    ("a", "b"),
    tuple((layer, number) for layer in ("low", "high") for number in range(10)),
    np.zeros((2, 20)),
    1.0,
    (),
)


def test_random_neurons_are_as_many_of_each_layer_as_the_features() -> None:
    chosen = np.array([[0, 3, 12], [15, 16, 19]])
    drawn = removing.drawn_alike(RELEVANCE, chosen, np.random.default_rng(0))
    assert [Counter(layer for layer, _ in row) for row in drawn] == [{"low": 2, "high": 1}, {"high": 3}]
    assert all(len(set(row)) == 3 for row in drawn)
    assert drawn == removing.drawn_alike(RELEVANCE, chosen, np.random.default_rng(0))
    assert drawn != removing.drawn_alike(RELEVANCE, chosen, np.random.default_rng(1))


def test_the_loudest_neurons_are_as_many_of_each_layer_as_the_features() -> None:
    rows = np.tile(np.arange(20.0), (2, 1))
    largest = removing.largest_alike(RELEVANCE, np.array([[0, 3, 12], [15, 16, 19]]), rows)
    assert [set(row) for row in largest] == [
        {("low", 9), ("low", 8), ("high", 9)},
        {("high", 9), ("high", 8), ("high", 7)},
    ]


def test_silencing_goes_on_where_it_was_and_tells_a_class_from_others(tiny_network: Any) -> None:
    network = tiny_network.with_graph(tiny_network.graph, size=32)
    given = np.random.default_rng(0).uniform(-1, 1, (6, 32, 32, 3)).astype(np.float32)
    neurons = tuple(("features", number) for number in range(16))
    rows = np.random.default_rng(1).uniform(0, 1, (6, 16))
    relevance = Relevance(network.classes, neurons, np.ones((3, 16)), 1.0, ())
    whole = list(removing.falls(network, given, rows, relevance, counts=(1, 16), repeats=2))
    assert [row["way"] for row in whole] == [*removing.WAYS, *removing.WAYS]
    again = removing.falls(network, given, rows, relevance, counts=(1, 16), repeats=2, done=whole[:3])
    assert list(again) == whole  # what is drawn at random does not depend on what was done before
    assert len({row["fall"] for row in whole[4:]}) == 1  # all sixteen silent, in whatever order
    known = rows, np.arange(6) % 3
    found = removing.specific(network, given, rows, relevance, known, count=16)
    assert found[0]["fall"] == pytest.approx(whole[4]["fall"], abs=2e-3)


def test_artists_are_found_in_another_catalogue_whatever_their_accents(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.csv"
    lines = ["AUTHOR;SCHOOL;TIMEFRAME", "CÉZANNE, Paul;French;1851-1900", "CÉZANNE, Paul;French;1801-1850"]
    lines += ["CÉZANNE, Paul;French;1851-1900", ";Italian;1401-1450"]
    catalogue.write_text("\n".join(lines), encoding="iso-8859-1")
    records = [
        {"author": "CEZANNE, Paul", "school": "", "timeframe": ""},
        {"author": "CEZANNE, Paul", "school": "Provençal", "timeframe": ""},
        {"author": "", "school": "", "timeframe": ""},
    ]
    found = artists.told(records, catalogue)
    assert [(row["school"], row["timeframe"]) for row in found] == [
        ("French", "1851-1900"),
        ("Provençal", "1851-1900"),
        ("", ""),
    ]


def test_held_paintings_are_not_learned_and_no_work_is_on_both_sides(tmp_path: Path) -> None:
    source = write_mirror(tmp_path / "mirror", per_class=10, size=48, others=0, processes=1)
    first = manifest.read(paintings.collect(str(source), [], tmp_path / "all", fewest=4))
    held = [Path(row["source"]) for row in first if row["class"] == "portrait"][:3]
    data = paintings.collect(str(source), held, tmp_path / "some", fewest=4)
    rows = manifest.read(data)
    assert len(rows) == len(first) == 30
    assert all((data / row["file"]).is_file() for row in rows)
    learned = [row for row in rows if row["split"] == "train"]
    assert {Path(row["file"]).name for row in learned}.isdisjoint(path.name for path in held)
    assert {row["work"] for row in learned}.isdisjoint(row["work"] for row in rows if row["split"] == "val")
    assert len(set(Counter(row["class"] for row in learned).values())) == 1
    with pytest.raises(ValueError, match="too few paintings to learn from: .*'landscape'"):
        paintings.collect(str(source), held, tmp_path / "none", fewest=10)


def test_every_table_of_the_page_is_the_one_of_its_files() -> None:
    for name, write in page.TABLES.items():
        table = write()
        assert pages.current(page.PAGE, name) == (
            table if table.endswith("\n") or not table else table + "\n"
        )


def test_heat_lies_over_a_work_and_leaves_it_to_be_seen() -> None:
    work = np.zeros((8, 8, 3), np.uint8)
    work[:, 4:] = 200
    heat = np.zeros((8, 8), np.float32)
    heat[:4] = 1
    shown = showing.over(work, heat).astype(int)
    assert (shown[0, 0] != shown[7, 0]).any()
    assert (shown[0, 7] > shown[0, 0]).all()
    assert (showing.over(work, heat, strength=0) == work).all()


def test_the_notebook_has_few_parameters_and_its_run_is_the_demo() -> None:
    notebook = chapters.study("relevance")
    assert [each.name for each in declared(notebook)] == ["folder", "works"]
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert all(not cell.get("outputs") for cell in cells)
