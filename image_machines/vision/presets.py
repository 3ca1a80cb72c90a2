"""Presets: named compositions of parametrisation, regularisers and schedule, each with its source."""

from __future__ import annotations

from image_machines.network.models import nearest
from image_machines.vision.parametrizations import Pixels
from image_machines.vision.regularizers import Median
from image_machines.vision.settings import Settings

# Offert, "Images of Image Machines", ECCV workshops 2018, and its notebooks.
PAPER_2018 = Settings(
    octaves=10,
    octave_scale=1.2,
    final_size=900,
    iterations=100,
    step=0.01,
    regularizers=(Median(size=5, every=4),),
    parametrization=Pixels(noise=0.01),
    score="probability",
)

# The paper's octaves with most iterations at the small sizes, where they are cheap.
QUICK = Settings(
    iterations=(100, 40, 30, 20, 16, 12, 12, 10, 10, 10),
    precision="float32",
    score="logit",
)

PRESETS: dict[str, Settings] = {"paper-2018": PAPER_2018, "quick": QUICK}


def preset(name: str) -> Settings:
    """The settings of that name; raises ValueError that lists the choices."""
    if name not in PRESETS:
        raise ValueError(f"no preset {name!r}{nearest(name, PRESETS)}; choices: {', '.join(PRESETS)}")
    return PRESETS[name]
