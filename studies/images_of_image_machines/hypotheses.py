"""The paper's reading, tested: drapery stands for the portrait, the blue of distance for the landscape.

    python -m studies.images_of_image_machines.hypotheses planted
    python -m studies.images_of_image_machines.hypotheses recoloured --model FILE ...
    python -m studies.images_of_image_machines.hypotheses figures

`planted` trains small networks on the built-in collection with and without each property (half an hour on two
cores); `recoloured` takes the blue out of real landscapes, for any number of networks (half an hour each),
and adds its numbers to those of others. Both go on where they were broken off. The numbers are in
``results/``, the figures in ``figures/``; one with real paintings stays in ``runs/studies/``.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from image_machines import files, images
from image_machines.collection import dataset
from image_machines.notebooks.chapters import ROOT
from studies.common import measures
from studies.common.pages import markdown
from studies.images_of_image_machines import FIGURES, RESULTS, planting, recolouring

log = logging.getLogger("image_machines.studies")

PLANTED, RECOLOURED = RESULTS / "planted.json", RESULTS / "recoloured.json"
WORDS = {"drapery": "drapery", "blue-shift": "the blue of distance"}
COLLECTIONS = {"both": "with both", "no-drapery": "without drapery", "no-blue-shift": "without blue"}


def main() -> None:
    """Make what is missing of a part."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=("planted", "recoloured", "figures"))
    parser.add_argument("--seeds", type=int, default=3, help="planted: networks of each kind")
    parser.add_argument("--model", nargs="+", default=[], help="recoloured: files of networks")
    parser.add_argument("--data", default=ROOT / "runs/paintings/data", help="recoloured: paintings")
    parser.add_argument("--most", type=int, help="recoloured: pictures, at most; those of validation first")
    given = parser.parse_args()
    if given.part == "planted":
        files.write_json(PLANTED, planting.run(planting.Plan(seeds=tuple(range(given.seeds)))))
    for model in given.model if given.part == "recoloured" else ():
        keep(recolouring.run(model, given.data, most=given.most), given.data)
    if given.part == "figures":
        draw_planted()
        draw_recoloured()
        draw_paintings(given.data)


def keep(result: dict[str, Any], data: str | Path) -> None:
    """Put a network's result into the file, in place of an earlier one of the same weights and data."""
    fingerprint = read(Path(data) / dataset.RECORD)["fingerprint"]
    earlier = read(RECOLOURED) if RECOLOURED.is_file() else {}
    known = earlier["networks"] if earlier.get("data") == fingerprint else []
    known = [each for each in known if each["fingerprint"] != result["fingerprint"]]
    files.write_json(RECOLOURED, {"data": fingerprint, "networks": [*known, result]})


def read(path: Path) -> dict[str, Any]:
    """A file of results."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


# --- tables ---------------------------------------------------------------------------------------------


def planted_table() -> str:
    """Two tables in Markdown, means over seeds: what a property's absence does, and the class images."""
    found = read(PLANTED)
    return _ranking_table(found["ranking"]) + "\n" + _image_table(found["images"])


def _ranking_table(ranking: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for property, name, group in _groups(ranking):
        right = [
            100 * _mean([each["named_right"][version] for each in group]) for version in ("with", "without")
        ]
        changes = [each["change"] for each in group]
        rows.append(
            [
                f"{planting.CLASS_OF[property]}: {WORDS[property]} removed",
                COLLECTIONS[name],
                f"{_mean(changes):+.1f} ({min(changes):+.1f} to {max(changes):+.1f})",
                f"{_mean([each['control_change'] for each in group]):+.1f}",
                f"{_mean([each['mean_rank_with'] for each in group]):.0f} → "
                f"{_mean([each['mean_rank_without'] for each in group]):.0f}",
                f"{right[0]:.0f} % → {right[1]:.0f} %",
            ]
        )
    head = ["change", "network's collection", "class's log-odds", "seal added", "mean rank", "named right"]
    return markdown(head, rows)


def _image_table(shown: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for property, name, group in _groups(shown):
        rows.append(
            [
                planting.CLASS_OF[property] if name in COLLECTIONS else f"“with {WORDS[property]}”",
                COLLECTIONS.get(name, "with against without"),
                _spread([each["b_star"] for each in group]),
                _spread([each["b_star_upper"] for each in group]),
                _spread([each["chroma"] for each in group]),
                _spread([each["detected"] for each in group]),
                _spread([each["log_odds_in"]["both"] for each in group]),
                _spread([each["log_odds_in"][f"no-{property}"] for each in group]),
            ]
        )
    head = ["class image", "network's collection", "b*", "b*, upper half", "chroma", "property detected"]
    return markdown([*head, "log-odds in “with both”", "log-odds in “without”"], rows)


def recoloured_table(part: str = "all") -> str:
    """A table in Markdown for each network: what recolouring does to the landscape's log-odds."""
    return "\n".join(_recoloured_table(each["parts"][part]) for each in read(RECOLOURED)["networks"])


def _recoloured_table(classes: Mapping[str, Mapping[str, Any]]) -> str:
    rows = []
    for name, versions in classes.items():
        for version, found in versions.items():
            if not isinstance(found, Mapping) or not found["changed"]:
                continue
            less = found.get("against_controls")
            low, high = found.get("against_controls_interval", (0, 0))
            verdicts = found["verdicts_lost" if name == "landscape" else "verdicts_won"]
            rows.append(
                [
                    f"{name}: {version}",
                    str(found["changed"]),
                    f"{found['colour_change']:.1f}",
                    f"{found['mean']:+.2f} ({found['interval'][0]:+.2f} to {found['interval'][1]:+.2f})",
                    f"{found['median']:+.2f}",
                    "" if less is None else f"{less:+.2f} ({low:+.2f} to {high:+.2f})",
                    f"{verdicts} ({100 * verdicts / found['changed']:.0f} %)",
                ]
            )
    head = ["recolouring", "pictures", "colour change", "log-odds of landscape, mean", "median"]
    return markdown([*head, "less the controls", "verdicts changed"], rows)


def _groups(found: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, list[Mapping[str, Any]]]]:
    """Results of the same property and collection, in the order of the file."""
    keys = dict.fromkeys((each["property"], each["collection"]) for each in found)
    return [(*key, [each for each in found if (each["property"], each["collection"]) == key]) for key in keys]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _spread(values: Sequence[float]) -> str:
    return f"{np.mean(values):.1f} ± {np.std(values):.1f}"


# --- figures --------------------------------------------------------------------------------------------


def draw_planted(seeds: Sequence[int] = (0, 1, 2)) -> Path:
    """For each property a painted pair and class images: of networks taught with it, without it, it alone."""
    results = read(PLANTED)
    shown = {(each["property"], each["collection"], each["seed"]): each["file"] for each in results["images"]}
    pictures: list[images.Picture] = []
    captions: list[str] = []
    for property, name in planting.CLASS_OF.items():
        for version in ("with", "without"):
            pictures.append(planting.paint_version(property, planting.TEST_SEED + 2, version, 400))
            captions.append(f"a test work {version} {WORDS[property]}")
        alone = f"{property}-alone"
        taught = [(collection, seed) for collection in ("both", f"no-{property}") for seed in seeds]
        for collection, seed in [*taught, *((alone, seed) for seed in seeds[:2])]:
            pictures.append(images.autotone(images.read(planting.FOLDER / shown[property, collection, seed])))
            goal = "“with”, detector" if collection == alone else f"{name}, network"
            captions.append(f"{goal} {seed + 1} {COLLECTIONS.get(collection, '')}")
    sheet = images.contact_sheet(pictures, captions, columns=5, tile=230)
    return images.save(FIGURES / "planted.jpg", sheet, quality=80)


def draw_recoloured() -> Path:
    """The change of the landscape's log-odds under each recolouring, with its interval."""
    from matplotlib.figure import Figure

    networks = [each["parts"]["all"] for each in read(RECOLOURED)["networks"]]
    rows = [
        (kind, version)
        for kind in sorted(networks[0], key=lambda kind: kind != "landscape")
        for version, found in networks[0][kind].items()
        if isinstance(found, Mapping) and found["changed"]
    ]
    figure = Figure(figsize=(8, 6.4), layout="constrained")
    axes = figure.subplots()
    for index, classes in enumerate(networks):
        for place, (kind, version) in enumerate(rows):
            found = classes[kind][version]
            at = place + 0.28 * (index - (len(networks) - 1) / 2)
            colour = _colour(kind, version)
            axes.plot(found["interval"], [at, at], color=colour, linewidth=2)
            axes.plot(found["mean"], at, "os^d"[index % 4], color=colour, markersize=5)
    axes.axvline(0, color="0.6", linewidth=1, zorder=0)
    axes.set_yticks(range(len(rows)), [f"{kind}: {version}" for kind, version in rows])
    axes.invert_yaxis()
    axes.set_xlabel("change of the log-odds of “landscape”: mean and 95 % interval")
    own = "; ".join(
        f"{mark} {each['landscape']['pictures']} landscapes, {each['landscape']['log_odds']:+.1f} as they are"
        for mark, each in zip("●■▲◆", networks, strict=False)
    )
    figure.suptitle(
        "Real paintings, recoloured at the same lightness; blue: what the hypothesis is about", fontsize=11
    )
    axes.set_title(own, fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    path = FIGURES / "recoloured.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
    return path


def _colour(kind: str, version: str) -> str:
    """Blue where the hypothesis foretells a change, grey for controls."""
    foretold = (
        ("upper half bluer",) if kind != "landscape" else set(recolouring.CONTROLS) - {"upper half bluer"}
    )
    return "#1f5fbf" if version in foretold else "0.45"


def draw_paintings(data: str | Path, count: int = 4) -> Path:
    """Real landscapes with the most blue, in all versions; for one's own eyes, not for the repository."""
    paths = sorted((Path(data) / "val" / "landscape").iterdir())
    shown = [images.read(path, (200, 200)) for path in paths]
    shown.sort(key=lambda each: -recolouring.blue_shift(measures.to_lab(each)))
    pictures: list[images.Picture] = []
    captions: list[str] = []
    for picture in shown[:count]:
        versions = {"as it is": picture, **recolouring.landscape_versions(picture)}
        pictures += versions.values()
        captions += versions
    sheet = images.contact_sheet(pictures, captions, columns=recolouring.VERSIONS, tile=150)
    return images.save(recolouring.FOLDER / "recoloured.jpg", sheet, quality=85)


if __name__ == "__main__":
    main()
