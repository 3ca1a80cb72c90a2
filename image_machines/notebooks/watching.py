"""An image while it grows, watched in a notebook."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from image_machines.vision.features import Frame


def watch(frames: Iterable[Frame], title: str, every: float = 0.5) -> Frame:
    """Show an image while it grows, with a progress bar; returns the last frame, the finished image.

    ``every`` is in seconds: a picture is drawn no more often than that.
    """
    from IPython.display import display  # here and below: what only a running notebook needs
    from PIL import Image
    from tqdm import tqdm

    from image_machines.vision import features

    shown, next_look = display(display_id=True), 0.0
    with tqdm(total=100, desc=title, unit="%", bar_format="{l_bar}{bar}| {elapsed}<{remaining}") as bar:
        for frame in frames:
            bar.update(round(100 * frame.done) - bar.n)
            if time.monotonic() >= next_look or frame.done == 1:
                shown.update(Image.fromarray(features.picture(frame.image)))
                next_look = time.monotonic() + every
    return frame
