"""The grid that strides leave in a heatmap, as a share of its spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def energy_at_stride(heat: NDArray[np.floating], stride: int) -> float:
    """The share of a heatmap's power (H, W) that lies at the stride's frequencies, 0-1.

    These are the multiples of 1 / ``stride`` cycles a pixel along either axis, but for frequency 0; the heat
    is cut to a multiple of the stride, so that each is one place of the spectrum. 0 for heat that is even.
    """
    rows, columns = (side // stride * stride for side in heat.shape)
    if min(rows, columns) < 2 * stride:
        raise ValueError(f"a heatmap of {heat.shape} pixels does not show a stride of {stride}")
    part = np.asarray(heat[:rows, :columns], np.float64)
    power = np.abs(np.fft.fft2(part - part.mean())) ** 2
    total = power.sum()
    return float(power[:: rows // stride, :: columns // stride].sum() / total) if total > 0 else 0.0
