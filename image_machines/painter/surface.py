"""The surface that a work is laid out on: colour, the brush's direction, fineness and part at every pixel."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from image_machines.painter.colour import Field, mix


@dataclass(frozen=True, eq=False)
class Window:
    """A rectangle of a surface: its rows and columns, and their coordinates as (h, 1) and (1, w)."""

    rows: slice
    columns: slice
    x: Field
    y: Field

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.y.shape[0], self.x.shape[1]


@dataclass(eq=False)
class Surface:
    """What is being painted: colour, the brush's direction, fineness and the part at every pixel.

    ``unit`` pixels make one unit of length; (0, 0) is the middle, x goes right, y goes down.
    """

    height: int
    width: int
    unit: float
    colour: Field = field(init=False)
    flow: Field = field(
        init=False
    )  # direction of the strokes, radians, clockwise from the x axis; NaN: along the form
    grain: Field = field(init=False)  # 0: broad strokes; 1: kept as drawn
    labels: NDArray[np.uint8] = field(init=False)
    parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        shape = (self.height, self.width)
        self.colour = np.zeros((*shape, 3), np.float32)
        self.flow = np.zeros(shape, np.float32)
        self.grain = np.zeros(shape, np.float32)
        self.labels = np.zeros(shape, np.uint8)

    @property
    def pixel(self) -> float:
        """Length of one pixel in units."""
        return 1 / self.unit

    def window(self, left: float = -99, top: float = -99, right: float = 99, bottom: float = 99) -> Window:
        """Cut the rectangle between the borders (in units) out of the surface, at least two pixels a side."""
        columns = self._span(left, right, self.width)
        rows = self._span(top, bottom, self.height)
        x = (np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5 - self.width / 2) / self.unit
        y = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5 - self.height / 2) / self.unit
        return Window(rows, columns, x[None, :].astype(np.float32), y[:, None].astype(np.float32))

    def _span(self, low: float, high: float, length: int) -> slice:
        start = int(np.clip(np.floor(low * self.unit + length / 2), 0, length - 2))
        stop = int(np.clip(np.ceil(high * self.unit + length / 2), start + 2, length))
        return slice(start, stop)

    def lay(
        self,
        part: str,
        window: Window,
        cover: ArrayLike,
        colour: ArrayLike,
        flow: ArrayLike | None = None,
        grain: ArrayLike | None = None,
    ) -> None:
        """Lay ``colour`` over the window where ``cover`` (0-1) says; from one half on it is that part's."""
        where = window.rows, window.columns
        alpha = np.broadcast_to(np.asarray(cover, np.float32), window.shape)
        self.colour[where] = mix(self.colour[where], colour, alpha)
        covered = alpha > 0.5
        if part:
            if part not in self.parts:
                self.parts.append(part)
            self.labels[where][covered] = self.parts.index(part) + 1
        for mine, given in ((self.flow, flow), (self.grain, grain)):
            if given is not None:
                mine[where][covered] = np.broadcast_to(np.asarray(given, np.float32), window.shape)[covered]

    def edge(self, distance: ArrayLike, soft: float = 1.0) -> Field:
        """Cover from a signed distance in units (negative inside), ``soft`` pixels wide at the edge."""
        return np.clip(0.5 - np.asarray(distance, np.float32) * np.float32(self.unit / soft), 0, 1)
