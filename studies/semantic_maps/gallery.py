"""Real paintings as a catalogue and masks describe them: kind, school, year, words of the title, parts.

What a row leaves empty is looked up by the artist in a second, larger catalogue (the school, and the middle
of the half century in which it has most works of that artist) or read in the title (the year).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from image_machines.collection.artworks import Artwork
from image_machines.collection.sources import wga

PARTS = {"face": 2, "rest of the head": 4, "clothing": 1, "hands": 3}  # their numbers in the masks
WORDS = {  # an attribute: what in a title, or a technique, speaks of it
    "woman or girl": r"wom[ae]n|girls?|lady|ladies|madame|mrs|miss|princess|queen|countess",
    "fruit": r"fruits?|apples?|pears?|grapes|peach(es)?|lemons?|oranges?|plums?|melons?|cherries",
    "water": r"river|sea|coast|water(fall)?|lake|seine|harbou?r|bay|beach|bridge|mill",
    "panel": r"panel|wood",
    "copper": r"copper",
}
YEAR = re.compile(r"(?<!\d)1[3-9]\d\d(?!\d)")


@dataclass(frozen=True)
class Work:
    """A painting: its file, what is known of it ("" or None where nothing is), and its mask."""

    file: Path
    kind: str
    artist: str
    school: str
    year: float | None
    words: frozenset[str]
    mask: Path | None


def works(paintings: str | Path, masks: Path | None = None, catalogue: Path | None = None) -> list[Work]:
    """Every work of a mirror of the gallery, in the order of its catalogue."""
    paintings = Path(paintings)
    rows = wga.parse((paintings / wga.CATALOGUE).read_bytes()).artworks
    known = _artists(wga.parse(catalogue.read_bytes()).artworks if catalogue else ())
    return [_work(row, paintings, masks, known) for row in rows]


def _work(
    row: Artwork, paintings: Path, masks: Path | None, known: dict[str, tuple[str, float | None]]
) -> Work:
    school, middle = known.get(name_of(row.values["author"]), ("", None))
    own = year(row.values["date"]) or middle_of(row.values["timeframe"]) or year(row.values["title"])
    text = f"{row.values['title']} {row.values['technique']}".lower()
    mask = (masks / row.picture).with_suffix(".png") if masks else None
    return Work(
        paintings / row.picture,
        row.values["type"],
        row.values["author"],
        row.values["school"] or school,
        own or middle,
        frozenset(word for word, spoken in WORDS.items() if re.search(rf"\b({spoken})\b", text)),
        mask if mask and mask.is_file() else None,
    )


def name_of(author: str) -> str:
    """An artist's family name and the first letter of the given one, in plain letters: "cezanne p"."""
    plain = unicodedata.normalize("NFKD", author).encode("ascii", "ignore").decode().lower()
    family, _, given = plain.partition(",")
    given = given.strip().removeprefix("sir ")
    return f"{' '.join(re.findall('[a-z]+', family))} {given[:1]}".strip()


def year(text: str) -> float | None:
    """The last number in a text that can be a year."""
    found = YEAR.findall(text)
    return float(found[-1]) if found else None


def middle_of(period: str) -> float | None:
    """The middle of a period such as "1601-1650"."""
    found = YEAR.findall(period)
    return float(np.mean([int(each) for each in found])) if found else None


def _artists(rows: Sequence[Artwork]) -> dict[str, tuple[str, float | None]]:
    """Of each artist of a catalogue the school and the middle of the period that most of the works have."""
    by_name: dict[str, list[Artwork]] = defaultdict(list)
    for row in rows:
        by_name[name_of(row.values["author"])].append(row)
    return {name: (_most(own, "school"), middle_of(_most(own, "timeframe"))) for name, own in by_name.items()}


def _most(rows: Sequence[Artwork], column: str) -> str:
    return Counter(row.values[column] for row in rows).most_common(1)[0][0]


def part_labels(work: Work, side: int) -> NDArray[np.uint8]:
    """At each pixel the number of its part in `PARTS` plus one, or 0, (side, side), of a work with a mask."""
    if work.mask is None:
        raise ValueError(f"{work.file.name} has no mask")
    theirs = np.asarray(Image.open(work.mask).resize((side, side), Image.Resampling.NEAREST))
    found = np.zeros(theirs.shape, np.uint8)
    for number, label in enumerate(PARTS.values(), 1):
        found[theirs == label] = number
    return found
