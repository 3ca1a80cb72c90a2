"""The whole study of ``RESULTS.md``, from the paintings to the page; what is done already is not repeated.

    python -m studies.images_of_image_machines --source URL --inception WEIGHTS --mobilenet WEIGHTS \\
        --licences SOURCES.csv

``--source`` is where the mirror is served. Files of weights are needed where they cannot be fetched,
the table of licences only for the figure with crops of paintings. Every step may also be called by itself.
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys

from image_machines.notebooks.chapters import ROOT
from studies.images_of_image_machines import relatives

STUDY = "studies.images_of_image_machines"
TUNED = relatives.RUN / "model" / "portrait-landscape-stilllife.keras"

log = logging.getLogger("image_machines.studies")


def main() -> None:
    """Run the steps in their order, each in a process of its own."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(prog=f"python -m {STUDY}", description=__doc__.splitlines()[0])
    parser.add_argument("--source", required=True, help="where the gallery's mirror is served, or a folder")
    parser.add_argument("--inception", default="imagenet", help="file of weights of InceptionV3")
    parser.add_argument("--mobilenet", default="imagenet", help="file of weights of MobileNetV2")
    parser.add_argument("--licences", help="a table of the paintings' licences")
    for step in steps(parser.parse_args()):
        log.info("\n%s", " ".join(step))
        subprocess.run([sys.executable, "-m", *step], cwd=ROOT, check=True)


def steps(given: argparse.Namespace) -> list[list[str]]:
    """The modules to run, with their arguments."""
    overrides = f"source={given.source} weights={given.inception}"
    licences = ["--licences", given.licences] if given.licences else []
    return [
        ["image_machines", "run", "--profile", "paintings", "--set", overrides],
        [f"{STUDY}.choices", "--source", given.source, "--inception", given.inception]
        + ["--mobilenet", given.mobilenet],
        [f"{STUDY}.reading", "--inception", given.inception],
        [f"{STUDY}.pictures"],
        [f"{STUDY}.honesty"],
        [f"{STUDY}.hypotheses", "planted"],
        [f"{STUDY}.hypotheses", "recoloured", "--model", str(TUNED), str(relatives.SECOND)],
        [f"{STUDY}.hypotheses", "figures"],
        [f"{STUDY}.sheets", *licences],
        [f"{STUDY}.methods", "--inception", given.inception, "--mobilenet", given.mobilenet],
        ["studies.report"],
    ]


if __name__ == "__main__":
    main()
