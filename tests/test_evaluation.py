"""Scores, ranks, measures, mistakes, and what is written of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from image_machines import images
from image_machines.network import evaluation, heads, measures, models, ranking, scoring
from image_machines.network.applications import small
from image_machines.network.network import Network
from image_machines.network.scoring import Scores
from image_machines.network.unfolding import reseeded

CLASSES = ("a", "b", "c")


@pytest.fixture(scope="module")
def network() -> Network:
    base = models.build("small", None)
    base = base.with_graph(reseeded(small((4, 6)), 0), size=24)
    return heads.add_head(base, CLASSES, dense=0, seed=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for split, count in (("train", 4), ("val", 3)):
        for number, name in enumerate(CLASSES):
            (folder / split / name).mkdir(parents=True)
            for index in range(count):
                grain = np.random.default_rng((count, number, index)).integers(0, 256, (30, 20, 3), np.uint8)
                Image.fromarray(grain).save(folder / split / name / f"{index}.png")
    (folder / "val" / "b" / "1.png").write_bytes(b"<html>404</html>")
    return folder


def invented(rows: list[tuple[str, str, list[float]]]) -> Scores:
    """Scores from (class, split, probabilities)."""
    records = [
        {"file": f"{index}.jpg", "class": name, "split": split, "work": f"w{index // 2}"}
        for index, (name, split, _) in enumerate(rows)
    ]
    return Scores(CLASSES, records, np.array([row[2] for row in rows], np.float32), {}, 1.0)


SURE, TORN, WRONG, KEEN = [0.9, 0.05, 0.05], [0.5, 0.45, 0.05], [0.2, 0.74, 0.06], [0.95, 0.03, 0.02]


def test_scores_of_batches_are_those_of_single_pictures(network: Network, data: Path) -> None:
    records = scoring.read_records(data)
    scores = scoring.score(network, records, data, batch_size=4, precision="float32")
    assert scores.probabilities.shape == (21, 3)
    assert list(scores.unreadable) == ["val/b/1.png"]
    for record, row in zip(records, scores.probabilities, strict=True):
        if record["file"] in scores.unreadable:
            assert np.isnan(row).all()
            continue
        image = images.from_picture(images.read(data / record["file"], (24, 24)))[None]
        expected = network.graph(network.pixels.apply(image), training=False)
        np.testing.assert_allclose(row, keras.ops.convert_to_numpy(expected)[0], atol=1e-4)


def test_half_the_bits_give_the_same_verdicts(data: Path) -> None:
    network = decided()
    records = scoring.read_records(data)
    exact = scoring.score(network, records, data, batch_size=4, precision="float32")
    rough = scoring.score(network, records, data, batch_size=4, precision="bfloat16")
    assert (exact.precision, rough.precision) == ("float32", "bfloat16")
    readable = ~np.isnan(exact.probabilities[:, 0])
    answers, others = exact.probabilities[readable], rough.probabilities[readable]
    assert len(set(answers.argmax(axis=1))) > 1
    np.testing.assert_array_equal(answers.argmax(axis=1), others.argmax(axis=1))
    np.testing.assert_allclose(answers, others, atol=0.02)
    np.testing.assert_allclose(others.sum(axis=1), 1, atol=1e-5)  # the last layers have all their digits
    assert not np.array_equal(answers, others)
    with pytest.raises(ValueError, match="no precision 'half'; choices: fastest, float32, bfloat16"):
        scoring.score(network, records, data, precision="half")


def decided() -> Network:
    """Convolutions, batch norms with statistics of their own and a classifier that is sure of itself."""
    base = models.build("small", None)
    base = base.with_graph(reseeded(small((8, 12)), 0), size=24)
    network = heads.add_head(base, CLASSES, dense=0, seed=1)
    random = np.random.default_rng(0)
    for layer in network.graph.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([random.uniform(0.5, 1.5, each.shape) for each in layer.get_weights()])
    *_, last = network.graph.layers
    kernel, bias = last.get_weights()
    last.set_weights([40 * kernel, bias])
    return network


def test_one_file(network: Network, data: Path) -> None:
    answer = scoring.score_file(network, data / "val" / "a" / "0.png")
    assert set(answer) == set(CLASSES) and sum(answer.values()) == pytest.approx(1, abs=1e-5)
    assert list(answer.values()) == sorted(answer.values(), reverse=True)
    with pytest.raises(images.UnreadablePicture, match=r"1\.png is not a readable picture"):
        scoring.score_file(network, data / "val" / "b" / "1.png")


def test_a_network_without_classes_is_refused(data: Path) -> None:
    with pytest.raises(ValueError, match="small is no classifier of known classes"):
        scoring.score(models.build("small", None), scoring.read_records(data), data)
    with pytest.raises(ValueError, match="holds neither manifest.csv nor train/ and val/"):
        scoring.read_records(data / "train" / "a")


def test_top_keeps_ties_and_marks_what_was_seen() -> None:
    scores = invented(
        [("a", "val", SURE), ("a", "train", SURE), ("b", "val", WRONG), ("a", "train", SURE), ("c", "", TORN)]
    )
    ranked = ranking.top(scores, "a", 1)
    assert [each.rank for each in ranked] == [1, 1, 1]
    assert [each.record["file"] for each in ranked] == ["0.jpg", "1.jpg", "3.jpg"]
    assert [each.trained_on for each in ranked] == [False, True, True]
    assert [each.work_seen for each in ranked] == [True, False, False]
    assert [each.mark for each in ranked] == ["○ ", "● ", "● "]
    assert [each.rank for each in ranking.top(scores, "a", 4)] == [1, 1, 1, 4]
    assert len(ranking.top(scores, "a", 100)) == 5
    with pytest.raises(ValueError, match=r"no class 'portrai'.*classes: a, b, c"):
        ranking.top(scores, "portrai")


def test_unreadable_pictures_are_in_no_rank() -> None:
    scores = invented([("a", "val", SURE), ("a", "val", [np.nan] * 3)])
    assert [each.record["file"] for each in ranking.top(scores, "a", 5)] == ["0.jpg"]
    assert measures.measure(scores)["pictures"] == 1


def test_measures_by_hand() -> None:
    scores = invented(
        [
            ("a", "val", SURE),
            ("a", "val", WRONG),
            ("b", "val", WRONG),
            ("b", "val", WRONG),
            ("c", "train", TORN),
        ]
    )
    assert measures.confusion(scores).tolist() == [[1, 1, 0], [0, 2, 0], [0, 0, 0]]
    measured = measures.measure(scores)
    assert measured["accuracy"] == 0.75
    assert measured["classes"]["a"] == {"precision": 1.0, "recall": 0.5, "pictures": 2}
    assert measured["classes"]["b"]["precision"] == pytest.approx(2 / 3, abs=1e-4)
    assert measured["classes"]["c"] == {"precision": None, "recall": None, "pictures": 0}
    assert measured["loss"] == pytest.approx(-np.mean(np.log([0.9, 0.2, 0.74, 0.74])), abs=1e-4)
    assert measures.measure(scores, "train")["accuracy"] == 0.0
    assert measures.measure(invented([("a", "", SURE)]))["accuracy"] is None


def test_calibration_by_hand() -> None:
    scores = invented(
        [("a", "val", KEEN), ("b", "val", KEEN), ("b", "val", WRONG), ("c", "val", [0, 0, 1.0])]
    )
    bins = measures.reliability(scores)
    assert [(each["low"], each["pictures"]) for each in bins] == [(0.7, 1), (0.9, 3)]
    gaps = [abs(each["confidence"] - each["accuracy"]) * each["pictures"] for each in bins]
    assert measures.calibration_error(bins) == pytest.approx(sum(gaps) / 4)
    perfect = invented([("a", "val", [1.0, 0, 0])] * 3)
    assert measures.measure(perfect)["ece"] == 0


def test_surest_mistakes_come_first() -> None:
    scores = invented([("a", "val", SURE), ("b", "val", TORN), ("a", "val", WRONG), ("c", "train", SURE)])
    mistakes = ranking.surest_mistakes(scores)
    assert [(each.record["file"], each.predicted) for each in mistakes] == [("2.jpg", "b"), ("1.jpg", "a")]
    assert len(ranking.surest_mistakes(scores, None)) == 3
    assert ranking.surest_mistakes(scores, n=1)[0].probability == pytest.approx(0.74)


def test_what_leaves_the_network_in_doubt_comes_first_right_or_wrong() -> None:
    scores = invented([("a", "val", SURE), ("b", "val", TORN), ("a", "val", WRONG), ("c", "train", TORN)])
    doubtful = ranking.least_sure(scores, n=2)
    assert [each.record["file"] for each in doubtful] == ["1.jpg", "2.jpg"]
    assert doubtful[0].probability == pytest.approx(max(TORN), abs=1e-6)


def test_results_are_written(network: Network, data: Path, tmp_path: Path) -> None:
    scores = scoring.score(network, scoring.read_records(data), data)
    card = {"settings": {"freeze": "conv1"}, "seed": 3, "versions": {"keras": "3"}, "training_seconds": 1.5}
    written = evaluation.write(scores, tmp_path, network, card, profile="demo", data=data)
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert metrics == written
    assert metrics["profile"] == "demo" and metrics["seed"] == 3
    assert metrics["counts"] == {name: {"train": 4, "val": 3} for name in CLASSES}
    assert metrics["accuracy"]["val"] == measures.measure(scores)["accuracy"]
    assert set(metrics["per_class"]) == set(CLASSES) and list(metrics["unreadable"]) == ["val/b/1.png"]
    assert metrics["precision"] == scores.precision
    assert metrics["seconds"]["training"] == 1.5 and metrics["ece"] is not None
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 21
    assert sum(float(rows[0][name]) for name in CLASSES) == pytest.approx(1, abs=1e-4)
    assert [row["unreadable"] != "" for row in rows].count(True) == 1
