"""What gradients are told of rectifiers: the values stay, under every policy."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from image_machines.network import gradient
from image_machines.network.rectifiers import Policy, of_activation, rectifier

X = np.array([-2.0, -1.0, 2.0, 3.0, 8.0, 9.0], np.float32)
UPSTREAM = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0], np.float32)

RELU6 = keras.Sequential([keras.Input((6,)), layers.ReLU(max_value=6)]).layers[0]
KINDS = {
    "relu": (of_activation(keras.activations.relu), None, 0.0),
    "relu6": (of_activation(keras.activations.relu6), 6.0, 0.0),
    "capped layer": (rectifier(RELU6), 6.0, 0.0),
    "leaky layer": (rectifier(layers.LeakyReLU(negative_slope=0.1)), None, 0.1),
}


@pytest.mark.parametrize("policy", ["plain", "leaky", "guided", "deconvnet"])
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
