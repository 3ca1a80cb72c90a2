"""Feature visualisation: images of what a network's neurons look for, frame by frame.

`visualize` climbs from noise, or from a picture, through octaves of growing size, and yields a `Frame` after
every iteration; whoever takes the frames may pause, go on later or stop at any of them. Images are
``(H, W, 3)`` in [-1, 1]; `picture` makes them what people look at.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from image_machines import images as pictures
from image_machines.images import FloatImage, Picture
from image_machines.network import gradient
from image_machines.network.network import Network
from image_machines.vision import ascent, objectives, octaves
from image_machines.vision.climb import Run, climb, random_stream
from image_machines.vision.frames import Frame, Result
from image_machines.vision.objectives import Objective
from image_machines.vision.regularizers import Filter
from image_machines.vision.settings import Settings

__all__ = [
    "Frame",
    "Result",
    "visualize",
    "visualize_batch",
    "render",
    "activation",
    "picture",
    "first_image",
    "cost",
    "programs",
]


def visualize(
    network: Network,
    objective: Objective,
    settings: Settings | None = None,
    seed: int = 0,
    start: FloatImage | None = None,
) -> Iterator[Frame]:
    """Yield the image after every iteration of the ascent.

    ``start`` (H, W, 3) in [-1, 1] takes the place of the noise drawn from ``seed``; of a picture that is not
    square the longer side has the octave's size. The same network, objective, settings, seed and start give
    the same frames. Raises ValueError for a layer, neuron or class that the network does not have.
    """
    settings = settings if settings is not None else Settings()
    return visualize_batch(network, [objective], settings, seed, None if start is None else start[None])


def visualize_batch(
    network: Network,
    batch: Sequence[Objective],
    settings: Settings | None = None,
    seed: int | Sequence[int] = 0,
    start: NDArray[np.float32] | None = None,
) -> Iterator[Frame]:
    """Yield the images of many objectives of one structure, such as the channels of a layer, made together.

    ``seed`` may be one for each image; ``start`` is (N, H, W, 3). An image comes out as it would alone with
    its seed and its objective (but for rounding, for `diversity`, and for random transforms, which the batch
    shares).
    """
    settings = (settings if settings is not None else Settings()).pinned()
    bound = [objectives.bind(each, network) for each in batch]
    if not bound:
        raise ValueError("a batch has at least one objective")
    seeds = [seed] * len(bound) if isinstance(seed, int | np.integer) else [int(each) for each in seed]
    if len(seeds) != len(bound):
        raise ValueError(f"a batch of {len(bound)} objectives has {len(bound)} seeds, not {len(seeds)}")
    if start is not None and (start.ndim != 4 or start.shape[0] != len(bound) or start.shape[-1] != 3):
        raise ValueError(f"start images are ({len(bound)}, H, W, 3), not {start.shape}")
    return climb(Run(network, bound, objectives.numbers(bound, network), settings, seeds, start))


def render(
    network: Network,
    objective: Objective,
    settings: Settings | None = None,
    seed: int = 0,
    start: FloatImage | None = None,
) -> Result:
    """Make one image and keep only its end."""
    began = time.perf_counter()
    settings = (settings if settings is not None else Settings()).pinned()
    for frame in visualize(network, objective, settings, seed, start):
        last = frame
    image, activation = last.image, last.activation
    return Result(image, activation, time.perf_counter() - began, last.warnings, settings, seed)


def activation(network: Network, objective: Objective, image: FloatImage, border: int = 2) -> float:
    """The objective's value for an image (H, W, 3) in [-1, 1], whatever made it."""
    bound = objectives.bind(objective, network)
    plan = ascent.Plan(structure=objectives.structure(bound), border=border)
    numbers = objectives.numbers([bound], network)
    return float(gradient.to_array(ascent.measure(network, plan)(image[None], numbers, ()))[0])


def picture(image: FloatImage) -> Picture:
    """An image as a picture: 8 bits, then each colour stretched to its full range (Offert 2018)."""
    return pictures.autotone(pictures.to_picture(image))


def first_image(settings: Settings, seed: int) -> FloatImage:
    """The noise (H, W, 3) that a run with this seed starts from; given as ``start`` it makes the same run."""
    side = settings.final_size
    return settings.parametrization.first_image((side, side), random_stream(seed, "start"))


def cost(settings: Settings) -> float:
    """The work of a run in megapixel-iterations of a middle layer, with what its regularisers do."""
    return float(sum(octave.work.sum() for octave in octaves.octaves(settings))) / 1e6


def programs(settings: Settings) -> int:
    """How many programs of a step a run needs: one for every set of regularisers compiled in it."""
    run = octaves.octaves(settings)
    acting = (octave.due(iteration) for octave in run for iteration in range(octave.iterations))
    return len({tuple(each for each in due if not isinstance(each, Filter)) for due in acting})
