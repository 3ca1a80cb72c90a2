"""Classic heatmaps beside those of tf-keras-vis, on the same network, works and classes: are they the same?

tf-keras-vis is no requirement of the project; an environment of its own has both:

    python3 -m venv .venv-peers
    .venv-peers/bin/pip install --requirement requirements.txt tf-keras-vis==0.8.7
    .venv-peers/bin/python -m studies.relevance.peers --run runs/demo

Writes ``results/peers.json``. Its heat is the largest of the colours' gradients and that of the package their
sum, so that both are computed from the peer's gradients here; its Grad-CAM is enlarged as the package's is.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from image_machines import files, images
from image_machines.attribution import heatmaps, methods
from image_machines.attribution.targets import of_class
from image_machines.network.network import Network
from studies.common.pages import markdown
from studies.relevance import RESULTS
from studies.relevance.study import opened

FILE = RESULTS / "peers.json"
METHODS = ("gradient", "guided backpropagation", "grad-cam")

Heat = NDArray[np.floating[Any]]


def main() -> None:
    """Compare and write."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="the folder of a finished run")
    parser.add_argument("--each", type=int, default=8, help="works of each class; default 8")
    given = parser.parse_args()
    study = opened(given.run)
    works = [work for name in study.relevance.classes for work in study.works(name, given.each)]
    names = [study.relevance.classes[study.predictions[work]] for work in works]
    pictures = study.images(works)
    own = [images.to_picture(each) for each in pictures]
    targets = [of_class(study.network, name) for name in names]
    rows = []
    for method in METHODS:
        ours = heatmaps.heatmaps(study.network, own, targets, method)
        classes = [study.network.classes.index(name) for name in names]
        theirs = peer(study.network, pictures, classes, method)
        alike = [
            np.corrcoef(mine.ravel(), heat.ravel())[0, 1] for mine, heat in zip(ours, theirs, strict=True)
        ]
        rows.append(
            {"method": method, "network": study.network.architecture, "pictures": len(works)}
            | {"correlation": round(float(np.mean(alike)), 4), "lowest": round(float(np.min(alike)), 4)}
        )
    files.write_json(FILE, rows)


def peer(network: Network, pictures: NDArray[np.float32], classes: list[int], method: str) -> list[Heat]:
    """The heat (H, W) of tf-keras-vis for images in [-1, 1] and the classes' numbers, before the softmax."""
    modifiers = importlib.import_module("tf_keras_vis.utils.model_modifiers")
    score = importlib.import_module("tf_keras_vis.utils.scores").CategoricalScore(classes)
    changes = [modifiers.ReplaceToLinear()]
    shown = np.asarray(network.pixels.apply(pictures))
    if method == "grad-cam":
        last = methods.last_map(network, network.output_layer).name
        ask = importlib.import_module("tf_keras_vis.gradcam").Gradcam(network.graph, changes, clone=True)
        small = ask(score, shown, last, seek_penultimate_conv_layer=False, expand_cam=False)
        return [
            cv2.resize(np.asarray(each), shown.shape[2:0:-1], interpolation=cv2.INTER_LINEAR)
            for each in small
        ]
    if method == "guided backpropagation":
        changes.insert(0, modifiers.GuidedBackpropagation())
    ask = importlib.import_module("tf_keras_vis.saliency").Saliency(network.graph, changes, clone=True)
    slopes = ask(score, shown, keepdims=True, normalize_map=False)
    return list(np.abs(np.asarray(slopes)).sum(axis=-1))


def table(rows: list[dict[str, Any]]) -> str:
    """How alike the heatmaps are, method by method."""
    lines = [
        [row["method"], row["network"], str(row["pictures"])]
        + [f"{row['correlation']:.3f}", f"{row['lowest']:.3f}"]
        for row in rows
    ]
    return markdown(["method", "network", "works", "correlation with tf-keras-vis", "lowest"], lines)


if __name__ == "__main__":
    main()
