"""Opening a generator: the decoder in its file, with its card; what is none is refused in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import keras
import numpy as np

from image_machines.network import gradient
from image_machines.network.generator.coding import Coding, Floats
from image_machines.network.identity import digest
from image_machines.network.models import read_card
from image_machines.network.reading import opened
from image_machines.network.tensors import Tensor

TOGETHER = 32  # codes decoded in one go


@dataclass(frozen=True, eq=False)
class Generator:
    """A decoder ``graph`` from codes (N, cells, cells, channels) to images (N, size, size, 3) in [-1, 1]."""

    name: str
    graph: keras.Model
    fingerprint: str
    card: dict[str, Any]

    @property
    def size(self) -> int:
        """Side of its pictures in pixels."""
        return int(self.graph.output_shape[1])

    @property
    def code(self) -> tuple[int, int, int]:
        """Cells down, cells across, channels."""
        cells, across, channels = self.graph.input_shape[1:]
        return int(cells), int(across), int(channels)

    @cached_property
    def coding(self) -> Coding:
        """How its codes come from features."""
        components, mean = self.graph.get_layer("features").get_weights()
        return Coding(mean, components[0, 0])

    def __call__(self, codes: Tensor) -> Tensor:
        """Codes to images, differentiably."""
        return self.graph(codes, training=False)

    def images(self, codes: Floats) -> Floats:
        """The images of codes, however many."""
        blocks = [codes[start : start + TOGETHER] for start in range(0, len(codes), TOGETHER)]
        return np.concatenate([gradient.to_array(self(gradient.to_tensor(each))) for each in blocks])


def load(path: str | Path) -> Generator:
    """The generator in a file; ValueError or FileNotFoundError, in one sentence, for a file that is none."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no generator at {path}; train one: network.generator.training")
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _load(path: Path, _: int) -> Generator:
    """The file as it is now: another time of writing is another generator."""
    graph, card = opened(path), read_card(path)
    if not _decodes(graph):
        raise ValueError(
            f"{path.name} is no generator: it does not turn codes (cells, cells, channels) into pictures of "
            "one size; network.generator.training makes one"
        )
    found = Generator(str(card.get("name") or path.stem), graph, digest(graph), card)
    told = card.get("generator") or {}
    if told.get("size", found.size) != found.size:
        raise ValueError(f"{path.name} makes pictures of {found.size} px, and its card says {told['size']}")
    return found


def _decodes(graph: keras.Model) -> bool:
    """Whether a model has the form of a generator."""
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        return False
    code, picture = tuple(graph.inputs[0].shape[1:]), tuple(graph.outputs[0].shape[1:])
    square = len(code) == 3 and None not in code and code[0] == code[1]
    return square and len(picture) == 3 and picture[0] == picture[1] and picture[2] == 3
