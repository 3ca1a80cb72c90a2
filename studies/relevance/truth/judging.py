"""Judging: every method's heat on every picture, kept on disk, so that a killed run goes on where it was.

Beside the methods stand two that know nothing of the network: ``centre`` (a hill in the middle) and ``edges``
(where the picture changes, after Adebayo and others 2018). A method that is not ahead of them and of noise
has explained nothing.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, sobel
from tqdm import tqdm

from image_machines import files
from image_machines.attribution import heatmaps
from image_machines.attribution.explanation import explain
from image_machines.attribution.features import Relevance
from image_machines.attribution.targets import of_class
from image_machines.images import Picture
from image_machines.names import unknown
from image_machines.network.network import Network
from studies.relevance.study import learned
from studies.relevance.truth import scores

log = logging.getLogger("image_machines.studies")

CHUNK = 32  # pictures at a time
TESTED = 4  # every so manieth picture says which mu is best
BLUR = 0.02  # of the side: the deviation of a heatmap out of focus
MENDED, PLAIN = "mended guided backpropagation", ("guided backpropagation", "deconvnet")
SMOOTH = "guided backpropagation, blurred"
FEATURES = {  # the explanation by relevant features, each heated in one of these ways
    "relevant features, mended": MENDED,
    "relevant features, guided": PLAIN[0],
    "relevant features, deconvnet": PLAIN[1],
}
HELD_AGAINST = {  # mended -> plain
    MENDED: (*PLAIN, SMOOTH),
    "mended deconvnet": PLAIN[1:],
    "relevant features, mended": tuple(FEATURES)[1:],
}

Heat = NDArray[np.float32]
Pictures = NDArray[np.uint8]  # (N, H, W, 3)
Method = Callable[[Network, Pictures, Sequence[str]], Heat]  # network, pictures, classes -> (N, H, W), 0-1


def centre(network: Network, pictures: Pictures, names: Sequence[str]) -> Heat:
    """A hill over the middle, a quarter of the side wide."""
    rows, columns = (np.linspace(-2, 2, side) ** 2 for side in pictures.shape[1:3])
    hill = np.exp(-(rows[:, None] + columns[None, :]) / 2).astype(np.float32)
    return np.broadcast_to(hill, pictures.shape[:3])


def edges(network: Network, pictures: Pictures, names: Sequence[str]) -> Heat:
    """How much the picture changes, colour by colour."""
    values = pictures.astype(np.float32)
    return np.hypot(sobel(values, 1), sobel(values, 2)).sum(axis=3).astype(np.float32)


def asking(method: str) -> Method:
    """One of the package's methods, asked for the logits of classes."""

    def ask(network: Network, pictures: Pictures, names: Sequence[str]) -> Heat:
        targets = [of_class(network, name) for name in names]
        return np.asarray(heatmaps.heatmaps(network, pictures, targets, method))

    return ask


def explaining(relevance: Relevance, method: str) -> Method:
    """The features that classes go by, each heated by one of the package's methods, by what they add."""

    def ask(network: Network, pictures: Pictures, names: Sequence[str]) -> Heat:
        found = [
            explain(network, picture, relevance, method=method, name=name)
            for picture, name in zip(pictures, names, strict=True)
        ]
        return np.stack([each.heat(pictures.shape[1:3]) for each in found])

    return ask


def blurred(method: Method) -> Method:
    """A method's heat out of focus: what smoothness alone is worth to the scores."""

    def ask(network: Network, pictures: Pictures, names: Sequence[str]) -> Heat:
        spread = BLUR * pictures.shape[1]
        return gaussian_filter(method(network, pictures, names), (0, spread, spread))

    return ask


def methods() -> dict[str, Method]:
    """All methods of the package, the two that know nothing of the network, and one out of focus."""
    found = {name: asking(name) for name in heatmaps.METHODS}
    return found | {SMOOTH: blurred(found[PLAIN[0]]), "centre": centre, "edges": edges}


def by_features(network: Network, data: Path, folder: Path, most: int = 40) -> dict[str, Method]:
    """The explanations by relevant features, chosen on ``most`` pictures of each class in ``train/``."""
    files = [
        path.relative_to(data)
        for name in network.classes
        for path in sorted((data / "train" / name).iterdir())[:most]
    ]
    records = [{"file": path.as_posix(), "class": path.parent.name} for path in files]
    held_out = np.arange(len(records)) % TESTED == 0
    relevance = learned(folder / network.fingerprint[7:15], data, network, records, held_out).relevance
    return {name: explaining(relevance, method) for name, method in FEATURES.items()}


def chosen(names: Sequence[str], known: Mapping[str, Method]) -> dict[str, Method]:
    """The methods of these names, all where there are none; raises ValueError for one that there is not."""
    for name in names:
        if name not in known:
            raise ValueError(unknown("method", name, known))
    return {name: known[name] for name in names or known}


def heats(
    network: Network, pictures: Sequence[Picture], names: Sequence[str], method: Method, file: Path
) -> tuple[Heat, float]:
    """The heat (N, H, W) of all pictures, from the file where it is there, and the seconds for a picture."""
    timing = file.with_suffix(".json")
    if file.is_file() and timing.is_file():
        return np.load(file), float(json.loads(timing.read_text(encoding="utf-8"))["seconds"])
    shown = np.stack(pictures)
    method(network, shown[:2], names[:2])  # what the first call compiles is not the method's time
    began = time.perf_counter()
    found = np.concatenate(
        [
            method(network, shown[first : first + CHUNK], names[first : first + CHUNK])
            for first in tqdm(range(0, len(shown), CHUNK), file.stem, unit="batch", delay=2)
        ]
    )
    seconds = (time.perf_counter() - began) / len(shown)
    with files.replacing(file) as temporary, temporary.open("wb") as opened:
        np.save(opened, found)
    files.write_json(timing, {"seconds": round(seconds, 4)})
    return found, seconds


class Results:
    """A file of rows, each known by some of its values; written anew with every row that is put into it."""

    def __init__(self, file: Path, keys: Sequence[str]) -> None:
        self.file, self.keys = file, tuple(keys)

    def read(self) -> list[dict[str, Any]]:
        """All rows so far."""
        return list(json.loads(self.file.read_text(encoding="utf-8"))) if self.file.is_file() else []

    def find(self, **values: Any) -> dict[str, Any] | None:
        """The row that has all of these values."""
        rows = [row for row in self.read() if all(row.get(key) == value for key, value in values.items())]
        return rows[0] if rows else None

    def put(self, row: dict[str, Any]) -> None:
        """Put a row in, in place of the one that it is known by."""
        same = {key: row[key] for key in self.keys}
        others = [each for each in self.read() if {key: each.get(key) for key in self.keys} != same]
        files.write_json(self.file, [*others, row])


def compare(
    results: Results, known_by: Mapping[str, str], values: Mapping[str, scores.Values], into: str = "ahead"
) -> None:
    """Put into the mended methods' rows by how much they are ahead of the plain ones, picture by picture."""
    for mended, others in HELD_AGAINST.items():
        row = results.find(**known_by, method=mended)
        if row is not None and mended in values:
            ahead = {name: scores.summary(values[mended] - values[name]) for name in others if name in values}
            results.put(row | {into: ahead})


def resized_mask(mask: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """A mask as a square, by the nearest pixel."""
    picture = Image.fromarray(mask.astype(np.uint8))
    return np.asarray(picture.resize((side, side), Image.Resampling.NEAREST)) > 0
