"""Cards on disk, and what the list of images says of each: read with care, since anybody may edit them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from image_machines.atlas.recipe import Recipe
from image_machines.checks import in_a_sentence

PREFIX = "images"  # what every path in an answer begins with: the folder's name beside the page
LARGEST = 1_000_000  # bytes of a card
LONGEST = 2000  # characters of a caption

Number = Annotated[float, Field(allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=0, le=2**63 - 1)]  # what the index can hold


class Entry(BaseModel):
    """What the list says of a finished image."""

    model_config = ConfigDict(strict=True, title="Image")

    id: str
    image: str = Field(description="Path relative to the page.")
    model: str = Field(min_length=1, max_length=200)
    layer: str = Field(min_length=1, max_length=200)
    neuron: Whole
    class_name: str | None
    octave: Whole | None
    size: Whole
    preset: str = Field(min_length=1, max_length=200)
    seed: Whole | None
    title: str = Field(max_length=LONGEST)
    activation: Number | None
    seconds: Number | None
    date: str
    settings: dict[str, Any] = Field(description="The changes to the preset.")
    check: str | None = Field(
        description="How far the image can be trusted, in a sentence, where that was checked."
    )
    jury: str | None = Field(
        description="What other networks take a class's image for, and the same from shuffled weights, in "
        "sentences, where they were asked."
    )
    control: str | None = Field(
        description="Why its network is a control, shuffled or untrained; null for any other."
    )
    warnings: list[str] = Field(description="What to know about the image, e.g. that the neuron never fires.")


def read(path: Path) -> dict[str, Any]:
    """The JSON object in a file; raises ValueError or OSError, whatever the file holds."""
    if path.stat().st_size > LARGEST:
        raise ValueError(f"it is larger than {LARGEST:,} bytes")
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
        json.dumps(content, allow_nan=False, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(content, dict):
        raise ValueError(f"it is no card but a {type(content).__name__}")
    return content


def entry(card: Mapping[str, Any], image: str) -> Entry:
    """The entry of the image with this path and card; raises ValueError for a card that is none."""
    recipe = Recipe.of_card(card)
    return _entry(
        id=recipe.id,
        image=image,
        **{name: getattr(recipe, name) for name in ("model", "layer", "neuron", "class_name", "octave")},
        **{name: getattr(recipe, name) for name in ("size", "preset", "seed")},
        title=card.get("title") or recipe.title,
        date=card.get("date") or "",
        settings=card.get("changes") or {},
        **{name: card.get(name) for name in ("activation", "seconds", "check")},
        jury=_sentence(card.get("jury")),
        control=control(recipe),
        warnings=card.get("warnings") or [],
    )


_entry = in_a_sentence(Entry)


def _sentence(jury: Any) -> Any:
    """All that a jury said, in plain words."""
    return jury.get("sentence") if isinstance(jury, Mapping) else jury


def control(recipe: Recipe) -> str | None:
    """Why the network of a recipe is a control, by what is said of its weights, and by its name."""
    if "shuffled" in f"{recipe.weights} {recipe.model}".casefold():
        return "shuffled"
    return "untrained" if (recipe.weights or recipe.model).casefold().startswith("random") else None


def words(entry: Entry) -> str:
    """What a search of the entry looks through: its caption, class, place, preset and seed, not its model."""
    place = f"{entry.layer} {entry.layer}:{entry.neuron} {entry.class_name or ''}"
    making = f"{entry.preset} octave_{entry.octave} seed_{entry.seed} {entry.size} px {entry.control or ''}"
    return f" {' '.join(_split(f'{entry.title} {place} {making}'))} "


def sought(text: str) -> list[str]:
    """What must stand in an entry's `words`: numbers, "seed 3" and "mixed5:66" whole, other words in part."""
    text = re.sub(r"\b(seed|octave)[\s:=]*(\d+)\b", r"\1_\2", text.casefold())
    return [f" {word} " if re.fullmatch(r"(seed_|octave_|.*:)?\d+", word) else word for word in _split(text)]


def _split(text: str) -> list[str]:
    return re.findall(r"[\w:.-]*\w", text.casefold())


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number")
