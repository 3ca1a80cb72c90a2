"""The engine: faithful to the loop of 2018, frames, seeds, batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from image_machines import images as pictures
from image_machines.images import resize_linear
from image_machines.network import gradient, models
from image_machines.network.forward import Reading, forward
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES
from image_machines.vision import ascent, features, objectives, presets
from image_machines.vision.regularizers import Jitter, Median
from image_machines.vision.settings import Settings
from reference import loop_2018

SMALL = Settings(octaves=2, octave_scale=1.5, final_size=36, iterations=6)
CHANNEL = objectives.channel("features", 3)


def ends_of_octaves(network: Any, objective: Any, settings: Settings, start: Any = None) -> list[np.ndarray]:
    frames = features.visualize(network, objective, settings, seed=0, start=start)
    return [frame.image for frame in frames if frame.iteration == frame.iterations]


def square(image: Any, size: int) -> Any:
    """The engine's own resizing, which `test_images` holds to SciPy's: what is compared is the ascent."""
    return resize_linear(image, (size, size))


@pytest.mark.parametrize(
    ("layer", "neuron", "objective"),
    [("features", 3, CHANNEL), ("predictions", 1, objectives.probability(1))],
)
def test_the_engine_follows_the_loop_of_2018(
    layer: str, neuron: int, objective: Any, tiny_network: Any
) -> None:
    settings = Settings(octaves=3, final_size=64, iterations=20)
    noise = features.first_image(settings, seed=0)
    loop = loop_2018.octaves_of(
        loop_2018.gradient_of(tiny_network.graph, layer, neuron), noise, list(settings.sizes()), iterations=20
    )
    for ours, theirs in zip(ends_of_octaves(tiny_network, objective, settings, noise), loop, strict=True):
        assert loop_2018.psnr(ours, theirs) > 45


@pytest.fixture(scope="module")
def inception(shared: Path) -> Any:
    return models.build("InceptionV3", weights=shared / "weights" / "inception_v3_imagenet_notop.weights.h5")


@pytest.mark.shared
@pytest.mark.slow
def test_two_octaves_of_the_paper_on_the_real_network(inception: Any) -> None:
    settings = presets.preset("paper-2018").replace(octave=2)
    noise = features.first_image(settings, seed=0)
    gradient = loop_2018.gradient_of(inception.graph, "mixed5", 66)
    loop = loop_2018.octaves_of(gradient, noise, list(settings.sizes()), resize=square)
    ours = ends_of_octaves(inception, objectives.channel("mixed5", 66), settings)
    for mine, theirs in zip(ours, loop, strict=True):
        assert loop_2018.psnr(mine, theirs) > 45


@pytest.mark.shared
@pytest.mark.slow
def test_ten_octaves_at_300_px_on_the_real_network(inception: Any) -> None:
    settings = presets.preset("paper-2018").replace(final_size=300, warmup=0)  # the loop helps no dead unit
    noise = features.first_image(settings, seed=0)
    loop = loop_2018.octaves_of(
        loop_2018.gradient_of(inception.graph, "mixed5", 5), noise, list(settings.sizes())
    )
    ours = ends_of_octaves(inception, objectives.channel("mixed5", 5), settings)
    assert loop_2018.psnr(ours[-1], list(loop)[-1]) > 30


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize(("layer", "neuron"), [("mixed8", 9), ("mixed9", 7), ("mixed10", 7)])
def test_the_deepest_layers_have_a_gradient_at_174_px(inception: Any, layer: str, neuron: int) -> None:
    settings = presets.preset("paper-2018").replace(octave=1, iterations=30)
    *_, last = features.visualize(inception, objectives.channel(layer, neuron), settings)
    assert np.isfinite(last.image).all()
    assert last.activation > 0
    assert last.warnings == ()


def test_folding_the_batch_norms_changes_rounding_only(tiny_network: Any) -> None:
    images = np.random.default_rng(0).normal(0, 0.5, (2, 20, 24, 3)).astype(np.float32)
    readings = (Reading("features"), Reading("predictions"), Reading("norm"), Reading("conv"))
    exact, folded, half = (
        [gradient.to_array(each) for each in forward(tiny_network, readings, precision)(images)]
        for precision in ("exact", "float32", "bfloat16")
    )
    for one, other, rough in zip(exact, folded, half, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(rough, one, rtol=0.1, atol=0.1)
    np.testing.assert_array_equal(exact[0], np.maximum(exact[2], 0))


def test_a_frame_comes_after_every_iteration(tiny_network: Any) -> None:
    frames = list(features.visualize(tiny_network, CHANNEL, SMALL))
    assert [(frame.octave, frame.size, frame.iteration) for frame in frames] == [
        (octave, size, iteration) for octave, size in ((1, 24), (2, 36)) for iteration in range(1, 7)
    ]
    assert {(frame.octaves, frame.iterations) for frame in frames} == {(2, 6)}
    shares = [frame.done for frame in frames]
    assert shares == sorted(shares) and shares[-1] == 1
    assert shares[5] == pytest.approx(24**2 / (24**2 + 36**2), rel=0.01)
    assert all(
        frame.image.dtype == np.float32 and frame.image.shape == (frame.size,) * 2 + (3,) for frame in frames
    )


def test_activation_is_that_before_the_step_and_at_the_end_that_of_the_image(tiny_network: Any) -> None:
    frames = list(features.visualize(tiny_network, CHANNEL, SMALL.replace(octaves=1)))
    read = gradient.to_array(forward(tiny_network, (Reading("features"),))(frames[-1].images)[0])
    assert frames[-1].activation == pytest.approx(read[0, 2:-2, 2:-2, 3].mean(), rel=1e-4)
    read = gradient.to_array(forward(tiny_network, (Reading("features"),))(frames[1].images)[0])
    assert frames[2].activation == pytest.approx(read[0, 2:-2, 2:-2, 3].mean(), rel=1e-4)


def test_same_seed_same_image_to_the_last_bit(tiny_network: Any) -> None:
    settings = SMALL.replace(regularizers=(Jitter(pixels=3), Median(every=2)))
    one, again, other = (
        features.render(tiny_network, CHANNEL, settings, seed=seed).image for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 0.01


def test_a_start_repeats_a_run(tiny_network: Any) -> None:
    noise = features.first_image(SMALL, seed=5)
    assert noise.shape == (36, 36, 3)
    np.testing.assert_array_equal(
        features.render(tiny_network, CHANNEL, SMALL, seed=5, start=noise).image,
        features.render(tiny_network, CHANNEL, SMALL, seed=5).image,
    )


def test_runs_that_take_turns_do_not_disturb_each_other(tiny_network: Any) -> None:
    alone = features.render(tiny_network, CHANNEL, SMALL, seed=1).image
    other = features.visualize(tiny_network, objectives.channel("features", 5), SMALL, seed=2)
    frames = []
    for frame in features.visualize(tiny_network, CHANNEL, SMALL, seed=1):
        frames.append(frame)
        next(other, None)
    np.testing.assert_array_equal(frames[-1].image, alone)


def test_a_picture_may_be_the_start_and_keeps_its_shape(tiny_network: Any) -> None:
    picture = np.random.default_rng(0).uniform(-1, 1, (40, 80, 3)).astype(np.float32)
    settings = SMALL.replace(iterations=2)
    frames = list(features.visualize(tiny_network, objectives.layer("features"), settings, start=picture))
    assert [frame.image.shape for frame in frames[::2]] == [(12, 24, 3), (18, 36, 3)]
    small = pictures.resize_linear(picture, (18, 36))
    assert np.corrcoef(frames[-1].image.ravel(), small.ravel())[0, 1] > 0.7


@pytest.mark.parametrize("shape", [(40, 52), (31, 57), (7, 90)])
def test_a_picture_of_any_shape_may_be_the_start(shape: tuple[int, int], tiny_network: Any) -> None:
    settings = SMALL.replace(octaves=4, octave_scale=1.2, final_size=60, iterations=(1, 0, 1, 1))
    start = np.random.default_rng(0).uniform(-1, 1, (*shape, 3)).astype(np.float32)
    *_, last = features.visualize(tiny_network, objectives.layer("features"), settings, start=start)
    assert max(last.image.shape) == 60
    assert last.image.shape[0] / last.image.shape[1] == pytest.approx(shape[0] / shape[1], rel=0.1)


def test_octave_stops_the_schedule_early(tiny_network: Any) -> None:
    whole = ends_of_octaves(tiny_network, CHANNEL, SMALL)
    part = ends_of_octaves(tiny_network, CHANNEL, SMALL.replace(octave=1))
    assert len(part) == 1
    np.testing.assert_array_equal(part[0], whole[0])


def test_an_image_too_small_for_its_layer_is_one_sentence() -> None:
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(2, 7, name="wide")(inputs))
    network = Network("valid", model, PIXEL_RANGES["-1..1"], (), "", "")
    with pytest.raises(ValueError, match="an image of 5 px is too small to reach wide of valid"):
        list(
            features.visualize(network, objectives.channel("wide", 0), SMALL.replace(octaves=1, final_size=5))
        )


def test_cost_is_that_of_the_steps_and_of_what_regularisers_do() -> None:
    bare = SMALL.replace(regularizers=())
    assert features.cost(bare) == pytest.approx(6 * (24**2 + 36**2) / 1e6)
    assert features.cost(bare) < features.cost(SMALL) < 1.05 * features.cost(bare)
    heavy = SMALL.replace(regularizers=[{"name": "denoise", "passes": 50, "every": 1}])
    assert features.cost(heavy) > 1.5 * features.cost(bare)


def test_done_grows_with_the_work_not_with_the_pixels(tiny_network: Any) -> None:
    late = SMALL.replace(octaves=1, regularizers=[{"name": "median", "size": 9, "every": 1, "begin": 0.5}])
    done = np.array([0, *(frame.done for frame in features.visualize(tiny_network, CHANNEL, late))])
    assert done[-1] == 1
    first, *_, filtering, last = np.diff(done)
    assert filtering > 1.2 * first
    assert last == pytest.approx(first)  # filters leave the last iteration alone


def test_picture_fills_the_range_of_every_colour() -> None:
    image = np.random.default_rng(0).normal(0, 0.1, (9, 9, 3)).astype(np.float32)
    picture = features.picture(image)
    assert picture.dtype == np.uint8
    assert (picture.min((0, 1)) == 0).all() and (picture.max((0, 1)) == 255).all()


def test_a_batch_makes_each_image_as_it_is_alone(tiny_network: Any) -> None:
    batch = [objectives.channel("features", n) for n in (1, 3, 5)]
    settings = SMALL.replace(iterations=1)
    *_, last = features.visualize_batch(tiny_network, batch, settings, seed=[0, 1, 2])
    assert last.images.shape == (3, 36, 36, 3)
    for index, objective in enumerate(batch):
        alone = features.render(tiny_network, objective, settings, seed=index)
        np.testing.assert_allclose(last.images[index], alone.image, atol=1e-4)
        assert last.activations[index] == pytest.approx(alone.activation, rel=1e-3)


def test_a_batch_that_does_not_fit_is_one_sentence(tiny_network: Any) -> None:
    with pytest.raises(ValueError, match="at least one objective"):
        features.visualize_batch(tiny_network, [], SMALL)
    with pytest.raises(ValueError, match="2 objectives has 2 seeds, not 1"):
        features.visualize_batch(tiny_network, [CHANNEL, CHANNEL], SMALL, seed=[1])
    with pytest.raises(ValueError, match=r"start images are \(1, H, W, 3\)"):
        features.visualize(tiny_network, CHANNEL, SMALL, start=np.zeros((8, 8, 1), np.float32))


def test_a_second_neuron_needs_no_second_trace(tiny_network: Any) -> None:
    features.render(tiny_network, CHANNEL, SMALL)
    before = ascent.program.cache_info().misses
    features.render(tiny_network, objectives.channel("features", 9), SMALL.replace(final_size=48, step=0.02))
    assert ascent.program.cache_info().misses == before
