"""From a recipe to a finished image and to its place among the others: the one way in which cards begin.

`make` needs nothing but a network and a recipe, and can run in another process; `keep` puts what it made into
a store. Whoever takes the frames one by one, as the queue does, ends with `finished`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.images import FloatImage, Picture
from image_machines.network import backend
from image_machines.network.network import Network
from image_machines.vision import features, objectives
from image_machines.vision.settings import Settings


class Frame(Protocol):
    """What is seen of an iteration: ``image`` (H, W, 3) in [-1, 1], ``done`` from 0 to 1."""

    @property
    def image(self) -> FloatImage: ...

    @property
    def activation(self) -> float: ...

    @property
    def done(self) -> float: ...

    @property
    def warnings(self) -> tuple[str, ...]: ...


@runtime_checkable
class Pictured(Protocol):
    """A frame that is made into a picture elsewhere, as the process that makes images does."""

    def picture(self) -> Picture: ...


@dataclass(frozen=True, eq=False)
class Made:
    """A finished image: ``image`` (H, W, 3) as it was made, ``picture`` as people look at it.

    ``activation`` is None where it is no number any more; ``warnings`` are sentences for the reader;
    ``versions`` are those of the programs that made it.
    """

    recipe: Recipe
    image: FloatImage
    picture: Picture
    activation: float | None
    seconds: float
    warnings: tuple[str, ...]
    versions: Mapping[str, str]

    @property
    def results(self) -> dict[str, Any]:
        """What a card says besides the recipe."""
        return {
            "activation": self.activation,
            "seconds": self.seconds,
            "warnings": list(self.warnings),
            "versions": dict(self.versions),
        }


def make(network: Network, recipe: Recipe, watch: Callable[[Iterator[Frame]], Frame] | None = None) -> Made:
    """Make the image of a recipe; ``watch`` may look at the frames, and gives back the last."""
    began = time.perf_counter()
    last = (watch or _last)(frames(network, recipe))
    return finished(recipe, last, time.perf_counter() - began)


def keep(store: Store, made: Made) -> dict[str, Any]:
    """Keep a finished image with its card; returns its entry in the list of images."""
    return store.put(made.recipe, made.picture, **made.results)


def frames(network: Network, recipe: Recipe) -> Iterator[Frame]:
    """The frames of the image, the last one as it is kept."""
    settings = Settings.from_json(recipe.settings)
    objective = objectives.neuron(network, recipe.layer, recipe.neuron, settings.score)
    return features.visualize(network, objective, settings, recipe.seed)


def finished(recipe: Recipe, last: Frame, seconds: float) -> Made:
    """What the last frame of a recipe holds; raises ArithmeticError when it is no image any more."""
    return Made(
        recipe=recipe,
        image=last.image,
        picture=picture(last),
        activation=number(last.activation),
        seconds=round(seconds, 3),
        warnings=tuple(last.warnings),
        versions=backend.versions(),
    )


def picture(frame: Frame) -> Picture:
    """A frame as people look at it; raises ArithmeticError when it is not finite."""
    if isinstance(frame, Pictured):
        return frame.picture()
    return toned(frame.image)


def toned(image: FloatImage) -> Picture:
    """An image as people look at it; raises ArithmeticError when it is not finite."""
    if not np.isfinite(image).all():
        raise ArithmeticError("the image is not finite any more: its ascent ran away")
    return features.picture(image)


def number(value: float) -> float | None:
    """A number that JSON can hold."""
    return float(value) if np.isfinite(value) else None


def devices() -> list[str]:
    """The devices to make images on; "" where there is but one."""
    import keras  # here, so that `network`, which loads it without its greetings, comes first

    found = keras.distribution.list_devices()
    return list(found) if len(found) > 1 else [""]


def on(device: str) -> AbstractContextManager[Any]:
    """The context that work on a device runs in."""
    import keras

    return keras.device(device) if device else nullcontext()


def _last(shown: Iterator[Frame]) -> Frame:
    return deque(shown, maxlen=1).pop()
