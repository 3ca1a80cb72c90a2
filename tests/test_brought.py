"""A model that somebody brings: right, or refused in one sentence."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers, ops

from image_machines.network import models, responses
from image_machines.network.errors import UnknownPixels
from image_machines.network.forward import Reading, forward
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
    "the last colour alone": (lambda x: x[..., 2:3] / 255, "0..255"),
    "the first colour alone": (lambda x: x[..., :1] / 127.5 - 1, "0..255"),
    "a mean of pictures in -1..1": (layers.Normalization(mean=[-0.1] * 3, variance=[0.25] * 3), "-1..1"),
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
        layers.Normalization(mean=[0.13] * 3, variance=[0.31**2] * 3),
        layers.Normalization(mean=[0.57] * 3, variance=[0.39**2] * 3),
    ],
    ids=[
        *("nothing", "random", "a factor", "mean 0", "fresh batch norm", "bent", "both"),
        *("dark 0..1 or bright -1..1", "bright 0..1 or -1..1"),
    ],
)
def test_what_is_not_certain_is_asked(prepare: Callable[[Any], Any], tmp_path: Path) -> None:
    path = saved(model_after(prepare), tmp_path)
    choices = "'-1..1', '0..1', '0..255', 'caffe', 'torch'"
    with pytest.raises(UnknownPixels, match=rf"mine.keras does not say .* give pixels=, one of {choices}"):
        models.load(path)
    assert models.load(path, pixels="0..1").pixels == PIXEL_RANGES["0..1"]


def test_a_grey_picture_repeated_for_a_network_of_colours(tmp_path: Path) -> None:
    def prepare(x: Any) -> Any:
        return (layers.Concatenate()([x, x, x]) / 255.0 - MEAN) / DEVIATION

    network = models.load(saved(model_after(prepare, channels=1), tmp_path))
    assert network.pixels == PIXEL_RANGES["grey 0..255"]


@pytest.mark.parametrize(
    ("prepare", "expected"), [(layers.Rescaling(1 / 255), "0..255"), (lambda x: x / 127.5, None)]
)
def test_a_name_says_nothing_of_pixels_that_the_graph_itself_changes(
    prepare: Callable[[Any], Any], expected: str | None, tmp_path: Path
) -> None:
    inputs = keras.Input((32, 32, 3))
    tensor = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(prepare(inputs)))
    outputs = layers.Dense(1000, activation="softmax", name="predictions")(tensor)
    path = saved(keras.Model(inputs, outputs, name="resnet50"), tmp_path)
    if expected is not None:
        assert models.load(path).pixels == PIXEL_RANGES[expected]
        return
    with pytest.raises(UnknownPixels):
        models.load(path)


def test_layers_whose_names_differ_in_case_alone_are_all_there(tmp_path: Path) -> None:
    inputs = keras.Input((32, 32, 3))
    tensor = layers.Conv2D(5, 3, name="conv")(layers.Conv2D(4, 3, name="Conv")(inputs / 255.0))
    network = models.load(saved(keras.Model(inputs, tensor), tmp_path))
    assert [network.find(name).width for name in ("Conv", "conv_2")] == [4, 5]


@pytest.mark.parametrize("precision", ["exact", "float32", "bfloat16"])
def test_augmentation_inside_a_model_does_nothing_when_it_is_shown_a_picture(
    precision: str, tmp_path: Path
) -> None:
    def prepare(x: Any) -> Any:
        augmentation = keras.Sequential([layers.RandomRotation(0.4), layers.RandomTranslation(0.4, 0.4)])
        return layers.RandomZoom(0.4)(augmentation(x)) / 127.5 - 1

    model = model_after(prepare)
    network = models.load(saved(model, tmp_path))
    run = forward(network, (Reading("out", raw=False),), precision)
    (given,) = run(PICTURES / 127.5 - 1)
    tolerance = 0.01 if precision == "bfloat16" else 1e-5
    np.testing.assert_allclose(given, model(PICTURES, training=False), atol=tolerance)
    np.testing.assert_array_equal(given, run(PICTURES / 127.5 - 1)[0])


def test_inputs_and_outputs_by_name(tmp_path: Path) -> None:
    inputs = keras.Input((32, 32, 3), name="image")
    model = keras.Model({"image": inputs}, {"class": body(inputs / 255.0)})
    network = models.load(saved(model, tmp_path), classes=["a", "b", "c"])
    wanted = model({"image": PICTURES}, training=False)["class"]
    np.testing.assert_allclose(said(network, PICTURES), wanted, rtol=1e-4, atol=1e-6)


def test_a_norm_over_rows_is_not_folded_into_channels(tmp_path: Path) -> None:
    inputs = keras.Input((32, 32, 3))
    norm = layers.BatchNormalization(axis=1)
    tensor = norm(layers.Conv2D(30, 3, name="conv")(inputs / 255.0))  # as many channels as rows
    model = keras.Model(inputs, layers.GlobalAveragePooling2D(name="pool")(tensor))
    norm.set_weights([RANDOM.uniform(0.5, 2, 30) for _ in range(4)])
    network = models.load(saved(model, tmp_path))
    (given,) = forward(network, (Reading("pool"),), "float32")(PICTURES / 127.5 - 1)
    np.testing.assert_allclose(given, model(PICTURES, training=False), rtol=1e-4, atol=1e-5)


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


def test_a_model_of_two_inputs_inside_one_of_one_is_unfolded(tmp_path: Path) -> None:
    left, right = keras.Input((32, 32, 3)), keras.Input((32, 32, 3))
    both = {
        "sum": layers.Add(name="sum")([layers.Conv2D(4, 3, name="left")(left), layers.Conv2D(4, 3)(right)])
    }
    inputs = keras.Input((32, 32, 3))
    tensor = keras.Model([left, right], both, name="pair")([inputs / 255.0, inputs / 127.5 - 1])["sum"]
    model = keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(tensor)))
    network = models.load(saved(model, tmp_path), pixels="0..255")
    assert network.find("left").visualizable and network.find("sum").visualizable
    np.testing.assert_allclose(said(network, PICTURES), model(PICTURES), rtol=1e-4, atol=1e-6)


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


def pooled(tensor: Any) -> Any:
    tensor = layers.GlobalAveragePooling2D()(layers.Conv2D(6, 3, activation="relu")(tensor))
    return layers.Dense(3)(tensor)


def softmax(logits: np.ndarray) -> np.ndarray:
    return np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)


ENDINGS: dict[str, tuple[Callable[[Any], Any], Callable[[np.ndarray], np.ndarray]]] = {
    "a temperature": (lambda z: z / 2.0, lambda z: softmax(z / 2)),
    "scaled": (layers.Rescaling(0.5, 1.0), lambda z: softmax(z / 2)),
    "a prior": (lambda z: z + np.array([1, 2, 3], np.float32), lambda z: softmax(z + [1, 2, 3])),
    "two of them": (lambda z: layers.Add()([z, z]), lambda z: softmax(2 * z)),
    "softmax, and nothing after it": (lambda z: layers.Dropout(0.5)(layers.Softmax()(z)), softmax),
    "softmax, reshaped": (lambda z: layers.Reshape((3,))(layers.Softmax()(z)), softmax),
    "softmax, in another precision": (
        lambda z: layers.Activation("linear", dtype="float32")(layers.Softmax()(z)),
        softmax,
    ),
    "softmax over one place, reshaped": (
        lambda z: layers.Reshape((3,))(layers.Softmax()(layers.Reshape((1, 1, 3))(z))),
        softmax,
    ),
    "an ensemble": (
        lambda z: layers.Average()([layers.Softmax()(z), layers.Softmax()(z / 2)]),
        lambda z: (softmax(z) + softmax(z / 2)) / 2,
    ),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_probabilities_whatever_stands_behind_the_last_kernel(name: str, tmp_path: Path) -> None:
    from image_machines.network import scoring

    ending, expected = ENDINGS[name]
    inputs = keras.Input((None, None, 3))
    logits = pooled(inputs / 255.0)
    path = saved(keras.Model(inputs, ending(logits)), tmp_path)
    network = models.load(path, classes=["a", "b", "c"])
    given = np.asarray(scoring.answers(network, "float32")(PICTURES / 127.5 - 1))
    wanted = expected(np.asarray(keras.Model(inputs, logits)(PICTURES)))
    np.testing.assert_allclose(given, wanted, rtol=1e-4, atol=1e-6)
    last = network.layer(network.output_layer)
    assert network.neuron(last, "b") == 1 and network.classes_layer == last.name


def side_by_side(tensor: Any) -> Any:
    """Two softmaxes of three, as six numbers that add up to 2."""
    six = layers.Dense(6)(layers.GlobalAveragePooling2D()(layers.Conv2D(6, 3)(tensor)))
    return layers.Flatten()(layers.Softmax()(layers.Reshape((2, 3))(six)))


def over_places(tensor: Any) -> Any:
    """Shares of places, not of classes."""
    return layers.GlobalAveragePooling2D()(layers.Softmax(axis=(1, 2))(layers.Conv2D(3, 1)(tensor)))


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        (side_by_side, "ends neither"),
        (over_places, "ends neither"),
        (lambda x: ops.softmax(pooled(x), axis=0), "ends neither"),
        (lambda x: 1.0 / pooled(x), "ends neither"),
        (lambda x: 2 * ops.softmax(pooled(x)), "ends neither"),
        (lambda x: [pooled(x), pooled(x)], "it has 2 outputs"),
        (layers.Conv2D(3, 1, activation="softmax"), "its output is .*, not one number for each class"),
    ],
    ids=["side by side", "over places", "over pictures", "inverted", "doubled", "two heads", "maps"],
)
def test_numbers_that_only_look_like_probabilities_are_refused(
    ending: Callable[[Any], Any], why: str, tmp_path: Path
) -> None:
    from image_machines.network import scoring

    inputs = keras.Input((None, None, 3))
    path = saved(keras.Model(inputs, ending(inputs / 255.0)), tmp_path)
    network = models.load(path)
    network = models.load(
        path, classes=[f"class {number}" for number in range(network.graph.outputs[0].shape[-1])]
    )
    with pytest.raises(ValueError, match=rf"mine gives no probabilities: .*{why}"):
        scoring.score(network, [], tmp_path)


def test_one_unit_alone_is_the_second_class(tmp_path: Path) -> None:
    from image_machines.vision import objectives

    inputs = keras.Input((None, None, 3))
    path = saved(keras.Model(inputs, body(inputs / 255.0, 1, "sigmoid")), tmp_path)
    network = models.load(path, classes=["a", "b"])
    assert objectives.bind(objectives.logit("b"), network).terms[0].neuron == 0
    with pytest.raises(ValueError, match="no class 'a' in mine.*; classes: b"):
        objectives.bind(objectives.logit("a"), network)


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "tanh"])
def test_outputs_that_are_no_probabilities_are_refused(activation: str, tmp_path: Path) -> None:
    from image_machines.network import scoring

    inputs = keras.Input((None, None, 3))
    path = saved(keras.Model(inputs, body(inputs / 255.0, 3, activation)), tmp_path)
    network = models.load(path, classes=["a", "b", "c"])
    with pytest.raises(ValueError, match="mine gives no probabilities: its last layer 'out' ends neither"):
        scoring.score(network, [], tmp_path)


CARDS = {
    '["a", "b", "c"]': "is no card, which is an object such as .*, but a list",
    '{"classes": ': "is no card: it is not JSON",
    "[" * 100_000: "is no card: it is not JSON",
    '{"classes": "abc"}': "classes are a list of names.*, not 'abc'",
    '{"classes": ["a", "A", "b"]}': "the names of classes must differ in more than case: a, A",
    '{"size": "big"}': "size must be a whole number, not 'big'",
    '{"size": 0}': "size must be at least 1, not 0",
    '{"pixels": "0-255"}': "no pixel range '0-255'",
    '{"pixels": {"scale": [1, 1, 1]}}': "a pixel range is one of .*, or scale and offset",
    '{"pixels": {"scale": [NaN, 1, 1], "offset": [0, 0, 0], "order": "RGB"}}': "a pixel range is one of",
    '{"pixels": {"scale": [1, 1, 1], "offset": [0, 0, 0], "order": "GBR"}}': ".*order, one of RGB, BGR, L",
    '{"name": 7}': "name must be text, not 7",
}


@pytest.mark.parametrize("text", CARDS, ids=[text[:50] for text in CARDS])
def test_a_card_that_cannot_be_right_is_named(text: str, tmp_path: Path) -> None:
    path = saved(model_after(lambda x: x / 255.0), tmp_path)
    path.with_suffix(".json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"^mine.json beside mine.keras:? {CARDS[text]}") as caught:
        models.load(path)
    assert "\n" not in str(caught.value)


def test_a_card_may_number_the_classes_hold_more_and_begin_with_a_mark(tmp_path: Path) -> None:
    path = saved(model_after(lambda x: x / 255.0), tmp_path)
    path.with_suffix(".json").write_text('{"classes": {"b": 1, "c": 2, "a": 0}}')
    assert models.load(path).classes == ("a", "b", "c")
    path.with_suffix(".json").write_text('{"classes": ["a", "b", "c"], "more": [1]}', encoding="utf-8-sig")
    assert models.load(path).classes == ("a", "b", "c")


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


@pytest.mark.parametrize(
    ("name", "kind"),
    [("mine.keras", ".h5"), ("mine.h5", ".keras"), ("MINE.KERAS", ".keras"), ("MINE.H5", ".h5")],
)
def test_a_suffix_is_no_proof_of_what_a_model_is_in(name: str, kind: str, tmp_path: Path) -> None:
    path = saved(model_after(layers.Rescaling(1 / 255)), tmp_path, f"original{kind}")
    path.rename(tmp_path / name)
    network = models.load(tmp_path / name)
    assert network.pixels == PIXEL_RANGES["0..255"] and network.name == Path(name).stem


def patched(path: Path, class_name: str, change: Callable[[dict[str, Any]], None]) -> Path:
    """An HDF5 file with the configuration of layers of one class changed."""
    with h5py.File(path, "r+") as content:
        config = json.loads(content.attrs["model_config"])
        for layer in config["config"]["layers"]:
            if layer["class_name"] == class_name:
                change(layer)
        content.attrs["model_config"] = json.dumps(config)
    return path


def test_what_keras_2_wrote_is_read_or_named(tmp_path: Path) -> None:
    inputs = keras.Input((32, 32, 3))
    tensor = layers.DepthwiseConv2D(3, name="depth")(layers.Rescaling(1 / 127.5, -1)(inputs))
    model = keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(tensor)))
    path = patched(
        saved(model, tmp_path, "old.h5"), "DepthwiseConv2D", lambda layer: layer["config"].update(groups=1)
    )
    before = path.read_bytes()
    network = models.load(path)
    np.testing.assert_allclose(said(network, PICTURES), model(PICTURES), rtol=1e-4, atol=1e-6)
    assert path.read_bytes() == before, "the file stays as it is"
    patched(path, "Rescaling", lambda layer: layer.update(class_name="TFOpLambda"))
    with pytest.raises(ValueError, match=r"old.h5 does not load .* holds bare operations of Keras 2 \('TFOp"):
        models.load(path)


def test_code_that_a_file_does_not_hold_is_named(tmp_path: Path) -> None:
    class Unknown(layers.Layer):
        def call(self, x: Any) -> Any:
            return x

    path = saved(model_after(Unknown()), tmp_path)
    with pytest.raises(
        ValueError, match="does not load .* has a layer of its own, 'Unknown', whose"
    ) as caught:
        models.load(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
    path = saved(model_after(layers.Lambda(lambda x: x / 255)), tmp_path)
    with pytest.raises(ValueError, match="does not load .* has a Lambda layer, whose code would run unseen;"):
        models.load(path)


def test_a_name_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="this name is empty"):
        models.open_network(" ")
    with pytest.raises(ValueError, match="is a folder"):
        models.open_network(".")
    (tmp_path / "a.keras").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
    with pytest.raises(ValueError, match="a.keras is a pointer of Git LFS"):
        models.open_network(tmp_path / "a.keras")


def test_a_side_that_is_known_is_the_size(tmp_path: Path) -> None:
    inputs = keras.Input((96, None, 3))
    assert models.load(saved(keras.Model(inputs, body(inputs / 255.0)), tmp_path)).size == 96


def test_hdf5_is_read_as_h5_is(tmp_path: Path) -> None:
    path = saved(model_after(layers.Rescaling(1 / 255)), tmp_path, "mine.hdf5")
    assert models.load(path).pixels == PIXEL_RANGES["0..255"]
