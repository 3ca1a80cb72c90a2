"""The tables of ``BIAS.md``, from the files of `bias` and `shares`."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from studies.common.pages import Tables, markdown
from studies.metapictures import HERE, RESULTS

PAGE = HERE / "BIAS.md"
FOUND = 0.8  # F1 from which the planted pictures count as found


def found() -> str:
    """F1 of every seed, and beside it what is found without a fence and by chance."""
    return found_table(_read("bias"))


def found_table(rows: list[dict[str, Any]]) -> str:
    """A row for each collection and part: F1 of each seed, in how many it was found, the controls' means."""
    lines = []
    for name, part in dict.fromkeys((row["collection"], row["part"]) for row in rows):
        own = [row for row in rows if (row["collection"], row["part"]) == (name, part)]
        count = sum(row["f1"] >= FOUND for row in own)
        planted = f"{own[0]['planted']} of {own[0]['portraits']}"
        means = [f"{np.mean([row[key] for row in own]):.2f}" for key in ("without_f1", "chance_f1")]
        trust = f"{np.mean([row['trustworthiness'] for row in own]):.2f}"
        each = ", ".join(f"{row['f1']:.2f}" for row in own)
        lines.append([name, part, planted, each, f"**{count} of {len(own)}**", *means, trust])
    head = ["collection", "planted", "portraits with it", "F1 of each seed", "found"]
    head += ["without it", "by chance", "trustworthiness"]
    return markdown(head, lines)


def shown() -> str:
    """What each share of fences does to the network, and to the image of the class."""
    return shown_table(rows) if (rows := _read("shares")) else "Not run yet.\n"


def shown_table(rows: list[dict[str, Any]]) -> str:
    """A row for each share: means over the networks, with the range of the images."""
    lines = []
    for share in dict.fromkeys(row["share"] for row in rows):
        own = [row for row in rows if row["share"] == share]
        names = list(own[0]["change"])
        changes = [np.mean([row["change"][name]["mean"] for row in own]) for name in names]
        odds = [each for row in own for each in row["fence_in_image"]]
        lines.append(
            [f"{share:.0%}", str(len(own)), *(f"{change:+.2f}" for change in changes)]
            + [f"{np.mean(odds):+.1f} ({min(odds):+.1f} to {max(odds):+.1f})"]
        )
    names = list(rows[0]["change"]) if rows else []
    head = ["portraits behind a fence", "networks", *(f"a fence before a {name}" for name in names)]
    return markdown([*head, "fence in the class's image, judge's log-odds"], lines)


def _read(name: str) -> list[dict[str, Any]]:
    file = RESULTS / f"{name}.json"
    return list(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else []


TABLES: Tables = {"bias": found, "shares": shown}
