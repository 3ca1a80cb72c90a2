"""What may be asked: the body of a request and its arguments, checked as they are taken out.

The gateway gives a request as a JSON text with ``body``, ``args``, ``path``, ``headers``. Every complaint is
a `Refused`: a status, and one sentence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from IPython import get_ipython
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from image_machines import checks
from image_machines.names import unknown
from image_machines.service.answers import LARGEST_SEED, Name
from image_machines.vision.settings import PAGE_OCTAVES

MOST_IMAGES = 1000  # of one request
TYPES = {int: "a whole number", str: "text"}


class Refused(Exception):
    """A request that cannot be answered as asked: the status, and a sentence that says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def _several(name: str, *types: type, low: int = 0, high: int | None = None) -> Any:
    """One value or a list of values of these types, as a list without repeats."""

    def listed(value: Any) -> list[Any]:
        values = value if isinstance(value, list) else [value]
        if not values:
            raise ValueError(f"{name} is an empty list")
        for each in values:
            if type(each) not in types:
                wanted = " or ".join(TYPES[one] for one in types)
                raise ValueError(f"{name} must be {wanted}, not {json.dumps(each)[:60]}")
            if high is not None and not low <= each <= high:
                raise ValueError(f"{name} must be from {low} to {high}, not {each}")
        return list(dict.fromkeys(values))

    number: dict[str, Any] = {"type": "integer", "minimum": low}
    if high is not None:
        number["maximum"] = high
    text = {"type": "string", "minLength": 1, "maxLength": 200}
    choices = [{int: number, str: text}[one] for one in types]
    one = choices[0] if len(choices) == 1 else {"oneOf": choices}
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_IMAGES}
    return Annotated[list[Any], BeforeValidator(listed), WithJsonSchema({"oneOf": [one, many]})]


Neurons: Any = _several("neuron", int, str)
Octaves: Any = _several("octave", int, low=1, high=PAGE_OCTAVES)
Presets: Any = _several("preset", str)
Seeds: Any = _several("seed", int, high=LARGEST_SEED)


class Request(BaseModel):
    """Images to make. A list asks for each of its members."""

    model_config = ConfigDict(strict=True, extra="forbid")

    layer: Name = Field(description="Layer by name, any case, e.g. mixed5.")
    neuron: Neurons = Field(description="A number from 0, or the name of a class in the layer of classes.")
    model: Name | None = Field(None, description="Left out, the first of GET /models.")
    octave: Octaves = Field([6], description="Size. Left out, 6: 434 px where the preset ends at 900 px.")
    preset: Presets = Field(None, description="Left out, the service's own.")
    seed: Seeds = Field([0], description="Left out, 0.")
    settings: dict[str, Any] = Field(
        default_factory=dict, description="Changes to the preset: name of a parameter -> value."
    )


@dataclass(frozen=True)
class Argument:
    """A value in the path or after the question mark: a whole number in a range, or a text."""

    name: str
    description: str
    numbers: tuple[int, int] | None = None
    default: int | None = None
    choices: tuple[str, ...] = ()
    free: bool = False  # any text, not a name

    def read(self, text: str | None) -> Any:
        """The value that a text stands for; the default when there is none."""
        if text is None:
            return self.default
        if self.choices and text not in self.choices:
            raise Refused(400, unknown(self.name, text, self.choices))
        if self.numbers is None:
            return text
        low, high = self.numbers
        if not (text.isascii() and text.isdecimal() and len(text) < 12 and low <= int(text) <= high):
            raise Refused(400, f"{self.name} must be a whole number from {low} to {high}, not {text!r}")
        return int(text)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        if self.numbers is not None:
            low, high = self.numbers
            default = {} if self.default is None else {"default": self.default}
            return {"type": "integer", "minimum": low, "maximum": high, **default}
        if self.choices:
            return {"type": "string", "enum": list(self.choices)}
        return {"type": "string"} if self.free else {"type": "string", "minLength": 1, "maxLength": 200}


@dataclass(frozen=True)
class Asked:
    """A request as the gateway gives it."""

    path: Mapping[str, str]
    arguments: Mapping[str, Sequence[str]]
    body: Any

    @classmethod
    def parse(cls, request: str) -> Asked:
        values = _json(request, "request")
        return cls(values["path"], values["args"], values["body"])

    @property
    def attached(self) -> bytes:
        """What the gateway sent beside the request, as bytes; nothing where no gateway asks."""
        shell = get_ipython()
        message = shell.get_parent() if hasattr(shell, "get_parent") else {}
        return b"".join(bytes(part) for part in message.get("buffers") or ())

    def value(self, argument: Argument) -> Any:
        """An argument's value, the last one where it is given twice; what is empty is not given."""
        if argument.name in self.path:
            return argument.read(self.path[argument.name])
        return argument.read((self.arguments.get(argument.name) or [""])[-1] or None)

    def content(self) -> Request:
        """The body, which must be a JSON object of known keys."""
        body = _json(self.body, "body") if isinstance(self.body, str) else self.body
        if not isinstance(body, dict):
            raise Refused(400, f"the body must be a JSON object, not {type(body).__name__}")
        try:
            return Request.model_validate(body)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            if first["type"] == "extra_forbidden":
                raise Refused(400, unknown("key", first["loc"][-1], Request.model_fields)) from None
            raise Refused(400, checks.sentence(error)) from None


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"the {what} is not JSON: {error}") from error


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number")
