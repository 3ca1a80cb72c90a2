"""How long images take: guessed from a layer's multiplications, then learned from what was made."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from image_machines.atlas.recipe import Recipe
from image_machines.network.network import Network
from image_machines.vision import features
from image_machines.vision.settings import Settings

FIRST_SPEED = 3e10  # multiplications a second with which an unknown machine is credited
FIRST_START = 5.0  # seconds to compile a layer's program that was not used yet
FIRST_KEEPING = 1.0  # seconds to keep a finished megapixel
LARGE = 300  # pixels of a side from which an image's own size decides how long that takes
MEMORY = 0.05  # share of the work that says how fast the rest goes
SURE, STALL = 10, 6.0  # steps until the estimate is left; one so many times as long as others is no measure


@dataclass
class Costs:
    """What images of these networks cost in seconds."""

    networks: Mapping[str, Network]
    speed: float = FIRST_SPEED
    start: float = FIRST_START
    keep: float = FIRST_KEEPING
    _rates: dict[tuple[str, str, str], float] = field(default_factory=dict)
    _works: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seconds(self, recipe: Recipe) -> float:
        """How long this image will take once it is begun."""
        with self._lock:
            rate = self._rates.get(self._key(recipe))
            start = 0.0 if rate else self.start
            rate = rate or self._multiplications(recipe) / self.speed
        return start + self._work(recipe) * rate + self.keeping(recipe)

    def keeping(self, recipe: Recipe) -> float:
        """How long it will take to keep this image, once it is drawn."""
        return self.keep * recipe.size**2 / 1e6

    def total(self, wanted: Iterable[Recipe]) -> float:
        """How long these images will take one after the other; a layer's program is compiled once."""
        wanted = list(wanted)
        starts = [self._key(recipe) for recipe in wanted if self._key(recipe) not in self._rates]
        repeated = len(starts) - len(set(starts))
        return sum(self.seconds(recipe) for recipe in wanted) - repeated * self.start

    def learn(self, recipe: Recipe, first: float, rest: float, kept: float) -> None:
        """Take in what an image took: seconds to its first frame, from there to its last, and to be kept."""
        work = self._work(recipe)
        with self._lock:
            if recipe.size >= LARGE:
                self.keep = (self.keep + kept * 1e6 / recipe.size**2) / 2
            key = self._key(recipe)
            if key not in self._rates:
                self.start = (self.start + first) / 2
            if rest > 0 and work > 0:
                self._rates[key] = rest / work
                self.speed = self._multiplications(recipe) / self._rates[key]

    def _key(self, recipe: Recipe) -> tuple[str, str, str]:
        return recipe.fingerprint, recipe.layer, str(recipe.settings.get("precision"))

    def _work(self, recipe: Recipe) -> float:
        """Megapixel-iterations."""
        key = json.dumps(recipe.settings)
        if key not in self._works:
            self._works[key] = features.cost(Settings.from_json(recipe.settings))
        return self._works[key]

    def _multiplications(self, recipe: Recipe) -> float:
        """Per megapixel and iteration: forward, and twice that back."""
        return 3e6 * max(self.networks[recipe.model].costs.get(recipe.layer, 0.0), 1.0)


class Pace:
    """How fast an image gets on, from its last steps: what is left does not jump when a step stalls."""

    def __init__(self, estimate: float) -> None:
        self._estimate = estimate
        self._share = self._seconds = 0.0
        self._steps = 0

    def observe(self, share: float, seconds: float) -> None:
        """A step that brought the image on by this share of its work, in so many seconds."""
        if share <= 0:
            return
        if self._steps >= SURE and seconds > STALL * share * self._seconds / self._share:
            return  # a program was compiled, or the machine did something else
        self._steps += 1
        keep = math.exp(-share / MEMORY)
        self._share, self._seconds = self._share * keep + share, self._seconds * keep + seconds

    def left(self, progress: float) -> float:
        """Seconds until the image is done."""
        whole = self._seconds / self._share if self._steps >= SURE else self._estimate
        return (1 - progress) * whole
