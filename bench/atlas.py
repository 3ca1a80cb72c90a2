"""How fast an atlas is made: two workers against one, what scheduling costs, images an hour, the index.

Run ``python -m bench atlas`` on a quiet machine of two cores; it takes about four minutes.
"""

from __future__ import annotations

import json
import platform
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.subjects import WEIGHTS, Row, network, seconds
from image_machines import machine
from image_machines.atlas import batches, cards, connecting, whole
from image_machines.atlas.cluster import Cluster
from image_machines.atlas.filling import fill
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.atlas.tasks import Drawn, Task, tasks
from image_machines.vision import features
from image_machines.vision.settings import Settings

UNITS = 10_000
CARDS = (1, 8, 64)
TARGET = Path(__file__).resolve().parent / "results.json"
TURNS, TIMES = 3, 20  # of A B A B; of short calls
TRIAL = 6.0  # seconds
SIZES = (64, 128, 224)
PASSES = 2 * 2  # operations of a multiplication, forward and back to the image
PEAK, SHARE = 990e12, 0.1  # of an H100 in bfloat16, operations a second; what images are assumed to reach
COMPILING = 15.0  # seconds of a program, assumed
MEASURED = (  # of a card: its peak, the share of it that a step reaches, the seconds of quick's programs
    "peak of a product of matrices, bfloat16, TFLOP/s",
    "step at 900 px, mixed5: share of that peak",
    "seconds for the first of these, mixed5, quick",
)
PROGRAMS = 6  # of quick at 900 px: one for each of its five sizes, and the measurement at the end
LEAST = 75  # pixels from which InceptionV3's last layers have a map at all
PICTURE = np.zeros((64, 64, 3), np.uint8)


def results() -> list[dict[str, Any]]:
    """Measure, and return one row per number: name, value, bound, machine, versions."""
    weights = "ImageNet weights" if WEIGHTS.is_file() else "random weights"
    names = ("tensorflow", "keras", "numpy", "distributed")
    common = {
        "machine": f"{machine.described()}, {weights}",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in names}},
    }
    rows = []
    for measure in (on_paper, index, workers):
        for name, value, bound in measure():
            rows.append({"name": name, "value": value, "bound": bound, **common})
            print(f"  {name}: {value}  ({bound or 'no bound'})", flush=True)
    return rows


def on_paper() -> Iterator[Row]:
    """What GPUs would take for every channel of the mixed layers; the assumptions stand in NOTES.md."""
    recipes = many("quick")
    settings = Settings.from_json(recipes[0].settings)
    computing, compiling, source = of_a_card(settings)
    costs = network().costs
    seconds = sum(computing * costs[recipe.layer] / costs["mixed5"] for recipe in recipes)
    programs = len({recipe.layer for recipe in recipes}) * features.programs(settings)
    compiled = programs * compiling
    minutes = [round((seconds / each + compiled) / 60, 1) for each in CARDS]
    cards = "; ".join(map(str, CARDS))
    yield f"on paper, {source}: minutes of {len(recipes):,} images of 128 px on {cards} GPUs", minutes, None
    shared = [round((seconds + compiled) / each / 60, 1) for each in CARDS]
    yield "on paper: the same where they share what is compiled", shared, None
    yield "on paper: minutes of compilation, once", round(compiled / 60, 1), None


def of_a_card(settings: Settings) -> tuple[float, float, str]:
    """Seconds of a mixed5 image of 128 px and of a program, and where they come from: measured or assumed."""
    kept = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.is_file() else []
    found = {row["name"]: row for row in kept if row.get("module") == "gpu"}
    peak, share, compiling = (found.get(f"gpu: {name}") for name in MEASURED)
    iterations = sum(size**2 * each for size, each in zip(settings.sizes(), settings.schedule(), strict=True))
    operations = PASSES * network().costs["mixed5"] * iterations
    if not (peak and share and compiling):
        return operations / (PEAK * SHARE), COMPILING, "assumed"
    card = peak["machine"].partition(",")[0]
    rate = 1e12 * peak["value"] * share["value"]
    return operations / rate, compiling["value"] / PROGRAMS, f"from what one {card} was measured to do"


def workers() -> Iterator[Row]:
    """What workers of one thread make, and what it costs to keep them busy."""
    with connecting.local(1, threads=1) as alone, connecting.local(2, threads=1) as both:
        one, two = Cluster(alone, [network()]), Cluster(both, [network()])
        yield (
            "two workers of one thread: share of twice one worker's rate",
            round(efficiency(one, two), 3),
            ">= 0.9",
        )
        hourly = dict(images_an_hour(two))
        for name, each in hourly.items():
            yield f"images an hour on two workers of one thread, {name}, quick, batch 16", round(each), None
        idle = 1000 * scheduling(both)
        yield f"scheduling: ms of one of {UNITS:,} images, workers that do nothing", round(idle, 3), None
        share = idle / (3_600_000 / hourly["mixed5, 128 px"])
        yield "scheduling: share of the time of an image, mixed5, 128 px", round(share, 5), "<= 0.01"


def efficiency(one: Cluster, two: Cluster) -> float:
    """The rate of two workers as a share of twice that of one; each in its turn."""
    todo = planned("mixed5:0-15", size=128, batch=4, iterations=6)

    def rate(maker: Cluster, times: int) -> float:
        wanted = [Task(task.recipes) for _ in range(times) for task in todo]
        return len(wanted) / time_to_make(wanted, maker)

    rate(one, 1), rate(two, 1)
    return median(rate(two, 4) / (2 * rate(one, 2)) for _ in range(TURNS))


def images_an_hour(maker: Cluster) -> Iterator[tuple[str, float]]:
    """Of mixed5 and mixed10, from trials on all workers at once."""
    for layer in ("mixed5", "mixed10"):
        for size in SIZES:
            side = size if layer == "mixed5" else max(size, LEAST)
            (task,) = planned(f"{layer}:0-15", size=side)
            tried = maker.trial(task, TRIAL)
            each = batches.work(task) / len(task)
            yield f"{layer}, {side} px", sum(3600 / (trial.rate * each) for trial in tried)


def scheduling(client: Any) -> float:
    """Seconds to plan an image, to hand it out and to get it back, where making it costs nothing."""
    maker = Cluster(client, [], work=nothing())
    while not maker.room():
        maker.finished(0.1)
    return time_to_make(tasks(many("quick")), maker) / UNITS


def index() -> Iterator[Row]:
    """A page of 10,000 finished images, and how a new one is taken in."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "images")
        spent = seconds(lambda: keep(store, many("quick")))
        yield f"store: ms to keep one of {UNITS:,} images, 16 at a time", round(1000 * spent / UNITS, 2), None
        wanted = {"layer": "mixed5", "preset": "quick", "search": "neuron"}
        yield (
            f"index: ms of a filtered page of 100 of {UNITS:,} images",
            milliseconds(lambda: store.select(limit=100, **wanted)),
            "<= 50",
        )
        new = iter(many("paper-2018"))
        kept = [milliseconds(lambda: store.put(next(new), PICTURE), 1) for _ in range(TIMES)]
        yield "store: ms to keep a new image with its card", round(median(kept), 2), None
        yield (
            "index: ms of the page after a new image",
            milliseconds(lambda: (store.put(next(new), PICTURE), store.select(limit=100, **wanted)))
            - median(kept),
            "<= 50",
        )
        image = store.put(next(new), PICTURE)["image"]
        card = store.file(image).with_suffix(".json")
        entry = cards.entry(cards.read(card), image)
        yield (
            "index: ms to take in a new image",
            milliseconds(lambda: store.index.put([(entry, card)])),
            "<= 5",
        )


def many(preset: str) -> list[Recipe]:
    """As many recipes as are planned."""
    layers = [layer.name for layer in network().landmarks if layer.name.startswith("mixed")]
    return whole.recipes(network(), layers, [preset], size=128)[:UNITS]


def planned(neurons: str, size: int, batch: int = 16, **changes: Any) -> list[Task]:
    """Tasks of the preset that is measured."""
    return tasks(whole.recipes(network(), [neurons], ["quick"], size=size, changes=changes), batch)


def keep(store: Store, recipes: Sequence[Recipe]) -> None:
    """Keep one picture as the images of recipes."""
    for start in range(0, len(recipes), 16):
        store.put_all((recipe, PICTURE, {}) for recipe in recipes[start : start + 16])


def nothing() -> Callable[[Task], list[Drawn]]:
    """What draws nothing; it travels to the workers whole."""

    def draw(task: Task) -> list[Drawn]:
        return [Drawn(recipe, PICTURE) for recipe in task.recipes]

    return draw


def milliseconds(call: Callable[[], Any], times: int = TIMES) -> float:
    """How long a call takes, the median of some."""
    return round(1000 * median(seconds(call) for _ in range(times)), 2)


class Nowhere:
    """A store that keeps nothing: what is measured is who makes the images, not who writes them."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def put_all(self, made: Iterable[tuple[Recipe, Any, Any]]) -> None:
        deque(made, maxlen=0)

    def write_index(self) -> None:
        pass


def time_to_make(todo: Sequence[Task], maker: Cluster) -> float:
    """Seconds until all images of some tasks are made; raises RuntimeError where one was not."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        filled = fill(Nowhere(folder), todo, maker)
        spent = time.monotonic() - began
        if filled.aside:
            raise RuntimeError((Path(folder) / "set-aside.json").read_text(encoding="utf-8"))
    return spent


if __name__ == "__main__":
    results()
