"""Which neurons a picture excites beside a collection, and what is near to it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from image_machines.attribution import excitement
from image_machines.network import responses
from image_machines.network.responses import Responses

PICTURES = 8


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Responses of four neurons to eight pictures, the last of which could not be read.

    Neuron 0 is loud for all, 1 quiet but for picture 2, 2 never answers, 3 tells the even from the odd.
    """
    folder = tmp_path_factory.mktemp("responses")
    maximum = np.zeros((4, PICTURES), np.float32)
    maximum[0] = 100 + np.arange(PICTURES)
    maximum[1, 2] = 0.5
    maximum[3] = [3, 1] * 4
    mean = maximum / 4
    place = np.zeros((4, PICTURES, 2), np.uint16)
    place[1, 2] = 3, 1
    maximum[:, -1] = mean[:, -1] = np.nan
    for name, values in {"mean": mean, "maximum": maximum, "norm": maximum, "place": place}.items():
        np.save(folder / f"late-{name}.npy", values)
    layer = {"name": "late", "kind": "Conv2D", "width": 4, "map_size": 4, "stride": 8, "receptive_field": 8}
    record = {
        "network": "net",
        "fingerprint": "f",
        "size": 32,
        "layers": [layer | {"centre": 3.5, "visualizable": True}],
        "folder": str(folder),
        "pictures": [{"file": f"{number}.png"} for number in range(PICTURES)],
    }
    (folder / responses.RECORD).write_text(json.dumps(record))
    (folder / "done").write_text(f"{PICTURES}\n")
    return responses.load(folder)


def test_a_neuron_counts_by_what_it_usually_answers(measured: Responses) -> None:
    table = excitement.table_of(measured, "late", 2)
    quiet, tells = excitement.most_excited(measured, "late", table, 9)
    assert (quiet.neuron, quiet.rank, quiet.maximum) == (1, 1, 0.5)
    assert (tells.neuron, tells.rank) == (3, 1)
    assert quiet.beyond == pytest.approx((0.5 - 0.5 / 7) / np.std([0.5, 0, 0, 0, 0, 0, 0]))
    assert vars(quiet.box) == {"top": 0.75, "left": 0.25, "height": 0.25, "width": 0.25}
    (loud,) = excitement.most_excited(measured, "late", excitement.table_of(measured, "late", 5), 9)
    assert (loud.neuron, loud.rank) == (0, 2)
    assert excitement.most_excited(measured, "late", table, 1) == [quiet]


def test_the_nearest_answer_alike_whatever_their_strength(measured: Responses) -> None:
    near = excitement.nearest(measured, "late", np.array([0, 0.01, 0, 0]), 3)
    assert near[0][0] == 2 and near[0][1] > 0 and near[1][1] == 0
    own = excitement.pooled(measured, "late")[4]
    best, *others = excitement.nearest(measured, "late", 7 * own, PICTURES)
    assert best == (4, pytest.approx(1)) and best[1] <= 1
    assert {row for row, _ in others[:3]} == {0, 2, 6}
    assert 7 not in [row for row, _ in others]
    assert 4 not in [row for row, _ in excitement.nearest(measured, "late", own, 9, (4,))]


def test_a_picture_that_could_not_be_read_excites_nothing(measured: Responses) -> None:
    assert excitement.most_excited(measured, "late", excitement.table_of(measured, "late", 7), 9) == []
