"""How papermill reads a cell of parameters."""

from __future__ import annotations

from typing import Any

from papermill import models
from papermill.translators import PythonTranslator, papermill_translators

from image_machines.notebooks import parameters


class Translator(PythonTranslator):
    """Papermill's own, which takes a parameter of several types, such as ``int | list``, for none."""

    @classmethod
    def inspect(cls, parameters_cell: Any) -> list[models.Parameter]:
        """The parameters of a cell, those of several types too."""
        found = super().inspect(parameters_cell)
        known = {each.name for each in found}
        more = [each for each in parameters.read(parameters_cell.source) if each.name not in known]
        return [*found, *(models.Parameter(each.name, each.kind, "None", each.meaning) for each in more)]


def register() -> None:
    """Let papermill read Python's cells so."""
    papermill_translators.register("python", Translator)
