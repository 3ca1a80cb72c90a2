"""Filters: what is done to the image after the step, by OpenCV and scikit-image; borders are mirrored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field
from skimage.restoration import denoise_tv_chambolle

from image_machines.checks import checked
from image_machines.network.tensors import Tensor
from image_machines.vision.regularizers import medians
from image_machines.vision.regularizers.base import Every, Images, Random, Regularizer

MIRRORED = cv2.BORDER_REFLECT
Sigma = Annotated[float, Field(ge=0.1, le=32)]  # in pixels


@checked
class Filter(Regularizer):
    """A regulariser that filters the image after the step.

    It leaves an octave's last iteration alone, so that it ends on what the network drew.
    """

    def apply(self, images: Images, random: Random) -> Images:
        """The filtered images (N, H, W, 3)."""
        raise NotImplementedError

    def on_device(self, images: Tensor) -> Tensor | None:
        """The same where the images are; None for what is done on the host alone."""
        return None

    def due(
        self, iteration: NDArray[np.int_], iterations: int, progress: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        return super().due(iteration, iterations, progress) & (iteration < iterations - 1)


def _odd(size: int) -> int:
    if size % 2 == 0:
        raise ValueError(f"a median filter's size is odd, not {size}")
    return size


@checked
class Median(Filter):
    """Median of each ``size`` x ``size`` window, per colour (Offert 2018: 5, every 4 iterations)."""

    size: Annotated[int, Field(ge=3, le=9), AfterValidator(_odd)] = 5
    every: Every = 4

    @property
    def effort(self) -> float:
        return 0.01 if self.size <= 5 else self.size**2 / 75

    def apply(self, images: Images, random: Random) -> Images:
        return _each(images, self._filtered)

    def on_device(self, images: Tensor) -> Tensor | None:
        return medians.median(self.size)(images) if self.size <= 5 else None

    def _filtered(self, image: Images) -> Images:
        reach = self.size // 2
        padded = np.pad(image, ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
        if self.size <= 5:
            inside = np.asarray(cv2.medianBlur(padded, self.size), np.float32)[reach:-reach, reach:-reach]
            return inside.reshape(image.shape)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (self.size, self.size), axis=(0, 1))
        return np.stack([_middle(row.reshape(*row.shape[:2], -1)) for row in windows])


def _middle(values: Images) -> Images:
    """The median of the last axis, of odd length."""
    half = values.shape[-1] // 2
    return np.partition(values, half, axis=-1)[..., half]


@checked
class Blur(Filter):
    """Gaussian blur of ``sigma`` pixels (Yosinski et al. 2015)."""

    sigma: Sigma = 0.5
    every: Every = 4

    @property
    def effort(self) -> float:
        return 0.003 + 0.004 * self.sigma

    def apply(self, images: Images, random: Random) -> Images:
        side = 2 * max(round(3 * self.sigma), 1) + 1
        return _each(
            images, lambda image: cv2.GaussianBlur(image, (side, side), self.sigma, borderType=MIRRORED)
        )


@checked
class Bilateral(Filter):
    """Mean of the neighbours within ``reach`` that are also alike in colour (Tomasi, Manduchi 1998).

    ``contrast`` is the standard deviation of the sum of the colours' differences, in units of [-1, 1].
    """

    reach: Annotated[int, Field(ge=1, le=10)] = 2
    sigma: Sigma = 1.5
    contrast: Annotated[float, Field(ge=0.001, le=10)] = 0.2
    every: Every = 4

    @property
    def effort(self) -> float:
        return 0.004 * self.reach**2

    def apply(self, images: Images, random: Random) -> Images:
        side = 2 * self.reach + 1
        return _each(
            images,
            lambda image: cv2.bilateralFilter(image, side, self.contrast, self.sigma, borderType=MIRRORED),
        )


@checked
class Denoise(Filter):
    """The image nearby with less total variation, the less the greater ``weight`` (Chambolle 2004)."""

    weight: Annotated[float, Field(ge=1e-4, le=10)] = 0.1
    passes: Annotated[int, Field(ge=1, le=50)] = 20
    every: Every = 20

    @property
    def effort(self) -> float:
        return 0.025 * self.passes

    def apply(self, images: Images, random: Random) -> Images:
        return _each(images, self._filtered)

    def _filtered(self, image: Images) -> Images:
        rounds = self.passes + 1  # the first one changes nothing yet
        return denoise_tv_chambolle(image, self.weight, eps=0, max_num_iter=rounds, channel_axis=-1)


@checked
class Decay(Filter):
    """Shrink the image towards grey by ``rate``: L2 decay (Simonyan et al. 2013)."""

    rate: Annotated[float, Field(ge=0, le=1)] = 0.01

    @property
    def effort(self) -> float:
        return 0.001

    def apply(self, images: Images, random: Random) -> Images:
        return images * np.float32(1 - self.rate)


@checked
class Clip(Filter):
    """Draw values outside [-1, 1] anew, at random inside: stochastic clipping (Lipton, Tripathi 2017)."""

    @property
    def effort(self) -> float:
        return 0.004

    def apply(self, images: Images, random: Random) -> Images:
        outside = np.abs(images) > 1
        images = images.copy()
        images[outside] = random.uniform(-1, 1, int(outside.sum()))
        return images


def _each(images: Images, function: Callable[[Images], NDArray[Any]]) -> Images:
    """A function of one image (H, W, C) applied to each."""
    return np.stack([function(np.ascontiguousarray(image)) for image in images]).astype(np.float32)
