"""Queries: the artworks of a catalogue whose cells have the values that are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from image_machines.collection.artworks import Artwork, Catalogue
from image_machines.names import unknown


def query(catalogue: Catalogue, wanted: Mapping[str, str | Sequence[str]]) -> list[Artwork]:
    """The artworks whose cells equal ``wanted`` (column -> value or list of values), whatever the case.

    Raises ValueError, with the choices and the nearest of them, for a column that is not there, for a value
    that occurs nowhere in its column, and when no artwork has all the values at once.
    """
    tests = []
    for name, value in wanted.items():
        column = catalogue.column(name)
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


def _check_values(catalogue: Catalogue, column: str, allowed: set[str]) -> None:
    occurring = Counter(work.values[column].casefold() for work in catalogue.artworks)
    for value in sorted(allowed - occurring.keys()):
        choices = [choice for choice, _ in occurring.most_common() if choice]
        raise ValueError(unknown(f"artwork whose {column} is", value, choices))
