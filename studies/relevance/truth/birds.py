"""FunnyBirds: does a method's heat rank the parts of a bird as taking them away does?

    python -m studies.relevance.truth.birds --birds ../shared/data/funnybirds --mobilenet WEIGHTS

teaches MobileNetV2 the classes (``runs/studies/relevance/truth/birds``) and scores every method on the test
birds after Hesse and others (ICCV 2023), their protocol *single deletion*: the importance of a part is the
heat inside its mask; its truth is the fall of the class's logit in the same scene without the part. A killed
run goes on; the numbers go into ``results/truth-birds.json``.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from image_machines import files, images
from image_machines.images import Picture
from image_machines.network.augmentation import Augmentation
from image_machines.network.network import Network
from image_machines.network.training import Training, train
from studies.common import measures
from studies.relevance import RESULTS
from studies.relevance.truth import RUNS, judging, scores
from studies.relevance.truth.funnybirds import CROP, PARTS, Bird, birds, cropped

log = logging.getLogger("image_machines.studies")

FOLDER = RUNS / "birds"
RESULT = RESULTS / "truth-birds.json"
NAME = "funnybirds"
RECIPE = Training(
    architecture="MobileNetV2", freeze="block_5_add", dense=0, optimizer="adam", learning_rate=1e-3,
    decay=True, batch_size=32, epochs=7, size=CROP,
    augmentation=Augmentation(rotation=8, shift=0.05, shear=0.03, zoom=0.08, colour=0.05),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Flock:
    """Test birds for a network: pictures, classes, masks (N, parts, H, W), and what each part is worth.

    ``falls`` (N, parts) is by how much the logit of the bird's class falls without the part; NaN for a part
    that is not to be seen.
    """

    pictures: list[Picture]
    names: list[str]
    masks: NDArray[np.bool_]
    falls: scores.Values
    accuracy: float


def main() -> None:
    """Teach the network, then score what is missing."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--birds", type=Path, required=True, help="the folder of FunnyBirds")
    parser.add_argument("--mobilenet", default="imagenet", help="file of weights of MobileNetV2")
    parser.add_argument("--methods", nargs="+", default=[], help="default: all")
    given = parser.parse_args()
    data = collect(given.birds, FOLDER / "data")
    network = train(replace(RECIPE, weights=given.mobilenet), data, FOLDER / "model", NAME).network
    by_features = judging.by_features(network, data, FOLDER / "features")
    methods = judging.chosen(given.methods, judging.methods() | by_features)
    judge(network, flock(network, birds(given.birds)), methods, FOLDER / "heat", RESULT)


def collect(source: Path, folder: Path, crop: int = CROP) -> Path:
    """The middle of every bird, in train/ and val/ (the test birds); what is there already stays."""
    for part, into in (("train", "train"), ("test", "val")):
        found = sorted((source / part).glob("*/*.jpg"))
        if not found:
            raise ValueError(f"no birds in {source / part}; FunnyBirds has them in {part}/<class>/NNN.jpg")
        for path in tqdm(found, f"birds: {part}", unit="bird", delay=2):
            target = folder / into / path.parent.name / f"{path.stem}.png"
            if not target.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                with files.replacing(target) as temporary:
                    Image.fromarray(cropped(images.read(path), crop)).save(temporary, compress_level=1)
    return folder


def flock(network: Network, found: Sequence[Bird]) -> Flock:
    """The birds as the network sees them, and what the parts are worth to it."""
    read, side = measures.logits(network), network.size
    pictures = [measures.resized(bird.picture(), side) for bird in found]
    names = [bird.name for bird in found]
    places = np.array([network.classes.index(name) for name in names])
    whole = read(pictures)
    masks = np.stack([_squared(bird, side) for bird in found])
    falls = np.full((len(found), len(PARTS)), np.nan)
    for number, part in enumerate(PARTS):
        lacking = read([bird.lacking(part) for bird in found])
        falls[:, number] = np.take_along_axis(whole - lacking, places[:, None], axis=1)[:, 0]
    falls[~masks.any(axis=(2, 3))] = np.nan
    return Flock(pictures, names, masks, falls, float((whole.argmax(axis=1) == places).mean()))


def _squared(bird: Bird, side: int) -> NDArray[np.bool_]:
    masks = bird.masks()
    return np.stack([judging.resized_mask(masks[part], side) for part in PARTS])


def judge(
    network: Network, known: Flock, methods: Mapping[str, judging.Method], folder: Path, result: Path
) -> None:
    """Score every method, and keep the row of each as soon as it is there."""
    results, correlations, densities = judging.Results(result, ("method",)), {}, {}
    outlines = judging.edges(network, np.stack(known.pictures), known.names)
    for name, method in methods.items():
        file = folder / network.fingerprint[7:15] / f"{name.replace(' ', '-')}.npy"
        heat, seconds = judging.heats(network, known.pictures, known.names, method, file)
        correlations[name] = scores.rank_correlation(importance(known, heat), known.falls)
        densities[name] = scores.rank_correlation(density(known, heat), known.falls)
        row = results.find(method=name) or {}
        if row.get("fingerprint") == network.fingerprint and "outlines" in row:
            continue
        found = scored(known, heat, outlines)
        described = {"method": name, "network": network.architecture, "fingerprint": network.fingerprint}
        described["accuracy"] = round(known.accuracy, 4)
        results.put(described | found | {"milliseconds": round(1000 * seconds, 1)})
        log.info("%s: rank correlation %.3f", name, found["correlation"]["mean"])
    judging.compare(results, {}, correlations)
    judging.compare(results, {}, densities, "ahead_per_pixel")


def importance(known: Flock, heat: judging.Heat) -> scores.Values:
    """The heat inside each part's mask (N, parts)."""
    return np.stack([(heat * known.masks[:, part]).sum(axis=(1, 2)) for part in range(len(PARTS))], axis=1)


def sizes(known: Flock) -> scores.Values:
    """The pixels of each part (N, parts), NaN for one that is not to be seen."""
    area = known.masks.sum(axis=(2, 3)).astype(np.float64)
    return np.where(area > 0, area, np.nan)


def density(known: Flock, heat: judging.Heat) -> scores.Values:
    """The mean heat of each part's pixels (N, parts), NaN for a part that is not to be seen."""
    inside, area = importance(known, heat), known.masks.sum(axis=(2, 3))
    return np.divide(inside, area, np.full(inside.shape, np.nan), where=area > 0)


def scored(known: Flock, heat: judging.Heat, outlines: judging.Heat) -> dict[str, Any]:
    """Rank correlation of heat and fall over the parts; the pointing game on the part that is worth most.

    ``density`` correlates the heat per pixel of the part instead, which a large part does not win by its
    size. ``size`` correlates the heat with that size instead of the fall: a method near 1 there says
    how large parts are. ``outlines``: how alike the heat and the picture's outlines are, a correlation over
    the pixels. ``bird`` is the pointing game on all parts together.
    """
    most = np.nan_to_num(known.falls, nan=-np.inf).argmax(axis=1)
    chief = known.masks[np.arange(len(most)), most]
    return {
        "correlation": scores.summary(scores.rank_correlation(importance(known, heat), known.falls)),
        "density": scores.summary(scores.rank_correlation(density(known, heat), known.falls)),
        "size": scores.summary(scores.rank_correlation(importance(known, heat), sizes(known))),
        "outlines": scores.summary(scores.likeness(heat, outlines)),
        "pointing": scores.summary(scores.pointing(heat, chief)),
        "bird": scores.summary(scores.pointing(heat, known.masks.any(axis=1))),
    }


if __name__ == "__main__":
    main()
