"""Scoring: what a network answers to every picture of a collection, in batches.

A *record* is a row of a data set's manifest: a dict with at least ``file`` (below the data folder), ``class``
and ``split`` ("train", "val", or "" for a picture that is neither). Probabilities are float32 (pictures,
classes); the row of a picture that does not decode is NaN, and the reason is kept.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from image_machines import images
from image_machines.collection import manifest
from image_machines.decoding import USUAL, Conditions
from image_machines.names import unknown
from image_machines.network import backend, gradient
from image_machines.network.forward import Reading, forward
from image_machines.network.network import Network
from image_machines.network.outputs import Answer
from image_machines.network.pipeline import find_pictures, stream
from image_machines.network.pixels import PIXEL_RANGES
from image_machines.network.tensors import Function

Record = Mapping[str, str]

PRECISIONS = ("fastest", "float32", "bfloat16")


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
def answers(network: Network, precision: str) -> Function:
    """The network from images (N, H, W, 3) in [-1, 1] to probabilities (N, classes), compiled and folded.

    Kept, with the weights as they are at the first call, since it takes seconds to make.
    """
    said = _answer_of_classes(network)
    run = forward(network, (Reading(said.layer, raw=False),), precision)
    return gradient.compiled(lambda pictures: said.probabilities(run(pictures)[0]), ([None, None, None, 3],))


def _precision(network: Network, precision: str) -> str:
    if precision not in PRECISIONS:
        raise ValueError(unknown("precision", precision, PRECISIONS))
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
        raise ValueError(f"{network.name} gives no probabilities: {_why_none(network)}")
    return said


def _why_none(network: Network) -> str:
    """Why no probabilities can be made of what a network gives."""
    results = network.graph.outputs
    if len(results) > 1:
        return f"it has {len(results)} outputs, and a classifier has one"
    if len(results[0].shape) != 2:
        return f"its output is {tuple(results[0].shape)}, not one number for each class"
    return (
        f"its last layer {network.output_layer!r} ends neither in a softmax, nor in one sigmoid, nor in "
        "plain logits"
    )
