"""Built-in truth, after an8Flower: bouquets in which one marked part, or two, decide the class.

    python -m studies.relevance.truth.bouquets

paints the bouquets (``runs/studies/relevance/truth/bouquets/KIND``, in an8Flower's own layout), teaches a
network each kind and scores every method on the held-out ones. What is done already is not repeated; the
numbers go into ``results/truth-bouquets.json``.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from image_machines import files, images
from image_machines.attribution.artefacts import energy_at_stride
from image_machines.images import Picture
from image_machines.network.augmentation import Augmentation
from image_machines.network.network import Network
from image_machines.network.training import Training, train
from image_machines.painter.bouquets import CLASSES, class_name, paint_bouquet
from studies.common import measures
from studies.relevance import RESULTS
from studies.relevance.truth import RUNS, folders, judging, scores

log = logging.getLogger("image_machines.studies")

FOLDER = RUNS / "bouquets"
RESULT = RESULTS / "truth-bouquets.json"
SIZE = 128
ASKED = (judging.MENDED, *judging.PLAIN, "gradient", "grad-cam")  # for another class too
STRIDE = 16  # pixels; its frequencies are those of the strides 2, 4 and 8 too
TEST_SEED = 5_000_000  # far from the seeds of the pictures that are learned from
COUNTS = {"one-part": (60, 40), "two-parts": (40, 18)}  # pictures of a class, learned from and held out
GENTLE = Augmentation(rotation=10, shift=0.1, shear=0.05, zoom=0.1)
RECIPES = {  # networks, by name; colours are never changed, since they decide classes
    "small": Training(
        architecture="small", weights="", freeze="", dense=0, optimizer="adam", learning_rate=2e-3,
        decay=True, batch_size=16, epochs=14, size=SIZE, augmentation=GENTLE, precision="float32",
    ),
    "SqueezeNet": Training(
        architecture="SqueezeNet", freeze="pool3", dense=0, optimizer="adam", learning_rate=3e-4,
        decay=True, batch_size=16, epochs=8, size=SIZE, augmentation=GENTLE, precision="float32",
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Held:
    """Held-out bouquets: pictures, class of each, masks of the marked parts (N, H, W)."""

    pictures: list[Picture]
    names: list[str]
    masks: NDArray[np.bool_]


def main() -> None:
    """Paint, teach and score what is missing."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--kinds", nargs="+", default=list(CLASSES), choices=CLASSES)
    parser.add_argument("--networks", nargs="+", default=["small"], choices=RECIPES)
    parser.add_argument("--methods", nargs="+", default=[], help="default: all")
    given = parser.parse_args()
    for kind in given.kinds:
        data = collect(kind, FOLDER / kind, COUNTS[kind])
        for name in given.networks:
            trained = train(RECIPES[name], data, FOLDER / kind / "model", f"bouquets-{kind}-{name}")
            accuracy = trained.history[-1]["val_accuracy"]
            known_methods = judging.methods() | judging.by_features(
                trained.network, data, FOLDER / kind / "features"
            )
            methods = judging.chosen(given.methods, known_methods)
            judge(kind, trained.network, accuracy, held(data), methods, FOLDER / kind / "heat", RESULT)


def collect(kind: str, folder: Path, counts: tuple[int, int], size: int = SIZE) -> Path:
    """Paint what is missing of a collection: train/ and val/ by class, val_MASK/ beside it."""
    for part, count, first in (("train", counts[0], 0), ("val", counts[1], TEST_SEED)):
        wanted = [(marks, number) for marks in CLASSES[kind] for number in range(count)]
        for place, (marks, number) in enumerate(tqdm(wanted, f"{kind}: {part}", unit="bouquet", delay=2)):
            name, file = class_name(marks), f"{number:03d}.png"
            mask = folder / f"{part}{folders.MASK_SUFFIX}" / name / file
            if (folder / part / name / file).is_file() and (part == "train" or mask.is_file()):
                continue
            painted = paint_bouquet(first + place, size, marks)
            if part == "val":
                _save_mask(mask, painted.truth)
            images.save(folder / part / name / file, painted.picture)
    return folder


def _save_mask(path: Path, mask: NDArray[np.bool_]) -> None:
    with files.replacing(path) as temporary:
        Image.fromarray(mask.astype(np.uint8) * 255).save(temporary)


def held(folder: Path) -> Held:
    """The held-out bouquets of a collection whose marked part is to be seen."""
    known = folders.an8flower(folder / "val")
    masks = np.stack([folders.white(each) for each in known])
    seen = [place for place, mask in enumerate(masks) if mask.any()]
    return Held(
        [known[place].picture() for place in seen], [known[place].name for place in seen], masks[seen]
    )


def judge(
    kind: str,
    network: Network,
    accuracy: float,
    known: Held,
    methods: Mapping[str, judging.Method],
    folder: Path,
    result: Path,
) -> None:
    """Score every method, and keep the row of each as soon as it is there."""
    results = judging.Results(result, ("kind", "network", "method"))
    known_by, overlaps = {"kind": kind, "network": network.architecture}, {}
    for name, method in methods.items():
        row = known_by | {"method": name}
        file = folder / network.fingerprint[7:15] / f"{name.replace(' ', '-')}.npy"
        heat, seconds = judging.heats(network, known.pictures, known.names, method, file)
        overlaps[name] = scores.overlap(heat, known.masks)
        kept = results.find(**row) or {}
        if kept.get("fingerprint") != network.fingerprint:
            described = {"fingerprint": network.fingerprint, "accuracy": round(accuracy, 4)}
            kept = row | described | scored(network, known, heat)
            results.put(kept | {"milliseconds": round(1000 * seconds, 1)})
            log.info("%s, %s: overlap %.3f", kind, name, kept["overlap"]["mean"])
        if "grid" not in kept:
            results.put((results.find(**row) or {}) | {"grid": grid(heat)})
        if "another" not in kept and name in ASKED:
            others = [network.classes[network.classes.index(each) - 1] for each in known.names]
            beside = file.with_stem(f"{file.stem}-another")
            other, _ = judging.heats(network, known.pictures, others, method, beside)
            results.put(
                (results.find(**row) or {}) | {"another": scores.summary(scores.likeness(heat, other))}
            )
    judging.compare(results, known_by, overlaps)


def grid(heat: judging.Heat) -> dict[str, Any]:
    """The share of the heat's power at the frequencies of the networks' strides."""
    return scores.summary(np.array([energy_at_stride(each, STRIDE) for each in heat]))


def scored(network: Network, known: Held, heat: judging.Heat) -> dict[str, Any]:
    """All scores of one method's heat; the last two say what the class's probability is on average.

    ``best_overlap`` is at the one threshold that suits all pictures best, which favours every method alike.
    """
    at_thresholds = scores.overlaps(heat, known.masks)
    best = int(at_thresholds.mean(axis=0).argmax())
    deletion, insertion = (
        scores.area_under(curves(network, known, heat, insert)) for insert in (False, True)
    )
    return {
        "overlap": scores.summary(scores.overlap(heat, known.masks)),
        "best_overlap": scores.summary(at_thresholds[:, best])
        | {"threshold": round(float(scores.THRESHOLDS[best]), 2)},
        "pointing": scores.summary(scores.pointing(heat, known.masks)),
        "inside": scores.summary(scores.inside(heat, known.masks)),
        "deletion": scores.summary(deletion),
        "insertion": scores.summary(insertion),
    }


def curves(network: Network, known: Held, heat: judging.Heat, insert: bool) -> scores.Values:
    """The probability of each picture's class as its hottest pixels go or come (N, steps + 1)."""
    read = measures.scorer(network, 4 * (scores.STEPS + 1))
    shown: list[Picture] = []
    for picture, hot in zip(known.pictures, heat, strict=True):
        shown += scores.steps(picture, hot, insert)
    odds = read(shown).reshape(len(heat), scores.STEPS + 1, -1)
    places = [network.classes.index(name) for name in known.names]
    return 1 / (1 + np.exp(-odds[np.arange(len(heat)), :, places]))


def examples(kind: str, seeds: Sequence[int] = (0, 1), size: int = 192) -> Picture:
    """A sheet of a kind's classes: each with some seeds, the marked parts beside it in their colours."""
    shown, captions = [], []
    for marks in CLASSES[kind]:
        for seed in seeds:
            painted = paint_bouquet(seed, size, marks)
            shown += [
                painted.picture,
                np.where(painted.truth[..., None], painted.picture, 235).astype(np.uint8),
            ]
            captions += [class_name(marks), ""]
    return images.contact_sheet(shown, captions, columns=2 * len(seeds), tile=size)


if __name__ == "__main__":
    main()
