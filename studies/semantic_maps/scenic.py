"""ScenicOrNot: how beautiful people in Great Britain find photographs of places, and the photographs.

``votes.tsv`` has a line for each photograph (``ID Lat Lon Average Variance Votes …``, votes with commas); the
photographs are ``<ID>.jpg`` anywhere below the folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from image_machines.network.semantic import checks

COLUMNS = ("ID", "Average", "Variance", "Votes")
MOST, LEAST_VOTES = 200_000, 3
SHARES = (0.75, 0.10)  # 150,000 and 20,000 of the paper's 200,000; the rest, 30,000, are for testing
SOURCE = "votes.tsv is published at scenicornot.datasciencelab.co.uk, the photographs at geograph.org.uk"


@dataclass(frozen=True, eq=False)
class Votes:
    """Photographs in the order of their ID: mean and variance (N, 2) of the votes, files, splits."""

    scores: NDArray[np.float32]
    files: tuple[Path, ...]
    splits: NDArray[np.str_]


def read(folder: str | Path, most: int = MOST) -> Votes:
    """The first ``most`` photographs with three votes or more that are in the folder, in the order of ID.

    Raises FileNotFoundError, with where it comes from, for what is missing, ValueError for other columns.
    """
    folder = Path(folder)
    table = votes(folder)
    at_hand = {path.stem: path for path in sorted(folder.rglob("*.jpg"))}
    files = [at_hand.get(str(each)) for each in table["ID"]]
    chosen = [place for place, path in enumerate(files) if path is not None][:most]
    if not chosen:
        raise FileNotFoundError(f"none of the photographs of votes.tsv is below {folder}; {SOURCE}")
    ends = np.cumsum(SHARES) * len(chosen)
    splits = np.asarray(["train", "val", "test"])[np.searchsorted(ends, np.arange(len(chosen)), side="right")]
    scores = checks.scores(table[["Average", "Variance"]].to_numpy(object)[chosen])
    return Votes(scores, tuple(path for place in chosen if (path := files[place])), splits)


def votes(folder: Path) -> pd.DataFrame:
    """The lines of ``votes.tsv`` with enough votes, in the order of ID."""
    file = folder / "votes.tsv"
    if not file.is_file():
        raise FileNotFoundError(f"no votes.tsv in {folder}; {SOURCE}")
    table = pd.read_csv(file, sep="\t")
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise ValueError(f"votes.tsv has no column {missing[0]!r}; it has {', '.join(table.columns)}")
    count = table["Votes"].astype(str).str.count(",") + 1
    return table[count >= LEAST_VOTES].sort_values("ID").reset_index(drop=True)
