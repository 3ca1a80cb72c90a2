"""Names: the nearest to one that there is not, and names that every system takes for a file."""

from __future__ import annotations

import pytest

from image_machines.collection.names import file_names
from image_machines.images import PICTURE_SUFFIXES
from image_machines.names import nearest, safe_name, unknown


def test_an_unknown_name_is_told_with_the_nearest_and_the_choices():
    assert nearest("Quikc", ["quick", "paper-2018"]) == " (did you mean 'quick'?)"
    assert unknown("preset", "quik", ["quick"]) == "no preset 'quik' (did you mean 'quick'?); choices: quick"
    assert unknown("model", "x", []) == "no model 'x'; choices: none"
    assert unknown("row", "x", map(str, range(99))).endswith("38, 39, … (99 in all)")


def test_file_names_never_collide_and_do_not_depend_on_the_order():
    paths = [
        "a-b/c.jpg",
        "a/b-c.jpg",
        "A/B-C.jpg",
        "x/con.jpg",
        "x/y.jpg",
        "caf\u00e9/z.jpg",
        "cafe\u0301/z.jpg",
    ]
    names = dict(zip(paths, file_names(paths), strict=True))
    assert len({name.casefold() for name in names.values()}) == len(paths)
    assert names["x/y.jpg"] == "x-y.jpg"
    turned = file_names(paths[::-1])
    assert dict(zip(paths[::-1], turned, strict=True)) == names


def test_a_name_made_unique_does_not_hit_another():
    first, second = file_names(["a-b/c.jpg", "a/b-c.jpg"])
    names = file_names(["a-b/c.jpg", "a/b-c.jpg", first, second])
    assert len(set(names)) == 4


@pytest.mark.parametrize(
    "name", ["con.jpg", "a:b?.jpg", "x. .jpg", ".jpg", "é" * 200 + ".jpg", "a\x00b.png", "x"]
)
def test_file_names_suit_every_system(name):
    safe = safe_name(name, PICTURE_SUFFIXES)
    assert len(safe.encode()) <= 120 and safe.endswith((".jpg", ".png"))
    assert not set(safe) & set('<>:"/\\|?*\x00') and safe.split(".")[0].lower() not in ("con", "")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mixed5", "mixed5"),
        ("a b/c:d", "a_b_c_d"),
        (".hidden", "hidden"),
        ("é", "_"),
        ("", "_"),
        ("...", "_"),
    ],
)
def test_a_part_of_a_url_is_ascii(text, name):
    assert safe_name(text, url=True) == name
