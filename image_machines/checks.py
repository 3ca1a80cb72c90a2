"""Checks: values from outside are checked by pydantic, and what is wrong is told in one sentence.

``@checked`` makes a frozen dataclass whose fields are checked when it is made: types strictly, ranges and
choices as annotated (``Annotated[int, Field(ge=1)]``, ``Literal["a", "b"]``). What does not fit is a
ValueError that names the value, the constraint and the choices.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import field
from typing import Any, TypeVar, dataclass_transform

import pydantic.dataclasses
from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from image_machines.names import shown, unknown

T = TypeVar("T")

BOUNDS = {  # what pydantic calls a bound: the name of its number, and how it is said
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "above"),
    "less_than": ("lt", "below"),
}
LENGTHS = {  # of texts and of lists: the name of the number, and how it is said
    "string_too_short": ("min_length", "at least", "character"),
    "string_too_long": ("max_length", "at most", "character"),
    "too_short": ("min_length", "at least", "item"),
    "too_long": ("max_length", "at most", "item"),
}
TYPES = {
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    "string_type": "text",
    "string_unicode": "text that UTF-8 can hold",
}
STRICT = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)

# For a field of tuples, which JSON writes as lists.
listed = BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field, Field))
def checked(cls: type[T]) -> type[T]:
    """A frozen dataclass, by keywords, whose values are checked; ValueError with one sentence otherwise."""
    made: Any = pydantic.dataclasses.dataclass(frozen=True, kw_only=True, config=STRICT)(cls)
    made.__init__ = in_a_sentence(made.__init__, lambda: made.__dataclass_fields__)
    return made


def in_a_sentence(function: Callable[..., T], known: Callable[[], Iterable[str]] = tuple) -> Callable[..., T]:
    """The function, raising ValueError with one sentence where it would raise a ValidationError.

    ``known`` gives the names that there are, for the sentence about one that there is not.
    """

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> T:
        try:
            return function(*arguments, **named)
        except ValidationError as error:
            raise ValueError(sentence(error, known())) from None

    return call


def sentence(error: ValidationError, known: Iterable[str] = ()) -> str:
    """What a ValidationError complains of first: the value, the constraint, the choices."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"] if not str(part).startswith(("function-", "tagged-")))
    given, context = first["input"], first.get("ctx", {})
    match first["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            return unknown("setting", first["loc"][-1], known)
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            return f"{place} is missing"
        case "literal_error" | "enum":
            return f"{place} is one of {context['expected']}, not {shown(given)}"
        case "value_error":
            return str(context["error"])
    if bound := BOUNDS.get(first["type"]):
        key, words = bound
        return f"{place} must be {words} {context[key]:g}, not {shown(given)}"
    if length := LENGTHS.get(first["type"]):
        key, words, noun = length
        many = "" if context[key] == 1 else "s"
        return f"{place} must have {words} {context[key]} {noun}{many}, not {len(given)}"
    wanted = TYPES.get(first["type"]) or first["msg"].removeprefix("Input should be ")
    return f"{place} must be {wanted}, not {shown(given)} ({type(given).__name__})"
