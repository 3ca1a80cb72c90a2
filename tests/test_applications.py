"""Every network that can be built by name: frozen, saved, loaded, described, and an image made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from image_machines.network import heads, models
from image_machines.network.applications import architectures
from image_machines.network.forward import Reading, forward

QUICK = {"small", "SqueezeNet", "MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large", "VGG16"}
PADDED_FOR_ONE_SIZE = (
    "NASNetMobile",
    "NASNetLarge",
)  # Keras pads them for maps of odd sides: 96 px do not fit
EVERY = [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.slow, id=name)
    for name in architectures()
    if name not in PADDED_FOR_ONE_SIZE
]


@pytest.mark.parametrize("name", EVERY)
def test_every_network_builds_freezes_saves_loads_and_answers(name: str, tmp_path: Path) -> None:
    base = models.build(name, None)
    network = heads.add_head(base, ["a", "b"], dense=0)
    middle = [layer for layer in base.layers.values() if layer.visualizable][len(base.layers) // 4]
    learning = heads.freeze(network, middle.name)
    assert "predictions" in learning and middle.name not in learning
    assert network.landmarks and network.costs[network.output_layer] > 0
    again = models.load(models.save(network, tmp_path / "it.keras"))
    (tmp_path / "it.keras").unlink()
    assert (again.fingerprint, again.pixels, again.size) == (
        network.fingerprint,
        network.pixels,
        network.size,
    )
    assert list(again.layers) == list(network.layers)
    images = np.random.default_rng(0).uniform(-1, 1, (1, 96, 96, 3)).astype(np.float32)
    readings = (Reading(middle.name), Reading("predictions", raw=False))
    map_, said = (np.asarray(each) for each in forward(again, readings, relus="leaky")(images))
    assert map_.shape[-1] == middle.width and np.isfinite(map_).all()
    np.testing.assert_allclose(said.sum(), 1, rtol=1e-4)
