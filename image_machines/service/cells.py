"""The API's part of ``explain.ipynb``, written from `operations`: a table, and two cells for each resource.

python -m image_machines.service.cells
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat

from image_machines import files
from image_machines.service.openapi import Operation
from image_machines.service.operations import OPERATIONS

NOTEBOOK = Path(__file__).resolve().parents[2] / "explain.ipynb"
TABLE = re.compile(r"\| Resource \|.*", re.DOTALL)
METHODS = {
    "models": "list_models",
    "works": "list_works",
}  # of `api.Service`, where it is not the operation's own name
AFTER = "try-request"  # the cell that the resources follow


def main() -> None:
    """Write the cells of the resources anew, and the table that lists them."""
    notebook = written(nbformat.read(str(NOTEBOOK), 4))
    files.write_text(NOTEBOOK, nbformat.writes(notebook) + "\n")


def written(notebook: Any) -> Any:
    """The notebook with its table and its cells as the operations have them."""
    kept = [cell for cell in notebook.cells if not re.match(r"# (ResponseInfo )?[A-Z]+ /", cell.source)]
    notebook.cells = []
    for cell in kept:
        cell.source = TABLE.sub(table(), cell.source)
        notebook.cells.append(cell)
        if cell.id == AFTER:
            notebook.cells += resources()
    return notebook


def table() -> str:
    """What each resource does, a row each."""
    rows = [f"| `{line(each)}` | {each.summary} |" for each in OPERATIONS.values()]
    return "\n".join(["| Resource | What it does |", "|---|---|", *rows])


def resources() -> list[Any]:
    """Two cells for each resource: one answers, one says status and headers."""
    cells = []
    for name, operation in OPERATIONS.items():
        call, id = line(operation), re.sub(r"\W+", "-", line(operation).lower()).strip("-")
        answer = f'answer = service.{METHODS.get(name, name)}(REQUEST)\nprint(answer.body, end="")'
        for ending, source in (
            ("", f"# {call}\n{answer}"),
            ("-info", f"# ResponseInfo {call}\nprint(answer.info)"),
        ):
            cells.append(nbformat.v4.new_code_cell(source, id=id + ending))
    return cells


def line(operation: Operation) -> str:
    """A resource as the gateway's cells are annotated: ``GET /jobs/:id``."""
    return f"{operation.method} {operation.path.replace('{', ':').replace('}', '')}"


if __name__ == "__main__":
    main()
