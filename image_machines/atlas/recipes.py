"""From what somebody asks for to a recipe, from a recipe to an image, and from a finished image back again.

A `Model` is a network as the service knows it: with its layers at hand and the file or name that it is opened
from, so that a card is enough to make its image a second time.
"""

from __future__ import annotations

import itertools
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import images
from image_machines.atlas.store import Recipe, recipe_of
from image_machines.images import Picture
from image_machines.network import classifier, models
from image_machines.network.models import Layer, Network
from image_machines.vision import features, objectives
from image_machines.vision.features import Frame
from image_machines.vision.presets import preset
from image_machines.vision.settings import PAGE_OCTAVES, Settings

log = logging.getLogger(__name__)

TITLES = {  # the presets in words
    "quick": "In seconds: large forms first, then finer ones, with the waves and colours of photographs.",
    "paper-2018": "As in Images of Image Machines: ten octaves, a median filter every four steps.",
    "metapictures-2020": "As in Perceptual Bias and Technical Metapictures: jitter and total variation.",
    "naive": "The gradient and nothing else: true to the network, and noise to people.",
    "fourier": "Painted in frequencies, and shaken while it grows (Olah and others 2017).",
    "maco": "Frequencies as strong as in photographs; only their phases are free (Fel and others 2023).",
}
LARGEST = 2048  # pixels of an image's side that a request may ask for
LONGEST = 10_000  # megapixel-iterations of one image: ten times the paper's
FIRST_SPEED = 3e10  # multiplications a second with which an unknown machine is credited
FIRST_START = 5.0  # seconds to compile a layer's program that was not used yet


@dataclass(frozen=True, eq=False)
class Model:
    """A network that images are made of, and ``source``: the file or the name that it is opened from."""

    network: Network
    source: str

    @property
    def name(self) -> str:
        return self.network.name

    @property
    def layers(self) -> dict[str, Layer]:
        return self.network.layers

    @property
    def landmarks(self) -> list[Layer]:
        return self.network.landmarks

    @property
    def classes_layer(self) -> str | None:
        return self.network.classes_layer

    @property
    def costs(self) -> dict[str, float]:
        return self.network.costs

    def layer(self, name: str) -> Layer:
        return self.network.layer(name)

    def neuron(self, layer: Layer, neuron: int | str) -> int:
        return self.network.neuron(layer, neuron)

    def class_name(self, layer: Layer, neuron: int) -> str | None:
        return self.network.class_name(layer, neuron)


def open_model(source: str | Path) -> Model:
    """Open a model from a file, or an architecture by its name with its ImageNet weights."""
    network = models.open_network(source)
    return Model(network, network.opened_from)


def plan(
    model: Model,
    layer: str,
    neuron: int | str,
    octave: int,
    preset_name: str,
    seed: int = 0,
    changes: Mapping[str, Any] | None = None,
) -> Recipe:
    """The recipe for what somebody asks for; ``changes`` are to the preset's settings.

    Raises UnknownLayer for the layer, ValueError for anything else that cannot be, each with the choices.
    """
    (recipe,) = plan_all(model, layer, [neuron], [octave], [preset_name], [seed], changes)
    return recipe


def plan_all(
    model: Model,
    layer: str,
    neurons: Sequence[int | str],
    octaves: Sequence[int],
    preset_names: Sequence[str],
    seeds: Sequence[int],
    changes: Mapping[str, Any] | None = None,
) -> list[Recipe]:
    """A recipe for every combination of the values; see `plan`."""
    found = model.layer(layer)
    numbers = [model.neuron(found, neuron) for neuron in neurons]
    planned = {}
    for name, octave in itertools.product(preset_names, octaves):
        settings = _settings(name, octave, changes or {})
        plain, values = _settings(name, octave, {}).to_json(), settings.to_json()
        changed = {key: value for key, value in values.items() if plain[key] != value}
        planned[name, octave] = settings, values, changed
    recipes = []
    for number, octave, name, seed in itertools.product(numbers, octaves, preset_names, seeds):
        settings, values, changed = planned[name, octave]
        recipes.append(
            Recipe(
                model=model.name,
                fingerprint=model.network.fingerprint,
                layer=found.name,
                neuron=number,
                objective=_objective(found, number, settings.score),
                octave=octave,
                size=settings.sizes()[-1],
                preset=name,
                settings=values,
                seed=seed,
                changes=changed,
                width=found.width,
                class_name=model.class_name(found, number),
                source=model.source,
            )
        )
    return recipes


def _objective(layer: Layer, neuron: int, score: str) -> str:
    """What `objectives.neuron` will make of it, in words."""
    of_probability = score == "probability" and layer.map_size is None
    return str((objectives.probability if of_probability else objectives.logit)(neuron, layer.name))


def _settings(name: str, octave: int, changes: Mapping[str, Any]) -> Settings:
    """A preset with changes, cut to an octave, within what a service can bear."""
    if "octave" in changes:
        raise ValueError("octave is a value of its own, not one of the settings")
    given = preset(name)
    try:
        settings = given.replace(**changes).at_octave(octave)
        size, work = max(settings.sizes()), features.cost(settings)
    except (TypeError, OverflowError, ZeroDivisionError, AttributeError) as error:
        raise ValueError(f"these settings cannot be: {error}") from error
    if size > LARGEST or work > LONGEST:
        raise ValueError(
            f"an image of {size} px and {work:,.0f} megapixel-iterations is too much; at most {LARGEST} px "
            f"and {LONGEST:,}"
        )
    return settings


@cache
def sizes(preset_name: str) -> list[int]:
    """Pixels of the page's ten octaves in a preset."""
    settings = preset(preset_name)
    return [settings.at_octave(octave).sizes()[-1] for octave in range(1, PAGE_OCTAVES + 1)]


def devices() -> tuple[list[str], Callable[[str], AbstractContextManager[Any]]]:
    """The devices to render on, and the context that work on one runs in; one device needs no context."""
    import keras  # here and below, so that `network`, which loads it without its greetings, comes first

    found = keras.distribution.list_devices()
    if len(found) < 2:
        return [""], lambda device: nullcontext()
    return list(found), keras.device


def frames(model: Model, recipe: Recipe) -> Iterator[Frame]:
    """The frames of the image, the last one as it is kept."""
    settings = Settings.from_json(recipe.settings)
    objective = objectives.neuron(model.network, recipe.layer, recipe.neuron, settings.score)
    return features.visualize(model.network, objective, settings, recipe.seed)


def results() -> dict[str, Any]:
    """What a card says of the machine that made the image."""
    return {"versions": classifier.versions()}


@dataclass
class Costs:
    """How long images take: guessed from a layer's multiplications, then learned from what was rendered."""

    models: Mapping[str, Model]
    speed: float = FIRST_SPEED
    start: float = FIRST_START
    _rates: dict[tuple[str, str, str], float] = field(default_factory=dict)
    _works: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seconds(self, recipe: Recipe) -> float:
        """How long this image will take once it is begun."""
        with self._lock:
            rate = self._rates.get(self._key(recipe))
            start = 0.0 if rate else self.start
            rate = rate or self._multiplications(recipe) / self.speed
        return start + self._work(recipe) * rate

    def total(self, wanted: Iterable[Recipe]) -> float:
        """How long these images will take one after the other; a layer's program is compiled once."""
        wanted = list(wanted)
        starts = [self._key(recipe) for recipe in wanted if self._key(recipe) not in self._rates]
        repeated = len(starts) - len(set(starts))
        return sum(self.seconds(recipe) for recipe in wanted) - repeated * self.start

    def learn(self, recipe: Recipe, first: float, rest: float) -> None:
        """Take in what an image took: seconds until its first frame, and from there to its end."""
        work = self._work(recipe)
        with self._lock:
            key = self._key(recipe)
            if key not in self._rates:
                self.start = (self.start + first) / 2
            if rest > 0 and work > 0:
                self._rates[key] = rest / work
                self.speed = self._multiplications(recipe) / self._rates[key]

    def _key(self, recipe: Recipe) -> tuple[str, str, str]:
        return recipe.fingerprint, recipe.layer, str(recipe.settings.get("precision"))

    def _work(self, recipe: Recipe) -> float:
        """Megapixel-iterations."""
        key = json.dumps(recipe.settings)
        if key not in self._works:
            self._works[key] = features.cost(Settings.from_json(recipe.settings))
        return self._works[key]

    def _multiplications(self, recipe: Recipe) -> float:
        """Per megapixel and iteration: forward, and twice that back."""
        return 3e6 * max(self.models[recipe.model].costs.get(recipe.layer, 0.0), 1.0)


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
    recipe = recipe_of(card)
    opened = open_model(model) if model is not None else find_model(recipe)
    if opened.network.fingerprint != recipe.fingerprint:
        raise ValueError(f"{opened.source} is another model than the one that {path.name} was made with")
    began = time.perf_counter()
    last = deque(frames(opened, recipe), maxlen=1).pop()
    target = Path(out) if out is not None else path.with_name(f"{path.stem}-again{path.suffix}")
    picture: Picture = features.picture(last.image)
    quality = card.get("quality", images.QUALITY)
    images.save(target, picture, {**card, "activation": last.activation, **results()}, quality)
    if out is None:
        target.with_suffix(
            ".json"
        ).unlink()  # or the same image would be listed twice; the card is inside too
    first, second = images.read(path).astype(int), images.read(target).astype(int)
    difference = int(np.abs(first - second).max()) if first.shape == second.shape else 255
    return Again(target, difference, time.perf_counter() - began)


def find_model(recipe: Recipe, folders: Iterable[str | Path] = ("runs",)) -> Model:
    """The model that a recipe names, or one with the same fingerprint in the runs below ``folders``."""
    sources: list[str | Path] = [recipe.source, *_same_weights(recipe.fingerprint, folders)]
    for source in sources:
        try:
            model = open_model(source)
        except (OSError, ValueError, models.MissingWeights) as error:
            log.info("%s: %s", source, error)
            continue
        if model.network.fingerprint == recipe.fingerprint:
            return model
    raise ValueError(
        f"the model of this image is not at hand: {recipe.model}, {recipe.fingerprint[:19]}…; name its file"
    )


def _same_weights(fingerprint: str, folders: Iterable[str | Path]) -> Iterator[Path]:
    for folder in folders:
        for card in sorted(Path(folder).glob("*/model/*.json")):
            model = card.with_suffix(".keras")
            if model.is_file() and models.read_card(model).get("fingerprint") == fingerprint:
                yield model
