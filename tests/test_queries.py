"""Queries: the artworks of a catalogue whose cells have the values that are asked for."""

from __future__ import annotations

import pytest

from image_machines.collection.queries import query
from image_machines.collection.sources import table


@pytest.fixture
def small():
    return table.parse(
        b"file;FORM;TYPE;SCHOOL;BORN-DIED\n"
        b"one.jpg;painting;portrait;German;(b. 1552, d. 1615)\n"
        b"two.jpg;painting;landscape;German;(b. 1552, d. 1615)\n"
        b"three.jpg;painting;still-life;Dutch;(b. 1552, d. 1615)\n"
    )


def test_a_query_compares_without_case_and_takes_lists(small):
    assert [work.file for work in query(small, {"FORM": "Painting", "type": "LANDSCAPE"})] == ["two.jpg"]
    assert len(query(small, {"TYPE": ["portrait", "landscape"]})) == 2
    assert len(query(small, {"BORN-DIED": "(b. 1552, d. 1615)"})) == 3


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            {"FROM": "painting"},
            r"no column 'FROM' \(did you mean 'form'\?\); choices: file, form, type",
        ),
        (
            {"TYPE": "potrait"},
            r"no artwork whose type is 'potrait' \(did you mean 'portrait'\?\); choices: portrait, ",
        ),
        ({"SCHOOL": "Dutch", "TYPE": "portrait"}, "no artwork has all of .* at once"),
    ],
)
def test_a_query_that_finds_nothing_says_what_there_is(small, wanted, message):
    with pytest.raises(ValueError, match=message):
        query(small, wanted)
