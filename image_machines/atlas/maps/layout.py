"""Layout: every picture a point of the plane, near to those in which the network sees the same.

The features (pictures, channels) are a layer's responses averaged over the picture; UMAP (McInnes, Healy and
Melville 2018) brings them into the plane. A layout is kept in one JSON file with its card, never made twice.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from image_machines import files
from image_machines.checks import checked

log = logging.getLogger(__name__)

LEAST = 10  # pictures: fewer have no neighbourhoods to keep
WIDER = 1.4  # a grid of pictures has about this many times more columns than rows
JUDGED = 5000  # pictures at most that the trustworthiness is taken of: it looks at every pair

Positions = NDArray[np.float64]


@checked
class Projection:
    """How features are brought into the plane."""

    neighbours: Annotated[int, Field(ge=2)] = 15  # that each picture shall stay near to
    metric: Literal["cosine", "euclidean", "correlation"] = "cosine"  # between features
    apart: Annotated[float, Field(ge=0, le=1)] = 0.1  # how near equal pictures may lie
    seed: Annotated[int, Field(ge=0)] = 0


Project: TypeAlias = Callable[[NDArray[np.float32], Projection], Positions]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the pictures lie.

    ``positions`` (pictures, 2) are NaN for a picture without features. ``trustworthiness`` (Venna and Kaski
    2001), 0 to 1, says how few of a picture's neighbours on the map are strangers by their features; chance
    gives about a half.
    """

    positions: Positions
    trustworthiness: float
    card: Mapping[str, Any]


def lay_out(
    features: NDArray[np.floating],
    projection: Projection | None = None,
    file: str | Path | None = None,
    of: Mapping[str, Any] | None = None,
    project: Project | None = None,
) -> Layout:
    """The layout of features (pictures, channels), rows with NaN left out; kept in ``file`` and read there.

    A file of the same features and projection is not made anew. ``of`` tells the card whose they are;
    ``project`` is who brings them into the plane, this process unless it is told otherwise.
    Raises ValueError for fewer than ten pictures with features.
    """
    projection = projection or Projection()
    rows = np.ascontiguousarray(features, np.float32)
    readable = ~np.isnan(rows).any(axis=1)
    if readable.sum() < LEAST:
        raise ValueError(f"a map needs at least {LEAST} pictures that can be read, not {int(readable.sum())}")
    key = {"projection": asdict(projection), "features": _digest(rows)}
    if file is not None and (kept := read(file)) is not None and _is_of(kept, key):
        return kept
    positions = np.full((len(rows), 2), np.nan)
    positions[readable] = (project or projected)(rows[readable], projection)
    trust = trustworthiness(rows[readable], positions[readable], projection)
    card = {**key, "of": dict(of or {}), "pictures": len(rows), "left_out": int((~readable).sum())}
    card |= {"versions": {name: version(name) for name in ("umap-learn", "numba", "numpy")}}
    made = Layout(positions.round(4), round(trust, 4), card)
    if file is not None:
        write(made, file)
    return made


def side_by_side(positions: Positions) -> Positions:
    """The same neighbourhoods without gaps or overlaps: a cell of a grid for each picture, column and row.

    Cells are given so that the pictures have the least way to go (the sum of squares), from where their
    positions lie once islands have been drawn nearer. Takes seconds for 3,000 pictures, and grows with the
    third power.
    """
    columns = int(np.ceil(np.sqrt(WIDER * len(positions))))
    rows = -(-len(positions) // columns)
    return onto(positions, np.array([divmod(place, columns)[::-1] for place in range(rows * columns)]))


def onto(positions: Positions, cells: NDArray[np.int64]) -> Positions:
    """As `side_by_side`, on these cells (cells, 2), of which there are at least as many as pictures."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    extent = np.maximum(np.ptp(positions, axis=0), 1e-9)
    last = max(len(positions) - 1, 1)
    ranks = positions.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") / last
    low = cells.min(axis=0)
    near = ((positions - positions.min(axis=0)) / extent + ranks) / 2 * (cells.max(axis=0) - low) + low
    return cells[linear_sum_assignment(cdist(near, cells, "sqeuclidean"))[1]].astype(np.float64)


def read(file: str | Path) -> Layout | None:
    """The layout in a file, None where there is none that can be read."""
    try:
        found = json.loads(Path(file).read_text(encoding="utf-8"))
        positions = np.array(found["positions"], np.float64).reshape(-1, 2)
        return Layout(positions, float(found["trustworthiness"]), dict(found["card"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s is no layout and is made anew: %s", file, error)
        return None


def write(layout: Layout, file: str | Path) -> None:
    """Keep a layout, in one piece."""
    positions = [[None if np.isnan(x) else x for x in point] for point in layout.positions.tolist()]
    files.write_text(
        file,
        json.dumps(
            {"card": layout.card, "trustworthiness": layout.trustworthiness, "positions": positions},
            ensure_ascii=False,
        )
        + "\n",
    )


def trustworthiness(features: NDArray[np.floating], positions: Positions, projection: Projection) -> float:
    """How far neighbours on the map are neighbours by their features; of at most `JUDGED` pictures."""
    from sklearn import manifold

    chosen = np.arange(len(features))
    if len(features) > JUDGED:
        chosen = np.sort(np.random.default_rng(projection.seed).permutation(len(features))[:JUDGED])
    count = min(projection.neighbours, (len(chosen) - 1) // 2)
    return float(
        manifold.trustworthiness(
            features[chosen], positions[chosen], n_neighbors=count, metric=projection.metric
        )
    )


def projected(rows: NDArray[np.float32], projection: Projection) -> Positions:
    """The rows (pictures, channels) in the plane."""
    from umap import UMAP  # here, for it compiles for seconds while it is imported

    small = len(rows) <= 2 * LEAST  # too few for the eigenvectors that UMAP likes to begin with
    mapper = UMAP(
        n_neighbors=min(projection.neighbours, len(rows) - 1),
        metric=projection.metric,
        min_dist=projection.apart,
        init="random" if small else "spectral",
        random_state=projection.seed,
        n_jobs=1,  # what a seed needs
    )
    return np.asarray(mapper.fit_transform(rows), np.float64)


def _is_of(layout: Layout, key: Mapping[str, Any]) -> bool:
    return all(layout.card.get(name) == value for name, value in key.items())


def _digest(rows: NDArray[np.float32]) -> str:
    return f"sha256:{hashlib.sha256(repr(rows.shape).encode() + rows.tobytes()).hexdigest()}"
