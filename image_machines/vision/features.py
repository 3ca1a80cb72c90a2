"""Feature visualisation: images of what a network's neurons look for, frame by frame.

`visualize` climbs from noise, or from a picture, through octaves of growing size, and yields a `Frame` after
every iteration; whoever takes the frames may pause, go on later or stop at any of them. Images are
``(H, W, 3)`` in [-1, 1]; `picture` makes them what people look at.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from image_machines import images as pictures
from image_machines.images import FloatImage, Picture
from image_machines.network import backend, gradient
from image_machines.network.network import Network
from image_machines.vision import ascent, objectives
from image_machines.vision.objectives import Objective
from image_machines.vision.settings import Settings

log = logging.getLogger(__name__)

LIFE_SIGNS = 10  # iterations between looks whether a unit is alive
FIRST_STEPS = 3  # iterations after each such look that are looked at as well: a long step may kill a unit


@dataclass(frozen=True, eq=False)
class Frame:
    """An image as it stands after an iteration; nothing is fetched from the device until it is asked for.

    ``octave`` counts from 1, the smallest; ``size`` is the longer side in pixels; ``iteration`` counts from 1
    within the octave. ``done`` is the share of the work, by pixels. ``warnings`` are sentences for the
    reader.
    """

    octave: int
    octaves: int
    size: int
    iteration: int
    iterations: int
    done: float
    warnings: tuple[str, ...]
    _images: Callable[[], Any] = field(repr=False)
    _activations: Callable[[], Any] = field(repr=False)

    @cached_property
    def images(self) -> NDArray[np.float32]:
        """All images of the batch, (N, H, W, 3)."""
        return gradient.to_array(self._images())

    @property
    def image(self) -> FloatImage:
        """The (first) image, (H, W, 3) in [-1, 1]; values may lie outside until `picture` clips them."""
        return self.images[0]

    @cached_property
    def activations(self) -> NDArray[np.float32]:
        """The objectives (N,) before this iteration's step; in the last frame, those of its very image."""
        return gradient.to_array(self._activations())

    @property
    def activation(self) -> float:
        """The (first) objective."""
        return float(self.activations[0])


@dataclass(frozen=True, eq=False)
class Result:
    """A finished image, what it reached, in how many seconds, and what the reader should know about it."""

    image: FloatImage
    activation: float
    seconds: float
    warnings: tuple[str, ...]
    settings: Settings
    seed: int


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
    its seed and its objective (but for rounding, for `diversity`, and for random views, which the batch
    shares).
    """
    settings = settings if settings is not None else Settings()
    bound = [objectives.bind(each, network) for each in batch]
    if not bound:
        raise ValueError("a batch has at least one objective")
    seeds = [seed] * len(bound) if isinstance(seed, int | np.integer) else [int(each) for each in seed]
    if len(seeds) != len(bound):
        raise ValueError(f"a batch of {len(bound)} objectives has {len(bound)} seeds, not {len(seeds)}")
    if start is not None and (start.ndim != 4 or start.shape[0] != len(bound) or start.shape[-1] != 3):
        raise ValueError(f"start images are ({len(bound)}, H, W, 3), not {start.shape}")
    return _Run(network, bound, settings, seeds, start).frames()


def render(
    network: Network,
    objective: Objective,
    settings: Settings | None = None,
    seed: int = 0,
    start: FloatImage | None = None,
) -> Result:
    """Make one image and keep only its end."""
    began = time.perf_counter()
    settings = settings if settings is not None else Settings()
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
    return np.asarray(settings.parametrization.start((side, side), _random(seed, "start")))


def cost(settings: Settings) -> float:
    """The work of a run in megapixel-iterations; seconds are proportional to it for a given layer."""
    return sum(_works(settings)) / 1e6


def estimate(settings: Settings, megapixels_per_second: float) -> float:
    """Seconds of a run, from the rate (`cost` / seconds) of an earlier run of the same layer."""
    return cost(settings) / megapixels_per_second


def _works(settings: Settings) -> list[float]:
    return [n * size**2 for size, n in zip(settings.sizes(), settings.schedule(), strict=True)]


def _random(seed: int, purpose: str) -> np.random.Generator:
    """Independent streams for the first image and for the regularisers."""
    streams = np.random.SeedSequence(seed).spawn(2)
    return np.random.default_rng(streams[("start", "regularizers").index(purpose)])


def _fitted(images: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Images (N, H, W, 3) resized so that the longer side is ``side``."""
    height, width = images.shape[1:3]
    size = max(round(height * side / max(height, width)), 1), max(round(width * side / max(height, width)), 1)
    return np.stack([pictures.resize_linear(image, size) for image in images])


class _Run:
    """One run: what stays the same through it."""

    def __init__(
        self,
        network: Network,
        batch: Sequence[Objective],
        settings: Settings,
        seeds: Sequence[int],
        start: NDArray[np.float32] | None,
    ) -> None:
        self.network, self.batch, self.settings = network, batch, settings
        self.numbers = objectives.numbers(batch, network)
        self.given = start is not None
        self.first = (
            np.stack([first_image(settings, seed) for seed in seeds])
            if start is None
            else np.asarray(start, np.float32)
        )
        self.random = _random(seeds[0], "regularizers")
        self.works = _works(settings)
        self.dead = np.zeros(len(batch), bool)
        self.helped = False
        self.leaky_left = 0
        self.held: dict[Any, Any] = {}

    def frames(self) -> Iterator[Frame]:
        """Every frame of the run, octave after octave."""
        sizes = self.settings.sizes()
        images, previous = _fitted(self.first, sizes[0]), sizes[0]
        for octave, size in enumerate(sizes):
            images = _fitted(images, size)
            detail = self.lost_detail(size, previous)
            if self.works[octave]:
                for frame in self.octave(octave, images, detail):
                    yield frame
                images = frame.images
            elif detail is not None:
                images = images + detail
            previous = size

    def lost_detail(self, size: int, previous: int) -> NDArray[np.float32] | None:
        """What the first image shows at this size and did not at the size before."""
        if not self.settings.detail or size == previous:
            return None
        return _fitted(self.first, size) - _fitted(_fitted(self.first, previous), size)

    def octave(
        self, octave: int, images: NDArray[np.float32], detail: NDArray[np.float32] | None
    ) -> Iterator[Frame]:
        """The frames of one octave, from images of its size; the last one has the lost detail back."""
        settings, form = self.settings, self.settings.parametrization
        iterations, size = settings.schedule()[octave], settings.sizes()[octave]
        constants = form.constants(images.shape[1:3])
        parameters = form.parameters(images, constants)
        memory = ascent.memory(settings.optimizer, parameters)
        step = ascent.size_of(settings.steps()[octave])
        for iteration in range(iterations):
            done = (sum(self.works[:octave]) + (iteration + 1) * size**2) / sum(self.works)
            plan = self.plan(iteration, iterations, done)
            draws = tuple(self.drawn(view, iteration, images.shape[1:3]) for view in plan.acting("view"))
            parameters, memory, values, strengths = self.step(
                plan, size, parameters, memory, step, self.numbers, constants, draws
            )
            self.look_for_life(iteration, iterations, values, strengths)
            parameters = self.filtered(parameters, constants, iteration, iterations, done)
            last = iteration == iterations - 1
            if last and detail is not None:
                parameters = form.parameters(
                    gradient.to_array(form.images(parameters, constants)) + detail, constants
                )
            yield Frame(
                octave=octave + 1,
                octaves=len(self.works),
                size=size,
                iteration=iteration + 1,
                iterations=iterations,
                done=done,
                warnings=self.warnings() if last else (),
                _images=_later(form.images, parameters, constants),
                _activations=(
                    _later(ascent.measure(self.network, plan.bare()), parameters, self.numbers, constants)
                    if last and octave == len(self.works) - 1
                    else _later(lambda values: values, values)
                ),
            )

    def step(self, plan: ascent.Plan, size: int, *arguments: Any) -> Any:
        """One step; raises ValueError for an image that is too small to reach the layer."""
        try:
            return ascent.program(self.network, plan)(*arguments)
        except Exception as error:  # each backend has its own for a convolution that is left with nothing
            if size >= self.network.size:
                raise
            layers = ", ".join(reading.layer for _, reading in plan.structure)
            raise ValueError(
                f"an image of {size} px is too small to reach {layers} of {self.network.name}; "
                f"it was made for {self.network.size} px"
            ) from error

    def plan(self, iteration: int, iterations: int, done: float) -> ascent.Plan:
        """What this iteration computes."""
        settings = self.settings
        acting = (each for each in settings.regularizers if each.due(iteration, iterations, done))
        return ascent.Plan(
            structure=objectives.structure(self.batch[0]),
            border=settings.border,
            precision=backend.fastest_precision() if settings.precision == "fastest" else settings.precision,
            leaky=self.leaky_left > 0,
            parametrization=settings.parametrization,
            regularizers=tuple(each for each in acting if each.acts_on != "filter"),
            optimizer=settings.optimizer,
            momentum=settings.momentum,
        )

    def drawn(self, view: Any, iteration: int, size: tuple[int, int]) -> Any:
        """The random numbers of a view: new ones, or those that it holds through the octave."""
        if iteration == 0 or not view.hold or view not in self.held:
            self.held[view] = view.draw(self.random, size)
        return self.held[view]

    def filtered(self, parameters: Any, constants: Any, iteration: int, iterations: int, done: float) -> Any:
        """The parameters of the image after the filters that are due."""
        form = self.settings.parametrization
        due = [
            each
            for each in self.settings.regularizers
            if each.acts_on == "filter" and each.due(iteration, iterations, done)
        ]
        if not due:
            return parameters
        images = gradient.to_array(form.images(parameters, constants))
        for each in due:
            images = each.apply(images, self.random)
        return form.parameters(images, constants)

    def look_for_life(self, iteration: int, iterations: int, values: Any, strengths: Any) -> None:
        """Let gradients leak for a while when a unit has none, at most once in an octave."""
        if iteration == 0:
            self.helped = False
        if self.leaky_left > 0:
            self.leaky_left -= 1
            return
        if iteration % LIFE_SIGNS >= FIRST_STEPS and iteration != iterations - 1:
            return
        self.dead = (gradient.to_array(strengths) <= ascent.FAINTEST) & (gradient.to_array(values) <= 0)
        if self.dead.any() and not self.helped:
            self.leaky_left = min(self.settings.warmup, (iterations - iteration - 1) // 2)
            self.helped = True

    def warnings(self) -> tuple[str, ...]:
        """A sentence for every unit that stayed dead."""
        return tuple(
            f"{objective} is dead on this image: it has no gradient, so the picture does not show it"
            for objective, dead in zip(self.batch, self.dead, strict=True)
            if dead
        )


def _later(function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    return lambda: function(*arguments)
