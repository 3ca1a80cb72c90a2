"""Parameters: what a notebook declares in its cell, and what was chosen there or by the profile."""

from __future__ import annotations

import ast
import html
import io
import json
import sys
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from image_machines.names import unknown
from image_machines.notebooks import chapters, gateway, profiles

EXAMPLES = {
    "{": """'{"a": "b"}'""",
    "[": """'["a", "b"]'""",
}  # of what is written in quotes, by how it begins
TYPES: dict[str, type] = {type_.__name__: type_ for type_ in (bool, int, float, str, list, dict)}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook: its name, its types, what it means."""

    name: str
    types: tuple[type, ...]
    meaning: str = ""

    def check(self, value: Any) -> Any:
        """The value, if it has a declared type (an int may stand for a float); ValueError otherwise."""
        if float in self.types and type(value) is int:
            return value if int in self.types else float(value)
        if type(value) not in self.types:
            raise ValueError(f"{self.name} must be {self.kind}, not {value!r} ({type(value).__name__})")
        return value

    def parse(self, text: str) -> Any:
        """The value that a word on the command line stands for; ValueError when it has another type."""
        if self.types == (str,):
            return text
        if bool in self.types and text.lower() in ("true", "false"):
            return text.lower() == "true"
        try:
            value = ast.literal_eval(text)
        except (SyntaxError, ValueError):
            if text[:1] in EXAMPLES:  # its own quotes were taken for those of the line
                example = f"{self.name}={EXAMPLES[text[0]]}"
                raise ValueError(f"{text} is no {self.kind}; put it in quotes, as in {example}") from None
            value = text
        if list in self.types and str not in self.types and isinstance(value, str):
            raise ValueError(
                f"{self.name} must be {self.kind}, not {text!r}; write {self.name}={EXAMPLES['[']}"
            )
        return self.check(value if type(value) in self.types or float in self.types else text)

    @property
    def kind(self) -> str:
        """Its types in words."""
        return " or ".join(type_.__name__ for type_ in self.types)


@dataclass(frozen=True)
class Parameters:
    """What was chosen for a chapter, as attributes; a notebook shows it as a table of values and origins."""

    values: Mapping[str, Any]
    origins: Mapping[str, str]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self.values:
            raise AttributeError(unknown("parameter", name, self.values, "parameters"))
        return self.values[name]

    def given(self, *names: str) -> dict[str, Any]:
        """Those of the named parameters that have a value."""
        return {name: self.values[name] for name in names if self.values[name] is not None}

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{name}</td><td><code>{html.escape(repr(value))}</code></td>"
            f"<td>{html.escape(self.origins[name])}</td></tr>"
            for name, value in self.values.items()
        )
        return f"<table><tr><th>parameter</th><th>value</th><th>from</th></tr>{rows}</table>"


def of(chapter: str, given: Mapping[str, Any] | None = None) -> Parameters:
    """What was chosen for a chapter; a notebook of it calls ``parameters.of("train")``.

    ``given`` holds what its cell of parameters defines, by default the caller's own global names. A value
    other than None stays; the rest come from the profile's table for this chapter, then from its table
    ``run``; what neither gives stays None. Where the chapter's table holds one that is named after the
    architecture, that one comes first. ``folder`` is by default ``runs/<profile>`` in the project.
    Raises ValueError for an unknown profile and for a value of the wrong type.
    """
    gateway.refuse_others()
    given = sys._getframe(1).f_globals if given is None else given
    profile = given["profile"]
    defaults = profiles.defaults(profile, chapter, given.get("architecture"))
    values: dict[str, Any] = {"profile": profile}
    origins = {"profile": "this notebook"}
    for name, kind in _annotated(given).items():
        here = given[name] is not None
        value = given[name] if here else defaults.get(name)
        values[name] = value if value is None else Parameter(name, get_args(kind) or (kind,)).check(value)
        origins[name] = "this notebook" if here else f"profile {profile}" if name in defaults else "not set"
    if values.get("folder") is None:
        values["folder"], origins["folder"] = chapters.folder(profile), f"profile {profile}"
    values["folder"] = Path(values["folder"])
    return Parameters(values, origins)


def _annotated(given: Mapping[str, Any]) -> dict[str, Any]:
    """The names that the cell of parameters declares, with their types."""
    return {name: kind for name, kind in given.get("__annotations__", {}).items() if name in given}


def declared(notebook: Path) -> list[Parameter]:
    """The parameters that a notebook's cell declares, in its order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise ValueError(f"{notebook} must have one cell tagged 'parameters', not {len(tagged)}")
    return read("".join(tagged[0]["source"]))


def read(source: str) -> list[Parameter]:
    """The parameters that a cell declares: the names with a type."""
    comments = _comments(source)
    return [
        Parameter(node.target.id, _types(ast.unparse(node.annotation)), comments.get(node.lineno, ""))
        for node in ast.parse(source).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]


def _types(annotation: str) -> tuple[type, ...]:
    """The types that an annotation like ``int | list`` names."""
    return tuple(TYPES[name.strip()] for name in annotation.split("|"))


def _comments(source: str) -> dict[int, str]:
    """Line number to comment, for every comment in a piece of Python."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}
