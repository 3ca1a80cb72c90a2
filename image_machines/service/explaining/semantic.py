"""How a semantic network scores a picture, as plain values."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from image_machines.images import Picture
from image_machines.network.semantic import explaining
from image_machines.network.semantic.head import SemanticNetwork
from image_machines.network.semantic.variants import variant

MAPS = 8  # attributes whose maps are told


def told(semantic: SemanticNetwork, picture: Picture, score: str = "") -> dict[str, Any]:
    """The maps that count most for a score of a picture (H, W, 3), seen as the network sees it."""
    network = semantic.network
    small = Image.fromarray(picture).resize((network.size, network.size), Image.Resampling.BILINEAR)
    found = explaining.explain(semantic, network.pixels.from_pictures(np.asarray(small)[None]), score)
    most, totals = found.most(0, MAPS), found.totals[0]
    return {
        "network": network.name,
        "score_name": score or semantic.scores[0],
        "score": float(found.score[0]),
        "bias": found.bias,
        "maps": [
            {
                "name": found.attributes[index],
                "presence": float(np.clip(found.presence[0, index], 0, 1)),
                "counts": float(totals[index]),
                "cells": found.contributions[0, :, :, index].tolist(),
            }
            for index in most
        ],
        "others": float(totals.sum() - totals[most].sum()),
        "margin": _margin(semantic, found.maps.shape[1]),
    }


def _margin(semantic: SemanticNetwork, cells: int) -> float:
    """The share of a side that lies outside the maps, at each edge."""
    return semantic.border / (cells + 2 * semantic.border) if variant(semantic.variant).cropped else 0.0
