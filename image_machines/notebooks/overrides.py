"""Overrides: parameters of notebooks as they are typed on the command line, ``epochs=4 source=path``."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from image_machines.names import nearest
from image_machines.notebooks import chapters
from image_machines.notebooks.parameters import Parameter, declared


def parse(text: str, notebooks: Sequence[Path] | None = None) -> dict[str, Any]:
    """The values that a line of words gives, in the types that the notebooks, by default the four, declare.

    Quotes hold a value with spaces together; all other signs, backslashes too, arrive as typed. Dicts and
    lists are written as in Python or JSON. Raises ValueError, listing every parameter, for an unknown name or
    a value of the wrong type.
    """
    known = {each.name: each for notebook in _all(notebooks) for each in declared(notebook)}
    try:
        return dict(_override(word, known) for word in _words(text))
    except ValueError as error:
        raise ValueError(f"{error}\n{described(notebooks)}") from None


def _override(word: str, known: dict[str, Parameter]) -> tuple[str, Any]:
    name, equals, value = word.partition("=")
    if not equals or name not in known:
        raise ValueError(f"no parameter {name!r} in {word!r}{nearest(name, known)}")
    return name, known[name].parse(value)


def _words(text: str) -> list[str]:
    """The words of a line, quotes taken off; a quote that nothing closes is a letter, as in O'Brien."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
    try:
        return list(lexer)
    except ValueError:
        return text.split()


def described(notebooks: Sequence[Path] | None = None) -> str:
    """The parameters of notebooks as text, one a line: name, type, meaning; by default of the chapters."""
    lines = []
    for notebook in _all(notebooks):
        lines.append(str(notebook.relative_to(chapters.ROOT)))
        lines += [f"  {each.name:<22} {each.kind:<12} {each.meaning}" for each in declared(notebook)]
    return "\n".join(lines)


def _all(notebooks: Sequence[Path] | None) -> Sequence[Path]:
    return [chapters.notebook(name) for name in chapters.CHAPTERS] if notebooks is None else notebooks
