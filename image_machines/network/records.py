"""Records of a training: what lies in its folder after every epoch, and where a broken off one goes on.

A checkpoint after every epoch (`<name>-03.keras`, with the optimiser's state), the epochs' numbers
(`<name>.csv`, and for TensorBoard `<name>-logs/`).
"""

from __future__ import annotations

import csv
import io
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
from tqdm import tqdm

from image_machines import files
from image_machines.network.backend import policy
from image_machines.network.graph import producer
from image_machines.network.models import read_card

log = logging.getLogger(__name__)

EARLIER_NAMES = {  # of precisions, in the cards of networks that were trained before
    "auto": "fastest",
    "mixed_bfloat16": "bfloat16",
    "mixed_float16": "float16",
}


def set_precision(model: keras.Model, precision: str) -> None:
    """Let every layer compute in a precision; weights and the classes' probabilities stay float32."""
    for layer in model.layers:
        layer.dtype_policy = keras.DTypePolicy(policy(precision))
    producer(model.outputs[0]).dtype_policy = keras.DTypePolicy("float32")


def read_history(folder: str | Path, name: str) -> list[dict[str, float]]:
    """The numbers of the epochs that a training has finished so far, from its CSV file."""
    path = Path(folder) / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(lines)]
    return [row | {"epoch": int(row["epoch"])} for row in rows]


class Progress(keras.callbacks.Callback):
    """A progress bar per epoch, a step at a time."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.bar = tqdm(total=self.params["steps"], desc=f"epoch {epoch + 1}/{self.epochs}", unit="step")

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.bar.update()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.bar.set_postfix({key: f"{value:.3f}" for key, value in (logs or {}).items()})
        self.bar.close()


class Records(keras.callbacks.Callback):
    """After every epoch: the row of the CSV file, curves for TensorBoard, the checkpoint; each in one piece.

    The row comes before the checkpoint: rows beyond the last checkpoint are dropped when training goes on.
    """

    def __init__(self, folder: Path, name: str, history: list[dict[str, float]], precision: str) -> None:
        super().__init__()
        self.folder, self.name, self.history, self.precision = folder, name, history, precision

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        numbers = {key: round(float(value), 6) for key, value in (logs or {}).items()}
        row = {"epoch": epoch + 1, **numbers, "seconds": round(time.perf_counter() - self.began, 2)}
        self.history.append(row)
        lines = io.StringIO()
        writer = csv.DictWriter(lines, list(row), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.history)
        files.write_text(self.folder / f"{self.name}.csv", lines.getvalue())
        _write_events(self.folder / f"{self.name}-logs", epoch + 1, row)
        self.keep(epoch + 1)

    def keep(self, epoch: int) -> None:
        """Write the checkpoint of an epoch."""
        set_precision(self.model, "float32")  # a checkpoint is for everyone, whatever made it
        with files.replacing(checkpoint(self.folder, self.name, epoch)) as temporary:
            self.model.save(temporary)
        set_precision(self.model, self.precision)


def _write_events(folder: Path, step: int, row: Mapping[str, float]) -> None:
    """One epoch's numbers in TensorBoard's format; left out where TensorFlow is not installed."""
    try:
        from tensorflow.compat.v1 import Event, Summary
        from tensorflow.io import TFRecordWriter
    except ImportError:
        return
    folder.mkdir(parents=True, exist_ok=True)
    now = time.time()
    values = [
        Summary.Value(tag=f"epoch/{key}", simple_value=value) for key, value in row.items() if key != "epoch"
    ]
    with TFRecordWriter(str(folder / f"events.out.tfevents.{step:04d}")) as writer:
        writer.write(Event(wall_time=now, file_version="brain.Event:2").SerializeToString())
        writer.write(Event(wall_time=now, step=step, summary=Summary(value=values)).SerializeToString())


def checkpoint(folder: Path, name: str, epoch: int, suffix: str = ".keras") -> Path:
    """Where the state after an epoch lies."""
    return folder / f"{name}-{epoch:02d}{suffix}"


def earlier(folder: Path, name: str, card: Mapping[str, Any], epochs: int, suffix: str = ".keras") -> int:
    """How many epochs of this very training are on disk; what another one left is moved out of the way."""
    before = read_card(folder / f"{name}.keras")
    if not before:
        return 0
    differs = _differences(before, card)
    if differs:
        aside = folder / f"earlier-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        log.warning(
            "%s in %s was trained with other %s; it is kept in %s and training starts anew",
            name,
            folder,
            ", ".join(differs),
            aside.name,
        )
        _move(folder, name, aside)
        return 0
    if before.get("epochs_done") == epochs and (folder / f"{name}.keras").is_file():
        return epochs  # the checkpoints may be gone, the network is there
    rows = len(read_history(folder, name))
    reached = range(1, min(rows, epochs) + 1)
    whole = [epoch for epoch in reached if checkpoint(folder, name, epoch, suffix).is_file()]
    return max(whole, default=0)


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What of two trainings differs, so that one is no continuation of the other; the epochs may."""
    old, new = dict(before.get("settings") or {}), now["settings"]
    old["precision"] = EARLIER_NAMES.get(old.get("precision", ""), old.get("precision"))
    ignored = {"epochs"} if not new["decay"] else set()
    keys = [key for key in new if key not in ignored and old.get(key) != new[key]]
    settings = [f"{key} ({old.get(key)}, now {new[key]})" for key in keys]
    others = ("classes", "data_fingerprint", "start_fingerprint")
    return settings + [key.replace("_", " ") for key in others if before.get(key) != now[key]]


def _move(folder: Path, name: str, aside: Path) -> None:
    aside.mkdir()
    suffixes = (".keras", ".json", ".csv", "-logs")
    for path in folder.iterdir():
        checkpoint = path.stem.removeprefix(f"{name}-").isdigit() and path.suffix in (".keras", ".npz")
        if checkpoint or path.name in {f"{name}{suffix}" for suffix in suffixes}:
            path.rename(aside / path.name)
