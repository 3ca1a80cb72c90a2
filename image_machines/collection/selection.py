"""Selection: what to collect, from where, and how to divide it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from image_machines.checks import checked
from image_machines.collection.manners import Manners
from image_machines.collection.queries import Questions
from image_machines.collection.sources import Place
from image_machines.collection.sources.painted import BUILT_IN
from image_machines.decoding import USUAL, Conditions, colour

LATER = ("ground", "megapixels", "suggested")  # not named in a record as long as they are as usual
CONDUCT = ("permission", "concurrent", "requests_per_second", "contact")  # change nothing in the result


def _as_colour(ground: str) -> str:
    colour(ground)
    return ground


@checked
class Selection:
    """What to collect, from where, and how to divide it."""

    source: str = BUILT_IN  # see sources.open_source
    search_dicts: Questions = field(default_factory=dict)  # class -> {column: value}
    everything: bool = False  # download all pictures of the catalogue, not only those of the classes
    split: Literal["by-work", "random"] = "by-work"  # see splits.split
    val_share: Annotated[float, Field(gt=0, lt=1)] = 0.1  # part of each class that is kept for validation
    pictures_per_class: Annotated[int, Field(ge=2)] | None = None  # at most; None: as the smallest class has
    seed: Annotated[int, Field(ge=0)] = 0  # of the choice and of the split
    permission: bool = False  # the owner of a host other than this machine has permitted the download
    concurrent: Annotated[int, Field(ge=1)] = 8  # requests at once
    requests_per_second: Annotated[float, Field(gt=0)] | None = None  # None: 8, or unbounded to this machine
    contact: str = ""  # an address that the User-Agent names
    ground: Annotated[str, AfterValidator(_as_colour)] = USUAL.ground  # the colour behind what is transparent
    megapixels: Annotated[float, Field(gt=0, le=1e6)] = USUAL.megapixels  # a larger picture is refused
    suggested: bool = False  # search_dicts are a profile's: named classes of another source go before them
    built_in: Mapping[str, Any] = field(default_factory=dict)  # of mirror.write_mirror

    @classmethod
    def of(cls, values: Any) -> Selection:
        """A selection from the attributes of another object, such as a notebook's; None means the default."""
        given = {item.name: getattr(values, item.name, None) for item in fields(cls)}
        origins: Mapping[str, str] = getattr(values, "origins", {})
        of_profile = {name for name, origin in origins.items() if origin.startswith("profile")}
        given["suggested"] = "search_dicts" in of_profile and "source" not in of_profile
        return cls(**{name: value for name, value in given.items() if value is not None})

    def key(self) -> dict[str, Any]:
        """All of it that the data set depends on."""
        usual = {item.name: item.default for item in fields(Selection) if item.name in LATER}
        return {
            name: value
            for name, value in asdict(self).items()
            if name not in CONDUCT and not (name in usual and value == usual[name])
        }

    def manners(self) -> Manners:
        """How to behave towards the server."""
        return Manners(**{name: getattr(self, name) for name in CONDUCT})

    def conditions(self) -> Conditions:
        """How picture files are read."""
        return Conditions(self.ground, self.megapixels)

    def place(self, folder: str | Path) -> Place:
        """Where the source keeps what it fetches for the data set in ``folder``."""
        return Place(Path(folder), self.manners(), self.conditions(), self.built_in)
