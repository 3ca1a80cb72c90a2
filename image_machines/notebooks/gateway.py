"""A notebook in a kernel gateway that is not ours: it would work for minutes and then answer nobody."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

THEIRS, OURS = "KERNEL_GATEWAY", "IMAGE_MACHINES_SERVICE"  # set in the kernels of any gateway, and of ours
ADVICE = (
    "This notebook is served by its own gateway: make serve, or python -m image_machines serve --port 7007 "
    "(with --allow-origin null for the page of 2018, opened from disk).\n"
)


def refuse_others() -> None:
    """End a plain kernel gateway that serves this notebook as an API, and say how to start the service.

    One that lends kernels to people's notebooks, the gateway's other mode, is left alone.
    """
    parent = os.getppid()
    if os.environ.get(THEIRS) and not os.environ.get(OURS) and _serves_a_notebook(parent):
        with suppress(OSError):
            Path(f"/proc/{parent}/fd/2").write_text(ADVICE, encoding="utf-8")
        os.kill(parent, signal.SIGKILL)  # it waits for its notebook, and hears nothing gentler
        raise SystemExit(ADVICE)


def _serves_a_notebook(process: int) -> bool:
    """Whether a gateway was started to answer requests with a notebook's cells, as far as it shows."""
    command = b""
    with suppress(OSError):
        command = Path(f"/proc/{process}/cmdline").read_bytes()
    return b"notebook_http" in command or "notebook_http" in os.environ.get("KG_API", "")
