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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from tqdm import tqdm

from image_machines import files
from image_machines.names import nearest
from image_machines.network import pipeline
from image_machines.network.layers import Layer, UnknownLayer, check_neuron
from image_machines.network.network import Network
from image_machines.network.tensors import Tensor

log = logging.getLogger(__name__)

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

    def top(self, layer: str, neuron: int, n: int = 9) -> list[Example]:
        """The works that excite a neuron most, by the maximum of its map, strongest first."""
        found = self.layer(layer)
        check_neuron(found, neuron)
        maximum = np.array(self.array(found.name, "maximum")[neuron])
        order = np.argsort(-np.nan_to_num(maximum, nan=-np.inf), kind="stable")
        order = order[~np.isnan(maximum[order])][:n]
        mean, place = (self.array(found.name, value)[neuron] for value in ("mean", "place"))
        return [
            Example(
                self.records[index],
                float(maximum[index]),
                float(mean[index]),
                crop_box(found, self.size, int(place[index][0]), int(place[index][1])),
            )
            for index in map(int, order)
        ]


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
) -> Responses:
    """Show the network every picture and keep how each neuron of the layers responds, in ``folder``.

    ``records`` are rows with a ``file`` below ``pictures``, such as a manifest's. Memory stays bounded
    however many there are. What an interrupted run of the same network, layers and pictures has done is not
    repeated. Pictures that do not decode are named in the log.
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
        _measure_rest(network, found, paths, done, folder, batch_size)
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
    network: Network, layers: Sequence[Layer], paths: Sequence[Path], done: int, folder: Path, batch_size: int
) -> None:
    """Measure from picture ``done`` on, a block at a time."""
    reader = _reader(network, layers)
    kept: dict[int, list[NDArray[np.float32]]] = {}
    begun = seen = done  # a bar that is switched off counts nothing
    stream = pipeline.stream(paths[done:], network.size, network.pixels, batch_size)
    with tqdm(total=len(paths), initial=done, desc="responses", unit="picture") as progress:
        for indices, batch, bad in stream:
            for reason in bad.values():
                log.warning("%s", reason)
            if indices:
                kept |= dict(zip(indices, _read(reader, batch, batch_size), strict=True))
            seen += len(indices) + len(bad)
            progress.update(len(indices) + len(bad))
            if seen - begun >= BLOCK or seen == len(paths):
                rows = [kept.get(index - done) for index in range(begun, seen)]
                _write(folder, layers, begun, rows)
                begun, kept = seen, {}


def _reader(network: Network, layers: Sequence[Layer]) -> keras.Model:
    """The network up to the layers, each as a table (5, neurons): mean, maximum, row and column, norm."""
    tables = [_Table(f"table_of_{layer.name}")(network.output(layer.name)) for layer in layers]
    return keras.Model(network.graph.inputs, tables)


class _Table(keras.layers.Layer):
    """Makes a layer's table under a name of its own: Keras' for single operations may be another layer's."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, autocast=False)

    def call(self, output: Any) -> Any:
        return _table(output)


def _table(output: Tensor) -> Tensor:
    if len(output.shape) == 2:
        return ops.stack([output, output, output * 0, output * 0, ops.abs(output)], axis=1)
    by_column = ops.max(output, axis=1)  # axis by axis: three times as fast as both at once
    column = ops.argmax(by_column, axis=1)
    within = ops.take_along_axis(output, column[:, None, None, :], axis=2)[:, :, 0]
    row = ops.argmax(within, axis=1)
    mean = ops.mean(ops.mean(output, axis=1), axis=1)
    norm = ops.sqrt(ops.sum(ops.sum(ops.square(output), axis=1), axis=1))
    values = [mean, ops.max(by_column, axis=1), row, column, norm]
    return ops.stack([ops.cast(value, "float32") for value in values], axis=1)


def _read(
    reader: keras.Model, batch: NDArray[np.float32], batch_size: int
) -> list[list[NDArray[np.float32]]]:
    """Per picture, the table (5, neurons) of each layer."""
    missing = batch_size - len(batch)  # a batch of another size would be compiled anew
    padded = np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)]) if missing > 0 else batch
    tables = reader.predict_on_batch(padded)
    tables = tables if isinstance(tables, list) else [tables]
    return [[np.asarray(table[index]) for table in tables] for index in range(len(batch))]


def _write(
    folder: Path, layers: Sequence[Layer], begun: int, rows: Sequence[list[NDArray[np.float32]] | None]
) -> None:
    """Write a block of pictures and then, in one piece, that it is done."""
    end = begun + len(rows)
    for number, layer in enumerate(layers):
        missing = np.full((5, layer.width), np.nan, np.float32)
        block = np.stack([row[number] if row is not None else missing for row in rows], axis=-1)
        places = np.nan_to_num(np.moveaxis(block[2:4], 0, -1))
        tables = {"mean": block[0], "maximum": block[1], "place": places, "norm": block[4]}
        for value in _kept(folder, layer.name):
            stored = np.load(_file(folder, layer.name, value), mmap_mode="r+")
            stored[:, begun:end] = tables[value]
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
