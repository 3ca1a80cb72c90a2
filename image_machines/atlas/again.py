"""A finished image made once more, from its card."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from image_machines import images
from image_machines.atlas.make import make
from image_machines.atlas.recipe import Recipe
from image_machines.network import models
from image_machines.network.errors import MissingWeights
from image_machines.network.network import Network

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Again:
    """An image made again: where it lies, and its largest difference from the first, of 255 grey levels."""

    path: Path
    difference: int
    seconds: float


def again(path: str | Path, model: str | Path | None = None, out: str | Path | None = None) -> Again:
    """Make a finished image once more from its card; ``out`` is ``<stem>-again.jpg`` unless given.

    ``model`` is the file or name to open; by default the one that the card names, or any under ``runs/`` with
    the same fingerprint. Raises ValueError when no such model is at hand.
    """
    path = Path(path)
    card = images.read_card(path)
    recipe = Recipe.of_card(card)
    network = models.open_network(model) if model is not None else find_network(recipe)
    if network.fingerprint != recipe.fingerprint:
        raise ValueError(
            f"{network.opened_from} is another model than the one that {path.name} was made with"
        )
    made = make(network, recipe)
    target = Path(out) if out is not None else path.with_name(f"{path.stem}-again{path.suffix}")
    images.save(target, made.picture, card | made.results, card.get("quality", images.QUALITY))
    if out is None:  # or the same image would be listed twice; the card is inside too
        target.with_suffix(".json").unlink()
    return Again(target, _difference(path, target), made.seconds)


def _difference(first: Path, second: Path) -> int:
    """The largest difference of two pictures, 255 where their sizes differ."""
    one, other = images.read(first).astype(int), images.read(second).astype(int)
    return int(np.abs(one - other).max()) if one.shape == other.shape else 255


def find_network(recipe: Recipe, folders: Iterable[str | Path] = ("runs",)) -> Network:
    """The network that a recipe names, or one with the same fingerprint in the runs below ``folders``."""
    sources: list[str | Path] = [recipe.source, *_same_weights(recipe.fingerprint, folders)]
    for source in sources:
        try:
            network = models.open_network(source)
        except (OSError, ValueError, MissingWeights) as error:
            log.info("%s: %s", source, error)
            continue
        if network.fingerprint == recipe.fingerprint:
            return network
    raise ValueError(
        f"the model of this image is not at hand: {recipe.model}, {recipe.fingerprint[:19]}…; name its file"
    )


def _same_weights(fingerprint: str, folders: Iterable[str | Path]) -> Iterator[Path]:
    for folder in folders:
        for card in sorted(Path(folder).glob("*/model/*.json")):
            model = card.with_suffix(".keras")
            if model.is_file() and models.read_card(model).get("fingerprint") == fingerprint:
                yield model
