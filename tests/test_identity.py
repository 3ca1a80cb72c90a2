"""Which network it is: weights and pixel range, so that no image stands for another one."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from image_machines.atlas import remote, whole
from image_machines.network import models
from image_machines.network.network import Network


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A network that says nothing of its pixels, with no card beside it."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = keras.Input((None, None, 3))
    tensor = layers.Conv2D(4, 3, activation="relu", name="late")(inputs)
    tensor = layers.GlobalAveragePooling2D(name="pool")(tensor)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax", name="predictions")(tensor))
    model.save(tmp_path / "mine.keras")
    return tmp_path / "mine.keras"


@pytest.fixture
def telling(tmp_path: Path) -> Path:
    """A network whose own layers say that it takes 0 to 255."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = keras.Input((None, None, 3))
    tensor = layers.Conv2D(4, 3, name="late")(layers.Rescaling(1 / 127.5, -1)(inputs))
    tensor = layers.GlobalAveragePooling2D(name="pool")(tensor)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax", name="predictions")(tensor))
    model.save(tmp_path / "telling.keras")
    return tmp_path / "telling.keras"


def image(network: Network) -> str:
    (recipe,) = whole.recipes(network, ["late:0"], ["paper-2018"], size=64)
    return recipe.id


def test_an_image_through_a_wrong_range_is_not_the_one_through_the_right_range(file: Path) -> None:
    wrong, right = models.load(file, pixels="0..255"), models.load(file, pixels="0..1")
    assert wrong.fingerprint != right.fingerprint
    assert image(wrong) != image(right) == image(models.load(file, pixels="0..1"))


def test_a_range_that_the_network_tells_itself_adds_nothing(telling: Path) -> None:
    found, told = models.load(telling), models.load(telling, pixels="0..255")
    assert image(found) == image(told) != image(models.load(telling, pixels="0..1"))


def test_a_network_of_another_range_than_its_architecture_s_is_another(tmp_path: Path) -> None:
    network = models.build("small", weights=None)
    saved = models.save(network, tmp_path / "small.keras")
    assert models.load(saved).fingerprint == network.fingerprint
    assert models.load(saved, pixels="caffe").fingerprint != network.fingerprint


def test_workers_tell_both_ranges_apart(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_networks", {})
    monkeypatch.setattr(remote, "_taken", {})
    monkeypatch.setattr(remote, "NICE", 0)
    networks = [models.load(file, pixels=each) for each in ("0..255", "0..1")]
    for network in networks:
        assert remote.lacks([network.fingerprint])
        remote.take(network.fingerprint, remote.pack(network))
    assert remote.open_networks() == 2
    for network in networks:
        assert remote._networks[network.fingerprint].pixels == network.pixels
    pictures = np.zeros((1, 32, 32, 3), np.float32)
    first, second = (
        np.asarray(each.graph(each.pixels.apply(pictures))) for each in remote._networks.values()
    )
    assert not np.allclose(first, second)
