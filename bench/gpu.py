"""What one NVIDIA card makes on JAX: images an hour, its share of the peak, the filters, whole images.

Run ``python -m bench gpu`` where JAX sees the card; it ends within ``BENCH_SECONDS`` (460), and leaves out
what it has no time for. ``python -m bench.gpu toy`` runs every step of it on any processor, small.
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
from image_machines import machine
from image_machines.atlas import batches, whole
from image_machines.atlas.tasks import Task, tasks
from image_machines.network import backend, models
from image_machines.network.network import Network
from image_machines.vision import features, objectives, presets
from image_machines.vision.regularizers import Median
from image_machines.vision.settings import Settings

BUDGET = float(os.environ.get("BENCH_SECONDS", "460"))
PASSES = 2 * 2  # operations of a multiplication, forward and back to the image


@dataclass(frozen=True)
class Scale:
    """How large the subjects are."""

    architecture: str = "InceptionV3"
    layer: str = "mixed5"
    size: int = 900  # pixels of a whole image
    changes: dict[str, Any] = field(default_factory=dict)  # to the presets
    sides: tuple[int, ...] = (128, 224)  # pixels of the images of an atlas
    batches: tuple[int, ...] = (64, 256)
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


TOY: dict[str, Any] = {
    "architecture": "SqueezeNet",
    "layer": "fire5",
    "size": 64,
    "changes": {"octaves": 1, "iterations": 2},
    "sides": (48,),
    "batches": (2,),
    "trial": 0.1,
    "matrix": 256,
}
SCALES: dict[str, Callable[[], Scale]] = {"whole": Scale, "toy": lambda: Scale(**TOY)}


def results(scale: Scale | None = None) -> list[dict[str, Any]]:
    """Measure, and return one row per number: name, value, bound, machine, versions."""
    if scale is None and backend.gpu_capability() is None:
        print("JAX sees no NVIDIA card here; jax[cuda12] is what it needs where there is one")
        return []
    scale = scale or Scale()
    common = {
        "machine": f"{jax.devices()[0].device_kind}, {machine.cores()} cores, random weights",
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("jax", "keras", "numpy")},
        },
    }
    rows = []
    for measure in (peak, filters, images_of_a_channel, atlas, images_of_a_class):
        for name, value, bound in measure(scale):
            rows.append({"name": f"gpu: {name}", "value": value, "bound": bound, **common})
            print(f"  {name}: {value}", flush=True)
    return rows


def atlas(scale: Scale) -> Iterator[Row]:
    """Images an hour of one layer, with each batch that there is time for; the best one counts."""
    for side in scale.sides:
        found: dict[int, float] = {}
        for batch in scale.batches:
            if scale.has_time(30):
                found[batch] = 3600 / image_seconds(scale, side, batch)
        if found:
            best = max(found, key=lambda batch: found[batch])
            name = f"images an hour, {scale.layer}, {side} px, quick, batch {best}, the best of {list(found)}"
            yield name, round(found[best]), None


def atlas_tasks(scale: Scale, side: int, batch: int) -> list[Task]:
    """One task of a batch of images of an atlas."""
    width = scale.network.find(scale.layer).width
    numbers = ",".join(str(n) for n in range(min(batch, width)))
    return tasks(whole.recipes(scale.network, [f"{scale.layer}:{numbers}"], ["quick"], size=side), batch)


def image_seconds(scale: Scale, side: int, batch: int) -> float:
    """Seconds of one image of a batch."""
    (task,) = atlas_tasks(scale, side, batch)
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
    clocks = []
    objective = objectives.channel(scale.layer, 1)
    for frame in features.visualize(scale.network, objective, step_settings(scale)):
        if frame.iteration in (10, 40):
            frame.images  # noqa: B018  (wait for it)
            clocks.append(time.perf_counter())
    return (clocks[1] - clocks[0]) / 30


def step_settings(scale: Scale) -> Settings:
    """Bare steps at the whole size."""
    return Settings(
        octaves=1, final_size=scale.size, iterations=40, regularizers=(), precision="fastest", score="logit"
    )


def filters(scale: Scale) -> Iterator[Row]:
    """What the median of 2018 takes on the host, with the way there and back, beside the steps."""
    image = jnp.asarray(np.random.default_rng(0).normal(0, 0.2, (1, scale.size, scale.size, 3)), jnp.float32)
    paper = next(each for each in presets.PAPER_2018.regularizers if isinstance(each, Median))
    random = np.random.default_rng(0)

    def call() -> None:
        jax.device_put(paper.apply(np.asarray(image + 0), random)).block_until_ready()

    spent = median(seconds(call) for _ in range(10))
    yield f"ms of a median on the host at {scale.size} px, with the way there and back", ms(spent), None
    yield f"ms of a median on the device at {scale.size} px", ms(device_median(image)), None
    step = step_seconds(scale)
    yield f"ms of a step at {scale.size} px, {scale.layer}, bfloat16", ms(step), None
    share = spent / paper.every / (spent / paper.every + step)
    yield f"median on the host: share of the time of 2018's steps at {scale.size} px", round(share, 3), None


def device_median(image: Any) -> float:
    """Seconds of a median of 5 x 5 on the device: the middle of 25 shifted images."""

    def middle(image: Any) -> Any:
        padded = jnp.pad(image, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="symmetric")
        height, width = image.shape[1:3]
        shifted = [padded[:, y : y + height, x : x + width] for y in range(5) for x in range(5)]
        return jnp.sort(jnp.stack(shifted), axis=0)[12]

    compiled = jax.jit(middle)
    compiled(image).block_until_ready()
    return median(seconds(lambda: compiled(image).block_until_ready()) for _ in range(10))


def ms(seconds: float) -> float:
    """Seconds in milliseconds."""
    return round(1000 * seconds, 2)


def images_of_a_channel(scale: Scale) -> Iterator[Row]:
    """Whole images of a channel: quick, and as in 2018."""
    objective = objectives.channel(scale.layer, 1)
    yield from image(scale, "quick", scale.layer, objective, 60.0)
    yield from image(scale, "paper-2018", scale.layer, objective, 100.0)


def images_of_a_class(scale: Scale) -> Iterator[Row]:
    """Whole images of a class, whose programs are the longest to compile."""
    yield from image(scale, "quick", "a class", objectives.logit(0), 130.0)
    yield from image(scale, "paper-2018", "a class", objectives.logit(0), 180.0)


def image(
    scale: Scale, preset: str, name: str, objective: objectives.Objective, wanted: float
) -> Iterator[Row]:
    """A whole image, once to compile its programs, and once more for the time; where there is time for it."""
    if not scale.has_time(wanted):
        return
    call = whole_image(scale, objective, preset)
    first = seconds(call)
    if scale.has_time(first):
        yield f"seconds for {preset} at {scale.size} px, {name}", round(seconds(call), 2), None
    yield f"seconds for the first of these, {name}, {preset}", round(first, 1), None


def whole_image(scale: Scale, objective: objectives.Objective, preset: str) -> Callable[[], Any]:
    """A call that makes an image."""
    return lambda: features.render(scale.network, objective, scale.settings(preset))


if __name__ == "__main__":
    print(json.dumps(results(SCALES["toy"]() if sys.argv[1:] == ["toy"] else None), indent=1))
