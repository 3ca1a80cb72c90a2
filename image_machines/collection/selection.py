"""Selection: what to collect, from where, and how to divide it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from image_machines.checks import checked
from image_machines.collection.manners import Manners
from image_machines.collection.sources import Place
from image_machines.collection.sources.painted import BUILT_IN

CONDUCT = ("permission", "concurrent", "requests_per_second", "contact")  # change nothing in the result


@checked
class Selection:
    """What to collect, from where, and how to divide it."""

    source: str = BUILT_IN  # see sources.open_source
    search_dicts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # class -> {column: value}
    everything: bool = False  # download all pictures of the catalogue, not only those of the classes
    split: Literal["by-work", "random"] = "by-work"  # see splits.split
    val_share: Annotated[float, Field(gt=0, lt=1)] = 0.1  # part of each class that is kept for validation
    pictures_per_class: Annotated[int, Field(ge=2)] | None = None  # at most; None: as the smallest class has
    seed: Annotated[int, Field(ge=0)] = 0  # of the choice and of the split
    permission: bool = False  # the owner of a host other than this machine has permitted the download
    concurrent: Annotated[int, Field(ge=1)] = 8  # requests at once
    requests_per_second: Annotated[float, Field(gt=0)] | None = None  # None: 8, or unbounded to this machine
    contact: str = ""  # an address that the User-Agent names
    built_in: Mapping[str, Any] = field(default_factory=dict)  # settings of painted.write_mirror

    @classmethod
    def of(cls, values: Any) -> Selection:
        """A selection from the attributes of another object, such as a notebook's; None means the default."""
        given = {item.name: getattr(values, item.name, None) for item in fields(cls)}
        return cls(**{name: value for name, value in given.items() if value is not None})

    def manners(self) -> Manners:
        """How to behave towards the server."""
        return Manners(**{name: getattr(self, name) for name in CONDUCT})

    def place(self, folder: str | Path) -> Place:
        """Where the source keeps what it fetches for the data set in ``folder``."""
        return Place(Path(folder), self.manners(), self.built_in)
