"""Networks that learn painted parts and a painted score, held against the truth.

    python -m studies.semantic_maps.known --pictures 600 --seeds 1

Four networks a seed: the unconstrained baseline, SIAM as in the paper, SIAM without joint fine-tuning, and
SIAM as in the published code. Maps of frozen layers are computed once; a run that was killed goes on.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from image_machines import files
from image_machines.network import models
from image_machines.network.network import Network
from image_machines.network.semantic import checks, explaining, feeding, training
from image_machines.network.semantic import head as heads
from image_machines.network.semantic.head import SemanticNetwork, add_semantic_head
from image_machines.network.semantic.training import SemanticTraining
from studies.semantic_maps import RESULTS, measures, painted
from studies.semantic_maps.painted import PARTS, Paintings

FILE = RESULTS / "known.json"
BORDER = 2
SIZE = 224
PICTURES, EPOCHS, BASE, START = 600, 6, "SqueezeNet", "fire7"  # what the page is made with
PARTS_OF = (0.4, 0.8)  # where the pictures with attributes end, and those with scores; the rest are tested

log = logging.getLogger("image_machines.studies")


@dataclass(frozen=True, eq=False)
class Known:
    """All that is known of the pictures, and the maps of the frozen layer ``start`` of a base."""

    base: str
    start: str
    paintings: Paintings
    features: feeding.Features
    labels: NDArray[np.float32]  # (N, A)
    scores: NDArray[np.float32]  # (N, 1)
    templates: NDArray[np.float64]  # (m, m, A), the true ones
    cover: NDArray[np.float64]  # (N, m, m, A)
    cells: int
    folder: Path

    def part(self, number: int) -> slice:
        """Pictures with attributes (0), with scores (1), or those that are tested (2)."""
        ends = [0, *(2 * int(len(self.paintings) * share / 2) for share in PARTS_OF), len(self.paintings)]
        return slice(ends[number], ends[number + 1])

    def taught(self, number: int) -> feeding.Taught:
        """One part as it is taught: labels for the first, scores for the second."""
        own = self.part(number)
        targets = self.labels if number == 0 else self.scores
        return feeding.Taught(feeding.Features(self.features.values[own]), targets[own])


def known(count: int, base: str, start: str, folder: Path = painted.FOLDER, size: int = SIZE) -> Known:
    """Paint the pictures, mirror each, score them, and compute the maps of the frozen layer."""
    shown = painted.painted(count, size, folder).mirrored()
    network = models.build(base)
    cells = heads.map_side(network, network.graph.outputs[0], size)
    cover = shown.cover(cells, BORDER)
    scores, templates = painted.scores(cover, painted.true_templates(cells, BORDER))
    features = feeding.features(
        network, start, list(shown.pictures), folder / f"{base}-{start}-{size}-{count}.npy"
    )
    found = Known(base, start, shown, features, shown.present, scores, templates, cover, cells, folder)
    for number in (0, 1):
        checks.labels(found.labels[found.part(number)], PARTS)
    return found


def taught(data: Known, chosen: SemanticTraining, name: str = "paper") -> SemanticNetwork:
    """A semantic network as a training leaves it; ``name`` is that of a variant."""
    targets = data.taught(1)
    if name == "code":  # predicts a variance as well, which is known here: that of the noise
        spread = np.full_like(targets.targets, painted.NOISE**2)
        targets = feeding.Taught(targets.inputs, np.concatenate([targets.targets, spread], axis=1))
    semantic = add_semantic_head(
        models.build(data.base),
        PARTS,
        data.paintings.pictures.shape[1],
        name,
        BORDER,
        [float(each) for each in targets.targets.mean(axis=0)],
        seed=chosen.seed,
    )
    training.train(semantic, chosen, data.taught(0), targets, data.folder / "trainings", data.start)
    return semantic


def baseline(data: Known, chosen: SemanticTraining) -> Network:
    """The unconstrained baseline as a training leaves it."""
    targets = data.taught(1)
    network = training.add_score(
        models.build(data.base),
        data.paintings.pictures.shape[1],
        (float(targets.targets.mean()),),
        chosen.seed,
    )
    training.train_unconstrained(network, chosen, targets, data.folder / "trainings", data.start)
    return network


def judged(data: Known, semantic: SemanticNetwork) -> dict[str, Any]:
    """What a semantic network gets right on the pictures that it did not learn from."""
    own = data.part(2)
    found = explaining.explain(semantic, data.features.values[own], start=data.start)
    learned = explaining.templates(semantic)
    inner = learned.shape[0] - len(data.templates)
    if inner:  # the published code keeps the border, as zeros
        learned = learned[inner // 2 : -(inner // 2), inner // 2 : -(inner // 2)]
    frequent = (data.cover[data.part(1)] > 0).mean(axis=0) >= measures.OFTEN
    labels = data.labels[own]
    absent = np.where(labels < 0.5, np.abs(found.totals), np.nan)
    present = np.where(labels > 0.5, np.abs(found.totals), np.nan)
    return measures.of_scores(data.scores[own, 0], found.score) | {
        "precision": measures.precision(labels, found.presence),
        "pointing": measures.pointing(
            data.paintings, own, found.maps, data.cells, BORDER, semantic.variant == "paper"
        ),
        "template": measures.template_correlations(learned, data.templates, frequent),
        "absent": float(np.nanmean(absent) / np.nanmean(present)),
    }


def judged_baseline(data: Known, network: Network) -> dict[str, Any]:
    """What the baseline gets right on the same pictures."""
    own = data.part(2)
    reader = keras.Model(network.output(data.start), network.graph.outputs[0])
    values = data.features.values[own]
    said = [
        np.asarray(reader.predict_on_batch(np.asarray(values[first : first + 32], np.float32)))
        for first in range(0, len(values), 32)
    ]
    return measures.of_scores(data.scores[own, 0], np.concatenate(said)[:, 0])


def settings(epochs: int, seed: int, joint: bool = True) -> SemanticTraining:
    """How every network of the study is trained."""
    return SemanticTraining(
        attribute_epochs=epochs,
        joint_epochs=epochs,
        batch_size=16,
        learning_rate=0.001,
        decay="cosine",
        seed=seed,
        joint=joint,
    )


def trial(
    data: Known, seed: int, epochs: int, rows: Sequence[str] = ()
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The networks of one seed, one after the other, with their names in `measures.ROWS`."""
    both, alone = settings(epochs, seed), settings(epochs, seed, joint=False)
    makers = {
        "baseline": lambda: judged_baseline(data, baseline(data, both)),
        "paper": lambda: judged(data, taught(data, both)),
        "alone": lambda: judged(data, taught(data, alone)),
        "code": lambda: judged(data, taught(data, both, "code")),
    }
    for name in rows or makers:
        found = makers[name]()
        log.info("seed %d, %s: %s", seed, name, json.dumps(found))
        yield name, found


def main() -> None:
    """Learn, judge, and write ``results/known.json``."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=PICTURES, help="painted; each is also shown mirrored")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of each stage")
    parser.add_argument("--base", default=BASE)
    parser.add_argument("--start", default=START, help="the last layer that is frozen")
    parser.add_argument("--rows", nargs="*", default=[], help="only these networks")
    parser.add_argument("--file", type=Path, default=FILE, help="what to write")
    given = parser.parse_args()
    data = known(given.pictures, given.base, given.start)
    trials: list[dict[str, Any]] = []
    told = {
        "base": given.base,
        "frozen": given.start,
        "epochs": given.epochs,
        "pictures": {"painted": given.pictures, "with mirrored": len(data.paintings)},
        "shares": {part: float(share) for part, share in zip(PARTS, data.labels.mean(axis=0), strict=True)},
        "rules": {part: rule for part, (rule, _) in painted.RULES.items()},
        "trials": trials,
    }
    for seed in range(given.seeds):
        trials.append({})
        for name, found in trial(data, seed, given.epochs, given.rows):
            trials[-1][name] = found
            files.write_json(given.file, told)


if __name__ == "__main__":
    main()
