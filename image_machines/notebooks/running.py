"""Notebooks run top to bottom by papermill, the four chapters or a study."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from image_machines import files
from image_machines.notebooks import chapters
from image_machines.notebooks.parameters import declared

log = logging.getLogger(__name__)


class NotebookFailed(RuntimeError):
    """A cell of a notebook raised an error; the executed notebook shows where."""


def run(
    profile: str = "demo", overrides: Mapping[str, Any] | None = None, folder: str | Path | None = None
) -> Path:
    """Run the four chapters with a profile and leave the executed notebooks in the run's folder.

    Progress bars and logs of the kernels go to standard error as they come. What an earlier run completed is
    reused by the chapters themselves. Returns the folder; raises NotebookFailed when a cell raises an error.
    """
    target = Path(folder or chapters.folder(profile)).resolve()
    chosen = {"profile": profile, "folder": str(target), **(overrides or {})}
    for number, (name, subject) in enumerate(chapters.CHAPTERS.items(), 1):
        log.info("%d of %d  %s.ipynb: %s", number, len(chapters.CHAPTERS), name, subject)
        execute(chapters.notebook(name), target / f"{name}.ipynb", chosen)
    return target


def run_study(
    name: str,
    profile: str = "paintings",
    overrides: Mapping[str, Any] | None = None,
    folder: str | Path | None = None,
) -> Path:
    """Run a study's notebook on what a run of the chapters left; returns the executed notebook.

    It lies in ``studies/`` of the run's folder. Raises ValueError for an unknown study, and as `run` does.
    """
    source = chapters.study(name)
    target = Path(folder or chapters.folder(profile)).resolve()
    executed = target / "studies" / f"{name}.ipynb"
    execute(source, executed, {"folder": str(target), **(overrides or {})})
    return executed


def execute(source: Path, executed: Path, chosen: Mapping[str, Any]) -> None:
    """Run one notebook with those of the parameters that it declares."""
    from papermill import PapermillExecutionError, execute_notebook  # here, so that parameters read fast

    from image_machines.notebooks import translating

    translating.register()
    logging.getLogger("papermill").setLevel(logging.WARNING)
    accepted = {"profile", *(each.name for each in declared(source))}
    executed.parent.mkdir(parents=True, exist_ok=True)
    try:
        execute_notebook(
            str(source),
            str(executed),
            {name: value for name, value in chosen.items() if name in accepted},
            cwd=str(chapters.ROOT),
            progress_bar=False,
            stderr_file=sys.stderr,
            extra_arguments=["--log-level=40"],
            shutdown_kernel="immediate",  # all is kept by then, and ipykernel's own end leaves a task
        )
    except PapermillExecutionError as error:
        raise NotebookFailed(
            f"{source.name} stopped with {error.ename}: {error.evalue}\nThe trace is in {executed}"
        ) from error
    finally:
        if executed.is_file():
            _settle_progress_bars(executed)


def _settle_progress_bars(notebook: Path) -> None:
    """Keep of every line that was drawn over and over only its last state."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell.get("outputs"):
            cell["outputs"] = _joined(cell["outputs"])
    files.write_json(notebook, content)


def _joined(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Streams that follow each other as one, without what was overwritten."""
    joined: list[dict[str, Any]] = []
    for output in outputs:
        if output["output_type"] == "stream":
            output["text"] = "".join(output["text"])
            if joined and joined[-1].get("name") == output["name"]:
                output["text"] = joined.pop()["text"] + output["text"]
        joined.append(output)
    for output in joined:
        if output["output_type"] == "stream":
            output["text"] = re.sub(r"[^\n]*\r(?!\n)", "", output["text"])
    return joined
