"""Training: a decoder learns the pictures of a collection from their codes; its card says how.

Written beside one another in the generator's folder: after every epoch the numbers (`<name>.csv`, and for
TensorBoard `<name>-logs/`) and all that it takes to go on (`<name>-03.npz`, the latest only); at the end the
decoder (`<name>.keras`) and its card (`<name>.json`).
"""

from __future__ import annotations

import logging
import os
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import keras
import numpy as np
from keras import ops
from pydantic import Field

from image_machines import files, machine
from image_machines.checks import checked
from image_machines.network import backend, models, records
from image_machines.network.forward import Reading, forward
from image_machines.network.generator import building, coding
from image_machines.network.generator.coding import Coding
from image_machines.network.generator.feeding import Pairs, looked_at
from image_machines.network.generator.learning import Learner, Weights
from image_machines.network.generator.loading import Generator, load
from image_machines.network.identity import digest
from image_machines.network.network import Network
from image_machines.network.pipeline import find_pictures
from image_machines.network.records import Progress, Records, checkpoint, read_history, set_precision
from image_machines.network.training import data_fingerprint

log = logging.getLogger(__name__)

Whole = Annotated[int, Field(ge=1)]
Weight = Annotated[float, Field(ge=0, le=1000)]
FINE = 4  # pixels between the places of a layer in which strokes and edges are compared


@checked
class GeneratorTraining:
    """How a generator is trained; the defaults are for a few hundred works and a few minutes."""

    size: Whole = 96  # side of its pictures in pixels
    layer: str = ""  # whose map is coded; "" for the network's last
    cells: Whole = 6  # a side
    channels: Whole = 32  # of each cell's code
    width: Whole = 128  # channels of the decoder's first map; each next has half of them
    compare: str = ""  # a second layer whose features are compared; "" for a middle one
    pixels: Weight = 1.0  # what the losses count
    features: Weight = 1.0
    critic: Weight = 0.05  # 0: no critic learns
    views: Whole = 4  # of each work: as it is, mirrored, then moved a little
    batch_size: Whole = 16
    epochs: Whole = 20
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    decay: bool = True  # learning rate falls to zero along half a cosine
    precision: Literal["fastest", "float32", "bfloat16"] = "fastest"
    seed: int = 0


class Kept(Records):
    """The records of an epoch, and all that a training needs to go on: weights and the optimiser's state."""

    def keep(self, epoch: int) -> None:
        """Write the state after an epoch, then let go of the one before."""
        state = {f"weight{place}": value for place, value in enumerate(self.model.get_weights())}
        for place, variable in enumerate(self.model.optimizer.variables):
            state[f"optimizer{place}"] = ops.convert_to_numpy(variable)
        with files.replacing(checkpoint(self.folder, self.name, epoch, ".npz")) as temporary:
            np.savez(temporary, **state)
        checkpoint(self.folder, self.name, epoch - 1, ".npz").unlink(missing_ok=True)


def train(
    training: GeneratorTraining,
    network: Network,
    data: str | Path,
    folder: str | Path,
    name: str = "generator",
    profile: str | None = None,
) -> Generator:
    """Teach a decoder of the network's features the works in ``data/train``; ``data/val`` is held back.

    Goes on after the last finished epoch when the same training was broken off, and returns at once when it
    was finished; another one's files are moved to ``earlier-<time>/``. Raises ValueError for a layer without
    space, and for sizes that do not fit one another.
    """
    data, folder = Path(data), Path(folder)
    layer = coding.layer_for(network, training.layer)
    training = replace(training, layer=layer.name, compare=training.compare or middle(network))
    coding.layer_for(network, training.compare)
    building.doublings(training.cells, training.size)
    paths, held = (find_pictures(data / split)[0] for split in ("train", "val"))
    card = _card(training, network, data, paths, held) | {"name": name, "profile": profile}
    done = records.earlier(folder, name, card, training.epochs, ".npz")
    if done == training.epochs and models.read_card(folder / f"{name}.keras").get("epochs_done") == done:
        log.info("%s is trained already, %d epochs", name, done)
        return load(folder / f"{name}.keras")
    files.write_json(folder / f"{name}.json", card)
    history = read_history(folder, name)[:done]
    decoder = _fit(training, network, (paths, held), folder, name, history)
    card |= {
        "fingerprint": digest(decoder),
        "metrics": {key: value for key, value in history[-1].items() if key != "epoch"},
        "epochs_done": len(history),
        "training_seconds": round(sum(row["seconds"] for row in history), 1),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with files.replacing(folder / f"{name}.keras") as temporary:
        decoder.save(temporary)
    files.write_json(folder / f"{name}.json", card)
    return load(folder / f"{name}.keras")


def middle(network: Network) -> str:
    """The last layer whose places are at most FINE pixels apart: its features tell strokes and edges."""
    maps = network.stations
    fine = [layer for layer in maps if (layer.stride or 1) <= FINE]
    return fine[-1].name if fine else maps[0].name


def _fit(
    training: GeneratorTraining,
    network: Network,
    sets: tuple[list[Path], list[Path]],
    folder: Path,
    name: str,
    history: list[dict[str, float]],
) -> keras.Model:
    """Train from where ``history`` ends, which grows by a row per epoch; returns the decoder."""
    done = len(history)
    layer, size, cells = network.layer(training.layer), training.size, training.cells
    shown, features = looked_at(network, layer, sets[0], size, cells, training.views, training.seed)
    known = coding.fitted(features, training.channels)
    seen, held = looked_at(network, layer, sets[1], size, cells)
    fed = Pairs(known.codes(features), shown, training.batch_size, training.seed, done)
    precision = backend.chosen(training.precision, network.graph)
    if precision == "float16":  # its gradients would need scaling
        precision = "float32"
    model = learner(training, network, known, len(fed), precision)
    if done:
        log.info("going on after epoch %d of %d", done, training.epochs)
        _restore(model, checkpoint(folder, name, done, ".npz"))
    backend.settle_sums()
    machine.keep_freed_memory()
    model.fit(
        fed,
        validation_data=Pairs(known.codes(held), seen, training.batch_size),
        initial_epoch=done,
        epochs=training.epochs,
        verbose=0,
        shuffle=False,
        callbacks=[Progress(training.epochs), Kept(folder, name, history, precision)],
    )
    set_precision(model.decoder, "float32")
    return model.decoder


def learner(
    training: GeneratorTraining, network: Network, known: Coding, steps: int, precision: str
) -> Learner:
    """Decoder and critic before their training, compiled; an epoch has ``steps``."""
    decoder = building.decoder(known, training.cells, training.size, training.width, training.seed)
    critic = building.critic(training.size, training.seed + 100)
    critic.trainable = training.critic > 0
    for each in (decoder, critic):
        set_precision(each, precision)
    readings = tuple(Reading(layer) for layer in dict.fromkeys((training.compare, training.layer)))
    weights = Weights(training.pixels, training.features, training.critic)
    model = Learner(decoder, critic, forward(network, readings, precision), weights)
    rate: Any = training.learning_rate
    if training.decay:
        rate = keras.optimizers.schedules.CosineDecay(rate, steps * training.epochs)
    optimizer = keras.optimizers.Adam(rate, beta_1=0.5)  # as is usual where two learn against each other
    model.compile(optimizer, jit_compile=backend.compiles_training())
    return model


def _restore(model: Learner, path: Path) -> None:
    """Give a learner the weights and the state of its optimiser that were kept."""
    with np.load(path) as kept:
        model.set_weights([kept[f"weight{place}"] for place in range(len(model.weights))])
        model.optimizer.build(model.trainable_variables)
        for place, variable in enumerate(model.optimizer.variables):
            variable.assign(kept[f"optimizer{place}"])


def _card(
    training: GeneratorTraining, network: Network, data: Path, paths: list[Path], held: list[Path]
) -> dict[str, Any]:
    manifest = data / "manifest.csv"
    return {
        "generator": {key: getattr(training, key) for key in ("size", "cells", "channels", "layer")},
        "network": network.name,
        "classes": sorted({path.parent.name for path in paths}),
        "settings": asdict(training),
        "seed": training.seed,
        "pictures": {"train": len(paths), "val": len(held)},
        "data_fingerprint": data_fingerprint(data, [*paths, *held]),
        "start_fingerprint": network.fingerprint,
        "weights_source": network.source,
        "trained_on": os.path.relpath(manifest if manifest.is_file() else data / "train", data.parent),
        "versions": backend.versions(),
    }
