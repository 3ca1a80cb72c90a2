"""What the studies measure: a class's log-odds, and intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.stats import bootstrap

from image_machines.images import Picture
from image_machines.network import backend
from image_machines.network.network import Network

Scorer = Callable[[Sequence[Picture]], NDArray[np.float64]]


def scorer(network: Network, batch_size: int = 32) -> Scorer:
    """What gives each class's log-odds (N, classes) for pictures of any size.

    Log-odds are a class's logit minus the log-sum-exp of the others. Unlike a probability they do not end at
    1, so that a change shows however sure the network is.
    """
    read = logits(network, batch_size)
    return lambda shown: odds_from_logits(read(shown))


def logits(network: Network, batch_size: int = 32) -> Scorer:
    """What gives each class's logit (N, classes), what its unit says before the softmax, for pictures."""
    last = network.graph.get_layer(network.output_layer)
    body = keras.Model(network.graph.inputs, last.input)
    body.jit_compile = backend.compiles_training()  # elsewhere XLA compiles longer than it saves
    kernel, bias = (np.asarray(each, np.float64) for each in last.get_weights())

    def read(shown: Sequence[Picture]) -> NDArray[np.float64]:
        found = []
        for start in range(0, len(shown), batch_size):
            batch = np.stack([resized(each, network.size) for each in shown[start : start + batch_size]])
            full = np.concatenate([batch, np.zeros((batch_size - len(batch), *batch.shape[1:]), np.uint8)])
            found.append(body.predict_on_batch(network.pixels.from_pictures(full))[: len(batch)])
        return np.concatenate(found).astype(np.float64) @ kernel + bias

    return read


def resized(picture: Picture, side: int) -> Picture:
    """The picture as a square, as pictures are read for a network."""
    if picture.shape[:2] == (side, side):
        return picture
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR))


def odds_from_logits(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Log-odds (N, classes) from logits (N, classes): each logit minus the log-sum-exp of the others."""
    values = np.asarray(logits, np.float64)
    others = np.where(np.eye(values.shape[1], dtype=bool), -np.inf, values[:, None, :])
    return values - np.logaddexp.reduce(others, axis=-1)


def interval(values: NDArray[Any], draws: int = 2000, seed: int = 0) -> list[float]:
    """Bootstrap interval of the mean, 95 %: drawn over the values, with replacement; one value is its own."""
    if len(values) < 2:
        return [round(float(each), 3) for each in (*values, *values)]
    found = bootstrap((values,), np.mean, n_resamples=draws, method="percentile", rng=seed)
    return [round(float(each), 3) for each in found.confidence_interval]
