"""The generators' tables, from the file of their study."""

from __future__ import annotations

import json

from studies.common.pages import Tables, markdown
from studies.common.results import Row
from studies.metapictures import RESULTS


def read() -> Row:
    """What the study found, nothing where it was not made."""
    file = RESULTS / "generators.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def reconstructions() -> str:
    """How far held-out works are from what comes back of their codes, and from other pictures."""
    lines = [
        [
            collection,
            str(found["works"]),
            name,
            f"{row['features']:.2f} ({row['interval'][0]:.2f} to {row['interval'][1]:.2f})",
            f"{row['pixels']:.3f}",
        ]
        for collection, found in read().get("reconstructions", {}).items()
        for name, row in found["pictures"].items()
    ]
    head = ["run", "works held back", "picture", "distance of features", "of pixels"]
    return markdown(head, lines)


def likeness() -> str:
    """Which collection's works the pictures of the same neurons are most like."""
    found = read().get("likeness", {})
    names = [name for name in next(iter(found.values()), {}) if name != "pictures"]
    lines = [
        [way, str(row["pictures"]), *(f"{row[name] / row['pictures']:.0%}" for name in names)]
        for way, row in found.items()
    ]
    return markdown(["made", "pictures", *(f"most like a work of {name}" for name in names)], lines)


def trainings() -> str:
    """What each generator was taught, and how long."""
    lines = [
        [
            name,
            str(row["pictures"]["train"]),
            str(row["epochs_done"]),
            f"{row['training_seconds']:.0f}",
            f"{row['size']}",
            " x ".join(map(str, row["code"])),
        ]
        for name, row in read().get("trainings", {}).items()
    ]
    return markdown(["run", "works", "epochs", "seconds", "pixels", "numbers of a code"], lines)


def pairs() -> str:
    """How the pictures of the same neuron through two generators differ."""
    lines = [
        [
            f"{row['one']} and {row['other']}",
            f"{row['more']} of {row['neurons']}",
            f"{row['lean']:+.3f} ({row['interval'][0]:+.3f} to {row['interval'][1]:+.3f})",
        ]
        for row in read().get("pairs", [])
    ]
    return markdown(["generators", "the first's picture leans more to its own works", "by, in cosine"], lines)


TABLES: Tables = {
    "reconstructions": reconstructions,
    "likeness": likeness,
    "pairs": pairs,
    "trainings": trainings,
}
