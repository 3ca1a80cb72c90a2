"""The tables of ``RESULTS.md``, from the files of the steps."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from studies.common.pages import Tables, markdown
from studies.relevance import HERE, RESULTS, grids, peers
from studies.relevance.removing import COUNTS, WAYS

PAGE = HERE / "RESULTS.md"
COLLECTIONS = {"built-in": "the built-in collection", "paintings": "real paintings"}  # folders of results

Rows = list[dict[str, Any]]


def read(name: str) -> Any:
    """What a step wrote, none where it was not made."""
    file = RESULTS / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []


def networks() -> str:
    """Whose results these are, a line for each collection."""
    lines = []
    for folder, name in COLLECTIONS.items():
        if found := read(f"{folder}/network"):
            lines.append(
                [name, f"{found['architecture']}, {found['size']} px", str(found["neurons"])]
                + [str(found["works"] - found["held_out"]), str(found["held_out"])]
                + [f"{found['accuracy']:.1%}"]
            )
    head = [
        "collection",
        "network",
        "neurons",
        "works learned from",
        "works held out",
        "named right of these",
    ]
    return markdown(head, lines)


def grid() -> str:
    """The energy at the stride before and after the mending."""
    return grids.table(read("grids"))


def alike() -> str:
    """How alike classic heatmaps are to those of another library."""
    return peers.table(read("peers"))


def choice(folder: str) -> str:
    """Accuracy and number of features at some values of mu, the chosen one marked."""
    lines = [
        [f"**{row['mu']:g}**" if row["chosen"] else f"{row['mu']:g}", f"{row['accuracy']:.1%}"]
        + [", ".join(map(str, row["features"]))]
        for row in read(f"{folder}/choice")
    ]
    return markdown(["mu", "named as the network does, held out", "features of each class"], lines)


def features(folder: str) -> str:
    """The heaviest features of each class, a line for each class."""
    rows: dict[str, list[str]] = {}
    for row in read(f"{folder}/features"):
        rows.setdefault(row["class"], []).append(f"`{row['layer']}`:{row['neuron']} ({row['weight']:.2f})")
    return markdown(
        ["class", "features, with their weights"], [[name, ", ".join(each)] for name, each in rows.items()]
    )


def removal(folder: str) -> str:
    """How far the log-odds fall, by count and way."""
    return removal_table(read(f"{folder}/removing"))


def removal_table(rows: Rows) -> str:
    """A line for each count, a column for each way."""
    cells = {(row["way"], row["count"]): row for row in rows}
    lines = [
        [str(count), *(_with_interval(cells[way, count]) for way in WAYS)]
        for count in COUNTS
        if all((way, count) in cells for way in WAYS)
    ]
    return markdown(["neurons silenced", *WAYS], lines)


def specific(folder: str) -> str:
    """A class's neurons silenced in its own works and in those of other classes."""
    return specific_table(read(f"{folder}/specific"))


def specific_table(rows: Rows) -> str:
    """A line for the features and one for the loudest neurons."""
    cells = {(row["what"], row["works"]): row for row in rows}
    names = list(dict.fromkeys(what for what, _ in cells))
    lines = [
        [f"{cells[name, 'own']['count']} {name}"]
        + [_with_interval(cells[name, works]) for works in ("own", "others")]
        for name in names
    ]
    return markdown(["a class's", "in works of the class", "in works of other classes"], lines)


def parts(folder: str) -> str:
    """Five concepts against five channels, and how stable concepts are."""
    rows = read(f"{folder}/parts")
    lines = [[row["what"], _with_interval(row)] for row in rows if "fall" in row]
    stable = "".join(
        f"{row['concepts']} concepts of `{row['layer']}`, {row['seeds']} seeds: the mean cosine of a "
        f"concept with its best match in another seed is {row['stability']:.2f}.\n\n"
        for row in rows
        if "stability" in row
    )
    return stable + markdown(["removed", "fall of the class's log-odds"], lines)


def spread(folder: str) -> str:
    """Where in the catalogue the first features are strong."""
    lines = [[row["class"], row["feature"], row["sentence"]] for row in read(f"{folder}/distribution")]
    return markdown(["class", "feature", "where in the catalogue"], lines)


def _with_interval(row: dict[str, Any]) -> str:
    low, high = row["interval"]
    return f"{row['fall']:.2f} ({low:.2f} to {high:.2f})"


TABLES: Tables = {
    "networks": networks,
    "grid": grid,
    "alike": alike,
    **{
        f"{table.__name__}-{folder}": partial(table, folder)
        for folder in COLLECTIONS
        for table in (choice, features, removal, specific, parts, spread)
    },
}
