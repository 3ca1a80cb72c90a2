"""Regularisers: each does what its name says, on its own schedule; the median is SciPy's to the last bit."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.ndimage

from image_machines.network import backend, gradient
from image_machines.network.network import Network
from image_machines.vision import climb, features, objectives
from image_machines.vision.parametrizations import statistics
from image_machines.vision.regularizers import (
    REGULARIZERS,
    Bilateral,
    Blur,
    Clip,
    Decay,
    Denoise,
    Filter,
    Jitter,
    Laplacian,
    Median,
    Natural,
    Rotate,
    Scale,
    Smooth,
    TotalVariation,
    medians,
)
from image_machines.vision.settings import Settings


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def images(random: np.random.Generator) -> np.ndarray:
    return random.normal(0, 0.5, (2, 24, 30, 3)).astype(np.float32)


def variation(images: np.ndarray) -> float:
    return float(np.abs(np.diff(images, axis=1)).mean() + np.abs(np.diff(images, axis=2)).mean())


@pytest.mark.parametrize("size", [3, 5, 7])
@pytest.mark.parametrize("shape", [(1, 40, 33, 3), (2, 9, 8, 3), (1, 7, 7, 1)])
def test_median_is_that_of_scipy(size: int, shape: tuple[int, ...], random: np.random.Generator) -> None:
    images = random.normal(size=shape).astype(np.float32)
    images[:, : shape[1] // 2] = np.round(images[:, : shape[1] // 2])  # ties
    expected = scipy.ndimage.median_filter(images, size=(1, size, size, 1))
    np.testing.assert_array_equal(Median(size=size).apply(images, random), expected)


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("median", {"size": 1}, "size must be at least 3, not 1"),
        ("median", {"size": 4}, "size is odd, not 4"),
        ("median", {"size": 99}, "size must be at most 9, not 99"),
        ("blur", {"sigma": 700}, "sigma must be at most 32, not 700"),
        ("smooth", {"sigma": 700}, "sigma must be at most 32, not 700"),
        ("bilateral", {"reach": 500}, "reach must be at most 10, not 500"),
        ("denoise", {"passes": 10**6}, "passes must be at most 50, not 1000000"),
        ("laplacian", {"levels": 30}, "levels must be at most 7, not 30"),
        ("jitter", {"pixels": 10**9}, "pixels must be at most 1024, not 1000000000"),
        ("scale", {"low": 1e-9}, "low must be at least 0.1, not 1e-09"),
        ("scale", {"low": 1.2}, "low is at most high, not 1.2 and 1.1"),
        ("rotate", {"degrees": float("nan")}, "degrees must be at .*, not nan"),
    ],
)
def test_every_number_has_a_range(name: str, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: .*{sentence}$"):
        Settings().replace(regularizers=[{"name": name, **values}])


@pytest.mark.parametrize("name", REGULARIZERS)
def test_no_number_goes_beyond_all_bounds(name: str) -> None:
    for field in dataclasses.fields(REGULARIZERS[name]):
        if type(field.default) in (int, float):
            with pytest.raises(ValueError, match=f"{field.name} must be at most"):
                REGULARIZERS[name](**{field.name: 10**12})
            with pytest.raises(ValueError, match=f"{field.name} must be at least"):
                REGULARIZERS[name](**{field.name: -1})


@pytest.mark.parametrize(
    "regularizer", [Median(), Blur(sigma=1.0), Bilateral(contrast=2.0), Denoise(weight=0.5)], ids=str
)
def test_smoothing_filters_lower_the_variation_and_keep_what_is_flat(
    regularizer: Filter, images: np.ndarray, random: np.random.Generator
) -> None:
    assert variation(regularizer.apply(images, random)) < 0.8 * variation(images)
    flat = np.full((1, 12, 12, 3), 0.3, np.float32)
    np.testing.assert_allclose(regularizer.apply(flat, random), flat, atol=1e-6)


def test_blur_is_that_of_scipy(images: np.ndarray, random: np.random.Generator) -> None:
    expected = scipy.ndimage.gaussian_filter(images, (0, 1, 1, 0), truncate=3)
    np.testing.assert_allclose(Blur(sigma=1.0).apply(images, random), expected, atol=1e-5)


def test_bilateral_and_denoise_keep_an_edge_that_blur_does_not(random: np.random.Generator) -> None:
    edge = np.zeros((1, 20, 20, 3), np.float32)
    edge[:, :, 10:] = 1
    noisy = edge + random.normal(0, 0.05, edge.shape).astype(np.float32)
    step = {}
    for each in (Blur(sigma=1.5), Bilateral(), Denoise(weight=0.1)):
        filtered = each.apply(noisy, random)
        step[type(each)] = float((filtered[:, :, 10] - filtered[:, :, 9]).mean())
    assert step[Blur] < 0.5 < min(step[Bilateral], step[Denoise])


def test_decay_shrinks_and_clip_draws_anew_inside(images: np.ndarray, random: np.random.Generator) -> None:
    np.testing.assert_allclose(Decay(rate=0.1).apply(images, random), images * 0.9, rtol=1e-6)
    clipped = Clip().apply(images * 3, random)
    inside = np.abs(images * 3) <= 1
    np.testing.assert_array_equal(clipped[inside], (images * 3)[inside])
    assert np.abs(clipped).max() <= 1
    assert len(np.unique(clipped[~inside])) > 100


def test_jitter_moves_every_pixel_and_loses_none(images: np.ndarray) -> None:
    moved = gradient.to_array(Jitter().apply(images, np.array([3, -5], np.float32)))
    np.testing.assert_array_equal(moved, np.roll(images, (3, -5), axis=(1, 2)))


def test_rotation_by_nothing_and_scale_by_one_change_nothing(images: np.ndarray) -> None:
    for transform in (Scale(), Rotate()):
        np.testing.assert_allclose(
            gradient.to_array(transform.apply(images, np.array([1, 0], np.float32))), images, atol=1e-5
        )


def test_scale_and_rotate_keep_the_centre_and_move_the_rest(random: np.random.Generator) -> None:
    spot = np.zeros((1, 31, 31, 3), np.float32)
    spot[:, 15, 15] = 1
    spot[:, 15, 25] = 1
    enlarged = gradient.to_array(Scale().apply(spot, np.array([0.5, 0], np.float32)))
    assert enlarged[0, 15, 15].min() == pytest.approx(1)
    assert enlarged[0, 15, 25].max() < 0.1
    turned = gradient.to_array(Rotate().apply(spot, np.array([0, 1], np.float32)))
    assert max(turned[0, 5, 15].min(), turned[0, 25, 15].min()) == pytest.approx(1, abs=1e-4)


def test_draws_lie_in_their_range(random: np.random.Generator) -> None:
    for _ in range(50):
        assert np.abs(Jitter(pixels=7).draw(random, (90, 90))).max() <= 7
        assert 1 / 1.2 <= Scale(low=0.8, high=1.2).draw(random, (9, 9))[0] <= 1 / 0.8
        cosine, sine = Rotate(degrees=30).draw(random, (9, 9))
        assert abs(np.rad2deg(np.arctan2(sine, cosine))) <= 30.001


def test_total_variation_is_what_it_says(images: np.ndarray) -> None:
    penalty = gradient.to_array(TotalVariation(weight=2.0).penalty(images))
    assert penalty == pytest.approx([2 * variation(images[:1]), 2 * variation(images[1:])], rel=1e-4)


def test_smooth_lowers_the_fine_and_laplacian_lifts_the_coarse(images: np.ndarray) -> None:
    coarse = np.sin(np.linspace(0, 6, 24))[None, :, None, None] * np.ones((1, 24, 30, 3))
    slope = (images[:1] + 0.1 * coarse).astype(np.float32)

    def share(each: np.ndarray) -> float:
        """How much of it is the coarse wave."""
        return float(abs(np.corrcoef(each.ravel(), coarse.ravel())[0, 1]))

    for shaper in (Smooth(sigma=2.0), Laplacian(levels=3), Natural()):
        assert share(gradient.to_array(shaper.apply(slope))) > 1.3 * share(slope)


def test_natural_weighs_waves_by_their_length_and_takes_colours_together(tmp_path: Path) -> None:
    across = np.arange(48) / 48
    waves = [np.cos(2 * np.pi * cycles * across)[None, None, :, None] for cycles in (2, 8)]
    slope = np.broadcast_to(sum(waves), (1, 32, 48, 3)).astype(np.float32)
    for decay in (1.0, 1.5):
        shaped = gradient.to_array(Natural(decay=decay).apply(slope))
        coarse, fine = ((shaped * wave).mean() for wave in waves)
        assert coarse / fine == pytest.approx(4**decay, rel=1e-3)
    grey, red = np.ones((1, 8, 8, 3), np.float32), np.zeros((1, 8, 8, 3), np.float32)
    red[..., 0] = 1
    of_grey, of_red = (gradient.to_array(Natural().apply(each))[0, 0, 0] for each in (grey, red))
    assert of_grey.min() > of_red.max() > of_red[1] > 0  # light and shade before colour
    loud = np.random.default_rng(0).integers(0, 256, (9, 9, 3))
    path = str(statistics.save(tmp_path / "loud.npz", [loud], size=8))
    assert gradient.to_array(Natural(statistics=path).apply(red))[0, 0, 0, 1] < of_red[1] / 2


def test_schedule() -> None:
    def acts(regularizer: Any) -> list[int]:
        iterations = np.arange(10)
        return iterations[regularizer.due(iterations, 10, (iterations + 1) / 10)].tolist()

    assert acts(Median(every=4)) == [0, 4, 8]
    assert acts(Median(every=3)) == [0, 3, 6]  # not 9: filters leave the last iteration alone
    assert acts(Jitter(every=3)) == [0, 3, 6, 9]
    assert acts(Jitter(begin=0.4, end=0.6)) == [3, 4, 5]
    with pytest.raises(ValueError, match="every must be at least 1, not 0"):
        Median(every=0)
    with pytest.raises(ValueError, match="shares of the run in order, not 0.7 and 0.2"):
        Jitter(begin=0.7, end=0.2)


@pytest.mark.parametrize("name", REGULARIZERS)
def test_each_composes_with_the_ascent_and_changes_it(name: str, tiny_network: Any) -> None:
    settings = Settings(
        octaves=1, final_size=24, iterations=4, step=0.3, precision="float32", regularizers=()
    )
    objective = objectives.channel("features", 3)
    plain = features.render(tiny_network, objective, settings, seed=1)
    regularized = features.render(
        tiny_network, objective, settings.replace(regularizers=[{"name": name, "every": 1}]), seed=1
    )
    assert np.isfinite(regularized.image).all()
    assert np.abs(regularized.image - plain.image).max() > 1e-3


def test_a_held_transform_stays_for_an_octave() -> None:
    draws, jitter = climb.Draws(np.random.default_rng(0)), Jitter(pixels=3, hold=True)
    first = [draws.of(jitter, iteration, (24, 24)).tolist() for iteration in range(4)]
    assert first == [first[0]] * 4
    assert [draws.of(jitter, 0, (24, 24)).tolist() for _ in range(8)] != [first[0]] * 8
    free = Jitter(pixels=3)
    assert len({tuple(draws.of(free, iteration, (24, 24))) for iteration in range(8)}) > 2


def test_what_an_iteration_may_take_is_bounded_whatever_its_regularisers_are() -> None:
    usual, wide = Smooth(), Smooth(sigma=32.0)
    assert wide.effort / usual.effort == wide.reach / usual.reach == 24
    assert Laplacian(levels=7).effort > 7 * Laplacian().effort
    with pytest.raises(ValueError, match=r"to shape the gradient takes as long as 12.0 steps; at most 8"):
        Settings(regularizers=(wide, wide))
    with pytest.raises(ValueError, match=r"to shape the gradient takes as long as 12.6 steps"):
        Settings(regularizers=(Laplacian(levels=7),) * 7)
    with pytest.raises(ValueError, match=r"the filters of an iteration take as long as 3.8 steps; at most 3"):
        Settings(regularizers=(Denoise(passes=50), Denoise(passes=50), Denoise(passes=50)))


@pytest.mark.parametrize("size", [3, 5])
def test_the_median_on_the_device_is_that_of_the_host_to_the_bit(size: int) -> None:
    images = np.random.default_rng(0).normal(0, 1, (2, 9, 12, 3)).astype(np.float32)
    images[0, 2:6, 3:9] = 0.25  # many alike
    filtered = Median(size=size)
    there = filtered.on_device(images)
    assert there is not None
    assert np.array_equal(gradient.to_array(there), filtered.apply(images, np.random.default_rng(0)))


@pytest.mark.parametrize("count", [3, 5, 9, 25, 49])
def test_forgetting_extremes_leaves_the_middle_one(count: int) -> None:
    values = np.random.default_rng(count).integers(0, 9, (count, 40)).astype(np.float32)
    found = medians.middle([gradient.to_tensor(each) for each in values])
    assert np.array_equal(gradient.to_array(found), np.median(values, axis=0))


def test_what_filters_on_an_accelerator_ends_as_on_the_host(
    tiny_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(octaves=2, final_size=40, iterations=9, precision="float32")
    objective = objectives.channel("late", 1)
    here = features.render(tiny_network, objective, settings).image
    monkeypatch.setattr(backend, "has_accelerator", lambda: True)
    monkeypatch.setattr(Median, "apply", lambda *_: pytest.fail("on the host"))
    assert np.array_equal(features.render(tiny_network, objective, settings).image, here)
