"""Networks that learn painted parts and a painted score, held against the truth.

    python -m studies.semantic_maps.known --pictures 2000 --seeds 5

Five networks a seed: two unconstrained baselines, SIAM as in the paper, SIAM without joint fine-tuning, and
SIAM as in the published code; beside them what a linear fit finds that is told where every part is. Maps of
frozen layers are computed once; a run that was killed goes on.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from image_machines import files
from image_machines.network.network import Network
from image_machines.network.semantic import checks, feeding
from image_machines.network.semantic import head as heads
from image_machines.network.semantic.head import SemanticNetwork
from image_machines.network.semantic.training import SemanticTraining
from studies.semantic_maps import RESULTS, judging, lessons, painted, summary
from studies.semantic_maps.lessons import BORDER, Lessons, settings
from studies.semantic_maps.painted import PARTS, Paintings

FILE = RESULTS / "known.json"
SIZE = 160  # of the details
BASE, LAYERS, CHANNELS = "SqueezeNet", ("pool5", "fire7", "fire9"), 128  # frozen, and summed up in channels
HIDDEN = 64  # channels of a layer that learns
PICTURES, DETAILS, EPOCHS = 2000, 10, 10  # what the page is made with
FIRST = 10_000  # seed of its first painting; all choices were made on those from 0 on
PARTS_OF = (0.4, 0.8)  # where the pictures with attributes end, and those with scores; the rest are tested

log = logging.getLogger("image_machines.studies")


@dataclass(frozen=True, eq=False)
class Known:
    """All that is known of the pictures, and the maps of the frozen base."""

    base: Network  # ends in the summary of several of its layers
    paintings: Paintings
    features: feeding.Features
    labels: NDArray[np.float32]  # (N, A)
    scores: NDArray[np.float32]  # (N, 1)
    templates: NDArray[np.float64]  # (m, m, A), the true ones
    cover: NDArray[np.float64]  # (N, m, m, A)
    cells: int
    folder: Path

    def part(self, number: int) -> slice:
        """Pictures with attributes (0), with scores (1), or those that are tested (2).

        All details of one painting are in the same part.
        """
        works = len(self.paintings) // DETAILS
        ends = [0, *(DETAILS * int(works * share) for share in PARTS_OF), len(self.paintings)]
        return slice(ends[number], ends[number + 1])

    def taught(self, number: int) -> feeding.Taught:
        """One part as it is taught: amounts of attributes for the first, scores for the second."""
        own = self.part(number)
        targets = painted.amounts(self.cover) if number == 0 else self.scores
        return feeding.Taught(feeding.Features(self.features.values[own]), targets[own])

    @property
    def lessons(self) -> Lessons:
        """What the networks are taught."""
        side = self.paintings.pictures.shape[1]
        parts = self.taught(0), self.taught(1)
        folder = self.folder / "trainings"
        return Lessons(
            lambda seed: summary.with_hidden(self.base, HIDDEN, seed),
            summary.NAME, side, PARTS, *parts, painted.NOISE**2, folder,
        )  # fmt: skip


def known(
    count: int, folder: Path = painted.FOLDER, base: str = BASE, size: int = SIZE, first: int = FIRST
) -> Known:
    """Paint the pictures, take details of each, score them, compute the maps of the frozen base.

    ``first`` is the seed of the first painting.
    """
    shown = painted.painted(count, painted.SIZE, folder, first).details(DETAILS, size)
    file = folder / f"{base}-{CHANNELS}-{size}-{count}x{DETAILS}-from-{first}.npy"
    network = summary.summed_up(base, LAYERS, CHANNELS, shown.pictures, file.with_suffix(".npz"))
    cells = heads.map_side(network, network.graph.outputs[0], size)
    cover = shown.cover(cells, BORDER)
    scores, templates = painted.scores(cover, painted.true_templates(cells, BORDER))
    features = feeding.features(network, summary.NAME, list(shown.pictures), file)
    labels = painted.present(cover)
    found = Known(network, shown, features, labels, scores, templates, cover, cells, folder)
    for number in (0, 1):
        checks.labels(found.labels[found.part(number)], PARTS)
    return found


def taught(data: Known, chosen: SemanticTraining, name: str = "paper") -> SemanticNetwork:
    """A semantic network as a training leaves it; ``name`` is that of a variant."""
    return lessons.semantic(data.lessons, chosen, name)


def baseline(data: Known, chosen: SemanticTraining, places: bool = False) -> Network:
    """An unconstrained baseline as a training leaves it, see `lessons.baseline`."""
    return lessons.baseline(data.lessons, chosen, places)


def trial(
    data: Known, seed: int, epochs: int, rows: Sequence[str] = ()
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The networks of one seed, one after the other, with their names in `measures.ROWS`."""
    both, alone = settings(epochs, seed), settings(epochs, seed, joint=False)
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "places": lambda: judging.judged_baseline(data, baseline(data, both, places=True)),
        "code": lambda: judging.judged(data, taught(data, both, "code")),
        "paper": lambda: judging.judged(data, taught(data, both)),
        "alone": lambda: judging.judged(data, taught(data, alone)),
        "baseline": lambda: judging.judged_baseline(data, baseline(data, both)),
    }
    for name in rows or makers:
        found = makers[name]()
        log.info("seed %d, %s: %s", seed, name, json.dumps(found))
        yield name, found


def main() -> None:
    """Learn, judge, and write ``results/known.json``."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=PICTURES, help="painted; details of each are shown")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of each stage")
    parser.add_argument("--base", default=BASE)
    parser.add_argument("--first", type=int, default=FIRST, help="seed of the first painting")
    parser.add_argument("--rows", nargs="*", default=[], help="only these networks")
    parser.add_argument("--file", type=Path, default=FILE, help="what to write")
    given = parser.parse_args()
    data = known(given.pictures, base=given.base, first=given.first)
    trials: list[dict[str, Any]] = []
    told = {
        "base": given.base,
        "layers": list(LAYERS),
        "channels": CHANNELS,
        "hidden": HIDDEN,
        "epochs": given.epochs,
        "pictures": {"painted": given.pictures, "details": len(data.paintings)},
        "shares": {part: float(share) for part, share in zip(PARTS, data.labels.mean(axis=0), strict=True)},
        "rules": {part: rule for part, (rule, _) in painted.RULES.items()},
        "spread": float(data.scores[data.part(2)].std()),
        "limit": judging.limit(data),
        "trials": trials,
    }
    for seed in range(given.seeds):
        trials.append({})
        for name, found in trial(data, seed, given.epochs, given.rows):
            trials[-1][name] = found
            files.write_json(given.file, told)


if __name__ == "__main__":
    main()
