"""What the service answers about works and neurons."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from image_machines.service.answers import Box, Name, Neuron, Share

Drawn = Annotated[str, Field(description="A grey PNG, black 0 and white the most, as a data: URL.")]


def _field(description: str) -> Any:
    return Field(description=description)


class ListedWork(BaseModel):
    """A work of the collection."""

    model_config = ConfigDict(populate_by_name=True)

    file: str = _field("Name in the collection: what `work` takes.")
    artist: str | None
    title: str | None
    date: str | None
    class_: str | None = Field(alias="class")
    painted: bool = _field("Painted by the program: artist and title are made up.")
    url: str | None = _field("The work's page; null for one that the program painted.")
    picture: str = _field("Path of the picture (longest side at most 512 px), relative to the page.")


class WholeWork(ListedWork):
    """A work of the collection, and all that the catalogue says of it."""

    life: str | None = _field("When and where the artist lived.")
    school: str | None
    period: str | None
    technique: str | None
    place: str | None = _field("Where it is.")
    rights: str | None = _field("Null where the catalogue does not say.")
    source: str | None = _field("Where its picture came from.")
    whole: str = _field("Path of the picture with all its pixels, relative to the page.")
    ready: bool = _field("Whether the whole picture is there; ask again while it is not.")


class Works(BaseModel):
    """A page of the collection."""

    works: list[ListedWork]
    ready: bool = _field("Whether all pictures are there; ask again while they are not.")
    total: int
    next: int | None


class Chance(BaseModel):
    """How probable a class is to the network."""

    name: str
    probability: Share


class Support(BaseModel):
    """A feature, a neuron that speaks for the class, in this picture."""

    layer: Name
    neuron: Neuron
    weight: float = _field("What a response of 1 adds to the class.")
    response: Share = _field("How strong it is here: its share of its layer's length.")
    contribution: float = _field("Weight times response; the features are sorted by it.")
    heat: Drawn = _field("Where it is: heat from its strongest position.")


class Explanation(BaseModel):
    """What a network says of a picture, and why."""

    model: Name
    work: str | None = _field("Name in the collection; null for a picture that was sent.")
    class_name: str = _field("The class that the network names.")
    probability: Share
    chances: list[Chance] = _field("The most probable classes, that one first.")
    silent: list[str] = _field("The neurons that were silenced, as layer:number.")
    heat: Drawn | None = _field("What speaks for the class as a whole; null where neurons were silenced.")
    supports: list[Support] = _field("The strongest first; none where neurons were silenced.")
    basis: str = _field("On what the features were found, and how far they go, in a sentence.")


class Excited(BaseModel):
    """A neuron that a picture excites."""

    neuron: Neuron
    class_name: str | None
    activation: float = _field("Largest value of the neuron's map.")
    rank: int = Field(ge=1, description="Its place among the collection's works; 1: none excites it more.")
    beyond: float = _field("By so many standard deviations it exceeds the mean of the collection's works.")
    box: Box = _field("The part that fired.")


class Near(ListedWork):
    """A work that is near to a picture by what excites the network."""

    likeness: float = _field("The cosine of the mean answers of the channels: 1 is the same.")


class Look(BaseModel):
    """The neurons of a layer that a picture excites most, and the nearest works of the collection."""

    model: Name
    work: str | None = _field("Name in the collection; null for a picture that was sent.")
    layer: Name
    layers: list[Name] = _field("Those that can be asked for, from late to early.")
    pictures: int = _field("Size of the collection.")
    neurons: list[Excited] = _field("The most excited first, each beside what it usually answers.")
    likened: Name = _field("The layer whose answers the works are compared by.")
    nearest: list[Near] = _field("The nearest first.")
    ready: bool = _field("Whether the pictures of the nearest are there; ask again while they are not.")


class CollectionMap(BaseModel):
    """A page with every work of the collection where it lies by what a network sees in it."""

    path: str = _field("Of the page, relative to the page of the service; #file=NAME shows a work on it.")


class Spoken(BaseModel):
    """A class, and what a neuron's response adds to it."""

    name: str
    weight: float = _field("Below 0 it speaks against the class.")
    rank: int | None = _field("Place among the features that speak for the class; null for one against it.")
    features: int = _field("How many features speak for the class.")


class Group(BaseModel):
    """How strong a neuron is in a part of the catalogue."""

    column: str
    value: str
    works: int
    ratio: float = _field("Its mean response beside that of as many works drawn at random.")
    p: Share
    q: Share = _field("The same after control of false discoveries.")
    stands: bool = _field("Whether it is more than chance allows.")
    says: str = _field("The same in words.")


class Account(BaseModel):
    """What a neuron counts for, looks like on average, and where it is at home."""

    model: Name
    layer: Name
    neuron: Neuron
    classes: list[Spoken] = _field("The classes that it speaks for, and against; none for most neurons.")
    basis: str
    average: str = _field("Path of the mean of the parts of works that excite it most, relative to the page.")
    averaged: int = _field("Of so many works.")
    distribution: str = _field("In which parts of the catalogue it is stronger than chance allows, in words.")
    groups: list[Group]


class Metapicture(BaseModel):
    """A neuron's picture by one method, and how much of it is the method's."""

    model: Name
    layer: Name
    neuron: Neuron
    method: Name
    methods: list[Name] = _field("Those that there are for this neuron; the first is the plain gradient.")
    picture: str = _field("The picture, a PNG in a data: URL.")
    gradients: int = _field("So many were taken.")
    excites: float = _field("How strongly it excites the neuron, as a share of what the plain picture does.")
    forms: float = _field("How far its coarse and fine forms are from those of the works, in powers of ten.")
    smoothness: float = _field("How much neighbouring pixels differ, 0-1.")


class AttributeMap(BaseModel):
    """An attribute in a picture: how surely it is there, and what each place counts for the score."""

    name: str
    presence: Share
    counts: float = _field("What it adds to the score; below 0 it lowers it.")
    cells: list[list[float]] = _field("What each place adds, row by row from the top: the sum is `counts`.")


class Attributes(BaseModel):
    """How a semantic network scores a picture: `bias`, the maps and `others` add up to `score`."""

    network: Name
    work: str | None
    score_name: str
    score: float
    bias: float
    maps: list[AttributeMap] = _field("The eight that count most, whichever way, the first one the most.")
    others: float = _field("What all other attributes add.")
    margin: Share = _field("Share of the picture's side, at each edge, that the maps do not cover.")


class SemanticNetwork(BaseModel):
    """A network that scores by named attributes alone."""

    name: Name
    attributes: list[str]
    scores: list[str]


class SemanticNetworks(BaseModel):
    """The semantic networks at hand."""

    networks: list[SemanticNetwork]


class Inquiry(BaseModel):
    """A question under way, and its answer once it is there."""

    id: str
    state: Literal["waiting", "working", "done", "failed"]
    position: int | None = _field("So many are answered before it; null when it does not wait.")
    note: str = _field("What takes so long, in a sentence; empty where it does not.")
    error: str | None = _field("Why it failed, one sentence.")
    explanation: Explanation | None = None
    account: Account | None = None
    attributes: Attributes | None = None
    metapicture: Metapicture | None = None
    look: Look | None = None
    map: CollectionMap | None = None
