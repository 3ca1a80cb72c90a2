"""What one NVIDIA card makes on JAX: images an hour, its share of the peak, the filters, whole images.

Run ``python -m bench gpu`` where JAX sees the card; it ends within eight minutes, and leaves out what it has
no time for. ``python -m bench.gpu toy`` runs every step of it on any processor, small.
"""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import json
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from statistics import median
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bench.subjects import Row, seconds
from image_machines.atlas import batches, whole
from image_machines.atlas.tasks import tasks
from image_machines.network import backend, models
from image_machines.network.network import Network
from image_machines.vision import features, objectives, presets
from image_machines.vision.regularizers import Median
from image_machines.vision.settings import Settings

BUDGET = 460.0  # seconds
PASSES = 2 * 2  # operations of a multiplication, forward and back to the image


@dataclass(frozen=True)
class Scale:
    """How large the subjects are."""

    architecture: str = "InceptionV3"
    layer: str = "mixed5"
    size: int = 900  # pixels of a whole image
    changes: dict[str, Any] = field(default_factory=dict)  # to the presets
    sides: tuple[int, ...] = (128, 224)  # pixels of the images of an atlas
    batches: tuple[int, ...] = (16, 64, 256)
    trial: float = 3.0  # seconds
    matrix: int = 8192  # rows of the matrices that the peak is measured with
    began: float = field(default_factory=time.monotonic)

    @cached_property
    def network(self) -> Network:
        """With random weights, which take the same time."""
        return models.build(self.architecture, weights=None, include_top=True)

    def settings(self, preset: str) -> Settings:
        return presets.preset(preset).replace(final_size=self.size, **self.changes)

    def has_time(self, wanted: float) -> bool:
        """Whether so many seconds are left."""
        return time.monotonic() - self.began + wanted < BUDGET


TOY = {
    "architecture": "SqueezeNet",
    "layer": "fire5",
    "size": 64,
    "changes": {"octaves": 1, "iterations": 2},
    "sides": (48,),
    "batches": (2, 4),
    "trial": 0.1,
    "matrix": 256,
}


def results(scale: Scale | None = None) -> list[dict[str, Any]]:
    """Measure, and return one row per number: name, value, bound, machine, versions."""
    if scale is None and backend.gpu_capability() is None:
        print("JAX sees no NVIDIA card here; jax[cuda12] is what it needs where there is one")
        return []
    scale = scale or Scale()
    common = {
        "machine": f"{jax.devices()[0].device_kind}, random weights",
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("jax", "keras", "numpy")},
        },
    }
    rows = []
    for measure in (atlas, peak, filters, images):
        for name, value, bound in measure(scale):
            rows.append({"name": f"gpu: {name}", "value": value, "bound": bound, **common})
            print(f"  {name}: {value}", flush=True)
    return rows


def atlas(scale: Scale) -> Iterator[Row]:
    """Images an hour of one layer, with each batch that there is time for; the best one counts."""
    for side in scale.sides:
        found: dict[int, float] = {}
        for batch in scale.batches:
            if scale.has_time(60):
                found[batch] = 3600 / image_seconds(scale, side, batch)
        if found:
            best = max(found, key=lambda batch: found[batch])
            name = f"images an hour, {scale.layer}, {side} px, quick, batch {best}, the best of {list(found)}"
            yield name, round(found[best]), None


def image_seconds(scale: Scale, side: int, batch: int) -> float:
    """Seconds of one image of a batch."""
    width = scale.network.find(scale.layer).width
    numbers = ",".join(str(n % width) for n in range(min(batch, width)))
    (task,) = tasks(whole.recipes(scale.network, [f"{scale.layer}:{numbers}"], ["quick"], size=side), batch)
    rate = batches.try_out(scale.network, task, scale.trial).rate
    return rate * batches.work(task) / len(task)


def peak(scale: Scale) -> Iterator[Row]:
    """Operations a second of a product of matrices in bfloat16, and the share of it that a step reaches."""
    matrix = jnp.ones((scale.matrix, scale.matrix), jnp.bfloat16)
    product = jax.jit(lambda a: a @ a)
    product(matrix).block_until_ready()
    spent = median(seconds(lambda: product(matrix).block_until_ready()) for _ in range(10))
    best = 2 * scale.matrix**3 / spent
    yield "peak of a product of matrices, bfloat16, TFLOP/s", round(best / 1e12, 2), None
    pixels = scale.size**2
    operations = PASSES * scale.network.costs[scale.layer] * pixels
    yield (
        f"step at {scale.size} px, {scale.layer}: share of that peak",
        round(operations / step_seconds(scale) / best, 4),
        None,
    )


def step_seconds(scale: Scale) -> float:
    """Seconds of a step at the whole size, nothing fetched between."""
    settings = Settings(
        octaves=1, final_size=scale.size, iterations=40, regularizers=(), precision="fastest", score="logit"
    )
    clocks = []
    for frame in features.visualize(scale.network, objectives.channel(scale.layer, 1), settings):
        if frame.iteration in (10, 40):
            frame.images  # noqa: B018  (wait for it)
            clocks.append(time.perf_counter())
    return (clocks[1] - clocks[0]) / 30


def filters(scale: Scale) -> Iterator[Row]:
    """What the median of 2018 takes on the host, with the way there and back, beside the steps."""
    image = jnp.asarray(np.random.default_rng(0).normal(0, 0.2, (1, scale.size, scale.size, 3)), jnp.float32)
    paper = next(each for each in presets.PAPER_2018.regularizers if isinstance(each, Median))
    random = np.random.default_rng(0)

    def call() -> None:
        jax.device_put(paper.apply(np.asarray(image + 0), random)).block_until_ready()

    spent = median(seconds(call) for _ in range(10)) / paper.every
    share = spent / (spent + step_seconds(scale))
    yield f"median on the host: share of the time of 2018's steps at {scale.size} px", round(share, 3), None


def images(scale: Scale) -> Iterator[Row]:
    """Whole images of a channel and of a class, the first with its compilation, then once more."""
    of_class = objectives.logit(0)
    for preset, wanted in (("quick", 60.0), ("paper-2018", 150.0)):
        for name, objective in ((scale.layer, objectives.channel(scale.layer, 1)), ("a class", of_class)):
            if scale.has_time(wanted):
                call = whole_image(scale, objective, preset)
                first, second = seconds(call), seconds(call)
                yield f"seconds for {preset} at {scale.size} px, {name}", round(second, 2), None
                yield f"seconds of compilation of that, {name}, {preset}", round(first - second, 1), None


def whole_image(scale: Scale, objective: objectives.Objective, preset: str) -> Callable[[], Any]:
    """A call that makes an image."""
    return lambda: features.render(scale.network, objective, scale.settings(preset))


if __name__ == "__main__":
    print(json.dumps(results(Scale(**TOY) if sys.argv[1:] == ["toy"] else None), indent=1))
