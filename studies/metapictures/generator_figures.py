"""The generators' figures: works and what comes back of them, neurons through several generators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from image_machines import figures
from studies.metapictures.generator_measures import Pictures

WORKS = 12  # shown


def reconstructions(works: Pictures, back: Pictures) -> Figure:
    """Held-out works, spread over the classes, each beside what the generator makes of its code."""
    chosen = np.linspace(0, len(works) - 1, min(WORKS, len(works))).astype(int)
    shown = [picture for index in chosen for picture in (works[index], back[index])]
    return figures.sheet(shown, ["a work that was held back", "from its code"] * len(chosen), 8, 1.4)


def through(names: Sequence[str], drawn: Mapping[str, Pictures]) -> Figure:
    """A line for two neurons: each plain, then through every generator."""
    shown, captions = [], []
    for index, name in enumerate(names):
        for way, pictures in drawn.items():
            shown.append(pictures[index])
            captions.append(f"{name}\n{way}")
    return figures.sheet(shown, captions, 2 * len(drawn), 1.6)
