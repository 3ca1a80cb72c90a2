"""School and time of works whose catalogue tells neither, from what another says of their artists."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from image_machines.collection.tables import read_table, unpack

TOLD = ("school", "timeframe")


def told(records: Sequence[Mapping[str, str]], catalogue: str | Path) -> list[dict[str, str]]:
    """The records, their empty school and timeframe filled with those that most works of the artist have."""
    known: dict[tuple[str, str], Counter[tuple[str, ...]]] = defaultdict(Counter)
    for row in read_table(unpack(Path(catalogue).read_bytes())).rows:
        known[_artist(row["author"])][tuple(row[column] for column in TOLD)] += 1
    filled = []
    for record in records:
        found = known.get(_artist(record["author"])) if record["author"] else None
        usual = dict(zip(TOLD, found.most_common(1)[0][0], strict=True)) if found else {}
        filled.append({**record, **{column: record[column] or usual.get(column, "") for column in TOLD}})
    return filled


def _artist(author: str) -> tuple[str, str]:
    """Surname and first name in plain letters: "CÉZANNE, Paul" and "CEZANNE, Paul" are one."""
    plain = unicodedata.normalize("NFKD", author).encode("ascii", "ignore").decode().casefold()
    surname, _, names = plain.partition(",")
    return re.sub("[^a-z]", "", surname), next(iter(re.findall("[a-z]+", names)), "")
