"""Making the page of an activation atlas: a run's works as a layer sees them, cell by cell, and before."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import images
from image_machines.atlas.activation import drawing
from image_machines.atlas.activation.cells import ACROSS, Cell, cells, directions, typical
from image_machines.atlas.activation.positions import EACH, Positions, drawn
from image_machines.atlas.maps import layout
from image_machines.atlas.maps.layout import Layout, Projection
from image_machines.atlas.walk import page
from image_machines.atlas.walk.answers import TOP, Answers
from image_machines.atlas.walk.order import Order
from image_machines.atlas.walk.page import Atlas, State
from image_machines.attribution.selectivity import Selectivity
from image_machines.network import scoring
from image_machines.network.network import Network
from image_machines.network.responses import crop_box
from image_machines.vision.settings import Settings

log = logging.getLogger(__name__)

BY_LIKENESS = "By likeness"
NEIGHBOURS, APART = 20, 0.01  # as in Carter and others 2019


@dataclass(frozen=True)
class Wish:
    """What an activation atlas is of: a data folder's works, a layer, places of a work, cells of a side.

    ``settings`` make the images; None: those that suit the network, at 96 px.
    """

    data: Path
    layer: str
    each: int = EACH
    across: int = ACROSS
    settings: Settings | None = None
    seed: int = 0
    title: str = ""


def make(wish: Wish, network: Network, before: Network | None, folder: str | Path) -> Path:
    """Write the page into ``folder``; returns its ``index.html``. What was drawn or laid out stays.

    ``after.jpg`` and ``before.jpg`` there are the images alone, at their places.

    Each cell holds the same places of the same works in both networks: what they see in them can be compared.
    Raises UnknownLayer, ValueError for a layer without a map, for too few works and for networks whose maps
    differ.
    """
    folder = Path(folder)
    records = scoring.read_records(wish.data)
    paths = [wish.data / record["file"] for record in records]
    own = drawn(network, wish.layer, paths, wish.each, wish.seed)
    found, laid_out = laid(own, wish, folder)
    log.info("%d cells of %s", len(found), own.layer.name)
    states = [_state("After fine-tuning" if before else network.name, network, own, found, wish, folder)]
    if before is not None:
        past = drawn(before, wish.layer, paths, wish.each, wish.seed, own.size)
        if not np.array_equal(past.places, own.places) or not np.array_equal(past.works, own.works):
            raise ValueError(f"the maps of {wish.layer} are of another size in {before.name}")
        states.append(_state("Before fine-tuning", before, past, found, wish, folder))
    for name, state in zip(page.FOLDERS, states, strict=False):
        files = [path for path in state.pictures if path is not None]
        images.save(folder / f"{name}.jpg", drawing.mosaic(found, files))
    told = [told_of(cell, own, records) for cell in found]
    shown = [State(state.title, state.pictures, _answers(told)) for state in states[:1]] + states[1:]
    placed = np.array([(cell.column, cell.row) for cell in found], np.float64)
    order = Order([(own.layer.name, number) for number in range(len(found))])
    return page.write(
        Atlas(
            wish.title or f"What {network.name} sees in the works: {own.layer.name}",
            about(network, own, found, laid_out),
            order,
            shown,
            {BY_LIKENESS: placed},
            (BY_LIKENESS,),
            records=records,
            works=wish.data,
            blocks=False,
            word="cell",
        ),
        folder,
    )


def laid(positions: Positions, wish: Wish, folder: Path) -> tuple[list[Cell], Layout]:
    """The cells of the positions, and the layout that they are of."""
    projection = Projection(neighbours=NEIGHBOURS, metric="cosine", apart=APART, seed=wish.seed)
    lit = positions.vectors.copy()
    lit[~lit.any(axis=1)] = np.nan  # places at which the layer says nothing
    found = layout.lay_out(lit, projection, folder / "layout.json", {"layer": positions.layer.name})
    known = np.flatnonzero(~np.isnan(found.positions).any(axis=1))
    listed = [
        Cell(cell.row, cell.column, tuple(int(known[member]) for member in cell.members))
        for cell in cells(found.positions[known], wish.across)
    ]
    if not listed:
        raise ValueError(f"no cell of {wish.across} x {wish.across} holds enough places; take fewer cells")
    return listed, found


def about(network: Network, positions: Positions, found: Sequence[Cell], laid_out: Layout) -> str:
    """How the atlas came about, in sentences."""
    projection = laid_out.card["projection"]
    return (
        f"At {len(positions.works):,} places of {len(set(positions.works.tolist())):,} works it was noted "
        f"what {network.name} says in {positions.layer.name}. Places lie near to those of which it says the "
        f"same (UMAP with {projection['neighbours']} neighbours, seed {projection['seed']}; "
        f"{laid_out.trustworthiness:.2f} trustworthy, where 1 is perfect and chance gives about 0.5). Each "
        f"of the {len(found)} pictures is an image of the mean of one cell of this map, made by climbing its "
        "direction; a click shows the places of works that it is the mean of. Before fine-tuning: what the "
        "network that it was says of the same places, cell by cell. After Carter and others 2019."
    )


def told_of(cell: Cell, positions: Positions, records: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """What the page tells of a cell: its most typical places, and whose works they are of."""
    top = []
    for member in typical(positions, cell, TOP):
        row, column = (int(each) for each in positions.places[member])
        box = crop_box(positions.layer, positions.size, row, column)
        sides = (round(1000 * getattr(box, name)) for name in ("top", "left", "height", "width"))
        top.append([int(positions.works[member]), None, *sides])
    works = [int(positions.works[member]) for member in cell.members]
    classes = Counter(records[work].get("class", "") for work in works)
    facts = [f"{len(works)} places of {len(set(works))} works"]
    facts += [
        f"{name}: {count / len(works):.0%} of the places" for name, count in classes.most_common() if name
    ]
    return {"top": top, "facts": facts}


def _state(
    title: str, network: Network, positions: Positions, found: list[Cell], wish: Wish, folder: Path
) -> State:
    """A network's images of the cells."""
    settings = wish.settings or drawing.settings_for(network)
    name = positions.layer.name
    files = drawing.draw(network, name, directions(positions, found), settings, folder / "images", wish.seed)
    return State(title, files)


def _answers(told: Sequence[dict[str, Any]]) -> Answers:
    empty = np.zeros((len(told), 0))
    return Answers(
        empty.astype(np.float32), list(told), Selectivity((), (), empty, empty, empty.astype(bool))
    )
