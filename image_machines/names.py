"""Names: the nearest of those that there are, for every sentence about one that there is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

SHOWN = 40  # choices that a sentence lists


def nearest(name: object, choices: Iterable[str]) -> str:
    """The nearest of the choices as a parenthesis for a sentence, "" when none is near."""
    by_fold = {choice.casefold(): choice for choice in choices}
    close = difflib.get_close_matches(str(name).casefold(), by_fold, n=3, cutoff=0.5)
    return f" (did you mean {', '.join(repr(by_fold[fold]) for fold in close)}?)" if close else ""


def unknown(what: str, name: object, choices: Iterable[str], listed: str = "choices") -> str:
    """The sentence about a name that there is not: "no preset 'quik' (did you mean 'quick'?); choices: …"."""
    known = list(choices)
    more = f", … ({len(known)} in all)" if len(known) > SHOWN else ""
    return f"no {what} {name!r}{nearest(name, known)}; {listed}: {', '.join(known[:SHOWN]) or 'none'}{more}"
