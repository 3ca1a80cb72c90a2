"""The study of semantic maps: its truth, its measures, the formats of its two data sets, its tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import papermill
import pytest
from PIL import Image
from scipy.io import savemat

from image_machines.network import models
from image_machines.network.network import Network
from image_machines.network.semantic import explaining
from image_machines.network.semantic.feeding import Features, Taught
from image_machines.network.semantic.head import MAPS, add_semantic_head
from image_machines.network.semantic.training import SemanticTraining
from image_machines.network.semantic.variants import VARIANTS
from image_machines.notebooks.chapters import ROOT
from studies.common import pages
from studies.semantic_maps import (
    HERE,
    gallery,
    laying,
    lessons,
    limits,
    measures,
    page,
    painted,
    paper,
    scenic,
    summary,
    sun,
    tasks,
)
from studies.semantic_maps.gallery import Work
from studies.semantic_maps.painted import PARTS, Paintings

SIDE = 64  # pixels


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Paintings:
    return painted.painted(6, SIDE, tmp_path_factory.mktemp("painted"))


def test_pictures_are_painted_once_and_their_parts_are_the_painter_s(tmp_path: Path) -> None:
    first = painted.painted(2, SIDE, tmp_path)
    (tmp_path / f"painted-{SIDE}" / "00001.png").unlink()
    again = painted.painted(2, SIDE, tmp_path)
    assert np.array_equal(first.pictures, again.pictures) and np.array_equal(first.labels, again.labels)
    work = painted.paint("landscape", 1, (SIDE, SIDE))
    for part in PARTS:
        there = work.masks.get(part, np.zeros((SIDE, SIDE), bool))
        assert np.array_equal(first.masks(part)[1], there), part


def test_a_detail_is_a_part_of_its_picture_and_keeps_its_parts(shown: Paintings) -> None:
    details = shown.details(3, SIDE, seed=1)
    assert len(details) == 18 and details.pictures.shape[1:] == (SIDE, SIDE, 3)
    assert np.array_equal(details.labels, shown.details(3, SIDE, seed=1).labels)
    assert not np.array_equal(details.labels, shown.details(3, SIDE, seed=2).labels)
    for place in range(len(details)):
        whole = set(np.unique(shown.labels[place // 3]))
        assert set(np.unique(details.labels[place])) <= whole
    cover = details.cover(8, 2)
    assert cover.shape == (18, 4, 4, len(PARTS)) and cover.max() <= 1
    water = [place for place in range(18) if cover[place, 0, :, 0].any()]
    assert water, "in details water is also in the upper half"


def test_a_mirrored_picture_has_its_parts_on_the_other_side(shown: Paintings) -> None:
    both = shown.mirrored()
    assert np.array_equal(both.pictures[2], shown.pictures[1])
    cover = both.cover(8, 2)
    assert np.allclose(cover[0], cover[1][:, ::-1]) and cover.shape == (12, 4, 4, len(PARTS))


def test_a_part_is_there_when_it_covers_a_two_hundredth_of_what_the_maps_look_at() -> None:
    cover = np.zeros((2, 4, 4, len(PARTS)))
    cover[0, 0, 0, 0], cover[1, 0, 0, 0] = 0.1, 0.06
    assert painted.present(cover)[:, 0].tolist() == [1, 0] and not painted.present(cover)[:, 1:].any()


def test_who_is_told_where_every_part_is_finds_the_rule_where_parts_lie_anywhere() -> None:
    labels = np.zeros((400, 52, 52), np.uint8)
    for place, (y, x) in enumerate(np.random.default_rng(0).integers(8, 36, (400, 2))):
        labels[place, y : y + 8, x : x + 8] = PARTS.index("trees") + 1
    found = limits.limit(Paintings(labels[..., None].repeat(3, axis=3), labels), 10)
    trees = found["template"][PARTS.index("trees")]
    assert trees > 0.8 and found["rmse"] < 0.5 * found["spread"]


def test_the_score_is_the_sum_of_parts_and_places_but_for_the_noise(shown: Paintings) -> None:
    cover = shown.details(4, SIDE).cover(8, 0)
    scores, templates = painted.scores(cover, painted.true_templates(8, 0))
    clean = np.einsum("nhwa,hwa->n", cover, templates)
    left = scores[:, 0] - clean
    assert 0 < left.std() < 0.3 * clean.std()
    water = painted.true_templates(9, 0)[..., PARTS.index("water")]
    assert water[:5].max() == 0 and water[5:].min() == 1
    building = painted.true_templates(9, 0)[..., PARTS.index("building")]
    assert (building[:4] == -1).all() and not building[4:].any()


def test_a_template_is_held_against_the_rule_where_the_part_is_seen() -> None:
    true = np.zeros((2, 2, 2))
    true[..., 0] = [[1, 0], [0, -1]]
    true[..., 1] = 1
    frequent = np.ones((2, 2, 2), bool)
    frequent[0, 1] = False
    learned = 3 * true + 1
    learned[0, 1] = 99  # where it is never seen nothing was learned
    found = measures.template_correlations(learned, true, frequent)
    assert found == [pytest.approx(1), None]


def test_a_place_counts_in_the_correlation_by_its_weight() -> None:
    true, learned = np.zeros((2, 2, 1)), np.zeros((2, 2, 1))
    true[..., 0], learned[..., 0] = [[0, 1], [2, 3]], [[0, 1], [2, -9]]
    weights = np.ones((2, 2, 1))
    (even,) = measures.template_correlations(learned, true, weights)
    weights[1, 1] = 1e-6
    (uneven,) = measures.template_correlations(learned, true, weights)
    assert even is not None and even < 0 and uneven == pytest.approx(1, abs=1e-3)


def test_a_map_points_at_a_part_or_past_it() -> None:
    labels = np.zeros((2, 80, 80), np.uint8)
    labels[0, 20:30, 20:30] = labels[1, 60:70, 60:70] = 1
    maps = np.zeros((2, 8, 8, 2))
    maps[:, 2, 2, 0] = 1
    assert measures.pointing(labels, maps, 8, 0, True) == [0.5, None]
    assert measures.pointing(labels, maps[:, 1:-1, 1:-1], 8, 1, True)[0] == 0.5
    assert measures.by_chance(labels, 2, 8, 0) == [1 / 64, None]  # one cell of 8 x 8 is near


def test_average_precision_is_of_what_most_annotators_say() -> None:
    labels = np.array([[1, 0, 1], [2 / 3, 0, 1], [1 / 3, 0, 1]])
    assert measures.precision(labels, np.array([[0.9, 0, 0], [0.8, 0, 0], [0.1, 0, 0]])) == [1, None, None]
    assert measures.of_scores(np.arange(4), np.arange(4) + 2) == {"rmse": 2, "tau": pytest.approx(1)}


def work(name: str, kind: str = "portrait", **facts: Any) -> Work:
    told: dict[str, Any] = {"artist": name, "school": "", "year": None, "words": frozenset(), "mask": None}
    return Work(Path(f"{name}.jpg"), kind, **(told | facts))


def test_an_artist_is_found_however_the_name_is_written() -> None:
    for author in ("CÉZANNE, Paul", "CEZANNE, P.", "Cezanne, Paul"):
        assert gallery.name_of(author) == "cezanne p"
    assert gallery.name_of("DYCK, Sir Anthony van") == gallery.name_of("DYCK, Anthony Van") == "dyck a"
    assert gallery.year("winter 1878") == 1878 and gallery.year("no 18780") is None
    assert gallery.middle_of("1601-1650") == 1625.5 and gallery.middle_of("") is None


def test_artists_are_never_on_two_sides() -> None:
    works = [work(f"artist {number % 17}") for number in range(200)] + [work("")] * 3
    for seed in (0, 1):
        part = tasks.parts(works, seed)
        for artist in range(17):
            assert len({int(part[n]) for n in range(200) if n % 17 == artist}) == 1
        assert set(part) == {0, 1, 2}
    assert (tasks.parts(works, 0) != tasks.parts(works, 1)).any()


def test_a_date_is_learned_through_what_is_common_enough() -> None:
    works = [
        work(
            str(n),
            school="Dutch" if n % 2 else "French",
            year=1600.0 + n,
            words=frozenset({"fruit"} if n == 3 else ()),
        )
        for n in range(40)
    ] + [work("unknown", year=1700.0), work("undated", school="Dutch")]
    task = tasks.date(works)
    assert task.names == ("Dutch school", "French school", "portrait")
    assert task.known("labels").tolist() == [True] * 40 + [False, True]
    assert task.known("scores").tolist() == [True] * 41 + [False]
    assert np.ptp(task.scores[:40]) * task.scale == pytest.approx(39)


def test_a_portrait_is_learned_through_how_much_its_parts_cover(tmp_path: Path) -> None:
    mask = np.zeros((80, 80), np.uint8)
    mask[40:, 40:] = 2  # a face
    Image.fromarray(mask).save(tmp_path / "mask.png")
    works = [work("a", mask=tmp_path / "mask.png"), work("b"), work("c", "landscape")]
    task = tasks.kind(works, 5, 1)
    assert task.labels[0].tolist() == [0.25, 0, 0, 0] and not task.labels[2].any()
    assert task.known("labels").tolist() == [True, False, True] and task.scores.tolist() == [1, 1, -1]


@pytest.mark.shared
def test_the_real_paintings_have_dates_schools_and_masks(shared: Path) -> None:
    data = shared / "data"
    works = gallery.works(data / "mirror", data / "masks", data / "wga" / "catalog.csv")
    assert len(works) == 863 and sum(each.mask is not None for each in works) == 176
    assert (
        sum(each.year is not None for each in works) > 600 and sum(bool(each.school) for each in works) > 500
    )
    assert all(each.file.is_file() for each in works)
    checked = tasks.date(works)
    assert {"portrait", "Dutch school", "French school"} <= set(checked.names)


def test_a_base_is_summed_up_in_what_varies_most_and_the_same_in_every_run(
    shown: Paintings, tmp_path: Path
) -> None:
    first, again = (
        summary.summed_up("SqueezeNet", ("pool5", "fire9"), 8, shown.pictures, tmp_path / "kept.npz")
        for _ in range(2)
    )
    assert first.fingerprint == again.fingerprint
    maps = np.asarray(first.graph.predict_on_batch(first.pixels.from_pictures(shown.pictures)))
    values = maps.reshape(-1, 8)
    assert np.allclose(values.mean(axis=0), 0, atol=0.05)
    cross = np.corrcoef(values.T) - np.eye(8)
    assert np.abs(cross).max() < 0.05 and (np.diff(values.std(axis=0)) <= 1e-3).all()
    hidden = summary.with_hidden(first, 5, seed=0)
    assert hidden.graph.output_shape[-1] == 5
    assert not first.graph.get_layer(summary.NAME).trainable


@pytest.mark.parametrize("name", VARIANTS)
def test_templates_are_laid_last_on_maps_that_stay(name: str, tmp_path: Path) -> None:
    dice = np.random.default_rng(0)
    maps = dice.uniform(0, 1, (8, 15, 15, 64)).astype(np.float32)
    labels = np.asarray([[1, 0], [0, 1], [1, 1], [0, 0]] * 2, np.float32)
    given = lessons.Lessons(
        lambda _: lessons.built("SqueezeNet", "fire3"), "pool1", SIDE, ("water", "trees"),
        Taught(Features(maps), labels), Taught(Features(maps[::-1]), labels[:, :1] * 3 + 2), 0.01, tmp_path,
    )  # fmt: skip
    first, joint = (
        lessons.semantic(given, lessons.settings(1, 0, joint=each), name) for each in (False, True)
    )
    again = lessons.semantic(given, lessons.settings(1, 0, joint=False), name)  # as it was kept
    assert explaining.templates(first).any() and explaining.templates(joint).any()
    assert np.array_equal(explaining.templates(first), explaining.templates(again))
    kernels = [each.network.graph.get_layer(MAPS).get_weights()[0] for each in (first, again, joint)]
    assert np.array_equal(kernels[0], kernels[1]) and not np.array_equal(kernels[0], kernels[2])


@pytest.mark.parametrize("name", VARIANTS)
def test_templates_that_are_laid_give_the_rule_and_the_score(name: str) -> None:
    base = models.build("small", None)
    head = add_semantic_head(base, ("water", "trees"), SIDE, name, border=1, layer="relu3_1")
    side = explaining.templates(head).shape[0]
    dice = np.random.default_rng(0)
    maps, rule = dice.uniform(0, 1, (400, side, side, 2)), dice.normal(0, 1, (side, side, 2))
    if name == "code":  # whose border stays empty
        maps[:, [0, -1]] = maps[:, :, [0, -1]] = 0
    scores = np.einsum("nhwa,hwa->n", maps, rule) + 5
    assert laying.lay(head, maps, scores.astype(np.float32)) == 0.01
    learned = explaining.templates(head)
    said = np.einsum("nhwa,hwa->n", maps, learned) + head.network.graph.get_layer(head.scores[0]).bias.numpy()
    assert np.corrcoef(said, scores)[0, 1] > 0.99
    seen = maps.any(axis=0)
    assert np.corrcoef(learned[seen], rule[seen])[0, 1] > 0.99
    for way in ("raises", "lowers"):
        assert head.network.graph.get_layer(f"{head.scores[0]}_{way}").get_weights()[0].min() >= 0


def test_both_baselines_learn_the_score(tmp_path: Path) -> None:
    maps = np.random.default_rng(0).uniform(0, 1, (8, 15, 15, 64)).astype(np.float32)
    taught = Taught(Features(maps), maps[:, :3, :3, :1].mean(axis=(1, 2)) * 9)
    given = lessons.Lessons(
        lambda _: lessons.built("SqueezeNet", "fire3"), "pool1", SIDE, (), taught, taught, 0.01, tmp_path
    )
    for places in (False, True):
        said = lessons.answers(
            lessons.baseline(given, lessons.settings(2, 0), places), given.scores.inputs.values, "pool1"
        )
        assert said.shape == (8,) and np.ptp(said) > 0


def cells(texts: list[str]) -> np.ndarray:
    found = np.empty((len(texts), 1), object)
    found[:, 0] = texts
    return found


def write_sun(folder: Path, count: int = 12, size: int = SIDE) -> Path:
    """A small data set in the files of SUN Attributes."""
    dice = np.random.default_rng(0)
    names = [f"a/{number}.jpg" for number in range(count)]
    labels = dice.choice([0, 1 / 3, 2 / 3, 1], (count, 3))
    savemat(folder / "attributes2.mat", {"attributes": cells(["trees", "sand", "ocean"])})
    savemat(folder / "attributeLabels_continuous2.mat", {"labels_cv": labels})
    savemat(folder / "images.mat", {"images": cells(names)})
    (folder / "images" / "a").mkdir(parents=True)
    for name in names:
        Image.fromarray(dice.integers(0, 256, (size, size, 3), np.uint8)).save(folder / "images" / name)
    return folder


def write_scenic(folder: Path, count: int = 12, size: int = SIDE) -> Path:
    """A small data set in the files of ScenicOrNot."""
    dice = np.random.default_rng(1)
    rows = ["ID\tLat\tLon\tAverage\tVariance\tVotes\tGeograph URI"]
    for number in range(count, 0, -1):
        votes = dice.integers(1, 11, 2 if number == 3 else 4)
        text = ",".join(map(str, votes))
        rows.append(f"{number}\t51\t0\t{votes.mean()}\t{votes.var()}\t{text}\thttp://example.org/{number}")
        (folder / "1").mkdir(exist_ok=True)
        Image.fromarray(dice.integers(0, 256, (size, size, 3), np.uint8)).save(folder / "1" / f"{number}.jpg")
    (folder / "votes.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_sun_attributes_is_read_as_it_is_published(tmp_path: Path, caplog: Any) -> None:
    found = sun.read(write_sun(tmp_path))
    assert found.names == ("trees", "sand", "ocean") and found.labels.shape == (12, 3)
    assert found.files[3] == tmp_path / "images" / "a" / "3.jpg"
    assert "divided by chance" in caplog.text and set(found.splits) == {"train", "val", "test"}
    savemat(tmp_path / "trainval_idx.mat", {"codes": np.array([0] * 8 + [1, 1, 2, 2])})
    assert sun.read(tmp_path).splits.tolist() == ["train"] * 8 + ["val"] * 2 + ["test"] * 2
    savemat(tmp_path / "trainval_idx.mat", {"codes": np.arange(12)})
    with pytest.raises(ValueError, match="one list of 12 codes 0, 1 or 2"):
        sun.read(tmp_path)


def test_sun_attributes_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no attributes\*\.mat in .*; SUN Attributes is published"):
        sun.read(tmp_path)
    write_sun(tmp_path)
    (tmp_path / "images" / "a" / "5.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"no picture at .*5\.jpg \(1 are missing\)"):
        sun.read(tmp_path)


@pytest.mark.shared
def test_the_authors_own_labels_are_read(shared: Path) -> None:
    folder = shared / "data" / "siam"
    names, labels = sun.names_of(folder), sun.labels_of(folder)
    assert (len(names), names[3], names[-1]) == (33, "ocean", "social")
    assert labels.shape == (14340, 33) and int((labels[:, 0] > 0).sum()) == 3054
    assert int((labels > 0.5)[:, 0].sum()) == 1771
    sun.checks.labels(labels, names)


def test_scenic_or_not_is_read_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    write_scenic(tmp_path)
    found = scenic.read(tmp_path)
    assert [path.stem for path in found.files] == [str(n) for n in (1, 2, *range(4, 13))]  # 3: two votes
    assert found.scores.shape == (11, 2) and found.splits.tolist().count("train") == 9
    assert len(scenic.read(tmp_path, most=4).files) == 4


def test_scenic_or_not_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no votes\.tsv in .*geograph\.org\.uk"):
        scenic.read(tmp_path)
    write_scenic(tmp_path)
    for picture in (tmp_path / "1").iterdir():
        picture.unlink()
    with pytest.raises(FileNotFoundError, match=r"none of the photographs of votes\.tsv is below"):
        scenic.read(tmp_path)
    (tmp_path / "votes.tsv").write_text("ID\tAverage\n1\t2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="votes.tsv has no column 'Variance'; it has ID, Average"):
        scenic.read(tmp_path)


def test_the_paper_s_table_runs_on_small_files_of_its_formats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sun", "scenic"):
        (tmp_path / name).mkdir()
    attributes = sun.read(write_sun(tmp_path / "sun", 20))
    votes = scenic.read(write_scenic(tmp_path / "scenic", 20))

    def base(*_: Any) -> Network:
        built = models.build("small", None)
        return built.with_graph(keras.Model(built.graph.inputs, built.output("relu3_1")))

    monkeypatch.setattr(paper, "build", base)
    chosen = SemanticTraining(attribute_epochs=1, joint_epochs=1, batch_size=6)
    found = paper.run(attributes, votes, "small", None, SIDE, "paper", chosen, tmp_path / "kept")
    assert list(found) == ["baseline", "paper", "alone"]
    assert all(0 < row["rmse"] < 20 and -1 <= row["tau"] <= 1 for row in found.values())
    assert np.shape(found["paper"]["templates"]) == (4, 4, 3)
    with pytest.raises(ValueError, match="smaller than the 96 x 96 px"):
        paper.run(attributes, votes, "small", None, 96, "paper", chosen, tmp_path / "kept")


def test_the_tables_come_from_the_numbers() -> None:
    trial = {"rmse": 1.0, "tau": 0.5}
    full = trial | {"precision": [0.9] * len(PARTS), "pointing": [0.8] * len(PARTS), "absent": 0.1}
    full |= {"area": [0.6] * len(PARTS), "edge": [0.5] * len(PARTS)}
    full["template"] = full["weighted"] = [0.7, None, *[0.9] * (len(PARTS) - 2)]
    result = {
        "trials": [{"baseline": trial, "paper": full, "code": full}] * 2,
        "rules": {part: rule for part, (rule, _) in painted.RULES.items()},
        "shares": dict.fromkeys(PARTS, 0.25),
        "limit": trial | {"template": [0.99] * len(PARTS), "weighted": [0.98] * len(PARTS)},
    }
    table = page.scores_table(result)
    assert "averages as in the paper | 1.000 (1.000 to 1.000) | 0.500" in table and "0.850" in table
    assert "where every part is | 1.000 | 0.500 |  |  | 0.990 | 0.980 |  |" in table
    assert "water raises in the lower half | 25 % | 0.900" in page.attributes_table(result)
    better = full | {"rmse": 0.5}
    result["trials"] = [{"paper": full, "code": better}, {"paper": full, "code": better | {"rmse": 0.75}}]
    assert "| RMSE | 1.000 (1.000 to 1.000) | 0.625" in page.variants_table(result)
    assert "| pointing game | 0.800 (0.800 to 0.800) | 0.800" in page.variants_table(result)


def test_the_page_s_numbers_are_those_of_its_files() -> None:
    for name, write in page.TABLES.items():
        assert pages.current(page.PAGE, name) == write(), name
    told = json.loads(page.known.FILE.read_text(encoding="utf-8"))
    assert tuple(told["rules"]) == PARTS


@pytest.mark.slow
def test_the_notebook_runs_and_shows_its_figures(tmp_path: Path) -> None:
    done = papermill.execute_notebook(
        str(HERE / "notebook.ipynb"),
        str(tmp_path / "read.ipynb"),
        {"folder": str(tmp_path), "pictures": 40, "epochs": 1},
        cwd=str(ROOT),
        progress_bar=False,
    )
    figures = [
        output
        for cell in done.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(figures) == 4


def test_a_map_of_edges_is_told_from_a_map_of_areas() -> None:
    cover = np.zeros((4, 6, 6, 2))
    cover[:, 1:5, 1:5], cover[:, 2:4, 2:4] = 0.5, 1.0
    maps = cover.copy()
    maps[..., 1] = np.where(cover[..., 1] == 0.5, 3.0, np.where(cover[..., 1] == 1.0, 1.5, 0.0))
    area, edge = measures.following(maps, cover)
    assert area == {"area": pytest.approx(1.0), "edge": pytest.approx(0.5)}
    assert edge["area"] < 0.8 and edge["edge"] == pytest.approx(2.0)
    assert [each["edge"] for each in measures.following(maps, np.floor(cover))] == [None, None]


def test_what_is_taught_grows_with_the_area_of_a_part_up_to_where_few_have_more() -> None:
    cover = np.zeros((11, 4, 4, 2))
    cover[..., 0] = np.linspace(0, 0.5, 11)[:, None, None]
    taught = painted.amounts(cover)
    assert taught.shape == (11, 2) and taught.dtype == np.float32
    assert taught[0, 0] == 0 and taught[10, 0] == 1 and (np.diff(taught[:, 0]) >= 0).all()
    assert taught[5, 0] == pytest.approx(0.25 / np.quantile(np.linspace(0.05, 0.5, 10), 0.9), abs=1e-6)
    assert (taught[:, 1] == 0).all()  # a part that is nowhere
