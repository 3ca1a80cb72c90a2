"""Likeness: the same pictures correlate, strangers do not, and a reader is told which it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from image_machines.vision import features, objectives
from image_machines.vision.likeness import likeness, sentence
from image_machines.vision.settings import Settings


def test_the_same_are_alike_and_strangers_are_not() -> None:
    random = np.random.default_rng(0)
    one, other = (random.integers(0, 256, (40, 40, 3)).astype(np.uint8) for _ in range(2))
    assert likeness([one, one, one]) == pytest.approx(1)
    assert abs(likeness([one, other])) < 0.05
    assert likeness([one, 255 - one]) == pytest.approx(-1)
    assert likeness([one, one, other]) == pytest.approx((1 + 2 * likeness([one, other])) / 3)


def test_seeds_that_only_differ_in_faint_noise_are_nearly_the_same_image(tiny_network: Any) -> None:
    base = np.random.default_rng(0).normal(0, 0.3, (24, 24, 3)).astype(np.float32)
    settings = Settings(octaves=1, final_size=24, iterations=3, precision="float32")
    made = [
        features.picture(
            features.render(
                tiny_network, objectives.channel("features", 3), settings, start=base + noise
            ).image
        )
        for noise in np.random.default_rng(1).normal(0, 0.001, (3, 24, 24, 3)).astype(np.float32)
    ]
    correlation = likeness(made)
    assert correlation > 0.9
    assert sentence(correlation, 3).startswith("Another seed is nearly the same image here (3 seeds")
    assert sentence(0.12, 5) == "Another seed is another image here (5 seeds, mean correlation 0.120)."


def test_pictures_that_cannot_be_compared_are_one_sentence() -> None:
    one = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(ValueError, match="two or more pictures of one size, not 1"):
        likeness([one])
    with pytest.raises(ValueError, match="two or more pictures of one size, not 2"):
        likeness([one, np.zeros((5, 4, 3), np.uint8)])
    assert likeness([one, one]) == 0  # flat pictures have nothing to compare
