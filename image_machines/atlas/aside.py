"""Images that failed too often: set aside in a file beside the finished ones, each with its reason."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from image_machines import files
from image_machines.atlas.recipe import Recipe

FILE = "set-aside.json"  # in the folder of images
TRIES = 3


@dataclass
class Aside:
    """What failed, how often and why; what failed three times is kept in the file."""

    folder: Path
    tries: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        file = self.folder / FILE
        self.entries: dict[str, dict[str, Any]] = {}
        if file.is_file():
            self.entries = json.loads(file.read_text(encoding="utf-8"))

    def failed(self, recipe: Recipe, reason: str) -> bool:
        """Note a failure; whether the image is set aside by it."""
        self.tries[recipe.id] += 1
        if self.tries[recipe.id] < TRIES:
            return False
        place = {"model": recipe.model, "layer": recipe.layer, "neuron": recipe.neuron}
        making = {"preset": recipe.preset, "size": recipe.size, "seed": recipe.seed}
        self.entries[recipe.id] = {"title": recipe.title, **place, **making, "reason": reason}
        self._write()
        return True

    def forget(self) -> None:
        """Let everything be tried again."""
        self.entries.clear()
        self._write()

    def _write(self) -> None:
        if self.entries:
            files.write_json(self.folder / FILE, self.entries)
        else:
            (self.folder / FILE).unlink(missing_ok=True)
