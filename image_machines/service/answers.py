"""What the service answers: one model for each kind of thing, from which its description is made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from image_machines.atlas.cards import Entry
from image_machines.atlas.opinions import Heard
from image_machines.vision.settings import PAGE_OCTAVES

LARGEST_SEED = 2**32 - 1

Name = Annotated[str, Field(min_length=1, max_length=200)]
Neuron = Annotated[int, Field(ge=0)]
Octave = Annotated[int, Field(ge=1, le=PAGE_OCTAVES)]
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
Share = Annotated[float, Field(ge=0, le=1)]
State = Literal["queued", "rendering", "paused", "done", "failed", "cancelled"]


def _field(description: str) -> Any:
    return Field(description=description)


class Error(BaseModel):
    """Why a request was not answered as asked."""

    error: str = _field("One sentence.")


class LeftOut(BaseModel):
    """A file beside the images that is no card."""

    file: str
    reason: str


class Status(BaseModel):
    """What the service is doing."""

    version: Name
    queued: int = _field("Jobs that wait, paused ones too.")
    limit: int = _field("So many may wait.")
    rendering: list[str] = _field("Ids of the jobs that run now, one per device.")
    preset: str = _field("The preset used where none is named.")
    models: int
    images: int = _field("Finished images.")
    left_out: list[LeftOut] = _field("Cards that are none, and why: their images are not listed.")


class ModelSummary(BaseModel):
    """A model in the list of models."""

    name: Name
    fingerprint: Name
    classes: int = _field("Number of classes with a name.")
    source: str = _field("Where the weights come from.")
    architecture: str = _field(
        "The published network that it is or began as, such as InceptionV3; empty where unknown."
    )


class Models(BaseModel):
    """The models at hand, the default first."""

    models: list[ModelSummary]


class Layer(BaseModel):
    """A layer of a model."""

    name: Name
    kind: str = _field("Keras' name of the kind, e.g. Conv2D, Concatenate, Dense.")
    width: int = _field("Number of neurons (channels, or units).")
    map_size: int | None = _field("Side of the activation map for a 299 px picture; null for dense layers.")
    stride: int | None
    receptive_field: int | None = _field("Side in pixels of what one position sees; null: the whole picture.")
    visualizable: bool = _field("Whether images can be made of its neurons.")
    landmark: bool = _field("A station that every path leads through: what a first look offers.")
    responses: bool = _field("Whether GET /responses knows this layer.")
    sources: list[str] = _field("The layers whose results it takes.")
    block: str | None = _field("The landmark that ends its block; null after the last one.")
    branch: int | None = _field(
        "Which of the branches of its block, from 0; null where every path leads through it."
    )


class Model(BaseModel):
    """A model with its classes and layers."""

    name: Name
    fingerprint: Name
    source: str
    classes: list[str] = _field("In the order of the last layer's neurons; empty where unknown.")
    classes_layer: str | None = _field("The layer whose neurons are the classes.")
    sizes: list[int] = _field("Pixels of octaves 1 to 10 in the service's preset.")
    layers: list[Layer] = _field("In the order of the computation.")


class Preset(BaseModel):
    """A way to make images."""

    name: Name
    title: str = _field("One plain sentence.")
    settings: dict[str, Any] = _field("Every parameter. Any of them may stand in a request's `settings`.")
    sizes: list[int] = _field("Pixels of octaves 1 to 10.")


class Presets(BaseModel):
    """Every preset."""

    default: Name
    presets: list[Preset]


class Job(BaseModel):
    """An image on its way."""

    id: str = _field("The same for the same image: also the id of the finished image.")
    state: State = _field("paused: it has begun, and waits for a more urgent job.")
    model: Name
    layer: Name
    neuron: Neuron
    class_name: str | None
    octave: Octave
    size: int = _field("Pixels of the finished image's side.")
    preset: Name
    seed: Seed
    settings: dict[str, Any] = _field("The changes to the preset, {} where there are none.")
    title: str = _field("Plain caption, e.g. mixed5, neuron 66 of 768.")
    control: str | None = _field("Why its network is a control, shuffled or untrained; null for any other.")
    image: str = _field(
        "Path relative to the page; exists from the answer on (not after failed or cancelled)."
    )
    version: int = _field(
        "Grows by one whenever the file is rewritten: load it again, with ?<version>, only when it did."
    )
    progress: Share
    activation: float | None = _field("The objective's present value.")
    seconds: float = _field("Spent rendering so far.")
    seconds_left: float | None = _field("Until it is done, its own work only; null when it has ended.")
    position: int | None = _field("Place in the queue, 1 is next; null when it does not wait.")
    created: str = Field(json_schema_extra={"format": "date-time"})
    error: str | None = _field("Why it failed, one sentence.")
    warnings: list[str] = _field("What to know about the image, e.g. that the neuron never fires.")


class Jobs(BaseModel):
    """A page of jobs."""

    jobs: list[Job]
    total: int
    next: int | None


class Priced(BaseModel):
    """An image and what it would take."""

    id: str
    neuron: Neuron
    octave: Octave
    size: int
    preset: Name
    seed: Seed
    seconds: float


class Estimate(BaseModel):
    """What a request would cost."""

    seconds: float = _field("Time to render what is not yet finished.")
    seconds_waiting: float = _field("Time until the work now waiting is done.")
    new: int = _field("Images to render.")
    done: int = _field("Images finished already or under way.")
    jobs: list[Priced]


class Image(Entry):
    """A finished image."""


class Images(BaseModel):
    """A page of finished images."""

    images: list[Image]
    total: int
    next: int | None


class Card(BaseModel):
    """The whole provenance card of an image, with whatever else it holds."""

    model_config = ConfigDict(extra="allow")

    id: str
    model: Name
    fingerprint: Name
    layer: Name
    neuron: Neuron
    objective: str
    preset: Name
    settings: dict[str, Any] = _field("Every parameter.")
    seed: int = 0


class Jury(BaseModel):
    """What other networks take a class's image for."""

    ready: bool = _field("Whether all is said that will be: ask again while it is not.")
    heard: Heard | None = _field("What was said; null while nobody was asked, and where nobody can be.")


class Box(BaseModel):
    """A crop as fractions of the picture's height and width."""

    top: Share
    left: Share
    height: Share
    width: Share


class Work(BaseModel):
    """A work of the collection that excites a neuron."""

    model_config = ConfigDict(populate_by_name=True)

    rank: int = Field(ge=1)
    file: str = _field("Name in the collection.")
    activation: float = _field("Largest value of the neuron's map.")
    mean: float
    artist: str | None
    title: str | None
    date: str | None
    class_: str | None = Field(alias="class")
    painted: bool = _field("Painted by the program: artist and title are made up.")
    url: str | None = _field("The work's page; null for one that the program painted.")
    picture: str = _field("Path of the whole picture (longest side at most 512 px), relative to the page.")
    crop: str = _field("Path of the part that fired, relative to the page.")
    box: Box


class Responses(BaseModel):
    """The works that excite a neuron most, strongest first."""

    model: Name
    layer: Name
    neuron: Neuron
    class_name: str | None
    ready: bool = _field("Whether all pictures are there; ask again while they are not.")
    pictures: int = _field("Size of the collection.")
    works: list[Work]


class Trial(BaseModel):
    """A question of the reader's experiment: which of two works excites a neuron more?"""

    condition: Literal["image", "works", "both"] = _field("What the reader is shown of the neuron.")
    image: Image = _field("The neuron's image; not to be shown where the condition is its works alone.")
    works: list[Work] = _field(
        "The strongest works but for the one that is asked about; none where the condition is the image."
    )
    left: Work
    right: Work


class Experiment(BaseModel):
    """The questions of the reader's experiment, with what was measured: the page tells it afterwards."""

    model: Name
    seed: Seed = _field("The same seed draws the same questions while images and responses are the same.")
    ready: bool = _field("Whether all pictures are there; ask again while they are not.")
    trials: list[Trial]


class Description(RootModel[dict[str, Any]]):
    """OpenAPI 3.1."""
