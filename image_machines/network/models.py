"""Networks: by name or from a file, their layers and what each layer sees, and how they want their pixels.

A `Network` is the one object that travels: a flat Keras graph together with its pixel range, its class
names and a fingerprint. Images go in as ``(N, H, W, 3)`` in [-1, 1]; `PixelRange.apply` turns them into
what the graph was trained on. No weights are ever invented in silence: those that cannot be had are an error.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from image_machines import files, images
from image_machines.names import nearest
from image_machines.network import receptive
from image_machines.network.receptive import Views

log = logging.getLogger(__name__)

DEFAULT_SIZE = 299  # the paper's input, in pixels; map sizes are told for it


# --- pixels ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PixelRange:
    """How a network wants its pixels: per colour ``scale * x + offset`` of the common range [-1, 1].

    ``order`` is "RGB", "BGR" or "L" (one grey channel, the mean of the colours); ``scale`` and ``offset``
    are in that order.
    """

    scale: tuple[float, ...]
    offset: tuple[float, ...]
    order: str = "RGB"

    def apply(self, pictures: Any) -> Any:
        """Images (N, H, W, 3) in [-1, 1] to the network's input (N, H, W, C); differentiable, any backend."""
        tensor = keras.ops.convert_to_tensor(pictures)
        if self.order == "BGR":
            tensor = keras.ops.flip(tensor, axis=-1)
        elif self.order == "L":
            tensor = keras.ops.mean(tensor, axis=-1, keepdims=True)
        return tensor * keras.ops.cast(self.scale, tensor.dtype) + keras.ops.cast(self.offset, tensor.dtype)

    def from_pictures(self, pictures: NDArray[Any]) -> NDArray[np.float32]:
        """Pictures (..., H, W, 3), 0-255, to the network's input, in NumPy."""
        values = np.empty((*pictures.shape[:-1], len(self.scale)), np.float32)
        self.fill(values, pictures)
        return values

    def fill(self, values: NDArray[np.float32], pictures: NDArray[Any]) -> None:
        """Write pictures (..., H, W, 3), 0-255, as the network's input into ``values`` (..., H, W, C)."""
        if self.order == "L":
            pictures = pictures.mean(axis=-1, keepdims=True, dtype=np.float32)
        values[...] = pictures[..., ::-1] if self.order == "BGR" else pictures
        scale, offset = np.asarray(self.scale, np.float32), np.asarray(self.offset, np.float32)
        same = (scale == scale[0]).all() and (offset == offset[0]).all()  # a single number is faster
        values *= (scale[0] if same else scale) / np.float32(127.5)
        values += (offset - scale)[0] if same else offset - scale

    def to_json(self) -> str | dict[str, Any]:
        """The name of a known range, or all its values."""
        names = [name for name, known in PIXEL_RANGES.items() if known == self]
        return names[0] if names else asdict(self)


IMAGENET_MEAN = (123.68, 116.779, 103.939)  # of the colours R, G, B in 0-255, as VGG and ResNet subtract it
IMAGENET_MEAN_UNIT = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION_UNIT = (0.229, 0.224, 0.225)

PIXEL_RANGES: dict[str, PixelRange] = {
    "-1..1": PixelRange((1.0,) * 3, (0.0,) * 3),
    "0..1": PixelRange((0.5,) * 3, (0.5,) * 3),
    "0..255": PixelRange((127.5,) * 3, (127.5,) * 3),
    "caffe": PixelRange((127.5,) * 3, tuple(127.5 - mean for mean in reversed(IMAGENET_MEAN)), "BGR"),
    "torch": PixelRange(
        tuple(0.5 / deviation for deviation in IMAGENET_DEVIATION_UNIT),
        tuple(
            (0.5 - mean) / deviation
            for mean, deviation in zip(IMAGENET_MEAN_UNIT, IMAGENET_DEVIATION_UNIT, strict=True)
        ),
    ),
    "grey -1..1": PixelRange((1.0,), (0.0,), "L"),
    "grey 0..1": PixelRange((0.5,), (0.5,), "L"),
    "grey 0..255": PixelRange((127.5,), (127.5,), "L"),
}


def pixel_range(value: PixelRange | str | Mapping[str, Any]) -> PixelRange:
    """A pixel range from its name, from its values (as a card holds them), or as it is."""
    if isinstance(value, PixelRange):
        return value
    if isinstance(value, str):
        if value not in PIXEL_RANGES:
            raise ValueError(
                f"no pixel range {value!r}{nearest(value, PIXEL_RANGES)}; choices: {', '.join(PIXEL_RANGES)}"
            )
        return PIXEL_RANGES[value]
    return PixelRange(tuple(value["scale"]), tuple(value["offset"]), value["order"])


# --- the network ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Network:
    """A Keras graph with all that is needed to show it a picture and to name what it answers.

    ``graph`` is a flat functional model with input (N, H, W, C), H and W free where the architecture allows.
    ``classes`` are the names of the outputs in order, () when unknown. ``size`` is the side in pixels of the
    pictures it was trained on. ``source`` says where the weights came from, ``opened_from`` the file or name
    that opens it again.
    """

    name: str
    graph: keras.Model
    pixels: PixelRange
    classes: tuple[str, ...]
    fingerprint: str
    source: str
    size: int = DEFAULT_SIZE
    architecture: str = ""
    opened_from: str = ""

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """By name without case, in the order of the computation."""
        return {layer.name.casefold(): layer for layer in layers(self)}

    @cached_property
    def landmarks(self) -> list[Layer]:
        """The stations of the network: layers that every path leads through, the last one of each stretch."""
        return landmarks(self)

    @cached_property
    def classes_layer(self) -> str | None:
        """The layer whose units are the classes, when these have names."""
        layer = self.layers[self.graph.layers[-1].name.casefold()]
        return layer.name if layer.map_size is None and layer.width == len(self.classes) else None

    @cached_property
    def costs(self) -> dict[str, float]:
        """Multiplications per pixel of the input from there to each layer."""
        return costs(self)

    def layer(self, name: str) -> Layer:
        """The layer of that name in any case of letters, if it has neurons; raises UnknownLayer otherwise."""
        layer = find_layer(self, name)
        if not layer.visualizable:
            raise UnknownLayer(f"{layer.name} in {self.name} has no neurons of its own; choose another layer")
        return layer

    def neuron(self, layer: Layer, neuron: int | str) -> int:
        """The number of a neuron: a number, its digits, or a class's name in the layer of classes."""
        classes = self.classes if layer.name == self.classes_layer else ()
        by_name = {name.casefold(): number for number, name in enumerate(classes)}
        if isinstance(neuron, str) and neuron.casefold() in by_name:
            return by_name[neuron.casefold()]
        if isinstance(neuron, str) and neuron.isascii() and neuron.isdecimal() and len(neuron) < 10:
            neuron = int(neuron)
        if isinstance(neuron, str):
            known = f"; classes: {', '.join(classes)}" if classes else ""
            hint = nearest(neuron, classes)
            raise ValueError(
                f"{layer.name} has no neuron {neuron!r}{hint}; its numbers are 0-{layer.width - 1}{known}"
            )
        return check_neuron(layer, neuron)

    def class_name(self, layer: Layer, neuron: int) -> str | None:
        """The name of the class that a neuron stands for, None for any other neuron."""
        return self.classes[neuron] if layer.name == self.classes_layer else None


class UnknownLayer(ValueError):
    """A layer that the network does not have."""


class MissingWeights(RuntimeError):
    """Weights that cannot be fetched, found or fitted."""


@dataclass(frozen=True)
class Layer:
    """A layer, and what it sees.

    ``width``: channels of a map, or units. ``map_size``: side of its map at 299 px, or at the network's
    fixed input size. ``stride`` and ``receptive_field``: pixels of the input between neighbouring positions,
    and seen by one position. ``centre``: pixel on which the first position is centred. All four are None for
    a layer without a map, such as a dense one. ``visualizable``: an image can be optimised for its neurons.
    """

    name: str
    kind: str
    width: int
    map_size: int | None
    stride: int | None
    receptive_field: int | None
    centre: float | None
    visualizable: bool


def architectures() -> list[str]:
    """The names that `build` knows: "small" and every network of Keras Applications."""
    known = [name for name in dir(keras.applications) if name[0].isupper()]
    return ["small", *known]


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
    architecture = _architecture(architecture)
    if architecture == "small":
        if weights == "imagenet" or include_top:
            raise MissingWeights("the network 'small' has no ImageNet weights; give weights=None or a file")
        model, size, pixels = _stable_names(small()), 160, PIXEL_RANGES["-1..1"]
    else:
        model, size = _application(architecture, weights == "imagenet", include_top)
        pixels = _application_pixels(architecture)
    source = "imagenet (Keras Applications)" if weights == "imagenet" else f"random, seed {seed}"
    if weights is None:
        model = reseeded(model, seed)
    elif weights != "imagenet":
        _load_weights(model, Path(weights), architecture)
        source = Path(weights).name
    return Network(
        name=name or architecture,
        graph=model,
        pixels=pixels,
        classes=(),
        fingerprint=fingerprint(model),
        source=source,
        size=size,
        architecture=architecture,
        opened_from=architecture,
    )


def small(widths: Sequence[int] = (32, 48, 64, 96, 128)) -> keras.Model:
    """A small network for the built-in collection, with pictures of its neurons in mind.

    Nine convolutions, each with batch norm and ReLU, in five blocks: ``relu1``, ``relu2_1``, ``relu2_2`` to
    ``relu5_2``. Between the blocks overlapping averages halve the map: strides would leave their grid in
    every image that is made from the network (Odena et al. 2016). One position of ``relu5_2`` sees the whole
    of a 128 px picture.
    """
    inputs = tensor = keras.Input((None, None, 3))
    tensor = _convolved(tensor, widths[0], "1", size=5, stride=2)
    for block, width in enumerate(widths[1:], 2):
        tensor = keras.layers.AveragePooling2D(3, 2, padding="same", name=f"pool{block - 1}")(tensor)
        tensor = _convolved(tensor, width, f"{block}_1")
        tensor = _convolved(tensor, width, f"{block}_2")
    return keras.Model(inputs, tensor, name="small")


def _convolved(tensor: Any, width: int, place: str, size: int = 3, stride: int = 1) -> Any:
    tensor = keras.layers.Conv2D(
        width,
        size,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"conv{place}",
    )(tensor)
    tensor = keras.layers.BatchNormalization(momentum=0.9, name=f"norm{place}")(tensor)
    return keras.layers.ReLU(name=f"relu{place}")(tensor)


def load(
    path: str | Path,
    pixels: PixelRange | str | None = None,
    classes: Sequence[str] | None = None,
) -> Network:
    """Load a saved model (.keras or .h5) in safe mode, as a flat graph, its input size free if it can be.

    ``pixels`` and ``classes`` come from the arguments, else from the card ``<stem>.json`` beside the file,
    else the range is guessed from the architecture and the log says so.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no model at {path}")
    try:
        with _quiet_loading():
            model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise ValueError(f"{path} does not load as a Keras model: {_first_line(error)}") from error
    card = read_card(path)
    model = _flat(model)
    given = pixels if pixels is not None else card.get("pixels")
    channels = int(model.inputs[0].shape[-1] or 3)
    chosen = pixel_range(given) if given is not None else _guess_pixels(model, channels)
    if len(chosen.scale) != channels:
        raise ValueError(
            f"{path.name} wants {channels} colour channel(s), the pixel range {chosen.to_json()!r} gives "
            f"{len(chosen.scale)}"
        )
    return Network(
        name=str(card.get("name") or path.stem),
        graph=model,
        pixels=chosen,
        classes=tuple(classes if classes is not None else card.get("classes") or ()),
        fingerprint=fingerprint(model),
        source=str(card.get("weights_source") or path.name),
        size=int(card.get("size") or model.inputs[0].shape[1] or DEFAULT_SIZE),
        architecture=str(card.get("architecture") or ""),
        opened_from=files.portable(path),
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


def read_card(path: str | Path) -> dict[str, Any]:
    """The card beside a model file; a checkpoint ``<stem>-03.keras`` has that of its run, ``<stem>.json``."""
    path = Path(path)
    for stem in (path.stem, re.sub(r"-\d+$", "", path.stem)):
        card = path.with_name(f"{stem}.json")
        if card.is_file():
            return dict(json.loads(card.read_text(encoding="utf-8")))
    return {}


def fingerprint(model: keras.Model) -> str:
    """SHA-256 over the graph and its weights: the same on every machine, whatever the layers are called."""
    digest = hashlib.sha256()
    positions = {id(layer): index for index, layer in enumerate(model.layers)}
    for layer in model.layers:
        sources = sorted(positions.get(id(source), -1) for source in _sources(layer))
        digest.update(json.dumps([type(layer).__name__, sources, _shape_config(layer)]).encode())
        for value in layer.get_weights():
            digest.update(str(value.shape).encode())
            digest.update(np.ascontiguousarray(value, dtype="<f4").tobytes())
    return f"sha256:{digest.hexdigest()}"


def with_graph(network: Network, graph: keras.Model, **changes: Any) -> Network:
    """The same network around another graph, its fingerprint taken anew."""
    return replace(network, graph=graph, fingerprint=fingerprint(graph), **changes)


# --- layers ---------------------------------------------------------------------------------------------

SIDE_ROLES = (  # they move or disturb what others compute, so none has neurons of its own
    "InputLayer",
    "Dropout",
    "SpatialDropout",
    "Gaussian",
    "AlphaDropout",
    "Flatten",
    "Reshape",
    "Permute",
    "Rescaling",
    "Normalization",
    "ZeroPadding",
    "Cropping",
    "Resizing",
    "CenterCrop",
    "Random",
)


def layers(network: Network) -> list[Layer]:
    """Every layer of the network in the order of its graph, with what it sees."""
    size = int(network.graph.inputs[0].shape[1] or DEFAULT_SIZE)
    views: dict[int, Views | None] = {}
    learned: set[int] = set()
    described = []
    for layer in _in_order(network.graph):
        sources = _sources(layer)
        views[id(layer)] = receptive.view(layer, [views.get(id(source)) for source in sources], size)
        if (layer.weights and not _is_side(layer)) or any(id(source) in learned for source in sources):
            learned.add(id(layer))
        if isinstance(layer, keras.Layer):
            described.append(_describe(layer, views[id(layer)], id(layer) in learned))
    return described


def find_layer(network: Network, name: str) -> Layer:
    """The layer of that name, in any case of letters; raises UnknownLayer with the nearest names."""
    if found := network.layers.get(name.casefold()):
        return found
    names = [layer.name for layer in network.layers.values() if layer.visualizable]
    raise UnknownLayer(
        f"no layer {name!r} in {network.name}{nearest(name, names)}; layers: {_shortened(names)}"
    )


def landmarks(network: Network) -> list[Layer]:
    """The stations of the network: layers that every path leads through, the last one of each stretch."""
    order = list(_in_order(network.graph))
    place = {id(operation): index for index, operation in enumerate(order)}
    last_use = [0] * len(order)
    for index, operation in enumerate(order):
        for source in _sources(operation):
            last_use[place[id(source)]] = index
    stations: dict[int, Layer] = {}
    needed = 0  # up to here something from before is still used: paths lead past what lies in between
    for index, operation in enumerate(order):
        layer = network.layers.get(operation.name.casefold())
        if needed <= index and layer is not None and layer.visualizable and "Pool" not in layer.kind:
            before = stations.get(index - 1)
            if before is not None and (before.stride, before.width) == (layer.stride, layer.width):
                del stations[index - 1]
            stations[index] = layer
        needed = max(needed, last_use[index])
    return list(stations.values())


def costs(network: Network) -> dict[str, float]:
    """Multiplications per pixel of the input from there to each layer."""
    total, found = 0.0, {}
    for layer in network.layers.values():
        kernels = [w for w in network.graph.get_layer(layer.name).weights if len(w.shape) >= 2]
        total += sum(float(np.prod(kernel.shape)) for kernel in kernels) / (layer.stride or 300) ** 2
        found[layer.name] = total
    return found


def open_network(source: str | Path) -> Network:
    """Open a network from a file, or an architecture by its name with its ImageNet weights."""
    return load(source) if Path(source).suffix in (".keras", ".h5") else build(str(source))


def check_neuron(layer: Layer, neuron: int) -> int:
    """The neuron's number, if the layer has it; raises ValueError that names the range."""
    if isinstance(neuron, bool) or not isinstance(neuron, int | np.integer):
        raise ValueError(f"a neuron is a whole number, not {neuron!r}")
    if not 0 <= neuron < layer.width:
        raise ValueError(f"{layer.name} has neurons 0-{layer.width - 1}, not {neuron}")
    return int(neuron)


def ancestors(layer: keras.Layer) -> list[keras.Layer]:
    """The layer and all those that it depends on."""
    found: dict[int, Any] = {}
    stack = [layer]
    while stack:
        current = stack.pop()
        if id(current) not in found:
            found[id(current)] = current
            stack.extend(_sources(current))
    return [each for each in found.values() if isinstance(each, keras.Layer)]


def _is_side(layer: Any) -> bool:
    return type(layer).__name__.startswith(SIDE_ROLES)


def _describe(layer: keras.Layer, view: Views | None, learned: bool) -> Layer:
    shape = receptive.output_shape(layer)
    spatial = view is not None and len(shape) == 4
    width = int(shape[-1] or 0) if shape else 0
    visualizable = learned and not _is_side(layer) and len(shape) in (2, 4) and width > 0
    if not spatial:
        return Layer(layer.name, type(layer).__name__, width, None, None, None, None, visualizable)
    widest = max(view or (), key=lambda axis: axis.field)
    return Layer(
        name=layer.name,
        kind=type(layer).__name__,
        width=width,
        map_size=max(widest.size, 0),
        stride=round(widest.stride),
        receptive_field=round(widest.field),
        centre=float(widest.first),
        visualizable=visualizable,
    )


def _sources(layer: Any) -> list[Any]:
    """The operations whose results the layer takes."""
    nodes = layer._inbound_nodes
    return [parent.operation for parent in nodes[0].parent_nodes] if nodes else []


def _in_order(model: keras.Model) -> Iterator[Any]:
    """Layers and bare operations of the graph, each after its sources."""
    done: set[int] = set()
    for operation in model.operations:
        stack = [operation]
        while stack:
            current = stack[-1]
            waiting = [source for source in _sources(current) if id(source) not in done]
            if id(current) in done or not waiting:
                stack.pop()
                if id(current) not in done:
                    done.add(id(current))
                    yield current
            else:
                stack.extend(waiting)


def _shortened(names: Sequence[str], limit: int = 40) -> str:
    listed = ", ".join(names[:limit])
    return f"{listed}, … ({len(names)} in all)" if len(names) > limit else listed


# --- building -------------------------------------------------------------------------------------------


def _architecture(name: str) -> str:
    """The known spelling of an architecture's name; raises ValueError that lists the choices."""
    known = architectures()
    by_fold = {choice.casefold(): choice for choice in known}
    if str(name).casefold() not in by_fold:
        raise ValueError(f"no architecture {name!r}{nearest(name, known)}; choices: {', '.join(known)}")
    return by_fold[str(name).casefold()]


def _application(architecture: str, imagenet: bool, include_top: bool) -> tuple[keras.Model, int]:
    """A network of Keras Applications and the side of its pictures; weights from ImageNet or random."""
    constructor = getattr(keras.applications, architecture)
    options: dict[str, Any] = {"weights": "imagenet" if imagenet else None, "include_top": include_top}
    if not include_top:
        options["input_shape"] = (None, None, 3)
    elif "classifier_activation" in constructor.__code__.co_varnames:
        options["classifier_activation"] = "softmax"
    try:
        with _quiet_loading():
            model = constructor(**options)
    except Exception as error:
        if not imagenet:
            raise
        raise MissingWeights(
            f"the ImageNet weights of {architecture} could not be fetched ({_first_line(error)}); give a "
            f"file of them instead (weights=path/to.weights.h5), or weights=None to train from scratch"
        ) from error
    size = int(model.inputs[0].shape[1] or SIZES.get(architecture, 224))
    return _stable_names(_flat(model) if include_top else model), size


SIZES = {  # side in pixels that the published weights were trained on, where it is not 224
    "Xception": 299,
    "InceptionV3": 299,
    "InceptionResNetV2": 299,
    "NASNetLarge": 331,
    "EfficientNetB1": 240,
    "EfficientNetB2": 260,
    "EfficientNetB3": 300,
    "EfficientNetB4": 380,
    "EfficientNetB5": 456,
    "EfficientNetB6": 528,
    "EfficientNetB7": 600,
    "EfficientNetV2B1": 240,
    "EfficientNetV2B2": 260,
    "EfficientNetV2B3": 300,
    "EfficientNetV2S": 384,
    "EfficientNetV2M": 480,
    "EfficientNetV2L": 480,
}


def _application_pixels(architecture: str) -> PixelRange:
    """The range that agrees with the architecture's own preprocessing on a few colours."""
    module: ModuleType = sys.modules[getattr(keras.applications, architecture).__module__]
    probe = np.array([[[[0, 0, 0], [255, 255, 255], [200, 100, 30]]]], np.float32)
    wanted = np.asarray(module.preprocess_input(probe.copy()))
    for known in PIXEL_RANGES.values():
        if len(known.scale) == 3:
            given = keras.ops.convert_to_numpy(known.apply(images.from_picture(probe)))
            if np.allclose(given, wanted, atol=1e-3):
                return known
    raise ValueError(f"the preprocessing of {architecture} is none of {', '.join(PIXEL_RANGES)}")


def _load_weights(model: keras.Model, path: Path, architecture: str) -> None:
    """Load a file of weights; raises MissingWeights unless every kernel of the network was in it."""
    if not path.is_file():
        raise MissingWeights(f"no weights at {path}; give a .weights.h5 file for {architecture}")
    before = {layer.name: layer.get_weights() for layer in model.layers if hasattr(layer, "kernel")}
    try:
        with _quiet_loading():
            model.load_weights(path)
    except Exception as error:
        raise MissingWeights(f"{path.name} does not fit {architecture}: {_first_line(error)}") from error
    fresh = [
        layer.name
        for layer in model.layers
        if layer.name in before and np.array_equal(layer.get_weights()[0], before[layer.name][0])
    ]
    if fresh:
        raise MissingWeights(f"{path.name} holds no weights for {', '.join(fresh[:3])} of {architecture}")


def reseeded(model: keras.Model, seed: int) -> keras.Model:
    """A copy of the graph whose random weights depend on ``seed`` alone, not on Keras's global state."""
    streams = iter(np.random.SeedSequence(seed).generate_state(8 * len(model.layers) + 8))

    def sow(config: dict[str, Any]) -> dict[str, Any]:
        sown: dict[str, Any] = {}
        for key, value in config.items():
            if key == "seed":
                sown[key] = int(next(streams))
            else:
                sown[key] = sow(value) if isinstance(value, dict) else value
        return sown

    def copy(layer: keras.Layer) -> keras.Layer:
        return type(layer).from_config(sow(layer.get_config()))

    source = model.inputs[0]
    return keras.models.clone_model(
        model, input_tensors=keras.Input(source.shape[1:], name=_input_name(model)), clone_function=copy
    )


def _input_name(model: keras.Model) -> str:
    return next((layer.name for layer in model.layers if isinstance(layer, keras.layers.InputLayer)), "image")


def _stable_names(model: keras.Model) -> keras.Model:
    """Number the layers that Keras named by counting (conv2d_94, …) from the first one of this graph."""
    counted: dict[str, list[tuple[int, keras.Layer]]] = {}
    for layer in model.layers:
        prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(layer).__name__).lower()
        for spelling in {prefix, prefix.replace("2_d", "2d")}:
            if match := re.fullmatch(rf"{spelling}(?:_(\d+))?", layer.name):
                counted.setdefault(spelling, []).append((int(match[1] or 0), layer))
    for prefix, numbered in counted.items():
        for index, (_, layer) in enumerate(sorted(numbered, key=lambda pair: pair[0])):
            layer.name = f"{prefix}_{index}" if index else prefix
    return model


def _flat(model: keras.Model) -> keras.Model:
    """The same network with models inside models unfolded and the input's size set free, where that works."""
    fixed = model.inputs[0].shape[1:3] != (None, None)
    chained = isinstance(model, keras.Sequential)
    nested = chained or any(isinstance(layer, keras.Model) for layer in model.layers)
    if len(model.inputs) != 1 or len(model.inputs[0].shape) != 4 or not (fixed or nested):
        return model
    shapes = [(None, None, model.inputs[0].shape[-1]), tuple(model.inputs[0].shape[1:])]
    for shape in shapes if fixed else shapes[:1]:
        try:
            return _unfolded(model, shape)
        except Exception as error:  # whatever a layer of someone else's raises when it cannot be rebuilt
            log.debug("%s keeps its form for input %s: %s", model.name, shape, _first_line(error))
    return model


def _unfolded(model: keras.Model, shape: tuple[int | None, ...]) -> keras.Model:
    inputs = keras.Input(shape, name=_input_name(model))
    copies: list[tuple[keras.Layer, keras.Layer]] = []

    def copy(layer: keras.Layer) -> keras.Layer:
        if isinstance(layer, keras.Model):
            return layer
        twin = type(layer).from_config(layer.get_config())
        copies.append((layer, twin))
        return twin

    def call(layer: keras.Layer, *tensors: Any, **options: Any) -> Any:
        if not isinstance(layer, keras.Model):
            return layer(*tensors, **options)
        return _rebuilt(layer, tensors[0], copy, call).outputs[0]

    result = _rebuilt(model, inputs, copy, call)
    for layer, twin in copies:
        if layer.weights:
            twin.set_weights(layer.get_weights())
            twin.trainable = layer.trainable
    return result


def _rebuilt(model: keras.Model, inputs: Any, copy: Any, call: Any) -> keras.Model:
    """A copy of a graph on other inputs; a Sequential is treated as the graph it is."""
    if isinstance(model, keras.Sequential):
        tensor = inputs
        for layer in model.layers:
            if not isinstance(layer, keras.layers.InputLayer):
                tensor = call(copy(layer), tensor)
        return keras.Model(inputs, tensor, name=model.name)
    return keras.models.clone_model(model, input_tensors=inputs, clone_function=copy, call_function=call)


def _guess_pixels(model: keras.Model, channels: int) -> PixelRange:
    """A pixel range for a model without a card, from its own name, its first layers, its layers' names."""
    kinds = [type(layer).__name__ for layer in model.layers[:4]]
    names = {layer.name for layer in model.layers}
    prefix = "grey " if channels == 1 else ""
    if "Rescaling" in kinds or "Normalization" in kinds:
        guess, reason = f"{prefix}0..255", "it rescales its own pixels"
    elif channels == 1:
        guess, reason = "grey -1..1", "nothing says otherwise"
    elif {"block1_conv1", "block5_conv3"} <= names or {"conv1_conv", "conv1_relu"} <= names:
        densenet = any("_block" in name and "_concat" in name for name in names)
        guess, reason = (
            ("torch" if densenet else "caffe"),
            "its layers are those of a VGG, ResNet or DenseNet",
        )
    else:
        guess, reason = "-1..1", "nothing says otherwise"
    log.warning(
        "no card beside the model %s: pixel range taken to be %s, since %s", model.name, guess, reason
    )
    return PIXEL_RANGES[guess]


CONFIG_KEYS = (
    *("strides", "padding", "dilation_rate", "pool_size", "kernel_size", "groups", "filters", "units"),
    *("activation", "epsilon", "axis", "negative_slope", "max_value", "threshold", "alpha", "rate"),
    *("scale", "offset", "interpolation", "size", "target_shape", "use_bias"),
)


def _shape_config(layer: keras.Layer) -> dict[str, Any]:
    """What changes a layer's answer beside its weights; nothing that differs between versions of Keras."""
    config = layer.get_config()
    return {key: str(config[key]) for key in CONFIG_KEYS if config.get(key) is not None}


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


class _quiet_loading(warnings.catch_warnings):
    """Without Keras's warnings that are no news here: a free input size, its two names for a container."""

    def __enter__(self) -> Any:
        entered = super().__enter__()
        warnings.filterwarnings("ignore", message=".*Skipping nested container.*")
        warnings.filterwarnings("ignore", message=".*`input_shape` is undefined or non-square.*")
        return entered
