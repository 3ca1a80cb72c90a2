"""Generators of collections: how well they bring back works, what pictures through them are like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from image_machines import images
from image_machines.network import gradient, pipeline
from image_machines.network.forward import reader
from image_machines.network.generator.feeding import looked_at
from image_machines.network.generator.loading import Generator
from image_machines.network.network import Network
from image_machines.vision.metapictures.spectrum import Numbers
from studies.common.measures import interval
from studies.common.results import Row, rounded
from studies.metapictures import legibility

Pictures = NDArray[np.uint8]  # (N, H, W, 3), 0-255


@dataclass(frozen=True, eq=False)
class Collection:
    """The works of a run and the generator that learned them; ``network`` is whose features it knows."""

    name: str
    data: Path
    generator: Generator
    network: Network

    @cached_property
    def taught(self) -> Pictures:
        """The works that it learned."""
        return self._looked_at("train")[0]

    @cached_property
    def held(self) -> tuple[Pictures, Pictures]:
        """Works that were held back, and what the generator makes of their codes."""
        works, found = self._looked_at("val")
        made = self.generator.images(self.generator.coding.codes(found))
        return works, np.stack([images.to_picture(each) for each in made])

    def _looked_at(self, split: str) -> tuple[Pictures, NDArray[np.float32]]:
        layer = self.network.layer(self.generator.card["generator"]["layer"])
        paths, _, _ = pipeline.find_pictures(self.data / split)
        return looked_at(self.network, layer, paths, self.generator.size, self.generator.code[0])


def between(network: Network) -> str:
    """A layer halfway, in which no generator's pictures are compared while it learns."""
    return network.stations[len(network.stations) // 2].name


def reconstructions(known: Collection, seed: int = 0) -> Row:
    """How far held-out works are from what comes back of their codes, and from other pictures.

    The distance is that of a layer's maps, as a share of the work's own length, and that of pixels (0-1).
    """
    works, back = known.held
    layer, random = between(known.network), np.random.default_rng(seed)
    own, taught = (legibility.features(known.network, layer, list(each)) for each in (works, known.taught))
    others = {
        "from its code": back,
        "mean of the collection": np.broadcast_to(known.taught.mean(axis=0).astype(np.uint8), works.shape),
        "random work": known.taught[random.integers(0, len(taught), len(works))],
        "nearest work": known.taught[(own @ taught.T).argmax(axis=1)],
    }
    maps = _maps(known.network, layer, works)
    lengths = np.linalg.norm(maps, axis=1)
    rows = {}
    for name, pictures in others.items():
        apart = np.linalg.norm(_maps(known.network, layer, pictures) - maps, axis=1) / lengths
        pixels = np.abs(pictures.astype(float) - works).mean(axis=(1, 2, 3)) / 255
        rows[name] = {
            "features": rounded(apart.mean(), 3),
            "interval": interval(apart),
            "pixels": rounded(pixels.mean(), 3),
        }
    return {"works": len(works), "taught": len(taught), "layer": layer, "pictures": rows}


def _maps(network: Network, layer: str, pictures: Pictures, batch: int = 32) -> NDArray[np.float32]:
    """A layer's maps of pictures, a row each."""
    read = reader(network, layer)
    rows = []
    for start in range(0, len(pictures), batch):
        found = gradient.to_array(read(images.from_picture(pictures[start : start + batch])))
        rows.append(found.reshape(len(found), -1))
    return np.concatenate(rows)


def likeness(
    network: Network, drawn: Mapping[str, Pictures], works: Mapping[str, Pictures], seed: int = 0
) -> Row:
    """For the pictures of each way: how many are more like some work of each collection than of all others.

    Works and pictures are compared by the mean of a layer halfway; as many works of each collection are
    looked at, drawn by chance.
    """
    layer, seen = between(network), _seen(network, works, seed)
    found: Row = {}
    for way, made in drawn.items():
        own = legibility.features(network, layer, list(made))
        most = np.stack([(own @ each.T).max(axis=1) for each in seen.values()]).argmax(axis=0)
        counts = np.bincount(most, minlength=len(seen))
        found[way] = {"pictures": len(made)} | dict(zip(works, map(int, counts), strict=True))
    return found


def pairs(
    network: Network, drawn: Mapping[str, Pictures], works: Mapping[str, Pictures], seed: int = 0
) -> list[Row]:
    """Of each two collections: how the pictures of the same neuron through their generators differ.

    A picture leans to the first by how much more, in cosine, it is like the nearest of its works than like
    the second's; told is of how many neurons the first generator's picture leans more so, and by how much.
    """
    layer, seen = between(network), _seen(network, works, seed)
    rows = []
    for one, other in combinations(works, 2):
        leans = []
        for way in (one, other):
            own = legibility.features(network, layer, list(drawn[way]))
            leans.append((own @ seen[one].T).max(axis=1) - (own @ seen[other].T).max(axis=1))
        apart = leans[0] - leans[1]
        rows.append(
            {
                "one": one,
                "other": other,
                "neurons": len(apart),
                "more": int((apart > 0).sum()),
                "lean": rounded(apart.mean(), 4),
                "interval": interval(apart),
            }
        )
    return rows


def _seen(network: Network, works: Mapping[str, Pictures], seed: int) -> dict[str, Numbers]:
    """What a layer halfway sees in as many works of each collection, drawn by chance."""
    layer, random = between(network), np.random.default_rng(seed)
    least = min(map(len, works.values()))
    return {
        name: legibility.features(network, layer, list(each[random.permutation(len(each))[:least]]))
        for name, each in works.items()
    }
