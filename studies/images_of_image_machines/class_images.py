"""What the networks with planted properties show of a class, and what can be read off it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from image_machines import images
from image_machines.atlas.make import keep, make
from image_machines.atlas.plan import plan_all
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from studies.common import colours
from studies.common.results import Row, rounded
from studies.images_of_image_machines.planting import CLASS_OF, FOLDER
from studies.images_of_image_machines.teaching import Taught

log = logging.getLogger("image_machines.studies")


@dataclass(frozen=True, eq=False)
class Shown:
    """A class image: whose it is, and the picture as it was made, before its colours are stretched."""

    taught: Taught
    property: str
    noise: int
    path: Path
    picture: images.Picture


def render(taught: Taught, property: str, recipes: Sequence[Recipe], store: Store) -> list[Shown]:
    """The images of these recipes; those that are kept already are not made again.

    The store keeps them with their cards, their colours stretched; as they were made they lie beside as PNG.
    """
    found = []
    for recipe in recipes:
        path = store.file(store.path(recipe)).with_suffix(".png")
        if store.find(recipe.id) is None or not path.is_file():
            made = make(taught.network, recipe)
            images.save(path, images.to_picture(made.image))
            keep(store, made)
        found.append(Shown(taught, property, recipe.seed, path, images.read(path)))
    log.info("%s, seed %d: %d images", taught.collection, taught.seed, len(found))
    return found


def recipes_of(taught: Taught, name: str, octave: int, preset: str, noises: Sequence[int]) -> list[Recipe]:
    """The recipes of a class's logit, one for each noise."""
    return plan_all(taught.network, taught.network.output_layer, [name], [octave], [preset], noises)


def measured(image: Shown, networks: Sequence[Taught], detectors: Sequence[Taught]) -> Row:
    """What can be read off a class image: its colour, and what other networks find in it.

    ``b_star`` is CIELAB's blue (negative) to yellow (positive), of the whole and of the upper half, as made
    and after each colour was stretched as in the paper. ``detected`` is the log-odds of the property in the
    networks that know nothing else, other than the one that the image is of; ``log_odds_in`` are those of the
    class in the networks of the same seed.
    """
    lab, toned = colours.to_lab(image.picture), colours.to_lab(images.autotone(image.picture))
    taught, alone = image.taught, f"{image.property}-alone"
    knowing = [each for each in detectors if each.collection == alone and each is not taught]
    found = {
        "property": image.property,
        "collection": taught.collection,
        "seed": taught.seed,
        "noise": image.noise,
        "file": image.path.relative_to(FOLDER).as_posix(),
        "b_star": rounded(lab[..., 2].mean()),
        "b_star_upper": rounded(lab[: len(lab) // 2, :, 2].mean()),
        "b_star_stretched": rounded(toned[..., 2].mean()),
        "chroma": rounded(np.hypot(lab[..., 1], lab[..., 2]).mean()),
        "detected": rounded(np.mean([each.log_odds([image.picture], "with") for each in knowing])),
    }
    peers = [each for each in networks if each.seed == taught.seed]
    odds = {each.collection: each.log_odds([image.picture], CLASS_OF[image.property]) for each in peers}
    return found | {"log_odds_in": {name: rounded(value[0]) for name, value in odds.items()}}
