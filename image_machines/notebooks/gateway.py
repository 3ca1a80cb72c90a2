"""A notebook in a kernel gateway that is not ours: it would work for minutes and then answer nobody."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import psutil

THEIRS, OURS = "KERNEL_GATEWAY", "IMAGE_MACHINES_SERVICE"  # set in the kernels of any gateway, and of ours
MODE = "notebook_http"  # of a gateway that answers requests with a notebook's cells
GENERATIONS = 3  # from a kernel up to its gateway; some systems start Python by a program of its own
ADVICE = (
    "This notebook is served by its own gateway: make serve, or python -m image_machines serve --port 7007 "
    "(with --allow-origin null for the page of 2018, opened from disk).\n"
)


def refuse_others() -> None:
    """End a plain kernel gateway that serves this notebook as an API, and say how to start the service.

    One that lends kernels to people's notebooks, the gateway's other mode, is left alone.
    """
    if os.environ.get(THEIRS) and not os.environ.get(OURS) and (gateway := _gateway()) is not None:
        with suppress(OSError):
            os.write(_terminal(), ADVICE.encode())
        with suppress(psutil.Error):
            gateway.kill()  # it waits for its notebook, and hears nothing gentler
        raise SystemExit(ADVICE)


def _gateway() -> psutil.Process | None:
    """The process that answers requests with this notebook's cells, as far as it shows."""
    with suppress(psutil.Error):
        parents = psutil.Process().parents()[:GENERATIONS]
        if MODE in os.environ.get("KG_API", ""):
            return parents[0]
        return next((each for each in parents if any(MODE in word for word in _command(each))), None)
    return None


def _command(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return process.cmdline()
    return []


def _terminal() -> int:
    """The descriptor of the error output that this process began with; a kernel catches what comes after."""
    return int(getattr(sys.stderr, "_original_stdstream_copy", 2))
