"""Ordering: a map as a person asks for it, of a run's own collection or of other pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from image_machines.atlas.maps.gathering import Gathered, gather
from image_machines.atlas.maps.layout import Projection
from image_machines.atlas.maps.making import make
from image_machines.atlas.measuring import Measuring
from image_machines.names import safe_name
from image_machines.network import models
from image_machines.network.network import Network

STANDARD = "SqueezeNet"  # small, has seen a million photographs; its weights are installed with the program


def order(
    run: Path,
    pictures: str = "",
    model: str = "",
    layer: str = "",
    only: str = "",
    title: str = "",
    out: Path | None = None,
    neighbours: int = 15,
    seed: int = 0,
    scheduler: str = "",
    label: str = "",
) -> Path:
    """Make a map and write its page; returns the page's file.

    ``pictures`` are those of the ``run`` where nothing else is named, and the run's network is the one that
    looks at them; at others ImageNet's SqueezeNet does. ``only`` is "column=value". The workers of the
    cluster at ``scheduler``, those with the resource ``label``, look and lay out, where one is named. Raises
    ValueError for what there is not.
    """
    column, equals, value = only.partition("=")
    if only and not equals:
        raise ValueError(
            f"a part of the pictures is named by column=value, such as class=portrait, not {only!r}"
        )
    name = Path(pictures).name if pictures else run.name
    target = out or run / safe_name("-".join(filter(None, ["map", pictures and name, value])), url=True)
    gathered = gather(pictures, target / "sources") if pictures else _of_run(run)
    if only:
        gathered = gathered.only(column, value)
    network = _network(run, pictures, model)
    with _workers(network, scheduler, label) as workers:
        return make(
            network,
            gathered,
            target,
            title or ": ".join(filter(None, [name, value])),
            layer,
            Projection(neighbours=neighbours, seed=seed),
            known=None if pictures else run / "responses",
            finished=run / "images",
            workers=workers,
        )


@contextmanager
def _workers(network: Network, scheduler: str, label: str) -> Iterator[Measuring | None]:
    """The workers of the cluster that is named, if one is."""
    if not scheduler:
        yield None
        return
    from image_machines.atlas.connecting import connected  # here, since Dask takes a second to load

    with connected([network], scheduler, label=label) as cluster:
        yield Measuring(cluster)


def _of_run(run: Path) -> Gathered:
    """The collection of a run; raises ValueError where there is none."""
    if not (run / "data").is_dir():
        raise ValueError(f"there is no collection in {run / 'data'}: `make run` makes one, or name pictures")
    return gather(run / "data", run)


def _network(run: Path, pictures: str, model: str) -> Network:
    """The network that is asked for: a file, an architecture, the run's own."""
    if model:
        return models.load(model) if Path(model).exists() or Path(model).suffix else models.build(model)
    own = [] if pictures else sorted(card.with_suffix(".keras") for card in (run / "model").glob("*.json"))
    return models.load(own[0]) if own and own[0].is_file() else models.build(STANDARD)
