"""Files in MNIST's format (idx): two zero bytes, type, number of axes, the lengths of these, the values."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def mnist(pictures: str | Path, labels: str | Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Digits (N, 28, 28) and their labels (N,) from two files in MNIST's format, packed by gzip or not."""
    digits, truth = read(pictures), read(labels)
    if digits.ndim != 3 or truth.ndim != 1 or len(digits) != len(truth):
        raise ValueError(
            f"{pictures} holds {digits.shape} and {labels} {truth.shape}: not as many labels as pictures"
        )
    return digits, truth


def read(path: str | Path) -> NDArray[Any]:
    """The array in a file, packed by gzip or not; raises ValueError for what is no whole idx file."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"no file {path}")
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in TYPES:
        raise ValueError(
            f"{path} is no idx file: it must begin with two zero bytes and the type of its values"
        )
    kind, axes = np.dtype(TYPES[data[2]]), data[3]
    start = 4 + 4 * axes
    shape = tuple(int.from_bytes(data[4 + 4 * axis : 8 + 4 * axis]) for axis in range(axes))
    wanted = int(np.prod(shape)) * kind.itemsize
    if len(data) - start != wanted:
        raise ValueError(f"{path} announces {shape} but holds {len(data) - start} bytes, not {wanted}")
    return np.frombuffer(data, kind, offset=start).reshape(shape).astype(kind.newbyteorder("="))
