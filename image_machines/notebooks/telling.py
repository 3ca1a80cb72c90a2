"""What chapters tell of what they did, as lines of text and as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from image_machines.atlas.opinions import Heard
    from image_machines.atlas.recipe import Recipe
    from image_machines.collection.artworks import Artwork, Catalogue
    from image_machines.network.network import Network
    from image_machines.network.scoring import Scores

PARTS = {"train": "learned from", "val": "not learned from"}  # of a collection, in words


def works(artworks: Sequence[Artwork]) -> str:
    """How many pictures there are, of how many works."""
    return f"{len(artworks):,} pictures of {len({each.work for each in artworks}):,} works"


def catalogue(found: Catalogue, problems: int = 10) -> str:
    """What a catalogue holds and leaves open, and the first of the lines that were mended or left out."""
    gaps = ", ".join(f"{name} {count:,}" for name, count in found.empty.items())
    lines = [works(found.artworks), f"cells without an entry: {gaps or 'none'}"]
    return "\n".join([*lines, *map(str, found.problems[:problems])])


def selection(chosen: Mapping[str, Sequence[Artwork]]) -> str:
    """How many pictures each class has."""
    return "\n".join(f"{name:<12} {works(artworks)}" for name, artworks in chosen.items())


def failures(file: Path) -> pd.DataFrame | str:
    """The pictures that could not be had, each with the reason."""
    table = pd.read_csv(file)
    return table if len(table) else "every picture could be had"


def learning(network: Network) -> str:
    """How many of a network's weights learn, and from which layer on."""
    graph = network.graph
    free = sum(prod(weight.shape) for weight in graph.trainable_weights)
    first = next(layer.name for layer in graph.layers if layer.trainable_weights)
    return (
        f"{network.name}, weights: {network.source}\n"
        f"{free:,} of {graph.count_params():,} weights learn, from layer {first} on"
    )


def trained(card: Mapping[str, Any]) -> str:
    """What a training came to, from the model's card."""
    return (
        f"{card['metrics']['val_accuracy']:.1%} of the validation pictures are named as in the catalogue\n"
        f"after {card['epochs_done']} epochs, {card['training_seconds']:.0f} seconds\n"
        f"classes: {', '.join(card['classes'])}; licence of the weights it began with: "
        f"{card['weights_licence']}"
    )


def unreadable(scores: Scores) -> str:
    """The pictures that could not be read, each with the reason."""
    lines = [f"{file} could not be read: {reason}" for file, reason in scores.unreadable.items()]
    return "\n".join(lines) or "every picture could be read"


def accuracy(metrics: Mapping[str, Any]) -> str:
    """How many pictures are named right, of those that were learned from and of those that were not."""
    shares = metrics["accuracy"].items()
    right = {part: "no pictures" if share is None else f"{share:.1%} right" for part, share in shares}
    return "\n".join(f"{PARTS.get(part, part):<16} {told}" for part, told in right.items())


def classes(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """Precision and recall of each class."""
    return pd.DataFrame(metrics["per_class"]).T[["precision", "recall", "pictures"]]


def layers(network: Network) -> str:
    """The classes of a network, and its chief layers with what a position of each sees."""
    lines = [f"{network.name}: {', '.join(network.classes) or 'no names of classes'}"]
    for layer in network.landmarks:
        seen = f"sees {layer.receptive_field} px" if layer.receptive_field else "sees the whole picture"
        lines.append(f"  {layer.name:<14} {layer.width:>5} neurons, {seen}")
    return "\n".join(lines)


def jury(heard: Sequence[tuple[Recipe, Heard]]) -> str:
    """What a jury said of each image of a class."""
    lines = [f"“{recipe.class_name}”: {said.sentence}" for recipe, said in heard]
    return "\n".join(lines) or "no other network is at hand that could say what it takes an image for"
