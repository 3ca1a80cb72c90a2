"""What the files of results hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = dict[str, Any]  # what a step writes into a file of results, as JSON holds it
Found = Mapping[str, Any]  # the same, read


def rounded(value: Any, digits: int = 2) -> float:
    """A number as a file of results holds it."""
    return round(float(value), digits)
