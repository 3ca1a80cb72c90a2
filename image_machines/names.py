"""Names: the nearest of those that there are, and names that files may have on every system."""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable
from itertools import islice

SHOWN = 40  # choices that a sentence lists
LONGEST = 200  # letters of a value that a sentence repeats

_PLAIN = re.compile(r"(?!(?:con|prn|aux|nul|com\d|lpt\d)\.)[a-z0-9_][a-z0-9_.-]{0,99}[a-z0-9_-]\.jpg")
_RESERVED = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def nearest(name: object, choices: Iterable[str]) -> str:
    """The nearest of the choices as a parenthesis for a sentence, "" when none is near."""
    by_fold = {choice.casefold(): choice for choice in choices}
    close = difflib.get_close_matches(str(name)[:LONGEST].casefold(), by_fold, n=3, cutoff=0.5)
    return f" (did you mean {', '.join(repr(by_fold[fold]) for fold in close)}?)" if close else ""


def shown(value: object) -> str:
    """A value as Python writes it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def unknown(what: str, name: object, choices: Iterable[str], listed: str = "choices") -> str:
    """The sentence about a name that there is not: "no preset 'quik' (did you mean 'quick'?); choices: …"."""
    known = list(choices)
    more = f", … ({len(known)} in all)" if len(known) > SHOWN else ""
    told = ", ".join(known[:SHOWN]) or "none"
    return f"no {what} {shown(name)}{nearest(name, known)}; {listed}: {told}{more}"


def safe_name(text: str, suffixes: Collection[str] = (), url: bool = False) -> str:
    """A file name that every system accepts: no reserved characters or words, at most 120 bytes of UTF-8.

    It ends in one of ``suffixes``, in small letters: in ``.jpg`` where ``text`` has none of them. With
    ``url`` it is also a part of a URL as it stands, of ASCII letters, digits, dot, dash and underscore, and
    nothing is said of its suffix.
    """
    if url:
        return re.sub(r"[^A-Za-z0-9._-]+", "_", text).lstrip(".")[:120] or "_"
    if _PLAIN.fullmatch(text):
        return text
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    stem, _, suffix = text.rpartition(".")
    if f".{suffix.lower()}" not in suffixes:
        stem, suffix = text, "jpg"
    stem = _RESERVED.sub("_", stem).strip(" .") or "picture"
    if _DEVICE.fullmatch(stem):
        stem = f"_{stem}"
    if len(stem.encode()) > 110:
        digest = hashlib.sha256(stem.encode()).hexdigest()[:8]
        stem = f"{stem.encode()[:100].decode(errors='ignore')}-{digest}"
    return f"{stem}.{suffix.lower()}"


def few(names: Iterable[str], most: int = 10) -> str:
    """The first names as a list, with an ellipsis where there are more."""
    first = list(islice(names, most + 1))
    return ", ".join([*first[:most], "…"] if len(first) > most else first)
