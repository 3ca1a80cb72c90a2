"""Works: which pictures of a collection show the same one, whole, in part or in another version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

_MARKS = frozenset(("detail", "details", "version", "versions", "no", "no.", "nr", "nr.", "#"))
_PUNCTUATION = str.maketrans(dict.fromkeys("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~–—‘’“”…", " "))


def title_key(row: Mapping[str, str], folder: str = "") -> tuple[str, str] | None:
    """What rows for one work have in common: author and title without what marks a detail or a version.

    Self-portraits by one painter thereby count as one work. Where no author is known, the ``folder`` stands
    for it; None without a title. Rather too broad than too narrow: it keeps a work on one side of a split.
    """
    if title := row.get("title"):
        return (row.get("author") or folder).casefold(), base_title(title)
    return None


def base_title(title: str) -> str:
    """A title without what marks a detail, part or version at its end: "(…)", "detail 2", "No. 2", "1886"."""
    text = title.casefold()
    while (shorter := _without_mark(text)) and shorter != text:
        text = shorter
    return " ".join(text.translate(_PUNCTUATION).split()).removeprefix("the ") or title.casefold()


def _without_mark(text: str) -> str:
    """Cut one mark off the end of a title in small letters."""
    text = text.rstrip(" ,;:.-–")
    opening = max(text.rfind("("), text.rfind("["))
    if opening >= 0 and (text[-1] in ")]" or not {")", "]"} & set(text[opening:])):
        return text[:opening]
    head, _, last = text.rpartition(" ")
    return head if last in _MARKS or last.strip("#").replace("-", "").isdigit() else text


def connected(keys: Sequence[Iterable[object]]) -> list[int]:
    """For each item the first one that it hangs together with, directly or by others, through equal keys."""
    parent = list(range(len(keys)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    holders: dict[object, int] = {}
    for item, own in enumerate(keys):
        for key in own:
            low, high = sorted((root(holders.setdefault(key, item)), root(item)))
            parent[high] = low
    return [root(item) for item in range(len(keys))]
