"""Visual Explanation by Interpretation (Oramas, Wang and Tuytelaars, 2017-2019), repeated on paintings.

``truth`` holds the methods against what is known of three collections.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS, FIGURES = HERE / "results", HERE / "figures"
