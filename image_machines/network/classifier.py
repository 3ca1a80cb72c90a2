"""A network learns the classes of a collection: head, freezing, training, resuming, the model's card.

The recipe's defaults are those of Offert 2018, section 3. Training writes, beside one another in the model
folder: a checkpoint after every epoch (`<name>-03.keras`, with the optimiser's state), the epochs' numbers
(`<name>.csv`, and for TensorBoard `<name>-logs/`), at the end the model of the last epoch (`<name>.keras`,
as in the paper; the best on a small validation set would be the luckiest), and the card (`<name>.json`).
"""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import os
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import keras
from tqdm import tqdm

from image_machines import files, machine
from image_machines.network import models
from image_machines.network.models import Network
from image_machines.network.pipeline import Augmentation, Batches, Pictures, find_pictures

log = logging.getLogger(__name__)

PRECISIONS = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
OPTIMIZERS = ("sgd", "adam")


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. The defaults are the paper's fine-tuning (Offert 2018)."""

    architecture: str = "InceptionV3"  # "small" or the name of a Keras Applications network
    weights: str = "imagenet"  # "imagenet", a file, or "" to start from random weights
    freeze: str = "mixed5"  # this layer and all it depends on keep their weights; "" freezes nothing
    dense: int = 1024  # units of the hidden layer between pooling and classes; 0 leaves it out
    optimizer: str = "sgd"  # "sgd" with momentum, or "adam"
    learning_rate: float = 1e-4
    momentum: float = 0.9
    decay: bool = False  # learning rate falls to zero along half a cosine
    batch_size: int = 32
    epochs: int = 10
    size: int = 299  # side of the pictures in pixels
    augmentation: Augmentation | None = field(default_factory=Augmentation)
    augment_validation: bool = False  # as in 2018, which blurs the validation accuracy
    precision: str = "auto"  # "float32", "mixed_bfloat16", "mixed_float16", or what the hardware gains from
    seed: int = 0

    def __post_init__(self) -> None:
        for name, choices in (("precision", PRECISIONS), ("optimizer", OPTIMIZERS)):
            if getattr(self, name) not in choices:
                raise ValueError(f"no {name} {getattr(self, name)!r}; choices: {', '.join(choices)}")
        for name in ("batch_size", "epochs", "size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")

    @classmethod
    def of(cls, values: Any) -> Recipe:
        """The recipe from the attributes of another object, such as a notebook's; None means the default.

        ``augmentation`` may be a dict of what differs from the paper's; ``augment=False`` means none at all.
        """
        names = [item.name for item in fields(cls) if item.name != "augmentation"]
        given = {name: getattr(values, name) for name in names if getattr(values, name, None) is not None}
        movements = getattr(values, "augmentation", None) or {}
        known = {item.name for item in fields(Augmentation)}
        for name in movements:
            if name not in known:
                raise ValueError(f"no augmentation {name!r}; choices: {', '.join(sorted(known))}")
        moved = getattr(values, "augment", None) is not False
        return cls(**given, augmentation=Augmentation(**movements) if moved else None)


@dataclass(frozen=True)
class Trained:
    """A network that has learned, the numbers of its epochs, and its card."""

    network: Network
    history: list[dict[str, float]]  # per epoch: epoch, accuracy, loss, val_accuracy, val_loss, seconds
    card: dict[str, Any]


# --- network --------------------------------------------------------------------------------------------


def add_head(base: Network, classes: Sequence[str], dense: int = 1024, seed: int = 0) -> Network:
    """Put a classifier on the last map of ``base``: average pooling, a ReLU layer, a softmax ``predictions``.

    The graph stays flat: the head's layers stand beside those of the base. ``seed`` draws the new weights.
    """
    if len(classes) < 2:
        raise ValueError(f"a classifier needs at least two classes, not {list(classes)}")
    drawn = [keras.initializers.GlorotUniform(seed=seed + place) for place in (1, 2)]
    tensor = keras.layers.GlobalAveragePooling2D(name="pooling")(base.graph.outputs[0])
    if dense:
        tensor = keras.layers.Dense(dense, activation="relu", kernel_initializer=drawn[0], name="dense")(
            tensor
        )
    tensor = keras.layers.Dense(
        len(classes), activation="softmax", kernel_initializer=drawn[1], name="predictions"
    )(tensor)
    model = keras.Model(base.graph.inputs[0], tensor, name=base.graph.name)
    return models.with_graph(base, model, classes=tuple(classes))


def freeze(network: Network, layer: str) -> list[str]:
    """Freeze a layer and all that it depends on; "" freezes nothing. Returns the names of what still learns.

    A frozen batch norm uses its stored statistics. One that learns normalises by the batch at hand and moves
    its stored statistics by a hundredth per step, so in the first hundred steps validation, which uses these,
    lags behind training. Holding the statistics of all norms instead makes small collections worse: without
    them the steps of SGD diverge at the learning rates that a few hundred steps need.
    """
    for each in network.graph.layers:
        each.trainable = True
    if layer:
        found = network.graph.get_layer(models.find_layer(network, layer).name)
        for each in models.ancestors(found):
            each.trainable = False
    return [each.name for each in network.graph.layers if each.trainable_weights]


def prepare(recipe: Recipe, classes: Sequence[str], name: str) -> Network:
    """The network as a recipe's training begins with it: weights, head, frozen layers."""
    base = models.build(recipe.architecture, recipe.weights or None, seed=recipe.seed, name=name)
    network = add_head(base, classes, recipe.dense, recipe.seed)
    network = models.with_graph(network, network.graph, size=recipe.size)
    learning = freeze(network, recipe.freeze)
    log.info("%d layers learn, from %s on", len(learning), learning[0])
    return network


def set_precision(model: keras.Model, precision: str) -> None:
    """Let every layer compute in a Keras policy; weights and the classes' probabilities stay float32."""
    for layer in model.layers:
        layer.dtype_policy = keras.DTypePolicy(precision)
    model.layers[-1].dtype_policy = keras.DTypePolicy("float32")


def hardware_precision(model: keras.Model) -> str:
    """The policy that this machine gains from with this network; a rule, not a race, so that runs repeat.

    GPUs: matrix units for 16 bits came with compute capability 7, and bfloat16, which needs no scaling of the
    loss, with 8. CPUs with bfloat16 instructions: InceptionV3 trains 1.4 times as fast, networks of depthwise
    convolutions (MobileNetV2: 0.9) do not gain.
    """
    capability = _gpu_capability()
    if capability is not None:
        return "mixed_bfloat16" if capability >= 8 else "mixed_float16" if capability >= 7 else "float32"
    depthwise = any("Depthwise" in type(layer).__name__ for layer in model.layers)
    return "mixed_bfloat16" if machine.cpu_has_bfloat16() and not depthwise else "float32"


def _settle_sums() -> None:
    """Let TensorFlow add up in a fixed order on a GPU too, so that the same seed gives the same weights."""
    if keras.backend.backend() == "tensorflow" and _gpu_capability() is not None:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def _gpu_capability() -> float | None:
    """Compute capability of the first GPU that the backend sees, None without one."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        devices = tf.config.list_physical_devices("GPU")
        found = (
            tf.config.experimental.get_device_details(devices[0]).get("compute_capability")
            if devices
            else None
        )
        return float(f"{found[0]}.{found[1]}") if found else None
    if keras.backend.backend() == "jax":
        import jax

        found = getattr(jax.devices()[0], "compute_capability", None)
        return float(found) if found else None
    import torch

    return (
        float(".".join(map(str, torch.cuda.get_device_capability()))) if torch.cuda.is_available() else None
    )


# --- training -------------------------------------------------------------------------------------------


def train(
    recipe: Recipe,
    data: str | Path,
    folder: str | Path,
    name: str,
    licence: str | None = None,
    profile: str | None = None,
) -> Trained:
    """Train on the pictures in ``data/train/<class>`` and validate on ``data/val/<class>``; see the module.

    Goes on after the last finished epoch when the same training was broken off, and returns at once when it
    was finished. Checkpoints of another training (settings, data or weights differ) are moved to
    ``earlier-<time>/``, and the log says what differs. ``licence`` (of a file of weights) and ``profile`` go
    into the card.
    """
    data, folder = Path(data), Path(folder)
    train_set, val_set = find_pictures(data / "train"), find_pictures(data / "val")
    if train_set[2] != val_set[2]:
        raise ValueError(f"{data} trains {train_set[2]} but validates {val_set[2]}")
    network = prepare(recipe, train_set[2], name)
    card = _card(recipe, network, data, train_set[0] + val_set[0])
    card |= {"profile": profile, "weights_licence": licence or weights_licence(recipe)}
    card_path = folder / f"{name}.json"
    done = _earlier(folder, name, card, recipe.epochs)
    if done == recipe.epochs and models.read_card(folder / f"{name}.keras").get("epochs_done") == done:
        log.info("%s is trained already, %d epochs", name, done)
        finished = models.load(folder / f"{name}.keras")
        return Trained(
            finished, read_history(folder, name)[:done], models.read_card(folder / f"{name}.keras")
        )
    files.write_json(card_path, card)
    history = read_history(folder, name)[:done]
    if done < recipe.epochs:
        model = _fit(recipe, network, train_set, val_set, folder, name, history)
    else:
        model = keras.models.load_model(_checkpoint(folder, name, done), compile=False)
    trained = models.with_graph(network, model, opened_from=files.portable(folder / f"{name}.keras"))
    card |= {
        "fingerprint": trained.fingerprint,
        "metrics": {key: value for key, value in history[-1].items() if key != "epoch"},
        "epochs_done": len(history),
        "training_seconds": round(sum(row["seconds"] for row in history), 1),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    models.save(trained, folder / f"{name}.keras", card)
    return Trained(trained, history, models.read_card(folder / f"{name}.keras"))


def read_history(folder: str | Path, name: str) -> list[dict[str, float]]:
    """The numbers of the epochs that a training has finished so far, from its CSV file."""
    path = Path(folder) / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(lines)]
    return [row | {"epoch": int(row["epoch"])} for row in rows]


def versions() -> dict[str, str]:
    """Versions of what a trained network, or an image made from one, depends on, for cards."""
    backend = keras.backend.backend()
    found = {"python": platform.python_version(), "backend": backend, "machine": platform.machine()}
    for package in ("image-machines", "keras", "numpy", "pillow", backend):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _fit(
    recipe: Recipe,
    network: Network,
    train_set: tuple[list[Path], list[int], list[str]],
    val_set: tuple[list[Path], list[int], list[str]],
    folder: Path,
    name: str,
    history: list[dict[str, float]],
) -> keras.Model:
    """Train from where ``history`` ends, which grows by a row per epoch; returns the model of the last."""
    done = len(history)
    steps = -(-len(train_set[0]) // recipe.batch_size)
    precision = recipe.precision if recipe.precision != "auto" else hardware_precision(network.graph)
    if done:
        log.info("going on after epoch %d of %d", done, recipe.epochs)
        model = keras.models.load_model(_checkpoint(folder, name, done))
    else:
        model = compiled(network.graph, recipe, steps, precision)
    set_precision(model, precision)
    _settle_sums()
    machine.keep_freed_memory()
    batches = _batches(recipe, network, train_set, recipe.augmentation, recipe.seed, done)
    checks = _batches(recipe, network, val_set, recipe.augmentation if recipe.augment_validation else None)
    model.fit(
        batches,
        validation_data=checks,
        initial_epoch=done,
        epochs=recipe.epochs,
        verbose=0,
        shuffle=False,  # the batches have their own order, which depends on the seed
        callbacks=[Progress(recipe.epochs), Records(folder, name, history, precision)],
    )
    set_precision(model, "float32")
    return model


def compiled(model: keras.Model, recipe: Recipe, steps: int, precision: str) -> keras.Model:
    """The model with the recipe's optimiser and loss; ``steps`` are those of one epoch."""
    rate: Any = recipe.learning_rate
    if recipe.decay:
        rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps * recipe.epochs)
    if recipe.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(rate, momentum=recipe.momentum)
    else:
        optimizer = keras.optimizers.Adam(rate)
    if precision == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    compiled_graph = (
        keras.backend.backend() == "jax"
    )  # on TensorFlow XLA compiles for minutes and gains little
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"], jit_compile=compiled_graph)
    return model


def _batches(
    recipe: Recipe,
    network: Network,
    found: tuple[list[Path], list[int], list[str]],
    augmentation: Augmentation | None,
    seed: int | None = None,
    epoch: int = 0,
) -> Batches:
    paths, labels, classes = found
    pictures = Pictures(paths, recipe.size)
    return Batches(
        pictures, labels, len(classes), network.pixels, recipe.batch_size, seed, augmentation, epoch
    )


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
        set_precision(self.model, "float32")  # a checkpoint is for everyone, whatever made it
        with files.replacing(_checkpoint(self.folder, self.name, epoch + 1)) as temporary:
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


# --- files ----------------------------------------------------------------------------------------------


def _checkpoint(folder: Path, name: str, epoch: int) -> Path:
    return folder / f"{name}-{epoch:02d}.keras"


def _earlier(folder: Path, name: str, card: Mapping[str, Any], epochs: int) -> int:
    """How many epochs of this very training are on disk; what another one left is moved out of the way."""
    before = models.read_card(folder / f"{name}.keras")
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
    whole = [epoch for epoch in range(1, min(rows, epochs) + 1) if _checkpoint(folder, name, epoch).is_file()]
    return max(whole, default=0)


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What of two trainings differs, so that one is no continuation of the other; the epochs may."""
    old, new = before.get("settings") or {}, now["settings"]
    ignored = {"epochs"} if not new["decay"] else set()
    keys = [key for key in new if key not in ignored and old.get(key) != new[key]]
    settings = [f"{key} ({old.get(key)}, now {new[key]})" for key in keys]
    others = ("classes", "data_fingerprint", "start_fingerprint")
    return settings + [key.replace("_", " ") for key in others if before.get(key) != now[key]]


def _move(folder: Path, name: str, aside: Path) -> None:
    aside.mkdir()
    suffixes = (".keras", ".json", ".csv", "-logs")
    for path in folder.iterdir():
        checkpoint = path.stem.removeprefix(f"{name}-").isdigit() and path.suffix == ".keras"
        if checkpoint or path.name in {f"{name}{suffix}" for suffix in suffixes}:
            path.rename(aside / path.name)


LICENCES = {  # of the ImageNet weights that Keras Applications fetches
    "VGG": "CC BY 4.0 (Visual Geometry Group, University of Oxford)",
    "ResNet": "MIT (Kaiming He)",
    "DenseNet": "BSD 3-clause (Gao Huang et al.)",
    "ConvNeXt": "MIT (Meta)",
}


def weights_licence(recipe: Recipe) -> str:
    """Under which licence the starting weights stand, as far as that is known."""
    if not recipe.weights:
        return "none needed: trained from random weights"
    if recipe.weights != "imagenet":
        return "as stated by the source of the file"
    known = [text for family, text in LICENCES.items() if recipe.architecture.startswith(family)]
    return known[0] if known else "Apache 2.0 (Google)"


def data_fingerprint(data: Path, paths: Iterable[Path]) -> str:
    """SHA-256 over names (below ``data``) and contents of the pictures."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(data).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"sha256:{digest.hexdigest()}"


def _card(recipe: Recipe, network: Network, data: Path, paths: Sequence[Path]) -> dict[str, Any]:
    settings = asdict(recipe)
    settings["weights"] = Path(recipe.weights).name
    manifest = data / "manifest.csv"
    return {
        "name": network.name,
        "architecture": network.architecture,
        "classes": list(network.classes),
        "pixels": network.pixels.to_json(),
        "size": network.size,
        "settings": settings,
        "seed": recipe.seed,
        "pictures": {
            split: sum(path.parent.parent.name == split for path in paths) for split in ("train", "val")
        },
        "data_fingerprint": data_fingerprint(data, paths),
        "start_fingerprint": network.fingerprint,
        "weights_source": network.source,
        "trained_on": os.path.relpath(manifest if manifest.is_file() else data / "train", data.parent),
        "versions": versions(),
    }
