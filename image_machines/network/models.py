"""Models: built by name, loaded from a file, saved to one.

No weights are ever invented in silence: those that cannot be had are an error.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from image_machines import files
from image_machines.network import applications, controls, imagenet
from image_machines.network.card import Said, class_names, said
from image_machines.network.card import read_card as read_card
from image_machines.network.errors import MissingWeights, UnknownPixels, cause, quiet_loading
from image_machines.network.graph import distinct_names
from image_machines.network.identity import fingerprint, own_pixels
from image_machines.network.layers import DEFAULT_SIZE
from image_machines.network.network import Network
from image_machines.network.outputs import answer
from image_machines.network.pixels import PIXEL_RANGES, PixelRange, pixel_range
from image_machines.network.reading import own_size, read
from image_machines.network.unfolding import flat, reseeded

log = logging.getLogger(__name__)


def build(
    architecture: str = "InceptionV3",
    weights: str | Path | None = "imagenet",
    include_top: bool = False,
    seed: int = 0,
    name: str | None = None,
) -> Network:
    """Build a network by name, with its own preprocessing.

    ``weights`` is "imagenet", a file of weights (with or without the ImageNet classifier) or None for random
    ones drawn with ``seed``. With ``include_top`` the ImageNet classifier stays on. Raises ValueError for an
    unknown name and MissingWeights when the weights cannot be had; it never falls back on random ones.
    """
    known = applications.architecture(architecture)
    model = known.build(weights == "imagenet", include_top)
    source = known.source
    if weights is None:
        model, source = reseeded(model, seed), f"random, seed {seed}"
    elif weights != "imagenet":
        _load_weights(model, Path(weights), known.name)
        source = Path(weights).name
    model = flat(model)  # ConvNeXt's holds models
    return Network(
        name=name or known.name,
        graph=model,
        pixels=known.pixels,
        classes=imagenet.class_names() if include_top else (),
        fingerprint=fingerprint(model, known.pixels, known.name),
        source=source,
        size=known.size,
        architecture=known.name,
        opened_from=known.name,
    )


def load(
    path: str | Path,
    pixels: PixelRange | str | None = None,
    classes: Sequence[str] | None = None,
) -> Network:
    """Load a saved model (.keras or .h5) in safe mode, as a flat graph, its input size free if it can be.

    ``pixels`` and ``classes`` come from the arguments, else from the card ``<stem>.json`` beside the file;
    the pixels also from what the graph itself does to them. Raises ValueError, in one sentence, for what this
    program cannot show and (UnknownPixels) where nothing says how the model wants its pixels.
    """
    path = Path(path)
    model, card = read(path), said(path)
    size = card.size or own_size(model)
    try:
        graph = distinct_names(flat(model))
    except ValueError as error:
        raise ValueError(f"{path.name} cannot be used: {cause(error)}") from error
    given = pixels if pixels is not None else card.pixels
    chosen = pixel_range(given) if given is not None else _own_pixels(graph, path.name)
    channels = int(graph.inputs[0].shape[-1])
    if len(chosen.scale) != channels:
        raise ValueError(
            f"{path.name} wants {channels} colour channel(s), the pixel range {chosen.to_json()!r} gives "
            f"{len(chosen.scale)}"
        )
    return Network(
        name=card.name or path.stem,
        graph=graph,
        pixels=chosen,
        classes=_checked_classes(graph, classes if classes is not None else card.classes, path.name),
        fingerprint=fingerprint(graph, chosen, card.architecture or ""),
        source=_source(card) or path.name,
        size=int(size or DEFAULT_SIZE),
        architecture=card.architecture or "",
        opened_from=files.portable(path),
    )


def trained_from(source: str) -> str:
    """Where the weights of a network that was trained come from, by where it began."""
    return f"trained from {source}"


def _source(card: Said) -> str:
    """Where the weights of a network come from by its card, "" where it does not say."""
    return (
        trained_from(card.weights_source or "unknown weights")
        if card.epochs_done
        else card.weights_source or ""
    )


def _checked_classes(graph: keras.Model, classes: Sequence[str] | None, name: str) -> tuple[str, ...]:
    """The names of the classes, if there are as many as the graph tells apart."""
    names, given = class_names(classes or ()), answer(graph)
    if names and given is not None and len(names) != given.classes:
        raise ValueError(f"{name} tells {given.classes} classes apart, not {len(names)} ({', '.join(names)})")
    return names


def _own_pixels(graph: keras.Model, name: str) -> PixelRange:
    """How a graph wants its pixels, from what it does to them; asks where that is not certain."""
    found = own_pixels(graph)
    if found is not None:
        log.info("%s takes its pixels as %s: so its own layers say", name, found.to_json())
        return found
    grey = graph.inputs[0].shape[-1] == 1
    choices = [each for each, known in PIXEL_RANGES.items() if (known.order == "L") == grey]
    raise UnknownPixels(
        f"{name} does not say how it wants its pixels, and has no card beside it; give pixels=, one of "
        f"{', '.join(map(repr, choices))}: what its pictures were turned into before they were shown to it"
    )


def save(network: Network, path: str | Path, card: Mapping[str, Any] | None = None) -> Path:
    """Write the model as .keras and its card as .json beside it, each in one piece; ``card`` adds entries."""
    path = Path(path)
    if path.suffix != ".keras":
        raise ValueError(f"a model is saved as .keras, not {path.suffix!r}")
    with files.replacing(path) as temporary:
        network.graph.save(temporary)
    entries = {
        "name": network.name,
        "architecture": network.architecture,
        "classes": list(network.classes),
        "pixels": network.pixels.to_json(),
        "size": network.size,
        "fingerprint": network.fingerprint,
        "weights_source": network.source,
    }
    files.write_json(path.with_suffix(".json"), entries | dict(card or {}))
    return path


def open_network(
    source: str | Path,
    pixels: PixelRange | str | None = None,
    classes: Sequence[str] | None = None,
) -> Network:
    """Open a network from a file, or an architecture by its name with its ImageNet weights and classes.

    ``pixels`` and ``classes`` are for a file; see `load`. ``shuffled:`` before either is its control.
    """
    text = str(source)
    if not text.strip():
        raise ValueError("a model is named by its file or its architecture, and this name is empty")
    if text.startswith(controls.SHUFFLED):
        return controls.shuffled(open_network(text.removeprefix(controls.SHUFFLED), pixels, classes))
    if Path(text).suffix or Path(text).exists() or "/" in text or "\\" in text:
        return load(source, pixels, classes)
    return build(text, include_top=True)


def _load_weights(model: keras.Model, path: Path, architecture: str) -> None:
    """Load a file of weights; raises MissingWeights unless every kernel of the network was in it."""
    if not path.is_file():
        raise MissingWeights(f"no weights at {path}; give a .weights.h5 file for {architecture}")
    before = {layer.name: layer.get_weights() for layer in model.layers if hasattr(layer, "kernel")}
    try:
        with quiet_loading():
            model.load_weights(path)
    except Exception as error:
        raise MissingWeights(f"{path.name} does not fit {architecture}: {cause(error)}") from error
    fresh = [
        layer.name
        for layer in model.layers
        if layer.name in before and np.array_equal(layer.get_weights()[0], before[layer.name][0])
    ]
    if fresh:
        raise MissingWeights(f"{path.name} holds no weights for {', '.join(fresh[:3])} of {architecture}")
