"""The tables of ``RESULTS.md``, from the files in ``results/``; never by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from studies.common.measures import interval
from studies.common.pages import Tables, markdown
from studies.common.results import Found
from studies.semantic_maps import HERE, known, limits, paper, real
from studies.semantic_maps.measures import ROWS

PAGE = HERE / "RESULTS.md"
NOT_RUN = "Not run: the two data sets were not at hand.\n"
NOT_YET = "Not run yet: `python -m studies.semantic_maps.real` writes it.\n"
PUBLISHED = {  # Marcos, Lobry and Tuia 2019, table 1
    "baseline": ("0.987", "0.640", ""),
    "paper": ("1.01", "0.607", "0.418"),
    "alone": ("1.24", "0.496", "0.331"),
}
LIMIT = "linear fit that is told where every part is"
DIFFERENCES = {
    "rmse": "RMSE",
    "tau": "Kendall's tau",
    "precision": "attributes: average precision",
    "pointing": "pointing game",
    "template": "templates: correlation",
    "absent": "absent against present attributes",
}
ALSO = {"mean": "always the mean", "facts": "linear fit on the true attributes, without a picture"}


def told(file: Path) -> dict[str, Any]:
    """What a step wrote."""
    return dict(json.loads(file.read_text(encoding="utf-8")))


def scores_table(result: Found | None = None) -> str:
    """Each network's scores and attributes, means over seeds with intervals."""
    result = result or told(known.FILE)
    rows = [_known_row(LIMIT, [result["limit"]])]
    for name, words in ROWS.items():
        trials = [trial[name] for trial in result["trials"] if name in trial]
        rows += [_known_row(words, trials)] if trials else []
    head = ["network", "RMSE", "Kendall's tau", "attributes: average precision", "pointing game"]
    head += ["templates: correlation", "the same, weighted", "absent against present attributes"]
    return markdown(head, rows)


def _known_row(words: str, trials: Sequence[Found]) -> list[str]:
    means = [_means(trials, what) for what in ("precision", "pointing", "template", "weighted")]
    single = [[each[what] for each in trials if what in each] for what in ("rmse", "tau", "absent")]
    return [words, *map(_spread, [*single[:2], *means, single[2]])]


def attributes_table(result: Found | None = None) -> str:
    """Each attribute in the published code's variant, and its template in all."""
    result = result or told(known.FILE)
    rows = []
    for place, (part, rule) in enumerate(result["rules"].items()):
        names = ("precision", "pointing", "area", "edge")
        own = [_of(result["trials"], "code", what, place) for what in names]
        templates = [_of(result["trials"], name, "template", place) for name in ("code", "paper")]
        limit = result["limit"]["template"][place]
        rows.append(
            [f"{part} {rule}", f"{100 * result['shares'][part]:.0f} %", *map(_spread, [*own, *templates])]
            + ["" if limit is None else f"{limit:.3f}"]
        )
    head = ["attribute and true rule", "pictures with it", "average precision", "pointing game"]
    head += ["map and area: correlation", "map at the part's edge, of that within"]
    return markdown([*head, "template: correlation", "the same, paper's variant", LIMIT], rows)


def variants_table(result: Found | None = None) -> str:
    """What the paper's variant and its published code's differ in: code less paper, seed by seed."""
    result = result or told(known.FILE)
    pairs = [(trial["code"], trial["paper"]) for trial in result["trials"] if {"code", "paper"} <= set(trial)]
    rows = []
    for what, words in DIFFERENCES.items():
        code, paper = ([float(_mean(each[what])) for each in side] for side in zip(*pairs, strict=True))
        rows.append([words, *map(_spread, [paper, code, list(np.subtract(code, paper))])])
    return markdown(["what", ROWS["paper"], ROWS["code"], "difference"], rows)


def _mean(value: Any) -> float:
    """A number as it is, or the mean of those of all attributes."""
    return float(np.mean([v for v in value if v is not None])) if isinstance(value, list) else float(value)


def made_of(result: Found | None = None) -> str:
    """What the numbers are made of."""
    result = result or told(known.FILE)
    count = result["pictures"]
    rows = [
        [
            "base",
            f"{result['base']}, frozen; {', '.join(result['layers'])} summed up in {result['channels']}",
        ],
        ["what learns before the head", f"one layer of {result['hidden']} channels"],
        ["pictures", f"{count['details']} details of {count['painted']} paintings"],
        ["deviation of the scores", f"{result['spread']:.3f}"],
        ["epochs of each stage", str(result["epochs"])],
        ["seeds", str(len(result["trials"]))],
    ]
    return markdown(["what", "value"], rows)


def real_table(task: str) -> Callable[[], str]:
    """What writes each network's table of a task on real paintings."""

    def write() -> str:
        if not real.FILE.is_file():
            return NOT_YET
        result = told(real.FILE)[task]
        rows = []
        for name, words in (ALSO | ROWS).items():
            trials = [trial[name] for trial in result["trials"] if name in trial]
            if trials:
                single = [
                    _spread([each[what] for each in trials if each[what] is not None], digits)
                    for what, digits in (("rmse", 1 if result["unit"] else 3), ("tau", 3), ("side", 3))
                ]
                rows.append([words, *single, _spread(_means(trials, "precision"))])
        unit = f", {result['unit']}" if result["unit"] else ""
        side = "on the right side of the mean" if unit else "told rightly"
        head = ["network", f"RMSE{unit}", "Kendall's tau", side, "attributes: average precision"]
        count = (
            f"Works: {result['works']}, with attributes {result['labelled']}, with scores {result['scored']}."
        )
        return f"{count} Seeds: {len(result['trials'])}.\n\n" + markdown(head, rows)

    return write


def dates_table() -> str:
    """What each attribute of the catalogue counts for a date."""
    if not real.FILE.is_file():
        return NOT_YET
    result = told(real.FILE)["date"]
    rows = []
    for place, name in enumerate(result["attributes"]):
        columns = [_of(result["trials"], kind, "precision", place) for kind in ("code", "paper")]
        counts = [_of(result["trials"], kind, "counts", place) for kind in ("code", "paper")]
        rows.append(
            [name, f"{100 * result['shares'][place]:.0f} %", *map(_spread, columns)]
            + [_spread(each, 0) for each in counts]
        )
    head = ["attribute", "works with it", "average precision", "the same, paper's variant"]
    return markdown([*head, "counts, years", "the same, paper's variant"], rows)


def parts_table() -> str:
    """What each part of a portrait counts, and whether its map is on it."""
    if not real.FILE.is_file():
        return NOT_YET
    result = told(real.FILE)["kind"]
    rows = []
    for place, name in enumerate(result["attributes"]):
        for kind in ("code", "paper"):
            columns = [
                _of(result["trials"], kind, what, place) for what in ("pointing", "chance", "size", "counts")
            ]
            rows.append([name, kind, *map(_spread, columns)])
    return markdown(["part", "variant", "pointing game", "any place", "tau of its size", "counts"], rows)


def paper_table() -> str:
    """The paper's numbers, and beside them those of whoever ran `paper`."""
    own = told(paper.FILE) if paper.FILE.is_file() else None
    rows = []
    for name, published in PUBLISHED.items():
        trials = [trial[name] for trial in own["trials"] if name in trial] if own else []
        here = [_spread([each[what] for each in trials]) for what in ("rmse", "tau")]
        rows.append([ROWS[name], *published, *here, _spread(_means(trials, "precision"))])
    head = ["network", "RMSE, paper", "tau, paper", "precision, paper", "RMSE, here", "tau, here"]
    return ("" if own else NOT_RUN + "\n") + markdown([*head, "precision, here"], rows)


def _of(trials: Sequence[Found], name: str, what: str, place: int) -> list[float]:
    """One attribute's values of a network in every trial that has them."""
    values = [trial[name][what][place] for trial in trials if name in trial]
    return [each for each in values if each is not None]


def _means(trials: Sequence[Found], what: str) -> list[float]:
    """The mean over attributes of each trial."""
    return [_mean(each[what]) for each in trials if what in each]


def _spread(values: Sequence[float], digits: int = 3) -> str:
    """The mean, and its interval where there are several values; "" for none."""
    if not values:
        return ""
    low, high = interval(np.asarray(values))
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ({low:.{digits}f} to {high:.{digits}f})"


TABLES: Tables = {
    "known": scores_table,
    "attributes": attributes_table,
    "variants": variants_table,
    "made of": made_of,
    "limits": limits.table,
    "date": real_table("date"),
    "date's attributes": dates_table,
    "kind": real_table("kind"),
    "kind's parts": parts_table,
    "paper": paper_table,
}
