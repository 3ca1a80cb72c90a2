"""Artworks: the rows of a collection's catalogue, and what was wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from image_machines.names import unknown

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


PARTS = {  # what parts of a collection are called that is divided already
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
_PART = re.compile(r"([a-z]+)[ _.-]*(?:set|sets|data|dataset|images|pictures|split|folder)?")


def part_of(name: str) -> str:
    """The part of a divided collection that a name means, as "Training_Set" means "train"; "" for another."""
    found = _PART.fullmatch(name.strip().casefold())
    return PARTS.get(found[1], "") if found else ""


@dataclass(frozen=True, slots=True)
class Artwork:
    """One row: a picture and what the catalogue says of it."""

    line: int  # where the row begins in the table, from 1
    file: str  # the picture's name on disk, unique in the catalogue whatever the case of its letters
    picture: str  # where it is: a path below the source, or a URL or path by itself
    work: str  # the same for details and versions of one work
    values: Mapping[str, str]  # column (lower case) -> cell
    part: str = ""  # "train", "val" or "test" where the collection is divided already


@dataclass(frozen=True)
class Problem:
    """A line of the table that was mended or left out."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


@dataclass(frozen=True)
class Catalogue:
    """All artworks of a table, and what was wrong with it."""

    artworks: tuple[Artwork, ...]
    columns: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    own_names: Mapping[str, str] = field(default_factory=dict)  # the table's word for a column -> ours

    @property
    def empty(self) -> dict[str, int]:
        """How many artworks have nothing in a column, for the columns where that happens."""
        counts = {name: sum(not work.values[name] for work in self.artworks) for name in self.columns}
        return {name: count for name, count in counts.items() if count}

    def column(self, name: str) -> str:
        """The catalogue's own spelling of a column; ValueError with the nearest where there is none."""
        column = normal_column(name)
        column = self.own_names.get(column, column)
        if column not in self.columns:
            theirs = {ours: own for own, ours in self.own_names.items()}
            raise ValueError(unknown("column", name, [theirs.get(each, each) for each in self.columns]))
        return column


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems by line."""
    return tuple(sorted(problems, key=lambda problem: problem.line))


def normal_column(name: str) -> str:
    """A column as it is compared: "BORN-DIED" is "born_died"."""
    return re.sub(r"\W+", "_", unicodedata.normalize("NFC", name).strip().lower()).strip("_")
