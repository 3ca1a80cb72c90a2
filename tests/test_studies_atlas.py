"""The study of the atlas: what its notebook makes and shows."""

from __future__ import annotations

from pathlib import Path

from image_machines.atlas.atlas import Wish, make_atlas
from image_machines.network import models
from image_machines.network.network import Network
from studies.atlas import showing


def test_the_sheet_has_a_row_for_every_layer(tiny_network: Network, tmp_path: Path) -> None:
    model = models.save(tiny_network, tmp_path / "tiny.keras")
    wanted = showing.beginnings(model, 2)
    assert "predictions:0-1" in wanted and "late:0-1" in wanted
    wanted = ["late:0-1", "predictions:0-1"]
    wish = Wish(
        models=[model], images=tmp_path, neurons=wanted, presets=["naive"], size=24, workers=0, seconds=0.0
    )
    assert make_atlas(wish).made == 2 * len(wanted)
    sheet = showing.sheet(wish)
    assert sheet.shape[0] % len(wanted) == 0
    assert sheet.shape[0] // len(wanted) > showing.TILE
