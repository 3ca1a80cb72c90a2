"""Augmentation: training pictures moved and tinted at random, so that a network sees none of them twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SAME_COLOURS = np.eye(3, 4, dtype=np.float32)  # of R, G, B from R, G, B, 1

cv2.setNumThreads(1)  # pictures are moved in threads of ours already, beside those of the network


@dataclass(frozen=True)
class Augmentation:
    """How far a training picture may be moved, at most, either way; the edge pixels fill what comes in.

    The values are those of Offert 2018, drawn independently and uniformly for every picture and epoch.
    ``colour`` changes tone and tint as well, so that a network must look for more than a dark ground.
    """

    rotation: float = 30  # degrees
    shift: float = 0.2  # of the side, across and down
    shear: float = 0.2  # radians
    zoom: float = 0.2  # of the size, across and down by themselves
    flip: bool = True  # left and right exchanged for half of the pictures
    colour: float = 0  # of contrast, brightness and tint, and twice that of the saturation taken away

    def matrices(self, count: int, side: int, seed: Sequence[int]) -> NDArray[np.float64]:
        """Affine maps (count, 2, 3) from pixels (x, y, 1) of the warped picture to those of the original."""
        draw = np.random.default_rng(seed).uniform(-1, 1, (count, 7))
        angle, lean = np.radians(self.rotation) * draw[:, 0], self.shear * draw[:, 1]
        linear = np.empty((count, 2, 2))
        linear[:, 0, 0], linear[:, 0, 1] = np.cos(angle), -np.sin(angle + lean)
        linear[:, 1, 0], linear[:, 1, 1] = np.sin(angle), np.cos(angle + lean)
        linear *= 1 + self.zoom * draw[:, None, 2:4]
        if self.flip:
            linear[:, :, 0] *= np.where(draw[:, 6] < 0, -1, 1)[:, None]
        centre = np.full(2, (side - 1) / 2)
        moved = centre - linear @ centre + self.shift * side * draw[:, 4:6]
        return np.concatenate([linear, moved[:, :, None]], axis=2)

    def tints(self, count: int, seed: Sequence[int]) -> NDArray[np.float32]:
        """Affine maps (count, 3, 4) from the colours (R, G, B, 1) of a picture, 0-255, to other ones."""
        draw = self.colour * np.random.default_rng(seed).uniform(-1, 1, (count, 8))
        saturation = 1 - (self.colour + draw[:, 7, None, None])
        mixing = saturation * np.eye(3) + (1 - saturation) / 3
        contrast = 1 + draw[:, :3, None]
        brightness = 127.5 * (0.8 * draw[:, 3, None] + 0.5 * draw[:, 4:7])[:, :, None]
        offset = 127.5 * (1 - contrast) + brightness
        return np.concatenate([contrast * mixing, offset], axis=2).astype(np.float32)


def warp(pictures: NDArray[np.uint8], matrices: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Warp pictures (N, H, W, 4) by affine maps (N, 2, 3) from new pixels (x, y, 1) to old; edges repeat."""
    size = pictures.shape[2], pictures.shape[1]
    linear = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = np.empty_like(pictures)
    for picture, matrix, target in zip(pictures, matrices, moved, strict=True):
        cv2.warpAffine(picture, matrix, size, target, linear, cv2.BORDER_REPLICATE)
    return moved


def tint(
    pictures: NDArray[np.uint8], colours: NDArray[np.float32], out: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Map the colours of pictures (N, H, W, 4) by affine maps (N, 3, 4); gives float32 (N, H, W, 3), 0-255.

    The fourth byte is 255: it brings in the constant of the map, many times as fast as an addition would.
    """
    mixing = np.swapaxes(colours, 1, 2)[:, None].astype(np.float32)
    mixing[:, :, 3] /= 255
    values = np.empty((*pictures.shape[:3], 3), np.float32) if out is None else out
    # A product for each row of pixels: for a whole picture the library would wake threads of its own.
    np.matmul(pictures.astype(np.float32), mixing, out=values)
    return np.clip(values, 0, 255, out=values)
