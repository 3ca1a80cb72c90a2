"""What is measured: InceptionV3, the loop of 2018 on it, and calls that take turns.

The network is the real one where ``../shared/weights`` holds it, else of random weights: the times are the
same, the activations mean nothing.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from image_machines import images, machine
from image_machines.network import models
from image_machines.network.network import Network
from image_machines.vision import presets
from reference import loop_2018

Row = tuple[str, Any, str | None]  # name, value, bound

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ROOT.parent / "shared" / "weights" / "inception_v3_imagenet_notop.weights.h5"
PAINTINGS = ROOT / "runs" / "paintings" / "model" / "portrait-landscape-stilllife.keras"
SIZES = presets.PAPER_2018.sizes()
LAYER, NEURON = "mixed5", 66
TURNS = 5  # of A B A B


def measured_on() -> dict[str, Any]:
    """What every row says of the machine, the weights and the versions that it was measured with."""
    weights = "ImageNet weights" if WEIGHTS.is_file() else "random weights"
    versions = {name: version(name) for name in ("tensorflow", "keras", "numpy")}
    return {
        "machine": f"{machine.described()}, {weights}",
        "versions": {"python": platform.python_version(), **versions},
    }


@cache
def network() -> Network:
    """InceptionV3, real where it can be had."""
    return models.build("InceptionV3", weights=WEIGHTS if WEIGHTS.is_file() else None)


@cache
def paintings() -> Network:
    """InceptionV3 fine-tuned on portraits, landscapes and still lifes."""
    return models.load(PAINTINGS)


def noise_of(size: int) -> np.ndarray:
    """Noise that is strong enough to wake every unit, so that the loop has a gradient to divide by."""
    return np.random.default_rng(0).normal(0, 0.2, (size, size, 3)).astype(np.float32)


def saved_loop(gradient: Any, size: int, save: bool) -> None:
    """Four iterations of the loop at one size; in 2018 every one of them is toned and saved as JPEG."""
    for image in loop_2018.octaves_of(gradient, noise_of(size), [size], iterations=4):
        for _ in range(4 if save else 0):
            Image.fromarray(images.autotone(images.to_picture(image))).save(BytesIO(), "jpeg")


def in_turns(first: Callable[[], Any], second: Callable[[], Any], turns: int) -> float:
    """The median ratio of their times, after one call of each that does not count."""
    first(), second()
    return median(seconds(first) / seconds(second) for _ in range(turns))


def seconds(call: Callable[[], Any]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def fastest_in_turns(calls: Sequence[Callable[[], Any]], turns: int = 3) -> list[float]:
    """The least time of each of some calls that take turns: what else the machine does only ever adds."""
    rounds = [[seconds(call) for call in calls] for _ in range(turns)]
    return [min(each) for each in zip(*rounds, strict=True)]
