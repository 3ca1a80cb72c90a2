"""Ordering: an atlas's page as a person asks for it, of a run's networks, images and collection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from image_machines.atlas.activation import making as activation
from image_machines.atlas.maps.layout import Projection
from image_machines.atlas.store import Store
from image_machines.atlas.walk import page
from image_machines.atlas.walk.making import Given, make, opened


def order(
    run: Path,
    models: Sequence[str | Path],
    images: Path | None = None,
    out: Path | None = None,
    title: str = "",
    activations: Sequence[str] = (),
    accents: int = 0,
    cell: int = 0,
    works: int = page.LONGEST,
    address: str = page.ADDRESS,
    neighbours: int = 15,
    seed: int = 0,
) -> Path:
    """Make the page, and those of the ``activations`` of layers beside it; returns the page's file.

    ``models``: the network, and the one before fine-tuning where it is named. ``images`` are the run's where
    nothing else is named. Raises ValueError for what there is not, and for more networks.
    """
    if not 1 <= len(models) <= 2:
        raise ValueError(
            f"an atlas's page is of one network, and of the one before fine-tuning; not of {len(models)}"
        )
    store, target = Store(images or run / "images"), out or run / "atlas"
    networks = opened(store, models)
    more = {}
    for layer in activations:
        wish = activation.Wish(run / "data", layer, seed=seed)
        shown = activation.make(wish, *networks, target / f"sees-{layer}")
        more[f"What {layer} sees in the works"] = shown.relative_to(target).as_posix()
    projection = Projection(neighbours=neighbours, metric="correlation", seed=seed)
    return make(Given(run, store, projection, title, more, accents, cell, works, address), *networks, target)
