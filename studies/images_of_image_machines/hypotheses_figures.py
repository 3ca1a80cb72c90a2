"""The figures of the hypotheses: planted pairs and class images, recolourings and what they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from image_machines import files, images
from studies.common import colours
from studies.common.results import Found
from studies.images_of_image_machines import FIGURES, planting, recoloured, recolouring
from studies.images_of_image_machines.hypotheses_tables import COLLECTIONS, WORDS


def draw_planted(results: Found, seeds: Sequence[int] = (0, 1, 2)) -> Path:
    """For each property a painted pair and class images: of networks taught with it, without it, it alone."""
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


def draw_recoloured(results: Found) -> Path:
    """The change of the landscape's log-odds under each recolouring, with its interval."""
    from matplotlib.figure import Figure

    networks = [each["parts"]["all"] for each in results["networks"]]
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
    shown.sort(key=lambda each: -recolouring.blue_shift(colours.to_lab(each)))
    pictures: list[images.Picture] = []
    captions: list[str] = []
    for picture in shown[:count]:
        versions = {"as it is": picture, **recolouring.landscape_versions(picture)}
        pictures += versions.values()
        captions += versions
    sheet = images.contact_sheet(pictures, captions, columns=recolouring.VERSIONS, tile=150)
    return images.save(recoloured.FOLDER / "recoloured.jpg", sheet, quality=85)
