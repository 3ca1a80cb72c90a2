"""Likeness: how far the pictures of several seeds differ, since another seed is not always another image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from image_machines.images import Picture

ALIKE = 0.9  # a mean correlation from which a reader is told that the seeds hardly matter


def likeness(pictures: Sequence[Picture]) -> float:
    """Mean correlation of each two of some pictures (H, W, 3) of one size: 1 for the same, 0 for strangers.

    Raises ValueError for fewer than two, or for pictures of several sizes.
    """
    shapes = {each.shape for each in pictures}
    if len(pictures) < 2 or len(shapes) > 1:
        raise ValueError(f"likeness is of two or more pictures of one size, not {len(pictures)}: {shapes}")
    flat = np.stack([np.asarray(each, np.float32).ravel() for each in pictures])
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    products = flat @ flat.T
    return float(products[np.triu_indices(len(flat), k=1)].mean())


def sentence(correlation: float, seeds: int) -> str:
    """What a reader should know of pictures of one recipe from several seeds."""
    measured = f"{seeds} seeds, mean correlation {correlation:.3f}"
    if correlation >= ALIKE:
        return f"Another seed is nearly the same image here ({measured})."
    return f"Another seed is another image here ({measured})."
