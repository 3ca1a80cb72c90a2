"""A bias planted and looked for: a fence before 3 in 100 portraits, found on a map of the class.

    python -m studies.metapictures.bias
    python -m studies.metapictures.bias --paintings ../shared/data/mirror --figures

Every seed fences other portraits and makes another map; the cluster that fits the fenced ones best is held
against that for the same pictures saved anew without a fence, and for as many pictures drawn at random. A low
fence, along the lower edge, says how much smaller the odd part may be.
Writes ``results/bias.json``; what is measured already stays.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from image_machines import files, images
from image_machines.atlas.maps import clusters, layout
from image_machines.atlas.maps.clusters import Labels
from image_machines.atlas.maps.layout import Layout, Projection
from image_machines.notebooks.chapters import ROOT
from studies.common.results import Row, rounded
from studies.metapictures import FIGURES, RESULTS
from studies.metapictures.planting import CLASS, LAYER, PARTS, SHARE, Planted, plant, portraits, version_file
from studies.metapictures.scatter import scattered

log = logging.getLogger("image_machines.studies")

FOLDER = ROOT / "runs" / "studies" / "metapictures" / "bias"
FILE = RESULTS / "bias.json"
PAINTED = {"per_class": 200, "kinds": [CLASS], "others": 0, "processes": 1}
SEARCH = {"smallest": 5, "samples": 2}  # of clusters.density
DRAWS = 1000


def main() -> None:
    """Plant, look, write."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--paintings", help="a mirror of the gallery, besides the built-in collection")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--figures", action="store_true", help="the map of the first seed as a picture")
    given = parser.parse_args()
    wanted: dict[str, tuple[str, Mapping[str, Any]]] = {"built-in": ("builtin", PAINTED)}
    if given.paintings:
        wanted["paintings"] = (given.paintings, {})
    for name, (source, built_in) in wanted.items():
        for part in PARTS:
            if given.figures or not all(kept(name, part, seed) for seed in range(given.seeds)):
                folder = FOLDER / name
                shown = portraits(source, folder / "data", built_in)
                planted = plant(name, part, shown, given.seeds, folder / part)
                for seed in range(given.seeds):
                    measured(planted, seed)
                if given.figures:
                    images.save(FIGURES / f"bias-{name}-{part.replace(' ', '-')}.jpg", figure(planted, 0))


def kept(name: str, part: str, seed: int) -> Row | None:
    """What the file of results has of one seed's plant."""
    rows = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    place = {"collection": name, "part": part, "seed": seed}
    return next((dict(row) for row in rows if all(row[key] == place[key] for key in place)), None)


def measured(planted: Planted, seed: int) -> Row:
    """What was found of one seed's plant; kept in the file of results, and not made twice."""
    before = kept(planted.name, planted.part, seed)
    if before is not None and before["portraits"] == len(planted.paths):
        return before
    row = {"collection": planted.name, "part": planted.part, "seed": seed, "portraits": len(planted.paths)}
    row |= looked_for(planted, seed)
    log.info("%s, %s, seed %d: F1 %.2f", planted.name, planted.part, seed, row["f1"])
    rows = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    others = [each for each in rows if _place(each) != _place(row)]
    files.write_json(FILE, sorted([*others, row], key=_place))
    return row


def _place(row: Row) -> tuple[str, str, int]:
    return row["collection"], row["part"], row["seed"]


def looked_for(planted: Planted, seed: int) -> Row:
    """The cluster that fits the fenced portraits best, and what chance and the saving alone would give."""
    truth = np.isin(np.arange(len(planted.paths)), planted.chosen[seed])
    found = mapped(planted, "with", seed)
    labels = clusters.density(found.positions, **SEARCH)
    precision, recall, f1 = best(labels, truth)
    control = clusters.density(mapped(planted, "without", seed).positions, **SEARCH)
    random = np.random.default_rng((seed, 2))
    chance = [best(labels, random.permutation(truth))[2] for _ in range(DRAWS)]
    return {
        "planted": int(truth.sum()),
        "clusters": int(labels.max() + 1),
        "f1": rounded(f1),
        "precision": rounded(precision),
        "recall": rounded(recall),
        "without_f1": rounded(best(control, truth)[2]),
        "chance_f1": rounded(np.quantile(chance, 0.95)),
        "trustworthiness": rounded(found.trustworthiness, 3),
    }


def mapped(planted: Planted, version: str, seed: int) -> Layout:
    """The map of the class, the portraits that the seed chose in a version."""
    of = {"collection": planted.name, "network": "SqueezeNet", "layer": LAYER, "share": SHARE}
    file = planted.folder / "maps" / f"{version}-{seed}.json"
    return layout.lay_out(planted.features(version, seed), Projection(seed=seed), file, of)


def best(labels: Labels, truth: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the cluster that fits the true pictures best."""
    sizes = np.bincount(labels[labels >= 0], minlength=1)
    hits = np.bincount(labels[(labels >= 0) & truth], minlength=len(sizes))
    f1 = 2 * hits / (sizes + truth.sum())
    chosen = int(f1.argmax())
    return hits[chosen] / max(sizes[chosen], 1), hits[chosen] / truth.sum(), float(f1[chosen])


def figure(planted: Planted, seed: int) -> images.Picture:
    """The map with its fenced portraits marked."""
    paths = list(planted.paths)
    for index in map(int, planted.chosen[seed]):
        paths[index] = version_file(planted.folder, "with", seed, index)
    return scattered(paths, mapped(planted, "with", seed).positions, set(map(int, planted.chosen[seed])))


if __name__ == "__main__":
    main()
