"""SUN Attributes (Patterson and Hays 2012): labels and names as they are published, and the pictures.

A folder with a file of names (``attributes*.mat``), one of labels (``attributeLabels_continuous*.mat``), the
pictures' paths (``images.mat``) and the pictures below ``images/``; its split is in
``trainval_idx.mat``.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from image_machines.network.semantic import checks

SPLITS = ("train", "val", "test")
SHARES = (0.8, 0.1)  # of a drawn split; the rest is for testing
SOURCE = "SUN Attributes is published by Brown University (search for SUN Attribute Database)"

log = logging.getLogger("image_machines.studies")


@dataclass(frozen=True, eq=False)
class Attributes:
    """Names (A), labels (N, A) as shares of annotators, the pictures' files, and each one's split."""

    names: tuple[str, ...]
    labels: NDArray[np.float32]
    files: tuple[Path, ...]
    splits: NDArray[np.str_]


def read(folder: str | Path, seed: int = 0) -> Attributes:
    """Read the data set; FileNotFoundError says which file is missing and where it comes from.

    Without ``trainval_idx.mat`` chance divides the pictures, 80, 10 and 10 of 100, and the log says so.
    """
    folder = Path(folder)
    names, table = names_of(folder), labels_of(folder)
    paths = [folder / "images" / each for each in texts(_variable(_file(folder, "images.mat"), "images"))]
    if len(paths) != len(table):
        raise ValueError(f"{len(paths)} pictures in images.mat do not fit {len(table)} rows of labels")
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise FileNotFoundError(f"no picture at {missing[0]} ({len(missing)} are missing); {SOURCE}")
    return Attributes(names, checks.labels(table, names), tuple(paths), _splits(folder, len(paths), seed))


def names_of(folder: Path) -> tuple[str, ...]:
    """The names of the attributes."""
    return tuple(texts(_variable(_file(folder, "attributes*.mat"), "attributes")))


def labels_of(folder: Path) -> NDArray[np.float64]:
    """The labels, as they are in the file: (N, A), the share of three annotators."""
    return np.asarray(_variable(_file(folder, "attributeLabels_continuous*.mat"), "labels_cv"), np.float64)


def texts(cells: Any) -> Sequence[str]:
    """The strings of a MATLAB cell array."""
    return [str(np.ravel(each)[0]) for each in np.ravel(cells)]


def _splits(folder: Path, count: int, seed: int) -> NDArray[np.str_]:
    """The split of each picture: 0, 1, 2 in the file are training, validation and test."""
    file = folder / "trainval_idx.mat"
    if not file.is_file():
        log.warning("no trainval_idx.mat in %s: the pictures are divided by chance, seed %d", folder, seed)
        ends = [int(count * sum(SHARES[: place + 1])) for place in range(len(SHARES))]
        codes = np.searchsorted(ends, np.random.default_rng(seed).permutation(count), side="right")
        return np.asarray(SPLITS)[codes]
    values = [value for name, value in loadmat(file).items() if not name.startswith("__")]
    codes = np.ravel(values[0]).astype(int)
    if len(values) != 1 or len(codes) != count or not set(codes.tolist()) <= {0, 1, 2}:
        raise ValueError(f"{file.name} must hold one list of {count} codes 0, 1 or 2, one for each picture")
    return np.asarray(SPLITS)[codes]


def _file(folder: Path, pattern: str) -> Path:
    found = sorted(Path(folder).glob(pattern))
    if not found:
        raise FileNotFoundError(f"no {pattern} in {folder}; {SOURCE}")
    return found[0]


def _variable(file: Path, name: str) -> Any:
    content = loadmat(file)
    if name not in content:
        known = ", ".join(each for each in content if not each.startswith("__"))
        raise ValueError(f"{file.name} has no variable {name!r}; it has {known}")
    return content[name]
