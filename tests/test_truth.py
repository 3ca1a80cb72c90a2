"""The ground truths, in small: methods are judged by what is known, once, and a killed run goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studies.relevance.truth import birds, bouquets, judging, page, portraits, scores
from studies.relevance.truth.funnybirds import PARTS

CLASSES = ("portrait", "landscape", "still-life")


def sees_all(network: Any, pictures: judging.Pictures, names: list[str]) -> judging.Heat:
    """Heat where the picture is bright."""
    return (pictures.mean(axis=3) > 128).astype(np.float32)


def sees_nothing(network: Any, pictures: judging.Pictures, names: list[str]) -> judging.Heat:
    """Heat where the picture is dark."""
    return 1 - sees_all(network, pictures, names)


def bright(rows: slice) -> tuple[np.ndarray, np.ndarray]:
    picture = np.full((32, 32, 3), 30, np.uint8)
    picture[rows] = 220
    return picture, picture[..., 0] > 128


@pytest.fixture
def held() -> bouquets.Held:
    shown = [bright(slice(8 * number, 8 * number + 8)) for number in range(3)]
    return bouquets.Held([each for each, _ in shown], list(CLASSES), np.stack([mask for _, mask in shown]))


@pytest.fixture
def small(tiny_network: Any) -> Any:
    return tiny_network.with_graph(tiny_network.graph, size=32, architecture="tiny")


def test_each_method_is_judged_once_and_kept(tmp_path: Path, small: Any, held: bouquets.Held) -> None:
    asked: list[int] = []

    def counting(network: Any, pictures: judging.Pictures, names: list[str]) -> judging.Heat:
        asked.append(len(pictures))
        return sees_nothing(network, pictures, names)

    result = tmp_path / "truth.json"
    methods = {"all": sees_all, "nothing": counting}
    for _ in range(2):
        bouquets.judge("one-part", small, 0.5, held, methods, tmp_path / "heat", result)
    assert len(asked) == 2  # once to warm up, once to measure
    rows = {row["method"]: row for row in judging.Results(result, ("method",)).read()}
    assert rows["all"]["overlap"]["mean"] == rows["all"]["pointing"]["mean"] == 1
    assert rows["nothing"]["overlap"]["mean"] == rows["nothing"]["inside"]["mean"] == 0
    methods = {judging.MENDED: sees_all, judging.PLAIN[0]: sees_nothing}
    bouquets.judge("one-part", small, 0.5, held, methods, tmp_path / "heat", result)
    (mended,) = [row for row in judging.Results(result, ("method",)).read() if "ahead" in row]
    assert mended["ahead"][judging.PLAIN[0]]["mean"] == 1
    result.unlink()
    methods = {"all": sees_all, "nothing": counting}
    bouquets.judge("one-part", small, 0.5, held, methods, tmp_path / "heat", result)
    assert len(asked) == 2  # the heat was kept
    other = small.with_graph(small.graph)
    object.__setattr__(other, "fingerprint", "sha256:0123456789")
    bouquets.judge("one-part", other, 0.5, held, methods, tmp_path / "heat", result)
    assert len(asked) == 4  # of another network nothing is known


def test_bouquets_are_painted_once_and_read_back(tmp_path: Path) -> None:
    folder = bouquets.collect("one-part", tmp_path / "some", (1, 1), size=32)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.png")}
    assert len(before) == 6 + 6 + 6
    next(iter(before)).unlink()
    bouquets.collect("one-part", folder, (1, 1), size=32)
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*.png")}
    assert after.keys() == before.keys() and sum(after[path] != before[path] for path in after) == 1
    known = bouquets.held(folder)
    assert len(known.pictures) == 6 and known.masks.any(axis=(1, 2)).all()


def test_a_method_that_follows_the_falls_ranks_the_parts_as_they_do() -> None:
    masks = np.zeros((2, len(PARTS), 10, 10), bool)
    for part in range(len(PARTS)):
        masks[:, part, part] = True
    worth = np.array([[5.0, 4, 3, 2, 1], [1, 2, 3, 4, 5]])
    heat = np.zeros((2, 10, 10), np.float32)
    heat[:, : len(PARTS)] = worth[..., None]
    flock = birds.Flock([], [], masks, worth, 1.0)
    found = birds.scored(flock, heat, heat)
    assert found["outlines"]["mean"] == pytest.approx(1)
    assert found["correlation"]["mean"] == found["pointing"]["mean"] == found["bird"]["mean"] == 1
    assert birds.scored(birds.Flock([], [], masks, -worth, 1.0), heat, heat)["correlation"]["mean"] == -1


def test_a_region_is_compared_with_background_of_its_size(tmp_path: Path, small: Any) -> None:
    shown = []
    for number in range(4):
        picture, mask = bright(slice(4 * number, 4 * number + 4))
        shown.append(portraits.Portrait(picture, {"face": mask, "background": ~mask}))
    result = tmp_path / "truth.json"
    portraits.replaced(small, shown, result)
    portraits.heated(small, shown, {"all": sees_all}, tmp_path / "heat", result)
    results = judging.Results(result, portraits.KEYS)
    face = results.find(what="change", region="face", by="surrounding colour")
    assert face is not None and face["area"] == 0.125
    assert abs(face["change"]["mean"]) > abs(face["control"]["mean"]) < 1e-3  # the background was even before
    heat = results.find(what="heat", region="face", by="all")
    assert heat is not None and heat["share"]["mean"] == 1 and heat["against_area"]["mean"] == 8
    lonely = results.find(what="change", region="background", by="blur")
    assert lonely is not None and lonely["control"]["mean"] is None


def test_labels_of_other_masks_are_given_by_name() -> None:
    assert portraits.named(["background=0", "robe=7"]) == {"background": 0, "robe": 7}
    with pytest.raises(ValueError, match="such as face=2, not 'robe'"):
        portraits.named(["robe"])
    with pytest.raises(ValueError, match="one of the labels must be 'background'"):
        portraits.named(["robe=7"])


def test_a_network_without_portraits_is_refused(tiny_network: Any) -> None:
    with pytest.raises(ValueError, match="no class 'portrait' .*; classes of tiny: boat, house, tree"):
        portraits.replaced(replace(tiny_network, classes=("boat", "house", "tree")), [], Path("none.json"))


def test_methods_that_know_nothing_see_the_middle_and_the_edges() -> None:
    picture, mask = bright(slice(8, 16))
    shown = np.stack([picture, picture])
    edges = judging.edges(None, shown, [])
    assert set(np.flatnonzero(edges[0].any(axis=1))) == {7, 8, 15, 16}
    middle = np.zeros((2, 32, 32), bool)
    middle[:, 15:17, 15:17] = True
    assert scores.pointing(judging.centre(None, shown, []), middle).tolist() == [1, 1]
    soft = judging.blurred(judging.edges)(None, shown, [])
    assert soft[0].sum() == pytest.approx(edges[0].sum(), rel=0.1) and (soft[0].max(axis=1) > 0).sum() > 4
    with pytest.raises(ValueError, match=r"no method 'edge' \(did you mean 'edges'\?\)"):
        judging.chosen(["edge"], {"edges": judging.edges})


def test_the_tables_say_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "RESULTS", tmp_path)
    assert page.claim() == "" and page.bouquets().count("\n") == 2
    lower = {"mean": -2.0, "interval": [-3.0, -1.0], "pictures": 9}
    unclear = {"mean": 0.1, "interval": [-0.2, 0.3], "pictures": 9}
    results = judging.Results(tmp_path / "truth-portraits.json", portraits.KEYS)
    for region, found in (("face", lower), ("clothing", unclear)):
        row = {"network": "tiny", "what": "change", "region": region, "by": portraits.TOGETHER, "area": 0.1}
        results.put(row | dict.fromkeys(("change", "control", "per_tenth", "control_per_tenth"), found))
        results.put(results.find(region=region) | {"beyond_control": found})
    assert "the face is needed by tiny (-2.00 (-3.00 to -1.00)" in page.claim()
    assert "the drapery is not shown to be needed by tiny" in page.claim()
