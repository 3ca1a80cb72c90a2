"""Settings: how an image is made, all of it, as one frozen value that goes into every provenance card."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from image_machines.names import nearest
from image_machines.vision.parametrizations import PARAMETRIZATIONS, Pixels
from image_machines.vision.regularizers import REGULARIZERS, Median

OPTIMIZERS = ("ascent", "momentum", "adam", "sgd")
PRECISIONS = ("exact", "float32", "bfloat16", "fastest")
SCORES = ("logit", "probability")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How an image is made. The defaults are the paper's (Offert 2018).

    ``iterations`` and ``step`` are one number for all octaves or one per octave, smallest first; an octave
    with no iterations is passed over. ``octave`` is the last octave that is made, 1 the smallest; None makes
    all.
    """

    octaves: int = 10
    octave_scale: float = 1.2  # from one octave to the next
    final_size: int = 900  # side of the last octave in pixels
    octave: int | None = None  # the last octave to make; None: all of them
    iterations: int | tuple[int, ...] = 100  # per octave
    step: float | tuple[float, ...] = 0.01  # in image units, on a gradient of mean absolute value 1
    optimizer: str = "ascent"  # ascent, momentum, adam; sgd: ascent on the gradient as it is
    momentum: float = 0.8  # of momentum
    regularizers: tuple[Any, ...] = (Median(size=5, every=4),)
    parametrization: Any = Pixels()
    detail: bool = True  # add back the start image's detail that the smaller octaves could not hold
    border: int = 2  # positions at the edge of a map that do not count
    score: str = "probability"  # of a class neuron: probability, or logit (before the softmax)
    precision: str = "exact"  # exact (the layers as they are), float32 (folded), bfloat16, fastest
    warmup: int = 16  # iterations with leaky ReLU gradients when a unit is dead at the start

    def __post_init__(self) -> None:
        _check(self)

    def replace(self, **changes: Any) -> Settings:
        """The same settings with some changed; raises ValueError for an unknown name or a wrong type."""
        return dataclasses.replace(self, **{name: _checked(name, value) for name, value in changes.items()})

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

    def to_json(self) -> dict[str, Any]:
        """Every setting as JSON can hold it; `from_json` gives back the same settings."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        values["regularizers"] = [_named(REGULARIZERS, each) for each in self.regularizers]
        values["parametrization"] = _named(PARAMETRIZATIONS, self.parametrization)
        return dict(json.loads(json.dumps(values)))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Settings:
        """Settings from `to_json`; what is missing keeps its default, what is unknown is a ValueError."""
        return cls().replace(**values)


PAGE_OCTAVES = 10


def _per_octave(value: Any, octaves: int) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,) * octaves


def _named(kinds: Mapping[str, type], part: Any) -> dict[str, Any]:
    names = {kind: name for name, kind in kinds.items()}
    return {"name": names[type(part)], **vars(part)}


def build(kinds: Mapping[str, type], what: str, value: Any) -> Any:
    """A part of the settings from its name, from its JSON, or as it is."""
    if isinstance(value, tuple(kinds.values())):
        return value
    given = {"name": value} if isinstance(value, str) else dict(value) if isinstance(value, Mapping) else {}
    name = given.pop("name", None)
    if name not in kinds:
        raise ValueError(f"no {what} {name!r}{nearest(str(name), kinds)}; choices: {', '.join(kinds)}")
    hints = get_type_hints(kinds[name])
    fields = {field.name: hints[field.name] for field in dataclasses.fields(kinds[name])}
    return kinds[name](
        **{key: _typed(f"{name}'s {key}", each, _hint(key, fields, name)) for key, each in given.items()}
    )


def _hint(key: str, fields: Mapping[str, Any], owner: str) -> Any:
    if key not in fields:
        raise ValueError(
            f"{owner} has no setting {key!r}{nearest(key, fields)}; choices: {', '.join(fields)}"
        )
    return fields[key]


def _checked(name: str, value: Any) -> Any:
    """A setting's value in its own type."""
    hint = _hint(name, get_type_hints(Settings), "Settings")
    if name == "regularizers":
        return tuple(build(REGULARIZERS, "regularizer", each) for each in value)
    if name == "parametrization":
        return build(PARAMETRIZATIONS, "parametrization", value)
    return _typed(name, value, hint)


def _typed(name: str, value: Any, hint: Any) -> Any:
    """The value as one of the hint's types: whole numbers pass for fractions, lists for tuples."""
    value = tuple(value) if isinstance(value, list) else value
    for choice in get_args(hint) if type(hint).__name__ == "UnionType" else (hint,):
        if choice is float and isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if getattr(choice, "__origin__", None) is tuple and isinstance(value, tuple):
            return tuple(_typed(name, each, get_args(choice)[0]) for each in value)
        if isinstance(choice, type) and type(value) is choice:
            return value
    wanted = getattr(hint, "__name__", str(hint)) if isinstance(hint, type) else str(hint)
    raise ValueError(f"{name} is {wanted.replace(', ...', ' for each octave')}, not {value!r}")


def _check(settings: Settings) -> None:
    """Raise ValueError for a value out of its range."""
    for name, choices in (("optimizer", OPTIMIZERS), ("precision", PRECISIONS), ("score", SCORES)):
        value = getattr(settings, name)
        if value not in choices:
            raise ValueError(f"{name} is one of {', '.join(choices)}, not {value!r}")
    for name, least in (("octaves", 1), ("final_size", 1), ("octave_scale", 1), ("border", 0), ("warmup", 0)):
        if getattr(settings, name) < least:
            raise ValueError(f"{name} is at least {least}, not {getattr(settings, name)!r}")
    if settings.octave is not None and not 1 <= settings.octave <= settings.octaves:
        raise ValueError(f"octave is from 1 to {settings.octaves}, not {settings.octave}")
    for name in ("iterations", "step"):
        value = getattr(settings, name)
        if isinstance(value, tuple) and len(value) != settings.octaves:
            raise ValueError(
                f"{name} has one number for each of {settings.octaves} octaves, not {len(value)}"
            )
        if min(_per_octave(value, 1)) < 0:
            raise ValueError(f"{name} is not negative: {value!r}")
    if not isinstance(settings.parametrization, Pixels):
        for each in settings.regularizers:
            if each.acts_on == "gradient":
                name = type(each).__name__
                raise ValueError(f"{name} shapes the gradient of pixels; it needs parametrization pixels")
    if not any(settings.schedule()):
        raise ValueError("iterations are 0 in every octave: at least one is needed")
    if settings.sizes()[0] < 1:
        raise ValueError(f"the smallest octave of {settings.final_size} px has no pixel left")
