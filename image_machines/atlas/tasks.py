"""From recipes to tasks, each a batch of one layer that is made together. Loads no Keras.

The order is that in which a reader looks: all of the first preset and seed before the second; within these a
first batch of every layer, classes first and then from the deepest layer up, before the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from image_machines.atlas.recipe import Recipe
from image_machines.images import Picture

BATCH = 16  # images that are made together


@dataclass(frozen=True)
class Task:
    """Recipes that are made as one batch: of one network, layer, objective, seed and settings."""

    recipes: tuple[Recipe, ...]

    @property
    def first(self) -> Recipe:
        """The recipe that stands for all in whatever they share."""
        return self.recipes[0]

    def without(self, ids: Iterable[str]) -> Task:
        """The task without some of its images."""
        gone = set(ids)
        return Task(tuple(recipe for recipe in self.recipes if recipe.id not in gone))

    def __len__(self) -> int:
        return len(self.recipes)


@dataclass(frozen=True, eq=False)
class Drawn:
    """What became of a recipe: a picture and what its card says besides, or why there is none."""

    recipe: Recipe
    picture: Picture | None = None
    results: dict[str, Any] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True)
class Trial:
    """What a short trial of a task showed: seconds to its first frame, and of a megapixel-iteration then."""

    first: float
    rate: float


def tasks(recipes: Iterable[Recipe], batch: int = BATCH) -> list[Task]:
    """The recipes in batches, in the order in which a reader looks; layers come in their network's order."""
    looks: dict[tuple[str, int], dict[str, list[Task]]] = {}
    for layer in _grouped(recipes, _layer).values():
        for group in _grouped(layer, _together).values():
            look = looks.setdefault((group[0].preset, group[0].seed), {})
            look.setdefault(layer[0].layer, []).extend(_batches(group, batch))
    return [task for look in looks.values() for task in _as_looked_at(list(look.values()))]


def _as_looked_at(layers: list[list[Task]]) -> list[Task]:
    """The first batch that a layer has of each network, layer by layer, then the rest."""
    layers = sorted(reversed(layers), key=lambda each: each[0].first.class_name is None)
    firsts = [list(_grouped(layer, lambda task: task.first.fingerprint).values()) for layer in layers]
    beginnings = [networks[0] for layer in firsts for networks in layer]
    rest = [task for layer in firsts for networks in layer for task in networks[1:]]
    return [*beginnings, *rest]


def _layer(recipe: Recipe) -> str:
    return recipe.layer


def _together(recipe: Recipe) -> tuple[object, ...]:
    """What recipes of one batch share; of the objective all but the neuron."""
    score = recipe.objective.partition(f":{recipe.neuron}")[2]
    return recipe.fingerprint, recipe.preset, recipe.seed, recipe.size, str(recipe.settings), score


def _batches(group: Sequence[Recipe], batch: int) -> list[Task]:
    return [Task(tuple(group[start : start + batch])) for start in range(0, len(group), batch)]


def _grouped(items: Iterable[Any], key: Callable[[Any], object]) -> dict[object, list[Any]]:
    """Items by key, keys and items in their order."""
    groups: dict[object, list[Any]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
