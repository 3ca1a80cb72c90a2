"""The atlas of a whole network: its notebook, and how it is made on other machines (``CLUSTER.md``)."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS, FIGURES = HERE / "results", HERE / "figures"
