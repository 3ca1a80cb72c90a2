"""The card beside a model's file: what its maker says of it. Anybody may write one, so it is checked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from image_machines.checks import checked
from image_machines.names import few
from image_machines.network.pixels import PixelRange, pixel_range

LARGEST_SIZE = 8192  # pixels of a side


def class_names(value: Any) -> tuple[str, ...]:
    """Names of classes, in order, or with their numbers; ValueError unless they differ in more than case."""
    if isinstance(value, dict) and sorted(map(str, value.values())) == sorted(map(str, range(len(value)))):
        value = sorted(value, key=lambda name: int(value[name]))
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) and name for name in value):
        raise ValueError(f"classes are a list of names, in the order of the network's outputs, not {value!r}")
    folded = [name.casefold() for name in value]
    if twice := [name for name in value if folded.count(name.casefold()) > 1]:
        raise ValueError(f"the names of classes must differ in more than case: {few(twice)}")
    return tuple(value)


@checked
class Said:
    """What a card says that is needed to use the model; None where it says nothing."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    architecture: str | None = None
    classes: Annotated[tuple[str, ...], BeforeValidator(class_names)] | None = None
    pixels: Annotated[PixelRange, BeforeValidator(pixel_range)] | None = None
    size: Annotated[int, Field(ge=1, le=LARGEST_SIZE)] | None = None
    weights_source: str | None = None
    epochs_done: int | None = None


def read_card(path: str | Path) -> dict[str, Any]:
    """The card beside a model file; a checkpoint ``<stem>-03.keras`` has that of its run, ``<stem>.json``.

    {} where there is none; ValueError for a file that is none.
    """
    card = _card_of(Path(path))
    if card is None:
        return {}
    try:
        content = json.loads(card.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{card.name} beside {Path(path).name} is no card: it is not JSON ({error})"
        ) from None
    if not isinstance(content, dict):
        example = '{"classes": ["a", "b"], "pixels": "0..255"}'
        raise ValueError(
            f"{card.name} beside {Path(path).name} is no card, which is an object such as {example}, but a "
            f"{type(content).__name__}; mend it, or give it another name"
        )
    return content


def said(path: str | Path) -> Said:
    """What the card beside a model file says of the model; ValueError names the card and what is wrong."""
    card = read_card(path)
    known = {name: card[name] for name in Said.__dataclass_fields__ if card.get(name) is not None}
    try:
        return Said(**known)
    except ValueError as error:
        found = _card_of(Path(path))
        raise ValueError(f"{found and found.name} beside {Path(path).name}: {error}") from None


def _card_of(path: Path) -> Path | None:
    """The file that would be the card of a model file."""
    if not path.name:
        return None
    stems = (path.stem, re.sub(r"-\d+$", "", path.stem))
    return next((card for stem in stems if (card := path.with_name(f"{stem}.json")).is_file()), None)
