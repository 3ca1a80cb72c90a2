"""What gradients are told of rectifiers: the values stay, under every policy."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from image_machines.network import gradient
from image_machines.network.forward import Reading, forward
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES
from image_machines.network.rectifiers import Policy, of_activation, rectifier

X = np.array([-2.0, -1.0, 2.0, 3.0, 8.0, 9.0], np.float32)
UPSTREAM = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0], np.float32)

POLICIES: tuple[Policy, ...] = ("plain", "leaky", "guided", "deconvnet")
RELU6 = keras.Sequential([keras.Input((6,)), layers.ReLU(max_value=6)]).layers[0]
KINDS = {
    "relu": (of_activation(keras.activations.relu), None, 0.0),
    "relu6": (of_activation(keras.activations.relu6), 6.0, 0.0),
    "capped layer": (rectifier(RELU6), 6.0, 0.0),
    "leaky layer": (rectifier(layers.LeakyReLU(negative_slope=0.1)), None, 0.1),
}


def operation(function: Any) -> Any:
    """The operation that a function of a symbolic tensor is."""
    return function(keras.Input((6,)))._keras_history.operation


PLACES = np.array([-5.0, -4.0, -2.0, 0.5, 4.0, 9.0], np.float32)
HELPED = {  # the rectifier, what it is called with besides, where its gradient is lost
    "hard silu": (of_activation(keras.activations.hard_silu), (), PLACES < -3),
    "hard sigmoid": (of_activation(keras.activations.hard_sigmoid), (), np.abs(PLACES) > 3),
    "hard tanh": (rectifier(operation(ops.hard_tanh)), (), np.abs(PLACES) > 1),
    "hard silu as an operation": (rectifier(operation(ops.hard_silu)), (), PLACES < -3),
    "clip": (rectifier(operation(lambda x: ops.clip(x, 0, 6))), (), (PLACES < 0) | (PLACES > 6)),
    "minimum": (rectifier(operation(lambda x: ops.minimum(x, 6))), (6,), PLACES > 6),
}


@pytest.mark.parametrize("kind", HELPED)
def test_what_is_cut_off_is_helped_where_it_is_and_left_alone_elsewhere(kind: str) -> None:
    found, more, lost = HELPED[kind]
    assert found is not None
    slopes: dict[Policy, np.ndarray] = {}
    for policy in POLICIES:
        function: Any = partial(lambda bent, x: bent(x, *more), found.under(policy))
        values, slope = gradient.value_and_gradient(function)(gradient.to_tensor(PLACES))
        np.testing.assert_array_equal(values, found.value(PLACES, *more))
        slopes[policy] = gradient.to_array(slope)
    assert (slopes["plain"][lost] == 0).all() and lost.any()
    np.testing.assert_allclose(slopes["leaky"], np.where(lost, 0.2, slopes["plain"]), rtol=1e-5)
    np.testing.assert_array_equal(slopes["guided"], slopes["plain"])
    np.testing.assert_array_equal(slopes["deconvnet"], slopes["plain"])


def test_the_maximum_of_a_number_and_zero_is_a_relu() -> None:
    found = rectifier(operation(lambda x: ops.maximum(x, 0)))
    assert found is not None
    bent: Any = found.under("guided")
    _, slope = gradient.value_and_gradient(lambda x: bent(x, 0) * UPSTREAM)(gradient.to_tensor(X))
    np.testing.assert_array_equal(gradient.to_array(slope), (X > 0) * (UPSTREAM > 0))
    assert rectifier(operation(lambda x: ops.maximum(0, x))) is None
    assert rectifier(operation(lambda x: ops.maximum(x, x / 2))) is None


def test_a_separable_convolution_that_ends_in_a_relu_is_guided_too() -> None:
    inputs = keras.Input((8, 8, 3))
    fused = layers.SeparableConv2D(4, 3, activation="relu", name="fused")
    model = keras.Model(inputs, fused(inputs))
    network = Network("it", model, PIXEL_RANGES["-1..1"], (), "", "")
    images = np.random.default_rng(0).uniform(-1, 1, (1, 8, 8, 3)).astype(np.float32)

    def slopes(policy: Policy) -> np.ndarray:
        run = forward(network, (Reading("fused"),), relus=policy)
        fallen = gradient.value_and_gradient(lambda x: -ops.sum(run(x)[0], axis=(1, 2, 3)))
        return gradient.to_array(fallen(gradient.to_tensor(images))[1])

    assert np.abs(slopes("plain")).max() > 0
    np.testing.assert_array_equal(slopes("guided"), 0)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind", KINDS)
def test_values_stay_and_gradients_follow_the_policy(kind: str, policy: Policy) -> None:
    found, cap, slope = KINDS[kind]
    assert found is not None
    function: Any = found.under(policy)

    def weighted(x: Any) -> Any:
        return keras.ops.sum(function(x) * UPSTREAM, axis=-1)

    values, slopes = gradient.value_and_gradient(weighted)(gradient.to_tensor(X[None]))
    at_work = (X > 0) & ((cap or np.inf) > X)
    expected = np.where(X > 0, np.minimum(X, cap or np.inf), slope * X)
    assert gradient.to_array(values)[0] == pytest.approx((expected * UPSTREAM).sum(), rel=1e-5)
    through = {
        "plain": np.where(at_work, 1, np.where(X < 0, slope, 0)),
        "leaky": np.where(at_work, 1, 0.2),
        "guided": at_work * (UPSTREAM > 0),
        "deconvnet": UPSTREAM > 0,
    }
    np.testing.assert_allclose(gradient.to_array(slopes)[0], through[policy] * UPSTREAM, rtol=1e-5)
