"""What the notebook shows: the beginning of every layer, one row a layer; works accentuated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from image_machines import figures, images
from image_machines.atlas import whole
from image_machines.atlas.atlas import Wish
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.images import Picture
from image_machines.network import models

COLUMNS = 12  # pictures of a row
TILE = 76  # pixels of one


def beginnings(model: str | Path, first: int) -> list[str]:
    """The first neurons of every station of a network, and its classes, as `Wish.neurons` has them."""
    network = models.open_network(model)
    layers = whole.chosen(network)
    return [f"{layer}:0-{min(first, len(numbers)) - 1}" for layer, numbers in layers.items()]


def sheet(wish: Wish) -> Picture:
    """The finished images of a wish, layers from top to bottom; a layer that has none is left out."""
    network = models.open_network(wish.models[0])
    store = Store(wish.images, wish.quality)
    recipes = whole.recipes(network, wish.neurons, wish.presets, wish.seeds, wish.size)
    rows: dict[str, list[Recipe]] = {}
    for recipe in recipes:
        if store.find(recipe.id) is not None:
            rows.setdefault(recipe.layer, []).append(recipe)
    return np.concatenate([_row(store, layer, row[:COLUMNS]) for layer, row in rows.items()])


def accented(page: Path) -> Figure:
    """The works that an atlas's page accentuates, a row each: as they are, ever stronger, what was added."""
    text = (page.parent / "atlas.js").read_text(encoding="utf-8")
    found = json.loads(text.removeprefix("window.ATLAS = ").strip().removesuffix(";"))["accents"]
    pictures, captions = [], []
    for each in found:
        pictures += [images.read(page.parent / file) for file in each["pictures"]]
        told = zip(each["steps"], each["scores"], strict=True)
        captions += [
            f"{steps} steps: {score}" if steps else f"{each['caption']}: {score}" for steps, score in told
        ]
        captions.append(f"added for “{each['class_name']}”")
    return figures.sheet(pictures, captions, columns=len(pictures) // max(len(found), 1), side=2.2)


def _row(store: Store, layer: str, recipes: list[Recipe]) -> Picture:
    """A layer's name and its pictures, as wide as every other row."""
    pictures = [images.read(store.file(store.path(recipe))) for recipe in recipes]
    blank = np.full((TILE, TILE, 3), 255, np.uint8)
    pictures += [blank] * (COLUMNS - len(pictures))
    return images.contact_sheet(pictures, [layer], COLUMNS, TILE, gap=4)
