"""The paper's table, for whoever holds its two data sets.

    python -m studies.semantic_maps.paper --sun FOLDER --scenic FOLDER --base ResNet50 --size 450

A training that was broken off goes on. Without the data it says what is missing and where that comes from.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from image_machines import files
from image_machines.network.augmentation import Augmentation
from image_machines.network.models import build
from image_machines.network.network import Network
from image_machines.network.pipeline import Pictures
from image_machines.network.semantic import checks, explaining, feeding, training, unconstrained
from image_machines.network.semantic.head import SemanticNetwork, add_semantic_head
from image_machines.network.semantic.training import SemanticTraining
from image_machines.network.semantic.variants import VARIANTS, variant
from image_machines.notebooks.chapters import ROOT
from studies.semantic_maps import RESULTS, measures, scenic, sun

FILE = RESULTS / "paper.json"
MOVED = Augmentation(rotation=5, shift=0.05, shear=0, zoom=0)  # the code's: 5 degrees, a crop of 450 of 500
AT_ONCE = 16  # pictures that are judged in one batch


def run(
    attributes: sun.Attributes,
    votes: scenic.Votes,
    base: str,
    weights: str | None,
    size: int,
    name: str,
    chosen: SemanticTraining,
    folder: Path,
) -> dict[str, dict[str, Any]]:
    """The three networks of the paper's table, by the names of `measures.ROWS`, on the test pictures."""
    checks.disjoint(attributes.files, votes.files)
    checks.pictures([*attributes.files, *votes.files], size)
    predicted = votes.scores[:, : len(variant(name).scores)]
    learned, scored = attributes.splits == "train", votes.splits == "train"
    network = build(base, weights)
    labels = feeding.Taught(_pixels(attributes.files, learned, size, network), attributes.labels[learned])
    scores = feeding.Taught(_pixels(votes.files, scored, size, network), predicted[scored])
    means = [float(each) for each in scores.targets.mean(axis=0)]
    found: dict[str, dict[str, Any]] = {}

    plain = unconstrained.add_score(network, size, means, chosen.seed)
    training.train_unconstrained(plain, chosen, scores, folder)
    found["baseline"] = _of_votes(
        votes, predicted, _answers(plain, votes.files, votes.splits == "test", size)
    )
    for row, joint in ((name, True), ("alone", False)):
        semantic = add_semantic_head(
            build(base, weights), attributes.names, size, name, means=means, seed=chosen.seed
        )
        training.train(semantic, replace(chosen, joint=joint), labels, scores, folder)
        found[row] = _judged(semantic, attributes, votes, predicted, size)
    return found


def _pixels(paths: Sequence[Path], which: NDArray[np.bool_], size: int, network: Network) -> feeding.Pixels:
    chosen = [path for path, used in zip(paths, which, strict=True) if used]
    return feeding.Pixels(Pictures(chosen, size), network.pixels, MOVED)


def _answers(
    network: Network, paths: Sequence[Path], which: NDArray[np.bool_], size: int
) -> NDArray[np.float64]:
    """What the last output of a network says of the chosen pictures, (N, S), as they are."""
    return _all_answers(network, paths, which, size)[-1]


def _all_answers(
    network: Network, paths: Sequence[Path], which: NDArray[np.bool_], size: int
) -> list[NDArray[np.float64]]:
    pictures = Pictures([path for path, used in zip(paths, which, strict=True) if used], size, keep_bytes=0)
    parts = []
    for first in range(0, len(pictures), AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, len(pictures)))
        shown = np.stack([pictures[number][..., :3] for number in numbers])
        said = network.graph.predict_on_batch(network.pixels.from_pictures(shown))
        parts.append([np.asarray(each, np.float64) for each in (said if isinstance(said, list) else [said])])
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def _of_votes(votes: scenic.Votes, predicted: NDArray[Any], said: NDArray[Any]) -> dict[str, float]:
    return measures.of_scores(predicted[votes.splits == "test", 0], said[:, 0])


def _judged(
    semantic: SemanticNetwork, attributes: sun.Attributes, votes: scenic.Votes, predicted: Any, size: int
) -> dict[str, Any]:
    tested = attributes.splits == "test"
    presence = _all_answers(semantic.network, attributes.files, tested, size)[0]
    said = _answers(semantic.network, votes.files, votes.splits == "test", size)
    found: dict[str, Any] = dict(_of_votes(votes, predicted, said))
    found["precision"] = measures.precision(attributes.labels[tested], presence)
    found["templates"] = np.round(explaining.templates(semantic), 5).tolist()
    return found


def main() -> None:
    """Learn, judge, and write ``results/paper.json``."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--sun", type=Path, required=True, help="the folder of SUN Attributes")
    parser.add_argument("--scenic", type=Path, required=True, help="the folder of ScenicOrNot")
    parser.add_argument("--base", default="ResNet50")
    parser.add_argument("--weights", default="imagenet", help="imagenet, or a file of weights")
    parser.add_argument("--size", type=int, default=450, help="side of the pictures; 450 gives 15 x 15 maps")
    parser.add_argument("--variant", default="paper", choices=VARIANTS)
    parser.add_argument("--epochs", type=int, default=10, help="of each stage")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "semantic_maps" / "paper")
    given = parser.parse_args()
    attributes, votes = sun.read(given.sun), scenic.read(given.scenic)
    trials = []
    for seed in range(given.seeds):
        chosen = SemanticTraining(
            attribute_epochs=given.epochs, joint_epochs=given.epochs, decay="steps", seed=seed
        )
        trials.append(
            run(attributes, votes, given.base, given.weights, given.size, given.variant, chosen, given.folder)
        )
        counts = {split: int((votes.splits == split).sum()) for split in sun.SPLITS}
        told = {"base": given.base, "variant": given.variant, "pictures": counts, "trials": trials}
        files.write_json(FILE, told | {"attributes": list(attributes.names)})


if __name__ == "__main__":
    main()
