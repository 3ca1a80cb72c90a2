"""The tables of the README, written from the files that runs and measurements leave; never by hand.

``studies/results/paintings.json`` is the ``metrics.json`` of a run on real paintings, ``bench/results.json``
what ``make bench`` wrote. Both are kept in the repository, so that every number can be traced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from image_machines import files

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
RESULTS = ROOT / "studies" / "results"
SOURCES = {"paintings": RESULTS / "paintings.json", "bench": ROOT / "bench" / "results.json"}


def keep_metrics(run: str | Path) -> Path:
    """Copy the metrics of a run to where the README's table of results is written from."""
    metrics = Path(run) / "metrics.json"
    if not metrics.is_file():
        raise ValueError(f"no metrics.json in {run}; run the chapters first: make run PROFILE=paintings")
    files.write_text(SOURCES["paintings"], metrics.read_text(encoding="utf-8"))
    return SOURCES["paintings"]


def update(page: str | Path = README, tables: Mapping[str, Callable[[], str]] | None = None) -> None:
    """Write every table of a page anew, between its two markers; by default those of the README."""
    text = Path(page).read_text(encoding="utf-8")
    written = {name: partial(table, name) for name in SOURCES} if tables is None else tables
    for name, write in written.items():
        text = _replaced(text, name, write())
    files.write_text(page, text)


def current(name: str, page: str | Path = README) -> str:
    """The table as a page has it now."""
    found = _marked(name).search(Path(page).read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{page} has no place for the table {name!r}")
    return found[2]


def table(name: str) -> str:
    """A table in Markdown, from its file; "" where nothing was measured yet."""
    if not SOURCES[name].is_file():
        return ""
    written = json.loads(SOURCES[name].read_text(encoding="utf-8"))
    tables: dict[str, Callable[[Any], str]] = {"paintings": _paintings, "bench": _bench}
    return tables[name](written)


def _marked(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- table: {name} -->\n)(.*?)(<!-- end of table -->)", re.DOTALL)


def _replaced(text: str, name: str, table: str) -> str:
    return _marked(name).sub(lambda found: found[1] + table + found[3], text)


def _paintings(metrics: Mapping[str, Any]) -> str:
    network, counts = metrics["network"], metrics["counts"]
    seen = sum(each["train"] for each in counts.values())
    tested = sum(each["val"] for each in counts.values())
    minutes = metrics["seconds"]["training"] / 60
    rows = [
        ("network", f"{network['architecture']}, frozen up to {network['frozen_up_to']}"),
        ("learned on, tested on", f"{seen} and {tested} paintings, no work in both"),
        ("training", f"{network['epochs']} epochs, {minutes:.0f} minutes"),
        ("right on the validation set", f"{metrics['accuracy']['val']:.1%}"),
        ("expected calibration error", f"{metrics['ece']:.3f}"),
    ]
    for name, measured in metrics["per_class"].items():
        rows.append((name, f"precision {measured['precision']:.1%}, recall {measured['recall']:.1%}"))
    return markdown(("what", "value"), rows)


def _bench(results: Sequence[Mapping[str, Any]]) -> str:
    promised = [each for each in results if each.get("bound")]  # the rest of the file explains these
    rows = [(each["name"], _number(each["value"]), _bound(each["bound"])) for each in promised]
    return markdown(("what", "measured", "must be"), rows)


def _bound(bound: str) -> str:
    return bound.replace(">=", "≥ ").replace("<=", "≤ ").replace("  ", " ")


def _number(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(_number, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
