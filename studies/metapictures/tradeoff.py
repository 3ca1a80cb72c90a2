"""Every method for every neuron: what the picture excites, and how near it is to the works of a collection.

A row for each picture; a batch of one layer's neurons and one method is made together and kept at once, so
that a run goes on where it was broken off.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from image_machines import files, images
from image_machines.images import FloatImage, Picture
from image_machines.names import safe_name
from image_machines.network.network import Network
from image_machines.vision import features
from image_machines.vision.metapictures import spectrum
from image_machines.vision.metapictures.methods import LONGER, PLAIN, methods
from image_machines.vision.metapictures.sheet import drawn_apart, objective
from image_machines.vision.metapictures.spectrum import Numbers
from image_machines.vision.settings import Settings
from studies.common.results import Row, rounded
from studies.metapictures import legibility

BATCH = 10  # pictures made together


@dataclass(frozen=True)
class Neurons:
    """Neurons of one layer, and what the study calls their kind."""

    kind: str
    layer: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Reader:
    """What pictures are read against: a collection's mean spectrum, and its works' features in a network.

    ``judges`` are networks that know the same classes as the one whose pictures these are.
    """

    side: int
    spectrum: Numbers
    network: Network
    layer: str
    works: Numbers
    judges: tuple[Network, ...] = ()

    @cached_property
    def key(self) -> list[str]:
        """What tells one reader from another."""
        seen = hashlib.sha256(self.spectrum.tobytes() + self.works.tobytes()).hexdigest()
        return [seen, self.network.fingerprint, self.layer, *(judge.fingerprint for judge in self.judges)]


def reader(
    works: Sequence[Picture], network: Network, layer: str, side: int, judges: Sequence[Network] = ()
) -> Reader:
    """What the works of a collection are like; raises ValueError where there are fewer than two."""
    mean = spectrum.of_works(works, side)
    known = legibility.features(network, layer, works)
    return Reader(side, mean, network, layer, known, tuple(judges))


def measure(
    network: Network,
    units: Sequence[Neurons],
    given: Reader,
    folder: Path,
    ways: dict[str, Settings] | None = None,
    seed: int = 0,
) -> list[Row]:
    """The rows of all methods and neurons; those that ``folder`` holds are not made again.

    A row has the picture's ``activation``, its share of the naive picture's, ``faithfulness``, and of the one
    that took longer, ``of the longer``; and its distances from the collection, ``spectrum``, ``variation``
    and ``nearest``.
    """
    ways = methods(given.side) if ways is None else ways
    rows: list[Row] = []
    for chosen in units:
        for start in range(0, len(chosen.numbers), BATCH):
            part = Neurons(chosen.kind, chosen.layer, chosen.numbers[start : start + BATCH])
            for name in drawn_apart(network, part.layer, ways):
                settings = ways[name]
                rows += _kept(network, part, name, settings, given, folder, seed)
    return _with_shares(rows)


def _kept(
    network: Network, part: Neurons, name: str, settings: Settings, given: Reader, folder: Path, seed: int
) -> list[Row]:
    """The rows of a batch, from the folder or made and kept there with their pictures."""
    file = folder / "rows" / f"{_key(network, part, name, settings, given, seed)}.json"
    if file.is_file():
        return list(json.loads(file.read_text(encoding="utf-8")))
    made = drawn(network, part, name, settings, seed)
    pictures = [images.to_picture(np.clip(each, -1, 1)) for each in made]
    for number, picture in zip(part.numbers, pictures, strict=True):
        images.save(picture_file(folder, network, part.layer, number, name, seed), picture)
    rows = list(_rows(network, part, name, pictures, given, seed))
    files.write_json(file, rows)
    return rows


def _key(network: Network, part: Neurons, name: str, settings: Settings, given: Reader, seed: int) -> str:
    """What the rows of a batch depend on, all of it, as a name."""
    told = [
        network.fingerprint,
        part.kind,
        part.layer,
        part.numbers,
        name,
        settings.to_json(),
        seed,
        given.key,
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]


def picture_file(folder: Path, network: Network, layer: str, number: int, method: str, seed: int) -> Path:
    """Where a picture of the study lies."""
    place = safe_name(f"{layer} {number}", url=True)
    return (
        folder
        / "pictures"
        / safe_name(network.name, url=True)
        / place
        / f"{safe_name(method, url=True)}-{seed}.png"
    )


def pictures(
    network: Network, chosen: Neurons, name: str, settings: Settings, folder: Path, seed: int = 0
) -> list[Picture]:
    """The pictures of neurons by a method; those that are not there are drawn and kept, a batch at a time."""
    wanted = [picture_file(folder, network, chosen.layer, number, name, seed) for number in chosen.numbers]
    for start in range(0, len(wanted), BATCH):
        part = slice(start, start + BATCH)
        if not all(file.is_file() for file in wanted[part]):
            batch = Neurons(chosen.kind, chosen.layer, chosen.numbers[part])
            made = drawn(network, batch, name, settings, seed)
            for file, image in zip(wanted[part], made, strict=True):
                images.save(file, images.to_picture(np.clip(image, -1, 1)))
    return [images.read(file) for file in wanted]


def drawn(network: Network, part: Neurons, name: str, settings: Settings, seed: int) -> list[FloatImage]:
    """The images of a batch of neurons by one method."""
    batch = [objective(network, part.layer, number, name) for number in part.numbers]
    for frame in features.visualize_batch(network, batch, settings, seed):
        last = frame
    return list(last.images)


def _rows(
    network: Network, part: Neurons, name: str, pictures: Sequence[Picture], given: Reader, seed: int
) -> Iterator[Row]:
    seen = legibility.features(given.network, given.layer, pictures)
    distances = legibility.nearest(seen, given.works)
    judged = [legibility.features(judge, judge.output_layer, pictures) for judge in given.judges]
    for index, (number, picture) in enumerate(zip(part.numbers, pictures, strict=True)):
        shown = images.from_picture(picture)
        yield {
            "kind": part.kind,
            "layer": part.layer,
            "neuron": number,
            "method": name,
            "seed": seed,
            "activation": rounded(
                features.activation(network, objective(network, part.layer, number), shown), 4
            ),
            "spectrum": rounded(spectrum.distance(picture, given.spectrum), 4),
            "variation": rounded(spectrum.variation(picture), 4),
            "nearest": rounded(distances[index], 4),
            "ranks": {
                judge.name: int((said[index] > said[index, number]).sum()) + 1
                for judge, said in zip(given.judges, judged, strict=True)
                if part.layer == network.output_layer
            },
        }


def _with_shares(rows: list[Row]) -> list[Row]:
    """Each row with its activation's shares of the naive pictures' of the same neuron and seed.

    Neurons that the naive picture does not excite have none, and are left out.
    """
    reached = {(row["method"], _unit(row)): row["activation"] for row in rows}
    wholes = {"faithfulness": PLAIN, "of the longer": LONGER}
    return [
        row
        | {name: rounded(row["activation"] / reached[plain, _unit(row)], 4) for name, plain in wholes.items()}
        for row in rows
        if min(reached[plain, _unit(row)] for plain in wholes.values()) > 0
    ]


def _unit(row: Row) -> tuple[str, int, int]:
    return row["layer"], row["neuron"], row["seed"]
