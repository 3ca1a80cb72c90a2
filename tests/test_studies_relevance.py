"""The study of relevance: its draws are fair, its page comes from its files, its notebook asks for little."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np

from image_machines.attribution.features import Relevance
from image_machines.notebooks import chapters
from image_machines.notebooks.parameters import declared
from studies.common import pages
from studies.relevance import page, removing, showing

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
