"""The tables of speeds, from what ``make bench`` wrote into ``bench/results.json``; never by hand."""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from studies.common.pages import markdown

RESULTS = Path(__file__).resolve().parent / "results.json"


def read() -> list[dict[str, Any]]:
    """The measured rows; none where nothing was measured yet."""
    return list(json.loads(RESULTS.read_text(encoding="utf-8"))) if RESULTS.is_file() else []


CHIEF = {  # the rows that the README has, in words
    "2018 loop / quick at the same activation": "the loop of 2018 against `quick`, to the same activation",
    "2018 loop / engine, mixed5, ten octaves, exact": "the loop of 2018 against its method here, all digits",
    "seconds to the first picture on a warm model": "seconds to the first picture of a growing image",
    "service: seconds from a request to its first frame": "seconds from a click to the first frame",
    "scoring, InceptionV3": "pictures scored in the time of the 2018 loop",
}
MISSED = {  # why a bound is not met, by the beginning of a row's name
    "responses of": "Keeping what was measured takes its share of the cores that predict.",
    "16 runs / batch of 16": "Sixteen images as one batch gain little on a processor: one already keeps its "
    "units busy, and in `exact` a batch leaves the cache. The service makes images one by one.",
    "2018 loop / waves": "Fifteen was promised for `quick` on InceptionV3, where it holds. On these smaller "
    "networks it is not reached; what takes the time there has not been looked into.",
    "atlas of 10,048: frames": "By likeness in the whole network more than a thousand pictures may lie in "
    "view at once, each drawn by itself, without a graphics card. The other two orders are smooth.",
    "map of 5,000: frames": "As in the atlas: dense heaps are drawn picture by picture.",
    "gallery of 5,000 images from disk: frames": "Just short of it; which frames come late has not been "
    "looked into.",
    "layer of 2,048 neurons from disk: frames": "Small pictures come into sight by rows, and each is decoded "
    "at its full size, many times that of its cell; small copies are not kept.",
    "xplique step": "In float32 a step of either program is nearly the bare gradient, and that is 85 % of "
    "what the processor can do.",
    "tf-keras-vis step": "In float32 the bare gradient bounds the ratio, as above; in the fastest precision "
    "it is 5.",
}


def table(results: Sequence[Mapping[str, Any]] | None = None) -> str:
    """Every row that promises something; "" where nothing was measured."""
    rows = [
        (each["name"], number(each["value"]), bound(each["bound"]) + ("" if met(each) else " **missed**"))
        for each in promised(results)
    ]
    return markdown(("what", "measured", "must be"), rows) if rows else ""


def chief(results: Sequence[Mapping[str, Any]] | None = None) -> str:
    """The few rows that the README has."""
    rows = [
        (words, number(first(each["value"])), bound(each["bound"]))
        for beginning, words in CHIEF.items()
        for each in promised(results)
        if each["name"].startswith(beginning)
    ]
    return markdown(("what", "measured", "must be"), rows) if rows else ""


def missed(results: Sequence[Mapping[str, Any]] | None = None) -> str:
    """A sentence on each bound that is missed; raises KeyError for one that nobody has written one on."""
    rows = []
    for each in promised(results):
        if not met(each):
            (why,) = [words for beginning, words in MISSED.items() if each["name"].startswith(beginning)] or [
                ""
            ]
            if not why:
                raise KeyError(f"{each['name']} misses {each['bound']}, and MISSED has no sentence on it")
            rows.append((each["name"], why))
    return markdown(("missed", "why"), rows) if rows else "Every bound is met.\n"


def promised(results: Sequence[Mapping[str, Any]] | None = None) -> list[Mapping[str, Any]]:
    """The rows with a bound; the rest of the file explains these."""
    return [each for each in (read() if results is None else results) if each.get("bound")]


def met(row: Mapping[str, Any]) -> bool:
    """Whether a row keeps its promise; of several numbers the first is meant."""
    sign, limit = row["bound"].split()
    value = first(row["value"])
    return bool(
        {">=": operator.ge, "<=": operator.le, "<": operator.lt, ">": operator.gt}[sign](value, float(limit))
    )


def first(value: Any) -> Any:
    """A number, or the first of several: the median or the best."""
    return value[0] if isinstance(value, list) else value


def bound(text: str) -> str:
    return text.replace(">=", "≥ ").replace("<=", "≤ ").replace("  ", " ")


def number(value: Any) -> str:
    """A number with three figures, or several of them."""
    if isinstance(value, list):
        return "; ".join(map(number, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)
