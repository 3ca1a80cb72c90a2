"""Semantically interpretable activation maps (Marcos, Lobry and Tuia 2019): what, where and how much.

The steps, in their order: ``painted`` (pictures whose parts and score are known), ``summary`` (the
frozen base), ``known`` (networks that learn them by ``lessons`` and ``laying``, held against the truth by
``judging`` and ``measures``), ``limits`` (what could be learned at all), ``drawings`` (figures), ``real``
(real paintings, which ``gallery`` describes, and ``tasks`` on them), ``paper`` (the paper's table, for
whoever holds its data: ``sun``, ``scenic``), ``page`` (tables).
``RESULTS.md`` says what was found.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS, FIGURES = HERE / "results", HERE / "figures"
