"""A network of every family that can be built by name: frozen, saved, loaded, described, and answering."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from image_machines.network import heads, models
from image_machines.network.forward import Reading, forward

FAMILIES = (  # the smallest network of each family: its larger ones are built by the same code
    *(
        "small",
        "SqueezeNet",
        "MobileNet",
        "MobileNetV2",
        "MobileNetV3Small",
        "VGG16",
        "ResNet50",
        "ResNet50V2",
    ),
    *("DenseNet121", "EfficientNetB0", "EfficientNetV2B0", "ConvNeXtTiny", "InceptionV3", "Xception"),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_a_network_of_every_family_builds_freezes_saves_loads_and_answers(name: str, tmp_path: Path) -> None:
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
