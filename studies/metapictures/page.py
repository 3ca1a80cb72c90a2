"""The tables of ``RESULTS.md``, from the files of the steps."""

from __future__ import annotations

import json

from studies.common.pages import Tables, markdown
from studies.common.results import Row
from studies.metapictures import HERE, RESULTS, generator_page, law

PAGE = HERE / "RESULTS.md"


def read() -> list[Row]:
    """The rows of the curve, none where it was not made."""
    file = RESULTS / "curve.json"
    return list(json.loads(file.read_text(encoding="utf-8"))["rows"]) if file.is_file() else []


def methods() -> str:
    """Each method's faithfulness and distances, the best ones of each measure marked."""
    means = law.averages(read())
    best = {measure: law.frontier(law.averages(law.compared(read())), measure) for measure in law.MEASURES}
    lines = [
        [name, f"{mean['faithfulness']:.2f}", f"{mean['of the longer']:.2f}"]
        + [f"**{mean[key]:.3f}**" if name in best[key] else f"{mean[key]:.3f}" for key in law.MEASURES]
        for name, mean in sorted(means.items(), key=lambda each: -each[1]["faithfulness"])
    ]
    return markdown(
        ["method", "excites, of the plain picture", "of the longer plain one", *law.MEASURES.values()], lines
    )


def inverse() -> str:
    """The rank correlations of faithfulness and legibility."""
    return inverse_table(read())


def inverse_table(rows: list[Row]) -> str:
    """A line for each kind of neuron and each measure."""
    lines = [
        [
            row["kind"],
            law.MEASURES[row["measure"]],
            f"{row['mean']:.2f} ({row['interval'][0]:.2f} to {row['interval'][1]:.2f})",
            f"{row['below zero']} of {row['neurons']}",
            f"{row['pooled']:.2f}",
        ]
        for row in law.summary(rows)
    ]
    return markdown(
        ["neurons", "legible is", "a neuron's correlation", "below zero", "of the methods' means"],
        lines,
    )


def agreement() -> str:
    """How much the measures of legibility agree."""
    return markdown(
        ["measures of distance", "rank correlation over the methods"],
        [[name, f"{value:.2f}"] for name, value in law.agreement(read()).items()],
    )


def transfer() -> str:
    """What other networks take the pictures for, and those of shuffled weights, where they were drawn."""
    file = RESULTS / "transfer.json"
    rows = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    controls = {(row["method"], row["judge"]): row for row in law.against_shuffled(rows)}
    lines = []
    for row in law.transfer(read()):
        control = controls.get((row["method"], row["judge"]))
        line = [row["method"], row["judge"], f"{row['median rank']:g}", f"{row['among the first five']:.0%}"]
        if control is None:
            line += ["", ""]
        else:
            low, high = control["interval"]
            line += [
                f"{control['median rank']:g}",
                f"{control['more']:+.2f} ({low:+.2f} to {high:+.2f})",
            ]
        lines.append(line)
    head = ["method", "judged by", "median rank of the class", "among the first five"]
    head += ["median rank, shuffled weights", "log-odds, more than of shuffled weights"]
    return markdown(head, lines)


TABLES: Tables = {
    "methods": methods,
    "inverse": inverse,
    "agreement": agreement,
    "transfer": transfer,
    **generator_page.TABLES,
}
