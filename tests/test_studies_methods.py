"""The same classes and neurons by several methods: what is drawn, and what is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from image_machines import files
from studies.images_of_image_machines import fresh, methods
from studies.images_of_image_machines.methods import Subject


def row(model: str, preset: str, rank: int | None, clipped: float = 0.0) -> dict[str, Any]:
    judged = None if rank is None else {"judge": "another", "rank": rank}
    return {"id": f"{model}{preset}{rank}", "model": model, "preset": preset, "clipped": clipped} | {
        "contrast": 0.3,
        "judged": judged,
    }


def test_classes_come_before_neurons_and_each_by_every_method(tiny_network: Any) -> None:
    subject = Subject("tiny", (("features", 3), ("late", 5)), (0, 2))
    drawn = [
        (recipe.preset, recipe.layer, recipe.neuron) for recipe in methods.recipes(subject, tiny_network)
    ]
    presets = methods.methods(tiny_network)
    assert drawn == [
        *((preset, "predictions", number) for preset in presets for number in (0, 2)),
        *((preset, *place) for preset in presets for place in subject.neurons),
    ]
    assert presets == ("quick", "paper-2018", "fourier")


def test_a_network_without_its_classifier_shows_neurons_alone(tiny_network: Any) -> None:
    recipes = methods.recipes(Subject("tiny", (("features", 3),), ()), tiny_network)
    assert {recipe.layer for recipe in recipes} == {"features"}


def test_each_method_is_told_by_what_another_network_says_of_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(methods, "RESULT", tmp_path / "methods.json")
    rows = [row("net", "waves", 1), row("net", "waves", 5, 0.004), row("net", "waves", 90)]
    rows += [row("net", "waves", None), row("other", "quick", None)]
    files.write_json(methods.RESULT, rows)
    assert methods.summary() == [
        ("net", "waves", "0.4%", "0.30", "2 of 3", "5"),
        ("other", "quick", "0.0%", "0.30", "", ""),
    ]


def test_rows_of_one_network_leave_those_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "RESULT", tmp_path / "methods.json")
    files.write_json(methods.RESULT, [row("net", "waves", 1), row("other", "quick", 2)])
    methods.keep(Subject("net", ()), [row("net", "fourier", 3)])
    assert [each["preset"] for each in methods.read()] == ["quick", "fourier"]


def test_a_fresh_run_is_told_by_what_it_got_right_and_by_its_jury(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = {"architecture": "small"}
    counts = {"a": {"train": 3, "val": 1}, "b": {"train": 4, "val": 2}}
    metrics = {"profile": "scratch", "network": network, "counts": counts, "accuracy": {"val": 0.5}}
    files.write_json(tmp_path / "metrics.json", metrics)
    image, control = ({"class_name": name, "probability": 0.3, "own": None} for name in ("wig", "quilt"))
    said = {"juror": "SqueezeNet", "before": False, "image": image, "control": control}
    heard = {"sentence": "", "control": "", "opinions": [said]}
    entries = [{"id": "1", "class_name": name, "neuron": 0, "jury": "It is."} for name in fresh.CLASSES]
    monkeypatch.setattr(fresh.Store, "select", lambda self, **given: (entries, 3))
    monkeypatch.setattr(fresh.Store, "card", lambda self, id: {"jury": heard})
    monkeypatch.setattr(fresh, "RESULT", tmp_path / "fresh.json")
    files.write_json(fresh.RESULT, [fresh.found(tmp_path)])
    told = "wig (shuffled: quilt)"
    assert fresh.summary() == [("`scratch`", "small", "7 / 3", "50.0%", told, told, told)]
    heard["opinions"] = []
    with pytest.raises(ValueError, match="SqueezeNet was not asked about a.jpg"):
        fresh.taken_for(fresh.Store(tmp_path), {"id": "1", "image": "a.jpg"})
