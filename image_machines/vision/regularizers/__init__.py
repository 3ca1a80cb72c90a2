"""Regularisers: what keeps an image legible, each with a schedule of its own.

A regulariser acts at one of four places, and each place is a module: `transforms` move the image before the
network sees it, `penalties` take from the objective, `gradients` shape the slope, `filters` treat the image
after the step. The first three are ``keras.ops`` on ``(N, H, W, 3)``; filters are NumPy on the same shape,
images in [-1, 1].
"""

from image_machines.vision.regularizers.base import Regularizer
from image_machines.vision.regularizers.filters import Bilateral, Blur, Clip, Decay, Denoise, Filter, Median
from image_machines.vision.regularizers.gradients import Laplacian, Natural, Shaper, Smooth
from image_machines.vision.regularizers.penalties import Penalty, TotalVariation
from image_machines.vision.regularizers.transforms import Jitter, Rotate, Scale, Transform

__all__ = [
    "REGULARIZERS",
    "Regularizer",
    "Transform",
    "Jitter",
    "Scale",
    "Rotate",
    "Penalty",
    "TotalVariation",
    "Shaper",
    "Smooth",
    "Laplacian",
    "Natural",
    "Filter",
    "Median",
    "Blur",
    "Bilateral",
    "Denoise",
    "Decay",
    "Clip",
]

REGULARIZERS: dict[str, type[Regularizer]] = {
    "median": Median,
    "blur": Blur,
    "bilateral": Bilateral,
    "total-variation": TotalVariation,
    "denoise": Denoise,
    "jitter": Jitter,
    "scale": Scale,
    "rotate": Rotate,
    "decay": Decay,
    "clip": Clip,
    "smooth": Smooth,
    "laplacian": Laplacian,
    "natural": Natural,
}
