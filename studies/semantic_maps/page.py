"""The tables of ``RESULTS.md``, from the files in ``results/``; never by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from studies.common.measures import interval
from studies.common.pages import Tables, markdown
from studies.semantic_maps import HERE, known, limits, paper
from studies.semantic_maps.measures import ROWS

PAGE = HERE / "RESULTS.md"
NOT_RUN = "Not run: the two data sets were not at hand.\n"
PUBLISHED = {  # Marcos, Lobry and Tuia 2019, table 1
    "baseline": ("0.987", "0.640", ""),
    "paper": ("1.01", "0.607", "0.418"),
    "alone": ("1.24", "0.496", "0.331"),
}


def told() -> dict[str, Any]:
    """What `known` wrote."""
    return dict(json.loads(known.FILE.read_text(encoding="utf-8")))


def scores_table(result: dict[str, Any] | None = None) -> str:
    """Each network's scores and attributes, means over seeds with intervals."""
    result = result or told()
    rows = []
    for name, words in ROWS.items():
        trials = [trial[name] for trial in result["trials"] if name in trial]
        if trials:
            means = {what: _means(trials, what) for what in ("precision", "pointing", "template")}
            rows.append(
                [words, _spread([each["rmse"] for each in trials]), _spread([each["tau"] for each in trials])]
                + [_spread(values) for values in means.values()]
                + [_spread([each["absent"] for each in trials if "absent" in each])]
            )
    head = ["network", "RMSE", "Kendall's tau", "attributes: average precision", "pointing game"]
    return markdown([*head, "templates: correlation", "absent against present attributes"], rows)


def attributes_table(result: dict[str, Any] | None = None) -> str:
    """Each attribute of the paper's variant: its rule, how often it is there, what was learned of it."""
    result = result or told()
    rows = []
    for place, (part, rule) in enumerate(result["rules"].items()):
        trials = [trial["paper"] for trial in result["trials"]]
        own = {
            what: [each[what][place] for each in trials if each[what][place] is not None]
            for what in ("precision", "pointing", "template")
        }
        shares = f"{100 * result['shares'][part]:.0f} %"
        rows.append([f"{part} {rule}", shares, *(_spread(values) for values in own.values())])
    head = ["attribute and true rule", "pictures with it", "average precision", "pointing game"]
    return markdown([*head, "template: correlation"], rows)


def made_of(result: dict[str, Any] | None = None) -> str:
    """What the numbers are made of."""
    result = result or told()
    count = result["pictures"]
    rows = [
        ["base", f"{result['base']}, frozen up to {result['frozen']}"],
        [
            "pictures",
            f"{count['painted']} painted, {count['with mirrored']} with mirror images",
        ],
        ["epochs of each stage", str(result["epochs"])],
        ["seeds", str(len(result["trials"]))],
    ]
    return markdown(["what", "value"], rows)


def paper_table() -> str:
    """The paper's numbers, and beside them those of whoever ran `paper`."""
    own = json.loads(paper.FILE.read_text(encoding="utf-8")) if paper.FILE.is_file() else None
    rows = []
    for name, published in PUBLISHED.items():
        trials = [trial[name] for trial in own["trials"] if name in trial] if own else []
        here = [_spread([each[what] for each in trials]) for what in ("rmse", "tau")]
        rows.append([ROWS[name], *published, *here, _spread(_means(trials, "precision"))])
    head = ["network", "RMSE, paper", "tau, paper", "precision, paper", "RMSE, here", "tau, here"]
    return ("" if own else NOT_RUN + "\n") + markdown([*head, "precision, here"], rows)


def _means(trials: Sequence[dict[str, Any]], what: str) -> list[float]:
    """The mean over attributes of each trial."""
    return [float(np.mean([v for v in each[what] if v is not None])) for each in trials if what in each]


def _spread(values: Sequence[float]) -> str:
    """The mean, and its interval where there are several values; "" for none."""
    if not values:
        return ""
    low, high = interval(np.asarray(values))
    mean = f"{np.mean(values):.3f}"
    return mean if len(values) == 1 else f"{mean} ({low:.3f} to {high:.3f})"


TABLES: Tables = {
    "known": scores_table,
    "attributes": attributes_table,
    "made of": made_of,
    "limits": limits.table,
    "paper": paper_table,
}
