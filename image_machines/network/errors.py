"""Errors: what can be wrong with a model that somebody brings, and what of a complaint is worth telling."""

from __future__ import annotations

import re
import warnings
from typing import Any

COLOURS_OF_A_TERMINAL = re.compile(r"\x1b\[[0-9;]*m")
LONGEST = 300  # letters of a framework's complaint


class MissingWeights(RuntimeError):
    """Weights that cannot be fetched, found or fitted."""


class UnknownPixels(ValueError):
    """A model of which nothing says how it wants its pixels."""


def cause(error: BaseException) -> str:
    """The line of a framework's complaint that says what was wrong: the last one before its arguments."""
    text = COLOURS_OF_A_TERMINAL.sub("", str(error))
    text = re.split(r"\n\s*Arguments received by", text)[0]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    said = lines[-1].removeprefix("Exception encountered:").strip().rstrip(".")
    return said if len(said) <= LONGEST else said[:LONGEST] + "…"


class quiet_loading(warnings.catch_warnings):
    """Without Keras's warnings that are no news here: a free size, two names for one thing, named inputs."""

    def __enter__(self) -> Any:
        entered = super().__enter__()
        warnings.filterwarnings("ignore", message="The structure of `inputs` doesn't match")
        warnings.filterwarnings("ignore", message=".*Skipping nested container.*")
        warnings.filterwarnings("ignore", message=".*`input_shape` is undefined or non-square.*")
        return entered
