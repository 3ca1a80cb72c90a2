"""What chapter 4 does: which images it wants, how it makes them, what it lays beside them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from image_machines import figures, images
from image_machines.atlas import jury
from image_machines.atlas.make import keep, make
from image_machines.atlas.opinions import Heard
from image_machines.atlas.plan import plan
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.collection.captions import caption
from image_machines.images import Picture
from image_machines.network import models, responses, scoring
from image_machines.network.network import Network
from image_machines.network.responses import Responses
from image_machines.notebooks.parameters import Parameters
from image_machines.notebooks.watching import watch
from image_machines.vision.presets import fitting, offer_generators, preset
from image_machines.vision.regularizers import Median

SETTINGS = ("octaves", "octave_scale", "final_size", "iterations", "step")  # a chapter's, by vision's names
WORKS = 5  # laid beside an image


def wanted(network: Network, chosen: Parameters) -> list[Recipe]:
    """The recipes of an image for each class and for each neuron that was chosen."""
    offer_generators(chosen.folder / "generators")
    layer = chosen.layer or frozen(chosen)
    neurons = chosen.neuron if isinstance(chosen.neuron, list) else [chosen.neuron]
    places = [(network.classes_layer, number) for number in range(len(network.classes))]
    places += [(layer, neuron) for neuron in neurons if neuron is not None]
    name = chosen.preset or fitting(network)
    made = changes(chosen, name)
    return [
        plan(network, place, neuron, chosen.octave, name, chosen.seed, made)
        for place, neuron in places
        if place
    ]


def frozen(chosen: Parameters) -> str:
    """The last layer that kept its weights when the run's model was trained; "" where all of them learned."""
    if chosen.network:
        return ""
    card = models.read_card(chosen.folder / "model" / f"{chosen.name}.keras")
    return str(card.get("settings", {}).get("freeze", ""))


def changes(chosen: Parameters, name: str) -> dict[str, Any]:
    """What the chapter's parameters change in a preset; a filter takes the place of the preset's own."""
    changed = chosen.given(*SETTINGS)
    if chosen.median_every is not None or chosen.median_fsize is not None:
        filters = [each for each in preset(name).regularizers if not isinstance(each, Median)]
        changed["regularizers"] = [*filters, median(chosen)]
    return changed


def median(chosen: Parameters) -> Median:
    """The filter that the chapter's parameters ask for; what they leave open is the paper's."""
    paper = next(each for each in preset("paper-2018").regularizers if isinstance(each, Median))
    return Median(size=chosen.median_fsize or paper.size, every=chosen.median_every or paper.every)


def pictures(network: Network, store: Store, recipes: Sequence[Recipe]) -> list[Picture]:
    """The images of recipes; what an earlier run did not finish grows before one's eyes, and is kept."""
    for recipe in recipes:
        if store.find(recipe.id) is None:
            keep(store, make(network, recipe, partial(watch, title=recipe.title)))
    return [images.read(store.file(store.path(recipe))) for recipe in recipes]


def warnings(store: Store, recipes: Sequence[Recipe]) -> str:
    """What the cards of images warn of, a line each."""
    cards = [(recipe, images.read_card(store.file(store.path(recipe)))) for recipe in recipes]
    return "\n".join(f"{recipe.title}: {each}" for recipe, card in cards for each in card.get("warnings", ()))


def judged(
    network: Network, store: Store, recipes: Sequence[Recipe], jurors: Sequence[str] | None
) -> list[tuple[Recipe, Heard]]:
    """The recipes of classes with what a jury said of their images; by default the jurors at hand."""
    sources = jury.at_hand() if jurors is None else jurors
    heard = [(recipe, jury.hear(network, store, recipe, sources)) for recipe in recipes if recipe.class_name]
    return [(recipe, said) for recipe, said in heard if said is not None]


def controls(store: Store, heard: Sequence[tuple[Recipe, Heard]]) -> Figure | None:
    """The images from shuffled weights that a jury saw; None where there was no jury."""
    shown = [images.read(store.file(said.control)) for _, said in heard]
    captions = [f"{recipe.title}, shuffled weights" for recipe, _ in heard]
    return figures.sheet(shown, captions, columns=3, side=3) if shown else None


def responded(network: Network, recipes: Sequence[Recipe], folder: Path) -> Responses:
    """How every neuron of the chief layers, and of those of the recipes, responds to a run's collection."""
    layers = {layer.name for layer in network.landmarks} | {recipe.layer for recipe in recipes}
    data = folder / "data"
    records = scoring.read_records(data)
    return responses.measure(network, records, data, sorted(layers), folder / "responses")


def beside(measured: Responses, recipe: Recipe, picture: Picture) -> Figure:
    """An image, and the works, or parts of works, that excite the same neuron most."""
    works = measured.top(recipe.layer, recipe.neuron, WORKS)
    crops = [each.box.cut(images.read(measured.pictures / each.file)) for each in works]
    captions = [recipe.title, *(caption(each.record) for each in works)]
    return figures.sheet([picture, *crops], captions, columns=1 + WORKS)
