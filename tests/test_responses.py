"""What excites a neuron: the numbers, the places, resuming, and the crops."""

from __future__ import annotations

import tracemalloc
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from image_machines import images
from image_machines.network import pipeline, responses
from image_machines.network.identity import fingerprint
from image_machines.network.layers import Layer, UnknownLayer
from image_machines.network.network import Network
from image_machines.network.pixels import PIXEL_RANGES

LAYERS = ["early", "features", "predictions"]


@pytest.fixture(scope="module")
def network(tiny_network: Network) -> Network:
    """The tiny network, shown pictures of 32 pixels."""
    return tiny_network.with_graph(tiny_network.graph, size=32)


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, str]]]:
    """Twenty pictures of several sizes; the sixth is broken."""
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(0)
    records = []
    for number in range(20):
        picture = random.integers(0, 255, (40 + number, 60, 3), np.uint8)
        images.save(folder / f"{number}.jpg", picture)
        records.append({"file": f"{number}.jpg", "title": f"Picture {number}"})
    (folder / "5.jpg").write_text("<html>404</html>")
    return folder, records


@pytest.fixture(scope="module")
def measured(network: Network, collection: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder, records = collection
    return responses.measure(network, records, folder, LAYERS, tmp_path_factory.mktemp("r"), batch_size=8)


def maps(network: Network, layer: str, file: Path) -> np.ndarray:
    """The layer's own answer to a picture."""
    import keras

    batch = network.pixels.from_pictures(images.read(file, (32, 32))[None])
    model = keras.Model(network.graph.inputs, network.graph.get_layer(layer).output)
    return np.asarray(model.predict_on_batch(batch))[0]


@pytest.mark.parametrize("index", [0, 7, 8, 19])
def test_the_numbers_are_those_of_the_maps(
    network: Network, collection: Any, measured: Any, index: int
) -> None:
    for layer in ("early", "features"):
        answer = maps(network, layer, collection[0] / f"{index}.jpg")
        mean, maximum, place, norm = (measured.array(layer, name)[:, index] for name in responses.VALUES)
        assert mean == pytest.approx(answer.mean(axis=(0, 1)), rel=1e-4, abs=1e-5)
        assert maximum == pytest.approx(answer.max(axis=(0, 1)), rel=1e-4, abs=1e-5)
        assert norm == pytest.approx(np.linalg.norm(answer, axis=(0, 1)), rel=1e-4, abs=1e-5)
        at_place = answer[place[:, 0], place[:, 1], np.arange(answer.shape[-1])]
        assert at_place == pytest.approx(maximum, rel=1e-4, abs=1e-5)
    probabilities = maps(network, "predictions", collection[0] / f"{index}.jpg")
    assert measured.array("predictions", "maximum")[:, index] == pytest.approx(probabilities, rel=1e-4)


def test_the_top_works_come_strongest_first_without_the_broken_one(measured: Any) -> None:
    works = measured.top("FEATURES", 3, n=30)
    assert len(works) == 19
    assert [work.maximum for work in works] == sorted((work.maximum for work in works), reverse=True)
    assert "5.jpg" not in {work.file for work in works}
    assert works[0].record["title"] == f"Picture {Path(works[0].file).stem}"
    assert np.isnan(measured.array("features", "maximum")[:, 5]).all()


@pytest.fixture(scope="module")
def brightness() -> Network:
    """A network whose only neuron fires where it is bright; a position sees 15 pixels, every 4."""
    import keras

    inputs = tensor = keras.Input((None, None, 3))
    for name in ("first", "second", "third"):
        strides = 1 if name == "third" else 2
        tensor = keras.layers.Conv2D(
            1, 3, strides=strides, padding="same", kernel_initializer="ones", name=name
        )(tensor)
    model, pixels = keras.Model(inputs, tensor), PIXEL_RANGES["0..1"]
    return Network("bright", model, pixels, (), fingerprint(model, pixels), "ones", 64)


def test_the_place_of_a_bright_spot_maps_back_to_the_picture(brightness: Network, tmp_path: Path) -> None:
    """Wherever the only bright spot lies in a picture of any shape, the crop is about it."""
    spots = {"0.png": (12, 40), "1.png": (60, 160), "2.png": (110, 100), "3.png": (4, 195)}
    for name, (row, column) in spots.items():
        picture = np.zeros((120, 200, 3), np.uint8)
        picture[max(row - 4, 0) : row + 4, max(column - 6, 0) : column + 6] = 255
        images.save(tmp_path / name, picture)
    found = responses.measure(brightness, [{"file": name} for name in spots], tmp_path, ["third"], tmp_path)
    assert brightness.find("third").receptive_field == 15
    for work in found.top("third", 0):
        row, column = spots[work.file]
        crop = work.box.cut(images.read(tmp_path / work.file))
        assert crop.max() == 255
        assert crop.size < 0.15 * 120 * 200 * 3
        assert work.box.top - 0.04 < row / 120 < work.box.top + work.box.height + 0.04
        assert work.box.left - 0.04 < column / 200 < work.box.left + work.box.width + 0.04


def test_a_kill_costs_a_block_at_most_and_nothing_is_done_twice(
    network: Network, collection: Any, measured: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, records = collection
    monkeypatch.setattr(responses, "BLOCK", 8)
    read, batches = pipeline.stream, []

    def until_killed(paths: Any, *arguments: Any, **options: Any) -> Any:
        for number, batch in enumerate(read(paths, *arguments, **options)):
            if not batches and number == 1:
                raise KeyboardInterrupt
            yield batch
        batches.append(len(paths))

    monkeypatch.setattr(pipeline, "stream", until_killed)
    with pytest.raises(KeyboardInterrupt):
        responses.measure(network, records, folder, LAYERS, tmp_path, batch_size=8)
    assert responses.load(tmp_path).done == 8
    assert len(responses.load(tmp_path).top("features", 0, 20)) == 7
    monkeypatch.setattr(pipeline, "stream", read)
    again = responses.measure(network, records, folder, LAYERS, tmp_path, batch_size=8)
    for layer in LAYERS:
        for value in responses.VALUES:
            assert np.array_equal(again.array(layer, value), measured.array(layer, value), equal_nan=True)
    before = (tmp_path / "features-mean.npy").stat().st_mtime_ns
    responses.measure(network, records, folder, LAYERS, tmp_path, batch_size=8)
    assert (tmp_path / "features-mean.npy").stat().st_mtime_ns == before


def test_a_folder_from_before_norms_goes_on_without_them(
    network: Network, collection: Any, measured: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, records = collection
    monkeypatch.setattr(responses, "VALUES", {"mean": "float32", "maximum": "float32", "place": "uint16"})
    responses.measure(network, records, folder, LAYERS, tmp_path, batch_size=8)
    monkeypatch.undo()
    (tmp_path / "done").write_text("8\n")
    old = responses.measure(network, records, folder, LAYERS, tmp_path, batch_size=8)
    assert old.done == 20
    for value in ("mean", "maximum", "place"):
        found = old.array("features", value)
        assert np.array_equal(found, measured.array("features", value), equal_nan=True)
    with pytest.raises(FileNotFoundError, match="no norm of features, only: mean, maximum, place; measure"):
        old.array("features", "norm")


def test_memory_does_not_grow_with_the_collection(
    network: Network, collection: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, records = collection
    monkeypatch.setattr(responses, "BLOCK", 16)
    peaks = []
    for repeats in (2, 2, 12):  # the first one compiles
        tracemalloc.start()
        many = [row for row in records if row["file"] != "5.jpg"] * repeats
        responses.measure(network, many, folder, LAYERS, tmp_path / str(len(peaks)), batch_size=8)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.5 * peaks[1]


def test_another_collection_or_network_begins_anew(network: Network, collection: Any, tmp_path: Path) -> None:
    folder, records = collection
    first = responses.measure(network, records[:3], folder, ["early"], tmp_path)
    second = responses.measure(network, records[:4], folder, ["features"], tmp_path)
    assert (first.done, second.done, second.layers[0].name) == (3, 4, "features")


def test_what_was_not_measured_is_named(measured: Any) -> None:
    with pytest.raises(UnknownLayer, match="no responses of 'featurez'.*did you mean 'features'"):
        measured.top("featurez", 0)
    with pytest.raises(ValueError, match="neurons 0-15, not 16"):
        measured.top("features", 16)


@pytest.mark.parametrize(
    ("field", "row", "expected"),
    [
        (20, 0, (0.0, 0.1)),  # the centre of the first position is the first pixel: half the field is cut off
        (20, 5, (0.405, 0.2)),
        (500, 5, (0.255, 0.5)),  # a field larger than the picture: its middle half
        (20, 30, (0.895, 0.105)),
    ],
)
def test_a_crop_is_the_receptive_field_within_the_picture(
    field: int, row: int, expected: tuple[float, float]
) -> None:
    layer = Layer("deep", "Conv2D", 1, 10, 10, field, 0.0, True)
    box = responses.crop_box(layer, 100, row, 5)
    assert (box.top, box.height) == pytest.approx(expected, abs=0.011)
    assert (box.left, box.width) == pytest.approx((0.405, 0.2) if field == 20 else (0.255, 0.5), abs=0.011)


def test_a_dense_unit_sees_the_whole_picture() -> None:
    layer = Layer("predictions", "Dense", 3, None, None, None, None, True)
    assert responses.crop_box(layer, 100, 0, 0) == responses.Box(0.0, 0.0, 1.0, 1.0)


def test_nothing_is_lost_where_bars_are_switched_off(
    network: Network, collection: Any, measured: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by TQDM_DISABLE=1, with which a bar counts nothing."""
    monkeypatch.setattr(responses, "tqdm", partial(responses.tqdm, disable=True))
    folder, records = collection
    found = responses.measure(network, records, folder, LAYERS, tmp_path, batch_size=8)
    assert found.done == len(records)
    own, usual = (each.array("early", "mean") for each in (found, measured))
    assert np.array_equal(own, usual, equal_nan=True)


def test_layers_may_have_the_names_that_keras_gives_to_operations(
    tmp_path: Path, collection: Any, network: Network
) -> None:
    inputs = keras.Input((None, None, 3))
    used = keras.ops.mean(inputs)._keras_history.operation.name  # the next one's is counted on from there
    counted = int(used.rpartition("_")[2]) if "_" in used else 0
    tensor = keras.layers.Conv2D(2, 3, name="maps")(inputs)
    for number in range(1, 4):
        tensor = keras.layers.Conv2D(2, 1, name=f"mean_{counted + number}")(tensor)
    tensor = keras.layers.Dense(2, name="out")(keras.layers.GlobalAveragePooling2D()(tensor))
    graph = keras.Model(inputs, tensor)
    folder, records = collection
    found = responses.measure(network.with_graph(graph), records, folder, ["maps", "out"], tmp_path)
    assert found.done == len(records)
