"""Training: attributes alone first, then attributes and score by turns, each batch through its own loss.

L = L_attributes + 0.1 L_score (Marcos, Lobry and Tuia 2019, section 3.3): binary cross-entropy, averaged over
attributes, and squared error. What a killed training had finished is kept after every epoch.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import keras
import numpy as np
from keras import ops
from pydantic import Field

from image_machines import files, machine
from image_machines.checks import checked
from image_machines.network import backend
from image_machines.network.heads import freeze
from image_machines.network.network import Network
from image_machines.network.records import Progress
from image_machines.network.semantic.feeding import Order, Taught, Turns
from image_machines.network.semantic.head import MAPS, SemanticNetwork, described
from image_machines.network.semantic.variants import Variant, variant
from image_machines.network.tensors import Tensor

log = logging.getLogger(__name__)

History = list[dict[str, Any]]  # per epoch: stage, epoch, loss
Stage = Literal["attributes", "joint", "templates", "score"]
ORDERS: dict[Stage, Order] = {
    "attributes": "attributes", "joint": "turns", "templates": "scores", "score": "scores",
}  # fmt: skip


@checked
class SemanticTraining:
    """How a semantic head is trained; the paper states the stages and the weight, the rest its code."""

    attribute_epochs: Annotated[int, Field(ge=0)] = 10  # attributes alone
    joint_epochs: Annotated[int, Field(ge=0)] = 10  # attributes and score, or the score alone
    joint: bool = True  # the attributes go on learning; otherwise only what joins them to the score learns
    weight: Annotated[float, Field(ge=0)] = 0.1  # of the score's loss
    batch_size: Annotated[int, Field(ge=1)] = 10  # pictures of each data set
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    decay: Literal["none", "steps", "cosine"] = "none"  # "steps": a tenth from epochs 10 and 20 on
    seed: int = 0


class Learner(keras.Model):
    """A semantic network, or a base with one linear score, that learns from batches of `feeding.Turns`."""

    variant: Variant
    weight: float
    templates: tuple[str, ...]  # names of layers; none while only attributes are learned
    alone: bool  # nothing but the score is learned

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        """The loss of one batch; each picture counts for what it teaches and for nothing else."""
        labels, scores, which = y
        answers = y_pred if isinstance(y_pred, list | tuple) else [y_pred]
        error = ops.sum(ops.square(answers[-1] - scores), axis=1)
        score = _mean(error, which[:, 1])
        if self.alone:
            return score + self._sparse(score)
        known = ops.clip(answers[0], 1e-7, 1 - 1e-7)
        entropy = -(labels * ops.log(known) + (1 - labels) * ops.log(1 - known))
        attributes = _mean(ops.mean(entropy, axis=1), which[:, 0])
        if self.variant.balanced:
            score = score * ops.stop_gradient(attributes / ops.maximum(score, 1e-7))
        return attributes + self.weight * score + self._sparse(attributes)

    def _sparse(self, like: Tensor) -> Tensor:
        """The templates' mean absolute value, scaled to the size of another loss, weighted."""
        if not self.variant.sparsity or not self.templates:
            return 0.0
        sizes = sum(ops.mean(ops.abs(self.get_layer(name).kernel)) for name in self.templates)
        return self.variant.sparsity * sizes * ops.stop_gradient(like / ops.maximum(sizes, 1e-7))


def _mean(values: Tensor, counts: Tensor) -> Tensor:
    return ops.sum(values * counts) / ops.maximum(ops.sum(counts), 1.0)


class Kept(keras.callbacks.Callback):
    """After every epoch all that a training needs to go on, in one file: weights, optimiser, numbers."""

    def __init__(self, path: Path | None, stage: Stage, history: History) -> None:
        super().__init__()
        self.path, self.stage, self.history = path, stage, history

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        loss = float((logs or {}).get("loss", np.nan))
        self.history.append({"stage": self.stage, "epoch": epoch + 1, "loss": loss})
        if self.path is None:
            return
        state = {f"weight{place}": value for place, value in enumerate(self.model.get_weights())}
        for place, variable in enumerate(self.model.optimizer.variables):
            state[f"optimizer{place}"] = ops.convert_to_numpy(variable)
        with files.replacing(self.path) as temporary, temporary.open("wb") as target:
            np.savez(target, history=json.dumps(self.history), **state)


def train(
    semantic: SemanticNetwork,
    training: SemanticTraining,
    attributes: Taught,
    scores: Taught,
    folder: str | Path | None = None,
    start: str = "",
) -> History:
    """Teach the network, in place: attributes alone, then the score, with ``joint`` both by turns.

    Inputs are pixels, or maps of the frozen layer ``start``. A training that was broken off in ``folder``
    goes on after its last finished epoch; one with other settings, data or weights begins anew there.
    """
    second: Stage = "joint" if training.joint else "templates"
    stages: dict[Stage, int] = {"attributes": training.attribute_epochs, second: training.joint_epochs}
    path = _file(folder, semantic, training, attributes, scores, start)
    return _through(semantic.network, semantic, training, (attributes, scores), stages, path, start)


def train_unconstrained(
    network: Network,
    training: SemanticTraining,
    scores: Taught,
    folder: str | Path | None = None,
    start: str = "",
) -> History:
    """Teach a network that ends in scores (N, S) by their squared error alone: the unconstrained baseline."""
    path = _file(folder, network, training, scores, scores, start)
    return _through(network, None, training, (scores, scores), {"score": training.joint_epochs}, path, start)


def _through(
    network: Network,
    semantic: SemanticNetwork | None,
    training: SemanticTraining,
    sets: tuple[Taught, Taught],
    stages: dict[Stage, int],
    path: Path | None,
    start: str,
) -> History:
    """Go through the stages, from where the file at ``path`` ends."""
    history = read_history(path)
    for stage, epochs in stages.items():
        done = sum(row["stage"] == stage for row in history)
        latest = bool(history) and history[-1]["stage"] == stage
        if done and not latest:
            continue  # a later stage began, so this one is over
        model = learner(network, semantic, training, stage, start)
        if latest and path is not None:
            log.info("going on after epoch %d of %d, stage %r", done, epochs, stage)
            _restore(model, path)
        if done < epochs:
            order = ORDERS[stage]
            if stage == "joint" and model.variant.together:
                order = "together"
            seen = len(history)  # no two stages show the same batches
            fed = Turns(*sets, training.batch_size, order, training.seed, seen)
            _fit(model, training, fed, epochs, done, path, stage, history)
    return history


def learner(
    network: Network,
    semantic: SemanticNetwork | None,
    training: SemanticTraining,
    stage: Stage,
    start: str = "",
) -> Learner:
    """The part of the network that learns, compiled; in stage "templates" only what is behind the maps."""
    begin = network.output(start) if start else network.graph.inputs[0]
    outputs = list(network.graph.outputs)
    if stage == "templates":
        freeze(network, MAPS)
    model = Learner(begin, outputs if len(outputs) > 1 else outputs[0])
    model.variant = variant(semantic.variant if semantic else "paper")
    model.weight, model.alone = training.weight, stage in ("templates", "score")
    kinds = (f"{score}_{way}" for score in model.variant.scores for way in ("raises", "lowers"))
    model.templates = tuple(kinds) if stage in ("joint", "templates") else ()
    model.compile(keras.optimizers.Adam(training.learning_rate), jit_compile=backend.compiles_training())
    return model


def _fit(
    model: Learner,
    training: SemanticTraining,
    fed: Turns,
    epochs: int,
    done: int,
    path: Path | None,
    stage: Stage,
    history: History,
) -> None:
    machine.keep_freed_memory()
    backend.settle_sums()
    model.fit(
        fed,
        initial_epoch=done,
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=[
            keras.callbacks.LearningRateScheduler(lambda epoch: _rate(training, epoch, epochs)),
            Progress(epochs),
            Kept(path, stage, history),
        ],
    )


def _rate(training: SemanticTraining, epoch: int, epochs: int) -> float:
    """The learning rate of an epoch of a stage."""
    match training.decay:
        case "steps":
            return training.learning_rate * 0.1 ** ((epoch >= 10) + (epoch >= 20))
        case "cosine":
            return float(training.learning_rate * (1 + np.cos(np.pi * epoch / epochs)) / 2)
    return training.learning_rate


def _file(
    folder: str | Path | None,
    taught: SemanticNetwork | Network,
    training: SemanticTraining,
    attributes: Taught,
    scores: Taught,
    start: str,
) -> Path | None:
    """Where a training is kept: its name is made of all that it depends on, so that none takes another's."""
    if folder is None:
        return None
    network = taught.network if isinstance(taught, SemanticNetwork) else taught
    head = described(taught) if isinstance(taught, SemanticNetwork) else "score"
    digest = hashlib.sha256(f"{head}{network.fingerprint}{asdict(training)}{start}".encode())
    learning = [layer.name for layer in network.graph.layers if layer.trainable and layer.weights]
    digest.update(" ".join(learning).encode())
    for each in (attributes, scores):
        digest.update(np.ascontiguousarray(each.targets).tobytes())
        probe = np.arange(min(len(each.inputs), 2))
        digest.update(each.inputs.batch(probe, 0).tobytes())
    return Path(folder) / f"training-{digest.hexdigest()[:16]}.npz"


def read_history(path: Path | None) -> History:
    """The epochs of a kept training so far; none where nothing was kept."""
    if path is None or not path.is_file():
        return []
    with np.load(path) as kept:
        return list(json.loads(str(kept["history"])))


def _restore(model: Learner, path: Path) -> None:
    """Give a model the weights and the state of its optimiser that were kept."""
    with np.load(path) as kept:
        model.set_weights([kept[f"weight{place}"] for place in range(len(model.weights))])
        model.optimizer.build(model.trainable_variables)
        for place, variable in enumerate(model.optimizer.variables):
            variable.assign(kept[f"optimizer{place}"])
