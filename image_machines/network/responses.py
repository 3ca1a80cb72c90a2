"""What excites a neuron: the response of every channel of chosen layers to every picture of a collection.

For each layer four memory-mapped arrays lie in a folder, neuron first: ``<layer>-mean.npy``,
``<layer>-maximum.npy`` and ``<layer>-norm.npy``, float32 (neurons, pictures), the last one the L2 norm of the
map, and ``<layer>-place.npy``, uint16 (neurons, pictures, 2), the row and column of the map where the maximum
lies. ``responses.json`` says of which network and which pictures, and how far the work has come. A picture
that does not decode has NaN. Folders from before norms were kept lack them and stay readable.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from image_machines import files
from image_machines.names import nearest
from image_machines.network import tables
from image_machines.network.layers import Layer, UnknownLayer, check_neuron
from image_machines.network.network import Network
from image_machines.network.tables import Row

log = logging.getLogger(__name__)

Rows: TypeAlias = Callable[[Network, Sequence[str], Sequence[Path], int], Iterator[list[Row]]]

RECORD = "responses.json"
BLOCK = 256  # pictures kept in memory between two writes: what a kill can cost
VALUES = {"mean": "float32", "maximum": "float32", "place": "uint16", "norm": "float32"}
LARGEST_CROP = 0.5  # of the picture's side: deep layers' fields exceed the picture, but its middle decides


@dataclass(frozen=True)
class Box:
    """A part of a picture, as fractions of its height and width."""

    top: float
    left: float
    height: float
    width: float

    def cut(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """That part of a picture (H, W, 3); at least one pixel."""
        rows, columns = picture.shape[:2]
        top, left = min(int(self.top * rows), rows - 1), min(int(self.left * columns), columns - 1)
        bottom = max(round((self.top + self.height) * rows), top + 1)
        right = max(round((self.left + self.width) * columns), left + 1)
        return picture[top:bottom, left:right]


@dataclass(frozen=True)
class Example:
    """A picture that excites a neuron: its row in the collection, and the part that excites it most."""

    record: Mapping[str, str]
    maximum: float
    mean: float
    box: Box

    @property
    def file(self) -> str:
        return self.record["file"]


@dataclass(frozen=True)
class Responses:
    """The responses in a folder, read as they are needed.

    ``records`` has a row per picture, with at least its ``file``, relative to ``pictures``. ``done`` says how
    many of the pictures, in their order, have their responses.
    """

    folder: Path
    network: str
    fingerprint: str
    size: int
    layers: tuple[Layer, ...]
    pictures: Path
    done: int

    @cached_property
    def records(self) -> list[dict[str, str]]:
        return list(json.loads((self.folder / RECORD).read_text(encoding="utf-8"))["pictures"])

    def array(self, layer: str, value: str) -> NDArray[Any]:
        """``mean``, ``maximum``, ``place`` or ``norm`` of a layer, for the pictures done; not in memory.

        Raises FileNotFoundError for a value that the folder lacks.
        """
        file = _file(self.folder, layer, value)
        if not file.is_file():
            kept = ", ".join(_kept(self.folder, layer)) or "nothing"
            raise FileNotFoundError(f"{self.folder} has no {value} of {layer}, only: {kept}; measure anew")
        stored = np.load(file, mmap_mode="r")
        return stored[:, : self.done]

    def layer(self, name: str) -> Layer:
        """The layer of that name in any case; raises UnknownLayer when it was not measured."""
        for layer in self.layers:
            if layer.name.casefold() == name.casefold():
                return layer
        known = [layer.name for layer in self.layers]
        hint = nearest(name, known)
        raise UnknownLayer(f"no responses of {name!r}{hint}; the collection was shown to: {', '.join(known)}")

    def order(self, layer: str, neuron: int) -> list[int]:
        """The pictures that could be read, by their rows, those that excite a neuron most first.

        What counts is the maximum of its map.
        """
        found = self.layer(layer)
        check_neuron(found, neuron)
        maximum = np.array(self.array(found.name, "maximum")[neuron])
        order = np.argsort(-np.nan_to_num(maximum, nan=-np.inf), kind="stable")
        return [int(index) for index in order if not np.isnan(maximum[index])]

    def examples(self, layer: str, neuron: int, indices: Sequence[int]) -> list[Example]:
        """Pictures by their rows, with what excites the neuron in them."""
        found = self.layer(layer)
        check_neuron(found, neuron)
        maximum, mean, place = (
            self.array(found.name, value)[neuron] for value in ("maximum", "mean", "place")
        )
        return [
            Example(
                self.records[index],
                float(maximum[index]),
                float(mean[index]),
                crop_box(found, self.size, int(place[index][0]), int(place[index][1])),
            )
            for index in indices
        ]

    def top(self, layer: str, neuron: int, n: int = 9) -> list[Example]:
        """The works that excite a neuron most, strongest first."""
        return self.examples(layer, neuron, self.order(layer, neuron)[:n])


def crop_box(layer: Layer, size: int, row: int, column: int) -> Box:
    """The part of a picture that a position of a layer's map sees, cut off at the picture's edges.

    Pictures are squeezed to ``size`` pixels square for the network, so fractions of either side map back to
    the original. The receptive field of a deep layer is larger than the picture while its middle decides
    (Luo et al. 2016), so the crop is at most half as wide and high as the picture.
    """
    if layer.stride is None or layer.receptive_field is None or layer.centre is None:
        return Box(0.0, 0.0, 1.0, 1.0)
    side = min(layer.receptive_field, LARGEST_CROP * size)
    edges = []
    for position in (row, column):
        middle = min(max(layer.centre + position * layer.stride, 0), size - 1) + 0.5
        low, high = max(middle - side / 2, 0) / size, min(middle + side / 2, size) / size
        edges.append((low, high - low))
    (top, height), (left, width) = edges
    return Box(top, left, height, width)


def measure(
    network: Network,
    records: Sequence[Mapping[str, str]],
    pictures: str | Path,
    layers: Sequence[str],
    folder: str | Path,
    batch_size: int = 32,
    rows: Rows = tables.rows,
) -> Responses:
    """Show the network every picture and keep how each neuron of the layers responds, in ``folder``.

    ``records`` are rows with a ``file`` below ``pictures``, such as a manifest's. Memory stays bounded
    however many there are. What an interrupted run of the same network, layers and pictures has done is not
    repeated. Pictures that do not decode are named in the log. ``rows`` is who shows them to the network:
    this process, unless it is told otherwise.
    Raises UnknownLayer for a layer that the network does not have, ValueError where its pictures are oblong.
    """
    _check_square(network)
    folder, pictures = Path(folder), Path(pictures)
    found = [network.find(name) for name in layers]
    record = {
        "network": network.name,
        "fingerprint": network.fingerprint,
        "size": network.size,
        "layers": [vars(layer) for layer in found],
        "folder": str(pictures),
        "pictures": [dict(row) for row in records],
    }
    done = _resume(folder, record)
    paths = [pictures / row["file"] for row in records]
    if done < len(paths):
        _measure_rest(rows, network, found, paths, done, folder, batch_size)
    return load(folder)


def _check_square(network: Network) -> None:
    """Raise ValueError for a network that insists on another height than width."""
    height, width = network.graph.inputs[0].shape[1:3]
    if height != width:
        raise ValueError(
            f"{network.name} takes pictures of {height} x {width} pixels alone, and responses are measured "
            "on square ones"
        )


def load(folder: str | Path) -> Responses:
    """The responses that `measure` left in a folder; raises FileNotFoundError when there are none."""
    folder = Path(folder)
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    return Responses(
        folder=folder,
        network=record["network"],
        fingerprint=record["fingerprint"],
        size=record["size"],
        layers=tuple(Layer(**layer) for layer in record["layers"]),
        pictures=Path(record["folder"]),
        done=_done(folder),
    )


def _resume(folder: Path, record: Mapping[str, Any]) -> int:
    """How many pictures are done already; anything but the same task is begun anew."""
    file = folder / RECORD
    same = file.is_file() and json.loads(file.read_text(encoding="utf-8")) == json.loads(json.dumps(record))
    if same:
        return _done(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "done").unlink(missing_ok=True)
    for layer in record["layers"]:
        for value, dtype in VALUES.items():
            shape = (layer["width"], len(record["pictures"]), *((2,) if value == "place" else ()))
            with files.replacing(_file(folder, layer["name"], value)) as temporary:
                np.lib.format.open_memmap(temporary, "w+", dtype, shape)
    files.write_json(file, record)
    return 0


def _measure_rest(
    rows: Rows,
    network: Network,
    layers: Sequence[Layer],
    paths: Sequence[Path],
    done: int,
    folder: Path,
    batch_size: int,
) -> None:
    """Measure from picture ``done`` on, and write a block at a time."""
    kept: list[Row] = []
    names = [layer.name for layer in layers]
    with tqdm(total=len(paths), initial=done, desc="responses", unit="picture") as progress:
        for found in rows(network, names, paths[done:], batch_size):
            for reason in (row for row in found if isinstance(row, str)):
                log.warning("%s", reason)
            kept += found
            progress.update(len(found))
            if len(kept) >= BLOCK or done + len(kept) == len(paths):
                _write(folder, layers, done, kept)
                done, kept = done + len(kept), []


def _write(folder: Path, layers: Sequence[Layer], begun: int, rows: Sequence[Row]) -> None:
    """Write a block of pictures and then, in one piece, that it is done."""
    end = begun + len(rows)
    for number, layer in enumerate(layers):
        missing = np.full((5, layer.width), np.nan, np.float32)
        block = np.stack([missing if isinstance(row, str) else row[number] for row in rows], axis=-1)
        places = np.nan_to_num(np.moveaxis(block[2:4], 0, -1))
        values = {"mean": block[0], "maximum": block[1], "place": places, "norm": block[4]}
        for value in _kept(folder, layer.name):
            stored = np.load(_file(folder, layer.name, value), mmap_mode="r+")
            stored[:, begun:end] = values[value]
            stored.flush()
    files.write_text(folder / "done", f"{end}\n")


def _done(folder: Path) -> int:
    file = folder / "done"
    return int(file.read_text(encoding="utf-8")) if file.is_file() else 0


def _kept(folder: Path, layer: str) -> list[str]:
    """The values that a folder has of a layer."""
    return [value for value in VALUES if _file(folder, layer, value).is_file()]


def _file(folder: Path, layer: str, value: str) -> Path:
    return folder / f"{layer}-{value}.npy"
