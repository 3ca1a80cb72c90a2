"""Ground truth, three times: what each method shows, against what is known to matter.

``bouquets`` that the painter marks, ``birds`` of FunnyBirds whose parts can be taken away, regions of real
``portraits``; each is a command, which goes on where it was killed. ``folders``, ``idx`` and ``funnybirds``
read collections of others, ``judging`` asks the methods, ``scores`` measures, ``page`` has the tables.
"""

from __future__ import annotations

from image_machines.notebooks.chapters import ROOT

RUNS = ROOT / "runs" / "studies" / "relevance" / "truth"
