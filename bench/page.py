"""The table of speeds, from what ``make bench`` wrote into ``bench/results.json``; never by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from studies.common.pages import markdown

RESULTS = Path(__file__).resolve().parent / "results.json"


def read() -> list[dict[str, Any]]:
    """The measured rows; none where nothing was measured yet."""
    return list(json.loads(RESULTS.read_text(encoding="utf-8"))) if RESULTS.is_file() else []


def table(results: Sequence[Mapping[str, Any]] | None = None) -> str:
    """Every row that promises something; "" where nothing was measured."""
    measured = read() if results is None else results
    promised = [each for each in measured if each.get("bound")]  # the rest of the file explains these
    rows = [(each["name"], number(each["value"]), bound(each["bound"])) for each in promised]
    return markdown(("what", "measured", "must be"), rows) if rows else ""


def bound(text: str) -> str:
    return text.replace(">=", "≥ ").replace("<=", "≤ ").replace("  ", " ")


def number(value: Any) -> str:
    """A number with three figures, or several of them."""
    if isinstance(value, list):
        return "; ".join(map(number, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)
