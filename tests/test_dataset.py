"""The data set: selection, equal classes, splits that keep works together, sources, repeated builds."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections import Counter
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from image_machines import images
from image_machines.collection import captions, dataset, manifest
from image_machines.collection.artworks import Artwork
from image_machines.collection.classes import select
from image_machines.collection.manners import PermissionNeeded, ServerAway
from image_machines.collection.selection import Selection
from image_machines.collection.sources import table
from image_machines.collection.sources.wga import CATALOGUE
from image_machines.collection.splits import Picture, split

HEADER = "AUTHOR;BORN-DIED;TITLE;DATE;TECHNIQUE;LOCATION;URL;FORM;TYPE;SCHOOL;TIMEFRAME"
KINDS = ("portrait", "landscape", "still-life")
QUERIES = {name: {"FORM": "painting", "TYPE": name} for name in KINDS}


def paint(path, number):
    rng = np.random.default_rng(number)
    path.parent.mkdir(parents=True, exist_ok=True)
    images.save(path, rng.integers(0, 255, (24, 20, 3), np.uint8))


def write_mirror(root, portraits=24, landscapes=20, still_lifes=16):
    """A small gallery: every fourth work has two details."""
    lines, number = [HEADER], 0
    for kind, count in zip(KINDS, (portraits, landscapes, still_lifes), strict=True):
        for index in range(count):
            whole, part = divmod(index, 4) if index % 4 < 3 else (100 + index, 0)
            name = f"{kind[:4]}{whole:02d}{'abc'[part]}"
            title = f"The {kind} of {whole}th Street" + (" (detail)" if part else "")
            title = title.replace(f"{whole}th", "".join("ABCDEFGHIJ"[int(digit)] for digit in str(whole)))
            url = f"https://www.wga.hu/html/p/painter/{name}.html"
            lines.append(f"PÄINTER, Äda;;{title};1600;Oil;Here;{url};painting;{kind};Dutch;1601-1650")
            paint(root / f"art/p/painter/{name}.jpg", number)
            number += 1
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("catalog.csv", "\r\n".join(lines).encode("iso-8859-1"))
    target = root / CATALOGUE
    target.parent.mkdir(parents=True)
    target.write_bytes(packed.getvalue())
    return root


@pytest.fixture(scope="module")
def mirror(tmp_path_factory):
    return write_mirror(tmp_path_factory.mktemp("mirror"))


class Handler(SimpleHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        super().do_GET()

    def log_message(self, format, *arguments):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 64

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.asked = []

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def server(mirror, tmp_path):
    """A server on a copy of the mirror, so that a test may break it."""
    root = tmp_path / "site"
    shutil.copytree(mirror, root)
    with Server(root) as server:
        server.root = root
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def build(source, folder, **changes):
    return dataset.build(Selection(source=str(source), **{"search_dicts": QUERIES, **changes}), folder)


def tree(folder):
    """Every file of train/ and val/, and its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for part in ("train", "val")
        for path in (folder / part).rglob("*")
        if path.is_file()
    }


def sides(rows):
    """Work -> the splits that its pictures lie in."""
    found: dict = {}
    for row in rows:
        found.setdefault(row["work"], set()).add(row["split"])
    return found


def test_classes_are_equal_and_works_stay_together(mirror, tmp_path):
    built = build(mirror, tmp_path, val_share=0.25)
    assert all((count["train"], count["val"]) == (12, 4) for count in built.counts.values())
    assert all(len(splits) == 1 for splits in sides(built.rows).values())
    assert max(Counter(row["work"] for row in built.rows).values()) == 3
    assert set(tree(tmp_path)) == {row["file"] for row in built.rows}


def test_the_random_split_of_the_paper_tears_works_apart(mirror, tmp_path):
    built = build(mirror, tmp_path, val_share=0.25, split="random")
    assert all((count["train"], count["val"]) == (12, 4) for count in built.counts.values())
    assert any(len(splits) == 2 for splits in sides(built.rows).values())


def test_the_manifest_knows_every_picture(mirror, tmp_path):
    build(mirror, tmp_path)
    rows = manifest.read(tmp_path)
    assert list(rows[0]) == list(manifest.COLUMNS)
    row = next(row for row in rows if row["title"] == "The portrait of A Street")
    assert row["file"] == f"{row['split']}/portrait/painter-port00a.jpg"
    assert row["author"] == "PÄINTER, Äda" and row["class"] == row["type"] == "portrait"
    assert row["work"] == "painter-port00a" and row["source"].endswith("art/p/painter/port00a.jpg")
    assert captions.caption(row) == "Äda Päinter, The portrait of A Street, 1600"
    sheet = dataset.contact_sheet(dataset.load(tmp_path), "portrait", 5)
    assert sheet.ndim == 3 and sheet.std() > 10


def test_a_seed_decides_and_nothing_else(mirror, tmp_path):
    first, again, other = (
        build(mirror, tmp_path / name, seed=seed, pictures_per_class=8)
        for name, seed in (("first", 1), ("again", 1), ("other", 2))
    )
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert tree(tmp_path / "first") == tree(tmp_path / "again")


def test_a_smaller_data_set_is_part_of_the_larger(mirror, tmp_path):
    small = build(mirror, tmp_path / "small", pictures_per_class=6)
    large = build(mirror, tmp_path / "large", pictures_per_class=12)
    assert {Path(row["file"]).name for row in small.rows} < {Path(row["file"]).name for row in large.rows}


def test_only_what_the_classes_need_is_downloaded(server, tmp_path):
    build(server.base, tmp_path / "data", pictures_per_class=5)
    assert Counter(path.split("/")[1] for path in server.asked) == {"database": 1, "art": 15}


def test_everything_is_downloaded_on_request_and_listed(server, tmp_path):
    built = build(server.base, tmp_path / "data", pictures_per_class=5, everything=True)
    assert sum(path.startswith("/art/") for path in server.asked) == 60
    assert Counter(row["split"] for row in built.rows) == {"train": 12, "val": 3, "": 45}
    assert all((tmp_path / "data" / row["file"]).is_file() for row in built.rows)
    assert {row["class"] for row in built.rows} == set(KINDS)


def test_http_and_folder_give_the_same_data_set(server, mirror, tmp_path):
    assert build(server.base, tmp_path / "a").fingerprint == build(mirror, tmp_path / "b").fingerprint


def test_the_same_settings_again_do_nothing(server, tmp_path):
    first = build(server.base, tmp_path / "data")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*")}
    server.asked.clear()
    again = build(server.base, tmp_path / "data", concurrent=2, requests_per_second=3.0)
    assert not server.asked and again.rows == first.rows and again.record == first.record
    assert times == {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*")}


def test_other_settings_replace_the_split_without_a_second_download(server, tmp_path):
    data = tmp_path / "data"
    build(server.base, data)
    (data / "train/portrait/stray.jpg").write_bytes(b"left by somebody")
    built = build(server.base, data, seed=5, split="random", search_dicts=dict(list(QUERIES.items())[:2]))
    asked = [path for path in server.asked if path.startswith("/art/")]
    assert len(asked) == len(set(asked))
    assert set(tree(data)) == {row["file"] for row in built.rows}
    assert sorted(path.name for path in (data / "train").iterdir()) == ["landscape", "portrait"]
    assert not [path.name for path in data.iterdir() if path.name.startswith(".")]


def test_a_picture_that_went_missing_is_put_back(server, tmp_path):
    data = tmp_path / "data"
    first = build(server.base, data)
    (data / first.rows[0]["file"]).unlink()
    server.asked.clear()
    assert build(server.base, data).fingerprint == first.fingerprint
    assert (data / first.rows[0]["file"]).is_file()
    assert not [path for path in server.asked if "/art/" in path]


def test_what_fails_is_replaced_and_named(server, tmp_path):
    whole = build(server.base, tmp_path / "whole", pictures_per_class=8)
    lost = [row for row in whole.rows if row["class"] == "portrait"][:3]
    for row in lost:
        name = Path(row["file"]).name.removeprefix("painter-")
        (server.root / "art/p/painter" / name).write_text("<html>gone</html>")
    built = build(server.base, tmp_path / "data", pictures_per_class=8)
    again = build(server.base, tmp_path / "again", pictures_per_class=8)
    assert built.fingerprint == again.fingerprint
    kept = {Path(row["file"]).name for row in built.rows}
    assert len(kept) == 24 and not kept & {Path(row["file"]).name for row in lost}
    with (tmp_path / "data" / dataset.FAILURES).open() as file:
        failures = list(csv.DictReader(file))
    assert {row["file"] for row in failures} == {Path(row["file"]).name for row in lost}
    assert all("not a picture but a page" in row["reason"] for row in failures)
    assert built.record["failures"] == 3


def test_when_the_smallest_class_loses_pictures_all_shrink(server, tmp_path):
    for path in sorted((server.root / "art/p/painter").glob("stil*"))[:6]:
        path.unlink()
    built = build(server.base, tmp_path / "data")
    assert {count["train"] + count["val"] for count in built.counts.values()} == {10}


def test_all_failing_is_one_sentence(server, tmp_path):
    shutil.rmtree(server.root / "art")
    with pytest.raises(
        ValueError, match=r"class 'still-life' has 0 pictures .* 16 failed, the first: http.*: 404"
    ):
        build(server.base, tmp_path / "data")
    assert len((tmp_path / "data" / dataset.FAILURES).read_text().splitlines()) == 49


def test_a_server_that_is_away_is_one_sentence_and_a_finished_data_set_needs_none(mirror, tmp_path):
    with Server(mirror) as closed:
        thread = Thread(target=closed.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        built = build(closed.base, tmp_path / "data")
        closed.shutdown()
        thread.join()
    assert build(closed.base, tmp_path / "data").fingerprint == built.fingerprint
    with pytest.raises(ServerAway, match="data_txt.zip cannot be had: connection refused"):
        build(closed.base, tmp_path / "elsewhere")


def test_the_gallery_itself_needs_permission(tmp_path):
    with pytest.raises(PermissionNeeded, match="states no policy on automated download"):
        build("https://www.wga.hu", tmp_path)
    assert not list(tmp_path.rglob("*.zip"))


def test_a_kill_while_the_folders_are_swapped_is_mended_by_the_next_build(mirror, tmp_path):
    first = build(mirror, tmp_path)
    (tmp_path / dataset.RECORD).unlink()
    shutil.rmtree(tmp_path / "val")
    (tmp_path / ".val/portrait").mkdir(parents=True)
    assert build(mirror, tmp_path).fingerprint == first.fingerprint
    assert not (tmp_path / ".val").exists()


@pytest.fixture
def folders(tmp_path):
    root = tmp_path / "own"
    for number in range(12):
        paint(root / "cats" / f"IMG_{number:04d}.jpg", number)
        paint(root / "dogs & wolves" / "sub" / f"{number}.png", 50 + number)
    return root


def test_a_folder_of_class_folders(folders, tmp_path):
    (folders / "cats/broken.jpg").write_bytes(b"not a picture")
    (folders / "cats/notes.txt").write_text("not one either")
    built = build(folders, tmp_path / "data", search_dicts={})
    assert built.counts == {name: {"train": 11, "val": 1, "works": 12} for name in ("cats", "dogs & wolves")}
    row = next(row for row in built.rows if row["class"] == "cats")
    assert row["file"].startswith(f"{row['split']}/cats/cats-IMG_")
    failures = (tmp_path / "data" / dataset.FAILURES).read_text()
    assert "broken.jpg" in failures or "broken" not in str(built.rows)
    profiles = build(folders, tmp_path / "data", search_dicts=QUERIES, suggested=True)
    assert profiles.counts == built.counts
    with pytest.raises(ValueError, match="no column 'FORM'; choices: class"):
        build(folders, tmp_path / "data", search_dicts=QUERIES)


def test_a_folder_that_changed_is_read_again(folders, tmp_path):
    first = build(folders, tmp_path / "data", search_dicts={})
    paint(folders / "cats/new.jpg", 99)
    paint(folders / "dogs & wolves/new.jpg", 98)
    built = build(folders, tmp_path / "data", search_dicts={})
    assert sum(count["train"] for count in built.counts.values()) > sum(
        count["train"] for count in first.counts.values()
    )


def test_details_and_copies_in_class_folders_stay_together(folders, tmp_path):
    for number in range(5):
        paint(folders / f"cats/IMG_0000 (detail {number}).jpg", 200 + number)
    shutil.copy(folders / "cats/IMG_0001.jpg", folders / "cats/a copy.jpg")
    built = build(folders, tmp_path / "data", search_dicts={}, val_share=0.3)
    assert all(len(splits) == 1 for splits in sides(built.rows).values())
    copies = [row for row in built.rows if "a copy" in row["file"] or "IMG_0001" in row["file"]]
    assert len({row["work"] for row in copies}) <= 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda root: paint(root / "a.jpg", 0), "has no subfolders: put the pictures of each class into"),
        (lambda root: paint(root / "cats/a.jpg", 0), "at least two classes to tell apart, not \\['cats'\\]"),
        (
            lambda root: [paint(root / "cats/a.jpg", 0), (root / "dogs").mkdir()],
            "no pictures in .*dogs; they mostly end in",
        ),
        (
            lambda root: [paint(root / f"{name}/a.jpg", 0) for name in "ab"],
            "class 'a' has 1 pictures .* at least 2",
        ),
        (
            lambda root: [paint(root / f"{name}/a.jpg", 0) for name in ("a:b", "c")],
            "cannot be the name of a folder",
        ),
    ],
)
def test_folders_that_are_no_classes_are_explained(tmp_path, make, message):
    root = tmp_path / "own"
    root.mkdir()
    make(root)
    with pytest.raises(ValueError, match=message):
        build(root, tmp_path / "data", search_dicts={})


def write_table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(rows)
    return path


def test_a_table_of_paths_and_urls(server, tmp_path):
    for number in range(8):
        paint(tmp_path / f"own/{number}.jpg", number)
    near = [[f"{number}.jpg", "mine", f"Own {number}ff", "1900"] for number in range(8)]
    far = [[f"{server.base}/art/p/painter/port{n:02d}a.jpg", "theirs", f"Work {n}ff", ""] for n in range(6)]
    header = ["file", "label", "title", "century"]
    written = write_table(tmp_path / "own/table.csv", [header, *near, *far, ["lost.jpg", "mine", "Lost", ""]])
    built = build(written, tmp_path / "data", search_dicts={})
    assert {name: sum((c["train"], c["val"])) for name, c in built.counts.items()} == {"mine": 6, "theirs": 6}
    assert "century" in built.rows[0]
    queries = {"a": {"century": "1900"}, "b": {"century": ""}}
    assert set(build(written, tmp_path / "data", search_dicts=queries).counts) == {"a", "b"}


def test_a_table_without_pictures_names_its_columns(tmp_path):
    written = write_table(tmp_path / "table.csv", [["title", "class"], ["x", "y"]])
    with pytest.raises(
        ValueError, match=r"table.csv: the table has no column of pictures; its columns: title, class"
    ):
        build(written, tmp_path / "data", search_dicts={})


def test_a_table_of_foreign_urls_needs_permission(tmp_path):
    lines = [[f"https://museum.example/{n}.jpg", "ab"[n % 2]] for n in range(8)]
    written = write_table(tmp_path / "table.csv", [["url", "class"], *lines])
    with pytest.raises(PermissionNeeded, match="Nothing was downloaded from museum.example. Permission"):
        build(written, tmp_path / "data", search_dicts={})


def test_a_source_that_is_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="source '/no/such' is none: it must be \"builtin\", the URL"):
        build("/no/such", tmp_path)


def test_the_built_in_collection_takes_the_same_way(tmp_path):
    data = tmp_path / "run/data"
    built = build("builtin", data, built_in={"per_class": 6, "size": 48, "others": 1, "processes": 1})
    assert {count["train"] + count["val"] for count in built.counts.values()} == {6}
    assert all(row["source"].startswith("builtin:art/") for row in built.rows)
    assert (tmp_path / "run/mirror" / CATALOGUE).is_file()
    again = dataset.load(data)
    assert again is not None and again.fingerprint == built.fingerprint


def own(*lines):
    return table.parse("\n".join(["file,class,school", *lines]).encode())


def test_queries_and_named_classes():
    found = own("a.jpg,x,d", "b.jpg,x,e", "c.jpg,y,d")
    assert {name: len(works) for name, works in select(found).items()} == {"x": 2, "y": 1}
    assert set(select(found, QUERIES, suggested=True)) == {"x", "y"}
    with pytest.raises(ValueError, match="no column 'FORM'; choices: file, class, school"):
        select(found, QUERIES)
    assert set(select(found, {"d": {"SCHOOL": "D"}, "e": {"school": "e"}})) == {"d", "e"}
    nameless = table.parse(b"file,school\na.jpg,d\n")
    with pytest.raises(ValueError, match="no column 'FORM'; choices: file, school"):
        select(nameless, QUERIES)
    with pytest.raises(ValueError, match="search_dicts must say what the classes are; columns: file, school"):
        select(nameless)


def test_artworks_that_two_classes_claim_belong_to_none(caplog):
    found = own("a.jpg,x,d", "b.jpg,x,e", "c.jpg,y,d")
    classes = select(found, {"x": {"class": "x"}, "dutch": {"school": "d"}})
    assert {name: [work.file for work in works] for name, works in classes.items()} == {
        "x": ["b.jpg"],
        "dutch": ["c.jpg"],
    }
    assert "1 artworks belong to several classes" in caplog.text
    with pytest.raises(ValueError, match="class 'x' has no artwork of its own"):
        select(found, {"x": {"class": "x"}, "all": {"class": ["x", "y"]}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"split": "by-wrok"}, "split is one of 'by-work' or 'random', not 'by-wrok'"),
        ({"val_share": 1.0}, "val_share must be below 1, not 1.0"),
        ({"pictures_per_class": 1}, "pictures_per_class must be at least 2, not 1"),
    ],
)
def test_selections_that_cannot_be_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Selection(**changes)


def test_selections_come_from_a_notebooks_settings():
    class Given:
        seed, split, source, contact = 3, "random", None, None

    assert Selection.of(Given()) == Selection(seed=3, split="random")


@pytest.mark.parametrize(
    ("search_dicts", "source", "suggested"),
    [
        ("profile demo", "this notebook", True),
        ("profile demo", "profile demo", False),
        ("this notebook", "this notebook", False),
        ("this notebook", "profile demo", False),
    ],
)
def test_queries_of_a_profile_are_only_suggested_for_another_source(search_dicts, source, suggested):
    class Given:
        origins = {"search_dicts": search_dicts, "source": source}

    assert Selection.of(Given()).suggested == suggested


def pictures(works):
    """Pictures of works given as letters, "aab" being two of a and one of b."""
    return [
        Picture(Artwork(0, f"{id(works)}-{n}.jpg", "", "", {}), Path(), "", work)
        for n, work in enumerate(works)
    ]


def test_a_work_in_two_classes_lies_on_one_side():
    classes = {"x": pictures("abcdefghij"), "y": pictures("jjklmnopqrst")}
    for seed in range(20):
        val = split(classes, "by-work", 0.3, seed)
        shared = [p.artwork.file in val for p in [*classes["x"], *classes["y"]] if p.work == "j"]
        assert len(set(shared)) == 1
        assert [sum(p.artwork.file in val for p in classes[name]) for name in "xy"] == [3, 4]


def test_a_class_of_one_work_cannot_be_split_by_work():
    classes = {"x": pictures("aaaa"), "y": pictures("bcde")}
    with pytest.raises(
        ValueError, match="class 'x' cannot be split by work: its 4 pictures show too few works"
    ):
        split(classes, "by-work", 0.25)
    assert len(split(classes, "random", 0.25)) == 2


def test_pictures_are_linked_not_copied_where_that_is_possible(server, tmp_path):
    built = build(server.base, tmp_path / "data")
    assert {(tmp_path / "data" / row["file"]).stat().st_nlink for row in built.rows} == {2}


@pytest.mark.shared
def test_the_real_mirror(shared, tmp_path):
    with Server(shared / "data/mirror") as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        built = build(server.base, tmp_path / "data")
        server.shutdown()
        thread.join()
    assert {(count["train"], count["val"]) for count in built.counts.values()} == {(207, 23)}
    assert all(len(splits) == 1 for splits in sides(built.rows).values())
    record = json.loads((tmp_path / "data" / dataset.RECORD).read_text())
    assert record["catalogue"] == {"artworks": 863, "problems": 0} and record["failures"] == 0
