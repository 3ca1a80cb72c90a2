"""Where the notebooks lie, the four chapters' and the studies', and where a run keeps what it makes."""

from __future__ import annotations

from pathlib import Path

from image_machines.names import unknown

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = {
    "wga": "the collection",
    "train": "the network learns it",
    "test": "how well, and what it gets wrong",
    "explain": "what its neurons look for",
}


def notebook(chapter: str) -> Path:
    """The file of a chapter."""
    return ROOT / f"{chapter}.ipynb"


def study(name: str) -> Path:
    """The notebook of a study; raises ValueError with the choices for a name that is none."""
    found = {path.parent.name: path for path in sorted((ROOT / "studies").glob("*/notebook.ipynb"))}
    if name not in found:
        raise ValueError(unknown("study", name, found))
    return found[name]


def folder(profile: str) -> Path:
    """Where the runs of a profile keep everything, unless another folder is named."""
    return ROOT / "runs" / Path(profile).stem
