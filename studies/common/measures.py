"""What the studies measure: a class's log-odds, intervals, colours as eyes see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from image_machines.images import Picture
from image_machines.network.models import Network

Scorer = Callable[[Sequence[Picture]], NDArray[np.float64]]


def scorer(network: Network, batch_size: int = 32) -> Scorer:
    """What gives each class's log-odds (N, classes) for pictures of any size.

    Log-odds are a class's logit minus the log-sum-exp of the others. Unlike a probability they do not end at
    1, so that a change shows however sure the network is.
    """
    last = network.graph.layers[-1]
    body = keras.Model(network.graph.inputs, last.input)
    body.jit_compile = keras.backend.backend() == "jax"  # XLA compiles longer than it saves on a CPU
    kernel, bias = (np.asarray(each, np.float64) for each in last.get_weights())

    def log_odds(shown: Sequence[Picture]) -> NDArray[np.float64]:
        found = []
        for start in range(0, len(shown), batch_size):
            batch = np.stack([resized(each, network.size) for each in shown[start : start + batch_size]])
            full = np.concatenate([batch, np.zeros((batch_size - len(batch), *batch.shape[1:]), np.uint8)])
            found.append(body.predict_on_batch(network.pixels.from_pictures(full))[: len(batch)])
        return odds_from_logits(np.concatenate(found).astype(np.float64) @ kernel + bias)

    return log_odds


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
    """Bootstrap interval of the mean, 95 %: drawn over the values, with replacement."""
    random = np.random.default_rng(seed)
    means = np.asarray(values)[random.integers(len(values), size=(draws, len(values)))].mean(axis=1)
    return [round(float(each), 3) for each in np.quantile(means, (0.025, 0.975))]


# --- CIELAB ---------------------------------------------------------------------------------------------

# IEC 61966-2-1: linear sRGB to XYZ, white D65; CIE 15: XYZ to L*a*b*.
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = XYZ.sum(axis=1)
CUBE, SLOPE = (6 / 29) ** 3, (29 / 6) ** 2 / 3


def to_lab(picture: Picture) -> NDArray[np.float64]:
    """Picture (..., 3) to CIELAB: lightness 0-100, a* green to red, b* blue to yellow."""
    values = np.arange(256) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    t = linear[picture] @ XYZ.T / WHITE
    f = np.where(t > CUBE, np.cbrt(t), SLOPE * t + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def to_values(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB to sRGB values, 0-1 where a screen can show the colour."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    t = np.where(f > 6 / 29, f**3, (f - 4 / 29) / SLOPE)
    linear = (t * WHITE) @ np.linalg.inv(XYZ).T
    high = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, high)
