"""The fine-tuned network and its relatives: before training, with weights shuffled, trained a second time.

They lie as ``.keras`` files in ``runs/studies/model/``, so that the card of every picture of theirs names a
file it can be made again from. The second network is a training of another seed (the step ``choices``).
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from image_machines.network import models
from image_machines.network.network import Network
from image_machines.notebooks.chapters import ROOT

RUN = ROOT / "runs" / "paintings"
FOLDER = ROOT / "runs" / "studies"
SECOND = ROOT / "runs" / "choices" / "mixed5-1" / "mixed5.keras"


def tuned_file(run: Path = RUN) -> Path:
    """The network that the profile `paintings` trained; raises FileNotFoundError that says how to get it."""
    found = sorted((run / "model").glob("*.json"))
    if not found:
        raise FileNotFoundError(f"no network in {run / 'model'}; train it first: make run PROFILE=paintings")
    return found[0].with_suffix(".keras")


def before_file(weights: str = "imagenet") -> Path:
    """InceptionV3 as the training on ImageNet left it, which all layers up to `mixed10` began with."""
    path = FOLDER / "model" / "InceptionV3.keras"
    if not path.is_file():
        models.save(models.build("InceptionV3", weights), path)
    return path


def shuffled_file(tuned: Path, seed: int = 0) -> Path:
    """The fine-tuned network with the weights of every kernel in another order: its numbers, not its order.

    What it still shows comes from the architecture and from how strong weights are, not from what was learned
    (after Adebayo et al. 2018, "Sanity checks for saliency maps", section 3).
    """
    path = FOLDER / "model" / f"{tuned.stem}-shuffled.keras"
    if not path.is_file():
        models.save(shuffled(models.load(tuned), seed), path)
    return path


def shuffled(network: Network, seed: int = 0) -> Network:
    """A copy of a network, the entries of each kernel permuted; biases and batch norms stay."""
    random = np.random.default_rng(seed)
    model = keras.models.clone_model(network.graph)
    model.set_weights(network.graph.get_weights())
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            kernel = np.asarray(keras.ops.convert_to_numpy(layer.kernel))
            layer.kernel.assign(random.permuted(kernel.reshape(-1)).reshape(kernel.shape))
    names = {"name": f"{network.name}-shuffled", "source": f"shuffled, {network.source}"}
    return network.with_graph(model, **names)
