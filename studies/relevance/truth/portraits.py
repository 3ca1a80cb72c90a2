"""Real portraits: what the face, the clothing, the hands and the background are worth to a network.

    python -m studies.relevance.truth.portraits --paintings ../shared/data/mirror --masks ../shared/data/masks

Each region is replaced by three fills, and so are equally large pieces of background, as controls; what
counts is the change of the portrait's log-odds. InceptionV3 and SqueezeNet are taught with the paintings that
have no mask, so that no portrait that is measured was learned from; ``--models`` takes any saved networks
with a class "portrait" in their place. A killed run goes on; the numbers go into
``results/truth-portraits.json``.
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

from image_machines.images import Picture
from image_machines.names import unknown
from image_machines.network import models
from image_machines.network.network import Network
from studies.common import measures
from studies.relevance import RESULTS
from studies.relevance.truth import RUNS, folders, judging, paintings, scores
from studies.relevance.truth.fills import FILLS, Mask, piece

log = logging.getLogger("image_machines.studies")

FOLDER = RUNS / "portraits"
RESULT = RESULTS / "truth-portraits.json"
CLASS = "portrait"
BACKGROUND = "background"
LABELS = {BACKGROUND: 0, "clothing": 1, "face": 2, "hands": 3, "rest of the head": 4}
TOGETHER = "the three together"  # the mean of a picture's three fills
KEYS = ("network", "what", "region", "by")


@dataclass(frozen=True, eq=False)
class Portrait:
    """A portrait and its regions (H, W), by name."""

    picture: Picture
    regions: dict[str, Mask]


def main() -> None:
    """Teach what is missing, then measure it."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--paintings", required=True, help="the gallery's mirror, a folder")
    parser.add_argument(
        "--masks", type=Path, required=True, help="label maps under the paths of the pictures"
    )
    parser.add_argument(
        "--labels", nargs="+", default=[], metavar="NAME=NUMBER", help="what other masks' numbers mean"
    )
    parser.add_argument("--models", nargs="+", default=[], help="saved networks, instead of those taught")
    parser.add_argument("--networks", nargs="+", default=["InceptionV3", "SqueezeNet"], help="taught")
    parser.add_argument("--weights", nargs="+", default=[], metavar="NETWORK=FILE", help="to begin with")
    parser.add_argument("--methods", nargs="+", default=[], help="default: all")
    parser.add_argument(
        "--most", type=int, default=0, help="portraits that heat is measured on; default: all"
    )
    given = parser.parse_args()
    known = folders.labelled(given.paintings, given.masks)
    labels = named(given.labels) or LABELS
    portraits = [Portrait(each.picture(), folders.regions(each, labels)) for each in known]
    weights = dict(each.split("=", 1) for each in given.weights)
    methods = judging.chosen(given.methods, judging.methods())
    for each in given.models or given.networks:
        network = (
            models.load(each)
            if given.models
            else paintings.taught(given.paintings, given.masks, each, weights)
        )
        replaced(network, portraits, RESULT)
        heated(network, portraits[: given.most or None], methods, FOLDER / "heat", RESULT)


def named(given: Sequence[str]) -> dict[str, int]:
    """Labels from words such as "face=2"; raises ValueError for any other and without a background."""
    found = {}
    for each in given:
        name, _, number = each.partition("=")
        if not name or not number.isdecimal():
            raise ValueError(f"a label is a name and a number, such as face=2, not {each!r}")
        found[name] = int(number)
    if found and BACKGROUND not in found:
        raise ValueError(
            f"one of the labels must be {BACKGROUND!r}, which controls are cut from, not only {found}"
        )
    return found


def _place(network: Network) -> int:
    """The unit of the portraits; raises ValueError for a network without one."""
    if CLASS not in network.classes:
        raise ValueError(unknown("class", CLASS, network.classes, f"classes of {network.name}"))
    return network.classes.index(CLASS)


def replaced(network: Network, portraits: Sequence[Portrait], result: Path) -> None:
    """What replacing each region does to the portrait's log-odds, beside pieces of background."""
    results, place = judging.Results(result, KEYS), _place(network)
    name = network.architecture or network.name
    read = measures.scorer(network)
    whole = read([each.picture for each in portraits])[:, place]
    for region in _regions(portraits):
        row = {"network": name, "what": "change", "region": region}
        if (results.find(**row, by=TOGETHER) or {}).get("fingerprint") == network.fingerprint:
            continue
        having = [number for number, each in enumerate(portraits) if region in each.regions]
        chosen = [portraits[number] for number in having]
        area = np.array([each.regions[region].mean() for each in chosen])
        changes, controls = [], []
        for fill in FILLS:
            filled = [
                FILLS[fill](each.picture, each.regions[region], seed) for seed, each in enumerate(chosen)
            ]
            changes.append(read(filled)[:, place] - whole[having])
            controls.append(_controls(read, place, chosen, region, fill) - whole[having])
        named = dict(zip(FILLS, zip(changes, controls, strict=True), strict=True))
        named[TOGETHER] = np.mean(changes, axis=0), np.mean(controls, axis=0)
        for by, (change, control) in named.items():
            found = compared(change, control, area) | {"whole": scores.summary(whole[having])}
            results.put(row | {"by": by, "fingerprint": network.fingerprint} | found)
        log.info("%s: %s measured", name, region)


def _regions(portraits: Sequence[Portrait]) -> list[str]:
    """The regions that there are, the background first."""
    found = dict.fromkeys(region for each in portraits for region in each.regions)
    return sorted(found, key=lambda region: region != BACKGROUND)


def _controls(
    read: measures.Scorer, place: int, chosen: Sequence[Portrait], region: str, fill: str
) -> NDArray[np.float64]:
    """Log-odds with an equally large piece of background filled instead; NaN where none is so large."""
    found = np.full(len(chosen), np.nan)
    filled, numbers = [], []
    for number, each in enumerate(chosen):
        room = each.regions.get(BACKGROUND) if region != BACKGROUND else None
        part = piece(room, int(each.regions[region].sum()), number) if room is not None else None
        if part is not None:
            filled.append(FILLS[fill](each.picture, part, number))
            numbers.append(number)
    if filled:
        found[numbers] = read(filled)[:, place]
    return found


def compared(
    change: NDArray[np.float64], control: NDArray[np.float64], area: NDArray[np.float64]
) -> dict[str, Any]:
    """A region's change of log-odds, its control's, their difference, the change per tenth of the picture."""
    return {
        "change": scores.summary(change),
        "control": scores.summary(control),
        "beyond_control": scores.summary(change - control),
        "per_tenth": scores.summary(change / area / 10),
        "control_per_tenth": scores.summary(control / area / 10),
        "area": round(float(np.median(area)), 4),
    }


def heated(
    network: Network,
    portraits: Sequence[Portrait],
    methods: Mapping[str, judging.Method],
    folder: Path,
    result: Path,
) -> None:
    """How much of each method's heat falls into each region, against its share of the picture."""
    results = judging.Results(result, KEYS)
    name = network.architecture or network.name
    pictures = [measures.resized(each.picture, network.size) for each in portraits]
    for by, method in methods.items():
        row = {"network": name, "what": "heat", "by": by}
        if (results.find(**row, region=BACKGROUND) or {}).get("fingerprint") == network.fingerprint:
            continue
        file = folder / network.fingerprint[7:15] / f"{by.replace(' ', '-')}.npy"
        heat, _ = judging.heats(network, pictures, [CLASS] * len(pictures), method, file)
        for region in reversed(_regions(portraits)):  # the background, which tells that all is there, last
            having = [number for number, each in enumerate(portraits) if region in each.regions]
            masks = np.stack(
                [judging.resized_mask(portraits[number].regions[region], network.size) for number in having]
            )
            found = {
                "share": scores.summary(scores.inside(heat[having], masks)),
                "against_area": scores.summary(scores.shares(heat[having], masks)),
            }
            results.put(row | {"region": region, "fingerprint": network.fingerprint} | found)


if __name__ == "__main__":
    main()
