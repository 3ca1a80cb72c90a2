"""How long an explanation takes, and how long the features that it goes by take to be found.

Five heatmaps of a picture of 299 px beside five bare gradients, warm: on InceptionV3 with random weights and
three classes; the five features are channels of ``mixed7``, a bare gradient is that of the same channel
through the same part of the network, by TensorFlow alone. The features: of as many pictures and channels as
the paintings have, at every mu.
"""

from __future__ import annotations

import platform
import time
from importlib.metadata import version
from typing import Any

import numpy as np

from bench.features import in_turns
from image_machines import images, machine
from image_machines.attribution.explanation import explain
from image_machines.attribution.features import MUS, Point, Relevance, relevant
from image_machines.network import heads, models
from reference import loop_2018

LAYER, FEATURES, SIZE, TURNS = "mixed7", 5, 299, 7
PICTURES, CHANNELS, LAYERS, CLASSES = 690, 10_000, 10, 3


def results() -> list[dict[str, Any]]:
    """A row for each number: name, value, bound, machine, versions."""
    versions = {"python": platform.python_version()} | {
        name: version(name) for name in ("tensorflow", "scikit-learn")
    }
    common = {"machine": machine.described(), "versions": versions}
    return [{**row, **common} for row in (explanation_row(), features_row())]


def explanation_row() -> dict[str, Any]:
    """The median ratio of an explanation and bare gradients."""
    network = heads.add_head(models.build("InceptionV3", None), ("a", "b", "c"))
    width = network.find(LAYER).width
    neurons = tuple((LAYER, neuron) for neuron in range(width))
    weights = np.ones((3, width)) / width
    relevance = Relevance(network.unit_classes, neurons, weights, 1.0, (Point(1.0, 1.0, 0.0, (width,) * 3),))
    picture = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3), np.uint8)
    bare = [loop_2018.gradient_of(network.graph, LAYER, neuron) for neuron in range(FEATURES)]
    image = images.from_picture(picture)[None]
    ratio = in_turns(
        lambda: explain(network, picture, relevance, FEATURES),
        lambda: [gradient(image).numpy() for gradient in bare],
        TURNS,
    )
    name = f"explanation with {FEATURES} heatmaps / {FEATURES} bare gradients, InceptionV3, {SIZE} px"
    return {"name": name, "value": round(ratio, 3), "bound": "<= 1.3"}


def features_row() -> dict[str, Any]:
    """Seconds until the features of three classes are chosen."""
    random = np.random.default_rng(0)
    predictions = np.arange(PICTURES) % CLASSES
    strength = random.gamma(2, size=(PICTURES, CHANNELS))
    for number in range(CLASSES):  # a twentieth of the channels answers to each class, more or less
        own = slice(number, CHANNELS // 20 * CLASSES, CLASSES)
        strength[predictions == number, own] *= random.uniform(1, 3, CHANNELS // 20)
    layers = strength.reshape(PICTURES, LAYERS, -1)
    rows = (layers / np.linalg.norm(layers, axis=2, keepdims=True)).reshape(PICTURES, CHANNELS)
    neurons = [("all", number) for number in range(CHANNELS)]
    began = time.perf_counter()
    found = relevant(rows, neurons, predictions, np.arange(PICTURES) % 5 == 0, tuple("abc"))
    taken = time.perf_counter() - began
    if not found.of("a"):
        raise RuntimeError("no class goes by any channel")
    name = f"seconds to find features: {PICTURES} pictures, {CHANNELS} channels, {len(MUS)} values of mu"
    return {"name": name, "value": round(taken, 2), "bound": "<= 10"}
