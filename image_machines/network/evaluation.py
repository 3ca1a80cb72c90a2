"""How well a network knows a collection: scores, ranks, measures, mistakes.

A *record* is a row of a data set's manifest: a dict with at least ``file`` (below the data folder), ``class``
and ``split`` ("train", "val", or "" for a picture that is neither). Probabilities are float32 (pictures,
classes); the row of a picture that does not decode is NaN, and the reason is kept.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from image_machines import files, images
from image_machines.collection import dataset, manifest
from image_machines.decoding import USUAL, Conditions
from image_machines.names import nearest
from image_machines.network import backend, gradient
from image_machines.network.forward import Reading, forward
from image_machines.network.network import Network
from image_machines.network.outputs import Answer
from image_machines.network.pipeline import find_pictures, stream
from image_machines.network.pixels import PIXEL_RANGES

Record = Mapping[str, str]

PRECISIONS = ("fastest", "float32", "bfloat16")


@dataclass(frozen=True)
class Ranked:
    """A work at its place in the order of a class's scores; works of equal score share a place."""

    rank: int
    record: Record
    probability: float
    trained_on: bool
    work_seen: bool  # the network has not been trained on it, but on another picture of the same work

    @property
    def mark(self) -> str:
        """A dot for what the network was trained on, a circle for a work of which it saw another picture."""
        return "● " if self.trained_on else "○ " if self.work_seen else ""


@dataclass(frozen=True)
class Mistake:
    """A picture that the network takes for another class."""

    record: Record
    predicted: str
    probability: float


@dataclass(frozen=True, repr=False)
class Scores:
    """What a network answers to every picture of a collection."""

    classes: tuple[str, ...]
    records: Sequence[Record]
    probabilities: NDArray[np.float32]
    unreadable: Mapping[str, str]  # file -> reason
    seconds: float
    precision: str = "float32"

    def __repr__(self) -> str:
        rate = len(self.records) / max(self.seconds, 1e-9)
        return f"Scores({len(self.records)} pictures, {len(self.unreadable)} unreadable, {rate:.0f} a second)"

    def of(
        self, split: str | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """Indices, true classes and probabilities of the readable pictures of a split (None: of all)."""
        indices = np.array(
            [
                index
                for index, record in enumerate(self.records)
                if record["class"] in self.classes
                and (split is None or record["split"] == split)
                and not np.isnan(self.probabilities[index, 0])
            ],
            np.int64,
        )
        truth = np.array([self.classes.index(self.records[index]["class"]) for index in indices], np.int64)
        return indices, truth, self.probabilities[indices]


# --- scoring --------------------------------------------------------------------------------------------


def read_records(data: str | Path) -> list[dict[str, str]]:
    """The records of a data folder: its manifest's, or what lies in ``train/`` and ``val/`` without one."""
    data = Path(data)
    if (data / manifest.MANIFEST).is_file():
        return manifest.read(data)
    records = []
    for split in ("train", "val"):
        if (data / split).is_dir():
            paths, labels, classes = find_pictures(data / split)
            records += [
                {"file": path.relative_to(data).as_posix(), "class": classes[label], "split": split}
                for path, label in zip(paths, labels, strict=True)
            ]
    if not records:
        raise ValueError(f"{data} holds neither {manifest.MANIFEST} nor train/ and val/")
    return records


def score(
    network: Network,
    records: Sequence[Record],
    data: str | Path,
    batch_size: int = 32,
    precision: str = "fastest",
) -> Scores:
    """Show the network every picture, in batches, while the next ones are decoded.

    ``precision``: "float32"; "bfloat16", twice as fast where the processor has it (on 690 paintings it
    changed no verdict, and no probability by more than 0.02); "fastest", what this machine gains from.
    Needs memory for a few batches, however many pictures there are. Files that cannot be read are listed in
    the result. Raises ValueError for a network that gives no probabilities of known classes.
    """
    _answer_of_classes(network)
    chosen = _precision(network, precision)
    answer = answers(network, chosen)
    paths = [Path(data) / record["file"] for record in records]
    probabilities = np.full((len(paths), len(network.classes)), np.nan, np.float32)
    unreadable: dict[str, str] = {}
    began = time.perf_counter()
    with tqdm(total=len(paths), desc="scoring", unit="picture", delay=1) as bar:
        for indices, batch, bad in stream(paths, network.size, PIXEL_RANGES["-1..1"], batch_size):
            if indices:
                probabilities[indices] = gradient.to_array(answer(_filled(batch, batch_size)))[: len(batch)]
            unreadable |= {records[index]["file"]: reason for index, reason in bad.items()}
            bar.update(len(indices) + len(bad))
    return Scores(network.classes, records, probabilities, unreadable, time.perf_counter() - began, chosen)


def score_file(network: Network, path: str | Path, conditions: Conditions = USUAL) -> dict[str, float]:
    """The probability of each class for one picture file, surest first; UnreadablePicture if it is none.

    In float32, whatever the collection was scored in; ``conditions`` are the collection's.
    """
    _answer_of_classes(network)
    picture = images.read(path, (network.size, network.size), conditions)
    answer = gradient.to_array(answers(network, "float32")(images.from_picture(picture)[None]))[0]
    order = np.argsort(-answer, kind="stable")
    return {network.classes[index]: float(answer[index]) for index in order}


@lru_cache(maxsize=4)
def answers(network: Network, precision: str) -> Callable[..., Any]:
    """The network from images (N, H, W, 3) in [-1, 1] to probabilities (N, classes), compiled and folded.

    Kept, with the weights as they are at the first call, since it takes seconds to make.
    """
    said = _answer_of_classes(network)
    run = forward(network, (Reading(said.layer, raw=False),), precision)
    return gradient.compiled(lambda pictures: said.probabilities(run(pictures)[0]), ([None, None, None, 3],))


def _precision(network: Network, precision: str) -> str:
    if precision not in PRECISIONS:
        raise ValueError(f"no precision {precision!r}; choices: {', '.join(PRECISIONS)}")
    found = backend.chosen(precision, network.graph)
    return found if found in PRECISIONS else "float32"


def _filled(batch: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """A short batch filled up with grey, since another shape may be compiled anew."""
    return np.concatenate([batch, np.zeros((size - len(batch), *batch.shape[1:]), np.float32)])


def _answer_of_classes(network: Network) -> Answer:
    """What the network says of its classes; raises ValueError unless that is a probability for each."""
    said, shape = network.answer, tuple(network.graph.outputs[0].shape)
    if not network.classes or (said is not None and said.classes != len(network.classes)):
        raise ValueError(
            f"{network.name} is no classifier of known classes: it gives {shape}, its classes are "
            f"{', '.join(network.classes) or 'not known'}"
        )
    if said is None:
        raise ValueError(
            f"{network.name} gives no probabilities: its last layer {network.output_layer!r} ends neither in "
            "a softmax, nor in one sigmoid, nor in plain logits"
        )
    return said


# --- reading the scores ---------------------------------------------------------------------------------


def top(scores: Scores, name: str, n: int = 3) -> list[Ranked]:
    """The ``n`` works with the highest score for a class, best first, and all that tie with the last."""
    if name not in scores.classes:
        raise ValueError(
            f"no class {name!r}{nearest(name, scores.classes)}; classes: {', '.join(scores.classes)}"
        )
    column = scores.probabilities[:, scores.classes.index(name)]
    readable = np.flatnonzero(~np.isnan(column))
    order = readable[np.argsort(-column[readable], kind="stable")]
    least = column[order[min(n, len(order)) - 1]] if len(order) else 0
    seen = {record.get("work") for record in scores.records if record["split"] == "train"} - {None, ""}
    return [
        Ranked(
            rank=1 + int((column[readable] > column[index]).sum()),
            record=scores.records[index],
            probability=float(column[index]),
            trained_on=scores.records[index]["split"] == "train",
            work_seen=scores.records[index]["split"] != "train" and scores.records[index].get("work") in seen,
        )
        for index in order
        if column[index] >= least
    ]


def confusion(scores: Scores, split: str | None = "val") -> NDArray[np.int64]:
    """How many pictures of each class (rows) the network takes for each class (columns)."""
    _, truth, probabilities = scores.of(split)
    table = np.zeros((len(scores.classes),) * 2, np.int64)
    np.add.at(table, (truth, probabilities.argmax(axis=1)), 1)
    return table


def measure(scores: Scores, split: str | None = "val") -> dict[str, Any]:
    """Accuracy, loss, expected calibration error; precision, recall and number of pictures of each class.

    A value without a denominator, such as the precision of a class that is never named, is None.
    """
    _, truth, probabilities = scores.of(split)
    if not len(truth):
        return {"pictures": 0, "accuracy": None, "loss": None, "ece": None, "classes": {}}
    table = confusion(scores, split)
    right, real, named = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    sure = np.clip(probabilities[np.arange(len(truth)), truth], 1e-7, 1)
    return {
        "pictures": len(truth),
        "accuracy": round(float(right.sum() / len(truth)), 4),
        "loss": round(float(-np.log(sure).mean()), 4),
        "ece": round(calibration_error(reliability(scores, split)), 4),
        "classes": {
            name: {
                "precision": _ratio(right[index], named[index]),
                "recall": _ratio(right[index], real[index]),
                "pictures": int(real[index]),
            }
            for index, name in enumerate(scores.classes)
        },
    }


def reliability(scores: Scores, split: str | None = "val", bins: int = 10) -> list[dict[str, float]]:
    """How often the network is right where it is so and so sure: a bin for each tenth of confidence.

    Each bin has low, high, pictures, confidence (mean) and accuracy; empty ones are left out. Source: Guo et
    al. 2017, "On calibration of modern neural networks", section 2.
    """
    _, truth, probabilities = scores.of(split)
    confidence, right = probabilities.max(axis=1, initial=0), probabilities.argmax(axis=1) == truth
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        {
            "low": place / bins,
            "high": (place + 1) / bins,
            "pictures": int((places == place).sum()),
            "confidence": float(confidence[places == place].mean()),
            "accuracy": float(right[places == place].mean()),
        }
        for place in range(bins)
        if (places == place).any()
    ]


def calibration_error(bins: Sequence[Mapping[str, float]]) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy, weighted by pictures."""
    total = sum(each["pictures"] for each in bins)
    return sum(each["pictures"] * abs(each["confidence"] - each["accuracy"]) for each in bins) / max(total, 1)


def surest_mistakes(scores: Scores, split: str | None = "val", n: int = 6) -> list[Mistake]:
    """The pictures that the network takes for another class, those it is surest of first."""
    indices, truth, probabilities = scores.of(split)
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1, initial=0)
    wrong = np.flatnonzero(predicted != truth)
    order = wrong[np.argsort(-confidence[wrong], kind="stable")][:n]
    return [
        Mistake(scores.records[indices[each]], scores.classes[predicted[each]], float(confidence[each]))
        for each in order
    ]


def _ratio(part: Any, whole: Any) -> float | None:
    return round(float(part / whole), 4) if whole else None


# --- files ----------------------------------------------------------------------------------------------


def write(
    scores: Scores,
    folder: str | Path,
    network: Network,
    card: Mapping[str, Any],
    profile: str | None = None,
    data: str | Path | None = None,
) -> dict[str, Any]:
    """Write ``scores.csv`` (a row per picture) and ``metrics.json`` into a run's folder; returns the metrics.

    ``card`` is the model's; ``data`` the data set's folder, whose kind of split goes into the metrics.
    """
    folder = Path(folder)
    files.write_text(folder / "scores.csv", _table(scores))
    built = dataset.load(data) if data is not None else None
    split = built.record["settings"].get("split") if built is not None else None
    metrics = {"profile": profile, "split": split} | _metrics(scores, network, card)
    files.write_json(folder / "metrics.json", metrics)
    return metrics


def _metrics(scores: Scores, network: Network, card: Mapping[str, Any]) -> dict[str, Any]:
    splits = {split: measure(scores, split) for split in ("train", "val")}
    settings = card.get("settings") or {}
    return {
        "network": {
            "name": network.name,
            "architecture": network.architecture,
            "fingerprint": network.fingerprint,
            "weights_source": network.source,
            "frozen_up_to": settings.get("freeze"),
            "epochs": card.get("epochs_done"),
        },
        "classes": list(scores.classes),
        "counts": {
            name: {
                split: sum(each["class"] == name and each["split"] == split for each in scores.records)
                for split in ("train", "val")
            }
            for name in scores.classes
        },
        "accuracy": {split: measured["accuracy"] for split, measured in splits.items()},
        "loss": {split: measured["loss"] for split, measured in splits.items()},
        "per_class": splits["val"]["classes"],
        "confusion": confusion(scores).tolist(),
        "ece": splits["val"]["ece"],
        "unreadable": dict(scores.unreadable),
        "precision": scores.precision,
        "seconds": {
            "training": card.get("training_seconds"),
            "scoring": round(scores.seconds, 1),
        },
        "seed": card.get("seed"),
        "versions": card.get("versions"),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _table(scores: Scores) -> str:
    """A CSV row per picture: file, class, split, what the network says, how sure it is of each class."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "class", "split", "predicted", "correct", *scores.classes, "unreadable"])
    for record, answer in zip(scores.records, scores.probabilities, strict=True):
        said = [record["file"], record["class"], record["split"]]
        if np.isnan(answer[0]):
            writer.writerow([*said, "", "", *[""] * len(answer), scores.unreadable.get(record["file"], "")])
        else:
            predicted = scores.classes[int(answer.argmax())]
            right = int(predicted == record["class"]) if record["class"] in scores.classes else ""
            writer.writerow([*said, predicted, right, *(f"{value:.6g}" for value in answer), ""])
    return text.getvalue()
