"""Parametrisations: what is optimised, and how it becomes an image.

A parametrisation turns parameters, a tensor with a row per image, into images ``(N, H, W, 3)`` in [-1, 1],
differentiably. The parameters are the truth of a run. `Pixels`, `Bounded`, `Fourier` and `MaCo` can take any
image back into parameters; `Generated` cannot: it starts from parameters of its own, and works without
filters, octaves and start pictures, which all hand it an image.
"""

from image_machines.vision.parametrizations.base import Parametrization
from image_machines.vision.parametrizations.bounded import Bounded
from image_machines.vision.parametrizations.fourier import Fourier
from image_machines.vision.parametrizations.generated import Generated
from image_machines.vision.parametrizations.maco import MaCo
from image_machines.vision.parametrizations.pixels import Pixels

__all__ = ["Parametrization", "Pixels", "Bounded", "Fourier", "MaCo", "Generated", "PARAMETRIZATIONS"]

PARAMETRIZATIONS: dict[str, type[Parametrization]] = {
    "pixels": Pixels,
    "bounded": Bounded,
    "fourier": Fourier,
    "maco": MaCo,
    "generator": Generated,
}
