"""The tables of the ground truths, from ``results/truth-*.json``; never by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from studies.common import pages
from studies.relevance import HERE, RESULTS
from studies.relevance.truth import judging

PAGE = HERE / "truth" / "RESULTS.md"
KINDS = {"one-part": "one part", "two-parts": "two parts"}
REGIONS = ("face", "clothing", "hands", "rest of the head", "background")
CLAIMED = ("face", "clothing")  # of a portrait, by the paper
TOGETHER = "the three together"
BIRDS = {  # scores of a bird, and what they are called
    "correlation": "rank correlation",
    "density": "the same, heat per pixel",
    "size": "heat and the parts' size",
    "outlines": "heat and outlines",
    "pointing": "points at the chief part",
    "bird": "points at a part",
}
GATES = {  # which units let gradients pass, and how these get through strides -> the method
    ("every unit", "plain"): "deconvnet",
    ("every unit", "mended"): "mended deconvnet",
    ("units at work", "plain"): "guided backpropagation",
    ("units at work", "mended"): "mended guided backpropagation",
    ("nothing: noise", ""): "noise",
}
WAYS = {  # how the name of a method ends -> what it is called beside the mended one
    "guided": "plain guided backpropagation",
    "deconvnet": "plain deconvnet",
    "blurred": "plain guided backpropagation out of focus",
}

Row = Mapping[str, Any]


def read(name: str) -> list[dict[str, Any]]:
    """The rows of a file of results; none where the command has not run."""
    file = Path(RESULTS) / f"truth-{name}.json"
    return list(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else []


def said(summary: Row | None, digits: int = 2, sign: bool = False) -> str:
    """A mean with its interval, "" where nothing is defined."""
    if not summary or summary["mean"] is None:
        return ""
    shown = [f"{value:{'+' if sign else ''}.{digits}f}" for value in (summary["mean"], *summary["interval"])]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


def bouquets() -> str:
    """Every method on the marked bouquets, best overlap first."""
    head = ("decided by", "network", "method", "overlap", "at the best threshold", "points right",
            "heat inside", "deletion", "insertion", "power at the stride")  # fmt: skip
    rows = []
    for row in _ranked(read("bouquets"), ("kind", "network"), "overlap"):
        best = row["best_overlap"]
        rows.append(
            (KINDS[row["kind"]], row["network"], row["method"], said(row["overlap"]), said(best))
            + tuple(said(row[name]) for name in ("pointing", "inside", "deletion", "insertion"))
            + (f"{row['grid']['mean']:.1%}" if "grid" in row else "",)
        )
    return pages.markdown(head, rows)


def bouquet_networks() -> str:
    """What the networks of the bouquets got right, and on how many bouquets the methods are scored."""
    first = {(row["kind"], row["network"]): row for row in reversed(read("bouquets"))}
    rows = [
        (KINDS[kind], network, f"{row['accuracy']:.1%}", str(row["overlap"]["pictures"]))
        for (kind, network), row in sorted(first.items())
    ]
    return pages.markdown(("decided by", "network", "classes named right", "bouquets scored"), rows)


def bouquet_classes() -> str:
    """How alike a method's heat is when it is asked for another class of the same bouquet."""
    cells = {
        (row["kind"], row["network"], row["method"]): row["another"]
        for row in read("bouquets")
        if "another" in row
    }
    methods = list(dict.fromkeys(method for _, _, method in cells))
    rows = [
        (KINDS[kind], network, *(said(cells.get((kind, network, method))) for method in methods))
        for kind, network in sorted({key[:2] for key in cells})
    ]
    return pages.markdown(("decided by", "network", *methods), rows)


def birds() -> str:
    """Every method on FunnyBirds, best rank correlation first; what was measured of none is left out."""
    found = _ranked(read("birds"), (), "correlation")
    kept = [name for name in BIRDS if any(name in row for row in found)]
    rows = [(row["method"], *(said(row.get(name)) for name in kept)) for row in found]
    return pages.markdown(("method", *(BIRDS[name] for name in kept)), rows)


def bird_gates() -> str:
    """The two things apart that tell the mended method from plain deconvnet: the gate and the grid."""
    found = {row["method"]: row for row in read("birds")}
    kept = ("correlation", "density", "bird")
    rows = [
        (gate, strides, *(said(found[method].get(name)) for name in kept))
        for (gate, strides), method in GATES.items()
        if method in found
    ]
    head = ("gradients pass", "back through strides", *(BIRDS[name] for name in kept))
    return pages.markdown(head, rows)


def bird_network() -> str:
    """What the network of the birds got right."""
    rows = [
        (row["network"], str(row["correlation"]["pictures"]), f"{row['accuracy']:.1%}")
        for row in read("birds")[:1]
    ]
    return pages.markdown(("network", "test birds", "named right, of 20 classes"), rows)


def mended() -> str:
    """By how much the mended methods are ahead of the plain ones, bouquet by bouquet and bird by bird."""
    found = [
        (f"overlap, {KINDS[row['kind']]}, {row['network']}", row["method"], row.get("ahead"))
        for row in read("bouquets")
    ]
    for row in read("birds"):
        found += [
            ("rank correlation, birds", row["method"], row.get("ahead")),
            ("the same, heat per pixel", row["method"], row.get("ahead_per_pixel")),
        ]
    rows = [
        (what, method, *(said(_of(ahead, way), sign=True) for way in WAYS))
        for what, method, ahead in found
        if ahead
    ]
    head = ("score", "method", *(f"ahead of {way}" for way in WAYS.values()))
    return pages.markdown(head, rows)


def _of(ahead: Mapping[str, Row], way: str) -> Row | None:
    """How far ahead of the method that leads gradients back in a way."""
    plain = {"guided": judging.PLAIN[0]}.get(way, way)
    return next((found for name, found in ahead.items() if name.endswith((f", {way}", plain))), None)


def portraits_change() -> str:
    """What replacing each region does, the mean of the three fills."""
    rows = []
    for row in _portraits("change"):
        if row["by"] == TOGETHER:
            rows.append(
                (row["network"], row["region"], str(row["change"]["pictures"]), f"{row['area']:.1%}")
                + tuple(
                    said(row[name], sign=True)
                    for name in ("change", "control", "beyond_control", "per_tenth", "control_per_tenth")
                )
            )
    head = ("network", "region", "portraits", "share of the picture, median", "change of log-odds",
            "an equal piece of background", "the difference", "change per tenth of the picture",
            "the background's")  # fmt: skip
    return pages.markdown(head, rows)


def portraits_fills() -> str:
    """The same for each fill by itself."""
    rows = [
        (row["network"], row["region"], row["by"])
        + tuple(said(row[name], sign=True) for name in ("change", "control", "beyond_control"))
        for row in _portraits("change")
        if row["by"] != TOGETHER
    ]
    head = (
        "network",
        "region",
        "fill",
        "change of log-odds",
        "an equal piece of background",
        "the difference",
    )
    return pages.markdown(head, rows)


def portraits_heat() -> str:
    """How many times its share of the picture each region has of a method's heat."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in _portraits("heat"):
        found.setdefault((row["network"], row["by"]), {})[row["region"]] = row["against_area"]
    rows = [
        (*key, str(max(each["pictures"] for each in regions.values())))
        + tuple(said(regions.get(region)) for region in REGIONS)
        for key, regions in found.items()
    ]
    return pages.markdown(("network", "method", "portraits", *REGIONS), rows)


def claim() -> str:
    """One sentence on what "faces and drapery" is worth, from the differences from the controls."""
    rows = [row for row in _portraits("change") if row["by"] == TOGETHER]
    having = {region: {row["network"] for row in rows if row["region"] == region} for region in CLAIMED}
    networks = sorted(set.intersection(*having.values()))
    if not networks:
        return ""
    told = " and ".join(_needed(rows, region, networks) for region in CLAIMED)
    sentence = f"Replaced by what is at home in the same painting, {told}{_for_its_area(rows, networks)}."
    return pages.markdown(("what *faces and drapery* is worth",), [(sentence,)])


def _for_its_area(rows: Sequence[Row], networks: Sequence[str]) -> str:
    """How much more the face counts than the drapery, area for area; "" where one of them does not count."""
    ratios = []
    for network in networks:
        face, drapery = (_row(rows, network, region)["per_tenth"]["mean"] for region in CLAIMED)
        if max(face, drapery) < 0:
            ratios.append(f"{face / drapery:.0f} times as much to {network}")
    return f"; for its area the face counts {' and '.join(ratios)}" if ratios else ""


def _row(rows: Sequence[Row], network: str, region: str) -> Row:
    return next(each for each in rows if each["network"] == network and each["region"] == region)


def _needed(rows: Sequence[Row], region: str, networks: Sequence[str]) -> str:
    """Whether a region counts for more than an equally large piece of background, network by network."""
    name = {"face": "the face", "clothing": "the drapery"}[region]
    told = []
    for network in networks:
        row = _row(rows, network, region)
        low, high = row["beyond_control"]["interval"]
        verdict = (
            "is needed"
            if high < 0
            else "speaks against a portrait"
            if low > 0
            else "is not shown to be needed"
        )
        told.append(
            f"{verdict} by {network} ({said(row['beyond_control'], sign=True)} log-odds beyond its control)"
        )
    return f"{name} {' and '.join(told)}"


def _portraits(what: str) -> list[dict[str, Any]]:
    found = [row for row in read("portraits") if row["what"] == what]
    return sorted(found, key=lambda row: (row["network"], *_order(row["region"])))


def _order(region: str) -> tuple[bool, int, str]:
    """The known regions in their order, others behind."""
    return region not in REGIONS, REGIONS.index(region) if region in REGIONS else 0, region


def _ranked(rows: Sequence[dict[str, Any]], groups: Sequence[str], score: str) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: ([row[name] for name in groups], -(row[score]["mean"] or 0)))


TABLES: pages.Tables = {
    "bouquet-networks": bouquet_networks,
    "bouquets": bouquets,
    "bouquet-classes": bouquet_classes,
    "bird-network": bird_network,
    "birds": birds,
    "bird-gates": bird_gates,
    "mended": mended,
    "portraits-change": portraits_change,
    "portraits-fills": portraits_fills,
    "portraits-heat": portraits_heat,
    "claim": claim,
}
