"""Controls: networks that know nothing, to hold beside one that does."""

from __future__ import annotations

import keras
import numpy as np

from image_machines.network.network import Network

SHUFFLED = "shuffled:"  # before the source of a network: the same with shuffled weights


def shuffled(network: Network, seed: int = 0) -> Network:
    """A copy of a network, the entries of each kernel in another order; biases and batch norms stay.

    It has the network's numbers and not their order: what it still shows comes from the architecture and from
    how strong weights are, not from what was learned (after Adebayo et al. 2018, "Sanity checks for saliency
    maps", section 3).
    """
    random = np.random.default_rng(seed)
    model = keras.models.clone_model(network.graph)
    model.set_weights(network.graph.get_weights())
    for layer in model.layers:
        for kernel in layer.weights:
            if len(kernel.shape) > 1:
                values = np.asarray(keras.ops.convert_to_numpy(kernel))
                kernel.assign(random.permuted(values.reshape(-1)).reshape(values.shape))
    return network.with_graph(
        model,
        name=f"{network.name}-shuffled",
        source=f"shuffled, {network.source}",
        opened_from=f"{SHUFFLED}{network.opened_from}",
    )
