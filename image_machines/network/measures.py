"""Measures of a classifier: accuracy, precision and recall, confusion, calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from image_machines.network.scoring import Scores


def confusion(scores: Scores, split: str | None = "val") -> NDArray[np.int64]:
    """How many pictures of each class (rows) the network takes for each class (columns)."""
    _, truth, probabilities = scores.of(split)
    if not len(truth):
        return np.zeros((len(scores.classes),) * 2, np.int64)
    named = probabilities.argmax(axis=1)
    return np.asarray(confusion_matrix(truth, named, labels=range(len(scores.classes))), np.int64)


def measure(scores: Scores, split: str | None = "val") -> dict[str, Any]:
    """Accuracy, loss, expected calibration error; precision, recall and number of pictures of each class.

    A value without a denominator, such as the precision of a class that is never named, is None.
    """
    _, truth, probabilities = scores.of(split)
    if not len(truth):
        return {"pictures": 0, "accuracy": None, "loss": None, "ece": None, "classes": {}}
    named = probabilities.argmax(axis=1)
    sure = np.clip(probabilities[np.arange(len(truth)), truth], 1e-7, 1)
    precision, recall, _, pictures = precision_recall_fscore_support(
        truth, named, labels=range(len(scores.classes)), zero_division=np.nan
    )
    return {
        "pictures": len(truth),
        "accuracy": round(float(accuracy_score(truth, named)), 4),
        "loss": round(float(-np.log(sure).mean()), 4),
        "ece": round(calibration_error(reliability(scores, split)), 4),
        "classes": {
            name: {
                "precision": _share(precision[index]),
                "recall": _share(recall[index]),
                "pictures": int(pictures[index]),
            }
            for index, name in enumerate(scores.classes)
        },
    }


def _share(value: float) -> float | None:
    """A share as it is written, None where there was nothing to share."""
    return None if np.isnan(value) else round(float(value), 4)


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
