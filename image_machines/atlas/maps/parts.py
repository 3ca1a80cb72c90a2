"""Parts: what pages with a canvas share, put into each where it names them, so that a page is one file."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).with_name("parts")
NAMED = re.compile(r"^/\* part: (\S+) \*/$", re.MULTILINE)


def assembled(page: str | Path) -> str:
    """A page in which each line ``/* part: NAME */`` has become that file of `FOLDER`."""
    text = Path(page).read_text(encoding="utf-8")
    return NAMED.sub(lambda found: (FOLDER / found[1]).read_text(encoding="utf-8").rstrip(), text)
