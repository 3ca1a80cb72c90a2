"""The whole study with known truth, from the painter to the page; what is done already is not repeated.

python -m studies.semantic_maps
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from image_machines.notebooks.chapters import ROOT
from studies.semantic_maps import known

STUDY = "studies.semantic_maps"


def main() -> None:
    """Run the steps in their order, each in a process of its own."""
    parser = argparse.ArgumentParser(prog=f"python -m {STUDY}", description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=known.PICTURES)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=known.EPOCHS)
    given = parser.parse_args()
    chosen = ["--pictures", str(given.pictures), "--epochs", str(given.epochs)]
    for step in (
        [f"{STUDY}.known", *chosen, "--seeds", str(given.seeds)],
        [f"{STUDY}.drawings", *chosen],
        ["studies.report"],
    ):
        subprocess.run([sys.executable, "-m", *step], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
