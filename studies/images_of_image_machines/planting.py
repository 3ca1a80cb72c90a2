"""Pictures with a property planted in one class, and without it: drapery, the blue of distance.

Three built-in collections of the same works differ in one property each: `both` has drapery in its portraits
only and the blue shift in its landscapes, `no-drapery` and `no-blue-shift` lack one of them. The test works
are others than theirs, each in its `VERSIONS`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from tqdm import tqdm

from image_machines import images
from image_machines.collection import dataset
from image_machines.collection.selection import Selection
from image_machines.notebooks import profiles
from image_machines.notebooks.chapters import ROOT
from image_machines.painter.works import paint

FOLDER = ROOT / "runs" / "studies" / "planted"
CLASS_OF = {"drapery": "portrait", "blue-shift": "landscape"}
COLLECTIONS: dict[str, dict[str, list[str]]] = {  # class -> what is withheld from it
    "both": {"still-life": ["drapery"]},
    "no-drapery": {"still-life": ["drapery"], "portrait": ["drapery"]},
    "no-blue-shift": {"still-life": ["drapery"], "landscape": ["blue-shift"]},
}
VERSIONS = ("with", "without", "seal")  # of each test work; the seal is the control: no collection has one
TEST_SEED = 7_000_000  # far from the seeds that a collection draws


def collect(name: str) -> Path:
    """The data folder of a collection, painted and divided as the demo's, but for what is withheld."""
    given = profiles.read("scratch")["wga"]
    wanted = Selection.of(SimpleNamespace(**given))
    built_in = dict(wanted.built_in) | {"without": COLLECTIONS[name], "processes": 2}
    folder = FOLDER / name / "data"
    wanted = replace(wanted, built_in=built_in)
    return dataset.build(wanted, folder).folder


def versions(property: str, count: int) -> dict[str, list[images.Picture]]:
    """Test works of the property's class, each in its `VERSIONS`; kept as files like a collection's."""
    found: dict[str, list[images.Picture]] = {version: [] for version in VERSIONS}
    for number in tqdm(range(count), desc=f"test works for {property}", unit="work", delay=1):
        for version in VERSIONS:
            path = FOLDER / "test" / f"{CLASS_OF[property]}-{number:03d}-{version}.jpg"
            if not path.is_file():
                images.save(path, paint_version(property, TEST_SEED + number, version), quality=90)
            found[version].append(images.read(path))
    return found


def paint_version(property: str, seed: int, version: str, size: int = 224) -> images.Picture:
    """A work of the property's class: with it, without it, or with it and a seal in the corner."""
    without = [property] if version == "without" else []
    planted = ["seal"] if version == "seal" else []
    return paint(CLASS_OF[property], seed, size, without, planted).picture
