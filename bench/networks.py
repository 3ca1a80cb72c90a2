"""`waves`, the quick preset of other networks than InceptionV3, against the loop of 2018, at 434 px.

``reference.json`` holds what the loop reaches; ``python -m bench.networks`` makes what is missing of it
(minutes). MobileNetV2 has its weights where ``../shared/weights`` holds them, else it is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from statistics import median
from typing import Any

from bench.quick import (
    REFERENCE,
    goal,
    gradient_of_2018,
    loop_seconds,
    reach,
    sooner,
    variation,
)
from bench.subjects import WEIGHTS, Row, measured_on
from image_machines.network import models
from image_machines.network.network import Network
from image_machines.vision import features, presets

MOBILENET = WEIGHTS.with_name("mobilenet_v2_imagenet.weights.h5")
TURNS = 3  # of A B A B
OCTAVE = 6  # 434 px
PRESET = "waves"
METHOD = presets.PAPER_2018.at_octave(OCTAVE)
SIZES = METHOD.sizes()
TARGETS = (
    ("SqueezeNet", "fire8:200"),
    ("SqueezeNet", "predictions:954"),
    ("MobileNetV2", "block_12_expand_relu:100"),
    ("MobileNetV2", "predictions:954"),
)


def results() -> list[dict[str, Any]]:
    """Measure, and return one row per number: name, value, bound, machine, versions."""
    common, rows = measured_on(), []
    for name, value, bound in against_2018():
        rows.append({"name": name, "value": value, "bound": bound, **common})
        print(f"  {name}: {value}  ({bound or 'no bound'})", flush=True)
    return rows


@cache
def opened(name: str) -> Network | None:
    """A network that knows photographs, None where its weights are not at hand."""
    weights = MOBILENET if name == "MobileNetV2" else "imagenet"
    at_hand = weights == "imagenet" or MOBILENET.is_file()
    return models.build(name, weights, include_top=True) if at_hand else None


def against_2018() -> Iterator[Row]:
    """For each network, a neuron and a class: loop and `waves` in turns."""
    references = json.loads(REFERENCE.read_text(encoding="utf-8"))
    for name, key in TARGETS:
        owner, reference = opened(name), references.get(f"{name} {key}", {})
        if owner is None or reference.get("fingerprint") != owner.fingerprint:
            continue
        settings, gradient = presets.preset(PRESET).at_octave(OCTAVE), gradient_of_2018(owner, key)
        wanted = {"activation": reference["activation"]}
        loops, founds = zip(
            *((loop_seconds(gradient, SIZES), reach(owner, key, settings, wanted)) for _ in range(TURNS)),
            strict=True,
        )
        times = [reached for reached, _, _ in founds if reached is not None]
        _, whole, last = founds[-1]
        yield (
            f"2018 loop / {PRESET} at the same activation, {name} {key}",
            sooner(median(loops), median(times) if times else None, last[0], reference),
            ">= 15",
        )
        yield (
            f"seconds to the same activation, and to the end, {name} {key}: {PRESET}; 2018",
            [round(each, 2) for each in (median(times) if times else whole, whole, median(loops))],
            None,
        )
        yield (
            f"activation and variation, {name} {key}: {PRESET}, 2018",
            [round(each, 4) for each in (*last, reference["activation"], reference["variation"])],
            None,
        )


def make_reference() -> None:
    """Run the loop of 2018 for each neuron that has no reference yet, and note what it reaches."""
    kept = json.loads(REFERENCE.read_text(encoding="utf-8")) if REFERENCE.is_file() else {}
    for name, key in TARGETS:
        owner, place = opened(name), f"{name} {key}"
        if owner is None or kept.get(place, {}).get("fingerprint") == owner.fingerprint:
            continue
        settings = presets.preset(PRESET)
        image = features.render(owner, goal(owner, key, "probability"), METHOD).image
        kept[place] = {
            "network": owner.name,
            "fingerprint": owner.fingerprint,
            "activation": round(features.activation(owner, goal(owner, key, settings.score), image), 4),
            "variation": round(variation(image), 5),
        }
        REFERENCE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        print(place, kept[place], flush=True)


if __name__ == "__main__":
    make_reference()
