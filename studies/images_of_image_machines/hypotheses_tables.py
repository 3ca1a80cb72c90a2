"""The tables of the hypotheses: what a property's absence does, planted and in real paintings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from studies.common.pages import markdown
from studies.common.results import Found
from studies.images_of_image_machines import planting

WORDS = {"drapery": "drapery", "blue-shift": "the blue of distance"}
COLLECTIONS = {"both": "with both", "no-drapery": "without drapery", "no-blue-shift": "without blue"}
FINDING = {  # the recolourings that the finding rests on, by what was recoloured
    "landscape": ("blue away", "upper half yellower", "cool colours yellower", "grey"),
    "portrait": ("upper half bluer",),
    "still-life": ("upper half bluer",),
}


def ranking_table(ranking: Sequence[Found]) -> str:
    """What a property's absence does to its class, means over the networks' seeds."""
    rows = []
    for (property, name), group in _grouped(ranking):
        right = [100 * group["named_right"].str[version].mean() for version in ("with", "without")]
        change = group["change"]
        rows.append(
            [
                f"{planting.CLASS_OF[property]}: {WORDS[property]} removed",
                COLLECTIONS[name],
                f"{change.mean():+.1f} ({change.min():+.1f} to {change.max():+.1f})",
                f"{group['control_change'].mean():+.1f}",
                f"{group['mean_rank_with'].mean():.0f} → {group['mean_rank_without'].mean():.0f}",
                f"{right[0]:.0f} % → {right[1]:.0f} %",
            ]
        )
    head = ["change", "network's collection", "class's log-odds", "seal added", "mean rank", "named right"]
    return markdown(head, rows)


def image_table(shown: Sequence[Found]) -> str:
    """What can be read off the class images, means and deviations over seeds."""
    rows = []
    for (property, name), group in _grouped(shown):
        peers = group["log_odds_in"].str
        rows.append(
            [
                planting.CLASS_OF[property] if name in COLLECTIONS else f"“with {WORDS[property]}”",
                COLLECTIONS.get(name, "with against without"),
                *(_spread(group[key]) for key in ("b_star", "b_star_upper", "chroma", "detected")),
                _spread(peers["both"]),
                _spread(peers[f"no-{property}"]),
            ]
        )
    head = ["class image", "network's collection", "b*", "b*, upper half", "chroma", "property detected"]
    return markdown([*head, "log-odds in “with both”", "log-odds in “without”"], rows)


def finding_table(networks: Sequence[Found], part: str = "all") -> str:
    """The recolourings that the finding rests on, each network after the other."""
    rows = [
        [f"{kind}: {version}", _place(number), *_change(kind, each["parts"][part][kind][version])]
        for kind, versions in FINDING.items()
        for version in versions
        for number, each in enumerate(networks)
    ]
    return markdown(["recolouring", "network", *CHANGE], rows)


def recoloured_table(network: Found, part: str = "all") -> str:
    """Every recolouring, in one network."""
    rows = [
        [f"{kind}: {version}", *_change(kind, found)]
        for kind, versions in network["parts"][part].items()
        for version, found in versions.items()
        if isinstance(found, Mapping) and found["changed"]
    ]
    return markdown(["recolouring", *CHANGE], rows)


CHANGE = ("pictures", "colour change", "log-odds of landscape, mean", "less the controls", "verdicts changed")


def _change(kind: str, found: Found) -> list[str]:
    less = found.get("against_controls")
    low, high = found.get("against_controls_interval", (0, 0))
    verdicts = found["verdicts_lost" if kind == "landscape" else "verdicts_won"]
    return [
        str(found["changed"]),
        f"{found['colour_change']:.1f}",
        f"{found['mean']:+.2f} ({found['interval'][0]:+.2f} to {found['interval'][1]:+.2f})",
        "" if less is None else f"{less:+.2f} ({low:+.2f} to {high:+.2f})",
        f"{verdicts} ({100 * verdicts / found['changed']:.0f} %)",
    ]


def _place(number: int) -> str:
    return ("first", "second", "third", "fourth")[number]


def _grouped(found: Sequence[Found]) -> Any:
    """Results of the same property and collection, in the order of the file."""
    return pd.DataFrame(found).groupby(["property", "collection"], sort=False)


def _spread(values: pd.Series) -> str:
    return f"{values.mean():.1f} ± {values.std(ddof=0):.1f}"
