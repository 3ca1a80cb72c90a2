"""Networks: names, files, pixels, layers."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from image_machines.network import models
from image_machines.network.applications import architecture, architectures, small
from image_machines.network.errors import MissingWeights
from image_machines.network.identity import fingerprint
from image_machines.network.layers import UnknownLayer, check_neuron
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES, PixelRange, pixel_range
from image_machines.network.unfolding import reseeded

TINY = (4, 6)


def tiny(seed: int = 0) -> Network:
    network = models.build("small", None)
    return network.with_graph(reseeded(small(TINY), seed), name="tiny")


def answers(network: Network, pictures: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(network.graph(network.pixels.apply(pictures), training=False))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("InceptionV3", "-1..1"),
        ("VGG16", "caffe"),
        ("MobileNetV2", "-1..1"),
        ("ResNet50", "caffe"),
        ("EfficientNetV2B0", "0..255"),
        ("DenseNet121", "torch"),
    ],
)
def test_pixel_range_of_an_architecture_is_its_own_preprocessing(name: str, expected: str) -> None:
    assert architecture(name).pixels == PIXEL_RANGES[expected]


def test_every_architecture_has_a_known_pixel_range() -> None:
    for name in architectures():
        assert architecture(name).pixels in PIXEL_RANGES.values()


def test_caffe_range_is_bgr_without_the_mean_of_imagenet() -> None:
    image = np.zeros((1, 1, 1, 3), np.float32)
    image[0, 0, 0] = [1, 0, -1]
    given = keras.ops.convert_to_numpy(PIXEL_RANGES["caffe"].apply(image))[0, 0, 0]
    assert given == pytest.approx([0 - 103.939, 127.5 - 116.779, 255 - 123.68], abs=1e-3)


def test_grey_range_is_the_mean_of_the_colours() -> None:
    image = np.ones((2, 3, 4, 3), np.float32) * np.array([0.9, 0.0, 0.0], np.float32)
    given = keras.ops.convert_to_numpy(PIXEL_RANGES["grey 0..255"].apply(image))
    assert given.shape == (2, 3, 4, 1)
    assert given.ravel() == pytest.approx(np.full(24, 127.5 * 1.3), rel=1e-5)


def test_pixel_range_goes_through_json() -> None:
    own = PixelRange((1.0, 2.0, 3.0), (0.0, 0.5, 1.0), "BGR")
    assert pixel_range(own.to_json()) == own
    for name, known in PIXEL_RANGES.items():
        assert known.to_json() == name and pixel_range(name) == known


def test_unknown_pixel_range_names_the_choices() -> None:
    with pytest.raises(ValueError, match=r"no pixel range '0\.\.256' .*'0\.\.255'.*choices: -1\.\.1"):
        pixel_range("0..256")


@pytest.mark.parametrize("name", ["mobilenetv2", "MOBILENETV2"])
def test_architecture_in_any_case(name: str) -> None:
    network = models.build(name, None)
    assert network.name == "MobileNetV2"
    assert network.graph.input_shape == (None, None, None, 3)
    assert not any(isinstance(layer, keras.Model) for layer in network.graph.layers)


def test_unknown_architecture_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"no architecture 'InceptonV3' \(did you mean 'InceptionV3'.*VGG16"):
        models.build("InceptonV3", None)


def test_layer_names_do_not_depend_on_what_was_built_before() -> None:
    first, second = models.build("InceptionV3", None), models.build("InceptionV3", None)
    assert [layer.name for layer in first.graph.layers] == [layer.name for layer in second.graph.layers]
    assert {"conv2d", "conv2d_93", "activation_93", "mixed5"} <= {layer.name for layer in second.graph.layers}


def test_same_seed_same_fingerprint() -> None:
    assert tiny(3).fingerprint == tiny(3).fingerprint
    assert tiny(3).fingerprint != tiny(4).fingerprint
    assert tiny().fingerprint.startswith("sha256:")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("small", "1826e1425f825d402dd63f3ee4a6f02459fccdb1e1676e96d35349e645140567"),
        ("SqueezeNet", "cca85a1f0a95eaccf77acd8bbc71e0662397e9390e782dca68982cfd1eea7c40"),
        ("MobileNetV3Small", "3d600654eb4c9adce513d56d2b831ca98ad08092c412828704bbf32ce6f55aee"),
    ],
)
def test_fingerprints_stay_those_on_the_cards_of_finished_images(name: str, expected: str) -> None:
    graph = small(TINY) if name == "small" else architecture(name).build(False, False)
    graph.set_weights(
        [np.linspace(-1, 1, each.size).astype(np.float32).reshape(each.shape) for each in graph.get_weights()]
    )
    assert fingerprint(graph, architecture(name).pixels, name) == f"sha256:{expected}"


def test_imagenet_weights_that_cannot_be_fetched_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*args: object, **options: object) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", unreachable)
    with pytest.raises(MissingWeights, match=r"VGG19 could not .*=SqueezeNet.*weights=path/to"):
        models.build("VGG19", "imagenet")


def test_missing_weights_file() -> None:
    with pytest.raises(MissingWeights, match=r"no weights at nowhere.weights.h5"):
        models.build("small", "nowhere.weights.h5")


def test_weights_go_through_a_file(tmp_path: Path) -> None:
    network = models.build("small", None, seed=5)
    network.graph.save_weights(tmp_path / "small.weights.h5")
    assert models.build("small", tmp_path / "small.weights.h5").fingerprint == network.fingerprint


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    small(TINY).save_weights(tmp_path / "tiny.weights.h5")
    with pytest.raises(MissingWeights, match=r"tiny.weights.h5 does not fit small"):
        models.build("small", tmp_path / "tiny.weights.h5")


def test_saved_network_comes_back(tmp_path: Path) -> None:
    network = tiny().with_graph(tiny().graph, classes=("a", "b"), pixels=PIXEL_RANGES["caffe"])
    path = models.save(network, tmp_path / "it.keras", {"metrics": {"accuracy": 1.0}})
    again = models.load(path)
    assert (again.fingerprint, again.classes, again.pixels) == (
        network.fingerprint,
        ("a", "b"),
        network.pixels,
    )
    assert models.read_card(tmp_path / "it-03.keras")["metrics"] == {"accuracy": 1.0}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["it.json", "it.keras"]


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_stranger_model_is_unfolded_and_freed(tmp_path: Path, suffix: str) -> None:
    base = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Conv2D(4, 3, name="inner")], name="base")
    model = keras.Sequential([base, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2, name="out")])
    model.build((None, 32, 32, 1))
    pictures = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    expected = keras.ops.convert_to_numpy(model(PIXEL_RANGES["grey -1..1"].apply(pictures)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("absl.logging.warning", lambda *args: None)  # Keras: h5 is a legacy format
        model.save(tmp_path / f"mine.{suffix}")
        network = models.load(tmp_path / f"mine.{suffix}", pixels="grey -1..1")
    assert network.graph.input_shape == (None, None, None, 1)
    assert not any(isinstance(layer, keras.Model) for layer in network.graph.layers)
    assert network.find("INNER").width == 4
    np.testing.assert_allclose(answers(network, pictures), expected, rtol=1e-5, atol=1e-6)


def test_a_model_of_fixed_size_keeps_it(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    model.save(tmp_path / "flat.keras")
    network = models.load(tmp_path / "flat.keras", pixels="0..1", classes=["a", "b"])
    assert network.graph.input_shape == (None, 8, 8, 3)
    assert network.size == 8 and network.classes == ("a", "b")


def test_unsafe_and_broken_files_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "broken.keras").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"broken.keras is damaged"):
        models.load(tmp_path / "broken.keras")
    with pytest.raises(FileNotFoundError, match="no model at"):
        models.load(tmp_path / "absent.keras")
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Lambda(lambda tensor: tensor * 2)])
    model.save(tmp_path / "lambda.keras")
    with pytest.raises(ValueError, match=r"lambda.keras does not load .*[Ll]ambda"):
        models.load(tmp_path / "lambda.keras")


def test_wrong_number_of_colours(tmp_path: Path) -> None:
    models.save(tiny(), tmp_path / "tiny.keras")
    with pytest.raises(ValueError, match=r"wants 3 colour channel\(s\), the pixel range 'grey 0..1' gives 1"):
        models.load(tmp_path / "tiny.keras", pixels="grey 0..1")


def test_layers_of_the_inception() -> None:
    network = models.build("InceptionV3", None)
    mixed5 = network.find("Mixed5")
    assert (mixed5.name, mixed5.width, mixed5.map_size, mixed5.stride) == ("mixed5", 768, 17, 16)
    assert network.find("conv2d").receptive_field == 3
    assert network.find("mixed10").map_size == 8
    assert not network.find("input_layer").visualizable


def test_unknown_layer_names_the_nearest() -> None:
    with pytest.raises(UnknownLayer, match=r"no layer 'conv9' \(did you mean 'conv.'.*layers of tiny: conv1"):
        tiny().find("conv9")


def test_neuron_out_of_range() -> None:
    layer = tiny().find("conv2_1")
    assert check_neuron(layer, 5) == 5
    for wrong in (6, -1):
        with pytest.raises(ValueError, match=rf"conv2_1 has neurons 0-5, not {wrong}"):
            check_neuron(layer, wrong)
    with pytest.raises(ValueError, match="whole number, not 'a'"):
        check_neuron(layer, "a")  # type: ignore[arg-type]


@pytest.mark.shared
def test_weights_with_the_classifier_serve_without_it(shared: Path) -> None:
    weights = shared / "weights" / "mobilenet_v2_imagenet.weights.h5"
    base, whole = models.build("MobileNetV2", weights), models.build("MobileNetV2", weights, include_top=True)
    assert whole.graph.input_shape == (None, None, None, 3) and whole.graph.output_shape[-1] == 1000
    for layer in base.graph.layers:
        for ours, theirs in zip(
            layer.get_weights(), whole.graph.get_layer(layer.name).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.shared
def test_weights_without_the_classifier_do_not_serve_with_it(shared: Path) -> None:
    with pytest.raises(MissingWeights, match="notop.weights.h5 does not fit InceptionV3"):
        models.build(
            "InceptionV3", shared / "weights" / "inception_v3_imagenet_notop.weights.h5", include_top=True
        )
