"""A table of one's own: its columns, its pictures, their names and works."""

from __future__ import annotations

import pytest

from image_machines.collection.sources import table


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
