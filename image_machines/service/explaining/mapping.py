"""The map of the collection that is served: where it lies, and how it is made of what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from image_machines.names import safe_name
from image_machines.network.network import Network
from image_machines.network.responses import Responses

STANDARD = "map"  # where the command `map` writes a run's map, too
PAGE = "index.html"


def found(beside: Path, fingerprint: str) -> str | None:
    """The path, relative to the page, of a map as the network of that fingerprint sees the collection."""
    for layout in sorted(beside.glob(f"{STANDARD}*/layout.json")):
        try:
            of = json.loads(layout.read_text(encoding="utf-8"))["card"]["of"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if of.get("fingerprint") == fingerprint and layout.with_name(PAGE).is_file():
            return f"{layout.parent.name}/{PAGE}"
    return None


def made(network: Network, measured: Responses, run: Path, beside: Path, images: Path) -> dict[str, Any]:
    """Make the map of a run's works from what was measured of the network; another network's map stays."""
    from image_machines.atlas.maps import gathering, making  # here, for the service itself makes none

    folder = beside / STANDARD
    if (folder / PAGE).exists():
        folder = beside / safe_name(f"{STANDARD}-{network.name}", url=True)
    gathered = gathering.gather(run / "data", run)
    page = making.make(network, gathered, folder, run.name, known=measured.folder, finished=images)
    return {"path": f"{page.parent.name}/{page.name}"}
