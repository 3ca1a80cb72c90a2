"""Value and gradient: right on every backend that is installed, and the backends agree."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from image_machines.network import backend, gradient

ROOT = Path(__file__).resolve().parent.parent

# A smooth network, since ReLUs flip on a last digit and the ascent multiplies what they do.
RUN = """
import json, sys
import keras, numpy as np
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES
from image_machines.vision import features, objectives
from image_machines.vision.settings import Settings

random = np.random.default_rng(0)
inputs = keras.Input((None, None, 3))
tensor = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="tanh", name="early")(inputs)
tensor = keras.layers.Conv2D(8, 3, padding="same", name="conv", use_bias=False)(tensor)
tensor = keras.layers.BatchNormalization(name="norm")(tensor)
tensor = keras.layers.Activation("softplus", name="features")(tensor)
model = keras.Model(inputs, tensor)
for layer in model.layers:
    shapes = [value.shape for value in layer.get_weights()]
    layer.set_weights([random.uniform(0.2, 1, shape) - 0.4 * (len(shape) > 1) for shape in shapes])
network = Network("smooth", model, PIXEL_RANGES["0..1"], (), "", "")
for name, case in json.loads(sys.argv[1]).items():
    result = features.render(network, objectives.channel("features", 2), Settings.from_json(case), seed=3)
    np.save(f"{sys.argv[2]}/{name}.npy", result.image)
"""

CASES = {
    "paper-2018": {"octaves": 2, "octave_scale": 1.5, "final_size": 32, "iterations": 10},
    "views": {
        "octaves": 1,
        "final_size": 32,
        "iterations": 20,
        "optimizer": "adam",
        "regularizers": [{"name": "jitter", "pixels": 4}, {"name": "scale"}, {"name": "rotate"}],
        "parametrization": {"name": "fourier"},
        "precision": "float32",
    },
    "shaped": {
        "octaves": 1,
        "final_size": 32,
        "iterations": 20,
        "optimizer": "momentum",
        "regularizers": [
            {"name": "smooth"},
            {"name": "laplacian", "levels": 2},
            {"name": "natural"},
            {"name": "total-variation"},
        ],
        "precision": "float32",
    },
}


@pytest.fixture(scope="module")
def images_on(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, np.ndarray]]:
    """The images of every case on a backend, made in a process of its own, or a skip where there is none."""

    @cache
    def made(backend: str) -> dict[str, np.ndarray]:
        if find_spec(backend) is None:
            pytest.skip(f"{backend} is not installed; this test needs it: pip install {backend}")
        folder = tmp_path_factory.mktemp(backend)
        environment = {"KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
        arguments = [sys.executable, "-c", RUN, json.dumps(CASES), str(folder)]
        subprocess.run(arguments, env=os.environ | environment, check=True, timeout=300)
        return {case: np.load(folder / f"{case}.npy") for case in CASES}

    return made


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_backends_agree_over_twenty_iterations(backend: str, case: str, images_on: Any) -> None:
    image = images_on(backend)[case]
    reference = images_on("tensorflow")[case]
    np.testing.assert_allclose(image, reference, atol=2e-4)
    assert reference.std() > 0.01


def test_gradient_of_a_square_is_twice_its_argument() -> None:
    run = gradient.compiled(
        gradient.value_and_gradient(lambda x: keras.ops.sum(x * x, axis=(1, 2))), ([None, None, 2],)
    )
    x = np.random.default_rng(0).normal(size=(3, 4, 2)).astype(np.float32)
    values, slope = run(x)
    np.testing.assert_allclose(gradient.to_array(values), (x * x).sum((1, 2)), rtol=1e-6)
    np.testing.assert_allclose(gradient.to_array(slope), 2 * x, rtol=1e-6)


def test_gradient_of_a_constant_is_zero() -> None:
    run = gradient.compiled(
        gradient.value_and_gradient(lambda x: keras.ops.zeros(keras.ops.shape(x)[:1])), ([None, 2],)
    )
    assert not gradient.to_array(run(np.ones((3, 2), np.float32))[1]).any()


def test_one_trace_serves_all_sizes() -> None:
    traces = []

    def double(x: object) -> object:
        traces.append(1)
        return x * 2  # type: ignore[operator]

    run = gradient.compiled(double, ([None, None],))
    for side in (2, 3, 4):
        assert gradient.to_array(run(np.ones((side, side), np.float32))).shape == (side, side)
    assert len(traces) == 1


def test_fastest_precision_is_one_that_settings_know() -> None:
    assert backend.fastest_precision() in ("float32", "bfloat16")


@pytest.mark.skipif(backend.name() != "tensorflow", reason="TensorFlow alone warns of it")
def test_many_programs_of_the_same_lines_are_no_warning_of_retracing() -> None:
    import tensorflow as tf

    class Said(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            warnings.append(record.getMessage())

    def program(wanted: float) -> Callable[..., Any]:
        def times(x: Any) -> Any:
            return x * wanted

        return times

    def others(wanted: float) -> Callable[..., Any]:
        return lambda x: x * wanted

    warnings: list[str] = []
    handler = Said()
    logging.getLogger("tensorflow").addHandler(handler)
    try:
        found = [gradient.compiled(program(wanted), ([None],))(np.ones(2, np.float32)) for wanted in range(8)]
        assert not [words for words in warnings if "retracing" in words]
        for wanted in range(8):
            tf.function(others(wanted))(np.ones(2, np.float32))
        assert [words for words in warnings if "retracing" in words], "those of others are not hidden"
    finally:
        logging.getLogger("tensorflow").removeHandler(handler)
    assert [float(values[0]) for values in found] == list(range(8))
