"""Still lifes: fruit, bread, vessels and flowers on a table with a cloth, lit from one side before the dark.

Units: the usual picture is 0.9 high and one wide, (0, 0) its middle, y goes down.
"""

from __future__ import annotations

import numpy as np

from image_machines.painter.brushwork import (
    Colour,
    Surface,
    dice,
    lit,
    noise,
    normals,
    ramp,
    shades,
    step,
)
from image_machines.painter.forms import View
from image_machines.painter.fruit import (
    FRUIT,
    lay_bread,
    lay_cheese,
    lay_fruit,
    lay_half_lemon,
    paint_blossom,
    paint_leaf,
)
from image_machines.painter.vessels import (
    GLASSES,
    VESSELS,
    lay_book,
    lay_knife,
    lay_plate,
    set_bowl,
    set_candle,
    set_glass,
    set_vessel,
)


def paint_still_life(surface: Surface, seed: int, properties: frozenset[str]) -> str:
    """Paint a still life, return its title; "drapery" is the cloth, "highlights" are the lights set last."""
    plan = dice(seed, "still life")
    side = float(plan.choice([-1, 1], p=[0.8, 0.2]))
    back = float(plan.uniform(0.06, 0.14))
    view = View(surface, seed, side, back, float(plan.uniform(0.33, 0.37)), "highlights" in properties)
    _background(view)
    _table(view)
    covered = plan.random() < 0.8
    if covered and "drapery" in properties:
        _cloth(view)
    arrangements = _fruit_piece, _breakfast, _flowers, _kitchen, _study
    arrange = arrangements[int(plan.choice(5, p=[0.34, 0.24, 0.18, 0.12, 0.12]))]
    return arrange(view, plan)


def _background(view: View) -> None:
    roll = dice(view.seed, "background")
    window = view.surface.window(bottom=view.back + 0.03)
    tones: list[Colour] = [
        (0.24, 0.18, 0.12),
        (0.22, 0.21, 0.17),
        (0.42, 0.36, 0.27),
        (0.24, 0.26, 0.25),
        (0.30, 0.20, 0.14),
    ]
    tone = tones[roll.integers(len(tones))]
    slant = -view.side * window.x * 0.9 + window.y * 0.55
    cloudy = noise(roll, window.x * 4, window.y * 4, 4)
    light = float(roll.uniform(0.16, 0.26)) + 0.38 * step(-0.35, 0.65, slant) + 0.05 * cloudy
    view.surface.lay("ground", window, 1, ramp(light, shades(tone, dark=0.25)), 0.9 + cloudy, 0)


def _table(view: View) -> None:
    roll = dice(view.seed, "table")
    tones: list[Colour] = [(0.42, 0.27, 0.15), (0.34, 0.22, 0.14), (0.47, 0.42, 0.35), (0.30, 0.25, 0.20)]
    tone = tones[roll.integers(len(tones))]
    window = view.surface.window(top=view.back - 0.02)
    x, y = window.x, window.y
    grain = noise(roll, x * 2.5, y * 40, 4, 0.6)
    light = 0.46 + 0.10 * grain + 0.22 * view.side * x - 0.10 * (view.front - y)
    board = (np.abs(y - view.front - 0.004) < 0.006) * 0.16
    light = np.where(y > view.front, light * 0.52 - 0.6 * (y - view.front), light) + board
    colour = ramp(np.clip(light, 0.03, 0.9), shades(tone))
    view.surface.lay("table", window, view.surface.edge(view.back - y, 2), colour, 0.03, 0.1)


def _cloth(view: View) -> None:
    """Lay a cloth over part of the table; it hangs over the near edge in folds."""
    roll = dice(view.seed, "cloth")
    window = view.surface.window(top=view.back - 0.02)
    x, y = window.x, window.y
    flip = float(roll.choice([-1, 1]))
    sx = flip * x
    linen = roll.random() < 0.7
    colours: list[Colour] = [(0.45, 0.10, 0.09), (0.15, 0.24, 0.20), (0.16, 0.22, 0.36), (0.50, 0.36, 0.16)]
    tones = shades((0.82, 0.79, 0.72), dark=0.3) if linen else shades(colours[roll.integers(4)])
    hang = np.clip(y - view.front, 0, 1)
    wave = noise(roll, sx * 3, y * 2 + 7, 3)
    left = (
        float(roll.uniform(-0.45, 0.05))
        + 0.10 * wave * (1 - step(0, 0.05, hang))
        - 0.25 * np.clip(view.front - y, 0, 1)
    )
    far = view.back + float(roll.uniform(0.03, 0.10)) + 0.03 * noise(roll, sx * 4, 0 * y[:1], 2)
    low = view.front + float(roll.uniform(0.10, 0.25)) + 0.035 * noise(roll, sx * 5, 0 * y[:1], 2)
    shape = np.maximum(np.maximum(left - sx, far - y), y - low)
    drift = noise(roll, x * 3, y * 3, 2)
    hanging = 0.022 * np.abs(np.sin(x * 17 + 1.6 * drift + 5 * roll.random())) ** 1.5
    lying = 0.020 * (1 - np.abs(noise(roll, x * 3 + y * 4, y * 7 - x * 2, 3, 0.45))) ** 2
    height = lying + (hanging - lying) * step(-0.02, 0.06, y - view.front)
    nx, ny, nz = normals(height, view.surface.pixel)
    top, drop = (view.side * 0.45, 0.62, 0.55), (view.side * 0.75, 0.15, 0.5)
    light = (
        np.where(y < view.front, lit(nx, ny, nz, top) * 0.85, lit(nx, ny, nz, drop) * 0.66)
        + 0.14 * view.side * x
    )
    edge = 0.12 * np.exp(-(((y - view.front) / 0.008) ** 2))
    colour = ramp(np.clip(light + edge, 0.03, 0.95), tones)
    cast = np.exp(-np.clip(shape, 0, 1) / 0.012) * 0.5 * (y > view.back)
    view.surface.lay("", window, cast, (0.05, 0.035, 0.025))
    view.surface.lay("cloth", window, view.surface.edge(shape), colour, np.nan, 0.2)


def _front_row(view: View, plan: np.random.Generator, names: list[str], count: int, size: float) -> None:
    """Strew fruit along the front of the table."""
    spots = np.sort(plan.uniform(-0.42, 0.42, count))
    for x in spots:
        y = float(plan.uniform(view.back + 0.6 * (view.front - view.back), view.front - 0.01))
        lay_fruit(view, str(plan.choice(names)), float(x), y, size * float(plan.uniform(0.85, 1.1)), plan)


def _pick(plan: np.random.Generator, count: int) -> list[str]:
    names = [*FRUIT, "Pears", "Grapes"]
    return [names[index] for index in plan.choice(len(names), count, replace=False)]


def _fruit_piece(view: View, plan: np.random.Generator) -> str:
    """Arrange a bowl of fruit with a vessel behind and fruit in front."""
    flip = float(plan.choice([-1, 1]))
    middle = (view.back + view.front) / 2
    names = _pick(plan, 3)
    vessel = str(plan.choice(list(VESSELS)))
    tall = float(plan.uniform(0.36, 0.48)) * (0.75 if vessel in ("Pot", "Tankard") else 1)
    set_vessel(view, vessel, flip * float(plan.uniform(0.20, 0.30)), middle - 0.05, tall, plan)
    if plan.random() < 0.5:
        glass = str(plan.choice(list(GLASSES)))
        set_glass(
            view,
            glass,
            -flip * float(plan.uniform(0.36, 0.44)),
            middle - 0.04,
            float(plan.uniform(0.26, 0.34)),
            plan,
        )
    heap = [name for name in names if name != "Grapes"] or ["Apples"]
    set_bowl(
        view,
        -flip * float(plan.uniform(0.05, 0.16)),
        middle + 0.06,
        float(plan.uniform(0.36, 0.48)),
        plan,
        heap,
    )
    _front_row(view, plan, names, int(plan.integers(3, 6)), 0.055)
    return f"Still Life with {heap[0]} and a {vessel}"


def _breakfast(view: View, plan: np.random.Generator) -> str:
    """Arrange a meal: bread, a glass of wine, a plate with fruit, a knife."""
    flip = float(plan.choice([-1, 1]))
    middle = (view.back + view.front) / 2
    glass = str(plan.choice(list(GLASSES)))
    vessel = str(plan.choice(["Jug", "Tankard", "Bottle"]))
    set_vessel(
        view,
        vessel,
        flip * float(plan.uniform(0.18, 0.32)),
        middle - 0.06,
        float(plan.uniform(0.34, 0.46)),
        plan,
    )
    set_glass(
        view,
        glass,
        -flip * float(plan.uniform(0.02, 0.12)),
        middle - 0.03,
        float(plan.uniform(0.30, 0.40)),
        plan,
    )
    food = "Cheese" if plan.random() < 0.4 else "Bread"
    if food == "Cheese":
        lay_cheese(
            view, -flip * float(plan.uniform(0.28, 0.34)), middle, float(plan.uniform(0.22, 0.30)), plan
        )
    else:
        lay_bread(
            view,
            -flip * float(plan.uniform(0.28, 0.36)),
            middle + 0.02,
            float(plan.uniform(0.085, 0.11)),
            plan,
        )
    x, y = flip * float(plan.uniform(0.02, 0.14)), middle + 0.09
    lay_plate(view, x, y, 0.36)
    fruit = str(plan.choice(["Lemons", "Oranges", "Peaches", "Pears", "Grapes"]))
    if plan.random() < 0.45:
        lay_half_lemon(view, x - 0.03, y + 0.03, 0.058, plan)
        lay_fruit(view, fruit, x + 0.08, y + 0.01, 0.05, plan)
    else:
        for offset in (-0.07, 0.06, 0.0):
            lay_fruit(view, fruit, x + offset, y + (0.03 if offset == 0 else 0.0), 0.05, plan)
    if plan.random() < 0.7:
        lay_knife(view, -flip * float(plan.uniform(0.15, 0.35)), view.front - 0.01, plan)
    return f"Still Life with {food}, {fruit} and a {glass}"


def _flowers(view: View, plan: np.random.Generator) -> str:
    """Arrange a bouquet in a vase."""
    x, y = float(plan.normal(0, 0.04)), (view.back + view.front) / 2 + 0.03
    tall = float(plan.uniform(0.28, 0.34))
    top = y - tall
    for _ in range(22):
        angle = float(plan.uniform(0, 2 * np.pi))
        out = float(plan.uniform(0.5, 1.05))
        paint_leaf(
            view, x + np.cos(angle) * out * 0.25, top - 0.13 + np.sin(angle) * out * 0.19, 0.075, angle, plan
        )
    set_vessel(view, "Vase", x, y, tall, plan)
    count = int(plan.integers(14, 22))
    turn = float(plan.uniform(0, 6))
    for index in range(count):  # a sunflower's spiral fills the bouquet evenly, the outermost first
        place = count - index - 0.5
        out, angle = np.sqrt(place / count), place * 2.399963 + turn
        size = float(plan.uniform(0.034, 0.056) if out > 0.6 else plan.uniform(0.055, 0.090))
        shade = 0.16 * (np.sin(angle) - view.side * np.cos(angle)) * out
        paint_blossom(
            view, x + np.cos(angle) * out * 0.22, top - 0.125 + np.sin(angle) * out * 0.17, size, plan, shade
        )
    if plan.random() < 0.6:
        _front_row(view, plan, _pick(plan, 1), 2, 0.05)
    return str(
        plan.choice(
            ["Flowers in a Vase", "Bouquet of Flowers", "Vase of Flowers on a Table", "Roses and Asters"]
        )
    )


def _kitchen(view: View, plan: np.random.Generator) -> str:
    """Arrange pots and jugs with some fruit or bread."""
    spots = [(-0.30, -0.04), (0.04, -0.06), (0.32, -0.02)]
    names = [str(name) for name in plan.permutation(list(VESSELS)[:4])[:3]]
    middle = (view.back + view.front) / 2
    for (x, y), name in zip(spots, names, strict=True):
        tall = float(plan.uniform(0.34, 0.46)) * (0.62 if name in ("Pot", "Tankard") else 1)
        set_vessel(view, name, x + float(plan.normal(0, 0.02)), middle + y, tall, plan)
    if plan.random() < 0.5:
        lay_bread(view, float(plan.uniform(-0.2, 0.2)), middle + 0.10, 0.09, plan)
    fruit = _pick(plan, 2)
    _front_row(view, plan, fruit, int(plan.integers(3, 6)), 0.05)
    return f"Kitchen Still Life with a {names[0]} and {fruit[0]}"


def _study(view: View, plan: np.random.Generator) -> str:
    """Arrange books, a candle, a glass: the table of someone who reads at night."""
    flip = float(plan.choice([-1, 1]))
    middle = (view.back + view.front) / 2
    set_candle(view, flip * float(plan.uniform(0.16, 0.26)), middle - 0.05, float(plan.uniform(0.36, 0.46)))
    if plan.random() < 0.6:
        glass = str(plan.choice(list(GLASSES)))
        set_glass(
            view,
            glass,
            flip * float(plan.uniform(0.36, 0.42)),
            middle + 0.03,
            float(plan.uniform(0.26, 0.32)),
            plan,
        )
    x, y = -flip * float(plan.uniform(0.12, 0.22)), middle + 0.05
    count = int(plan.integers(1, 4))
    for _ in range(count):
        wide = float(plan.uniform(0.26, 0.34))
        lay_book(view, x + float(plan.normal(0, 0.015)), y, wide, plan)
        y -= wide * 0.19
    fruit = _pick(plan, 1)[0]
    _front_row(view, plan, [fruit], int(plan.integers(1, 4)), 0.05)
    return f"Still Life with {'Books' if count > 1 else 'a Book'}, a Candle and {fruit}"
