"""Every table of README and of the pages of results, written from what runs and measurements left.

    make report
    python -m studies.report --run runs/paintings

With ``--run`` the metrics of that run are kept first. All files that tables are made from are part of the
repository, so that every number can be traced.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import bench.page
from image_machines.notebooks.chapters import ROOT
from studies.atlas import HERE as ATLAS
from studies.atlas import seen
from studies.common import pages
from studies.images_of_image_machines import page as images_of_image_machines
from studies.metapictures import bias_page
from studies.metapictures import page as metapictures
from studies.relevance import page as relevance
from studies.relevance.truth import page as truth
from studies.semantic_maps import page as semantic_maps

README = ROOT / "README.md"
PAGES: dict[Path, pages.Tables] = {
    README: {"speed": bench.page.chief},
    ROOT / "bench" / "RESULTS.md": {"bench": bench.page.table, "missed": bench.page.missed},
    images_of_image_machines.PAGE: images_of_image_machines.TABLES,
    images_of_image_machines.FULL: images_of_image_machines.IN_FULL,
    bias_page.PAGE: bias_page.TABLES,
    metapictures.PAGE: metapictures.TABLES,
    relevance.PAGE: relevance.TABLES,
    truth.PAGE: truth.TABLES,
    semantic_maps.PAGE: semantic_maps.TABLES,
    ATLAS / "RESULTS.md": seen.TABLES,
}


def main() -> None:
    """Write every page anew."""
    parser = argparse.ArgumentParser(prog="python -m studies.report", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, help="first keep the metrics of this run, such as runs/paintings")
    given = parser.parse_args()
    if given.run is not None:
        images_of_image_machines.keep_metrics(given.run)
    for page, tables in PAGES.items():
        pages.update(page, tables)


if __name__ == "__main__":
    main()
