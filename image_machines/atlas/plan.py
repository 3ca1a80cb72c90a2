"""From what somebody asks for to recipes, within what a service can bear."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from image_machines.atlas.recipe import Recipe
from image_machines.network.network import Network
from image_machines.vision import features, objectives
from image_machines.vision.presets import preset
from image_machines.vision.settings import PAGE_OCTAVES, Settings

LARGEST = 2048  # pixels of an image's side that a request may ask for
LONGEST = 10_000  # megapixel-iterations of one image: ten times the paper's


def plan(
    network: Network,
    layer: str,
    neuron: int | str,
    octave: int,
    preset_name: str,
    seed: int = 0,
    changes: Mapping[str, Any] | None = None,
) -> Recipe:
    """The recipe for what somebody asks for; ``changes`` are to the preset's settings.

    Raises UnknownLayer for the layer, ValueError for anything else that cannot be, each with the choices.
    """
    (recipe,) = plan_all(network, layer, [neuron], [octave], [preset_name], [seed], changes)
    return recipe


def plan_all(
    network: Network,
    layer: str,
    neurons: Sequence[int | str],
    octaves: Sequence[int],
    preset_names: Sequence[str],
    seeds: Sequence[int],
    changes: Mapping[str, Any] | None = None,
) -> list[Recipe]:
    """A recipe for every combination of the values; see `plan`."""
    found = network.layer(layer)
    numbers = [network.neuron(found, neuron) for neuron in neurons]
    planned = {}
    for name, octave in itertools.product(preset_names, octaves):
        settings = _settings(name, octave, changes or {})
        plain, values = _settings(name, octave, {}).to_json(), settings.to_json()
        changed = {key: value for key, value in values.items() if plain[key] != value}
        planned[name, octave] = settings, values, changed
    recipes = []
    for number, octave, name, seed in itertools.product(numbers, octaves, preset_names, seeds):
        settings, values, changed = planned[name, octave]
        recipes.append(
            Recipe(
                model=network.name,
                fingerprint=network.fingerprint,
                layer=found.name,
                neuron=number,
                objective=str(objectives.of_neuron(network, found, number, settings.score)),
                octave=octave,
                size=settings.sizes()[-1],
                preset=name,
                settings=values,
                seed=seed,
                changes=changed,
                width=found.width,
                class_name=network.class_name(found, number),
                source=network.opened_from,
                weights=network.source,
            )
        )
    return recipes


def _settings(name: str, octave: int, changes: Mapping[str, Any]) -> Settings:
    """A preset with changes, cut to an octave, within what a service can bear."""
    if "octave" in changes:
        raise ValueError("octave is a value of its own, not one of the settings")
    own = preset(name)
    settings = Settings.from_json(own.to_json() | dict(changes), files=own.files()).at_octave(octave).pinned()
    size, work = max(settings.sizes()), features.cost(settings)
    if size > LARGEST or work > LONGEST:
        raise ValueError(
            f"an image of {size} px and {work:,.0f} megapixel-iterations is too much; at most {LARGEST} px "
            f"and {LONGEST:,}"
        )
    return settings


@cache
def sizes(preset_name: str) -> list[int]:
    """Pixels of the page's ten octaves in a preset."""
    settings = preset(preset_name)
    return [settings.at_octave(octave).sizes()[-1] for octave in range(1, PAGE_OCTAVES + 1)]
