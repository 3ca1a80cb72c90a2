"""A run: octave after octave, from a first image to the last, yielding a frame after every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from image_machines import images as pictures
from image_machines.network import backend, gradient
from image_machines.network.network import Network
from image_machines.network.tensors import Tensor
from image_machines.vision import ascent, exact, objectives
from image_machines.vision.ascent import Given, Plan, State, Step
from image_machines.vision.frames import Frame
from image_machines.vision.life import Life
from image_machines.vision.objectives import Numbers, Objective
from image_machines.vision.octaves import Octave, octaves, shares
from image_machines.vision.parametrizations import Pixels
from image_machines.vision.parametrizations.base import Constants, Floats, Size
from image_machines.vision.regularizers import Filter, Regularizer, Transform
from image_machines.vision.settings import Settings


@dataclass(frozen=True, eq=False)
class Run:
    """What stays the same through a run; ``start`` (N, H, W, 3) takes the place of the seeds' noise."""

    network: Network
    batch: Sequence[Objective]
    numbers: Numbers  # of the batch
    settings: Settings
    seeds: Sequence[int]
    start: Floats | None = None

    @cached_property
    def first(self) -> Floats | None:
        """The images (N, H, W, 3) of the final size that it starts from; None: it starts from parameters."""
        form, side = self.settings.parametrization, self.settings.final_size
        if self.start is not None or not form.invertible:
            return self.start
        streams = (random_stream(seed, "start") for seed in self.seeds)
        return np.stack([form.first_image((side, side), stream) for stream in streams])


@dataclass(eq=False)
class Draws:
    """The random numbers of the regularisers; a transform may hold its own through an octave."""

    random: np.random.Generator
    held: dict[Transform, Floats] = field(default_factory=dict)

    def of(self, transform: Transform, iteration: int, size: Size) -> Floats:
        """The numbers (2,) of a transform in an iteration of an octave."""
        if iteration == 0 or not transform.hold or transform not in self.held:
            self.held[transform] = transform.draw(self.random, size)
        return self.held[transform]


def random_stream(seed: int, purpose: str) -> np.random.Generator:
    """Independent streams for the first image ("start") and for the "regularizers"."""
    streams = np.random.SeedSequence(seed).spawn(2)
    return np.random.default_rng(streams[("start", "regularizers").index(purpose)])


def climb(run: Run) -> Iterator[Frame]:
    """Every frame of a run."""
    run_octaves, first = octaves(run.settings), run.first
    draws = Draws(random_stream(run.seeds[0], "regularizers"))
    life = Life(run.batch, run.settings.warmup)
    images, previous = first, run_octaves[0].size
    for octave, done in zip(run_octaves, shares(run_octaves), strict=True):
        detail = None
        if first is not None and images is not None:
            images = resized(images, size_at(first, octave.size))
            if run.settings.detail and octave.size != previous:
                detail = lost_detail(first, octave.size, previous)
        if octave.iterations:
            for frame in ascend(run, octave, done, images, detail, draws, life):
                yield frame
            images = frame.images
        elif images is not None and detail is not None:
            images = images + detail
        previous = octave.size


def ascend(
    run: Run,
    octave: Octave,
    done: NDArray[np.float64],
    images: Floats | None,
    detail: Floats | None,
    draws: Draws,
    life: Life,
) -> Iterator[Frame]:
    """The frames of one octave, from images of its size; the last one has the lost detail back."""
    form = run.settings.parametrization
    size, parameters, constants = first_parameters(run, octave, images)
    state = ascent.begin(run.settings.optimizer, parameters)
    length = exact.halves(octave.step)
    for iteration in range(octave.iterations):
        due, last = octave.due(iteration), iteration == octave.iterations - 1
        plan = plan_of(run, due)
        drawn = tuple(draws.of(each, iteration, size) for each in plan.acting(Transform))
        given = Given(length, run.numbers, constants, drawn)
        step = ascent_step(run, octave, plan, state, given, life.leaking)
        life.look(iteration, octave.iterations, step)
        parameters = filtered(run.settings, step.state.parameters, constants, due, draws.random)
        if last and detail is not None:
            parameters = reinject_detail(run.settings, parameters, constants, detail)
        state = State(parameters, step.state.memory)
        ends = last and done[iteration] == 1
        yield Frame(
            octave=octave.number,
            octaves=len(run.settings.sizes()),
            size=octave.size,
            iteration=iteration + 1,
            iterations=octave.iterations,
            done=float(done[iteration]),
            warned=tuple(life.warnings()) if last else (),
            _images=partial(form.images, parameters, constants),
            _activations=_measured(run, plan, parameters, constants) if ends else partial(_same, step.values),
        )


def first_parameters(
    run: Run, octave: Octave, images: Floats | None
) -> tuple[Size, Floats, tuple[Floats, ...]]:
    """The size of an octave's images, the parameters that it starts from, and the form's constants."""
    form = run.settings.parametrization
    size = (octave.size, octave.size) if images is None else (images.shape[1], images.shape[2])
    constants = form.constants(size)
    if images is not None:
        return size, form.parameters(images, constants), constants
    drawn = [form.draw(size, random_stream(seed, "start")) for seed in run.seeds]
    return size, np.stack(drawn), constants


def plan_of(run: Run, due: Sequence[Regularizer]) -> Plan:
    """What an iteration computes, with the regularisers that are due in it."""
    settings = run.settings
    fastest = settings.precision == "fastest"
    return Plan(
        structure=objectives.structure(run.batch[0]),
        border=settings.border,
        precision=backend.fastest_precision() if fastest else settings.precision,
        parametrization=settings.parametrization,
        regularizers=tuple(each for each in due if not isinstance(each, Filter)),
        optimizer=settings.optimizer,
        momentum=settings.momentum,
    )


def ascent_step(
    run: Run, octave: Octave, plan: Plan, state: State, given: Given, leaking: NDArray[np.bool_]
) -> Step:
    """One step, with gradients that leak for some of the batch (N,).

    Raises ValueError for an image that is too small to reach the layer.
    """
    try:
        return ascent.leaking_step(run.network, plan, state, given, leaking)
    except Exception as error:  # each backend has its own for a convolution that is left with nothing
        if octave.size >= run.network.size:
            raise
        layers = ", ".join(reading.layer for _, reading in plan.structure)
        raise ValueError(
            f"an image of {octave.size} px is too small to reach {layers} of {run.network.name}; "
            f"it was made for {run.network.size} px"
        ) from error


def filtered(
    settings: Settings,
    parameters: Tensor,
    constants: Constants,
    due: Sequence[Regularizer],
    random: np.random.Generator,
) -> Tensor:
    """The parameters of the image after the filters that are due."""
    filters = [each for each in due if isinstance(each, Filter)]
    if not filters:
        return parameters
    form = settings.parametrization
    images = form.images(parameters, constants)
    if type(form) is Pixels and backend.has_accelerator():
        there = images
        for each in filters:
            there = None if there is None else each.on_device(there)
        if there is not None:
            return there
    images = gradient.to_array(images)
    for each in filters:
        images = each.apply(images, random)
    return form.parameters(images, constants)


def lost_detail(first: Floats, size: int, previous: int) -> Floats:
    """What the first image shows at this size and did not at the size before."""
    here = size_at(first, size)
    return resized(first, here) - resized(resized(first, size_at(first, previous)), here)


def reinject_detail(settings: Settings, parameters: Tensor, constants: Constants, detail: Floats) -> Floats:
    """The parameters of the image with its lost detail."""
    form = settings.parametrization
    return form.parameters(gradient.to_array(form.images(parameters, constants)) + detail, constants)


def size_at(images: Floats, side: int) -> Size:
    """Height and width of images (N, H, W, 3) whose longer side is ``side``."""
    height, width = images.shape[1:3]
    longest = max(height, width)
    return max(round(height * side / longest), 1), max(round(width * side / longest), 1)


def resized(images: Floats, size: Size) -> Floats:
    """Images (N, H, W, 3) at another height and width."""
    return np.stack([pictures.resize_linear(image, size) for image in images])


def _measured(run: Run, plan: Plan, parameters: Tensor, constants: Constants) -> Callable[[], Any]:
    """The objectives of the image itself, when they are asked for."""
    return lambda: ascent.measure(run.network, plan.bare())(parameters, run.numbers, constants)


def _same(values: Tensor) -> Tensor:
    return values
