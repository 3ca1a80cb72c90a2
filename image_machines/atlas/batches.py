"""A task made, or tried out: a batch of images in one ascent, each as it would be alone."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

import numpy as np

from image_machines.atlas import make
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.tasks import Drawn, Task, Trial
from image_machines.images import FloatImage
from image_machines.network import backend
from image_machines.network.network import Network
from image_machines.vision import features, objectives
from image_machines.vision.frames import Frame
from image_machines.vision.objectives import Objective
from image_machines.vision.settings import Settings

ENOUGH = 3  # frames of a trial


def draw(network: Network, task: Task) -> list[Drawn]:
    """Make the images of a task; one that is no image any more has an error in place of its picture."""
    began = time.perf_counter()
    last = deque(frames(network, task), maxlen=1).pop()
    found = zip(task.recipes, last.images, last.activations, last.warned, strict=True)
    seconds = round((time.perf_counter() - began) / len(task), 3)
    return [
        _drawn(recipe, image, float(activation), warned, seconds)
        for recipe, image, activation, warned in found
    ]


def frames(network: Network, task: Task) -> Iterator[Frame]:
    """The frames of a task's images."""
    settings = Settings.from_json(task.first.settings)
    return features.visualize_batch(network, objectives_of(network, task), settings, task.first.seed)


def objectives_of(network: Network, task: Task) -> list[Objective]:
    """What the images of a task climb."""
    score = task.first.settings["score"]
    layer = network.find(task.first.layer)
    return [objectives.of_neuron(network, layer, recipe.neuron, score) for recipe in task.recipes]


def try_out(network: Network, task: Task, seconds: float) -> Trial:
    """Make a task, but leave it after so many seconds, and after three frames at least."""
    whole, before = work(task), 0.0
    rates: list[float] = []
    began = clock = time.perf_counter()
    for frame in frames(network, task):
        frame.images  # noqa: B018  (wait for it)
        now = time.perf_counter()
        rates.append((now - clock) / ((frame.done - before) * whole))
        clock, before = now, frame.done
        if len(rates) == 1:
            first = now - began
        elif now - began >= seconds and len(rates) >= ENOUGH:
            break
    return Trial(first, float(np.median(rates[1:] or rates)))  # a frame that waits for a program is none


def work(task: Task) -> float:
    """Megapixel-iterations of a task."""
    return len(task) * features.cost(Settings.from_json(task.first.settings))


def _drawn(
    recipe: Recipe, image: FloatImage, activation: float, warned: tuple[str, ...], seconds: float
) -> Drawn:
    """One image of a batch, with what its card says."""
    try:
        picture = make.toned(image)
    except ArithmeticError as error:
        return Drawn(recipe, error=f"{type(error).__name__}: {error}")
    results = {
        "activation": make.number(activation),
        "seconds": seconds,
        "warnings": list(warned),
        "versions": backend.versions(),
    }
    return Drawn(recipe, picture, results)
