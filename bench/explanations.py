"""How soon the status is answered while works are explained, one after the other, as `make run` leaves them.

On the run in ``runs/demo``, of which a copy is served; without it nothing is measured.
Run: ``taskset -c 0,1 python -m bench explanations``
"""

from __future__ import annotations

import platform
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from typing import Any

from bench import service
from image_machines import machine
from image_machines.collection import manifest
from studies.common.runs import network_file

RUN = service.ROOT / "runs" / "demo"
LAYER = "fire9"


def results() -> list[dict[str, Any]]:
    """The row of the status at 20 requests a second; none without the run."""
    if not (RUN / "model").is_dir():
        print(f"  no {RUN}: make run leaves one, whose works are explained here", flush=True)
        return []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "demo"
        for name in ("data", "model", "responses"):
            shutil.copytree(RUN / name, copy / name)
        works = [row["file"] for row in manifest.read(copy / "data")]
        with service.service(copy, network_file(copy), LAYER) as client:
            explain(client, works[0])  # the process is warm then
            with explaining(client, works) as answered:
                times = sorted(service.timed_statuses(client))
    print(f"  {answered[0]} works were explained meanwhile", flush=True)
    row = {
        "name": "service: ms of 99 in 100 statuses at 20/s, while works of the demo are explained",
        "value": [round(1000 * each, 1) for each in (times[-4], statistics.median(times))],
        "bound": "<= 500",
    }
    versions = {"python": platform.python_version(), "tensorflow": version("tensorflow")}
    return [{**row, "machine": machine.described(), "versions": versions}]


@contextmanager
def explaining(client: service.Client, works: Sequence[str]) -> Iterator[list[int]]:
    """Ask why of one work after the other; gives how many were answered, in a list of one number."""
    answered, over = [0], threading.Event()

    def ask() -> None:
        for work in cycle(works):
            if over.is_set():
                return
            explain(client, work)
            answered[0] += 1

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield answered
    finally:
        over.set()
        asking.join()


def explain(client: service.Client, work: str) -> None:
    """Ask for a work's explanation, and wait for it."""
    asked = client.session.post(f"{client.url}/explanations", params={"work": work}, timeout=60)
    asked.raise_for_status()
    while (inquiry := client.get(f"/inquiries/{asked.json()['id']}").json())["state"] != "done":
        if inquiry["error"]:
            raise RuntimeError(inquiry["error"])
        time.sleep(0.02)
