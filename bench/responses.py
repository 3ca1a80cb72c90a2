"""How fast the works that excite neurons are read, against plain prediction of the same files."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np


def responses_rows(folder: Path, model: Path) -> list[dict[str, Any]]:
    """Reading the responses to a collection against plain prediction of the same files, A B A B."""
    import keras

    from image_machines.network import models, pipeline, responses

    network = models.load(model)
    paths = pictures(folder)
    records = [{"file": path.name} for path in paths]
    layers = [f"mixed{number}" for number in range(11)]
    channels = sum(network.find(name).width for name in layers)
    last = network.graph.get_layer(layers[-1]).output
    seconds: dict[str, list[float]] = {"plain": [], "responses": []}
    for turn in range(4):
        began = time.perf_counter()
        plain = keras.Model(
            network.graph.inputs, last
        )  # compiled anew in every turn, as what it stands against
        for _, batch, _ in pipeline.stream(paths, network.size, network.pixels, 32):
            plain.predict_on_batch(batch)
        middle = time.perf_counter()
        responses.measure(network, records, paths[0].parent, layers, folder / "responses" / str(turn))
        seconds["plain"].append(middle - began)
        seconds["responses"].append(time.perf_counter() - middle)
    ratio = statistics.median(
        plain / read for plain, read in zip(seconds["plain"][1:], seconds["responses"][1:], strict=True)
    )
    return [
        {
            "name": f"responses of {channels:,} channels: share of the speed of plain batched prediction",
            "value": round(ratio, 3),
            "bound": ">= 0.9",
        }
    ]


def pictures(folder: Path, count: int = 160) -> list[Path]:
    """Pictures of an ordinary size, as files."""
    from image_machines import images

    random = np.random.default_rng(0)
    for number in range(count):
        coarse = random.uniform(-1, 1, (8, 8, 3)).astype("float32")
        picture = images.to_picture(images.resize_linear(coarse, (600, 800)))
        images.save(folder / "pictures" / f"{number}.jpg", picture)
    return sorted((folder / "pictures").iterdir())
