"""An atlas: the images of every neuron of whole networks, planned, priced and made."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import Field

from image_machines.atlas import whole
from image_machines.atlas.estimate import SECONDS, Estimate, estimate
from image_machines.atlas.filling import Filled, Maker, fill, remaining
from image_machines.atlas.here import Here
from image_machines.atlas.progress import Progress, in_words
from image_machines.atlas.store import Store
from image_machines.atlas.tasks import BATCH, Task, tasks
from image_machines.checks import checked
from image_machines.images import QUALITY
from image_machines.network import models
from image_machines.network.network import Network

log = logging.getLogger(__name__)

Count = Annotated[int, Field(ge=0, le=10_000)]


@checked
class Wish:
    """What an atlas is to hold, and who is to make it; see `whole.recipes` for the first part.

    ``images`` is the folder of finished images. ``workers`` are processes of this machine, 0: this process
    itself; None: as many as it bears. ``scheduler`` is the address of a cluster that exists. ``again`` tries
    once more what was set aside; ``price`` says what it will cost, and makes nothing.
    """

    models: Annotated[Sequence[str | Path], Field(min_length=1)]
    images: Path
    neurons: Sequence[str] = ()
    presets: Sequence[str] = ()
    seeds: Annotated[Sequence[int], Field(min_length=1)] = (0,)
    size: Annotated[int, Field(ge=16, le=2048)] = whole.SIZE
    quality: Annotated[int, Field(ge=1, le=95)] = QUALITY
    batch: Annotated[int, Field(ge=1, le=1024)] = BATCH
    workers: Count | None = None
    scheduler: str = ""
    label: str = ""  # a resource that a worker must have, such as GPU
    again: bool = False
    price: bool = False
    seconds: Annotated[float, Field(ge=0, le=600)] = SECONDS  # of the measurement; 0: none is made


def make_atlas(wish: Wish) -> Filled:
    """Say what it will cost, make what is not finished, and say how it went.

    Whatever ends it, the same call goes on from there. Raises ValueError where it cannot be, with a sentence.
    """
    networks = [models.open_network(model) for model in wish.models]
    return make_tasks(networks, planned(networks, wish), wish)


def make_tasks(networks: Sequence[Network], todo: Sequence[Task], wish: Wish) -> Filled:
    """Make tasks of networks that are open already; see `make_atlas`."""
    store = Store(wish.images, wish.quality)
    left = remaining(store, todo, wish.again)
    log.info("%s images are planned, %s are left to make.", f"{_images(todo):,}", f"{_images(left):,}")
    if not left:
        return Filled()
    with maker(networks, wish) as made_by:
        price = None
        if wish.seconds or wish.price:
            price = estimate(left, networks, made_by.trial, wish.seconds)
            log.info("%s", told(price, left))
        if wish.price:
            return Filled()
        with Progress(left, price) as progress:
            filled = fill(store, left, made_by, progress)
    log.info("%s images were made; they lie in %s", f"{filled.made:,}", store.folder)
    if filled.aside:
        log.warning("%d were set aside: set-aside.json there says why", filled.aside)
    return filled


def planned(networks: Sequence[Network], wish: Wish) -> list[Task]:
    """The tasks of a wish, in their order."""
    plan = wish.neurons, wish.presets, wish.seeds, wish.size
    return tasks((recipe for each in networks for recipe in whole.recipes(each, *plan)), wish.batch)


@contextmanager
def maker(networks: Sequence[Network], wish: Wish) -> Iterator[Maker]:
    """Who makes the tasks: this process, or a cluster."""
    if wish.workers == 0 and not wish.scheduler:
        yield Here(networks)
    else:
        from image_machines.atlas.connecting import connected  # here, since Dask takes a second to load

        with connected(networks, wish.scheduler, wish.workers, wish.label) as cluster:
            yield cluster


def told(price: Estimate, todo: Sequence[Task]) -> str:
    """What the tasks will cost, in a sentence."""
    seconds = price.seconds(todo)
    workers = f"{price.workers} workers" if price.workers > 1 else "one worker"
    rate = f"{3600 * _images(todo) / seconds:,.0f} images an hour"
    return f"About {in_words(seconds)} on {workers}, {rate}; this was measured in {in_words(price.took)}."


def _images(todo: Sequence[Task]) -> int:
    return sum(map(len, todo))
