"""How much sooner `quick` reaches what the ten octaves of 2018 reach, with no more total variation.

``reference.json`` holds what these reach; ``python -m bench.quick`` makes what is missing of it (an hour).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.subjects import (
    LAYER,
    NEURON,
    PAINTINGS,
    SIZES,
    WEIGHTS,
    Row,
    network,
    paintings,
    saved_loop,
    seconds,
)
from image_machines.network.network import Network
from image_machines.vision import features, objectives, presets
from image_machines.vision.settings import Settings
from reference import loop_2018

REFERENCE = Path(__file__).with_name("reference.json")
UNITS = ("mixed3:13", "mixed4:100", "mixed5:66", "mixed7:30", "mixed8:9")  # none of them dead on noise
CLASSES = ("predictions:portrait", "predictions:landscape")  # of the network of `make run`, paintings


def quick_against_2018() -> Iterator[Row]:
    """How much sooner `quick` reaches what the ten octaves of 2018 reach, with no more total variation."""
    if not REFERENCE.is_file() or not WEIGHTS.is_file():
        return
    references = json.loads(REFERENCE.read_text(encoding="utf-8"))
    ratios = []
    for key, owner in targets():
        reference = references.get(key, {})
        if reference.get("fingerprint") != owner.fingerprint:
            continue
        loop = loop_seconds(gradient_of_2018(owner, key))
        reached, whole, last = reach(owner, key, presets.QUICK, reference)
        ratios.append(loop / reached if reached else 0.0)
        yield (
            f"2018 loop / quick at the same activation, {key}",
            sooner(loop, reached, last[0], reference),
            None,
        )
        if key == f"{LAYER}:{NEURON}":
            yield (
                f"2018 loop / quick at 900 px in float32 at the same activation, {key}",
                in_float32(owner, key, loop, reference),
                ">= 15",
            )
        yield f"2018 loop / quick to its end, {key}", round(loop / whole, 1), None
        yield (
            f"activation and variation, {key}: quick, 2018",
            [round(each, 4) for each in (*last, reference["activation"], reference["variation"])],
            None,
        )
    if ratios:
        yield (
            f"2018 loop / quick at the same activation, median of {len(ratios)} units and classes",
            round(median(ratios), 1),
            ">= 15",
        )


def in_float32(owner: Network, key: str, loop: float, reference: dict[str, float]) -> float | str:
    """What `quick` gains where the processor has no bfloat16."""
    reached, _, last = reach(owner, key, presets.QUICK.replace(precision="float32"), reference)
    return sooner(loop, reached, last[0], reference)


def sooner(loop: float, reached: float | None, last: float, reference: dict[str, float]) -> float | str:
    """How many times sooner than the loop an image was as good as its, or what it reached at its end."""
    return (
        round(loop / reached, 1) if reached else f"not reached ({last:.2f} of {reference['activation']:.2f})"
    )


def targets() -> Iterator[tuple[str, Network]]:
    """Units and classes, each with its network; the classes only where a run has made their network."""
    for key in UNITS:
        yield key, network()
    for key in CLASSES if PAINTINGS.is_file() else ():
        yield key, paintings()


def goal(owner: Network, key: str, score: str = "logit") -> objectives.Objective:
    """The objective of a unit or class.

    The loop of 2018 climbs a class's probability; what it reaches and what `quick` reaches are both measured
    as the class's logit in the image, since the probability is 1 for either.
    """
    layer, _, neuron = key.partition(":")
    return objectives.neuron(owner, layer, int(neuron) if neuron.isdigit() else neuron, score)


def gradient_of_2018(owner: Network, key: str) -> Callable[[Any], Any]:
    """The loop's gradient of a unit, or of a class's probability."""
    (term,) = objectives.bind(goal(owner, key, "probability"), owner).terms
    return loop_2018.gradient_of(owner.graph, term.layer, term.neuron)


def loop_seconds(gradient: Any, sizes: Sequence[int] = SIZES) -> float:
    """Seconds of the octaves of 2018, by default all ten, from four iterations of every size."""
    saved_loop(gradient, sizes[0], save=True)
    return 25 * sum(seconds(lambda size=size: saved_loop(gradient, size, save=True)) for size in sizes)


def reach(
    owner: Network, key: str, settings: Settings, reference: dict[str, float]
) -> tuple[float | None, float, tuple[float, float]]:
    """Seconds until an image of full size is as good as the reference (None: never), seconds of the whole
    run, and the activation and variation at its end. A reference without variation asks for none."""
    objective, most = goal(owner, key, settings.score), reference.get("variation", math.inf)
    features.render(owner, objective, settings.at_octave(1))  # what is compiled once does not count
    reached, spent, numbers = None, 0.0, (0.0, 0.0)
    began = time.perf_counter()
    for frame in features.visualize(owner, objective, settings):
        if frame.size != settings.sizes()[-1] or frame.iteration < 2:
            continue
        frame.images  # noqa: B018  (wait for it)
        spent += time.perf_counter() - began
        numbers = features.activation(owner, objective, frame.image), variation(frame.image)
        if reached is None and numbers[0] >= reference["activation"] and numbers[1] <= most:
            reached = spent
        began = time.perf_counter()
    return reached, spent, numbers


def variation(image: np.ndarray) -> float:
    """Mean absolute difference between neighbouring pixels, down plus across, in [-1, 1]."""
    return float(np.abs(np.diff(image, axis=0)).mean() + np.abs(np.diff(image, axis=1)).mean())


def make_reference() -> None:
    """Run the ten octaves of 2018 for each unit and class that has no reference yet, and note what they
    reach."""
    kept = json.loads(REFERENCE.read_text(encoding="utf-8")) if REFERENCE.is_file() else {}
    for key, owner in targets():
        if kept.get(key, {}).get("fingerprint") == owner.fingerprint:
            continue
        image = features.render(owner, goal(owner, key, "probability"), presets.PAPER_2018).image
        kept[key] = {
            "network": owner.name,
            "fingerprint": owner.fingerprint,
            "activation": round(features.activation(owner, goal(owner, key), image), 4),
            "variation": round(variation(image), 5),
        }
        REFERENCE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        print(key, kept[key], flush=True)


if __name__ == "__main__":
    make_reference()
