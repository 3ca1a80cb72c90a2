"""The Web Gallery's pages: their paths say which picture each shows, its name, and the work it belongs to."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from urllib.parse import unquote

from image_machines.collection.names import steps, url_path
from image_machines.collection.works import connected, title_key
from image_machines.images import PICTURE_SUFFIXES

_PAGE = re.compile(r"https?://[^/?#]+/html/([^?#%]+)\.html?")


def picture_path(url: str) -> str:
    """The picture that a page of the gallery shows, as a path below the gallery's root.

    By the parts of the URL's path: the first folder ``html`` becomes ``art`` and the page's suffix ``.jpg``,
    so ``https://www.wga.hu/html/a/aachen/allegory.html`` gives ``art/a/aachen/allegory.jpg``. A URL that
    names a picture already keeps its path. Raises ValueError for anything else.
    """
    usual = _PAGE.fullmatch(url)
    if usual and ".." not in url and "//" not in usual[1]:
        return f"art/{usual[1]}.jpg"
    parts = [part for part in url_path(url).split("/") if part]
    if len(parts) < 2 or (".." in url or "%" in url) and _climbs(parts):
        raise ValueError(f"{url!r} names no page" if url else "no URL")
    stem, _, suffix = parts[-1].rpartition(".")
    if parts[0].lower() == "html" and suffix.lower() in ("html", "htm"):
        return "/".join(["art", *parts[1:-1], f"{stem}.jpg"])
    if f".{suffix.lower()}" in PICTURE_SUFFIXES:
        return "/".join(parts)
    raise ValueError(f"{url!r} is neither a page below /html/ nor a picture")


def _climbs(parts: Sequence[str]) -> bool:
    """Whether a path leaves its root, however ".." is spelled."""
    return ".." in unquote("/".join(parts)).replace("\\", "/").split("/")


def short_path(picture: str) -> str:
    """What names a picture in its path: all but host, ``art`` and the letter that files the artist."""
    path = picture if picture.startswith("art/") else steps(picture)
    if path.startswith("art/") and path.count("/") > 1:
        path = path[4:]
        if path[1] == "/":
            path = path[2:]
    return path


def group_works(
    rows: Sequence[Mapping[str, str]], pictures: Sequence[str], files: Sequence[str]
) -> list[str]:
    """Say which rows show one work: an id for each, the file stem of the work's first row.

    Two rules, rather too broad than too narrow, since their use is to keep a work on one side of a split:

    1. The same author and title (see works.title_key); where no author is known, the page's folder.
    2. Where a title is missing, the page's name decides (see page_root): ``dedham4`` and its detail
       ``dedham41``, ``02cuspi1`` to ``02cuspi7``, ``crucifix`` and ``crucifiy``, but not ``early03`` and
       ``early04``, in one folder.
    """
    places = [picture.rpartition(".")[0].rpartition("/")[::2] for picture in pictures]
    known = set(places)
    roots = [page_root(folder, stem, known) for folder, stem in places]
    gaps = {root for root, row in zip(roots, rows, strict=True) if root and not row.get("title")}
    keys: list[list[object]] = []
    for row, (folder, _), root in zip(rows, places, roots, strict=True):
        keys.append([root] if root in gaps else [])
        if key := title_key(row, folder):
            keys[-1].append(key)
    return [files[first].rpartition(".")[0] for first in connected(keys)]


def page_root(folder: str, stem: str, known: Container[tuple[str, str]]) -> str:
    """The part of a page's path that it shares with the other pictures of its work; "" where it has no page.

    The gallery's names have at most eight letters. A detail has the work's name with a digit more
    (``benthei``, ``benthei1``), or with the eighth letter counted on (``bentheim``, ``bentheij``). Longer
    numbers count works (``early03``), unless the name without the last digit is a page as well. ``known``
    are all pages, as folder and stem.
    """
    while stem:
        counted = stem[-1].isdigit() and len(stem) > 1 and not stem[-2].isdigit()
        if counted or (len(stem) == 8 and stem[-1].isalpha()):
            return f"{folder}/{stem[:-1]}"
        if len(stem) < 2 or (folder, stem[:-1]) not in known:
            return f"{folder}/{stem}"
        stem = stem[:-1]
    return ""
