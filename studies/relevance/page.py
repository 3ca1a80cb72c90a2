"""The tables of ``RESULTS.md``, from the files of the steps."""

from __future__ import annotations

import json
from typing import Any

from studies.common.pages import Tables, markdown
from studies.relevance import HERE, RESULTS, grids
from studies.relevance.removing import COUNTS, WAYS

PAGE = HERE / "RESULTS.md"


def read(name: str) -> list[dict[str, Any]]:
    """The rows of a file of results, none where it was not made."""
    file = RESULTS / f"{name}.json"
    return list(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else []


def grid() -> str:
    """The energy at the stride before and after the mending."""
    return grids.table(read("grids"))


def choice() -> str:
    """Accuracy and number of features at some values of mu, the chosen one marked."""
    lines = [
        [f"**{row['mu']:g}**" if row["chosen"] else f"{row['mu']:g}", f"{row['accuracy']:.1%}"]
        + [", ".join(map(str, row["features"]))]
        for row in read("choice")
    ]
    return markdown(["mu", "named as the network does, held out", "features of each class"], lines)


def removal() -> str:
    """How far the log-odds fall, by count and way."""
    return removal_table(read("removing"))


def removal_table(rows: list[dict[str, Any]]) -> str:
    """A line for each count, a column for each way."""
    cells = {(row["way"], row["count"]): row for row in rows}
    lines = [
        [str(count), *(_with_interval(cells[way, count]) for way in WAYS)]
        for count in COUNTS
        if (WAYS[0], count) in cells
    ]
    return markdown(["neurons silenced", *WAYS], lines)


def parts() -> str:
    """Five concepts against five channels, and how stable concepts are."""
    lines = [
        [row["what"], f"{row['fall']:.2f} ({row['interval'][0]:.2f} to {row['interval'][1]:.2f})"]
        for row in read("parts")
        if "fall" in row
    ]
    return markdown(["removed", "fall of the class's log-odds"], lines)


def stability() -> str:
    """How alike the concepts of ten seeds are."""
    found = [row for row in read("parts") if "stability" in row]
    return "".join(
        f"{row['concepts']} concepts of `{row['layer']}`, {row['seeds']} seeds: the mean cosine of a concept "
        f"with its best match in another seed is {row['stability']:.2f}.\n"
        for row in found
    )


def _with_interval(row: dict[str, Any]) -> str:
    low, high = row["interval"]
    return f"{row['fall']:.2f} ({low:.2f} to {high:.2f})"


TABLES: Tables = {
    "grid": grid,
    "choice": choice,
    "removal": removal,
    "parts": parts,
    "stability": stability,
}
