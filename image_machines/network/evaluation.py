"""What is kept of an evaluation: a row per picture, and the metrics of a run."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import files
from image_machines.collection import dataset
from image_machines.network import measures
from image_machines.network.network import Network
from image_machines.network.scoring import Scores


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
    splits = {split: measures.measure(scores, split) for split in ("train", "val")}
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
        "confusion": measures.confusion(scores).tolist(),
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
