"""Parts: what pages with a canvas share, put into each where it names them, so that a page is one file.

A part that exports something is a module for interface.html, and plain script in these pages.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).with_name("parts")
NAMED = re.compile(r"^/\* part: (\S+) \*/$", re.MULTILINE)
EXPORTED = re.compile(r"^export ", re.MULTILINE)


def assembled(page: str | Path) -> str:
    """A page in which each line ``/* part: NAME */`` has become that file of `FOLDER`."""
    text = Path(page).read_text(encoding="utf-8")
    return NAMED.sub(lambda found: EXPORTED.sub("", (FOLDER / found[1]).read_text("utf-8")).rstrip(), text)
