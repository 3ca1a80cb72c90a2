"""Settings: how an image is made, all of it, as one frozen value that goes into every provenance card."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, Self, TypeAlias, TypeVar

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from image_machines.checks import checked, listed
from image_machines.names import unknown
from image_machines.vision.optimizers import OPTIMIZERS
from image_machines.vision.parametrizations import PARAMETRIZATIONS, Parametrization, Pixels
from image_machines.vision.regularizers import REGULARIZERS, Filter, Median, Regularizer, Shaper

PAGE_OCTAVES = 10
MOST_REGULARIZERS = 16
FILES = ("statistics", "file")  # what parts call the files that they read
MOST_EFFORT = 3.0  # of the filters of one iteration, in steps of a middle layer: a run can be left after it
MOST_SHAPING = 8.0  # of what shapes the gradient of one iteration
Json: TypeAlias = dict[str, Any]
Number = TypeVar("Number", int, float)


def _one_or_each(value: Any) -> str:
    return "tagged-each" if isinstance(value, list | tuple) else "tagged-one"


def _optimizer(name: str) -> str:
    if name not in OPTIMIZERS:
        raise ValueError(f"optimizer is one of {', '.join(OPTIMIZERS)}, not {name!r}")
    return name


def _regularizers(values: Any) -> Any:
    if not isinstance(values, list | tuple):
        raise ValueError(f"regularizers are a list, not {values!r}")
    return tuple(part_of(REGULARIZERS, "regularizer", each) for each in values)


def _parametrization(value: Any) -> Any:
    return part_of(PARAMETRIZATIONS, "parametrization", value)


Iterations = Annotated[int, Field(ge=0, le=10_000)]
Step = Annotated[float, Field(ge=0, le=1000)]
IterationsOfOctaves = Annotated[
    Annotated[Iterations, Tag("tagged-one")] | Annotated[tuple[Iterations, ...], listed, Tag("tagged-each")],
    Discriminator(_one_or_each),
]
StepsOfOctaves = Annotated[
    Annotated[Step, Tag("tagged-one")] | Annotated[tuple[Step, ...], listed, Tag("tagged-each")],
    Discriminator(_one_or_each),
]


@checked
class Settings:
    """How an image is made. The defaults are the paper's (Offert 2018), and stated nowhere else.

    ``iterations`` and ``step`` are one number for all octaves or one per octave, smallest first; an octave
    with no iterations is passed over. ``octave`` is the last octave that is made, 1 the smallest; None makes
    all.
    """

    octaves: Annotated[int, Field(ge=1, le=20)] = 10
    octave_scale: Annotated[float, Field(ge=1, le=8)] = 1.2  # from one octave to the next
    final_size: Annotated[int, Field(ge=1, le=8192)] = 900  # side of the last octave in pixels
    octave: Annotated[int, Field(ge=1)] | None = None  # the last octave to make; None: all of them
    iterations: IterationsOfOctaves = 100
    step: StepsOfOctaves = 0.01  # in image units, on a gradient of mean absolute value 1
    optimizer: Annotated[str, AfterValidator(_optimizer)] = "ascent"
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.8  # of momentum
    regularizers: Annotated[
        tuple[Regularizer, ...], BeforeValidator(_regularizers), Field(max_length=MOST_REGULARIZERS)
    ] = (Median(),)
    parametrization: Annotated[Parametrization, BeforeValidator(_parametrization)] = Pixels()
    detail: bool = True  # add back the start image's detail that the smaller octaves could not hold
    border: Annotated[int, Field(ge=0, le=100)] = 2  # positions at the edge of a map that do not count
    score: Literal["probability", "logit", "log-odds"] = "probability"  # of a class; see objectives
    precision: Literal["exact", "float32", "bfloat16", "fastest"] = "exact"  # exact: the layers as they are
    warmup: Annotated[int, Field(ge=0, le=1000)] = 16  # iterations with leaky gradients when a unit is dead

    @model_validator(mode="after")
    def _together(self) -> Self:
        """What no field can say alone."""
        if self.octave is not None and self.octave > self.octaves:
            raise ValueError(f"octave is from 1 to {self.octaves}, not {self.octave}")
        for name in ("iterations", "step"):
            each = getattr(self, name)
            if isinstance(each, tuple) and len(each) != self.octaves:
                raise ValueError(f"{name} has one number for each of {self.octaves} octaves, not {len(each)}")
        if not any(self.schedule()):
            raise ValueError("iterations are 0 in every octave: at least one is needed")
        if self.sizes()[0] < 1:
            raise ValueError(f"the smallest octave of {self.final_size} px has no pixel left")
        self._form_and_regularizers()
        return self

    def _form_and_regularizers(self) -> None:
        """Raise ValueError for a regulariser that the parametrisation cannot have."""
        form = type(self.parametrization).__name__
        for each in self.regularizers:
            name = type(each).__name__
            if isinstance(each, Shaper) and not isinstance(self.parametrization, Pixels):
                raise ValueError(f"{name} shapes the gradient of pixels; it needs parametrization pixels")
            if isinstance(each, Filter) and not self.parametrization.invertible:
                raise ValueError(f"{name} filters images, and {form} cannot take one back")
        effort = sum(each.effort for each in self.regularizers if isinstance(each, Filter))
        if effort > MOST_EFFORT:
            raise ValueError(
                f"the filters of an iteration take as long as {effort:.1f} steps; at most {MOST_EFFORT:g}"
            )
        shaping = sum(each.effort for each in self.regularizers if isinstance(each, Shaper))
        if shaping > MOST_SHAPING:
            raise ValueError(
                f"to shape the gradient takes as long as {shaping:.1f} steps; at most {MOST_SHAPING:g}"
            )
        if not self.parametrization.invertible and sum(map(bool, self.schedule())) > 1:
            raise ValueError(f"{form} cannot take an image back, so that it has one octave, not more")

    def replace(self, **changes: Any) -> Settings:
        """The same settings with some changed; raises ValueError for an unknown name or a wrong value."""
        return dataclasses.replace(self, **changes)

    def sizes(self) -> tuple[int, ...]:
        """Sides in pixels of the octaves that are made, smallest first."""
        every = [int(self.final_size / self.octave_scale**i) for i in reversed(range(self.octaves))]
        return tuple(every[: self.octave])

    def schedule(self) -> tuple[int, ...]:
        """Iterations of each octave that is made; the last has no fewer than the preset's last octave."""
        each = _per_octave(self.iterations, self.octaves)
        kept = list(each[: self.octave])
        kept[-1] = max(kept[-1], each[-1])
        return tuple(kept)

    def steps(self) -> tuple[float, ...]:
        """Step of each octave that is made."""
        return _per_octave(self.step, self.octaves)[: self.octave]

    def at_octave(self, octave: int) -> Settings:
        """The settings for one of the page's ten sizes: 10 is the preset's own, each below 1.2 times less."""
        if not 1 <= octave <= PAGE_OCTAVES:
            raise ValueError(f"octaves go from 1 to {PAGE_OCTAVES}, not {octave}")
        if self.octaves == PAGE_OCTAVES:
            return self.replace(octave=octave)
        return self.replace(final_size=max(int(self.final_size / 1.2 ** (PAGE_OCTAVES - octave)), 1))

    def files(self) -> tuple[str, ...]:
        """The files that its parts read: statistics of pictures, a generator."""
        parts = (*self.regularizers, self.parametrization)
        read = (getattr(each, name, "") for each in parts for name in FILES)
        return tuple(path for path in read if path)

    def pinned(self) -> Settings:
        """The same settings, the generator that they read named by its fingerprint: no other will do."""
        return self.replace(parametrization=self.parametrization.pinned())

    def to_json(self) -> Json:
        """Every setting as JSON can hold it; `from_json` gives back the same settings."""
        values = _values(self)
        values["regularizers"] = [_named(REGULARIZERS, each) for each in self.regularizers]
        values["parametrization"] = _named(PARAMETRIZATIONS, self.parametrization)
        return dict(json.loads(json.dumps(values)))

    @classmethod
    def from_json(cls, values: Mapping[str, Any], files: Collection[str] | None = None) -> Settings:
        """Settings from `to_json`; what is missing keeps its default, what is unknown is a ValueError.

        ``files``: the values are from outside, and may name these files; ValueError for any other, whether
        there is one or not.
        """
        made = cls(**values)
        if files is not None and not set(made.files()) <= set(files):
            raise ValueError(
                "statistics or generators name a file of this computer: a request leaves them out, or takes "
                "a preset that has them"
            )
        return made


def part_of(kinds: Mapping[str, type[Any]], what: str, value: Any) -> Any:
    """A part of the settings from its name, from its JSON, or as it is; ValueError names the part."""
    if isinstance(value, tuple(kinds.values())):
        return value
    given = {"name": value} if isinstance(value, str) else dict(value) if isinstance(value, Mapping) else {}
    name = given.pop("name", value)
    if not isinstance(name, str) or name not in kinds:
        raise ValueError(unknown(what, name, kinds))
    try:
        return kinds[name](**given)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _named(kinds: Mapping[str, type[Any]], part: Any) -> Json:
    names = {kind: name for name, kind in kinds.items()}
    return {"name": names[type(part)], **_values(part)}


def _values(part: Any) -> Json:
    return {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}


def _per_octave(value: Number | tuple[Number, ...], octaves: int) -> tuple[Number, ...]:
    return value if isinstance(value, tuple) else (value,) * octaves
