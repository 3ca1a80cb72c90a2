"""Perceptual bias and technical metapictures (Offert and Bell, AI & Society 2020), measured.

The more legible a feature visualisation, the less it shows of the network: a curve, neuron by neuron.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS, FIGURES = HERE / "results", HERE / "figures"
