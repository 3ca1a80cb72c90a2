"""Blocks: which layers stand side by side between two stations."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import keras
import pytest

from image_machines.network import layers
from image_machines.network.blocks import Position, positions
from image_machines.network.network import Network


def of(graph: keras.Model) -> dict[str, Position]:
    """The positions of a graph's layers about its own landmarks."""
    known = {layer.name.casefold(): layer for layer in layers.described(graph)}
    return positions(graph, {layer.name for layer in layers.landmarks(graph, known)})


def branches(found: dict[str, Position], block: str) -> list[list[str]]:
    """The branches of a block, each by its layers' names."""
    inside = [(place.branch, name) for name, place in found.items() if place.block == block]
    side = sorted((branch, name) for branch, name in inside if branch is not None)
    return [[name for _, name in part] for _, part in groupby(side, key=lambda pair: pair[0])]


def conv(tensor: Any, name: str, width: int = 4) -> Any:
    return keras.layers.Conv2D(width, 3, padding="same", activation="relu", name=name)(tensor)


@pytest.fixture(scope="module")
def parted() -> keras.Model:
    """A stem; four branches, the third parted once more; then a block with a shortcut around two layers."""
    inputs = keras.Input((None, None, 3))
    stem = conv(inputs, "stem")
    second = conv(conv(stem, "b1"), "b2")
    third = conv(stem, "c1")
    pool = keras.layers.AveragePooling2D(3, 1, "same", name="pool")(stem)
    parts = [conv(stem, "a1"), second, conv(third, "c2"), conv(third, "c3"), conv(pool, "d1")]
    mixed = keras.layers.Concatenate(name="mixed")(parts)
    added = keras.layers.Add(name="added")([mixed, conv(conv(mixed, "e1", 20), "e2", 20)])
    pooled = keras.layers.GlobalAveragePooling2D(name="global")(added)
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax", name="classes")(pooled))


def test_layers_that_no_path_joins_are_branches_of_their_block(parted: keras.Model) -> None:
    found = of(parted)
    assert branches(found, "mixed") == [["a1"], ["b1", "b2"], ["c1", "c2", "c3"], ["d1", "pool"]]
    assert found["mixed"] == Position("mixed", None, ("a1", "b2", "c2", "c3", "d1"))
    assert found["stem"].sources == (parted.layers[0].name,)


def test_a_shortcut_is_told_by_what_the_layer_takes(parted: keras.Model) -> None:
    found = of(parted)
    assert branches(found, "added") == [["e1", "e2"]]
    assert found["added"].sources == ("mixed", "e2")
    assert found["classes"].block == "classes"
    assert found["global"].branch is None


def test_a_block_may_part_twice() -> None:
    inputs = keras.Input((None, None, 3))
    first = keras.layers.Add(name="first")([conv(inputs, "a"), conv(inputs, "b")])
    narrow = keras.layers.MaxPooling2D(name="narrow")(first)
    second = keras.layers.Concatenate(name="second")([conv(narrow, "c"), conv(narrow, "d")])
    graph = keras.Model(inputs, second)
    assert branches(positions(graph, {"second"}), "second") == [["a"], ["b"], ["c"], ["d"]]


def test_every_layer_of_a_network_has_its_place(tiny_network: Network) -> None:
    found = tiny_network.positions
    assert set(found) == {layer.name for layer in tiny_network.layers.values()}
    assert found["norm"] == Position("features", None, ("conv",))
    assert [place.branch for place in found.values()] == [None] * len(found)
    assert found["pool"].block == "dense"
