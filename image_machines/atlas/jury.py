"""A jury: what other networks take a class's image for, and the same image from shuffled weights.

An image that only the network itself can read may be its private noise. Jurors are networks with classes of
their own: the one before it was trained on these classes, others that know photographs. What they say of the
same image from shuffled weights, the control, is what they say of a network that knows nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from image_machines.atlas.make import keep, make
from image_machines.atlas.opinions import Heard, Opinion, Verdict, of_card, sentence
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.network import applications, controls, models, scoring
from image_machines.network.errors import MissingWeights
from image_machines.network.network import Network

log = logging.getLogger(__name__)

USUAL = ("SqueezeNet", "MobileNetV2")  # small, and they know photographs
MOST = 3  # jurors of an image


def at_hand() -> list[str]:
    """The usual jurors whose weights are on this machine."""
    return [name for name in USUAL if applications.at_hand(name)]


def jurors_of(recipe: Recipe, sources: Iterable[str | Path]) -> list[str]:
    """The first of some networks, by file or name, that are another one than the recipe's."""
    named = (str(source) for source in sources)
    return [source for source in dict.fromkeys(named) if source != recipe.source][:MOST]


def control_of(network: Network, recipe: Recipe) -> tuple[Recipe, Network]:
    """The recipe of the same image from the network's shuffled weights, and the network with these."""
    control = _shuffled(network)
    changed = replace(
        recipe,
        model=control.name,
        fingerprint=control.fingerprint,
        source=control.opened_from,
        weights=control.source,
    )
    return changed, control


def draw_control(network: Network, store: Store, recipe: Recipe) -> str:
    """The path of an image's control, which is drawn unless it was before."""
    control, shuffled = control_of(network, recipe)
    entry = store.find(control.id) or keep(store, make(shuffled, control))
    return str(entry["image"])


def opinions(recipe: Recipe, image: Path, control: Path, sources: Sequence[str]) -> list[Opinion]:
    """What each juror takes the two pictures for; one that cannot be opened or has no classes is left out."""
    heard = []
    for source in sources:
        try:
            juror = _opened(source)
            verdicts = [_verdict(juror, picture, recipe.class_name) for picture in (image, control)]
        except (OSError, ValueError, MissingWeights) as error:
            log.warning("%s is no juror: %s", source, error)
            continue
        before = recipe.weights == models.trained_from(juror.source)
        heard.append(Opinion(juror=juror.name, before=before, image=verdicts[0], control=verdicts[1]))
    return heard


def hear(network: Network, store: Store, recipe: Recipe, sources: Iterable[str | Path]) -> Heard | None:
    """What a jury says of a finished image, as its card has it from then on; None where there is no juror."""
    known = of_card(store.card(recipe.id) or {})
    jurors = jurors_of(recipe, sources)
    if known is not None or not jurors:
        return known
    control = draw_control(network, store, recipe)
    paths = [store.file(path) for path in (store.path(recipe), control)]
    return note(store, recipe, control, opinions(recipe, paths[0], paths[1], jurors))


def note(store: Store, recipe: Recipe, control: str, said: Sequence[Opinion]) -> Heard | None:
    """Put what was said of an image on its card; None where nobody said anything."""
    if not said:
        return None
    heard = Heard(sentence=sentence(recipe.class_name or "", said), control=control, opinions=list(said))
    store.amend(recipe.id, jury=heard.model_dump())
    return heard


def _verdict(juror: Network, picture: Path, class_name: str | None) -> Verdict:
    answer = scoring.score_file(juror, picture)
    surest = next(iter(answer))
    folded = {name.casefold(): value for name, value in answer.items()}
    own = folded.get((class_name or "").casefold())
    return Verdict(class_name=surest, probability=answer[surest], own=own)


@lru_cache(maxsize=4)
def _opened(source: str) -> Network:
    return models.open_network(source)


@lru_cache(maxsize=4)
def _shuffled(network: Network) -> Network:
    return controls.shuffled(network)
