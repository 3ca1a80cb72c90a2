"""The 2018 paper repeated on other paintings: what each choice does, what neurons see, its reading tested.

The steps, in their order: ``choices`` (trainings), ``reading`` (neurons, classes), ``pictures`` (the images),
``honesty`` (checks beside them), ``hypotheses`` with ``planting`` and ``recolouring``, ``sheets`` (figures),
``methods`` (sheets of three networks), ``page`` (tables). ``fresh`` has what `make run` shows, ``relatives``
has the networks, ``RESULTS.md`` what was found; ``notebook.ipynb`` shows it.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS, FIGURES = HERE / "results", HERE / "figures"
