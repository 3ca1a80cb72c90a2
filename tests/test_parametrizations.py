"""Parametrisations: images there and back, statistics of one's own pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from keras import ops

from image_machines import images as pictures
from image_machines.checks import checked
from image_machines.network import gradient
from image_machines.vision import features, objectives
from image_machines.vision.parametrizations import (
    PARAMETRIZATIONS,
    Bounded,
    Fourier,
    MaCo,
    Parametrization,
    Pixels,
    statistics,
    waves,
)
from image_machines.vision.settings import Settings


@pytest.fixture
def collection() -> list[np.ndarray]:
    """Reddish pictures of several sizes in which coarse waves are stronger than fine ones."""
    random = np.random.default_rng(0)
    made = []
    for height, width in ((40, 50), (64, 48), (48, 48)):
        coarse = pictures.resize_linear(random.normal(0, 0.4, (6, 6, 3)).astype(np.float32), (height, width))
        image = coarse + random.normal(0, 0.05, (height, width, 3)) + [0.3, -0.1, -0.2]
        made.append(pictures.to_picture(image))
    return made


@pytest.fixture
def own(collection: list[np.ndarray], tmp_path: Path) -> str:
    return str(statistics.save(tmp_path / "statistics.npz", collection, size=32))


def there_and_back(form: Any, image: np.ndarray) -> np.ndarray:
    constants = form.constants(image.shape[1:3])
    return gradient.to_array(form.images(gradient.to_tensor(form.parameters(image, constants)), constants))


@pytest.mark.parametrize("size", [(16, 16), (15, 21), (24, 10)])
@pytest.mark.parametrize("form", [Pixels(), Bounded(), Fourier(), Fourier(decay=0.0)], ids=str)
def test_images_come_back(form: Any, size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).uniform(-0.9, 0.9, (2, *size, 3)).astype(np.float32)
    np.testing.assert_allclose(there_and_back(form, image), image, atol=1e-3)


def test_images_come_back_with_the_colours_of_a_collection(own: str) -> None:
    image = np.random.default_rng(0).uniform(-0.9, 0.9, (1, 12, 14, 3)).astype(np.float32)
    np.testing.assert_allclose(there_and_back(Fourier(statistics=own), image), image, atol=1e-3)


@pytest.mark.parametrize("form", [Fourier(), MaCo()], ids=str)
def test_first_image_is_seeded_and_inside(form: Any) -> None:
    one, other = (form.first_image((20, 18), np.random.default_rng(seed)) for seed in (1, 2))
    np.testing.assert_array_equal(one, form.first_image((20, 18), np.random.default_rng(1)))
    assert one.shape == (20, 18, 3)
    assert 0 < np.abs(one).max() <= 1
    assert np.abs(one - other).max() > 0.01


def test_fourier_starts_with_coarse_waves_stronger_than_fine() -> None:
    image = Fourier().first_image((64, 64), np.random.default_rng(0)).mean(-1)
    power = np.abs(np.fft.fft2(image))
    frequency = waves.frequencies((64, 64))
    assert power[(frequency > 0) & (frequency < 0.1)].mean() > 3 * power[frequency > 0.4].mean()


@pytest.mark.parametrize("size", [(16, 16), (15, 20)])
def test_maco_keeps_its_magnitudes_whatever_the_phases(size: tuple[int, int]) -> None:
    form = MaCo(contrast=0.3)
    constants = form.constants(size)
    magnitudes, matrix, mean = constants
    phases = np.random.default_rng(0).normal(0, 2, (1, 3, *size)).astype(np.float32)
    image = gradient.to_array(form.images(gradient.to_tensor(phases), constants))
    planes = waves.uncolored(image, matrix, mean)[0]
    np.testing.assert_allclose(np.abs(np.fft.fft2(planes, norm="ortho")), magnitudes, atol=1e-3)


def test_maco_takes_the_phases_of_a_picture(collection: list[np.ndarray]) -> None:
    image = pictures.from_picture(collection[2])[None] * 0.8
    made = there_and_back(MaCo(), image)
    assert np.corrcoef(made.ravel(), image.ravel())[0, 1] > 0.4


def test_color_statistics_are_those_of_the_pictures(collection: list[np.ndarray]) -> None:
    matrix, mean = statistics.color_statistics(collection)
    pixels = np.concatenate([pictures.from_picture(each).reshape(-1, 3) for each in collection])
    np.testing.assert_allclose(matrix @ matrix.T, np.cov(pixels.T, bias=True), atol=1e-5)
    np.testing.assert_allclose(np.tanh(mean), pixels.mean(0), atol=1e-5)
    assert mean[0] > mean[2]


def test_spectrum_falls_and_is_kept(collection: list[np.ndarray], own: str) -> None:
    magnitudes = statistics.spectrum(collection, 32)
    frequency = waves.frequencies((32, 32))
    assert (
        magnitudes[:, (frequency > 0) & (frequency < 0.1)].mean() > 3 * magnitudes[:, frequency > 0.4].mean()
    )
    form = MaCo(statistics=own)
    at_own_size, matrix, _ = form.constants((32, 32))
    kept = statistics.read(own)["spectrum"].copy()
    kept[:, 0, 0] = 0
    assert np.corrcoef(at_own_size.ravel(), kept.ravel())[0, 1] > 0.99
    assert np.square(at_own_size).mean() == pytest.approx(1, rel=1e-4)
    assert form.constants((50, 40))[0].shape == (3, 50, 40)
    assert not np.allclose(matrix, statistics.colors()[0])


def test_a_collection_gives_its_colours_to_the_image(own: str, tiny_network: Any) -> None:
    settings = Settings(
        octaves=1, final_size=32, iterations=3, regularizers=(), optimizer="adam", precision="float32"
    )
    result = features.render(
        tiny_network,
        objectives.channel("features", 3),
        settings.replace(parametrization=Fourier(statistics=own)),
    )
    assert result.image[..., 0].mean() > result.image[..., 2].mean() + 0.2


@pytest.mark.parametrize("form", [Pixels(), Bounded(), Fourier(), MaCo()], ids=str)
def test_the_objective_rises_through_every_form(form: Any, tiny_network: Any) -> None:
    settings = Settings(
        octaves=2,
        octave_scale=1.5,
        final_size=32,
        iterations=10,
        step=0.05,
        optimizer="adam",
        regularizers=(),
        parametrization=form,
        detail=False,
        precision="float32",
    )
    frames = list(features.visualize(tiny_network, objectives.channel("features", 3), settings))
    assert frames[9].activation > frames[0].activation
    assert frames[-1].activation > frames[10].activation


def test_bounded_pixels_stay_inside_however_long_the_ascent(tiny_network: Any) -> None:
    settings = Settings(octaves=1, final_size=32, iterations=40, step=0.5, regularizers=())
    objective = objectives.channel("features", 3)
    free = features.render(tiny_network, objective, settings).image
    bounded = features.render(tiny_network, objective, settings.replace(parametrization=Bounded())).image
    assert np.abs(free).max() > 2
    assert 0.9 < np.abs(bounded).max() <= 1 + 1e-6


def test_missing_statistics_are_one_sentence() -> None:
    with pytest.raises(FileNotFoundError, match="no statistics at nowhere.npz; statistics.save makes them"):
        Fourier(statistics="nowhere.npz").constants((8, 8))
    with pytest.raises(ValueError, match="at least one picture"):
        statistics.color_statistics([])
    with pytest.raises(ValueError, match="at least one picture"):
        statistics.spectrum([], 8)


@checked
class Blobs(Parametrization):
    """A small generator: four numbers become a picture, and no picture becomes four numbers."""

    shape: ClassVar[Any] = [None, 4]
    constant_shapes: ClassVar[Any] = ([4, None, None, 3],)
    invertible: ClassVar[bool] = False

    def draw(self, size: Any, random: np.random.Generator) -> np.ndarray:
        return random.normal(0, 1, 4).astype(np.float32)

    def constants(self, size: Any) -> Any:
        return (np.random.default_rng(9).normal(0, 0.3, (4, *size, 3)).astype(np.float32),)

    def images(self, parameters: Any, constants: Any) -> Any:
        return ops.tanh(ops.tensordot(parameters, constants[0], 1))


@pytest.fixture
def blobs(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setitem(PARAMETRIZATIONS, "blobs", Blobs)
    return Settings(
        octaves=1, final_size=32, iterations=12, step=0.1, regularizers=(), parametrization=Blobs()
    )


def test_a_generator_is_climbed_by_its_own_parameters(blobs: Settings, tiny_network: Any) -> None:
    batch = [objectives.channel("features", n) for n in (3, 9)]
    frames = list(features.visualize_batch(tiny_network, batch, blobs, seed=[0, 1]))
    assert frames[-1].images.shape == (2, 32, 32, 3)
    assert (frames[-1].activations > frames[0].activations).all()
    alone = features.render(tiny_network, batch[1], blobs, seed=1)
    np.testing.assert_allclose(frames[-1].images[1], alone.image, atol=1e-3)
    moved = blobs.replace(regularizers=["jitter", "total-variation"])
    assert np.isfinite(features.render(tiny_network, batch[0], moved).image).all()
    assert Settings.from_json(blobs.to_json()) == blobs


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"octaves": 2}, "Blobs cannot take an image back, so that it has one octave"),
        ({"regularizers": ["median"]}, "Median filters images, and Blobs cannot take one back"),
        ({"regularizers": ["natural"]}, "Natural shapes the gradient of pixels"),
    ],
)
def test_what_needs_a_way_back_is_refused(blobs: Settings, changes: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        blobs.replace(**changes)


def test_a_generator_starts_from_no_picture(blobs: Settings, tiny_network: Any) -> None:
    start = np.zeros((32, 32, 3), np.float32)
    with pytest.raises(ValueError, match="Blobs makes images and cannot take one back.*from no picture"):
        list(features.visualize(tiny_network, objectives.channel("features", 3), blobs, start=start))
