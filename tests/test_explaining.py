"""Which images chapter 4 wants: one for each class, and the neurons that were chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from image_machines import files
from image_machines.notebooks import explaining
from image_machines.notebooks.parameters import Parameters

NAMES = ("network", "layer", "neuron", "preset", "median_every", "median_fsize", *explaining.SETTINGS)


def chosen(folder: Path, **values: Any) -> Parameters:
    """The chapter's parameters of a run whose training froze the layer ``features``."""
    files.write_json(folder / "model" / "tiny.json", {"settings": {"freeze": "features"}})
    given = dict.fromkeys(NAMES) | {"folder": folder, "name": "tiny", "octave": 1, "seed": 0} | values
    return Parameters(given, dict.fromkeys(given, "this notebook"))


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ({"neuron": [3, 5]}, [("features", 3), ("features", 5)]),
        ({"layer": "late", "neuron": 2}, [("late", 2)]),
        ({}, []),
        ({"neuron": 3, "network": "another.keras"}, []),
    ],
)
def test_neurons_are_those_of_the_layer_or_of_the_last_that_was_frozen(
    values: dict[str, Any], places: list[tuple[str, int]], tiny_network: Any, tmp_path: Path
) -> None:
    recipes = explaining.wanted(tiny_network, chosen(tmp_path, **values))
    classes = [(tiny_network.classes_layer, number) for number in range(len(tiny_network.classes))]
    assert [(recipe.layer, recipe.neuron) for recipe in recipes] == classes + places
