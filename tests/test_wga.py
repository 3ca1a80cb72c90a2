"""The Web Gallery's catalogue: a table as it really is -> rows, pictures, works."""

from __future__ import annotations

import io
import zipfile

import pytest

from image_machines.collection.artworks import COLUMNS
from image_machines.collection.queries import query
from image_machines.collection.sources import pages, wga

HEADER = "AUTHOR;BORN-DIED;TITLE;DATE;TECHNIQUE;LOCATION;URL;FORM;TYPE;SCHOOL;TIMEFRAME"
LIFE = "(b. 1552, Köln, d. 1615, Praha)"


def page(path):
    return f"https://www.wga.hu/html/{path}.html"


def row(path, title="", author="AACHEN, Hans von", type_="portrait", **more):
    values = {
        "author": author,
        "born": LIFE,
        "title": title,
        "date": "1598",
        "technique": "Oil on copper, 56 x 47 cm",
        "location": "Alte Pinakothek, Munich",
        "url": page(path),
        "form": "painting",
        "type": type_,
        "school": "German",
        "time": "1551-1600",
    }
    return ";".join({**values, **more}.values())


def table(*lines):
    return "\r\n".join([HEADER, *lines, ""]).encode("iso-8859-1")


def parse(*lines):
    return wga.parse(table(*lines))


def works(*lines):
    return {work.file: work.work for work in parse(*lines).artworks}


def test_a_row_becomes_an_artwork():
    (work,) = parse(row("a/aachen/allegory", "Allegory")).artworks
    assert (work.line, work.file, work.picture) == (2, "aachen-allegory.jpg", "art/a/aachen/allegory.jpg")
    assert work.values["born_died"] == LIFE
    assert list(work.values) == list(COLUMNS)


def test_the_zip_and_the_file_inside_read_alike():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.txt", "hello")
        archive.writestr("catalog.csv", table(row("a/aachen/allegory", "Allegory")))
    assert wga.parse(packed.getvalue()) == parse(row("a/aachen/allegory", "Allegory"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<!DOCTYPE html><p>Not found", "not a table but a web page"),
        (b"PK\x03\x04 and then nothing", "the zip is broken"),
        (b"AUTHOR;TITLE\r\nx;y\r\n", "no column URL; columns: author, title"),
        (b"", "the table is empty"),
        (b"URL;url\r\n1;2\r\n", "two columns of the table have one name: url, url"),
    ],
)
def test_what_is_no_catalogue_is_refused_in_a_sentence(data, message):
    with pytest.raises(ValueError, match=message):
        wga.parse(data)


def test_quotes_as_the_real_catalogue_has_them():
    found = parse(
        'BOR, Paulus;;"The Disillusioned Medea (""The Enchantress"")";;Oil;;'
        + page("b/bor/cydippe2")
        + ";;;;",
        'BONIFACIO;;Moses;;"Oil on canvas; 175 x 355 cm";;' + page("b/bonifaci/findmose") + ";;;;",
        'X;;Portrait of the "Fool";;Oil;;' + page("x/xx/fool") + ";;;;",
    )
    first, second, third = found.artworks
    assert first.values["title"] == 'The Disillusioned Medea ("The Enchantress")'
    assert second.values["technique"] == "Oil on canvas; 175 x 355 cm"
    assert third.values["title"] == 'Portrait of the "Fool"'
    assert not found.problems


def test_a_stray_quote_swallows_no_lines():
    found = parse(
        row("a/a/one", "One"),
        'X;;"The Nun;;Oil;;' + page("x/xx/nun") + ";painting;portrait;;",
        row("a/a/two", "Two"),
        'X;;"The Monk;;Oil;;' + page("x/xx/monk") + ";painting;portrait;;",
        row("a/a/three", "Three"),
    )
    assert [work.line for work in found.artworks] == [2, 3, 4, 5, 6]
    assert [work.values["type"] for work in found.artworks] == ["portrait"] * 5
    assert "The Nun" in found.artworks[1].values["title"]
    assert [str(problem) for problem in found.problems] == [
        "line 3: a stray quote, kept as a letter",
        "line 5: a stray quote, kept as a letter",
    ]


def test_a_cell_may_run_over_lines_and_later_line_numbers_stay_right():
    found = parse(
        'X;;"Two\r\nlines; and more";;Oil;;' + page("x/xx/two") + ";;;;",
        "X;;?;;Oil;;" + page("x/xx/next") + ";;;;",
    )
    assert [work.line for work in found.artworks] == [2, 4]
    assert found.artworks[0].values["title"] == "Two\nlines; and more"
    assert [problem.line for problem in found.problems] == [4]


def test_stray_and_missing_columns_are_mended_and_reported():
    found = parse(
        row("a/a/one", "Madonna and Child; St Francis"),
        row("a/a/two", "Two") + ";stray;;",
        "X;;Short;;Oil;;" + page("x/xx/short") + ";painting",
        "X;;No page;;Oil;;;painting;portrait;;",
        "X;;Elsewhere;;Oil;;https://www.wga.hu/bio/x.html;painting;portrait;;",
        "",
        row("a/a/one", "Again"),
    )
    one, two, short = found.artworks
    assert one.values["title"] == "Madonna and Child; St Francis"
    assert one.values["type"] == two.values["type"] == "portrait"
    assert (short.values["form"], short.values["type"]) == ("painting", "")
    assert [(problem.line, problem.text.split(":")[0]) for problem in found.problems] == [
        (2, "1 cells too many, joined"),
        (3, "3 cells too many, left out"),
        (4, "3 cells too few, taken as empty"),
        (5, "left out"),
        (6, "left out"),
        (8, "left out"),
    ]
    assert "the same picture as line 2" in found.problems[-1].text


def test_a_question_mark_is_an_empty_cell():
    found = parse(row("a/a/one", "?", author="?"))
    assert found.artworks[0].values["author"] == "" and found.empty == {"author": 1, "title": 1}
    assert [problem.text for problem in found.problems] == [
        "author is '?', taken as empty",
        "title is '?', taken as empty",
    ]


def test_a_line_is_not_cut_at_the_controls_of_iso_8859_1():
    assert parse(row("a/a/one", "Wait\x85 a\x1cb")).artworks[0].values["title"] == "Wait\x85 a\x1cb"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (page("a/aachen/allegory"), "art/a/aachen/allegory.jpg"),
        (page("h/html/html.html"), "art/h/html/html.html.jpg"),
        ("http://www.wga.hu/HTML/a/art/x.HTM?y#z", "art/a/art/x.jpg"),
        ("/html//a/aachen/x.html", "art/a/aachen/x.jpg"),
        ("http://127.0.0.1:8000/html/a/art/.html/y.html", "art/a/art/.html/y.jpg"),
        ("https://www.wga.hu/art/a/aachen/allegory.jpg", "art/a/aachen/allegory.jpg"),
        ("https://www.wga.hu/html/a/a%20b/c.html", "art/a/a%20b/c.jpg"),
    ],
)
def test_the_picture_follows_from_the_parts_of_the_path(url, path):
    assert pages.picture_path(url) == path


@pytest.mark.parametrize(
    "url",
    ["", "allegory.html", page("../secret"), "http://x/html/%2e%2e/%2e%2e/etc/a.html", "http://x/html/a.txt"],
)
def test_what_names_no_picture_is_refused(url):
    with pytest.raises(ValueError, match=r"no URL|names no page|neither a page"):
        pages.picture_path(url)


def test_details_parts_and_versions_of_one_work_share_its_id():
    found = works(
        row("a/altdorfe/1/5battle", "The Battle of Alexander"),
        row("a/altdorfe/1/5battle1", "The Battle of Alexander (detail)"),
        row("a/altdorfe/1/other", "Battle of Alexander (left wing) (detail 2)"),
        row("a/aertsen/market1", "Market Scene No. 2"),
        row("a/aertsen/market2", "Market Scene"),
        row("a/aertsen/market3", "Market Scene", author="BEUCKELAER, Joachim"),
    )
    assert len({found[f"altdorfe-1-{name}.jpg"] for name in ("5battle", "5battle1", "other")}) == 1
    assert found["aertsen-market1.jpg"] == found["aertsen-market2.jpg"] == "aertsen-market1"
    assert found["aertsen-market3.jpg"] == "aertsen-market3"


def test_where_titles_are_missing_the_pages_name_tells_works_apart():
    found = works(
        *(row(f"c/{name}") for name in ("constabl/dedham4", "constabl/dedham41", "cranach/02cuspi1")),
        *(row(f"c/{name}") for name in ("cranach/02cuspi2", "x/crucifix", "x/crucifiy", "x/crucifi1")),
        *(row(f"c/{name}") for name in ("monet/early03", "monet/early04", "other/early03", "x/1", "x/2")),
    )
    assert found["constabl-dedham4.jpg"] == found["constabl-dedham41.jpg"]
    assert found["cranach-02cuspi1.jpg"] == found["cranach-02cuspi2.jpg"]
    assert found["x-crucifix.jpg"] == found["x-crucifiy.jpg"] == found["x-crucifi1.jpg"]
    alone = ["monet-early03.jpg", "monet-early04.jpg", "other-early03.jpg", "x-1.jpg", "x-2.jpg"]
    assert [found[name] for name in alone] == [name.removesuffix(".jpg") for name in alone]


def test_titles_that_differ_outweigh_names_of_pages_that_agree():
    found = works(row("c/corot/corot1", "Volterra"), row("c/corot/corot2", "The Bridge of Narni"))
    assert len(set(found.values())) == 2
    found = works(row("c/corot/corot1", "Volterra"), row("c/corot/corot2"))
    assert len(set(found.values())) == 1


@pytest.mark.shared
def test_the_real_catalogue(shared):
    data = (shared / "data/wga/catalog.csv").read_bytes()
    found = wga.parse(data)
    assert len(found.artworks) == 46_713 and not found.problems
    assert len({work.file.casefold() for work in found.artworks}) == 46_713
    assert found.empty["title"] == 36_408
    sizes = {
        name: len(query(found, {"FORM": "painting", "TYPE": name})) for name in ("portrait", "landscape")
    }
    assert sizes == {"portrait": 4593, "landscape": 4032}
    by_page = {work.picture: work.work for work in found.artworks}
    assert by_page["art/a/altdorfe/1/5battle1.jpg"] == by_page["art/a/altdorfe/1/5battle2.jpg"]
    assert by_page["art/m/monet/01/early03.jpg"] != by_page["art/m/monet/01/early04.jpg"]
    assert by_page["art/c/constabl/dedham4.jpg"] == by_page["art/c/constabl/dedham41.jpg"]
