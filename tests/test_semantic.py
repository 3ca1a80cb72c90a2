"""The semantic head: what it computes is its explanation; how it learns, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from image_machines.network import models
from image_machines.network.network import Network
from image_machines.network.semantic import checks, explaining, feeding, training, unconstrained
from image_machines.network.semantic import head as heads
from image_machines.network.semantic.head import SemanticNetwork, add_semantic_head
from image_machines.network.semantic.training import SemanticTraining
from image_machines.network.semantic.variants import VARIANTS, variant

PARTS = ("water", "trees", "boats")
SIDE = 64  # pixels
VARIANT = pytest.mark.parametrize("name", VARIANTS)


def base() -> Network:
    return models.build("small", None, seed=1)


def built(name: str = "paper", **options: Any) -> SemanticNetwork:
    return add_semantic_head(base(), PARTS, SIDE, name, layer="relu3_1", **options)


def with_random_weights(semantic: SemanticNetwork) -> SemanticNetwork:
    """Weights as a training might leave them: templates of zero and more, the rest of either sign."""
    dice = np.random.default_rng(0)
    for layer in semantic.network.graph.layers:
        if layer.name.endswith(("_raises", "_lowers")):
            layer.set_weights([dice.uniform(0, 1, weight.shape) for weight in layer.get_weights()])
        elif layer.name.endswith("_weight") or layer.name in (*semantic.scores, heads.MAPS):
            layer.set_weights([dice.normal(0, 1, weight.shape) for weight in layer.get_weights()])
    return semantic


def shown(count: int = 3) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 1, (count, SIDE, SIDE, 3)).astype(np.float32)


def taught(count: int = 6) -> tuple[feeding.Taught, feeding.Taught]:
    dice = np.random.default_rng(2)
    labels = dice.integers(0, 2, (count, len(PARTS))).astype(np.float32)
    scores = dice.normal(5, 1, (count, 1)).astype(np.float32)
    return feeding.Taught(feeding.Features(shown(count)), labels), feeding.Taught(
        feeding.Features(shown(count) + 1), scores
    )


@VARIANT
def test_the_score_is_the_sum_of_the_contributions_and_the_bias(name: str) -> None:
    semantic = with_random_weights(built(name))
    for score in semantic.scores:
        found = explaining.explain(semantic, shown(), score)
        assert np.ptp(found.score) > 0
        assert np.allclose(found.contributions.sum(axis=(1, 2, 3)) + found.bias, found.score, rtol=1e-5)


@VARIANT
def test_an_attribute_whose_map_is_empty_contributes_nothing(name: str) -> None:
    semantic = with_random_weights(built(name))
    kernel, bias = semantic.network.graph.get_layer(heads.MAPS).get_weights()
    kernel[..., 1], bias[1] = 0, 0
    semantic.network.graph.get_layer(heads.MAPS).set_weights([kernel, bias])
    found = explaining.explain(semantic, shown())
    assert not found.contributions[..., 1].any()
    assert np.allclose(found.without("trees"), found.score)
    assert found.contributions[..., (0, 2)].any()


@VARIANT
def test_templates_start_equal_so_that_nothing_counts_and_no_seed_matters(name: str) -> None:
    for seed in (0, 1):
        semantic = built(name, seed=seed, means=[3.0] * len(variant(name).scores))
        assert not explaining.templates(semantic).any()
        assert np.allclose(explaining.read(semantic, shown())[2], 3)
        for layer in semantic.network.graph.layers:
            if layer.name.endswith(("_raises", "_lowers")):
                assert np.allclose(layer.get_weights()[0], variant(name).template)


@VARIANT
def test_saving_and_loading_keeps_all_of_it(name: str, tmp_path: Path) -> None:
    semantic = with_random_weights(built(name))
    loaded = heads.load(heads.save(semantic, tmp_path / "semantic.keras"))
    assert (loaded.attributes, loaded.variant, loaded.border) == (PARTS, name, 2)
    assert models.read_card(tmp_path / "semantic.keras")["fingerprint"] == loaded.network.fingerprint
    assert loaded.network.size == SIDE
    for before, after in zip(
        explaining.read(semantic, shown()), explaining.read(loaded, shown()), strict=True
    ):
        assert np.allclose(before, after, atol=1e-6)
    assert np.array_equal(explaining.templates(semantic), explaining.templates(loaded))


def test_another_network_is_not_taken_for_a_semantic_one(tmp_path: Path, tiny_network: Network) -> None:
    with pytest.raises(ValueError, match=r"plain\.keras has no semantic head"):
        heads.load(models.save(tiny_network, tmp_path / "plain.keras"))


def test_the_variants_see_what_they_say_they_see() -> None:
    paper, code = (with_random_weights(built(name)) for name in ("paper", "code"))
    maps, presence, _ = explaining.read(paper, shown())
    assert maps.shape == (3, 4, 4, 3) and maps.min() < 0  # 8 x 8 without a border of two
    assert np.allclose(presence, 1 / (1 + np.exp(-maps.mean(axis=(1, 2)))), atol=1e-6)
    maps, presence, scores = explaining.read(code, shown())
    assert maps.shape == (3, 8, 8, 3) and maps.min() == 0 and maps[:, 2:-2, 2:-2].any()
    assert not maps[:, :2].any() and not maps[:, :, -2:].any()
    assert np.allclose(presence, np.tanh(maps.mean(axis=(1, 2))), atol=1e-6)
    assert scores.shape == (3, 2)


def test_a_picture_of_another_size_is_an_error_and_not_another_sum() -> None:
    with pytest.raises(Exception, match="reshape|Reshape"):
        explaining.read(built(), np.zeros((1, 2 * SIDE, 2 * SIDE, 3), np.float32))


def test_an_attribute_is_switched_off_in_a_part_of_the_picture() -> None:
    found = explaining.explain(with_random_weights(built()), shown())
    left = np.zeros((4, 4))
    left[:, :2] = 1
    off = found.score - found.without("water", left)
    assert np.allclose(off, found.contributions[:, :, :2, 0].sum(axis=(1, 2)))
    assert np.allclose(
        found.without("water", left) + found.without("water", 1 - left) - found.score, found.without("water")
    )
    with pytest.raises(ValueError, match=r"no attribute 'watr' \(did you mean 'water'\?\)"):
        found.without("watr")
    with pytest.raises(ValueError, match=r"must be 4 x 4 cells, not \(3, 3\)"):
        found.without("water", np.ones((3, 3)))


@pytest.mark.parametrize(
    ("architecture", "size", "side"),
    [
        ("SqueezeNet", 224, 13),
        ("MobileNetV2", 224, 7),
        pytest.param("ResNet50", 224, 7, marks=pytest.mark.slow),
        pytest.param("InceptionV3", 299, 8, marks=pytest.mark.slow),
    ],
)
def test_any_base_will_do(architecture: str, size: int, side: int) -> None:
    semantic = add_semantic_head(models.build(architecture, None), PARTS, size)
    pictures = np.zeros((1, size, size, 3), np.float32)
    assert explaining.read(semantic, pictures)[0].shape == (1, side - 4, side - 4, 3)


def test_each_batch_learns_through_its_own_loss_alone() -> None:
    before = built(means=[5.0])
    after = built(means=[5.0])
    training.train(after, SemanticTraining(attribute_epochs=1, joint_epochs=0, batch_size=3), *taught())
    for layer in before.network.graph.layers:
        now = after.network.graph.get_layer(layer.name).get_weights()
        moved = any(not np.array_equal(*pair) for pair in zip(layer.get_weights(), now, strict=True))
        if layer.name == heads.MAPS:
            assert moved
        if layer.name.startswith("score"):
            assert not moved, layer.name


def test_batches_take_turns_and_show_every_picture_once_an_epoch() -> None:
    attributes, scores = taught(6)
    turns = feeding.Turns(attributes, scores, 2, "turns", seed=3)
    batches = [turns[place] for place in range(len(turns))]
    assert [int(which[0, 1]) for _, (_, _, which) in batches] == [0, 1] * 3
    assert all(np.all(which == which[0]) for _, (_, _, which) in batches)
    seen = np.concatenate([inputs for inputs, (_, _, which) in batches if which[0, 0]])
    assert np.allclose(sorted(seen[:, 0, 0, 0]), sorted(shown(6)[:, 0, 0, 0]))
    again = feeding.Turns(attributes, scores, 2, "turns", seed=3)
    assert np.array_equal(again[1][0], batches[1][0])
    together = feeding.Turns(attributes, scores, 2, "together")[0][1][2]
    assert together.sum(axis=0).tolist() == [2, 2]


@VARIANT
def test_training_lowers_the_loss_and_leaves_templates_non_negative(name: str) -> None:
    semantic = built(name)
    attributes, scores = taught(12)
    targets = scores.targets if name == "paper" else np.repeat(scores.targets, 2, axis=1)
    history = training.train(
        semantic,
        SemanticTraining(attribute_epochs=4, joint_epochs=8, batch_size=6, learning_rate=0.01),
        attributes,
        feeding.Taught(scores.inputs, targets),
    )
    losses = {
        stage: [row["loss"] for row in history if row["stage"] == stage] for stage in ("attributes", "joint")
    }
    assert losses["attributes"][-1] < losses["attributes"][0]
    assert losses["joint"][-1] < losses["joint"][0]
    for layer in semantic.network.graph.layers:
        if layer.name.endswith(("_raises", "_lowers")):
            assert layer.get_weights()[0].min() >= 0
    assert explaining.templates(semantic).any()


def test_without_joint_training_only_what_follows_the_maps_learns() -> None:
    semantic = built()
    training.train(semantic, SemanticTraining(attribute_epochs=1, joint_epochs=0, joint=False), *taught())
    before = {each.name: each.get_weights() for each in semantic.network.graph.layers}
    training.train(semantic, SemanticTraining(attribute_epochs=0, joint_epochs=2, joint=False), *taught())
    for layer in semantic.network.graph.layers:
        for old, new in zip(before[layer.name], layer.get_weights(), strict=True):
            assert np.array_equal(old, new) != layer.name.startswith("score"), layer.name


def test_a_training_broken_off_ends_as_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = SemanticTraining(attribute_epochs=2, joint_epochs=2, batch_size=3)
    whole = built()
    training.train(whole, chosen, *taught())

    class Killed(Exception):
        pass

    begun = feeding.Turns.__init__

    def killed_when_both_take_turns(self: Any, *arguments: Any, **options: Any) -> None:
        if "turns" in arguments:
            raise Killed
        begun(self, *arguments, **options)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(feeding.Turns, "__init__", killed_when_both_take_turns)
        training.train(built(), chosen, *taught(), folder=tmp_path)
    resumed = built()
    history = training.train(resumed, chosen, *taught(), folder=tmp_path)
    assert [row["stage"] for row in history] == ["attributes"] * 2 + ["joint"] * 2
    for first, second in zip(
        whole.network.graph.get_weights(), resumed.network.graph.get_weights(), strict=True
    ):
        assert np.allclose(first, second, atol=1e-5)
    finished = built()
    assert training.train(finished, chosen, *taught(), folder=tmp_path) == history
    assert np.allclose(explaining.templates(finished), explaining.templates(resumed))


def test_the_unconstrained_baseline_learns_the_score() -> None:
    network = unconstrained.add_score(models.build("small", None), SIDE, (5.0,))
    history = training.train_unconstrained(
        network, SemanticTraining(joint_epochs=6, batch_size=6, learning_rate=0.003), taught(12)[1]
    )
    assert history[-1]["loss"] < history[0]["loss"]
    maps = feeding.Features(np.ones((4, 16, 16, 48), np.float32))
    chosen = SemanticTraining(joint_epochs=1)
    kept = training.train_unconstrained(
        network, chosen, feeding.Taught(maps, taught(4)[1].targets), start="relu2_2"
    )
    assert kept[0]["stage"] == "score"
    assert network.graph.outputs[0].shape == (None, 1)


def test_training_on_kept_maps_is_training_of_what_follows_them(tmp_path: Path) -> None:
    pictures = list(np.random.default_rng(0).integers(0, 256, (5, SIDE, SIDE, 3), np.uint8))
    own = base()
    kept = feeding.features(own, "relu2_2", pictures, tmp_path / "maps.npy", batch_size=2)
    semantic = add_semantic_head(own, PARTS, SIDE, layer="relu3_1")
    whole = explaining.read(semantic, own.pixels.from_pictures(np.stack(pictures)))
    part = explaining.read(semantic, kept.values, start="relu2_2")
    assert np.allclose(whole[0], part[0], atol=0.02)
    assert np.array_equal(kept.batch(np.array([3, 0]), 0)[0], np.asarray(kept.values[3], np.float32))
    with pytest.raises(ValueError, match="holds other maps"):
        feeding.features(own, "relu2_2", pictures[:4], tmp_path / "maps.npy")


def test_what_cannot_be_learned_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="attribute 'boats' occurs in none of the 2 pictures"):
        checks.labels([[1, 0, 0], [0, 1, 0]], PARTS)
    with pytest.raises(ValueError, match="'water' and 'trees' always occur together in the 2 pictures"):
        checks.labels([[1, 1, 0], [0, 0, 1]], PARTS)
    with pytest.raises(ValueError, match="labels are shares from 0 to 1, not 0 to 2"):
        checks.labels([[1, 0, 0], [0, 1, 2]], PARTS)
    for wrong in ("fair", None, float("nan")):
        with pytest.raises(ValueError, match=f"the score of picture 1 is {wrong!r}, not a number"):
            checks.scores([1.5, wrong])
    Image.new("RGB", (100, 80)).save(tmp_path / "small.png")
    with pytest.raises(ValueError, match=r"small\.png is 100 x 80 px, smaller than the 96 x 96 px"):
        checks.pictures([tmp_path / "small.png"], 96)
    checks.pictures([tmp_path / "small.png"], 80)
    with pytest.raises(ValueError, match=r"a\.jpg is among the pictures with attributes and among those"):
        checks.disjoint(["a.jpg", "b.jpg"], ["a.jpg"])


def test_a_head_that_cannot_be_built_is_refused() -> None:
    with pytest.raises(ValueError, match="no variant 'papr'"):
        built("papr")
    with pytest.raises(ValueError, match="attribute 'a' is named twice"):
        add_semantic_head(base(), ("a", "a"), SIDE)
    with pytest.raises(ValueError, match="at least two attributes"):
        add_semantic_head(base(), ("a",), SIDE)
    with pytest.raises(ValueError, match="a border of 2 leaves nothing of maps of 2 x 2"):
        add_semantic_head(base(), PARTS, SIDE)
