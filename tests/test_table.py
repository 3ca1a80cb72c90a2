"""A table of one's own: its columns, its pictures, their names and works."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from image_machines.collection.sources import table
from image_machines.collection.sources.place import Place


def test_empty_columns_at_the_end_are_no_problem():
    found = table.parse(b"file,class,,\na.jpg,x,,\nb.jpg,y,,\n")
    assert found.columns == ("file", "class") and len(found.artworks) == 2 and not found.problems


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_of_ones_own(encoding, delimiter):
    lines = ["Path,Artist,Name,Label", "a/é.png,Müller,One,x", "b.jpg,Meier,Two,y", ",Nobody,Three,x"]
    found = table.parse("\n".join(lines).replace(",", delimiter).encode(encoding))
    assert found.columns == ("path", "author", "title", "class")
    assert [work.picture for work in found.artworks] == ["a/é.png", "b.jpg"]
    assert found.artworks[0].values["author"] == "Müller"
    assert [str(problem) for problem in found.problems] == ["line 4: left out: nothing in column path"]


def test_pages_of_the_gallery_in_a_table_of_ones_own_stand_for_their_pictures():
    page = "https://www.wga.hu/html/a/aachen/allegory.html"
    found = table.parse(f"url,class\n{page},x\nhttp://h/art/b.png,y\n".encode())
    assert [work.picture for work in found.artworks] == [
        "https://www.wga.hu/art/a/aachen/allegory.jpg",
        "http://h/art/b.png",
    ]
    assert found.artworks[0].file == "aachen-allegory.jpg"


def test_a_table_without_pictures_lists_its_columns():
    with pytest.raises(
        ValueError, match="no column of pictures; its columns: title, class; one of them must be"
    ):
        table.parse(b"title,class\nx,y\n")


def test_a_column_work_of_ones_own_decides():
    found = table.parse(b"file,title,work\na.jpg,Spring,1\nb.jpg,Spring,2\n")
    assert [work.work for work in found.artworks] == ["1", "2"]


def test_two_words_for_one_column_do_not_swallow_each_other():
    found = table.parse(b"file,label,category,artist,painter\na.jpg,x,1,A,B\n")
    assert found.columns == ("file", "class", "category", "author", "painter")
    assert list(found.artworks[0].values.values()) == ["a.jpg", "x", "1", "A", "B"]
    assert [found.column(name) for name in ("label", "category", "artist", "painter")] == [
        "class", "category", "author", "painter",
    ]  # fmt: skip


def test_a_table_may_say_how_it_is_divided():
    lines = b"a.jpg,x,Train\nb.jpg,x,validation\nc.jpg,y,test\nd.jpg,y,\n"
    found = table.parse(b"file,class,split\n" + lines)
    assert [work.part for work in found.artworks] == ["train", "val", "test", ""]
    for column in (b"set", b"Subset", b"partition"):
        named = table.parse(b"file,class," + column + b"\n" + lines)
        assert [work.part for work in named.artworks] == ["train", "val", "test", ""]
    for other in (b"e.jpg,x,wide\n", b""):
        plain = table.parse(b"file,class,split\n" + (lines + other if other else b"a.jpg,x,left\n"))
        assert {work.part for work in plain.artworks} == {""}


def test_a_division_that_is_not_understood_is_said(caplog):
    found = table.parse(b"file,class,split\na.jpg,x,train\nb.jpg,x,vall\nc.jpg,x,vall\n")
    assert {work.part for work in found.artworks} == {""}
    said = "the column split is not taken .*: 2 rows say neither train, val nor test, but 'vall'"
    assert re.search(said, caplog.text)


def test_the_column_of_pictures_is_the_first_that_has_any():
    (work,) = table.parse(b"file,url,class\n,a.jpg,x\n").artworks
    assert work.picture == "a.jpg"
    with pytest.raises(ValueError, match="the table names no picture: nothing stands in its column file"):
        table.parse(b"file,class\n,x\n")
    (work,) = table.parse(b"class,image_path\nx,a.jpg\n").artworks
    assert work.picture == "a.jpg"


def test_a_class_that_is_not_known_is_none():
    found = table.parse(b"file,label\na.jpg,x\nb.jpg,NaN\nc.jpg,NULL\nd.jpg,None\n")
    assert [work.values["class"] for work in found.artworks] == ["x", "", "", "None"]
    assert str(found.problems[0]) == "line 3: class is 'NaN', taken as empty"


def test_a_picture_that_two_lines_put_into_two_classes_is_told():
    found = table.parse(b"file,class\na.jpg,x\na.jpg,y\na.jpg,x\n")
    assert [str(problem) for problem in found.problems] == [
        "line 3: left out: the same picture as line 2, where its class is 'x', not 'y'",
        "line 4: left out: the same picture as line 2",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("file,class\na.jpg,x\n".encode("utf-16-le"), "not a table but bytes, zeros among them"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not a table but bytes, zeros among them"),
        (b'[{"file": "a.jpg"}]', "not a table but JSON: it begins"),
        (b"\n \n", "the table is empty"),
    ],
)
def test_what_is_no_table_is_called_what_it_is(data, message):
    with pytest.raises(ValueError, match=message):
        table.parse(data)


def test_lines_before_the_header_columns_without_a_name_and_endless_cells():
    found = table.parse(b"\n\n,,file,class\n1,2,a.jpg,x\n3,4,b.jpg," + b'"' + b"y" * 200_000 + b"\n")
    assert found.columns == ("column_1", "column_2", "file", "class")
    assert [(work.line, work.picture) for work in found.artworks] == [(4, "a.jpg"), (5, "b.jpg")]


def test_a_path_of_windows_is_named_as_it_was_typed(tmp_path):
    (tmp_path / "table.csv").write_text("file,class\nC:\\art\\a.png,x\n", encoding="utf-8")
    source = table.OwnTable.open(str(tmp_path / "table.csv"), Place(tmp_path / "data"))
    (work,) = source.catalogue().artworks
    assert source.origin(work) == "C:\\art\\a.png"


def test_a_query_behind_a_picture_is_part_of_its_address():
    found = table.parse(
        b"url,class\nhttp://h/a.jpg?id=1,x\nhttp://h/a.jpg?id=2,y\nhttp://h/html/x.html?id=3,y\n"
    )
    assert [work.picture for work in found.artworks] == [
        "http://h/a.jpg?id=1", "http://h/a.jpg?id=2", "http://h/html/x.html?id=3",
    ]  # fmt: skip
    assert not found.problems


@pytest.mark.parametrize(
    "cells",
    [
        ("http://h/a%20b.jpg", "http://h/a b.jpg"),
        ("http://h/A.jpg", "http://h/a.JPG"),
        ("caf\u00e9.jpg", "cafe\u0301.jpg"),
        ("a.jpg", "./a.jpg"),
        ("http://h/a.jpg#1", "http://h/a.jpg#2"),
        ("http://h/a.jpg", "https://h/a.jpg"),
    ],
)
def test_addresses_that_are_nearly_alike_have_two_names(cells):
    lines = "\n".join(("file,class", *(f"{cell},x" for cell in cells)))
    names = {work.file.casefold() for work in table.parse(lines.encode()).artworks}
    assert len(names) == 2


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nfile;class\na.jpg;x\n",
        '"sep=,"\nfile,class\na.jpg,x\n',
        "file|class\na.jpg|x\n",
        '"file";"class";"what, where, when, why"\n"a.jpg";"x";""\n',
        "file,class\ra.jpg,x\r",
        "\ufefffile;class\r\na.jpg;x\r\n",
    ],
)
def test_tables_as_spreadsheets_write_them(text):
    (work,) = table.parse(text.encode()).artworks
    assert (work.picture, work.values["class"]) == ("a.jpg", "x")
    assert work.line == (3 if "sep=" in text else 2)


def test_a_workbook_and_an_empty_zip_are_no_tables():
    for name, message in (("[Content_Types].xml", "not a table but a workbook"), ("", "the zip is empty")):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            if name:
                archive.writestr(name, "<x/>")
                archive.writestr("xl/sheet.xml", "<?xml?>" * 9)
        data = packed.getvalue()
        with pytest.raises(ValueError, match=message if name else "no column of pictures|the zip is empty"):
            table.parse(data)


@pytest.mark.parametrize(
    "cell",
    [
        *("sub/é a.png", r"sub\é a.png", "sub/%C3%A9%20a.png"),
        *("file://{}/sub/é a.png", "file://localhost{}/sub/é a.png"),
    ],
)
def test_a_picture_is_found_however_its_path_is_spelled(tmp_path, cell):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/é a.png").write_bytes(b"")
    (tmp_path / "table.csv").write_text(f"file,class\n{cell.format(tmp_path)},x\n", encoding="utf-8")
    source = table.OwnTable.open(str(tmp_path / "table.csv"), Place(tmp_path / "data"))
    (work,) = source.catalogue().artworks
    assert source.origin(work) == str(tmp_path / "sub/é a.png")
