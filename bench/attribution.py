"""How long an explanation takes: five heatmaps of a picture of 299 px beside five bare gradients, warm.

On InceptionV3 with random weights and three classes; the five features are channels of ``mixed7``, a
bare gradient is that of the same channel through the same part of the network, by TensorFlow alone.
"""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import numpy as np

from bench.features import in_turns
from image_machines import images, machine
from image_machines.attribution.explanation import explain
from image_machines.attribution.features import Point, Relevance
from image_machines.network import heads, models
from reference import loop_2018

LAYER, FEATURES, SIZE, TURNS = "mixed7", 5, 299, 7


def results() -> list[dict[str, Any]]:
    """One row: the median ratio, its bound, the machine, the versions."""
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
    versions = {"python": platform.python_version(), "tensorflow": version("tensorflow")}
    row = {"name": name, "value": round(ratio, 3), "bound": "<= 1.3"}
    return [{**row, "machine": machine.described(), "versions": versions}]
