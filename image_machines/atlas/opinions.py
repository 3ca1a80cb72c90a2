"""What a jury said of an image, as its card keeps it, and in words. Loads no Keras."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, Field


class Verdict(BaseModel):
    """What a network takes a picture for."""

    class_name: str
    probability: float
    own: float | None = Field(description="Of the class that the image is of, where it knows that one.")


class Opinion(BaseModel):
    """What a juror takes an image and its control for."""

    juror: str
    before: bool = Field(description="Whether it is the network as it was before its training.")
    image: Verdict
    control: Verdict


class Heard(BaseModel):
    """What a jury said of an image."""

    sentence: str = Field(description="All of it in plain words.")
    control: str = Field(description="Path of the same image from shuffled weights, relative to the page.")
    opinions: list[Opinion]


def of_card(card: Mapping[str, Any]) -> Heard | None:
    """What the card of an image has of a jury."""
    return Heard.model_validate(card["jury"]) if card.get("jury") else None


def sentence(class_name: str, said: Iterable[Opinion]) -> str:
    """What a jury said, a sentence for each juror."""
    return " ".join(_in_words(class_name, each) for each in said)


def _in_words(class_name: str, said: Opinion) -> str:
    who = f"{said.juror}, before its training on these classes," if said.before else said.juror
    control, empty = said.control, said.image.class_name == said.control.class_name
    beside = f"for “{control.class_name}” {'too ' if empty else ''}({_percent(control.probability)})"
    nothing = ": that says nothing of what was learned" if empty else ""
    taken = _taken(class_name, said.image)
    return f"{who} takes it for {taken}, and the same image from shuffled weights {beside}{nothing}."


def _taken(class_name: str, verdict: Verdict) -> str:
    named, share, own = verdict.class_name, _percent(verdict.probability), verdict.own
    if named.casefold() == class_name.casefold():
        return f"“{named}” as well ({share})"
    return f"“{named}” ({share}{'' if own is None else f'; “{class_name}”: {_percent(own)}'})"


def _percent(probability: float) -> str:
    return f"{probability:.0%}" if probability >= 0.01 else "less than 1%"
