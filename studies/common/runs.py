"""Finished runs: the network that one left."""

from __future__ import annotations

from pathlib import Path


def network_file(run: Path, command: str = "make run") -> Path:
    """The network of a run; raises FileNotFoundError that says the command which trains it."""
    found = sorted((run / "model").glob("*.json"))
    if not found:
        raise FileNotFoundError(f"no network in {run / 'model'}; train it first: {command}")
    return found[0].with_suffix(".keras")
