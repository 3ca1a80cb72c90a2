"""The command line: ``python -m image_machines run | parameters | serve | again | map | atlas |
atlas-page``.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from image_machines.notebooks import chapters, overrides, profiles, running

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

LOCAL = "http://127.0.0.1:8000"  # where `python -m http.server` serves a folder

log = logging.getLogger("image_machines")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the status: 1 when a notebook failed, 2 for input that cannot be right."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING, stream=sys.stderr)
    log.setLevel(logging.INFO)
    options = _parser().parse_args(arguments)
    try:
        return options.command(options) or 0
    except ValueError as error:
        log.error("%s", error)
        return 2
    except running.NotebookFailed as error:
        log.error("%s", error)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m image_machines", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for add in (_add_run, _add_parameters, _add_serve, _add_again, _add_map, _add_atlas, _add_atlas_page):
        add(commands)
    return parser


def _add_run(commands: Commands) -> None:
    """Run the four notebooks top to bottom, or a study's."""
    run = commands.add_parser("run", help="run the four notebooks top to bottom, or a study's")
    run.add_argument("--profile", default="demo", help="a profile's name or the path of a .toml file")
    run.add_argument("--study", default="", help="a study's name: its notebook instead of the four")
    run.add_argument("--set", default="", metavar="NAME=VALUE ...", help="override any notebook parameter")
    run.add_argument("--folder", type=Path, help="where the run keeps everything (default: runs/PROFILE)")
    run.set_defaults(command=_run)


def _add_parameters(commands: Commands) -> None:
    """List every notebook parameter and its meaning."""
    describe = commands.add_parser("parameters", help="list every notebook parameter and its meaning")
    describe.set_defaults(command=_parameters)


def _add_choice(command: argparse.ArgumentParser, whose: str) -> None:
    """Which run a command is about."""
    command.add_argument("--profile", default="demo", help=whose)
    command.add_argument("--folder", type=Path, help="the run's folder (default: runs/PROFILE)")


def _add_shown(command: argparse.ArgumentParser) -> None:
    """Which networks, and where their images are."""
    command.add_argument(
        "--models", nargs="*", default=[], help="files or architectures (default: the run's)"
    )
    command.add_argument("--images", type=Path, help="the folder of finished images (default: the run's)")


def _add_serve(commands: Commands) -> None:
    """Start the API and the page."""
    serve = commands.add_parser("serve", help="start the API and the page")
    _add_choice(serve, "whose run to show")
    _add_shown(serve)
    serve.add_argument("--host", default="127.0.0.1", help="anything but this machine asks for a token")
    serve.add_argument("--port", type=int, default=6006)
    serve.add_argument("--token", default="", help="what whoever asks must know (default: made up if needed)")
    serve.add_argument("--allow-origin", default="", help='another origin; "null": pages opened from disk')
    serve.add_argument("--pixels", help='how models want pixels, such as "-1..1" (default: as they say)')
    serve.add_argument("--classes", type=lambda text: text.split(","), help="names of their classes: a,b,c")
    serve.set_defaults(command=_serve)


def _add_again(commands: Commands) -> None:
    """Make a finished image once more from its card."""
    again = commands.add_parser("again", help="make a finished image once more from its card")
    again.add_argument("image", type=Path)
    again.add_argument("--model", help="the file or architecture (default: the one on the card)")
    again.add_argument("--out", type=Path, help="where the new image goes (default: beside the old one)")
    again.set_defaults(command=_again)


def _add_map(commands: Commands) -> None:
    """Lay pictures out by what a network sees in them, as a page."""
    chart = commands.add_parser("map", help="lay pictures out by what a network sees in them, as a page")
    chart.add_argument(
        "pictures", nargs="?", default="", help="a folder, a mirror or a table (default: the run's)"
    )
    _add_choice(chart, "whose run")
    chart.add_argument(
        "--model", default="", help="a file or an architecture (default: the run's, else SqueezeNet)"
    )
    chart.add_argument("--layer", default="", help="whose responses (default: the last that is a map)")
    chart.add_argument("--only", default="", metavar="COLUMN=VALUE", help="a part of them: class=portrait")
    chart.add_argument("--title", default="", help="what stands above the map")
    chart.add_argument("--out", type=Path, help="the page's folder (default: map in the run's folder)")
    chart.add_argument("--neighbours", type=int, default=15, help="that each picture stays near to")
    chart.add_argument("--seed", type=int, default=0)
    chart.add_argument("--scheduler", default="", help="a Dask cluster that looks, tcp://HOST:8786")
    chart.add_argument("--label", default="", help="a resource that its workers must have, such as GPU")
    chart.set_defaults(command=_map)


def _add_atlas(commands: Commands) -> None:
    """Make the images of every neuron."""
    atlas = commands.add_parser("atlas", help="make the images of every neuron")
    _add_choice(atlas, "whose run it is for")
    _add_shown(atlas)
    atlas.add_argument(
        "--neurons",
        nargs="*",
        default=[],
        help="mixed5, mixed5:66, mixed5:0-99, classes (default: the network's stations and its classes)",
    )
    atlas.add_argument("--presets", nargs="*", default=[], help="default: the quick one that suits it")
    atlas.add_argument("--seeds", nargs="*", type=int, default=[0], help="default: 0")
    atlas.add_argument("--size", type=int, default=128, help="pixels of a side (default: 128)")
    atlas.add_argument("--quality", type=int, default=92, help="of the JPEGs (default: 92)")
    atlas.add_argument("--batch", type=int, default=16, help="images made together (default: 16)")
    atlas.add_argument("--workers", type=int, help="processes (default: one a core; 0: none but this)")
    atlas.add_argument("--scheduler", default="", help="a Dask cluster that exists, tcp://HOST:8786")
    atlas.add_argument("--label", default="", help="a resource that its workers must have, such as GPU")
    atlas.add_argument("--again", action="store_true", help="try once more what was set aside")
    atlas.add_argument("--price", action="store_true", help="say what it will cost, and make nothing")
    atlas.set_defaults(command=_atlas)


def _add_atlas_page(commands: Commands) -> None:
    """Write the page to walk through an atlas."""
    page = commands.add_parser("atlas-page", help="write the page to walk through an atlas; opens from disk")
    _add_choice(page, "whose run it is of")
    page.add_argument(
        "--models",
        nargs="*",
        default=[],
        metavar="MODEL",
        help="the network, and the one before fine-tuning (default: the run's, and what it was where drawn)",
    )
    page.add_argument("--images", type=Path, help="the folder of finished images (default: the run's)")
    page.add_argument("--out", type=Path, help="the page's folder (default: atlas in the run's folder)")
    page.add_argument("--title", default="", help="what stands above the atlas")
    page.add_argument(
        "--activations",
        nargs="*",
        default=[],
        metavar="LAYER",
        help="layers to make an atlas of activations of too: what they see in the run's works",
    )
    page.add_argument(
        "--accents", type=int, default=0, metavar="N", help="accentuate so many works of each class too"
    )
    page.add_argument(
        "--cell", type=int, default=0, help="pixels of an image on the page: 32, 64, 80, 96, 128"
    )
    page.add_argument("--works", type=int, default=320, help="pixels of a work's longer side on the page")
    page.add_argument("--neighbours", type=int, default=15, help="that each neuron stays near to by likeness")
    page.add_argument("--seed", type=int, default=0, help="of the order by likeness")
    page.add_argument(
        "--address", default=LOCAL, help=f"where it will be served, for viewers of IIIF (default: {LOCAL})"
    )
    page.set_defaults(command=_atlas_page)


def _run(options: argparse.Namespace) -> None:
    profiles.read(options.profile)
    if options.study:
        chosen = overrides.parse(options.set, [chapters.study(options.study)])
        executed = running.run_study(options.study, options.profile, chosen, options.folder)
        log.info("Done: %s", executed)
        return
    folder = running.run(options.profile, overrides.parse(options.set), options.folder)
    log.info("\n%s", summary(folder))


def _parameters(options: argparse.Namespace) -> None:
    sys.stdout.write(f"{overrides.described()}\n")


def _serve(options: argparse.Namespace) -> int:
    profiles.read(options.profile)
    from image_machines.service.serve import serve  # here and below: commands that read settings stay light

    given = {name: value for name, value in vars(options).items() if name != "command"}
    return serve(**given)


def _again(options: argparse.Namespace) -> None:
    from image_machines.atlas.again import again

    made = again(options.image, options.model, options.out)
    log.info("%s in %.1f s; differs by at most %d of 255", made.path, made.seconds, made.difference)


def _map(options: argparse.Namespace) -> None:
    profiles.read(options.profile)
    from image_machines.atlas.maps.ordering import order

    given = {
        name: value for name, value in vars(options).items() if name not in ("command", "profile", "folder")
    }
    log.info("Done: %s", order(options.folder or chapters.folder(options.profile), **given))


def _atlas(options: argparse.Namespace) -> int:
    from image_machines.atlas.atlas import Wish, make_atlas
    from image_machines.network.errors import MissingWeights

    run = options.folder or chapters.folder(options.profile)
    given = {name: value for name, value in vars(options).items() if name in Wish.__dataclass_fields__}
    found = _models(options, run)
    try:
        make_atlas(Wish(**given | {"models": found, "images": options.images or run / "images"}))
    except (OSError, MissingWeights) as error:
        log.error("%s", error)
        return 1
    except KeyboardInterrupt:
        log.info("Interrupted; the same command goes on from here.")
        return 130
    return 0


def _models(options: argparse.Namespace, run: Path) -> list[str | Path]:
    """The networks that are named, or a run's; raises ValueError where there are none."""
    from image_machines.service.opening import models_in

    found = options.models or models_in(run / "model")
    if not found:
        raise ValueError(f"there is no model in {run / 'model'}: `make run` makes one, or name a file")
    return list(found)


def _atlas_page(options: argparse.Namespace) -> int:
    from image_machines.atlas.walk.ordering import order
    from image_machines.network.errors import MissingWeights

    run = options.folder or chapters.folder(options.profile)
    given = {
        name: value for name, value in vars(options).items() if name not in ("command", "profile", "folder")
    }
    try:
        found = options.models or _models(options, run)[:1]
        log.info("Done: %s", order(run, **given | {"models": found}))
    except (OSError, MissingWeights) as error:
        log.error("%s", error)
        return 1
    return 0


def summary(folder: Path) -> str:
    """What a run left in its folder, in a few lines, and how to look at it."""
    try:
        shown = folder.relative_to(Path.cwd())
    except ValueError:
        shown = folder
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    listed = json.loads((folder / "images" / "index.json").read_text(encoding="utf-8"))["images"]
    controls = sum(entry["control"] is not None for entry in listed)
    profile = "" if folder.name == "demo" else f" PROFILE={folder.name}"
    return "\n".join(
        [
            f"Done. In {shown}/ now lie",
            "  wga, train, test, explain.ipynb  the four chapters as they ran, with their figures",
            "  data/         the pictures that were learned and tested on, with manifest.csv",
            "  model/        the network after every epoch, and its card",
            f"  metrics.json  {metrics['accuracy']['val']:.1%} of the validation pictures named right",
            f"  images/       {len(listed) - controls} images of what its neurons look for"
            + (f", and {controls} from shuffled weights" if controls else ""),
            f"To browse them: make serve{profile}",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
