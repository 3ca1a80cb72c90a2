"""The classes of the paper's figures, and networks that know them."""

from __future__ import annotations

from image_machines.network import models
from image_machines.network.network import Network

SHOWN = (954, 889, 489, 837)  # ImageNet's banana, violin, chain-link fence, sunglasses


def imagenet(text: str) -> Network:
    """A network that knows the 1,000 classes, from NETWORK=FILE; without a file its weights are fetched."""
    name, _, file = text.partition("=")
    return models.build(name, file or "imagenet", include_top=True)
