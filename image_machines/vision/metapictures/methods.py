"""The methods that are compared: each regulariser that the paper names alone, then together.

Every method takes the same number of gradients from the same noise to a picture of the same size, so that
what differs is the method; the plain one is made a second time with four times as many, to see how far it had
still to go. Pixels are bent into their range (`Bounded`) wherever nothing else keeps them there: whiter than
white can excite a network, but not be shown. The strengths are those of the literature that the regularisers
name; none was tuned to this comparison.
"""

from __future__ import annotations

from pathlib import Path

from image_machines import files
from image_machines.vision.parametrizations import Bounded, Fourier, Generated, MaCo
from image_machines.vision.presets import NAIVE
from image_machines.vision.regularizers import (
    Bilateral,
    Blur,
    Clip,
    Decay,
    Denoise,
    Jitter,
    Laplacian,
    Median,
    Natural,
    Regularizer,
    Rotate,
    Scale,
)
from image_machines.vision.settings import Settings

SIDE = 112  # pixels
GRADIENTS = 112
OCTAVES = 4  # whose sizes grow by 1.4
PLAIN, FREE = "none", "none, pixels without bounds"
LONGER, TIMES = "none, four times as long", 4
QUADRATIC = "quadratic objective"
PRIOR = "generator"


def methods(
    side: int = SIDE, gradients: int = GRADIENTS, generator: str | Path | None = None
) -> dict[str, Settings]:
    """The settings of every method, by its name; "none" is the naive image of Offert and Bell 2020.

    ``generator`` is the file of one, whose code is climbed with as many gradients.
    """
    free = NAIVE.replace(final_size=side, iterations=gradients, precision="float32")
    plain = free.replace(parametrization=Bounded())
    in_octaves = plain.replace(octaves=OCTAVES, octave_scale=1.4, iterations=gradients // OCTAVES)
    waves = free.replace(optimizer="adam", step=0.05)
    shift = Jitter(pixels=side // 16)

    def having(*parts: Regularizer) -> Settings:
        return plain.replace(regularizers=parts)

    prior = {}
    if generator is not None:
        form = Generated(file=files.portable(generator)).pinned()
        prior = {PRIOR: waves.replace(parametrization=form)}
    return {
        PLAIN: plain,
        LONGER: plain.replace(iterations=gradients * TIMES),
        FREE: free,
        QUADRATIC: plain,
        "L2": having(Decay(rate=0.02)),
        "jitter": having(shift),
        "blur": having(Blur(sigma=0.5, every=4)),
        "total variation": having(Denoise(weight=0.05, every=4)),
        "bilateral": having(Bilateral(every=4)),
        "stochastic clipping": free.replace(regularizers=(Clip(),)),
        "Laplacian pyramid": having(Laplacian()),
        "octaves": in_octaves,
        "median": having(Median(size=5, every=4)),
        "frequencies of photographs": having(Natural(decay=1.0)),
        "Fourier": waves.replace(parametrization=Fourier(decay=1.0)),
        "MaCo": waves.replace(parametrization=MaCo()),
        "octaves and median": in_octaves.replace(regularizers=(Median(size=5, every=4),)),
        "all together": in_octaves.replace(
            regularizers=(
                shift,
                Scale(),
                Rotate(),
                Natural(decay=1.0),
                Median(size=3, every=8),
                Decay(rate=0.01),
            )
        ),
        **prior,
    }
