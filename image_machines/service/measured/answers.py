"""What the service answers about how a collection excites neurons."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from image_machines.service.answers import Name, Neuron, Share, Work


def _field(description: str) -> Any:
    return Field(description=description)


class Bar(BaseModel):
    """The works that excite a neuron so strongly."""

    low: float
    high: float
    works: int = Field(ge=0)
    rank: int = Field(ge=1, description="Place of its strongest work in the order of all.")


class Group(BaseModel):
    """A group of the catalogue among the works that excite a neuron most."""

    column: str = _field("class, timeframe, school or author.")
    value: str
    works: int = _field("Works of the group in the collection.")
    strongest: int = _field("Those among the strongest.")
    share: Share = _field("Of the strongest.")
    chance: Share = _field("The share that chance gives on average.")
    low: Share = _field("In 95 of 100 draws chance gives no less,")
    high: Share = _field("and no more.")
    q: Share = _field("How easily chance gives a share as far, after control of false discoveries.")
    stands: bool = _field("More, or less, than chance allows.")


class Distribution(BaseModel):
    """How strongly each work of the collection excites a neuron, and what the strongest are."""

    model: Name
    layer: Name
    neuron: Neuron
    class_name: str | None
    pictures: int = _field("Works that could be read.")
    least: float | None = _field("The largest value of the neuron's map in the weakest work.")
    median: float | None
    most: float | None
    bars: list[Bar] = _field("From the weakest to the strongest, of equal width.")
    strongest: int = _field("So many works count as the strongest: a tenth, of those above the weakest.")
    groups: list[Group] = _field("The farthest from chance first.")
    ready: bool = _field("Whether all pictures are there; ask again while they are not.")
    works: list[Work] = _field("The works from the place asked for on, the stronger first.")


class Neurons(BaseModel):
    """What is known of every neuron of a layer, by which they may be sorted."""

    model: Name
    layer: Name
    width: int
    ready: bool = _field("Whether all is known that will be; ask again while it is not.")
    pictures: int = _field("Works of the collection; 0 where it was not shown to this layer.")
    classes: list[str | None] | None = _field(
        "Of each neuron the class whose works excite it most, beyond chance; null where none does."
    )
    beyond: list[float] | None = _field(
        "How far the ranks of that class's works lie above chance, in standard deviations."
    )
    before: str | None = _field("The network that this one began as; null for one that began as no other.")
    moved: list[float] | None = _field(
        "1 less the rank correlation of each neuron's answers to the works with those before fine-tuning: "
        "0 where the order of the works is as it was."
    )
    unmoved: Literal["began as none", "not measured", "not measured before"] | None = _field(
        "Why that is not known."
    )
