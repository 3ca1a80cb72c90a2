"""Every network that can be built by its name: frozen, saved, loaded, described, and giving an image."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import applications
from image_machines.network.applications import architectures

QUICK = (  # small and of several kinds; the bench tries all
    *("small", "SqueezeNet", "MobileNet", "MobileNetV3Small", "VGG16", "ResNet50V2"),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_a_network_builds_freezes_saves_loads_and_gives_an_image(name: str, tmp_path: Path) -> None:
    check(applications.tried(name, tmp_path))
    assert not list(tmp_path.glob("*.keras"))


@pytest.mark.parametrize("name", architectures())
def test_every_network_was_tried_by_the_bench(name: str) -> None:
    row = json.loads(applications.TARGET.read_text(encoding="utf-8"))[name]
    check(applications.Tried(**row))


def check(tried: applications.Tried) -> None:
    """Whether a network is right in all that was tried of it."""
    assert tried.same and tried.fits_any_size
    assert tried.learning > 0 and tried.layers > 1
    assert tried.finite and tried.changed > 1e-3
    assert tried.activations[0] != tried.activations[1]
