"""Accentuation: a picture stays itself, and excites more with every strength."""

from __future__ import annotations

import numpy as np
import pytest

from image_machines import images
from image_machines.network.network import Network
from image_machines.vision import accentuation, objectives


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """An oblong picture with a bright square in it."""
    picture = np.random.default_rng(0).integers(60, 100, (60, 90, 3)).astype(np.uint8)
    picture[20:40, 30:50] = 220
    return picture


def test_every_strength_excites_more_and_the_picture_stays(
    tiny_network: Network, picture: np.ndarray
) -> None:
    objective = objectives.channel("features", 2)
    found = accentuation.accentuate(tiny_network, picture, objective, (2, 8, 24), side=64)
    assert [each.steps for each in found] == [0, 2, 8, 24]
    assert found[0].image.shape == (43, 64, 3)
    values = [each.activation for each in found]
    assert values == sorted(values) and values[-1] > values[0]
    start = images.from_picture(found[0].picture).ravel()
    likeness = [np.corrcoef(start, each.image.ravel())[0, 1] for each in found[1:]]
    assert likeness == sorted(likeness, reverse=True)
    assert likeness[0] > 0.98 and likeness[-1] > 0.5
    assert all(abs(each.image).max() <= 1 for each in found)
    again = accentuation.accentuate(tiny_network, picture, objective, (24,), side=64)
    assert np.array_equal(again[-1].image, found[-1].image)


def test_what_was_added_is_shown_on_grey(tiny_network: Network, picture: np.ndarray) -> None:
    found = accentuation.accentuate(tiny_network, picture, objectives.channel("early", 1), (4,), side=48)
    nothing = accentuation.difference(found[0], found[0])
    assert abs(nothing.astype(int) - 127).max() <= 1
    added = accentuation.difference(found[1], found[0])
    assert added.max() > 250 or added.min() < 5


def test_strengths_that_are_none_get_a_sentence(tiny_network: Network, picture: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"numbers of steps, 1 or more, not \[0, 4\]"):
        accentuation.accentuate(tiny_network, picture, objectives.channel("early", 1), (0, 4))
    with pytest.raises(ValueError, match=r"1 or more, not \[\]"):
        accentuation.accentuate(tiny_network, picture, objectives.channel("early", 1), ())
