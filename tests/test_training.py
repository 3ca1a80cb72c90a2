"""Training: head, freezing, resuming, repeating, the card."""

from __future__ import annotations

import csv
import json
import logging
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from image_machines.collection import dataset, server
from image_machines.collection.selection import Selection
from image_machines.network import heads, measures, models, pipeline, scoring, training
from image_machines.network.layers import UnknownLayer
from image_machines.network.training import Trained, Training, train
from tests.test_pipeline import paint

RECIPE = Training(
    architecture="small",
    weights="",
    freeze="",
    dense=8,
    optimizer="adam",
    learning_rate=1e-3,
    batch_size=8,
    epochs=3,
    size=32,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "data"
    for seed, (name, colour) in enumerate({"green": (60, 160, 60), "red": (160, 60, 60)}.items()):
        paint(folder / "train" / name, colour, 10, seed)
        paint(folder / "val" / name, colour, 3, seed + 10)
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Path]:
    folder = tmp_path_factory.mktemp("model")
    return train(RECIPE, data, folder, "colours", profile="demo"), folder


def test_head_keeps_the_graph_flat() -> None:
    network = heads.add_head(models.build("small", None), ["a", "b", "c"], dense=16)
    assert [layer.name for layer in network.graph.layers[-3:]] == ["pooling", "dense", "predictions"]
    assert network.graph.output_shape == (None, 3) and network.classes == ("a", "b", "c")
    assert network.graph.input_shape == (None, None, None, 3)
    assert not any(isinstance(layer, keras.Model) for layer in network.graph.layers)
    assert network.find("predictions").width == 3
    with pytest.raises(ValueError, match="at least two classes"):
        heads.add_head(models.build("small", None), ["only"])


@pytest.mark.parametrize(
    ("architecture", "layer"),
    [
        ("VGG16", "block4_pool"),
        ("ResNet50", "conv4_block6_out"),
        ("MobileNetV2", "block_12_add"),
        ("EfficientNetV2B0", "block5e_add"),
    ],
)
def test_any_architecture_becomes_a_classifier(architecture: str, layer: str) -> None:
    recipe = Training(architecture=architecture, weights="", freeze=layer, dense=4, size=64)
    network = training.prepare(recipe, ["a", "b"], "x")
    assert not network.graph.get_layer(layer).trainable
    assert 4 <= len(network.graph.trainable_weights) < len(network.graph.weights)
    assert not any(isinstance(each, keras.Model) for each in network.graph.layers)
    images = np.random.default_rng(0).uniform(-1, 1, (2, 64, 64, 3)).astype(np.float32)
    answer = keras.ops.convert_to_numpy(network.graph(network.pixels.apply(images), training=False))
    np.testing.assert_allclose(answer.sum(axis=1), 1, rtol=1e-4)


def test_freeze_by_name_freezes_all_that_the_layer_depends_on() -> None:
    network = heads.add_head(models.build("InceptionV3", None), ["a", "b"])
    learning = heads.freeze(network, "Mixed5")
    frozen = {layer.name for layer in network.graph.layers if not layer.trainable}
    assert {"conv2d", "conv2d_40", "mixed4", "mixed5"} <= frozen
    assert {"mixed6", "mixed10", "dense", "predictions"}.isdisjoint(frozen)
    assert {"dense", "predictions"} <= set(learning)
    assert any(name.startswith("batch_normalization") for name in learning)
    assert len(heads.freeze(network, "")) > len(learning)
    with pytest.raises(UnknownLayer, match="no layer 'mixd5'.*mixed5"):
        heads.freeze(network, "mixd5")


def test_frozen_layers_do_not_move(data: Path, tmp_path: Path) -> None:
    recipe = replace(RECIPE, freeze="relu3_1", epochs=1, precision="float32")
    frozen = {"1", "2_1", "2_2", "3_1"}
    before = training.prepare(recipe, ["green", "red"], "part").graph
    after = train(recipe, data, tmp_path, "part").network.graph
    for layer in after.layers:
        values = zip(before.get_layer(layer.name).get_weights(), layer.get_weights(), strict=True)
        same = all(np.array_equal(old, new) for old, new in values)
        if layer.weights:
            assert same == (layer.name.removeprefix("conv").removeprefix("norm") in frozen), layer.name


def test_learns_and_writes_what_it_promises(trained: tuple[Trained, Path]) -> None:
    result, folder = trained
    assert result.history[-1]["accuracy"] > 0.9
    assert [row["epoch"] for row in result.history] == [1, 2, 3]
    assert {path.name for path in folder.iterdir()} == {
        *(f"colours-{epoch:02d}.keras" for epoch in (1, 2, 3)),
        *("colours.keras", "colours.json", "colours.csv", "colours-logs"),
    }
    with (folder / "colours.csv").open(newline="") as lines:
        assert [set(row) for row in csv.DictReader(lines)] == [set(result.history[0])] * 3
    assert {"accuracy", "loss", "val_accuracy", "val_loss", "seconds"} <= set(result.history[0])
    assert len(list((folder / "colours-logs").iterdir())) == 3


def test_what_was_trained_is_not_said_to_have_random_weights(trained: tuple[Trained, Path]) -> None:
    result, folder = trained
    (file,) = folder.glob("*[!0-9].keras")
    assert result.network.source == models.load(file).source == "trained from random, seed 0"
    copy = models.save(models.load(file), folder.parent / "copy.keras")
    assert models.load(copy).source == "trained from random, seed 0"


def test_card_says_what_the_model_is(trained: tuple[Trained, Path], data: Path) -> None:
    result, folder = trained
    card = json.loads((folder / "colours.json").read_text())
    assert card == result.card
    assert card["classes"] == ["green", "red"] and card["profile"] == "demo"
    assert card["pictures"] == {"train": 20, "val": 6}
    assert card["settings"]["learning_rate"] == 1e-3 and card["seed"] == 0
    assert card["weights_licence"] == "none needed: trained from random weights"
    assert card["metrics"]["val_accuracy"] == result.history[-1]["val_accuracy"]
    assert card["data_fingerprint"].startswith("sha256:") and card["versions"]["keras"] == keras.__version__
    network = models.load(folder / "colours.keras")
    assert network.fingerprint == card["fingerprint"] == result.network.fingerprint
    assert (network.classes, network.size) == (("green", "red"), 32)
    assert models.load(folder / "colours-02.keras").classes == ("green", "red")


def test_same_seed_same_weights(trained: tuple[Trained, Path], data: Path, tmp_path: Path) -> None:
    again = train(RECIPE, data, tmp_path, "colours")
    assert again.network.fingerprint == trained[0].network.fingerprint
    other = train(replace(RECIPE, seed=1, epochs=1), data, tmp_path / "other", "colours")
    assert other.card["start_fingerprint"] != again.card["start_fingerprint"]


def test_resumed_training_ends_where_an_unbroken_one_does(
    trained: tuple[Trained, Path], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    def kill(self: training.Progress, epoch: int, logs: object = None) -> None:
        if epoch == 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(training.Progress, "on_epoch_end", kill)
        with pytest.raises(Killed):
            train(RECIPE, data, tmp_path, "colours")
    assert not (tmp_path / "colours.keras").exists()
    assert (tmp_path / "colours-02.keras").exists() and not (tmp_path / "colours-03.keras").exists()
    resumed = train(RECIPE, data, tmp_path, "colours")
    assert resumed.network.fingerprint == trained[0].network.fingerprint
    assert [row["epoch"] for row in resumed.history] == [1, 2, 3]
    assert (tmp_path / "colours.csv").read_text().splitlines()[1].startswith("1,")


def test_finished_training_is_reused_and_goes_on_to_more_epochs(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = train(replace(RECIPE, epochs=1), data, tmp_path, "colours")
    written = (tmp_path / "colours-01.keras").stat().st_mtime_ns
    with caplog.at_level(logging.INFO):
        again = train(replace(RECIPE, epochs=1), data, tmp_path, "colours")
        assert "trained already" in caplog.text
        more = train(replace(RECIPE, epochs=2), data, tmp_path, "colours")
        assert "going on after epoch 1 of 2" in caplog.text
    assert again.network.fingerprint == first.network.fingerprint and again.history == first.history
    assert (tmp_path / "colours-01.keras").stat().st_mtime_ns == written
    assert more.card["epochs_done"] == 2 and more.network.fingerprint != first.network.fingerprint
    for checkpoint in tmp_path.glob("colours-??.keras"):
        checkpoint.unlink()
    assert train(replace(RECIPE, epochs=2), data, tmp_path, "colours").card == more.card


def test_other_settings_start_anew_and_lose_nothing(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = train(replace(RECIPE, epochs=1), data, tmp_path, "colours")
    train(replace(RECIPE, epochs=1, learning_rate=0.002), data, tmp_path, "colours")
    assert r"trained with other learning_rate (0.001, now 0.002); it is kept in earlier-" in caplog.text
    (earlier,) = tmp_path.glob("earlier-*")
    assert {path.name for path in earlier.iterdir()} >= {"colours.keras", "colours-01.keras", "colours.csv"}
    assert models.load(earlier / "colours.keras").fingerprint == first.network.fingerprint


def test_other_data_start_anew(data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own = tmp_path / "data"
    for split in ("train", "val"):
        for seed, name in enumerate(("green", "red")):
            paint(own / split / name, (99 * seed, 99, 0), 2, seed)
    train(replace(RECIPE, epochs=1), data, tmp_path / "model", "colours")
    train(replace(RECIPE, epochs=1), own, tmp_path / "model", "colours")
    assert "trained with other data fingerprint" in caplog.text


def test_validation_is_not_augmented_unless_asked(data: Path) -> None:
    network = training.prepare(RECIPE, ["green", "red"], "x")
    found = pipeline.find_pictures(data / "val")
    plain = training._batches(RECIPE, network, found, None)
    assert plain.matrices is None
    np.testing.assert_array_equal(plain[0][0], plain[0][0])


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_mixed_precision_leaves_a_float32_model(data: Path, tmp_path: Path, precision: str) -> None:
    result = train(replace(RECIPE, epochs=1, precision=precision), data, tmp_path, "mixed")
    for network in (result.network, models.load(tmp_path / "mixed-01.keras")):
        assert {layer.dtype_policy.name for layer in network.graph.layers} == {"float32"}
    more = train(replace(RECIPE, epochs=2, precision=precision), data, tmp_path, "mixed")
    assert more.card["epochs_done"] == 2


def test_training_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="optimizer is one of 'sgd' or 'adam', not 'sdg'"):
        Training(optimizer="sdg")
    with pytest.raises(ValueError, match="epochs must be at least 1, not 0"):
        Training(epochs=0)


def test_classes_of_both_splits_must_agree(tmp_path: Path) -> None:
    paint(tmp_path / "train" / "a", (0, 0, 0), 1, 0)
    paint(tmp_path / "val" / "b", (0, 0, 0), 1, 0)
    with pytest.raises(ValueError, match=r"trains \['a'\] but validates \['b'\]"):
        train(RECIPE, tmp_path, tmp_path / "model", "x")


@pytest.mark.shared
@pytest.mark.slow
def test_learns_real_paintings_from_real_weights(shared: Path, tmp_path: Path) -> None:
    with server.serve(shared / "data" / "mirror") as source:
        kinds = {name: {"FORM": "painting", "TYPE": name} for name in ("portrait", "landscape", "still-life")}
        wanted = Selection(
            source=source, search_dicts=kinds, val_share=0.25, pictures_per_class=32, concurrent=4
        )
        dataset.build(wanted, tmp_path / "data")
    recipe = Training(
        architecture="MobileNetV2",
        weights=str(shared / "weights" / "mobilenet_v2_imagenet.weights.h5"),
        freeze="block_12_add",
        dense=0,
        learning_rate=2e-3,
        batch_size=8,
        epochs=3,
        size=160,
    )
    trained = train(recipe, tmp_path / "data", tmp_path / "model", "paintings")
    records = scoring.read_records(tmp_path / "data")
    measured = measures.measure(scoring.score(trained.network, records, tmp_path / "data"))
    assert measured["pictures"] == 24
    assert measured["accuracy"] > 0.8
