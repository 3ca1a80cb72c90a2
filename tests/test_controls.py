"""Controls: a network that knows nothing, to hold beside one that does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from image_machines.network import controls, models


def test_shuffled_weights_are_the_same_numbers_in_another_order(tiny_network: Any) -> None:
    shuffled = controls.shuffled(tiny_network, seed=1)
    for before, after in zip(tiny_network.graph.layers, shuffled.graph.layers, strict=True):
        for old, new in zip(before.get_weights(), after.get_weights(), strict=True):
            assert np.array_equal(np.sort(old, axis=None), np.sort(new, axis=None))
    assert shuffled.fingerprint != tiny_network.fingerprint
    assert shuffled.fingerprint == controls.shuffled(tiny_network, seed=1).fingerprint
    assert shuffled.name == f"{tiny_network.name}-shuffled"


def test_a_control_is_opened_by_the_name_that_its_card_has(tiny_network: Any, tmp_path: Path) -> None:
    network = models.load(models.save(tiny_network, tmp_path / "tiny.keras"))
    control = controls.shuffled(network)
    assert models.open_network(control.opened_from).fingerprint == control.fingerprint
    assert control.classes == network.classes and control.source == "shuffled, random"
