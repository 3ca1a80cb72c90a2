"""Sheets of a study for the eye: features, concepts and explained works, as the notebook shows them.

    python -m studies.relevance.sheets --run runs/demo
    python -m studies.relevance.sheets --run runs/studies/relevance/paintings --network InceptionV3

They go into ``relevance/sheets/`` of the run's folder, since they show its works, which may not be published.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from matplotlib.figure import Figure

from image_machines import files
from studies.relevance import directions, showing
from studies.relevance.study import Study, opened


def main() -> None:
    """Draw what is missing."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="the folder of a finished run")
    parser.add_argument("--network", help="one of several that were taught there")
    parser.add_argument("--works", type=int, default=2, help="explained of each class; default 2")
    given = parser.parse_args()
    taught = given.run / "model" / str(given.network) / f"paintings-{given.network}.keras"
    study = opened(given.run, taught if given.network else None)
    lines = []
    for name, figure, said in sheets(study, given.works):
        file = given.run / "relevance" / "sheets" / f"{name}.png"
        with files.replacing(file) as temporary:
            figure.savefig(temporary)
        lines.append(f"{name}: {said}\n")
    files.write_text(given.run / "relevance" / "sheets" / "said.txt", "".join(lines))


def sheets(study: Study, works: int) -> Iterator[tuple[str, Figure, str]]:
    """The name of each sheet, the figure, and what is said under it."""
    known = directions.found(study)
    for place, name in enumerate(study.relevance.classes):
        for number, feature in enumerate(study.relevance.of(name)[:2], 1):
            yield f"{name}-feature-{number}", showing.face(study, feature), str(feature)
        chief = known.chief(place)
        yield f"{name}-concept", directions.face(study, known, chief), f"concept {chief}"
        for number, work in enumerate(study.works(name, works), 1):
            figure, said = showing.explained(study, work)
            yield f"{name}-work-{number}", figure, said


if __name__ == "__main__":
    main()
