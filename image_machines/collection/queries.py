"""Queries: the artworks of a catalogue whose cells have the values that are asked for."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from numbers import Real
from typing import Any

from image_machines.collection.artworks import Artwork, Catalogue
from image_machines.names import unknown

Value = str | Real | range | None
Wanted = Mapping[str, Any]  # column -> a value or several
Questions = Mapping[str, Wanted]  # class -> what its artworks must have


def query(catalogue: Catalogue, wanted: Wanted) -> list[Artwork]:
    """The artworks whose cells equal ``wanted`` (column -> value or several values), whatever the case.

    A text equals a cell of the same letters, a number a cell that says the same number (1500, "1500.0"), a
    range the cells that say one of its numbers (``range(1500, 1550)``), None an empty cell. Raises
    ValueError, with the choices and the nearest of them, for a column that is not there, for a value that
    occurs nowhere in its column, and when no artwork has all the values at once.
    """
    tests = [
        (catalogue.column(name), _allowed(catalogue, name, _values(name, given)))
        for name, given in wanted.items()
    ]
    found = [
        work
        for work in catalogue.artworks
        if all(work.values[column] in allowed for column, allowed in tests)
    ]
    if not found:
        raise ValueError(f"no artwork has all of {dict(wanted)} at once")
    return found


def _values(name: str, given: Any) -> list[Value]:
    """The values that are asked for in a column: one, or several, ranges of numbers among them."""
    values = list(given) if isinstance(given, list | tuple | set | frozenset) else [given]
    for value in values:
        if not isinstance(value, str | Real | range | None):
            raise ValueError(f"{name} is a text, a number, a range or a list of them, not {value!r}")
    return values


def _allowed(catalogue: Catalogue, name: str, values: Iterable[Value]) -> set[str]:
    """The cells of a column, as they are written, that equal one of the values."""
    column = catalogue.column(name)
    written = Counter(work.values[column] for work in catalogue.artworks)
    by_text: dict[str, set[str]] = {}
    by_number: dict[float, set[str]] = {}
    for cell in written:
        by_text.setdefault(_folded(cell), set()).add(cell)
        with suppress(ValueError):
            by_number.setdefault(float(cell), set()).add(cell)
    allowed: set[str] = set()
    for value in values:
        cells = _of_numbers(by_number, value) or by_text.get(_folded("" if value is None else str(value)))
        if not cells:
            choices = [cell for cell, _ in written.most_common() if cell]
            raise ValueError(unknown(f"artwork whose {name} is", value, choices))
        allowed |= cells
    return allowed


def _of_numbers(by_number: Mapping[float, set[str]], value: Value) -> set[str]:
    """The cells that say a number, or one of a range."""
    if isinstance(value, range):
        return {cell for number, cells in by_number.items() if number in value for cell in cells}
    if isinstance(value, Real) and not isinstance(value, bool):
        return by_number.get(float(value), set())
    return set()


def _folded(text: str) -> str:
    """A text as it is compared: letters alike whatever their case and however accents are stored."""
    return unicodedata.normalize("NFC", text.strip()).casefold()
