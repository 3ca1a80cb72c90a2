"""The command line: ``python -m image_machines run | parameters | serve | again``."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from image_machines import notebooks

log = logging.getLogger("image_machines")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 1 when a chapter failed, 2 for input that cannot be right."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING, stream=sys.stderr)
    log.setLevel(logging.INFO)
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except ValueError as error:
        log.error("%s", error)
        return 2
    except notebooks.ChapterFailed as error:
        log.error("%s", error)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m image_machines", description=__doc__)
    commands = parser.add_subparsers(required=True)

    run = commands.add_parser("run", help="run the four notebooks top to bottom")
    run.add_argument("--profile", default="demo", help="a profile's name or the path of a .toml file")
    run.add_argument("--set", default="", metavar="NAME=VALUE ...", help="override any notebook parameter")
    run.add_argument("--folder", type=Path, help="where the run keeps everything (default: runs/PROFILE)")
    run.set_defaults(command=_run)

    describe = commands.add_parser("parameters", help="list every notebook parameter and its meaning")
    describe.set_defaults(command=lambda options: log.info("%s", notebooks.describe_parameters()))
    return parser


def _run(options: argparse.Namespace) -> None:
    notebooks.read_profile(options.profile)
    overrides = notebooks.parse_overrides(options.set)
    folder = notebooks.run(options.profile, overrides, options.folder)
    log.info("\n%s", summary(folder))


def summary(folder: Path) -> str:
    """What a run left in its folder, in a few lines, and how to look at it."""
    try:
        shown = folder.relative_to(Path.cwd())
    except ValueError:
        shown = folder
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    pictures = sorted((folder / "images").rglob("*.jpg"))
    return "\n".join(
        [
            f"Done. In {shown}/ now lie",
            "  wga, train, test, explain.ipynb  the four chapters as they ran, with their figures",
            "  data/         the pictures that were learned and tested on, with manifest.csv",
            "  model/        the network after every epoch, and its card",
            f"  metrics.json  {metrics['validation']['accuracy']:.1%} of the validation pictures named right",
            f"  images/       {len(pictures)} images of what its neurons look for",
            "To browse them: make serve",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
