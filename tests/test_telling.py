"""What chapters tell: the numbers are those that they were given."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras

from image_machines.notebooks import telling


def test_a_catalogue_tells_pictures_works_gaps_and_the_first_problems() -> None:
    artworks = [SimpleNamespace(work=work) for work in ("a", "a", "b")]
    found: Any = SimpleNamespace(
        artworks=artworks, empty={"DATE": 1200, "FORM": 1}, problems=["line 3", "line 9"]
    )
    assert telling.catalogue(found, problems=1).splitlines() == [
        "3 pictures of 2 works",
        "cells without an entry: DATE 1,200, FORM 1",
        "line 3",
    ]


def test_failures_are_a_table_and_none_are_said(tmp_path: Path) -> None:
    file = tmp_path / "failures.csv"
    file.write_text("url,reason\nhttp://a,404\n")
    assert telling.failures(file).to_dict("records") == [{"url": "http://a", "reason": 404}]
    file.write_text("url,reason\n")
    assert telling.failures(file) == "every picture could be had"


def test_a_network_tells_how_many_weights_learn_and_from_where(tiny_network: Any) -> None:
    graph = keras.models.clone_model(tiny_network.graph)
    for layer in graph.layers:
        layer.trainable = layer is graph.layers[-1]
    told = telling.learning(tiny_network.with_graph(graph))
    free, total = graph.layers[-1].count_params(), graph.count_params()
    assert f"{free:,} of {total:,} weights learn" in told
    assert told.endswith(f"from layer {graph.layers[-1].name} on")


def test_layers_are_told_with_their_width(tiny_network: Any) -> None:
    told = telling.layers(tiny_network).splitlines()
    assert told[0].startswith(f"{tiny_network.name}: {tiny_network.classes[0]}")
    assert len(told) == 1 + len(tiny_network.landmarks)


def test_accuracy_is_a_share_or_said_to_be_of_nothing() -> None:
    metrics: Any = {"accuracy": {"train": 0.987, "val": None}}
    told = ["learned from     98.7% right", "not learned from no pictures"]
    assert telling.accuracy(metrics).splitlines() == told
    table = telling.classes({"per_class": {"a": {"precision": 1.0, "recall": 0.5, "pictures": 2, "f1": 0.6}}})
    assert table.loc["a"].to_dict() == {"precision": 1.0, "recall": 0.5, "pictures": 2}
