"""Variants: what the paper says, and what its authors' published code does instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from image_machines.names import unknown


@dataclass(frozen=True)
class Variant:
    """One way to build the head and to add up its losses (Marcos, Lobry and Tuia 2019, section 3).

    Left as in any other training of this program, whatever the published code does: pixels are scaled once,
    and frozen batch norms keep their statistics.
    """

    rectified: bool  # maps are cut off at zero, so that an attribute can only be there or not
    cropped: bool  # the border is cut away; otherwise it is set to zero
    presence: Literal["sigmoid", "tanh"]  # what makes a probability of a map's average
    joined: bool  # the weights that join an attribute's two templates are learned; otherwise +1 and -1
    scores: tuple[str, ...]  # what is predicted
    template: float  # every weight of every template at the start
    weight: Literal["one", "share"]  # weight of every attribute at the start: 1, or 1 / attributes
    balanced: bool  # each loss is scaled to the size of the attributes' before it is weighted
    sparsity: float  # weight of the templates' mean absolute value
    together: bool  # one step on a batch of either data set; otherwise the two take turns


VARIANTS = {
    "paper": Variant(
        rectified=False, cropped=True, presence="sigmoid", joined=False, scores=("score",), template=0.01,
        weight="one", balanced=False, sparsity=0, together=False,
    ),
    "code": Variant(
        rectified=True, cropped=False, presence="tanh", joined=True, scores=("mean", "variance"),
        template=0.01, weight="share", balanced=True, sparsity=0.001, together=True,
    ),
}  # fmt: skip


def variant(name: str) -> Variant:
    """The variant of that name; raises ValueError that lists the choices."""
    if name not in VARIANTS:
        raise ValueError(unknown("variant", name, VARIANTS))
    return VARIANTS[name]
