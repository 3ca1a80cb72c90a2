"""The catalogue of a collection: bytes of a table -> rows (artworks) -> those that a query asks for.

Made for the Web Gallery of Art's catalogue (a zip with one file, ISO-8859-1, ``;``, ``"``) and for tables of
one's own. What does not fit is mended or left out, never fatal, and stands in ``Catalogue.problems`` with its
line number. Plain Python; 46,713 rows take well under a second.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin

from image_machines.images import PICTURE_SUFFIXES

COLUMNS = (
    "author",
    "born_died",
    "title",
    "date",
    "technique",
    "location",
    "url",
    "form",
    "type",
    "school",
    "timeframe",
)
PICTURE_COLUMNS = ("file", "path", "filename", "picture", "image", "image_url", "url", "link")
SYNONYMS = {
    "artist": "author",
    "painter": "author",
    "name": "title",
    "year": "date",
    "medium": "technique",
    "label": "class",
    "category": "class",
}
LONGEST_CELL = 50  # lines; a quote that stays open for longer is a stray one
LARGEST_TABLE = 2**28  # bytes, unpacked


@dataclass(frozen=True, slots=True)
class Artwork:
    """One row: a picture and what the catalogue says of it."""

    line: int  # where the row begins in the table, from 1
    file: str  # the picture's name on disk, unique in the catalogue whatever the case of its letters
    picture: str  # where it is: a path below the source, or a URL or path by itself
    work: str  # the same for details and versions of one work
    values: Mapping[str, str]  # column (lower case) -> cell


@dataclass(frozen=True)
class Problem:
    """A line of the table that was mended or left out."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


@dataclass(frozen=True)
class Table:
    """A delimited table: lower-case columns, rows of as many cells, the line where each row begins."""

    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    lines: list[int]
    problems: list[Problem]


@dataclass(frozen=True)
class Catalogue:
    """All artworks of a table, and what was wrong with it."""

    artworks: tuple[Artwork, ...]
    columns: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def empty(self) -> dict[str, int]:
        """How many artworks have nothing in a column, for the columns where that happens."""
        counts = {name: sum(not work.values[name] for work in self.artworks) for name in self.columns}
        return {name: count for name, count in counts.items() if count}


# ------------------------------------------------------------------------------------------------ reading


def parse(data: bytes) -> Catalogue:
    """Read the gallery's catalogue from the bytes of its zip, or of the file inside.

    Rows without a page to follow, or for a picture that an earlier row has, are left out and reported.
    Raises ValueError when the bytes hold no table with a column URL.
    """
    table = read_table(unpack(data))
    if "url" not in table.columns:
        raise ValueError(f"the catalogue has no column URL; columns: {', '.join(table.columns)}")
    found: dict[str, tuple[int, dict[str, str]]] = {}
    problems = list(table.problems)
    for line, values in zip(table.lines, table.rows, strict=True):
        try:
            picture = picture_path(values["url"])
        except ValueError as error:
            problems.append(Problem(line, f"left out: {error}"))
            continue
        if picture in found:
            problems.append(Problem(line, f"left out: the same picture as line {found[picture][0]}"))
        else:
            found[picture] = line, values
    return _catalogue(table.columns, found, list(found), problems)


def parse_own(data: bytes) -> Catalogue:
    """Read a table of one's own: delimited by ``,``, ``;`` or tab, in UTF-8 or ISO-8859-1, with a header.

    The picture stands in the first of these columns that there is: file, path, filename, picture, image,
    image_url, url, link: a path (from the table's folder) or a URL. All other columns can be queried;
    ``artist``, ``painter``, ``name``, ``year`` and ``medium`` count as author, title, date and technique. A
    column ``work`` says which pictures show one work; without it, same author and title (see group_works).
    Raises ValueError, listing the columns, when none of them holds pictures.
    """
    table = read_table(unpack(data))
    column = next((name for name in PICTURE_COLUMNS if name in table.columns), None)
    if column is None:
        raise ValueError(
            f"the table has no column of pictures; its columns: {', '.join(table.columns)}; "
            f"one of them must be called: {', '.join(PICTURE_COLUMNS)}"
        )
    columns = tuple(_synonym(name, table.columns) for name in table.columns)
    found: dict[str, tuple[int, dict[str, str]]] = {}
    problems = list(table.problems)
    for line, row in zip(table.lines, table.rows, strict=True):
        picture = _own_picture(row[column])
        if not picture or picture in found:
            reason = (
                f"the same picture as line {found[picture][0]}" if picture else f"nothing in column {column}"
            )
            problems.append(Problem(line, f"left out: {reason}"))
        else:
            found[picture] = line, dict(zip(columns, row.values(), strict=True))
    return _catalogue(columns, found, [""] * len(found), problems)


def _catalogue(
    columns: tuple[str, ...],
    found: Mapping[str, tuple[int, dict[str, str]]],
    pages: Sequence[str],
    problems: list[Problem],
) -> Catalogue:
    """Give every picture found its file name and work; ``pages`` are paths whose names tell works apart."""
    files = file_names([_own_path(picture) for picture in found])
    works = group_works([values for _, values in found.values()], pages, files)
    artworks = tuple(
        Artwork(line, file, picture, values.get("work") or work, values)
        for (picture, (line, values)), file, work in zip(found.items(), files, works, strict=True)
    )
    return Catalogue(artworks, columns, tuple(sorted(problems, key=lambda problem: problem.line)))


def _own_picture(cell: str) -> str:
    """The picture itself where the cell names one of the gallery's pages."""
    if cell.startswith(("http://", "https://")):
        with suppress(ValueError):
            return urljoin(cell, f"/{picture_path(cell)}")
    return cell


def _synonym(name: str, columns: Sequence[str]) -> str:
    """The catalogue's word for a column, unless the table uses that word as well."""
    word = SYNONYMS.get(name, name)
    return name if word in columns else word


def unpack(data: bytes) -> bytes:
    """The largest file of a zip; other bytes as they are. A web page or a broken zip is a ValueError."""
    if data.lstrip()[:1] == b"<":
        raise ValueError(f"not a table but a web page: it begins {data.lstrip()[:40]!r}")
    if not data.startswith(b"PK\x03\x04"):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            largest = max(archive.infolist(), key=lambda member: member.file_size)
            if largest.file_size > LARGEST_TABLE:
                raise ValueError(f"{largest.filename} in the zip would unpack to {largest.file_size:,} bytes")
            return archive.read(largest)
    except (zipfile.BadZipFile, EOFError) as error:
        raise ValueError(f"the zip is broken: {error}") from error


def decode(data: bytes) -> str:
    """Text of a table: by its byte-order mark, else UTF-8 where that fits, else ISO-8859-1."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")


def read_table(data: bytes) -> Table:
    """Read a delimited table whatever its quotes do; every row comes out as wide as the header.

    Raises ValueError when there is no header.
    """
    lines = decode(data).replace("\r\n", "\n").split("\n")  # splitlines() would also cut at U+0085
    if not lines[0].strip():
        raise ValueError("the table is empty: its first line must name the columns")
    delimiter = max(";,\t", key=lines[0].count)
    columns = tuple(normal_column(name) for name in _split(lines[0].rstrip(f"{delimiter} "), delimiter))
    if len(set(columns)) < len(columns):
        raise ValueError(f"two columns of the table have one name: {', '.join(columns)}")
    table = Table(columns, [], [], [])
    for line, cells, remark in _records(lines, delimiter, len(columns)):
        if remark or len(cells) != len(columns) or "?" in cells:
            cells, remarks = _mend(cells, columns)
            table.problems.extend(Problem(line, text) for text in (remark, *remarks) if text)
        table.rows.append(dict(zip(columns, cells, strict=True)))
        table.lines.append(line)
    return table


def _mend(cells: list[str], columns: Sequence[str]) -> tuple[list[str], list[str]]:
    """Bring a row to the header's width and empty its question marks; the row, and what was done to it."""
    remarks = []
    if len(cells) != len(columns):
        cells, remark = _fit(cells, len(columns), columns.index("url") if "url" in columns else None)
        remarks.append(remark)
    remarks += [f"{columns[i]} is '?', taken as empty" for i, cell in enumerate(cells) if cell == "?"]
    return ["" if cell == "?" else cell for cell in cells], remarks


def normal_column(name: str) -> str:
    """A column as it is compared: "BORN-DIED" is "born_died"."""
    return re.sub(r"\W+", "_", name.strip().lower()).strip("_")


def _records(lines: list[str], delimiter: str, width: int) -> Iterator[tuple[int, list[str], str]]:
    """Line number, cells and a remark for every record below the header; blank lines are passed over."""
    start, before, after, nothing = 1, f" {delimiter}", f"{delimiter} ", f"{delimiter} \t"
    while start < len(lines):
        line, used, remark = lines[start], 1, ""
        if '"' not in line:
            cells = line.split(delimiter)
        else:
            cells, used, remark = _quoted(lines, start, delimiter, width)
        if line.strip(nothing):
            if before in line or after in line or line[0] == " " or line[-1] == " ":
                cells = [cell.strip() for cell in cells]
            yield start + 1, cells, remark
        start += used


def _quoted(lines: list[str], start: int, delimiter: str, width: int) -> tuple[list[str], int, str]:
    """Cells of a record with quotes, the number of lines it takes, and a remark when the quotes are wrong.

    A cell may run over several lines, but a line that is a whole record by itself is never part of one: the
    quote that would swallow it is a stray one.
    """
    for used in range(1, LONGEST_CELL + 1):
        block = lines[start : start + used]
        if len(block) < used or (used > 1 and block[-1].count(delimiter) == width - 1):
            break
        try:
            return _split("\n".join(block), delimiter, strict=True), used, ""
        except csv.Error:
            if sum(line.count('"') for line in block) % 2 == 0:
                break
    for cells in (_split(lines[start], delimiter), lines[start].split(delimiter)):
        if len(cells) == width:
            break
    return cells, 1, "a stray quote, kept as a letter"


def _split(text: str, delimiter: str, strict: bool = False) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict), [])


def _fit(cells: list[str], width: int, anchor: int | None) -> tuple[list[str], str]:
    """Bring a row to the header's width, and say how.

    When the URL stands too far right, a delimiter stood unquoted in a cell before it; in the catalogue that
    happens in titles, so the surplus is joined there (column 3).
    """
    surplus = len(cells) - width
    if surplus > 0 and not any(cells[width:]):
        return cells[:width], ""
    if surplus < 0:
        return cells + [""] * -surplus, f"{-surplus} cells too few, taken as empty"
    shift = next((i for i, cell in enumerate(cells) if "://" in cell), -1) - (anchor or 0)
    if anchor is not None and anchor > 2 and 0 < shift <= surplus:
        title = "; ".join(cells[2 : 3 + shift])
        return [*cells[:2], title, *cells[3 + shift :]][
            :width
        ], f"{surplus} cells too many, joined: {title!r}"
    return cells[:width], f"{surplus} cells too many, left out: {cells[width:]!r}"


# --------------------------------------------------------------------------------------- pages and file names


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


_PAGE = re.compile(r"https?://[^/?#]+/html/([^?#%]+)\.html?")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*([^?#]*)")


def url_path(url: str) -> str:
    """The path of a URL (as urllib's urlsplit has it, in a fifth of the time), or of a path itself."""
    found = _URL.match(url)
    return found[1] if found else url


def _climbs(parts: Sequence[str]) -> bool:
    """Whether a path leaves its root, however ".." is spelled."""
    return ".." in unquote("/".join(parts)).replace("\\", "/").split("/")


def _own_path(picture: str) -> str:
    """What names a picture in its path: all but host, ``art`` and the letter that files the artist."""
    path = picture if picture.startswith("art/") else _steps(picture)
    if path.startswith("art/") and path.count("/") > 1:
        path = path[4:]
        if path[1] == "/":
            path = path[2:]
    return path


def _steps(path: str) -> str:
    """A path or the path of a URL, without steps that lead nowhere or up."""
    parts = url_path(path).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def file_names(paths: Sequence[str]) -> list[str]:
    """One file name for each path: its folders and stem joined by hyphens, as in ``aachen-allegory.jpg``.

    No two are equal, whatever the case of their letters; where paths collide, each of them gets six digits
    of its own hash, so that a name depends neither on the order of the rows nor on where the run takes place.
    """
    plain = [safe_name(unquote(path).replace("/", "-")) for path in paths]
    counts = Counter(name.casefold() for name in plain)
    taken = {name for name, count in counts.items() if count == 1}
    names = []
    for path, name in zip(paths, plain, strict=True):
        if counts[name.casefold()] > 1:
            stem, dot, suffix = name.rpartition(".")
            digest = hashlib.sha256(path.encode()).hexdigest()
            length = next(n for n in range(6, 65) if f"{stem}-{digest[:n]}.{suffix}".casefold() not in taken)
            name = f"{stem}-{digest[:length]}.{suffix}"
            taken.add(name.casefold())
        names.append(name)
    return names


_PLAIN = re.compile(r"(?!(?:con|prn|aux|nul|com\d|lpt\d)\.)[a-z0-9_][a-z0-9_.-]{0,99}[a-z0-9_-]\.jpg")
_RESERVED = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(name: str) -> str:
    """A file name that every system accepts: no reserved characters or words, at most 120 bytes of UTF-8."""
    if _PLAIN.fullmatch(name):
        return name
    if not name.isascii():
        name = unicodedata.normalize("NFC", name)
    stem, _, suffix = name.rpartition(".")
    if f".{suffix.lower()}" not in PICTURE_SUFFIXES:
        stem, suffix = name, "jpg"
    stem = _RESERVED.sub("_", stem).strip(" .") or "picture"
    if _DEVICE.fullmatch(stem):
        stem = f"_{stem}"
    if len(stem.encode()) > 110:
        digest = hashlib.sha256(stem.encode()).hexdigest()[:8]
        stem = f"{stem.encode()[:100].decode(errors='ignore')}-{digest}"
    return f"{stem}.{suffix.lower()}"


# -------------------------------------------------------------------------------------------------- works


def group_works(
    rows: Sequence[Mapping[str, str]], pictures: Sequence[str], files: Sequence[str]
) -> list[str]:
    """Say which rows show one work: an id for each, the file stem of the work's first row.

    Two rules, rather too broad than too narrow, since their use is to keep a work on one side of a split:

    1. The same author and the same title once what marks a detail, part or version is taken off its end:
       "Spring (detail)", "Triptych of Haywain (left wing)", "Market Scene No. 2". Self-portraits by one
       painter thereby count as one work. Where no author is known, the page's folder stands for it.
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
        if title := row.get("title"):
            keys[-1].append(((row.get("author") or folder).casefold(), base_title(title)))
    return [files[first].rpartition(".")[0] for first in connected(keys)]


_MARKS = frozenset(("detail", "details", "version", "versions", "no", "no.", "nr", "nr.", "#"))
_PUNCTUATION = str.maketrans(dict.fromkeys("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~–—‘’“”…", " "))


def base_title(title: str) -> str:
    """A title without what marks a detail, part or version at its end: "(…)", "detail 2", "No. 2", "1886"."""
    text = title.casefold()
    while (shorter := _without_mark(text)) and shorter != text:
        text = shorter
    return " ".join(text.translate(_PUNCTUATION).split()).removeprefix("the ") or title.casefold()


def _without_mark(text: str) -> str:
    """Cut one mark off the end of a title in small letters."""
    text = text.rstrip(" ,;:.-–")
    opening = max(text.rfind("("), text.rfind("["))
    if opening >= 0 and (text[-1] in ")]" or not {")", "]"} & set(text[opening:])):
        return text[:opening]
    head, _, last = text.rpartition(" ")
    return head if last in _MARKS or last.strip("#").replace("-", "").isdigit() else text


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


def connected(keys: Sequence[Iterable[object]]) -> list[int]:
    """For each item the first one that it hangs together with, directly or by others, through equal keys."""
    parent = list(range(len(keys)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    holders: dict[object, int] = {}
    for item, own in enumerate(keys):
        for key in own:
            low, high = sorted((root(holders.setdefault(key, item)), root(item)))
            parent[high] = low
    return [root(item) for item in range(len(keys))]


# ------------------------------------------------------------------------------------------------- queries


def query(catalogue: Catalogue, wanted: Mapping[str, str | Sequence[str]]) -> list[Artwork]:
    """The artworks whose cells equal ``wanted`` (column -> value or list of values), whatever the case.

    Raises ValueError, with the choices and the nearest of them, for a column that is not there, for a value
    that occurs nowhere in its column, and when no artwork has all the values at once.
    """
    tests = []
    for name, value in wanted.items():
        column = find_column(catalogue, name)
        allowed = {text.strip().casefold() for text in ([value] if isinstance(value, str) else value)}
        _check_values(catalogue, column, allowed)
        tests.append((column, allowed))
    found = [
        work
        for work in catalogue.artworks
        if all(work.values[column].casefold() in allowed for column, allowed in tests)
    ]
    if not found:
        raise ValueError(f"no artwork has all of {dict(wanted)} at once")
    return found


def find_column(catalogue: Catalogue, name: str) -> str:
    """The catalogue's own spelling of a column; raises ValueError with the nearest where there is none."""
    column = normal_column(name)
    if column not in catalogue.columns:
        raise ValueError(f"no column {name!r}{_hint(column, catalogue.columns)}")
    return column


def _check_values(catalogue: Catalogue, column: str, allowed: set[str]) -> None:
    occurring = Counter(work.values[column].casefold() for work in catalogue.artworks)
    for value in sorted(allowed - occurring.keys()):
        choices = [choice for choice, _ in occurring.most_common() if choice]
        raise ValueError(f"no artwork has {value!r} in column {column}{_hint(value, choices)}")


def _hint(value: str, choices: Sequence[str], shown: int = 20) -> str:
    nearest = difflib.get_close_matches(value, choices, 1, cutoff=0.5)
    more = f" and {len(choices) - shown} more" if len(choices) > shown else ""
    listed = f"; choices: {', '.join(choices[:shown])}{more}"
    return (f"; nearest: {nearest[0]!r}" if nearest else "") + listed


# ------------------------------------------------------------------------------------------------ captions


def caption(row: Mapping[str, str]) -> str:
    """What to write under a picture: "Artist, Title, date" from a row of a catalogue or a manifest.

    What is empty is left out; where nothing remains, the picture's file name stands for it.
    """
    date = "" if row.get("date") == "-" else row.get("date", "")
    words = [artist(row.get("author", "")), row.get("title", ""), date]
    return ", ".join(word for word in words if word) or Path(row.get("file", "")).stem


_SMALL_WORDS = frozenset(
    ("of", "the", "y", "and", "de", "del", "della", "di", "da", "van", "von", "der", "la")
)


def artist(author: str) -> str:
    """An author as spoken: "CRANACH, Lucas the Elder" becomes "Lucas Cranach the Elder"."""
    family, *given = (_lower(part) for part in author.split(", "))
    if not given or family.startswith(("Master", "Unknown")):
        return ", ".join([family, *given])
    first, *mark = re.split(r" (?=the |I{1,3}$|IV$)", given[0], maxsplit=1)
    return " ".join([first, family, *mark, *given[1:]]).replace("' ", "'")


def _lower(words: str) -> str:
    """Capitals only at the beginning of words that are written in capitals."""
    spoken: list[str] = []
    for word in words.split(" "):
        if word.lower() in _SMALL_WORDS and spoken:
            word = word.lower()
        elif word.isupper() and len(word) > 2 and set(word) - set("IVX"):
            word = word.title()
        spoken.append(word)
    return " ".join(spoken)
