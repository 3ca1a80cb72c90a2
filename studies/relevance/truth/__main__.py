"""All three ground truths, one after the other; what is done already is not repeated.

    python -m studies.relevance.truth --shared ../shared

``--shared`` is the folder with ``data/funnybirds``, ``data/mirror``, ``data/masks`` and ``weights``; without
it only the bouquets are made, which need nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from image_machines.notebooks.chapters import ROOT
from studies.relevance.truth import bouquets


def main() -> None:
    """Run the steps, each in a process of its own."""
    parser = argparse.ArgumentParser(
        prog="python -m studies.relevance.truth", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--shared", type=Path, help="the folder of paintings, masks, birds and weights")
    for step in steps(parser.parse_args().shared):
        subprocess.run([sys.executable, "-m", *step], cwd=ROOT, check=True)


def steps(shared: Path | None) -> list[list[str]]:
    """The modules to run, with their arguments."""
    found = [["bouquets", "--networks", *bouquets.RECIPES]]
    if shared is not None:
        data, weights = shared.resolve() / "data", shared.resolve() / "weights"
        mobilenet, inception = (
            str(weights / f"{name}.weights.h5")
            for name in ("mobilenet_v2_imagenet", "inception_v3_imagenet_notop")
        )
        paintings = ["--paintings", str(data / "mirror"), "--masks", str(data / "masks")]
        found += [
            ["birds", "--birds", str(data / "funnybirds"), "--mobilenet", mobilenet],
            ["portraits", *paintings, "--weights", f"InceptionV3={inception}"],
        ]
    return [[f"studies.relevance.truth.{name}", *options] for name, *options in found] + [["studies.report"]]


if __name__ == "__main__":
    main()
