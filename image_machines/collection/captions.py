"""Captions: what to write under a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

# one or two words in small letters and a number, which is no year
NUMBERED = re.compile(r"([a-z]+ ){1,2}(?!1\d{3}$)(?=[\w.-]*\d\d)[\w.-]+")
_SMALL_WORDS = frozenset(
    ("of", "the", "y", "and", "de", "del", "della", "di", "da", "van", "von", "der", "la")
)


def caption(row: Mapping[str, str]) -> str:
    """What to write under a picture: "Artist, Title, date" from a row of a catalogue or a manifest.

    What is empty is left out; where nothing remains, the picture's file name stands for it.
    """
    date = "" if row.get("date") == "-" else row.get("date", "")
    words = [artist(row.get("author", "")), row.get("title", ""), date]
    return readable(", ".join(word for word in words if word) or Path(row.get("file", "")).stem)


def readable(text: str) -> str:
    """A caption, or "untitled" where it is but the number under which a museum keeps a work: "met 436558"."""
    return "untitled" if NUMBERED.fullmatch(text) else text


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
