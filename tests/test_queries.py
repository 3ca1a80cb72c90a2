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
            r"no artwork whose TYPE is 'potrait' \(did you mean 'portrait'\?\); choices: portrait, ",
        ),
        ({"SCHOOL": "Dutch", "TYPE": "portrait"}, "no artwork has all of .* at once"),
    ],
)
def test_a_query_that_finds_nothing_says_what_there_is(small, wanted, message):
    with pytest.raises(ValueError, match=message):
        query(small, wanted)


@pytest.fixture
def own():
    return table.parse(
        b'\xef\xbb\xbf"File";"Artist";"Category";"Year";"Height cm";"Signed"\n'
        b"a.jpg;M\xc3\xbcller;x;1900;12;True\n"
        b"b.jpg;Mu\xcc\x88ller;y;1900.0;12.5;False\n"
        b"c.jpg;Meier;y;c. 1901;;True\n"
    )


@pytest.mark.parametrize(
    ("wanted", "files"),
    [
        ({"artist": "MÜLLER"}, "ab"),
        ({"Artist": "Mu\u0308ller", "category": "y"}, "b"),
        ({"author": "Meier"}, "c"),
        ({"year": 1900}, "ab"),
        ({"year": 1900.0}, "ab"),
        ({"Year": "1900"}, "a"),
        ({"date": [1900, "c. 1901"]}, "abc"),
        ({"year": range(1890, 1901)}, "ab"),
        ({"year": [range(1890, 1901), "c. 1901"]}, "abc"),
        ({"height cm": 12.5}, "b"),
        ({"HEIGHT CM": (12, None)}, "ac"),
        ({"signed": True}, "ac"),
        ({"category": {"x", "y"}, "signed": False}, "b"),
    ],
)
def test_a_table_is_queried_by_its_own_names_and_by_numbers(own, wanted, files):
    assert [work.picture[0] for work in query(own, wanted)] == list(files)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            {"painter": "Meier"},
            r"no column 'painter' \(.*\); choices: file, artist, category, year, height_cm",
        ),
        ({"artis": "Meier"}, r"no column 'artis' \(did you mean 'artist'"),
        ({"year": 1902}, r"no artwork whose year is 1902 \(.*\); choices: 1900, 1900.0, c. 1901"),
        ({"year": range(1800, 1850)}, r"no artwork whose year is range\(1800, 1850\); choices: 1900, 1900.0"),
        ({"year": {"from": 1900}}, "year is a text, a number, a range or a list of them, not {'from': 1900}"),
        ({"artist": [["Meier"]]}, r"artist is a text, a number, a range or a list of them, not \['Meier'\]"),
    ],
)
def test_a_query_of_ones_own_that_cannot_be_is_refused(own, wanted, message):
    with pytest.raises(ValueError, match=message):
        query(own, wanted)
