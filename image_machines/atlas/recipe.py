"""Recipes: all that decides an image, and the cards that keep them. Loads no Keras."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from image_machines.names import safe_name


@dataclass(frozen=True)
class Recipe:
    """Everything that decides an image, and how it is called.

    Two recipes with the same `id` make the same image: same weights, layer, neuron, objective, size, seed and
    every parameter. ``settings`` holds all parameters as JSON values, ``changes`` those that differ from the
    preset's. ``width`` is the number of neurons in the layer. ``source`` is the file or the name that the
    network is opened from, ``weights`` what is said of their origin. The names of model, preset and class say
    where the image is kept and how it is captioned.
    """

    model: str
    fingerprint: str
    layer: str
    neuron: int
    objective: str
    octave: int
    size: int
    preset: str
    settings: Mapping[str, Any]
    seed: int = 0
    changes: Mapping[str, Any] = field(default_factory=dict)
    width: int = 0
    class_name: str | None = None
    source: str = ""
    weights: str = ""

    @classmethod
    def of_card(cls, card: Mapping[str, Any]) -> Recipe:
        """The recipe that a card holds; raises ValueError naming what is missing or of the wrong type."""
        for name, types in DECISIVE.items():
            if name not in card:
                missing = ", ".join(each for each in DECISIVE if each not in card)
                raise ValueError(f"the card lacks {missing}: it is no recipe for an image")
            if not isinstance(card[name], types) or isinstance(card[name], bool):
                raise ValueError(f"the card's {name} is {card[name]!r:.60}: it is no recipe for an image")
        return cls(**{name: card[name] for name in cls.__dataclass_fields__ if name in card})

    def to_card(self) -> dict[str, Any]:
        """What a card says of the recipe; `of_card` gives it back."""
        return {"title": self.title, **{name: getattr(self, name) for name in self.__dataclass_fields__}}

    @cached_property
    def id(self) -> str:
        """Sixteen letters that stand for the image."""
        decisive = [self.fingerprint, self.layer, self.neuron, self.objective, self.size, self.seed]
        text = json.dumps([*decisive, self.settings], sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def title(self) -> str:
        """The caption in plain words."""
        if self.class_name:
            return f"{self.layer}, “{self.class_name}”"
        return f"{self.layer}, neuron {self.neuron}" + (f" of {self.width}" if self.width else "")

    @property
    def stem(self) -> str:
        """The file's name without what tells apart two images of the same description."""
        neuron = f"{self.neuron:03d}" + (f"-{self.class_name}" if self.class_name else "")
        name = f"{self.layer}-{neuron}-{self.preset}-{self.size}px-seed{self.seed}"
        return safe_name(f"{name}-{self.id[:6]}" if self.changes else name, url=True)


DECISIVE: dict[str, type] = {  # what a card must hold, and of which type
    "model": str,
    "fingerprint": str,
    "layer": str,
    "neuron": int,
    "objective": str,
    "octave": int,
    "size": int,
    "preset": str,
    "settings": Mapping,
}
