"""Regularisers: what keeps an image legible, each with a schedule of its own.

A regulariser acts at one of four places: on the *view* that the network gets of the image (jitter, scale,
rotate), on the *score* that is maximised (total variation), on the *gradient* (smoothing, Laplacian pyramid,
the frequencies and colours of photographs), or as a *filter* on the image after the step (median, blur,
bilateral, denoising, decay, clipping). Views, scores and gradients are ``keras.ops`` on ``(N, H, W, 3)``;
filters are NumPy on the same shape, images in [-1, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from keras import ops
from numpy.typing import NDArray

from image_machines.vision.median import median_filter
from image_machines.vision.parametrizations import colors, hartley

Images = NDArray[np.float32]
Random = np.random.Generator


@dataclass(frozen=True, kw_only=True)
class Regularizer:
    """Acts in one of ``every`` iterations of an octave, from share ``begin`` to ``end`` of the run."""

    acts_on: ClassVar[str] = ""
    every: int = 1
    begin: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every is at least 1, not {self.every}")
        if not 0 <= self.begin <= self.end <= 1:
            raise ValueError(f"begin and end are shares of the run in order, not {self.begin} and {self.end}")

    def due(self, iteration: int, iterations: int, progress: float) -> bool:
        """Whether it acts in this iteration (from 0) of an octave, at this share of the run.

        Filters leave an octave's last iteration alone, so that it ends on what the network drew.
        """
        if self.acts_on == "filter" and iteration == iterations - 1:
            return False
        return iteration % self.every == 0 and self.begin <= progress <= self.end


# --- views: what the network gets to see ----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class View(Regularizer):
    """Moves the image at random before the network sees it; with ``hold``, once for each octave."""

    acts_on: ClassVar[str] = "view"
    hold: bool = False

    def draw(self, random: Random, size: tuple[int, int]) -> Images:
        """The random numbers of one iteration, for an image of this size."""
        raise NotImplementedError

    def apply(self, images: Any, draw: Any) -> Any:
        """The images as the network sees them."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Jitter(View):
    """Shift by up to ``pixels``; what leaves one edge enters at the other (Mordvintsev et al. 2015)."""

    pixels: int = 32

    def draw(self, random: Random, size: tuple[int, int]) -> Images:
        return random.integers(-self.pixels, self.pixels + 1, 2).astype(np.float32)

    def apply(self, images: Any, draw: Any) -> Any:
        shift = ops.cast(draw, "int32")
        for axis in (1, 2):
            length = ops.shape(images)[axis]
            images = ops.take(images, (ops.arange(length) - shift[axis - 1]) % length, axis=axis)
        return images


@dataclass(frozen=True, kw_only=True)
class Scale(View):
    """Enlarge or shrink about the centre by a factor between ``low`` and ``high`` (Olah et al. 2017)."""

    low: float = 0.9
    high: float = 1.1

    def draw(self, random: Random, size: tuple[int, int]) -> Images:
        return np.array([1 / random.uniform(self.low, self.high), 0], np.float32)

    def apply(self, images: Any, draw: Any) -> Any:
        return _transformed(images, draw[0], draw[1])


@dataclass(frozen=True, kw_only=True)
class Rotate(View):
    """Turn about the centre by up to ``degrees`` either way (Olah et al. 2017)."""

    degrees: float = 10.0

    def draw(self, random: Random, size: tuple[int, int]) -> Images:
        angle = np.deg2rad(random.uniform(-self.degrees, self.degrees))
        return np.array([np.cos(angle), np.sin(angle)], np.float32)

    def apply(self, images: Any, draw: Any) -> Any:
        return _transformed(images, draw[0], draw[1])


def _transformed(images: Any, cosine: Any, sine: Any) -> Any:
    """Images turned and enlarged about their centre, by linear interpolation; the border is mirrored."""
    height, width = ops.shape(images)[1:3]
    down = ops.cast(ops.arange(height), "float32") - ops.cast(height - 1, "float32") / 2
    across = ops.cast(ops.arange(width), "float32") - ops.cast(width - 1, "float32") / 2
    rows, down_share = _neighbours(sine * across[None, :] + cosine * down[:, None], height)
    columns, across_share = _neighbours(cosine * across[None, :] - sine * down[:, None], width)
    flat = ops.reshape(images, (-1, height * width, 3))

    def corner(row: int, column: int) -> Any:
        return ops.take(flat, (rows + row) * width + columns + column, axis=1)

    above = corner(0, 0) * (1 - across_share) + corner(0, 1) * across_share
    below = corner(1, 0) * (1 - across_share) + corner(1, 1) * across_share
    return above * (1 - down_share) + below * down_share


def _neighbours(offsets: Any, length: Any) -> tuple[Any, Any]:
    """Of places counted from the middle of an axis: the pixel before, and the share (H, W, 1) of the next."""
    last = ops.cast(length - 1, "float32")
    places = last - ops.abs(last - ops.abs(offsets + last / 2))
    before = ops.clip(ops.floor(places), 0.0, last - 1)
    return ops.cast(before, "int32"), (places - before)[:, :, None]


# --- scores: what is subtracted from the objective ------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Score(Regularizer):
    """A regulariser that takes something from the objective."""

    acts_on: ClassVar[str] = "score"

    def penalty(self, images: Any) -> Any:
        """What is subtracted, (N,)."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class TotalVariation(Score):
    """``weight`` times the mean absolute difference between neighbouring pixels (Mahendran, Vedaldi 2015)."""

    weight: float = 1.0

    def penalty(self, images: Any) -> Any:
        down = ops.mean(ops.abs(images[:, 1:] - images[:, :-1]), axis=(1, 2, 3))
        across = ops.mean(ops.abs(images[:, :, 1:] - images[:, :, :-1]), axis=(1, 2, 3))
        return self.weight * (down + across)


# --- gradients: how the slope is shaped before the step -------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Shaper(Regularizer):
    """A regulariser that shapes the gradient."""

    acts_on: ClassVar[str] = "gradient"

    def apply(self, gradient: Any) -> Any:
        """The shaped gradient (N, H, W, 3)."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Smooth(Shaper):
    """Blur the gradient by a Gaussian of ``sigma`` pixels: broad strokes first."""

    sigma: float = 1.5

    def apply(self, gradient: Any) -> Any:
        return _blurred(gradient, _gaussian(self.sigma))


@dataclass(frozen=True, kw_only=True)
class Laplacian(Shaper):
    """Bring every band of the gradient's Laplacian pyramid to the same strength (Mordvintsev 2016)."""

    levels: int = 4

    def apply(self, gradient: Any) -> Any:
        total, current = 0.0, gradient
        binomial = np.array([1, 4, 6, 4, 1], np.float32) / 16
        for level in range(self.levels):
            spread = np.zeros(4 * 2**level + 1, np.float32)  # the kernel with holes: no pixel is left out
            spread[:: 2**level] = binomial
            coarser = _blurred(current, spread)
            total = total + _standardised(current - coarser)
            current = coarser
        return total + _standardised(current)


@dataclass(frozen=True, kw_only=True)
class Natural(Shaper):
    """Give the gradient the frequencies and colours of photographs: preconditioning (Olah et al. 2017).

    Waves are weighed by 1 / frequency ** ``decay``, colours by the root of their covariance: what a
    parametrisation by decorrelated waves does to a step (there twice over: decay 2 and the covariance),
    without leaving the pixels. ``statistics`` is a file of `parametrizations.save_statistics`, "" for
    ImageNet's colours.
    """

    decay: float = 1.0
    statistics: str = ""

    def apply(self, gradient: Any) -> Any:
        planes = ops.transpose(ops.matmul(gradient, _root(colors(self.statistics)[0])), (0, 3, 1, 2))
        height, width = ops.shape(planes)[2:4]
        squares = ops.square(_cycles(height))[:, None] + ops.square(_cycles(width))[None, :]
        longest = ops.cast(ops.maximum(height, width), "float32")
        weights = ops.maximum(squares, 1 / ops.square(longest)) ** (-self.decay / 2)
        return ops.transpose(hartley(hartley(planes) * weights), (0, 2, 3, 1))


def _cycles(length: Any) -> Any:
    """Cycles per pixel of each wave of the transform of an axis."""
    counts = ops.cast(ops.arange(length), "float32")
    length = ops.cast(length, "float32")
    return ops.minimum(counts, length - counts) / length


def _root(matrix: Images) -> Images:
    """The symmetric root of a matrix times its transpose, here of the colours' covariance."""
    left, values, _ = np.linalg.svd(matrix)
    return ((left * values) @ left.T).astype(np.float32)


def _standardised(band: Any) -> Any:
    return band * ops.rsqrt(ops.mean(ops.square(band), axis=(1, 2, 3), keepdims=True) + 1e-20)


def _gaussian(sigma: float) -> Images:
    reach = max(round(3 * sigma), 1)
    values = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    return (values / values.sum()).astype(np.float32)


def _blurred(images: Any, kernel: Images) -> Any:
    """Images (N, H, W, 3) blurred by a kernel down and across; beyond the border there is nothing."""
    down = np.repeat(kernel[:, None, None, None], 3, axis=2)
    images = ops.depthwise_conv(images, down, padding="same", data_format="channels_last")
    return ops.depthwise_conv(images, down.swapaxes(0, 1), padding="same", data_format="channels_last")


# --- filters: what is done to the image after the step --------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Filter(Regularizer):
    """A regulariser that filters the image after the step."""

    acts_on: ClassVar[str] = "filter"

    def apply(self, images: Images, random: Random) -> Images:
        """The filtered images (N, H, W, 3)."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Median(Filter):
    """Median of each ``size`` x ``size`` window, per colour (Offert 2018: 5, every 4 iterations)."""

    size: int = 5
    every: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size < 3 or self.size % 2 == 0:
            raise ValueError(f"a median filter's size is odd and at least 3, not {self.size}")

    def apply(self, images: Images, random: Random) -> Images:
        return median_filter(images, self.size)


@dataclass(frozen=True, kw_only=True)
class Blur(Filter):
    """Gaussian blur of ``sigma`` pixels (Yosinski et al. 2015)."""

    sigma: float = 0.5
    every: int = 4

    def apply(self, images: Images, random: Random) -> Images:
        kernel = _gaussian(self.sigma)
        for axis in (1, 2):
            moved = _shifts(images, axis, len(kernel) // 2)
            images = np.tensordot(kernel, np.stack(moved), 1).astype(np.float32)
        return images


@dataclass(frozen=True, kw_only=True)
class Bilateral(Filter):
    """Mean of the neighbours within ``reach`` that are also alike in colour (Tomasi, Manduchi 1998)."""

    reach: int = 2
    sigma: float = 1.5  # in pixels
    contrast: float = 0.2  # sigma of the colours, in units of [-1, 1]
    every: int = 4

    def apply(self, images: Images, random: Random) -> Images:
        total, weights = np.zeros_like(images), np.zeros(images.shape[:3] + (1,), np.float32)
        offsets = range(-self.reach, self.reach + 1)
        for row, down in zip(offsets, _shifts(images, 1, self.reach), strict=True):
            for column, moved in zip(offsets, _shifts(down, 2, self.reach), strict=True):
                distance = np.square(moved - images).sum(-1, keepdims=True) / self.contrast**2
                weight = np.exp(-(distance + (row**2 + column**2) / self.sigma**2) / 2).astype(np.float32)
                total += weight * moved
                weights += weight
        return total / weights


@dataclass(frozen=True, kw_only=True)
class Denoise(Filter):
    """The image nearby with less total variation, the less the greater ``weight`` (Chambolle 2004)."""

    weight: float = 0.1
    passes: int = 20
    every: int = 20

    def apply(self, images: Images, random: Random) -> Images:
        field = np.zeros((2, *images.shape), np.float32)
        result = images
        for _ in range(self.passes):
            slope = np.zeros_like(field)
            slope[0, :, :-1] = result[:, 1:] - result[:, :-1]
            slope[1, :, :, :-1] = result[:, :, 1:] - result[:, :, :-1]
            length = np.sqrt(np.square(slope).sum(0, keepdims=True))
            field = (field - 0.25 * slope) / (1 + 0.25 / self.weight * length)
            spread = -field.sum(0)
            spread[:, 1:] += field[0, :, :-1]
            spread[:, :, 1:] += field[1, :, :, :-1]
            result = images + spread
        return result


@dataclass(frozen=True, kw_only=True)
class Decay(Filter):
    """Shrink the image towards grey by ``rate``: L2 decay (Simonyan et al. 2013)."""

    rate: float = 0.01

    def apply(self, images: Images, random: Random) -> Images:
        return images * np.float32(1 - self.rate)


@dataclass(frozen=True, kw_only=True)
class Clip(Filter):
    """Draw values outside [-1, 1] anew, at random inside: stochastic clipping (Lipton, Tripathi 2017)."""

    def apply(self, images: Images, random: Random) -> Images:
        outside = np.abs(images) > 1
        images = images.copy()
        images[outside] = random.uniform(-1, 1, int(outside.sum()))
        return images


def _shifts(images: Images, axis: int, reach: int) -> list[Images]:
    """The images moved along an axis by -reach to reach pixels; the border is mirrored."""
    widths = [(reach, reach) if each == axis else (0, 0) for each in range(images.ndim)]
    padded = np.pad(images, widths, mode="symmetric")
    length = images.shape[axis]
    return [padded.take(range(start, start + length), axis=axis) for start in range(2 * reach + 1)]


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
