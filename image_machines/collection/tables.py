"""Tables: bytes of a delimited table, or of a zip with one, as they really are -> rows as wide as the header.

What does not fit is mended or left out, never fatal, and stands in ``Table.problems`` with its line number.
46,713 rows take well under a second.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from image_machines.collection.artworks import Problem, normal_column

_SEPARATOR = re.compile('"?sep=(.)"?')
LONGEST_CELL = 50  # lines; a quote that stays open for longer is a stray one
LARGEST_TABLE = 2**28  # bytes, unpacked


@dataclass(frozen=True)
class Table:
    """A delimited table: lower-case columns, rows of as many cells, the line where each row begins."""

    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    lines: list[int]
    problems: list[Problem]


def unpack(data: bytes) -> bytes:
    """The largest file of a zip; other bytes as they are. A web page or a broken zip is a ValueError."""
    if data.lstrip()[:1] == b"<":
        raise ValueError(f"not a table but a web page: it begins {data.lstrip()[:40]!r}")
    if data.lstrip()[:1] in (b"{", b"["):
        raise ValueError(f"not a table but JSON: it begins {data.lstrip()[:40]!r}")
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if names := {"[Content_Types].xml", "content.xml"} & set(archive.namelist()):
                raise ValueError(f"not a table but a workbook (with {min(names)} inside): save it as .csv")
            if not archive.infolist():
                raise ValueError("the zip is empty")
            largest = max(archive.infolist(), key=lambda member: member.file_size)
            if largest.file_size > LARGEST_TABLE:
                raise ValueError(f"{largest.filename} in the zip would unpack to {largest.file_size:,} bytes")
            return archive.read(largest)
    except (zipfile.BadZipFile, EOFError) as error:
        raise ValueError(f"the zip is broken: {error}") from error


def decode(data: bytes) -> str:
    """Text of a table: by its byte-order mark, else UTF-8 where that fits, else ISO-8859-1.

    Raises ValueError for what is no text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    if b"\0" in data:
        raise ValueError("not a table but bytes, zeros among them; save it as text in UTF-8 (.csv)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")


def read_table(data: bytes) -> Table:
    """Read a delimited table whatever its quotes do; every row comes out as wide as the header.

    Raises ValueError when there is no header.
    """
    text = decode(data).replace("\r\n", "\n")
    lines = (text if "\n" in text else text.replace("\r", "\n")).split("\n")  # splitlines() cuts at U+0085
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    if told := _SEPARATOR.fullmatch(lines[first]):  # a first line of Excel's
        first += 1
    lines = lines[first:] or [""]
    if not lines[0].strip():
        raise ValueError("the table is empty: its first line must name the columns")
    delimiter = told[1] if told else max(";,\t|", key=re.sub('"[^"]*"', "", lines[0]).count)
    names = [normal_column(name) for name in _split(lines[0].rstrip(f"{delimiter} "), delimiter)]
    columns = tuple(name or f"column_{place}" for place, name in enumerate(names, 1))
    if len(set(columns)) < len(columns):
        raise ValueError(f"two columns of the table have one name: {', '.join(columns)}")
    table = Table(columns, [], [], [])
    for number, cells, remark in _records(lines, delimiter, len(columns)):
        line = number + first
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
    """The cells of a record; csv.Error, where that is ``strict``, for quotes that are wrong."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict), [])
    except csv.Error:
        if strict:
            raise
        return text.split(delimiter)  # a cell longer than any that is meant


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
