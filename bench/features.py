"""How fast images are made, against the bare gradient, against the loop of 2018, and against itself.

On the real InceptionV3 where ``../shared/weights`` holds it, else on random weights (the times are the same,
the activations mean nothing). Whatever is compared takes turns in one process, and the median of the ratios
counts. Run ``taskset -c 0,1 python -m bench features`` on a quiet machine. ``bench/reference.json`` holds
what the ten octaves of 2018 reach; ``python -m bench.features reference`` makes what is missing (an hour).
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
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
from image_machines.vision import ascent, exact, features, objectives, presets
from image_machines.vision.settings import Settings
from reference import loop_2018

ROOT = Path(__file__).resolve().parent.parent

WEIGHTS = ROOT.parent / "shared" / "weights" / "inception_v3_imagenet_notop.weights.h5"
PAINTINGS = ROOT / "runs" / "paintings" / "model" / "portrait-landscape-stilllife.keras"
REFERENCE = Path(__file__).with_name("reference.json")
SIZES = presets.PAPER_2018.sizes()
LAYER, NEURON = "mixed5", 66
TURNS = 5  # of A B A B
UNITS = ("mixed3:13", "mixed4:100", "mixed5:66", "mixed7:30", "mixed8:9")  # none of them dead on noise
CLASSES = ("predictions:portrait", "predictions:landscape")  # of the network of `make run`, paintings


@cache
def network() -> Network:
    """InceptionV3, real where it can be had."""
    return models.build("InceptionV3", weights=WEIGHTS if WEIGHTS.is_file() else None)


@cache
def paintings() -> Network:
    """InceptionV3 fine-tuned on portraits, landscapes and still lifes."""
    return models.load(PAINTINGS)


def results() -> list[dict[str, Any]]:
    """Measure, and return one row per number: name, value, bound, machine, versions."""
    weights = "ImageNet weights" if WEIGHTS.is_file() else "random weights"
    common = {
        "machine": f"{machine.described()}, {weights}",
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("tensorflow", "keras", "numpy")},
        },
    }
    rows = []
    for measure in (steps, whole_run, quick_against_2018, first_frame, tracing, batch_of_16):
        for name, value, bound in measure():
            rows.append({"name": name, "value": value, "bound": bound, **common})
            print(f"  {name}: {value}  ({bound or 'no bound'})", flush=True)
    return rows


Row = tuple[str, Any, str | None]


def steps() -> Iterator[Row]:
    """One step of the engine beside the bare compiled gradient of the truncated network."""
    bare = loop_2018.gradient_of(network().graph, LAYER, NEURON)
    for size, bound in ((174, 1.15), (512, 1.05), (900, 1.05)):
        image = features.first_image(presets.PAPER_2018.replace(final_size=size), 0)[None]
        for precision in ("exact", "float32", "bfloat16"):
            step = stepper(image, precision)
            ratio = in_turns(
                step, lambda image=image: bare(image).numpy(), TURNS if size > 300 else 4 * TURNS
            )
            yield (f"step / bare gradient, {LAYER}, {size} px, {precision}", round(ratio, 3), f"<= {bound}")


def stepper(image: np.ndarray, precision: str) -> Callable[[], Any]:
    """A call that takes one step from the image."""
    objective = objectives.bind(objectives.channel(LAYER, NEURON), network())
    plan = ascent.Plan(
        structure=objectives.structure(objective),
        precision=precision,
    )
    program, state = ascent.program(network(), plan), ascent.begin(plan.optimizer, image)
    given = ascent.Given(exact.halves(0.01), objectives.numbers([objective], network()), (), ())
    return lambda: program(state, given).state.parameters.numpy()


def whole_run() -> Iterator[Row]:
    """The ten octaves of 2018, loop beside engine, from four iterations (one median) of every size."""
    gradient = loop_2018.gradient_of(network().graph, LAYER, NEURON)
    for precision, bound in (("exact", 1.2), ("float32", 1.2), ("bfloat16", 1.5)):
        calls = [
            (
                lambda size=size, precision=precision: engine_of_2018(size, precision),
                lambda size=size: saved_loop(gradient, size, save=True),
                lambda size=size: saved_loop(gradient, size, save=False),
            )
            for size in SIZES
        ]
        for call in calls[0]:
            call()
        engine, loop, silent = (
            25 * sum(each) for each in zip(*(fastest_in_turns(each) for each in calls), strict=True)
        )
        yield f"2018 loop / engine, {LAYER}, ten octaves, {precision}", round(loop / engine, 2), f">= {bound}"
        yield f"the same, the loop saving no JPEG, {precision}", round(silent / engine, 2), None
        yield f"seconds of the engine's ten octaves, {LAYER}, {precision}", round(engine), None


def engine_of_2018(size: int, precision: str) -> None:
    """Four iterations of the paper's preset at one size."""
    settings = presets.PAPER_2018.replace(octaves=1, final_size=size, iterations=4, precision=precision)
    objective = objectives.channel(LAYER, NEURON)
    *_, last = features.visualize(network(), objective, settings, start=noise_of(size))
    last.images  # noqa: B018  (wait for it)


def fastest_in_turns(calls: Sequence[Callable[[], Any]], turns: int = 3) -> list[float]:
    """The least time of each of some calls that take turns: what else the machine does only ever adds."""
    rounds = [[seconds(call) for call in calls] for _ in range(turns)]
    return [min(each) for each in zip(*rounds, strict=True)]


def saved_loop(gradient: Any, size: int, save: bool) -> None:
    """Four iterations of the loop at one size; in 2018 every one of them is toned and saved as JPEG."""
    for image in loop_2018.octaves_of(gradient, noise_of(size), [size], iterations=4):
        for _ in range(4 if save else 0):
            Image.fromarray(images.autotone(images.to_picture(image))).save(BytesIO(), "jpeg")


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


def loop_seconds(gradient: Any) -> float:
    """Seconds of the ten octaves of 2018, from four iterations of every size."""
    saved_loop(gradient, SIZES[0], save=True)
    return 25 * sum(seconds(lambda size=size: saved_loop(gradient, size, save=True)) for size in SIZES)


def noise_of(size: int) -> np.ndarray:
    """Noise that is strong enough to wake every unit, so that the loop has a gradient to divide by."""
    return np.random.default_rng(0).normal(0, 0.2, (size, size, 3)).astype(np.float32)


def reach(
    owner: Network, key: str, settings: Settings, reference: dict[str, float]
) -> tuple[float | None, float, tuple[float, float]]:
    """Seconds until an image of full size is as good as the reference (None: never), seconds of the whole
    run, and the activation and variation at its end."""
    objective = goal(owner, key)
    features.render(owner, objective, settings.at_octave(1))  # what is compiled once does not count
    reached, spent, numbers = None, 0.0, (0.0, 0.0)
    began = time.perf_counter()
    for frame in features.visualize(owner, objective, settings):
        if frame.size != settings.final_size or frame.iteration < 2:
            continue
        frame.images  # noqa: B018  (wait for it)
        spent += time.perf_counter() - began
        numbers = features.activation(owner, objective, frame.image), variation(frame.image)
        if reached is None and numbers[0] >= reference["activation"] and numbers[1] <= reference["variation"]:
            reached = spent
        began = time.perf_counter()
    return reached, spent, numbers


def variation(image: np.ndarray) -> float:
    """Mean absolute difference between neighbouring pixels, down plus across, in [-1, 1]."""
    return float(np.abs(np.diff(image, axis=0)).mean() + np.abs(np.diff(image, axis=1)).mean())


def first_frame() -> Iterator[Row]:
    """From a request on a warm model to the first picture."""
    settings, objective = presets.QUICK, objectives.channel(LAYER, 3)
    list(features.visualize(network(), objective, settings.at_octave(1)))
    spent = median(
        seconds(lambda: features.picture(next(features.visualize(network(), objective, settings)).image))
        for _ in range(TURNS)
    )
    yield "seconds to the first picture on a warm model, quick", round(spent, 3), "<= 0.5"


def tracing() -> Iterator[Row]:
    """What the second neuron of a layer pays of the first one's compilation."""
    settings = Settings(octaves=1, final_size=174, iterations=1, regularizers=(), precision="float32")

    def one(neuron: int) -> float:
        return seconds(
            lambda: next(features.visualize(network(), objectives.channel("mixed4", neuron), settings)).image
        )

    ascent.program.cache_clear()
    first, others = one(1), [one(neuron) for neuron in range(2, 12)]
    usual = median(others[1:])
    compilation = first - usual
    yield "tracing: second neuron / first", round(max(others[0] - usual, 0) / compilation, 3), "<= 0.05"
    yield "seconds of compilation, mixed4", round(compilation, 2), None


def batch_of_16() -> Iterator[Row]:
    """Sixteen channels as one batch beside sixteen runs."""
    settings = Settings(octaves=1, final_size=224, iterations=5, regularizers=())
    batch = [objectives.channel(LAYER, neuron) for neuron in range(16)]
    for precision in ("exact", "float32", "bfloat16"):
        each = settings.replace(precision=precision)

        def together(each: Settings = each) -> None:
            *_, last = features.visualize_batch(network(), batch, each)
            last.images  # noqa: B018

        def alone(each: Settings = each) -> None:
            for objective in batch:
                *_, last = features.visualize(network(), objective, each)
                last.images  # noqa: B018

        together()
        ratio = in_turns(alone, together, 3)
        yield f"16 runs / batch of 16, 224 px, {LAYER}, {precision}", round(ratio, 2), ">= 1.3"


def in_turns(first: Callable[[], Any], second: Callable[[], Any], turns: int) -> float:
    """The median ratio of their times, after one call of each that does not count."""
    first(), second()
    return median(seconds(first) / seconds(second) for _ in range(turns))


def seconds(call: Callable[[], Any]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


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
    if sys.argv[1:] == ["reference"]:
        make_reference()
    else:
        results()
