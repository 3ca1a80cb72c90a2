"""A model that somebody brings: right, or refused in one sentence."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from image_machines.network import models, responses
from image_machines.network.errors import UnknownPixels
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES, PixelRange

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 256, (2, 32, 32, 3)).astype(np.float32)


def saved(model: keras.Model, folder: Path, name: str = "mine.keras") -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("absl.logging.warning", lambda *args: None)  # Keras: h5 is a legacy format
        model.save(folder / name)
    return folder / name


def said(network: Network, pictures: np.ndarray) -> np.ndarray:
    """What a network says of pictures in 0-255."""
    return np.asarray(network.graph(network.pixels.from_pictures(pictures), training=False))


def body(tensor: Any, units: int = 3, activation: str | None = "softmax") -> Any:
    tensor = layers.Conv2D(6, 3, activation="relu", name="conv")(tensor)
    tensor = layers.GlobalAveragePooling2D(name="pool")(tensor)
    return layers.Dense(units, activation=activation, name="out")(tensor)


def model_after(prepare: Callable[[Any], Any], channels: int = 3, size: int | None = 32) -> keras.Model:
    inputs = keras.Input((size, size, channels))
    return keras.Model(inputs, body(prepare(inputs)))


def adapted(mean: float, deviation: float) -> Callable[[Any], Any]:
    layer = layers.Normalization()
    layer.adapt(RANDOM.normal(mean, deviation, (4, 16, 16, 3)).astype(np.float32))
    return layer


MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
CAFFE = np.array([103.939, 116.779, 123.68])
BGR = PixelRange((127.5,) * 3, (127.5,) * 3, "BGR")

CHAINS: dict[str, tuple[Callable[[Any], Any], str | PixelRange]] = {
    "a layer to -1..1": (layers.Rescaling(1 / 127.5, -1), "0..255"),
    "a layer to 0..1": (layers.Rescaling(1 / 255), "0..255"),
    "arithmetic to -1..1": (lambda x: x / 127.5 - 1, "0..255"),
    "the other way round": (lambda x: 1 - x / 127.5, "0..255"),
    "from 0..1 to -1..1": (lambda x: x * 2.0 - 1.0, "0..1"),
    "by subtracting first": (lambda x: (x - 0.5) * 2.0, "0..1"),
    "from -1..1 to 0..255": (lambda x: (x + 1.0) * 127.5, "-1..1"),
    "channel by channel": (lambda x: (x / 255 - MEAN) / DEVIATION, "0..255"),
    "channel by channel, from 0..1": (lambda x: (x - MEAN) / DEVIATION, "0..1"),
    "ImageNet's mean, flipped": (lambda x: x[..., ::-1] - CAFFE, "0..255"),
    "ImageNet's mean, given in BGR": (lambda x: x - CAFFE, BGR),
    "flipped by an operation": (lambda x: ops.flip(x, -1) - CAFFE, "0..255"),
    "an adapted mean": (adapted(120, 60), "0..255"),
    "an adapted mean, from 0..1": (adapted(0.45, 0.22), "0..1"),
    "random layers before": (
        lambda x: layers.Rescaling(1 / 127.5, -1)(layers.RandomZoom(0.1)(layers.RandomFlip()(x))),
        "0..255",
    ),
    "random layers after, in a model": (
        lambda x: keras.Sequential([layers.RandomRotation(0.1), layers.RandomContrast(0.1)])(x) / 255.0,
        "0..255",
    ),
    "cast and resized": (lambda x: layers.Resizing(24, 24)(ops.cast(x, "float32") / 127.5 - 1), "0..255"),
    "two branches": (lambda x: layers.Rescaling(1 / 255)(x), "0..255"),
    "Keras's own function": (keras.applications.mobilenet_v2.preprocess_input, "0..255"),
    "Keras's own function of VGG": (keras.applications.vgg16.preprocess_input, "0..255"),
}


@pytest.mark.parametrize("name", CHAINS)
def test_pixels_are_what_the_chain_to_the_first_kernel_is_made_for(name: str, tmp_path: Path) -> None:
    prepare, expected = CHAINS[name]
    model = model_after(prepare)
    network = models.load(saved(model, tmp_path))
    wanted = PIXEL_RANGES[expected] if isinstance(expected, str) else expected
    assert network.pixels == wanted
    given = wanted.from_pictures(PICTURES)
    np.testing.assert_allclose(said(network, PICTURES), model(given, training=False), rtol=1e-3, atol=1e-5)
    assert network.layers["conv"].visualizable


def test_a_grey_chain_wants_grey_pixels(tmp_path: Path) -> None:
    network = models.load(saved(model_after(lambda x: x / 255.0, channels=1), tmp_path))
    assert network.pixels == PIXEL_RANGES["grey 0..255"]


@pytest.mark.parametrize(
    "prepare",
    [
        lambda x: x,
        layers.RandomFlip(),
        lambda x: x * 0.7,
        layers.Normalization(mean=0.0, variance=1.0),
        layers.BatchNormalization(),
        lambda x: layers.Activation("tanh")(x / 100),
        lambda x: layers.Concatenate()([x / 255, x * 2 - 1]),
    ],
    ids=["nothing", "random", "a factor", "mean 0", "fresh batch norm", "bent", "both"],
)
def test_what_is_not_certain_is_asked(prepare: Callable[[Any], Any], tmp_path: Path) -> None:
    path = saved(model_after(prepare), tmp_path)
    choices = "'-1..1', '0..1', '0..255', 'caffe', 'torch'"
    with pytest.raises(UnknownPixels, match=rf"mine.keras does not say .* give pixels=, one of {choices}"):
        models.load(path)
    assert models.load(path, pixels="0..1").pixels == PIXEL_RANGES["0..1"]


def test_transfer_learning_as_the_tutorial_does_it(tmp_path: Path) -> None:
    base = keras.applications.MobileNetV2(input_shape=(64, 64, 3), include_top=False, weights=None)
    inputs = keras.Input((64, 64, 3))
    tensor = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.2)])(inputs)
    tensor = base(keras.applications.mobilenet_v2.preprocess_input(tensor), training=False)
    tensor = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(tensor))
    model = keras.Model(inputs, layers.Dense(2, activation="softmax", name="out")(tensor))
    network = models.load(saved(model, tmp_path), classes=["a", "b"])
    assert network.pixels == PIXEL_RANGES["0..255"] and network.size == 64
    assert {"block_13_expand_relu", "out_relu", "out"} <= set(network.layers)
    assert network.graph.input_shape == (None, None, None, 3)
    pictures = RANDOM.integers(0, 256, (2, 64, 64, 3)).astype(np.float32)
    np.testing.assert_allclose(said(network, pictures), model(pictures, training=False), rtol=1e-3)


def test_a_mean_that_was_adapted_stays(tmp_path: Path) -> None:
    norm = layers.Normalization()
    norm.adapt(PICTURES)
    model = keras.Sequential(
        [
            keras.Input((96, 96, 3)),
            norm,
            layers.Conv2D(4, 3),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    network = models.load(saved(model, tmp_path))
    pictures = RANDOM.integers(0, 256, (3, 96, 96, 3)).astype(np.float32)
    assert (network.pixels, network.size) == (PIXEL_RANGES["0..255"], 96)
    np.testing.assert_allclose(said(network, pictures), model(pictures), rtol=1e-4)


@keras.saving.register_keras_serializable("tests")
class Forgetful(layers.Layer):
    """Doubles, unless it is made from a configuration: a twin of it is another layer."""

    def __init__(self, factor: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor

    def call(self, x: Any) -> Any:
        return x * self.factor


def test_a_twin_that_answers_otherwise_is_not_taken(tmp_path: Path) -> None:
    from image_machines.network.unfolding import flat

    model = keras.Sequential([keras.Input((32, 32, 3)), Forgetful(3.0), layers.Conv2D(4, 3, name="conv")])
    assert [layer.name for layer in flat(model).layers][-1] == "conv"
    np.testing.assert_array_equal(flat(model)(PICTURES), model(PICTURES))
    outer = keras.Sequential([keras.Input((32, 32, 3)), model, layers.GlobalAveragePooling2D()])
    np.testing.assert_array_equal(flat(outer)(PICTURES), outer(PICTURES))


def nested(kind: str, inner: keras.Model) -> keras.Model:
    if kind == "sequential":
        return keras.Sequential(
            [
                keras.Input((32, 32, 3)),
                layers.Rescaling(1 / 127.5, -1),
                inner,
                layers.GlobalAveragePooling2D(),
                layers.Dense(2),
            ]
        )
    inputs = keras.Input((32, 32, 3))
    tensor = inner(layers.Rescaling(1 / 127.5, -1)(inputs))
    if kind == "twice":
        tensor = layers.Add(name="sum")([tensor, inner(ops.flip(inputs, 2) / 127.5 - 1)])
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(tensor)))


@pytest.mark.parametrize("kind", ["sequential", "functional", "twice", "in two boxes"])
def test_models_inside_models_are_unfolded_wherever_they_stand(kind: str, tmp_path: Path) -> None:
    inputs = keras.Input((32, 32, 3))
    tensor = layers.Conv2D(4, 3, name="inner")(inputs)
    tensor = layers.ReLU(name="deep")(layers.BatchNormalization(name="norm")(tensor))
    inner = keras.Model(inputs, layers.Add(name="skip")([tensor, tensor * 0.5]), name="base")
    if kind == "in two boxes":
        inner = keras.Sequential(
            [keras.Input((32, 32, 3)), inner, layers.Conv2D(5, 3, name="inner")], name="box"
        )
    model = nested("functional" if kind == "in two boxes" else kind, inner)
    network = models.load(saved(model, tmp_path))
    assert not any(isinstance(layer, keras.Model) for layer in network.graph.layers)
    assert {"inner", "norm", "deep", "skip"} <= set(network.layers)
    if kind == "in two boxes":
        assert network.find("box_inner").width == 5
    assert network.pixels == PIXEL_RANGES["0..255"] and network.size == 32
    assert all(network.layers[name].visualizable for name in ("inner", "deep", "skip"))
    np.testing.assert_allclose(said(network, PICTURES), model(PICTURES), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("units", "activation", "expected"),
    [
        (3, "softmax", lambda logits: np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)),
        (3, None, lambda logits: np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)),
        (
            1,
            "sigmoid",
            lambda logits: np.concatenate([1 / (1 + np.exp(logits)), 1 / (1 + np.exp(-logits))], -1),
        ),
        (1, None, lambda logits: np.concatenate([1 / (1 + np.exp(logits)), 1 / (1 + np.exp(-logits))], -1)),
    ],
)
@pytest.mark.parametrize("form", ["fused", "layer", "operation"])
def test_outputs_become_probabilities(
    form: str,
    units: int,
    activation: str | None,
    expected: Callable[[np.ndarray], np.ndarray],
    tmp_path: Path,
) -> None:
    from image_machines.network import scoring

    inputs = keras.Input((None, None, 3))
    plain = body(inputs / 255.0, units, None)
    bent = {
        "fused": lambda: (
            layers.Activation("linear")(plain) if activation is None else layers.Activation(activation)(plain)
        ),
        "layer": lambda: (
            plain
            if activation is None
            else (layers.Softmax()(plain) if units > 1 else layers.Activation(activation)(plain))
        ),
        "operation": lambda: plain if activation is None else getattr(ops, activation)(plain),
    }[form]()
    path, names = saved(keras.Model(inputs, bent), tmp_path), ["a", "b", "c"][: max(units, 2)]
    network = models.load(path, classes=names)
    images = PICTURES / 127.5 - 1
    given = np.asarray(scoring.answers(network, "float32")(images))
    logits = np.asarray(keras.Model(inputs, plain)(PICTURES))
    np.testing.assert_allclose(given, expected(logits), rtol=1e-4, atol=1e-6)
    assert network.classes_layer == (network.output_layer if units > 1 else None)
    last = network.layer(network.output_layer)
    assert [network.class_name(last, unit) for unit in range(units)] == (names if units > 1 else ["b"])


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "tanh"])
def test_outputs_that_are_no_probabilities_are_refused(activation: str, tmp_path: Path) -> None:
    from image_machines.network import scoring

    inputs = keras.Input((None, None, 3))
    path = saved(keras.Model(inputs, body(inputs / 255.0, 3, activation)), tmp_path)
    network = models.load(path, classes=["a", "b", "c"])
    with pytest.raises(ValueError, match="mine gives no probabilities: its last layer 'out' ends neither"):
        scoring.score(network, [], tmp_path)


def test_as_many_classes_as_the_network_tells_apart(tmp_path: Path) -> None:
    path = saved(model_after(lambda x: x / 255.0), tmp_path)
    with pytest.raises(ValueError, match=r"mine.keras tells 3 classes apart, not 2 \(a, b\)"):
        models.load(path, classes=["a", "b"])


def test_the_size_it_was_made_for_is_known_before_it_is_freed(tmp_path: Path) -> None:
    network = models.load(saved(model_after(lambda x: x / 255.0, size=96), tmp_path))
    assert network.size == 96 and network.graph.input_shape == (None, None, None, 3)
    scaled = models.load(
        saved(model_after(lambda x: layers.Resizing(48, 48)(x / 255.0), size=None), tmp_path)
    )
    assert scaled.size == 48
    base = keras.Sequential([keras.Input((40, 40, 3)), layers.Conv2D(4, 3, name="inner")])
    inside = keras.Input((None, None, 3))
    assert models.load(saved(keras.Model(inside, base(inside / 255.0)), tmp_path)).size == 40


@pytest.mark.parametrize(
    "others",
    [
        [lambda x: x / 127.5 - 1, lambda x: x / 255 - 1, lambda x: x / 127.5 + 1, lambda x: 1 - x / 127.5],
        [lambda x: x[..., ::-1] - CAFFE, lambda x: x - CAFFE, lambda x: x[..., ::-1] - CAFFE[::-1]],
        [lambda x: ops.flip(x, -1) / 255, lambda x: ops.flip(x, 1) / 255, lambda x: x / 255],
    ],
    ids=["arithmetic", "constants per colour", "options"],
)
def test_models_that_differ_in_a_constant_have_other_fingerprints(
    others: list[Callable[[Any], Any]], tmp_path: Path
) -> None:
    networks = []
    for prepare in others:
        keras.utils.set_random_seed(0)
        networks.append(models.load(saved(model_after(prepare), tmp_path), pixels="0..255"))
        again = models.load(models.save(networks[-1], tmp_path / "again.keras"))
        assert again.fingerprint == networks[-1].fingerprint
    weights = [np.concatenate([each.ravel() for each in network.graph.get_weights()]) for network in networks]
    assert all(np.array_equal(weights[0], each) for each in weights)
    assert len({network.fingerprint for network in networks}) == len(others)


def test_oblong_pictures_stay_oblong(tmp_path: Path) -> None:
    inputs = keras.Input((24, 48, 3))
    model = keras.Model(inputs, body(inputs / 255.0))
    network = models.load(saved(model, tmp_path), classes=["a", "b", "c"])
    assert network.graph.input_shape == (None, 24, 48, 3) and network.size == 48
    with pytest.raises(ValueError, match="mine takes pictures of 24 x 48 pixels alone, and responses are"):
        responses.measure(network, [{"file": "a.jpg"}], tmp_path, ["conv"], tmp_path / "responses")


def two_inputs() -> keras.Model:
    first, second = keras.Input((8, 8, 3), name="left"), keras.Input((8, 8, 3), name="right")
    return keras.Model([first, second], layers.Conv2D(2, 3)(layers.Add()([first, second])))


def tokens() -> keras.Model:
    inputs = keras.Input((32, 32, 3))
    tensor = layers.Reshape((64, 8))(layers.Conv2D(8, 4, strides=4)(inputs))
    tensor = layers.LayerNormalization()(tensor + layers.MultiHeadAttention(2, 4)(tensor, tensor))
    return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling1D()(tensor)))


REFUSED: dict[str, tuple[Callable[[], keras.Model], str]] = {
    "two inputs": (two_inputs, r"takes 2 inputs \(left, right\)"),
    "channels first": (
        lambda: keras.Sequential(
            [
                keras.Input((3, 8, 8)),
                layers.GlobalAveragePooling2D(data_format="channels_first"),
                layers.Dense(2),
            ]
        ),
        "takes the colours of a picture first",
    ),
    "tokens": (tokens, r"works on rows of tokens \(layer '.*' gives 64 x 8\)"),
    "four colours": (
        lambda: keras.Sequential([keras.Input((8, 8, 4)), layers.Conv2D(2, 3)]),
        "takes 4 colours a picture",
    ),
    "no pictures": (
        lambda: keras.Sequential([keras.Input((8,)), layers.Dense(2)]),
        "takes no pictures but inputs of 8",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_this_program_cannot_show_is_told_when_it_is_opened(name: str, tmp_path: Path) -> None:
    make, sentence = REFUSED[name]
    with pytest.raises(ValueError, match=rf"mine.keras {sentence}") as caught:
        models.load(saved(make(), tmp_path), pixels="0..1")
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("model.pt", b"x", "model.pt is a PyTorch file"),
        ("model.pth", b"x", "model.pth is a PyTorch file"),
        ("model.onnx", b"x", "model.onnx is an ONNX graph"),
        ("model.hdf5", b"x", "model.hdf5 is damaged: it is no whole HDF5 file"),
        ("model.h5", b"x", "model.h5 is damaged: it is no whole HDF5 file"),
        ("model.keras", b"x", "model.keras is damaged: it is no whole .keras archive"),
        ("model.txt", b"x", "model.txt is no model: its name ends in none of .keras, .h5, .hdf5"),
        ("it.weights.h5", b"x", "it.weights.h5 holds weights without their layers"),
    ],
)
def test_files_that_are_no_models(name: str, content: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=sentence):
        models.open_network(tmp_path / name)


def test_folders_and_parts_of_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is a folder, and a model is one file"):
        models.open_network(tmp_path)
    with pytest.raises(FileNotFoundError, match="no model at"):
        models.open_network(tmp_path / "absent.keras")
    path = saved(model_after(lambda x: x / 255.0), tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="mine.keras is damaged"):
        models.load(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "nothing")
    with pytest.raises(ValueError, match=r"damaged: its archive holds no config.json"):
        models.load(path)
    model_after(lambda x: x).save_weights(tmp_path / "a.weights.h5")
    (tmp_path / "a.weights.h5").rename(tmp_path / "a.h5")
    with pytest.raises(ValueError, match="a.h5 holds weights without their layers"):
        models.load(tmp_path / "a.h5")


def test_hdf5_is_read_as_h5_is(tmp_path: Path) -> None:
    path = saved(model_after(layers.Rescaling(1 / 255)), tmp_path, "mine.hdf5")
    assert models.load(path).pixels == PIXEL_RANGES["0..255"]
