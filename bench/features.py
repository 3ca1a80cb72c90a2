"""How fast images are made, against the bare gradient, against the loop of 2018, and against itself.

Whatever is compared takes turns in one process, and the median of the ratios counts. Run ``taskset -c 0,1
python -m bench features`` on a quiet machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import numpy as np

from bench.quick import quick_against_2018
from bench.subjects import (
    LAYER,
    NEURON,
    SIZES,
    TURNS,
    Row,
    fastest_in_turns,
    in_turns,
    measured_on,
    network,
    noise_of,
    saved_loop,
    seconds,
)
from image_machines.vision import ascent, exact, features, objectives, presets
from image_machines.vision.settings import Settings
from reference import loop_2018


def results() -> list[dict[str, Any]]:
    """Measure, and return one row per number: name, value, bound, machine, versions."""
    common, rows = measured_on(), []
    for measure in (steps, whole_run, quick_against_2018, first_frame, tracing, batch_of_16):
        for name, value, bound in measure():
            rows.append({"name": name, "value": value, "bound": bound, **common})
            print(f"  {name}: {value}  ({bound or 'no bound'})", flush=True)
    return rows


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


if __name__ == "__main__":
    results()
