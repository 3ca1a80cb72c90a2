"""Fetching pictures over HTTP: many at once, politely, and so that what is on disk is whole.

An item is a URL and the path where its picture shall lie. A file at that path is complete, because it is
moved there only once it decodes; so a run that was cut off goes on where it stopped. What cannot be had is a
`Failure`, not an exception.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from image_machines import files, images
from image_machines.collection.client import Again, Client, Refused
from image_machines.collection.manners import (
    Failure,
    Item,
    Manners,
    ServerAway,
    is_local,
    require_permission,
    site,
)
from image_machines.collection.threads import in_threads
from image_machines.decoding import USUAL, Conditions


def fetch(
    items: Iterable[Item],
    manners: Manners | None = None,
    label: str = "download",
    conditions: Conditions = USUAL,
) -> list[Failure]:
    """Bring every item's picture to its path and return what failed, in the order of the items.

    Items whose file is there are complete and passed over. Raises PermissionNeeded before the first request,
    and ServerAway, with one sentence, when all servers have stopped answering or ask to be left alone for
    long; what has arrived until then stays.
    """
    manners = manners or Manners()
    unique = list({item.path: item for item in items}.values())
    missing = [item for item in unique if not item.path.is_file()]
    for item in {site(item.url): item for item in missing}.values():
        require_permission(item.url, manners.permission)
    for folder in {item.path.parent for item in missing}:
        _sweep(folder)
    with Client(manners) as client:
        done = len(unique) - len(missing)
        threads = (
            manners.concurrent + manners.concurrent // 4
        )  # some decode while the others wait for answers
        results = in_threads(partial(_save, client, conditions), missing, threads, label, done, client.stop)
        if away := client.away():
            raise ServerAway(away)
    return [failure for failure in results if failure is not None]


def read(url: str, manners: Manners | None = None) -> bytes:
    """The bytes behind one URL, with the same permission and retries as `fetch` (this machine: one retry).

    Raises ServerAway with the URL and the reason when they cannot be had.
    """
    manners = manners or Manners()
    require_permission(url, manners.permission)
    if is_local(url):
        manners = replace(manners, attempts=min(2, manners.attempts))
    with Client(manners) as client:
        try:
            return client.patiently(url, lambda body, kind: body)
        except Refused as error:
            raise ServerAway(f"{url} cannot be had: {error}") from None


def _save(client: Client, conditions: Conditions, item: Item) -> Failure | None:
    """Fetch one picture to its path; what went wrong, or None."""
    try:
        client.patiently(item.url, lambda body, kind: _publish(item.path, body, kind, conditions))
    except Refused as error:
        return Failure(item.url, item.path, str(error))
    return None


def _sweep(folder: Path) -> None:
    """Remove the half-written files of a run that was killed."""
    if folder.is_dir():
        for path in folder.glob(".*"):
            if re.fullmatch(r"\..+-[0-9a-f]{8}\.\w+", path.name):
                path.unlink(missing_ok=True)


def _publish(path: Path, body: bytes, kind: str, conditions: Conditions) -> None:
    """Write a picture beside its path and move it in once it decodes."""
    with files.replacing(path) as temporary:
        temporary.write_bytes(body)
        try:
            images.read(temporary, conditions=conditions)
        except images.UnreadablePicture as error:
            if kind.startswith("text/") or body.lstrip()[:1] == b"<":
                raise Refused(f"not a picture but a page ({kind}) that begins {body[:40]!r}") from None
            if error.is_whole:
                raise Refused(error.reason) from None
            raise Again(f"not a whole picture: {error.reason}") from None


def write_failures(path: str | Path, failures: Iterable[Failure]) -> None:
    """Write what failed as CSV: url, file, reason."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("url", "file", "reason"))
    writer.writerows((failure.url, failure.path.name, failure.reason) for failure in failures)
    files.write_text(path, text.getvalue())
