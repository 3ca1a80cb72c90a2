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
    found = [["studies.relevance.truth.bouquets"]]
    if shared is not None:
        shared = shared.resolve()
        weights = ["--mobilenet", str(shared / "weights" / "mobilenet_v2_imagenet.weights.h5")]
        masks = ["--masks", str(shared / "data" / "masks")]
        found += [
            ["studies.relevance.truth.birds", "--birds", str(shared / "data" / "funnybirds"), *weights],
            [
                "studies.relevance.truth.portraits",
                "--paintings",
                str(shared / "data" / "mirror"),
                *masks,
                *weights,
            ],
        ]
    return [*found, ["studies.report"]]


if __name__ == "__main__":
    main()
