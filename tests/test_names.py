"""Names: the nearest to one that there is not, and names that every system takes for a file."""

from __future__ import annotations

import pytest

from image_machines.collection.names import file_names
from image_machines.images import PICTURE_SUFFIXES
from image_machines.names import few, nearest, safe_name, unknown


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


def views(count):
    return [f"https://museum.example/view?id={number}" for number in range(count)]


def test_addresses_that_differ_only_behind_the_path_have_names_of_their_own():
    addresses = [
        *views(120),
        *(f"https://museum.example/view#{n}" for n in range(3)),
        "http://b.example/view",
    ]
    names = file_names(["view"] * len(addresses), addresses)
    assert len({name.casefold() for name in names}) == len(addresses)
    assert names[-1] == "view.jpg", "a plain address keeps its plain name"
    turned = file_names(["view"] * len(addresses), addresses[::-1])
    assert turned[::-1] == names
    assert file_names(["view"], addresses[7:8]) == names[7:8], "nor does a name depend on the other rows"


def test_the_same_path_at_two_servers_gives_two_names():
    first, second = file_names(["a.jpg", "a.jpg"], ["http://x.example/a.jpg", "http://y.example/a.jpg"])
    assert first != second and first.startswith("a-") and second.startswith("a-")


def test_forty_thousand_names_do_not_depend_on_the_order():
    addresses = views(40_000)
    names = file_names(["view"] * len(addresses), addresses)
    assert len(set(names)) == len(addresses)
    assert file_names(["view"] * len(addresses), addresses[::-1])[::-1] == names


def test_names_that_are_plain_stay_as_they_were():
    assert file_names(["a-b/c.jpg", "a/b-c.jpg", "x/y.jpg", "sub/Größe 1.PNG"]) == [
        "a-b-c-0c9785.jpg", "a-b-c-6a3f85.jpg", "x-y.jpg", "sub-Größe 1.png",
    ]  # fmt: skip


def test_few_names_are_all_named_and_many_are_not() -> None:
    assert (few([]), few("ab"), few("abc", 2)) == ("", "a, b", "a, b, …")
