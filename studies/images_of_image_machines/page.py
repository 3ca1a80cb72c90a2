"""The tables of ``RESULTS.md`` and of the notebook, from the files in ``results/``; never by hand.

Run ``make report`` after any of the steps.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import mean, stdev

import pandas as pd

from image_machines import files
from image_machines.collection.captions import readable
from studies.common import pages
from studies.common.results import Found
from studies.images_of_image_machines import (
    HERE,
    RESULTS,
    fresh,
    hypotheses,
    hypotheses_tables,
    methods,
    reading,
)
from studies.images_of_image_machines import choices as trainings
from studies.images_of_image_machines import honesty as checks

PAGE, FULL = HERE / "RESULTS.md", RESULTS / "README.md"
METRICS = RESULTS / "paintings.json"
ROWS = {  # what a row of the trainings changes, in words
    "mixed5": "the main row: frozen through `mixed5`, no work on both sides",
    "mobilenet": "MobileNetV2 instead, frozen through `block_9_add`",
    "random": "divided at random",
    "mixed4": "frozen through `mixed4`",
    "mixed3": "frozen through `mixed3`",
}


def keep_metrics(run: str | Path) -> None:
    """Copy the metrics of a run to where the table of one training is written from."""
    metrics = Path(run) / "metrics.json"
    if not metrics.is_file():
        raise ValueError(f"no metrics.json in {run}; run the chapters first: make run PROFILE=paintings")
    files.write_text(METRICS, metrics.read_text(encoding="utf-8"))


def paintings(metrics: Found | None = None) -> str:
    """What one run on real paintings got right, by default of the run that was kept."""
    metrics = json.loads(METRICS.read_text(encoding="utf-8")) if metrics is None else metrics
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
    return pages.markdown(("what", "value"), rows)


def paper() -> str:
    """The paper's settings and number beside ours."""
    results = trainings.read()
    ours = [each for each in results if each["row"] == "mixed5"]
    recipe = trainings.recipe_of({})
    per_class = sum(ours[0]["pictures"].values()) // len(ours[0]["classes"])
    right = spread([each["accuracy"] for each in ours])
    rows = [
        ("paintings of each class", "1,400", str(per_class)),
        ("optimiser", "SGD, 0.0001", f"{recipe.optimizer.title()}, {recipe.learning_rate:.4f}, falling"),
        ("epochs", "10", str(recipe.epochs)),
        ("division", "at random", "by work"),
        ("pictures for validation", "moved", "as they are"),
        ("named as in the catalogue", "95 %", right),
    ]
    return pages.markdown(("what", "the paper", "here"), rows)


def choices() -> str:
    """A row for each choice: right on the validation set, shown as it is and moved; mean of the seeds."""
    results = trainings.read()
    rows = []
    for name, words in ROWS.items():
        trained = [each for each in results if each["row"] == name]
        if trained:
            parts = trained[0]["pictures"]
            plain = [each["accuracy"] for each in trained]
            moved = [each["accuracy_moved"] for each in trained]
            rows.append(
                (words, str(len(trained)), f"{parts['train']} / {parts['val']}", spread(plain), spread(moved))
            )
    head = ("choice", "seeds", "paintings learned from / tested on", "right", "right, test pictures moved")
    return pages.markdown(head, rows)


def spread(values: Sequence[float]) -> str:
    """The mean as a percentage, with the standard deviation where there are several."""
    text = f"{mean(values):.1%}"
    return text if len(values) < 2 else f"{text} ± {100 * stdev(values):.1f}"


def works(described: Sequence[Found]) -> str:
    """Works in the order of their response, as a list."""
    return "".join(
        f"{place}. {readable(each['work'])} ({each['response']:.3f})\n"
        for place, each in enumerate(described, 1)
    )


def tops() -> str:
    """The works that the network is surest of, for each class."""
    found = reading.read()["classes"]
    rows = [
        (
            name,
            "; ".join(
                readable(each["work"]) + ("" if each["split"] == "train" else " (not learned from)")
                for each in read["top"]
            ),
        )
        for name, read in found.items()
    ]
    return pages.markdown(("class", "the works it is surest of"), rows)


def neurons(count: int = 1) -> str:
    """The neurons that separate each class best, so many of each layer."""
    rows = [
        (
            name,
            layer,
            str(each["neuron"]),
            f"{each['area']['train']:.3f}",
            f"{each['area']['val']:.3f}",
            "; ".join(readable(work["work"]) for work in each["works"][:2]),
        )
        for name, read in reading.read()["classes"].items()
        for layer in reversed(reading.LAYERS)
        for each in read["neurons"][layer][:count]
    ]
    head = ("class", "layer", "neuron", "area, learned from", "area, not seen", "excited most by")
    return pages.markdown(head, rows)


def moved() -> str:
    """How far the channels of each layer that learned have moved."""
    rows = [
        (
            layer,
            f"{change['median']:.3f}",
            ", ".join(f"{each['neuron']} ({each['distance']:.2f})" for each in change["most"][:3]),
            silent(change),
        )
        for layer, change in reading.read()["moved"].items()
    ]
    return pages.markdown(("layer", "median distance", "moved most", "silent before or after"), rows)


def silent(change: Found) -> str:
    """How many channels of a layer are silent, and where these lie."""
    text = f"{change['silent']} of {change['channels']}"
    return text + " ({}–{})".format(*change["silent_between"]) if change["silent"] else text


def honesty() -> str:
    """The checks of the pictures, by layer and method."""
    checked = pd.DataFrame(checks.read())
    checked["agrees"] = checked["second"].str["class"] == checked["class_name"]
    rows = []
    for (layer, preset), group in checked.groupby(["layer", "preset"]):
        reached, named = group["reached"], group.loc[group["class_name"].notna(), "agrees"]
        rows.append(
            (
                layer,
                preset,
                str(len(group)),
                f"{reached.median():.2f} ({reached.min():.2f} to {reached.max():.2f})",
                f"{named.sum()} of {len(named)}" if len(named) else "",
            )
        )
    head = (
        "layer",
        "method",
        "pictures",
        "activation ÷ best painting's: median (range)",
        "second network agrees",
    )
    return pages.markdown(head, rows)


def by_method() -> str:
    """How the same classes and neurons come out by several methods, on several networks."""
    head = (
        "network",
        "method",
        "clipped, at most",
        "contrast, median",
        f"classes that the other network ranks among its first {methods.FIRST}",
        "their rank, median",
    )
    return pages.markdown(head, methods.summary())


def from_nothing() -> str:
    """What `make run` gives with a network that knows photographs, and with one that never saw any."""
    head = (
        "profile",
        "network",
        "pictures learned from / tested on",
        "right",
        *(f"SqueezeNet takes its {name} for" for name in fresh.CLASSES),
    )
    return pages.markdown(head, fresh.summary())


def planted() -> str:
    """What the absence of a planted property does."""
    return hypotheses_tables.ranking_table(hypotheses.read(hypotheses.PLANTED)["ranking"])


def planted_images() -> str:
    """What the class images of the networks with planted properties show."""
    return hypotheses_tables.image_table(hypotheses.read(hypotheses.PLANTED)["images"])


def recoloured() -> str:
    """The recolourings that the finding rests on."""
    return hypotheses_tables.finding_table(hypotheses.read(hypotheses.RECOLOURED)["networks"])


def all_recoloured(number: int) -> str:
    """Every recolouring in one of the networks, 0 the first."""
    return hypotheses_tables.recoloured_table(hypotheses.read(hypotheses.RECOLOURED)["networks"][number])


TABLES: dict[str, Callable[[], str]] = {
    each.__name__: each
    for each in (
        paper,
        paintings,
        choices,
        tops,
        neurons,
        planted,
        planted_images,
        recoloured,
        moved,
        honesty,
        by_method,
        from_nothing,
    )
}
IN_FULL: dict[str, Callable[[], str]] = {
    "neurons": partial(neurons, 16),
    "recoloured-first": partial(all_recoloured, 0),
    "recoloured-second": partial(all_recoloured, 1),
}
