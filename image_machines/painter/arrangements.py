"""What lies on the table of a still life: fruit, a breakfast, flowers, a kitchen's things, a reader's.

Each arrangement sets its things from the back to the front, and returns the work's title.
"""

from __future__ import annotations

import numpy as np

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


def _front_row(view: View, plan: np.random.Generator, names: list[str], count: int, size: float) -> None:
    """Strew fruit along the front of the table."""
    spots = np.sort(plan.uniform(-0.42, 0.42, count))
    for x in spots:
        y = float(plan.uniform(view.back + 0.6 * (view.front - view.back), view.front - 0.01))
        lay_fruit(view, str(plan.choice(names)), float(x), y, size * _between(plan, 0.85, 1.1), plan)


def _between(plan: np.random.Generator, low: float, high: float) -> float:
    return float(plan.uniform(low, high))


def _pick(plan: np.random.Generator, count: int) -> list[str]:
    names = [*FRUIT, "Pears", "Grapes"]
    return [names[index] for index in plan.choice(len(names), count, replace=False)]


def fruit_piece(view: View, plan: np.random.Generator) -> str:
    """Arrange a bowl of fruit with a vessel behind and fruit in front."""
    flip = float(plan.choice([-1, 1]))
    middle = (view.back + view.front) / 2
    names = _pick(plan, 3)
    vessel = str(plan.choice(list(VESSELS)))
    tall = _between(plan, 0.36, 0.48) * (0.75 if vessel in ("Pot", "Tankard") else 1)
    set_vessel(view, vessel, flip * _between(plan, 0.20, 0.30), middle - 0.05, tall, plan)
    if plan.random() < 0.5:
        glass = str(plan.choice(list(GLASSES)))
        set_glass(
            view, glass, -flip * _between(plan, 0.36, 0.44), middle - 0.04, _between(plan, 0.26, 0.34), plan
        )
    heap = [name for name in names if name != "Grapes"] or ["Apples"]
    set_bowl(view, -flip * _between(plan, 0.05, 0.16), middle + 0.06, _between(plan, 0.36, 0.48), plan, heap)
    _front_row(view, plan, names, int(plan.integers(3, 6)), 0.055)
    return f"Still Life with {heap[0]} and a {vessel}"


def breakfast(view: View, plan: np.random.Generator) -> str:
    """Arrange a meal: bread, a glass of wine, a plate with fruit, a knife."""
    flip = float(plan.choice([-1, 1]))
    middle = (view.back + view.front) / 2
    glass = str(plan.choice(list(GLASSES)))
    vessel = str(plan.choice(["Jug", "Tankard", "Bottle"]))
    set_vessel(
        view, vessel, flip * _between(plan, 0.18, 0.32), middle - 0.06, _between(plan, 0.34, 0.46), plan
    )
    set_glass(
        view, glass, -flip * _between(plan, 0.02, 0.12), middle - 0.03, _between(plan, 0.30, 0.40), plan
    )
    food = "Cheese" if plan.random() < 0.4 else "Bread"
    if food == "Cheese":
        lay_cheese(view, -flip * _between(plan, 0.28, 0.34), middle, _between(plan, 0.22, 0.30), plan)
    else:
        lay_bread(view, -flip * _between(plan, 0.28, 0.36), middle + 0.02, _between(plan, 0.085, 0.11), plan)
    x, y = flip * _between(plan, 0.02, 0.14), middle + 0.09
    lay_plate(view, x, y, 0.36)
    fruit = str(plan.choice(["Lemons", "Oranges", "Peaches", "Pears", "Grapes"]))
    if plan.random() < 0.45:
        lay_half_lemon(view, x - 0.03, y + 0.03, 0.058, plan)
        lay_fruit(view, fruit, x + 0.08, y + 0.01, 0.05, plan)
    else:
        for offset in (-0.07, 0.06, 0.0):
            lay_fruit(view, fruit, x + offset, y + (0.03 if offset == 0 else 0.0), 0.05, plan)
    if plan.random() < 0.7:
        lay_knife(view, -flip * _between(plan, 0.15, 0.35), view.front - 0.01, plan)
    return f"Still Life with {food}, {fruit} and a {glass}"


def flowers(view: View, plan: np.random.Generator) -> str:
    """Arrange a bouquet in a vase."""
    x, y = float(plan.normal(0, 0.04)), (view.back + view.front) / 2 + 0.03
    tall = _between(plan, 0.28, 0.34)
    top = y - tall
    for _ in range(22):
        angle = _between(plan, 0, 2 * np.pi)
        out = _between(plan, 0.5, 1.05)
        paint_leaf(
            view, x + np.cos(angle) * out * 0.25, top - 0.13 + np.sin(angle) * out * 0.19, 0.075, angle, plan
        )
    set_vessel(view, "Vase", x, y, tall, plan)
    count = int(plan.integers(14, 22))
    turn = _between(plan, 0, 6)
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


def kitchen(view: View, plan: np.random.Generator) -> str:
    """Arrange pots and jugs with some fruit or bread."""
    spots = [(-0.30, -0.04), (0.04, -0.06), (0.32, -0.02)]
    names = [str(name) for name in plan.permutation(list(VESSELS)[:4])[:3]]
    middle = (view.back + view.front) / 2
    for (x, y), name in zip(spots, names, strict=True):
        tall = _between(plan, 0.34, 0.46) * (0.62 if name in ("Pot", "Tankard") else 1)
        set_vessel(view, name, x + float(plan.normal(0, 0.02)), middle + y, tall, plan)
    if plan.random() < 0.5:
        lay_bread(view, _between(plan, -0.2, 0.2), middle + 0.10, 0.09, plan)
    fruit = _pick(plan, 2)
    _front_row(view, plan, fruit, int(plan.integers(3, 6)), 0.05)
    return f"Kitchen Still Life with a {names[0]} and {fruit[0]}"


def study(view: View, plan: np.random.Generator) -> str:
    """Arrange books, a candle, a glass: the table of someone who reads at night."""
    flip = float(plan.choice([-1, 1]))
    middle = (view.back + view.front) / 2
    set_candle(view, flip * _between(plan, 0.16, 0.26), middle - 0.05, _between(plan, 0.36, 0.46))
    if plan.random() < 0.6:
        glass = str(plan.choice(list(GLASSES)))
        set_glass(
            view, glass, flip * _between(plan, 0.36, 0.42), middle + 0.03, _between(plan, 0.26, 0.32), plan
        )
    x, y = -flip * _between(plan, 0.12, 0.22), middle + 0.05
    count = int(plan.integers(1, 4))
    for _ in range(count):
        wide = _between(plan, 0.26, 0.34)
        lay_book(view, x + float(plan.normal(0, 0.015)), y, wide, plan)
        y -= wide * 0.19
    fruit = _pick(plan, 1)[0]
    _front_row(view, plan, [fruit], int(plan.integers(1, 4)), 0.05)
    return f"Still Life with {'Books' if count > 1 else 'a Book'}, a Candle and {fruit}"
