"""What tasks will cost, measured on the machines that will make them, in a time that is given.

A trial makes a task for a few seconds: the wait for its first frame is what a layer's programs cost, the rest
gives the seconds of one image and megapixel-iteration. The layers between those that were tried lie between
them by their multiplications.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from image_machines.atlas.batches import work
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.tasks import Task, Trial
from image_machines.network.network import Network
from image_machines.vision import features
from image_machines.vision.settings import Settings

SECONDS = 20.0  # that a measurement may take
MOST = 3  # trials of a preset

Kind = tuple[str, str, str]  # fingerprint, layer, settings: tasks of one kind cost the same


@dataclass(frozen=True)
class Estimate:
    """Seconds of each kind of task: of an image, and once for the kind's programs on every worker."""

    images: dict[Kind, float]
    programs: dict[Kind, float]
    workers: int
    took: float

    def of(self, task: Task) -> float:
        """Seconds of a task that is made by one worker."""
        return len(task) * self.images[kind(task.first)]

    def seconds(self, todo: Sequence[Task]) -> float:
        """Seconds until all is made; a worker makes a layer's programs when it meets its first task."""
        met = {kind(task.first) for task in todo}
        return sum(self.of(task) for task in todo) / self.workers + sum(
            self.programs[each] for each in met
        ) * min(1.0, len(todo) / len(met) / self.workers)


def estimate(
    todo: Sequence[Task],
    networks: Iterable[Network],
    trial: Callable[[Task, float], list[Trial]],
    seconds: float = SECONDS,
) -> Estimate:
    """Measure tasks on the workers, and say what all will take.

    ``trial`` tries a task out on every worker for so many seconds, and gives back what each of them saw.
    """
    began = time.perf_counter()
    multiplications = {network.fingerprint: network.costs for network in networks}

    def cost(task: Task) -> float:
        return multiplications[task.first.fingerprint].get(task.first.layer, 0.0)

    kinds = {kind(task.first): task for task in todo}
    chosen = _chosen(list(kinds.values()), cost)
    rates: dict[str, dict[float, float]] = {}
    starts, workers = [0.0], 1
    for left, task in zip(range(len(chosen), 0, -1), chosen, strict=True):
        tried = trial(task, max(seconds - (time.perf_counter() - began), 0.0) / left)
        workers = len(tried)
        rates.setdefault(_settings(task), {})[cost(task)] = workers / sum(1 / each.rate for each in tried)
        starts.append(float(np.mean([each.first for each in tried])))
    return Estimate(
        images={
            each: _between(rates[_settings(task)], cost(task)) * work(task) / len(task)
            for each, task in kinds.items()
        },
        programs={each: max(starts) * _programs(task) for each, task in kinds.items()},
        workers=workers,
        took=time.perf_counter() - began,
    )


def kind(recipe: Recipe) -> Kind:
    """What tells apart tasks that cost differently, or have other programs."""
    return recipe.fingerprint, recipe.layer, str(recipe.settings)


def _chosen(kinds: Sequence[Task], cost: Callable[[Task], float]) -> list[Task]:
    """Tasks to try out: of each preset the cheapest, the dearest and some in between."""
    found = []
    for settings in dict.fromkeys(map(_settings, kinds)):
        ordered = sorted((task for task in kinds if _settings(task) == settings), key=cost)
        places = np.linspace(0, len(ordered) - 1, min(MOST, len(ordered))).round().astype(int)
        found += [ordered[place] for place in dict.fromkeys(places.tolist())]
    return found


def _between(rates: Mapping[float, float], cost: float) -> float:
    """The rate at a cost, from those that were measured."""
    known = sorted(rates)
    return float(np.interp(cost, known, [rates[each] for each in known]))


def _programs(task: Task) -> int:
    """How many programs the images of a task need."""
    return features.programs(Settings.from_json(task.first.settings))


def _settings(task: Task) -> str:
    return str(task.first.settings)
