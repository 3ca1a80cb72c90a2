"""What the process that makes images does: it answers questions about images until nobody is there to ask."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from image_machines.atlas import jury, make
from image_machines.atlas.make import Frame
from image_machines.atlas.opinions import Opinion
from image_machines.atlas.recipe import Recipe
from image_machines.network import models
from image_machines.network.network import Network

log = logging.getLogger(__name__)

NICE = 10  # how much the process gives way once it is ready: a niceness of Unix
MOMENT = 0.05  # seconds of iterations that one answer stands for


class Images:
    """The images under way, by number, and the last frame of each; it stays until its image is dropped."""

    def __init__(self, networks: Mapping[str, Network]) -> None:
        self._networks = dict(networks)
        self._frames: dict[int, Iterator[Frame]] = {}
        self._last: dict[int, Frame] = {}

    def drop(self, numbers: Iterable[int]) -> None:
        """Forget images that nobody asks for any more."""
        for number in numbers:
            self._frames.pop(number, None)
            self._last.pop(number, None)

    def begin(self, number: int, recipe: Recipe) -> None:
        """Begin the image of a recipe."""
        self._frames[number] = make.frames(self._networks[recipe.fingerprint], recipe)

    def next(self, number: int) -> tuple[float, tuple[str, ...]] | None:
        """How far the image is after a moment's iterations, and its warnings; None when it was done."""
        frame = _after_a_moment(self._frames[number])
        if frame is None:
            return None
        self._last[number] = frame
        return float(frame.done), tuple(frame.warnings)

    def image(self, number: int) -> Any:
        """The last frame's image."""
        return self._last[number].image

    def activation(self, number: int) -> float:
        """The last frame's activation."""
        return float(self._last[number].activation)

    def control(self, number: int, recipe: Recipe) -> Recipe:
        """The recipe of an image's control, which can be begun from then on."""
        control, network = jury.control_of(self._networks[recipe.fingerprint], recipe)
        self._networks[control.fingerprint] = network
        return control

    def opinions(
        self, number: int, recipe: Recipe, image: Path, control: Path, jurors: Sequence[str]
    ) -> list[Opinion]:
        """What a jury takes an image and its control for."""
        return jury.opinions(recipe, image, control, jurors)

    def picture(self, number: int) -> Any:
        """The last frame as people look at it."""
        return make.picture(self._last[number])


def work(
    connection: Connection, sources: Sequence[str], pixels: str | None, classes: Sequence[str] | None
) -> None:
    """Open the networks on the device that is named first, then answer one question after the other."""
    with suppress(EOFError, ConnectionError), make.on(connection.recv()):
        images, error = _opened(sources, pixels, classes)
        if hasattr(os, "nice"):
            os.nice(NICE)
        while True:
            what, number, dropped, *more = connection.recv()
            images.drop(dropped)
            connection.send((error, None) if error else _answer(images, what, number, *more))


def _opened(sources: Sequence[str], pixels: str | None, classes: Sequence[str] | None) -> tuple[Images, str]:
    """The images of the networks, none yet, and why the networks cannot be opened."""
    try:
        opened = [models.open_network(source, pixels, classes) for source in sources]
        return Images({each.fingerprint: each for each in opened}), ""
    except Exception as failure:
        return Images({}), _words(failure)


def _answer(images: Images, what: str, number: int, *more: Any) -> tuple[str, Any]:
    """What went wrong, in its own words with the kind of error, and what was asked for."""
    try:
        return "", getattr(images, what)(number, *more)
    except Exception as failure:
        log.exception("an image failed")
        return _words(failure), None


def _words(failure: Exception) -> str:
    return f"{type(failure).__name__}: {str(failure).strip() or 'no reason given'}"


def _after_a_moment(frames: Iterator[Frame]) -> Frame | None:
    """The last of the frames that come in a moment, one at least: small ones come by the hundred."""
    frame, until = None, time.monotonic() + MOMENT
    for frame in frames:
        if frame.done >= 1 or time.monotonic() >= until:
            break
    return frame
