"""Pages whose tables are written from files of numbers, between two markers; never by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from image_machines import files

Tables = Mapping[str, Callable[[], str]]


def update(page: str | Path, tables: Tables) -> None:
    """Write every table of a page anew; raises ValueError where the page has no place for one."""
    text = Path(page).read_text(encoding="utf-8")
    for name, write in tables.items():
        start, end = _find(text, name, page).span(2)
        text = text[:start] + _ended(write()) + text[end:]
    files.write_text(page, text)


def current(page: str | Path, name: str) -> str:
    """A table as a page has it now; raises ValueError where the page has no place for it."""
    return _find(Path(page).read_text(encoding="utf-8"), name, page)[2]


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, each line with its end."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _find(text: str, name: str, page: str | Path) -> re.Match[str]:
    found = _marked(name).search(text)
    if found is None:
        raise ValueError(f"{page} has no place for the table {name!r}")
    return found


def _marked(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- table: {name} -->\n)(.*?)(<!-- end of table -->)", re.DOTALL)


def _ended(table: str) -> str:
    """The table with its last newline, without which the marker would be a part of its last row."""
    return table if not table or table.endswith("\n") else table + "\n"
