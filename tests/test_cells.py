"""The API's part of the notebook is as its description has it."""

from __future__ import annotations

import nbformat
import pytest

from image_machines.service import api, cells
from image_machines.service.operations import OPERATIONS


def test_the_notebook_has_the_cells_that_the_operations_ask_for() -> None:
    committed = nbformat.read(str(cells.NOTEBOOK), 4)
    asked = [(cell.id, cell.source) for cell in cells.written(nbformat.read(str(cells.NOTEBOOK), 4)).cells]
    current = [(cell.id, cell.source) for cell in committed.cells]
    assert current == asked, "write them anew: python -m image_machines.service.cells"


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_a_method(name: str) -> None:
    assert callable(getattr(api.Service, cells.METHODS.get(name, name)))
