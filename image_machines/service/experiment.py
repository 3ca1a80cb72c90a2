"""The reader's experiment: which of two works excites a neuron more, given its image, its works, or both?

After Borowski and others, "Exemplary natural images explain CNN activations better than state-of-the-art
feature visualization" (ICLR 2021). The questions are drawn by chance from what was measured; a seed draws the
same ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from image_machines.network.layers import UnknownLayer
from image_machines.network.responses import Responses
from image_machines.service.works import Works

CONDITIONS = ("image", "works", "both")  # what is shown of the neuron
SHOWN = 4  # works shown, where they are
POOL = 10  # so many of the strongest works, and as many of the weakest, are drawn from
MOST_IMAGES = 500  # of a model, the newest: their neurons are drawn from

Entry = Mapping[str, Any]
Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Subject:
    """A neuron that can be asked about: its image, and the rows of its works, strongest first."""

    entry: Entry
    order: Sequence[int]
    pool: int

    def strongest(self, random: np.random.Generator) -> list[int]:
        """Places in the order, of the strongest works by chance."""
        return [int(place) for place in random.permutation(self.pool)]

    def weakest(self, random: np.random.Generator) -> list[int]:
        """Places in the order, of the weakest works by chance."""
        return [len(self.order) - 1 - place for place in self.strongest(random)]


@dataclass(frozen=True)
class Drawn:
    """A question: the places, in the subject's order, of the works shown and of the two asked about."""

    condition: str
    subject: Subject
    shown: Sequence[int]
    left: int
    right: int


def draw(
    found: Responses, entries: Iterable[Entry], is_own: Callable[[Entry], bool], count: int, seed: int
) -> list[Drawn]:
    """So many questions about the neurons of these images, each neuron once before any comes again.

    ``is_own`` says whether an image is of the very network that was measured. Raises UnknownLayer where no
    neuron has both an image and responses that tell the strongest works from the weakest.
    """
    random = np.random.default_rng(seed)
    subjects = list(islice(_subjects(found, entries, is_own, random), count))
    if not subjects:
        raise UnknownLayer(
            f"no neuron of {found.network} has both an image and responses of {2 * (SHOWN + 1)} works or "
            "more: render some images of the layers that the collection was shown to"
        )
    conditions, on_the_left = _balanced(CONDITIONS, count, random), _balanced((True, False), count, random)
    asked = {id(each): (each.strongest(random), each.weakest(random)) for each in subjects}
    turns: Counter[int] = Counter()
    drawn = []
    for number, (condition, is_left) in enumerate(zip(conditions, on_the_left, strict=True)):
        subject = subjects[number % len(subjects)]
        turn = turns[id(subject)] % subject.pool
        turns[id(subject)] += 1
        strong, weak = (places[turn] for places in asked[id(subject)])
        shown = [place for place in range(SHOWN + 1) if place != strong][:SHOWN]
        left, right = (strong, weak) if is_left else (weak, strong)
        drawn.append(Drawn(condition, subject, shown if condition != "image" else [], left, right))
    return drawn


def told(drawn: Sequence[Drawn], found: Responses, works: Works) -> list[dict[str, Any]]:
    """The questions as they are answered, with the paths of the works' copies."""
    return [_told(each, found, works) for each in drawn]


def _told(drawn: Drawn, found: Responses, works: Works) -> dict[str, Any]:
    entry, order = drawn.subject.entry, drawn.subject.order
    places = [*drawn.shown, drawn.left, drawn.right]
    examples = found.examples(entry["layer"], entry["neuron"], [order[place] for place in places])
    pairs = zip(places, examples, strict=True)
    *shown, left, right = (works.example(found, place + 1, example) for place, example in pairs)
    return {"condition": drawn.condition, "image": entry, "works": shown, "left": left, "right": right}


def _subjects(
    found: Responses, entries: Iterable[Entry], is_own: Callable[[Entry], bool], random: np.random.Generator
) -> Iterator[Subject]:
    """Neurons by chance, with the largest image of each, of those that can be asked about."""
    largest: dict[tuple[str, int], Entry] = {}
    for entry in sorted(entries, key=lambda entry: (entry["size"], entry["id"])):
        largest[entry["layer"], entry["neuron"]] = entry
    neurons = sorted(largest)
    for index in random.permutation(len(neurons)):
        entry = largest[neurons[index]]
        subject = _subject(found, entry)
        if subject is not None and is_own(entry):
            yield subject


def _subject(found: Responses, entry: Entry) -> Subject | None:
    """A neuron with its works; none where too few were measured, or where strong and weak do not differ."""
    layer, neuron = entry["layer"], entry["neuron"]
    try:
        order = found.order(layer, neuron)
    except (UnknownLayer, ValueError):
        return None
    pool = min(POOL, len(order) // 2)
    if pool <= SHOWN:
        return None
    weakest_of_strong, strongest_of_weak = found.examples(layer, neuron, [order[pool - 1], order[-pool]])
    return Subject(entry, order, pool) if weakest_of_strong.maximum > strongest_of_weak.maximum else None


def _balanced(values: Sequence[Kind], count: int, random: np.random.Generator) -> list[Kind]:
    """So many of the values in an order by chance, each as often as the others, or once more."""
    kinds = [values[int(place)] for place in random.permutation(len(values))]
    return [kinds[int(place) % len(kinds)] for place in random.permutation(count)]
