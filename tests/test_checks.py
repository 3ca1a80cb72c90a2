"""One sentence for every value that does not fit."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import Field

from image_machines.checks import checked


@checked
class Frame:
    """A frame for a picture."""

    width: Annotated[float, Field(gt=0, le=10)] = 2.0
    sides: Annotated[int, Field(ge=3)] = 4
    wood: Literal["oak", "lime"] = "oak"
    title: Annotated[str, Field(min_length=1, max_length=9)] = "none"
    owners: Annotated[tuple[str, ...], Field(max_length=2)] = ()


def test_values_that_fit_are_kept_and_cannot_be_changed():
    frame = Frame(width=3, wood="lime")
    assert (frame.width, frame.sides, frame.wood) == (3.0, 4, "lime")
    with pytest.raises(AttributeError):
        frame.sides = 5


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"width": 0}, "width must be above 0, not 0"),
        ({"width": 11}, "width must be at most 10, not 11"),
        ({"sides": 2}, "sides must be at least 3, not 2"),
        ({"sides": "4"}, r"sides must be a whole number, not '4' \(str\)"),
        ({"sides": True}, r"sides must be a whole number, not True \(bool\)"),
        ({"wood": "pine"}, "wood is one of 'oak' or 'lime', not 'pine'"),
        ({"title": ""}, "title must have at least 1 character, not 0"),
        ({"title": "a long title"}, "title must have at most 9 characters, not 12"),
        ({"owners": ("a", "b", "c")}, "owners must have at most 2 items, not 3"),
        ({"sides": "4" * 5000}, r"sides must be a whole number, not '4{199}… \(str\)"),
        ({"x" * 5000: 1}, "no setting 'x{199}…; choices: width"),
        ({"withd": 1}, r"no setting 'withd' \(did you mean 'width'\?\); choices: width, sides, wood"),
    ],
)
def test_what_does_not_fit_is_told_in_one_sentence(values, said):
    with pytest.raises(ValueError, match=said) as caught:
        Frame(**values)
    assert "\n" not in str(caught.value)
