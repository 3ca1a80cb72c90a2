"""Training: a network learns the classes of a collection; what it was taught with goes into its card.

The defaults are those of Offert 2018, section 3. Training writes, beside one another in the model folder: the
records of every epoch (see `records`), at the end the model of the last epoch (`<name>.keras`, as in the
paper; the best on a small validation set would be the luckiest), and the card (`<name>.json`).
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import keras
from pydantic import Field

from image_machines import files, machine
from image_machines.checks import checked
from image_machines.names import unknown
from image_machines.network import backend, models, records, squeezenet
from image_machines.network.augmentation import Augmentation
from image_machines.network.heads import add_head, freeze
from image_machines.network.network import Network
from image_machines.network.pipeline import Batches, Pictures, find_pictures
from image_machines.network.records import Progress, Records, checkpoint, read_history, set_precision
from image_machines.network.tensors import Tensor

log = logging.getLogger(__name__)

Found = tuple[list[Path], list[int], list[str]]  # pictures, the class of each, the classes' names
Whole = Annotated[int, Field(ge=1)]


@checked
class Training:
    """How a network is trained. The defaults are the paper's fine-tuning (Offert 2018)."""

    architecture: str = "InceptionV3"  # "small", "SqueezeNet" or one of Keras Applications
    weights: str = "imagenet"  # "imagenet", a file, or "" to start from random weights
    freeze: str = "mixed5"  # this layer and all it depends on keep their weights; "" freezes nothing
    dense: Annotated[int, Field(ge=0)] = 1024  # units between pooling and classes; 0: no such layer
    optimizer: Literal["sgd", "adam"] = "sgd"  # "sgd" with momentum, or "adam"
    learning_rate: Annotated[float, Field(gt=0)] = 1e-4
    momentum: float = 0.9
    decay: bool = False  # learning rate falls to zero along half a cosine
    batch_size: Whole = 32
    epochs: Whole = 10
    size: Whole = 299  # side of the pictures in pixels
    augmentation: Augmentation | None = field(default_factory=Augmentation)
    augment_validation: bool = False  # as in 2018, which blurs the validation accuracy
    precision: Literal["fastest", "float32", "bfloat16", "float16"] = "fastest"  # as this machine gains
    seed: int = 0

    @classmethod
    def of(cls, values: Tensor) -> Training:
        """The training from the attributes of another object, such as a notebook's; None means the default.

        ``augmentation`` may be a dict of what differs from the paper's; ``augment=False`` means none at all.
        """
        names = [item.name for item in fields(cls) if item.name != "augmentation"]
        given = {name: getattr(values, name) for name in names if getattr(values, name, None) is not None}
        movements = getattr(values, "augmentation", None) or {}
        known = {item.name for item in fields(Augmentation)}
        for name in movements:
            if name not in known:
                raise ValueError(unknown("augmentation", name, sorted(known)))
        moved = getattr(values, "augment", None) is not False
        return cls(**given, augmentation=Augmentation(**movements) if moved else None)


@dataclass(frozen=True)
class Trained:
    """A network that has learned, the numbers of its epochs, and its card."""

    network: Network
    history: list[dict[str, float]]  # per epoch: epoch, accuracy, loss, val_accuracy, val_loss, seconds
    card: dict[str, Any]


def prepare(training: Training, classes: Sequence[str], name: str) -> Network:
    """The network as its training begins with it: weights, head, frozen layers."""
    base = models.build(training.architecture, training.weights or None, seed=training.seed, name=name)
    network = add_head(base, classes, training.dense, training.seed)
    network = network.with_graph(network.graph, size=training.size)
    learning = freeze(network, training.freeze)
    log.info("%d layers learn, from %s on", len(learning), learning[0])
    return network


def train(
    training: Training,
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
    network = prepare(training, train_set[2], name)
    card = _card(training, network, data, train_set[0] + val_set[0])
    card |= {"profile": profile, "weights_licence": licence or weights_licence(training)}
    card_path = folder / f"{name}.json"
    done = records.earlier(folder, name, card, training.epochs)
    if done == training.epochs and models.read_card(folder / f"{name}.keras").get("epochs_done") == done:
        log.info("%s is trained already, %d epochs", name, done)
        finished = models.load(folder / f"{name}.keras")
        return Trained(
            finished, read_history(folder, name)[:done], models.read_card(folder / f"{name}.keras")
        )
    files.write_json(card_path, card)
    history = read_history(folder, name)[:done]
    if done < training.epochs:
        model = _fit(training, network, train_set, val_set, folder, name, history)
    else:
        model = keras.models.load_model(checkpoint(folder, name, done), compile=False)
    trained = network.with_graph(model, opened_from=files.portable(folder / f"{name}.keras"))
    card |= {
        "fingerprint": trained.fingerprint,
        "metrics": {key: value for key, value in history[-1].items() if key != "epoch"},
        "epochs_done": len(history),
        "training_seconds": round(sum(row["seconds"] for row in history), 1),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    models.save(trained, folder / f"{name}.keras", card)
    trained = replace(trained, source=models.trained_from(trained.source))
    return Trained(trained, history, models.read_card(folder / f"{name}.keras"))


def _fit(
    training: Training,
    network: Network,
    train_set: Found,
    val_set: Found,
    folder: Path,
    name: str,
    history: list[dict[str, float]],
) -> keras.Model:
    """Train from where ``history`` ends, which grows by a row per epoch; returns the model of the last."""
    done = len(history)
    steps = -(-len(train_set[0]) // training.batch_size)
    precision = backend.chosen(training.precision, network.graph)
    if done:
        log.info("going on after epoch %d of %d", done, training.epochs)
        model = keras.models.load_model(checkpoint(folder, name, done))
    else:
        model = compiled(network.graph, training, steps, precision)
    set_precision(model, precision)
    backend.settle_sums()
    machine.keep_freed_memory()
    batches = _batches(training, network, train_set, training.augmentation, training.seed, done)
    checks = _batches(
        training, network, val_set, training.augmentation if training.augment_validation else None
    )
    model.fit(
        batches,
        validation_data=checks,
        initial_epoch=done,
        epochs=training.epochs,
        verbose=0,
        shuffle=False,  # the batches have their own order, which depends on the seed
        callbacks=[Progress(training.epochs), Records(folder, name, history, precision)],
    )
    set_precision(model, "float32")
    return model


def compiled(model: keras.Model, training: Training, steps: int, precision: str) -> keras.Model:
    """The model with the training's optimiser and loss; ``steps`` are those of one epoch."""
    rate: Any = training.learning_rate
    if training.decay:
        rate = keras.optimizers.schedules.CosineDecay(training.learning_rate, steps * training.epochs)
    if training.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(rate, momentum=training.momentum)
    else:
        optimizer = keras.optimizers.Adam(rate)
    if precision == "float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.compile(
        optimizer, "categorical_crossentropy", metrics=["accuracy"], jit_compile=backend.compiles_training()
    )
    return model


def _batches(
    training: Training,
    network: Network,
    found: Found,
    augmentation: Augmentation | None,
    seed: int | None = None,
    epoch: int = 0,
) -> Batches:
    paths, labels, classes = found
    pictures = Pictures(paths, training.size)
    return Batches(
        pictures, labels, len(classes), network.pixels, training.batch_size, seed, augmentation, epoch
    )


LICENCES = {  # of ImageNet weights, by how the architecture's name begins
    "VGG": "CC BY 4.0 (Visual Geometry Group, University of Oxford)",
    "ResNet": "MIT (Kaiming He)",
    "SqueezeNet": squeezenet.LICENCE,
    "DenseNet": "BSD 3-clause (Gao Huang et al.)",
    "ConvNeXt": "MIT (Meta)",
}


def weights_licence(training: Training) -> str:
    """Under which licence the starting weights stand, as far as that is known."""
    if not training.weights:
        return "none needed: trained from random weights"
    if training.weights != "imagenet":
        return "as stated by the source of the file"
    known = [text for family, text in LICENCES.items() if training.architecture.startswith(family)]
    return known[0] if known else "Apache 2.0 (Google)"


def data_fingerprint(data: Path, paths: Iterable[Path]) -> str:
    """SHA-256 over names (below ``data``) and contents of the pictures."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(data).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"sha256:{digest.hexdigest()}"


def _card(training: Training, network: Network, data: Path, paths: Sequence[Path]) -> dict[str, Any]:
    settings = asdict(training)
    settings["weights"] = Path(training.weights).name
    manifest = data / "manifest.csv"
    return {
        "name": network.name,
        "architecture": network.architecture,
        "classes": list(network.classes),
        "pixels": network.pixels.to_json(),
        "size": network.size,
        "settings": settings,
        "seed": training.seed,
        "pictures": {
            split: sum(path.parent.parent.name == split for path in paths) for split in ("train", "val")
        },
        "data_fingerprint": data_fingerprint(data, paths),
        "start_fingerprint": network.fingerprint,
        "weights_source": network.source,
        "trained_on": os.path.relpath(manifest if manifest.is_file() else data / "train", data.parent),
        "versions": backend.versions(),
    }
