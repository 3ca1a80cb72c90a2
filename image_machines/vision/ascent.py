"""One step of gradient ascent, from parameters to better parameters, as one compiled program.

A `Plan` says what is computed, whatever the neuron, the size and the step: programs are kept by network and
plan, so that a second neuron of a layer, or the next octave, starts at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, TypeVar

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from image_machines.network import gradient
from image_machines.network.forward import Reading, forward
from image_machines.network.network import Network
from image_machines.network.rectifiers import Policy
from image_machines.network.tensors import Tensor
from image_machines.vision import objectives
from image_machines.vision.exact import in_doubles
from image_machines.vision.objectives import Numbers
from image_machines.vision.optimizers import OPTIMIZERS, Memory
from image_machines.vision.parametrizations import Parametrization, Pixels
from image_machines.vision.parametrizations.base import Constants
from image_machines.vision.regularizers import Penalty, Regularizer, Shaper, Transform

FAINTEST = 1e-30  # mean absolute gradient that counts as zero
PROGRAMS = 64  # that are kept: three or four for each layer of a whole network
Kind = TypeVar("Kind", bound=Regularizer)


@dataclass(frozen=True)
class Plan:
    """All of a step that is fixed when it is compiled."""

    structure: tuple[tuple[str, Reading], ...]
    border: int = 2
    precision: str = "float32"
    relus: Policy = "plain"  # what gradients are told of rectifiers
    parametrization: Parametrization = Pixels()
    regularizers: tuple[Regularizer, ...] = ()  # transforms, penalties and shapers that act in this iteration
    optimizer: str = "ascent"
    momentum: float = 0.0

    def acting(self, kind: type[Kind]) -> list[Kind]:
        """The regularisers of one kind."""
        return [each for each in self.regularizers if isinstance(each, kind)]

    def bare(self) -> Plan:
        """The objective alone, as it is measured on an image: in float32, however the image was made."""
        precision = "exact" if self.precision == "exact" else "float32"
        plain = replace(self, regularizers=(), optimizer="ascent", momentum=0.0)
        return replace(plain, precision=precision, relus="plain")


class State(NamedTuple):
    """What a step takes over from the one before: the parameters, and what the optimiser remembers."""

    parameters: Tensor
    memory: Memory


class Given(NamedTuple):
    """What differs between neurons, sizes and iterations of one plan."""

    length: Tensor  # of the step, as `exact.halves`
    numbers: Numbers
    constants: Constants  # of the parametrisation
    draws: tuple[Tensor, ...]  # (2,) for each transform


class Step(NamedTuple):
    """``values`` (N,) are the objectives before the step, ``strengths`` (N,) the mean absolute gradient:
    zero for a unit that is dead on its image."""

    state: State
    values: Tensor
    strengths: Tensor


def begin(optimizer: str, parameters: NDArray[np.float32]) -> State:
    """The state before the first step."""
    zeros = np.zeros_like(parameters)
    return State(parameters, OPTIMIZERS[optimizer].memory(zeros, np.zeros(1, np.float32)))


@lru_cache(maxsize=PROGRAMS)
def program(network: Network, plan: Plan) -> Callable[[State, Given], Step]:
    """The compiled step."""
    score, move = _score(network, plan), _move(plan)

    def step(state: State, given: Given) -> Step:
        climbed = gradient.value_and_gradient(lambda parameters: score(parameters, given))
        values, slope = climbed(state.parameters)
        for shaper in plan.acting(Shaper):
            slope = shaper.apply(slope)
        parameters, memory, strengths = move(*state, slope, given.length)
        return Step(State(parameters, memory), values, strengths)

    return gradient.compiled(step, _signature(plan))


def leaking_step(
    network: Network, plan: Plan, state: State, given: Given, leaking: NDArray[np.bool_]
) -> Step:
    """A step whose gradients leak for some of the batch (N,): each image steps as it would alone."""
    if not leaking.any():
        return program(network, plan)(state, given)
    leaky = program(network, replace(plan, relus="leaky"))(state, given)
    if leaking.all():
        return leaky
    return _by_row(leaking, leaky, program(network, plan)(state, given))


def _by_row(rows: NDArray[np.bool_], one: Step, other: Step) -> Step:
    """The marked rows (N,) of one step, the others of another; what is not of a row is the same in both."""

    def chosen(first: Tensor, second: Tensor) -> Tensor:
        if first.shape[0] != len(rows):
            return second
        return ops.where(rows.reshape(-1, *[1] * (len(first.shape) - 1)), first, second)

    return keras.tree.map_structure(chosen, one, other)


@lru_cache(maxsize=PROGRAMS)
def measure(network: Network, plan: Plan) -> Callable[[Tensor, Numbers, Constants], Tensor]:
    """The compiled objective alone: (parameters, numbers, constants) to values (N,)."""
    value = _value(network, plan)

    def run(parameters: Tensor, numbers: Numbers, constants: Constants) -> Tensor:
        return value(plan.parametrization.images(parameters, constants), numbers)

    state, given = _signature(plan)
    return gradient.compiled(run, (state.parameters, given.numbers, given.constants))


def _value(network: Network, plan: Plan) -> Callable[[Tensor, Numbers], Tensor]:
    """The objectives (N,) of images as the network sees them."""
    kinds = [kind for kind, _ in plan.structure]
    unique = tuple(dict.fromkeys(reading for _, reading in plan.structure))
    read = forward(network, unique, plan.precision, plan.relus)

    def value(images: Tensor, numbers: Numbers) -> Tensor:
        maps = dict(zip(unique, read(images), strict=True))
        return objectives.value(kinds, [maps[reading] for _, reading in plan.structure], numbers, plan.border)

    return value


def _score(network: Network, plan: Plan) -> Callable[[Tensor, Given], Tensor]:
    """What is climbed (N,): the objectives of the moved images, less the penalties of the images."""
    value = _value(network, plan)

    def score(parameters: Tensor, given: Given) -> Tensor:
        images = moved = plan.parametrization.images(parameters, given.constants)
        for transform, draw in zip(plan.acting(Transform), given.draws, strict=True):
            moved = transform.apply(moved, draw)
        penalties = (each.penalty(images) for each in plan.acting(Penalty))
        return value(moved, given.numbers) - sum(penalties, start=0.0)

    return score


def _move(plan: Plan) -> Callable[..., tuple[Tensor, Memory, Tensor]]:
    """From parameters, memory, slope and length of the step to better parameters, memory and strengths."""
    optimizer = OPTIMIZERS[plan.optimizer]

    def move(
        parameters: Tensor, memory: Memory, slope: Tensor, length: Tensor
    ) -> tuple[Tensor, Memory, Tensor]:
        axes = tuple(range(1, len(slope.shape)))
        strengths = ops.mean(ops.abs(slope), axis=axes, keepdims=True)
        if optimizer.normalised:
            slope = slope / ops.maximum(strengths, FAINTEST)
        direction, memory = optimizer.update(slope, memory, plan.momentum)
        return parameters + ops.sum(length) * direction, memory, ops.reshape(strengths, (-1,))

    return in_doubles(move) if plan.precision == "exact" else move


def _signature(plan: Plan) -> tuple[State, Given]:
    """The shapes of what a step takes."""
    shape = plan.parametrization.shape
    state = State(shape, OPTIMIZERS[plan.optimizer].memory(shape, [1]))
    numbers = objectives.signature(len(plan.structure))
    draws = tuple([2] for _ in plan.acting(Transform))
    return state, Given([2], numbers, plan.parametrization.constant_shapes, draws)
