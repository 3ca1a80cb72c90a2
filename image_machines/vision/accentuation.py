"""Accentuation: what a network would have liked to see more of, in this very picture.

The ascent starts from the picture in place of noise and is stopped early, at several strengths; feature
accentuation is by Hamblin, Fel, Saha, Konkle and Alvarez 2024, who hold the image near to its start by what a
layer says of it. Here few and small steps at one size do that: what the picture holds stays where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from image_machines import images
from image_machines.images import FloatImage, Picture
from image_machines.network.network import Network
from image_machines.vision import features
from image_machines.vision.objectives import Objective
from image_machines.vision.parametrizations import Fourier
from image_machines.vision.presets import fitting, preset
from image_machines.vision.regularizers import Jitter, Scale
from image_machines.vision.settings import Settings

STRENGTHS = (8, 32, 96)  # steps
SIDE = 320  # pixels of the longer side


@dataclass(frozen=True, eq=False)
class Accented:
    """A picture after so many steps; ``activation`` is the objective's value for it, 0 steps: as it was."""

    steps: int
    image: FloatImage
    activation: float

    @property
    def picture(self) -> Picture:
        """What people look at: the colours stay as they are, for the picture has its own."""
        return images.to_picture(self.image)


def settings_for(network: Network, steps: int, side: int = SIDE) -> Settings:
    """One octave of small steps in frequencies, within the range of pixels, on an image that trembles."""
    return preset(fitting(network)).replace(
        octaves=1,
        final_size=side,
        iterations=steps,
        step=0.01,
        optimizer="adam",
        regularizers=(Jitter(pixels=8), Scale(low=0.95, high=1.05), Jitter(pixels=4)),
        parametrization=Fourier(decay=1.0),
        detail=False,
    )


def accentuate(
    network: Network,
    picture: Picture,
    objective: Objective,
    strengths: Sequence[int] = STRENGTHS,
    side: int = SIDE,
    seed: int = 0,
) -> list[Accented]:
    """The picture as it is, at ``side`` pixels, and after each number of steps up the objective.

    Raises ValueError for no strengths or one below 1.
    """
    if not strengths or min(strengths) < 1:
        raise ValueError(f"strengths are numbers of steps, 1 or more, not {list(strengths)!r}")
    start = images.from_picture(_fitted(picture, side))
    settings = settings_for(network, max(strengths), side)
    found = [Accented(0, start, features.activation(network, objective, start))]
    wanted = sorted(set(strengths))
    for frame in features.visualize(network, objective, settings, seed, start):
        if frame.iteration in wanted:
            image = np.clip(frame.image, -1, 1)
            found.append(Accented(frame.iteration, image, features.activation(network, objective, image)))
    return found


def difference(accented: Accented, start: Accented) -> Picture:
    """What was added, on grey: the differences of the colours, stretched to the full range."""
    change = accented.image - start.image
    return images.to_picture(change / max(float(np.abs(change).max()), 1e-6))


def _fitted(picture: Picture, side: int) -> Picture:
    """The picture with its longer side at so many pixels."""
    scale = side / max(picture.shape[:2])
    size = max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))
